//! What crosses the wire and what pages receive: made for reading, without anything to hide.

mod search;

pub use search::{FoundVariable, Named, PlaceView, SearchView};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    ClusterId, EnvironmentId, EnvironmentType, Hint, InvitationId, OrganizationId, Outcome,
    Permission, PersonId, ProjectId, RoleRef, Scope, ServiceId, ServiceKind, Timestamp, Tool,
    VariableId, VariableKind,
    audit::{Change, EventType, SubTargetType, TargetType},
};

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonView {
    /// Their id.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// Their address, for themselves.
    pub email: String,
}

/// An organization in a switcher.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationSummary {
    /// Its id.
    pub id: OrganizationId,
    /// Its part of URLs.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// The reader's role there.
    pub role: String,
}

/// An organization's general settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationView {
    /// Its id.
    pub id: OrganizationId,
    /// Its part of URLs.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Free text.
    pub description: String,
    /// A link, or empty.
    pub website: String,
    /// Whom to write to.
    pub contact_emails: Vec<String>,
    /// The plan's name on the screen.
    pub plan: String,
    /// How many days of audit log are kept.
    pub retention_days: u32,
    /// The owner's name.
    pub owner: String,
    /// Since when it exists.
    pub created_at: Timestamp,
    /// Counts edits; sent back on save.
    pub version: u64,
}

/// The rail: everything of an organization the reader may see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tree {
    /// By name.
    pub projects: Vec<TreeProject>,
}

/// A project in the rail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeProject {
    /// Its id.
    pub id: ProjectId,
    /// Its part of URLs.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// By type, then name.
    pub environments: Vec<TreeEnvironment>,
}

/// An environment in the rail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeEnvironment {
    /// Its id.
    pub id: EnvironmentId,
    /// Its part of URLs.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: EnvironmentType,
    /// By name.
    pub services: Vec<TreeService>,
}

/// A service in the rail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeService {
    /// Its id.
    pub id: ServiceId,
    /// Its part of URLs.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: ServiceKind,
}

/// What the reader may do on one thing, for greying out with a reason. The server decides again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rights {
    /// The reader's role in words; empty in views of single objects, where only what is allowed matters.
    pub role: String,
    /// What is allowed here.
    pub allowed: Vec<Permission>,
}

impl Rights {
    /// May the reader?
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.allowed.contains(&permission)
    }
    /// Why not, for a control that stays visible: none when allowed.
    #[must_use]
    pub fn why_not(&self, permission: Permission) -> Option<String> {
        (!self.may(permission)).then(|| {
            format!(
                "Needs “{}”: {} can do this.",
                permission.label(),
                crate::who_may(permission)
            )
        })
    }
}

/// A member in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberView {
    /// Their id.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Their role.
    pub role: RoleRef,
    /// Its name on the screen.
    pub role_name: String,
    /// True for the one owner.
    pub is_owner: bool,
    /// True for the reader.
    pub is_you: bool,
    /// Since when they belong.
    pub joined_at: Timestamp,
    /// When they last did something, to the minute; none before the first time.
    pub last_active_at: Option<Timestamp>,
}

/// A page of members, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberPage {
    /// The members.
    pub members: Vec<MemberView>,
    /// The page before starts before this person.
    pub before: Option<PersonId>,
    /// The next page starts after this person.
    pub after: Option<PersonId>,
    /// How many members the organization has in all.
    pub total: u32,
}

/// A role in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleSummary {
    /// Which.
    pub role: RoleRef,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// How many people have it.
    pub members: u32,
    /// How many open invitations offer it; none for readers who may not see those.
    pub invitations: Option<u32>,
    /// When it was saved last and by whom; none for built-in roles.
    pub updated: Option<(Timestamp, String)>,
    /// May the reader give it to somebody?
    pub may_give: bool,
}

/// Somebody, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedPerson {
    /// Their id.
    pub id: PersonId,
    /// Their name.
    pub name: String,
}

/// One line of a preview: what becomes possible, or no longer is, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectView {
    /// Given, or taken?
    pub gained: bool,
    /// What, as in "deploy and stop".
    pub verbs: Vec<String>,
    /// Where, in words; of many places some are only counted.
    pub places: String,
    /// Every place by name, where some are only counted above.
    pub all_places: Option<String>,
    /// When one of the people concerned last did that there; for what is taken.
    pub last_used: Option<Timestamp>,
}

/// People to whom a change means the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewGroup {
    /// Who.
    pub people: Vec<NamedPerson>,
    /// The role they have.
    pub from: String,
    /// The role they will have; none when they leave.
    pub to: Option<String>,
    /// What it gives and takes.
    pub effects: Vec<EffectView>,
}

/// What a change of access would do, before it is done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessPreview {
    /// By what the change means.
    pub groups: Vec<PreviewGroup>,
    /// Stands for exactly this; saving with it is refused once the world has moved.
    pub fingerprint: String,
}

impl AccessPreview {
    /// How many people it concerns.
    #[must_use]
    pub fn people(&self) -> usize {
        self.groups.iter().map(|group| group.people.len()).sum()
    }
}

