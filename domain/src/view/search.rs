//! What a search over an organization finds.

use serde::{Deserialize, Serialize};

use super::Rights;
use crate::{EnvironmentType, Scope, ServiceKind, Timestamp, VariableId, VariableKind};

/// A name and its part of URLs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// Its part of URLs.
    pub slug: String,
}

/// A project, an environment or a service, with what is above it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceView {
    /// The project.
    pub project: Named,
    /// The environment, at or below one.
    pub environment: Option<(Named, EnvironmentType)>,
    /// The service, at one.
    pub service: Option<(Named, ServiceKind)>,
}

impl PlaceView {
    /// The names from the project down, its own last.
    pub fn names(&self) -> impl Iterator<Item = &Named> {
        let environment = self.environment.iter().map(|(named, _)| named);
        let service = self.service.iter().map(|(named, _)| named);
        [&self.project]
            .into_iter()
            .chain(environment)
            .chain(service)
    }
    /// Its own name.
    #[must_use]
    pub fn own(&self) -> &Named {
        self.names().last().unwrap_or(&self.project)
    }
    /// The scope of variables defined there.
    #[must_use]
    pub const fn scope(&self) -> Scope {
        match (&self.environment, &self.service) {
            (_, Some(_)) => Scope::Service,
            (Some(_), None) => Scope::Environment,
            (None, None) => Scope::Project,
        }
    }
    /// Its path below the organization's, without a tab: `/p/shop/e/production/s/api`.
    #[must_use]
    pub fn path(&self) -> String {
        self.names()
            .zip(["p", "e", "s"])
            .map(|(named, part)| format!("/{part}/{}", named.slug))
            .collect()
    }
}

/// A variable that a search found. Nothing of its value is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundVariable {
    /// Its id.
    pub id: VariableId,
    /// The key.
    pub key: String,
    /// How it comes to its value; an override, too, when a wider definition of its key was made later.
    pub kind: VariableKind,
    /// Never shown again?
    pub secret: bool,
    /// Where a file is mounted.
    pub mount_path: Option<String>,
    /// Free text.
    pub description: String,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Who changed it.
    pub updated_by: String,
    /// Where it is defined.
    pub place: PlaceView,
}

/// What a search found, as far as its reader may see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchView {
    /// The organization's part of URLs.
    pub organization: String,
    /// What the reader may do organization-wide: which of its pages they may open.
    pub rights: Rights,
    /// Projects, environments and services, the best first.
    pub places: Vec<PlaceView>,
    /// Are there more than these?
    pub more_places: bool,
    /// Variables, the best first.
    pub variables: Vec<FoundVariable>,
    /// Are there more than these?
    pub more_variables: bool,
}
