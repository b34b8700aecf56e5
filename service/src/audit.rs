//! What an operation says about itself, and how events are chained.

use domain::{
    EnvironmentId, OrganizationId, Outcome, PersonId, ProjectId,
    audit::{Change, EventType, SubTargetType, TargetType},
};
use sha2::{Digest, Sha256};

use crate::{EnvironmentTarget, Level, OrganizationTarget, ProjectTarget, ServiceTarget};

/// An event on its way into the log.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// What happened.
    pub event: EventType,
    /// To what.
    pub target: EventTarget,
    /// What changed.
    pub change: Change,
    /// How it ended.
    pub outcome: Outcome,
}

impl NewEvent {
    /// Something that was done.
    #[must_use]
    pub const fn done(event: EventType, target: EventTarget, change: Change) -> Self {
        Self {
            event,
            target,
            change,
            outcome: Outcome::Success,
        }
    }
    /// Something that was tried and did not work.
    #[must_use]
    pub const fn failed(event: EventType, target: EventTarget, change: Change) -> Self {
        Self {
            event,
            target,
            change,
            outcome: Outcome::Failure,
        }
    }
}

/// What an event is about, with names as they are at this moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventTarget {
    /// The kind of object.
    pub kind: Option<TargetType>,
    /// The part of it.
    pub part: Option<SubTargetType>,
    /// The object's id.
    pub id: String,
    /// The object's name.
    pub name: String,
    /// The part's id.
    pub subject_id: String,
    /// The part's name.
    pub subject: String,
    /// The project it belongs to.
    pub project: Option<(ProjectId, String)>,
    /// The environment it belongs to.
    pub environment: Option<(EnvironmentId, String)>,
}

impl EventTarget {
    /// The instance itself.
    #[must_use]
    pub fn instance() -> Self {
        Self {
            kind: Some(TargetType::Organization),
            id: String::new(),
            name: "Gatehouse".into(),
            ..Self::default()
        }
    }
    /// An organization.
    #[must_use]
    pub fn organization(id: OrganizationId, name: &str) -> Self {
        Self {
            kind: Some(TargetType::Organization),
            id: id.to_string(),
            name: name.to_owned(),
            ..Self::default()
        }
    }
    /// A member of an organization.
    #[must_use]
    pub fn member(person: PersonId, name: &str) -> Self {
        Self {
            kind: Some(TargetType::MembersAndRoles),
            id: person.to_string(),
            name: name.to_owned(),
            ..Self::default()
        }
    }
    /// Any other object directly below the organization.
    #[must_use]
    pub fn object(kind: TargetType, id: impl ToString, name: &str) -> Self {
        Self {
            kind: Some(kind),
            id: id.to_string(),
            name: name.to_owned(),
            ..Self::default()
        }
    }
    /// The same object, about one part of it.
    #[must_use]
    pub fn part(mut self, part: SubTargetType, id: impl ToString, name: &str) -> Self {
        self.part = Some(part);
        self.subject_id = id.to_string();
        self.subject = name.to_owned();
        self
    }
}

impl From<&OrganizationTarget> for EventTarget {
    fn from(target: &OrganizationTarget) -> Self {
        Self::organization(target.id, &target.name)
    }
}
impl From<&ProjectTarget> for EventTarget {
    fn from(target: &ProjectTarget) -> Self {
        Self {
            project: Some((target.id, target.name.clone())),
            ..Self::object(TargetType::Project, target.id, &target.name)
        }
    }
}
impl From<&EnvironmentTarget> for EventTarget {
    fn from(target: &EnvironmentTarget) -> Self {
        Self {
            project: Some((target.project.id, target.project.name.clone())),
            environment: Some((target.id, target.name.clone())),
            ..Self::object(TargetType::Environment, target.id, &target.name)
        }
    }
}
impl From<&ServiceTarget> for EventTarget {
    fn from(target: &ServiceTarget) -> Self {
        let environment = &target.environment;
        Self {
            project: Some((environment.project.id, environment.project.name.clone())),
            environment: Some((environment.id, environment.name.clone())),
            ..Self::object(target.kind.into(), target.id, &target.name)
        }
    }
}
impl From<&Level> for EventTarget {
    fn from(level: &Level) -> Self {
        match level {
            Level::Project(target) => target.into(),
            Level::Environment(target) => target.into(),
            Level::Service(target) => target.into(),
        }
    }
}

/// Everything the chain covers, in its fixed order. Words are covered as the public format spells them,
/// so that a verifier needs none of our numbers.
pub(crate) struct Canonical<'a> {
    pub owner: &'a str,
    pub sequence: i64,
    pub at: i64,
    pub event: &'a str,
    pub target_type: &'a str,
    pub sub_target_type: &'a str,
    pub target: [&'a str; 8],
    pub actor: [&'a str; 3],
    pub tool: &'a str,
    pub outcome: &'a str,
    pub client: [&'a str; 2],
    pub request: &'a [u8],
    pub change: &'a str,
}

impl Canonical<'_> {
    /// `SHA-256("gatehouse/audit/1" || previous || fields)`, every field with its length before it (security reference, 8.3).
    pub fn chained_to(&self, previous: &[u8]) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"gatehouse/audit/1");
        hash.update(previous);
        let mut field = |bytes: &[u8]| {
            hash.update(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
            hash.update(bytes);
        };
        field(self.owner.as_bytes());
        field(&self.sequence.to_be_bytes());
        field(&self.at.to_be_bytes());
        for word in [self.event, self.target_type, self.sub_target_type] {
            field(word.as_bytes());
        }
        for text in self.target.iter().chain(&self.actor) {
            field(text.as_bytes());
        }
        for text in [self.tool, self.outcome].iter().chain(&self.client) {
            field(text.as_bytes());
        }
        field(self.request);
        field(self.change.as_bytes());
        hash.finalize().into()
    }
}