/// Where an invitation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InvitationState {
    /// Waiting for an answer.
    Pending,
    /// Waiting, but who sent it may not invite to its role any more: the link does nothing.
    Void,
    /// Too old.
    Expired,
    /// Somebody came in with it.
    Accepted,
    /// Taken back.
    Revoked,
    /// Turned down by whom it was for.
    Declined,
}

impl InvitationState {
    /// True while something can still be done with it: sent again, extended, taken back.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Void | Self::Expired)
    }
    /// The word on the screen.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Void => "Void",
            Self::Expired => "Expired",
            Self::Accepted => "Accepted",
            Self::Revoked => "Revoked",
            Self::Declined => "Declined",
        }
    }
}

/// An invitation in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationView {
    /// Its id.
    pub id: InvitationId,
    /// Whom it is for.
    pub email: String,
    /// The role it gives.
    pub role: RoleRef,
    /// Its name on the screen.
    pub role_name: String,
    /// What the inviter wrote to it.
    pub note: String,
    /// Who sent it.
    pub invited_by: String,
    /// When it was sent last.
    pub sent_at: Timestamp,
    /// Until when it works.
    pub expires_at: Timestamp,
    /// Where it stands.
    pub state: InvitationState,
}

/// What became of one address of an invitation form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InviteOutcome {
    /// Invited.
    Sent,
    /// Belongs already.
    AlreadyMember,
    /// Has an open invitation.
    AlreadyInvited,
    /// Not an e-mail address.
    NotAnAddress,
    /// Stood in the form more than once.
    Repeated,
    /// The role written behind it does not exist, or the inviter may not give it.
    RoleNotGiven,
}

impl InviteOutcome {
    /// What happened and what to do.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Sent => "Invitation sent.",
            Self::AlreadyMember => "This person is a member already.",
            Self::AlreadyInvited => {
                "This person is invited already. Resend or revoke that invitation."
            }
            Self::NotAnAddress => "Enter an e-mail address like name@example.com.",
            Self::Repeated => "This address was entered more than once.",
            Self::RoleNotGiven => "There is no such role, or it is beyond your own rights.",
        }
    }
}

/// One address of an invitation form and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationResult {
    /// The invitation; none when there is none.
    pub id: Option<InvitationId>,
    /// As it was written.
    pub email: String,
    /// The role it was invited to; empty when it was not.
    pub role_name: String,
    /// What happened.
    pub outcome: InviteOutcome,
    /// The link, to be handed over by the inviter, when this instance has no mail server.
    pub link: Option<String>,
}

/// What the holder of an invitation link is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationOffer {
    /// Who offers.
    pub organization: String,
    /// Who invited, by name.
    pub invited_by: String,
    /// Whom it is for.
    pub email: String,
    /// The role it gives, by name.
    pub role_name: String,
    /// What it is for, in one line.
    pub role_summary: String,
    /// What the inviter wrote to it.
    pub note: String,
    /// Until when it works.
    pub expires_at: Timestamp,
    /// True when an account with that address exists: then it asks for its password, else for a new one.
    pub has_account: bool,
    /// Who is signed in right now with another address, if anybody.
    pub signed_in_as_other: Option<String>,
    /// True when the person it is for is signed in already.
    pub signed_in: bool,
}

/// A cluster entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterView {
    /// Its id.
    pub id: ClusterId,
    /// Its name.
    pub name: String,
    /// The provider's code, as in `AWS`.
    pub provider: String,
    /// The provider's region, as in `eu-west-3`.
    pub region: String,
    /// Free text.
    pub description: String,
    /// How many environments of it the reader sees.
    pub environment_count: u32,
    /// Since when it exists.
    pub created_at: Timestamp,
    /// Counts edits; sent back on save.
    pub version: u64,
    /// May the reader edit it?
    pub editable: bool,
    /// May the reader place environments on it?
    pub may_place: bool,
}

/// A project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectView {
    /// Its id.
    pub id: ProjectId,
    /// Its part of URLs.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Free text.
    pub description: String,
    /// Since when it exists.
    pub created_at: Timestamp,
    /// Counts edits; sent back on save.
    pub version: u64,
    /// Variables defined at project scope.
    pub variable_count: u32,
    /// What the reader may do here.
    pub rights: Rights,
}

/// An environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentView {
    /// Its id.
    pub id: EnvironmentId,
    /// Its part of URLs.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: EnvironmentType,
    /// Where it runs.
    pub cluster: String,
    /// Since when it exists.
    pub created_at: Timestamp,
    /// Counts edits; sent back on save.
    pub version: u64,
    /// Variables defined at environment scope.
    pub variable_count: u32,
    /// Its services.
    pub service_count: u32,
    /// The last change of a variable in it, if any.
    pub last_change: Option<(Timestamp, String)>,
    /// What the reader may do here.
    pub rights: Rights,
}

