//! Built-in variables: nothing of them is stored but the password of a database.

use domain::{
    LevelRef, OrganizationId, ProjectId, Scope, ServiceId, ServiceKind, Timestamp, VariableId,
    VariableKind,
    builtin::{BuiltIn, BuiltInEnvironment, BuiltInPlace, BuiltInValue, built_ins},
    view::VariableView,
};
use sha2::{Digest, Sha256};
use vault::{Place, Plaintext, Purpose};

use super::mentions::Context;
use crate::{Level, ProjectTarget, Result, Service, store::WriteTx};

/// Where the password of a database belongs.
pub(in crate::ops) fn credential_place(organization: OrganizationId, service: ServiceId) -> Place {
    Place {
        purpose: Purpose::OrganizationSecret,
        organization: Some(organization.uuid()),
        table: "service",
        row: service.uuid(),
        column: "credential",
        version: 1,
    }
}

impl Service {
    /// A password for a new database; nothing for other services.
    pub(in crate::ops) async fn database_credential(
        &self,
        tx: &mut WriteTx,
        organization: OrganizationId,
        service: ServiceId,
        kind: ServiceKind,
    ) -> Result<Option<Vec<u8>>> {
        if kind != ServiceKind::Database {
            return Ok(None);
        }
        let ring = self.keys.organization(tx, organization).await?;
        let password = Plaintext::from(self.entropy.token().expose().to_owned());
        let place = credential_place(organization, service);
        let sealed = tx.seal(&ring, &self.entropy, &place, &password)?;
        Ok(Some(sealed.into_bytes()))
    }
}

/// The built-in variables of a context of a project.
pub(super) fn of_context(
    project: &ProjectTarget,
    environments: &[BuiltInEnvironment],
    context: Context,
) -> Vec<BuiltIn> {
    let environment = environments
        .iter()
        .find(|one| Some(one.id) == context.environment);
    built_ins(&BuiltInPlace {
        organization: project.organization.id,
        project: project.id,
        project_slug: project.slug.clone(),
        environment: environment.cloned(),
        service: context.service,
    })
}

/// As lists show them. The ids are made of the level and the key, so they stay the same for as long as both do.
pub(super) fn views(level: &Level, built_ins: Vec<BuiltIn>) -> Vec<VariableView> {
    let project = level.project();
    built_ins
        .into_iter()
        .map(|one| view(project.id, level.reference(), one))
        .collect()
}

fn view(project: ProjectId, level: LevelRef, one: BuiltIn) -> VariableView {
    let value = match one.value {
        BuiltInValue::Text(text) => Some(text),
        BuiltInValue::Password(_) => None,
    };
    VariableView {
        id: derived_id(project, level, &one.key),
        kind: VariableKind::BuiltIn,
        scope: Scope::BuiltIn,
        secret: value.is_none(),
        is_file: false,
        size: value.as_ref().map(String::len),
        value,
        damaged: false,
        hint: None,
        mount_path: None,
        alias_of: None,
        interpolate: false,
        description: String::new(),
        version: 1,
        updated_at: Timestamp::default(),
        updated_by: String::new(),
        overrides: None,
        defined_here: false,
        locked: Some("Built-in variables follow the registry.".to_owned()),
        key: one.key,
    }
}

/// A name-based id (RFC 9562, version 8): the same for the same level and key.
fn derived_id(project: ProjectId, level: LevelRef, key: &str) -> VariableId {
    let mut hash = Sha256::new();
    for part in ["built-in", &project.to_string(), &level.id(), key] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    VariableId::new(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}