/// A service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceView {
    /// Its id.
    pub id: ServiceId,
    /// Its part of URLs.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: ServiceKind,
    /// Free text.
    pub description: String,
    /// Since when it exists.
    pub created_at: Timestamp,
    /// Counts edits; sent back on save.
    pub version: u64,
    /// Variables defined at service scope.
    pub variable_count: u32,
    /// What the reader may do here.
    pub rights: Rights,
}

/// A variable as a level sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariableView {
    /// Its id.
    pub id: VariableId,
    /// The key.
    pub key: String,
    /// How it comes to its value.
    pub kind: VariableKind,
    /// Where it is defined.
    pub scope: Scope,
    /// Never shown again?
    pub secret: bool,
    /// True for values mounted as a file, overrides of files included.
    pub is_file: bool,
    /// The value of a plain variable, cut to 300 characters in lists; none for secrets.
    pub value: Option<String>,
    /// How long the whole plain value is, in bytes; none for secrets.
    pub size: Option<usize>,
    /// True when what is stored fails its integrity check: then neither value nor hint is shown.
    pub damaged: bool,
    /// A secret's first and last characters, when it is long enough.
    pub hint: Option<Hint>,
    /// Where a file is mounted.
    pub mount_path: Option<String>,
    /// The key that an alias stands for.
    pub alias_of: Option<String>,
    /// Are `{{KEY}}` in its value put in?
    pub interpolate: bool,
    /// Free text.
    pub description: String,
    /// Counts changes; sent back on save.
    pub version: u64,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Who changed it.
    pub updated_by: String,
    /// The scope of a wider definition that this one hides.
    pub overrides: Option<Scope>,
    /// True when it is defined at the very level that is shown.
    pub defined_here: bool,
    /// Why the reader cannot change it; none when they can.
    pub locked: Option<String>,
}

/// What becomes of a value that mentions others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Resolved {
    /// The value with everything put in, cut to 300 characters.
    Text(String),
    /// It holds a secret, so it is one.
    Secret,
    /// It cannot be delivered, and why.
    Broken(String),
}

/// One place a variable can be defined from a level, for the form's scope chooser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeChoice {
    /// The scope.
    pub scope: Scope,
    /// What it is called, as in "Environment production".
    pub name: String,
    /// What it reaches, as in "4 services: api, web, worker, orders-db".
    pub consequence: String,
    /// Why the reader cannot use it; none when they can.
    pub locked: Option<String>,
}

/// One event of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventView {
    /// Its number in the organization's chain.
    pub sequence: i64,
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub event_type: EventType,
    /// To what kind of object.
    pub target_type: TargetType,
    /// To which part of it.
    pub sub_target_type: Option<SubTargetType>,
    /// The object's id.
    pub target_id: String,
    /// The object's name at the time.
    pub target_name: String,
    /// The part's name at the time, as a variable's key.
    pub subject: Option<String>,
    /// The project's name at the time.
    pub project: Option<String>,
    /// The environment's name at the time.
    pub environment: Option<String>,
    /// Who did it: a person's or token's name at the time.
    pub actor: String,
    /// How it came in.
    pub tool: Tool,
    /// How it ended.
    pub outcome: Outcome,
    /// What changed.
    pub change: Change,
}

impl EventView {
    /// What a list shows as the target: the part if there is one, else the object.
    #[must_use]
    pub fn target(&self) -> &str {
        self.subject.as_deref().unwrap_or(&self.target_name)
    }
    /// The kind of the target in words, as in `Secret`.
    #[must_use]
    pub const fn target_label(&self) -> &'static str {
        match self.sub_target_type {
            Some(part) => part.label(),
            None => self.target_type.label(),
        }
    }
    /// Where the target stands, as in `shop / production`.
    #[must_use]
    pub fn place(&self) -> String {
        let mut parts: Vec<&str> = [self.project.as_deref(), self.environment.as_deref()]
            .into_iter()
            .flatten()
            .collect();
        if self.subject.is_some()
            && !matches!(
                self.target_type,
                TargetType::Project
                    | TargetType::Environment
                    | TargetType::Organization
                    | TargetType::MembersAndRoles
            )
        {
            parts.push(&self.target_name);
        }
        parts.join(" / ")
    }
}

/// One event with everything there is to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventDetail {
    /// The event.
    pub event: EventView,
    /// A sentence people can read.
    pub sentence: String,
    /// What changed, ready to show: field, before, after.
    pub rows: Vec<DiffRow>,
    /// The network address the request came from.
    pub network: String,
    /// The program that sent it.
    pub user_agent: String,
    /// The request's id.
    pub request: String,
    /// The event as JSON, as exports carry it.
    pub json: Value,
}

/// One changed field, ready to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffRow {
    /// The field in words.
    pub field: String,
    /// Before; none when it did not exist.
    pub before: Option<String>,
    /// After; none when it is gone.
    pub after: Option<String>,
}

/// A page of the audit log, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventPage {
    /// The events.
    pub events: Vec<EventView>,
    /// The cursor of the next, older page.
    pub older: Option<String>,
    /// The cursor of the previous, newer page.
    pub newer: Option<String>,
    /// How many days the plan keeps.
    pub retention_days: u32,
}
