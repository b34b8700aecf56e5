//! The vocabulary of the audit log: the public format's own words, and a few of ours.
//!
//! Every word has a number that the store keeps; numbers are never reused or changed, since old
//! events carry them.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Permission, name::NameError};

macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $number:literal, $code:literal, $label:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $(#[doc = concat!("`", $code, "`")] #[serde(rename = $code)] $variant,)+ }

        impl $name {
            /// Every word.
            pub const ALL: [Self; [$($number),+].len()] = [$(Self::$variant),+];
            /// The word in API and export.
            #[must_use]
            pub const fn code(self) -> &'static str { match self { $(Self::$variant => $code),+ } }
            /// The word on the screen.
            #[must_use]
            pub const fn label(self) -> &'static str { match self { $(Self::$variant => $label),+ } }
            /// The number in the store.
            #[must_use]
            pub const fn number(self) -> i64 { match self { $(Self::$variant => $number),+ } }
            /// The word of a stored number.
            #[must_use]
            pub fn from_number(number: i64) -> Option<Self> { match number { $($number => Some(Self::$variant),)+ _ => None } }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(self.code()) }
        }
        impl FromStr for $name {
            type Err = NameError;
            fn from_str(code: &str) -> Result<Self, NameError> {
                Self::ALL.into_iter().find(|one| one.code() == code).ok_or(NameError("Choose one from the list."))
            }
        }
    };
}

vocabulary! {
    /// What happened.
    EventType {
        Create = 1, "CREATE", "CREATE";
        Update = 2, "UPDATE", "UPDATE";
        Delete = 3, "DELETE", "DELETE";
        Accept = 4, "ACCEPT", "ACCEPT";
        Export = 5, "EXPORT", "EXPORT";
        Clone = 6, "CLONE", "CLONE";
        Import = 7, "IMPORT", "IMPORT";
        Lock = 8, "LOCK", "LOCK";
        Unlock = 9, "UNLOCK", "UNLOCK";
        Shell = 10, "SHELL", "SHELL";
        PortForward = 11, "PORT_FORWARD", "PORT_FORWARD";
        RemoteDebug = 12, "REMOTE_DEBUG", "REMOTE_DEBUG";
        Maintenance = 13, "MAINTENANCE", "MAINTENANCE";
        DryRun = 14, "DRY_RUN", "DRY_RUN";
        TriggerDeploy = 20, "TRIGGER_DEPLOY", "TRIGGER_DEPLOYMENT";
        TriggerRedeploy = 21, "TRIGGER_REDEPLOY", "TRIGGER_REDEPLOY";
        TriggerStop = 22, "TRIGGER_STOP", "TRIGGER_STOP";
        TriggerRestart = 23, "TRIGGER_RESTART", "TRIGGER_RESTART";
        TriggerDelete = 24, "TRIGGER_DELETE", "TRIGGER_DELETE";
        TriggerCancel = 25, "TRIGGER_CANCEL", "TRIGGER_CANCEL";
        DeployQueued = 30, "DEPLOY_QUEUED", "DEPLOY_QUEUED";
        StopQueued = 31, "STOP_QUEUED", "STOP_QUEUED";
        RestartQueued = 32, "RESTART_QUEUED", "RESTART_QUEUED";
        DeleteQueued = 33, "DELETE_QUEUED", "DELETE_QUEUED";
        Deployed = 40, "DEPLOYED", "DEPLOYED";
        Stopped = 41, "STOPPED", "STOPPED";
        Deleted = 42, "DELETED", "DELETED";
        Restarted = 43, "RESTARTED", "RESTARTED";
        DeployFailed = 50, "DEPLOY_FAILED", "DEPLOY_FAILED";
        StopFailed = 51, "STOP_FAILED", "STOP_FAILED";
        DeleteFailed = 52, "DELETE_FAILED", "DELETE_FAILED";
        RestartFailed = 53, "RESTART_FAILED", "RESTART_FAILED";
        // Words of our own; the public event list leaves them out.
        SignIn = 100, "SIGN_IN", "SIGN_IN";
        SignOut = 101, "SIGN_OUT", "SIGN_OUT";
        SignInFailed = 102, "SIGN_IN_FAILED", "SIGN_IN_FAILED";
        Denied = 103, "DENIED", "DENIED";
        Fetch = 104, "FETCH", "FETCH";
        Verify = 105, "VERIFY", "VERIFY";
        Rotate = 106, "ROTATE", "ROTATE";
        Prune = 107, "PRUNE", "PRUNE";
        Backup = 108, "BACKUP", "BACKUP";
        Restore = 109, "RESTORE", "RESTORE";
    }
}

impl EventType {
    /// True for the words generated API clients do not know and would fail on.
    #[must_use]
    pub const fn is_ours(self) -> bool {
        self.number() >= 100
    }
}

vocabulary! {
    /// The kind of object something happened to.
    TargetType {
        Organization = 1, "ORGANIZATION", "Organization";
        Project = 2, "PROJECT", "Project";
        Environment = 3, "ENVIRONMENT", "Environment";
        Application = 4, "APPLICATION", "Application";
        Container = 5, "CONTAINER", "Container";
        Job = 6, "JOB", "Job";
        Database = 7, "DATABASE", "Database";
        Cluster = 8, "CLUSTER", "Cluster";
        ContainerRegistry = 9, "CONTAINER_REGISTRY", "Container registry";
        MembersAndRoles = 10, "MEMBERS_AND_ROLES", "Members & roles";
        Webhook = 11, "WEBHOOK", "Webhook";
        EnterpriseConnection = 12, "ENTERPRISE_CONNECTION", "Enterprise connection";
        Helm = 13, "HELM", "Helm";
        HelmRepository = 14, "HELM_REPOSITORY", "Helm repository";
        Terraform = 15, "TERRAFORM", "Terraform";
    }
}

impl From<crate::ServiceKind> for TargetType {
    fn from(kind: crate::ServiceKind) -> Self {
        match kind {
            crate::ServiceKind::Application => Self::Application,
            crate::ServiceKind::Container => Self::Container,
            crate::ServiceKind::Job => Self::Job,
            crate::ServiceKind::Database => Self::Database,
        }
    }
}

vocabulary! {
    /// The part of the target that something happened to.
    SubTargetType {
        Variable = 1, "VARIABLE", "Variable";
        Secret = 2, "SECRET", "Secret";
        Invitation = 3, "INVITATION", "Invitation";
        MemberRole = 4, "MEMBER_ROLE", "Member role";
        CustomRole = 5, "CUSTOM_ROLE", "Role";
        ApiToken = 6, "API_TOKEN", "API token";
        TransferOwnership = 7, "TRANSFER_OWNERSHIP", "Ownership";
        Config = 8, "CONFIG", "Configuration";
        Plan = 9, "PLAN", "Plan";
        AdvancedSettings = 10, "ADVANCED_SETTINGS", "Advanced settings";
    }
}

vocabulary! {
    /// How the change came in. Derived on the server from credential, route and user agent.
    Tool {
        Console = 1, "CONSOLE", "Console";
        Api = 2, "API", "API";
        Cli = 3, "CLI", "CLI";
        Terraform = 4, "TERRAFORM_PROVIDER", "Terraform";
        Git = 5, "GIT", "Git";
        Doppler = 6, "DOPPLER", "Doppler";
        System = 7, "QOVERY_INTERNAL", "System";
    }
}

vocabulary! {
    /// How it ended.
    Outcome {
        Success = 1, "SUCCESS", "Success";
        Failure = 2, "FAILURE", "Failed";
        Denied = 3, "DENIED", "Denied";
    }
}

/// The permission that somebody used who caused such an event; none where it takes no particular one.
#[must_use]
pub const fn permission_used(
    event: EventType,
    target: TargetType,
    part: Option<SubTargetType>,
) -> Option<Permission> {
    use {EventType as E, Permission as P, SubTargetType as S, TargetType as T};
    match event {
        E::Accept | E::SignIn | E::SignOut | E::SignInFailed | E::Denied => return None,
        E::TriggerDeploy
        | E::TriggerRedeploy
        | E::TriggerStop
        | E::TriggerRestart
        | E::TriggerCancel => return Some(P::Deploy),
        E::Shell | E::PortForward | E::RemoteDebug => return Some(P::Shell),
        // What a place is restored to is what its variables were.
        E::Restore
            if matches!(
                target,
                T::Project | T::Environment | T::Application | T::Container | T::Job | T::Database
            ) =>
        {
            return Some(P::VariablesEdit);
        }
        _ => {}
    }
    let creates = matches!(event, E::Create | E::Clone);
    Some(match (target, part) {
        (_, Some(S::Variable | S::Secret)) => P::VariablesEdit,
        (_, Some(S::ApiToken)) => P::TokensManage,
        (_, Some(S::Plan)) => P::BillingManage,
        (T::MembersAndRoles, _) => P::MembersManage,
        (T::Organization, _) => P::OrganizationEdit,
        (T::Cluster | T::ContainerRegistry, _) => P::ClustersManage,
        (T::Webhook | T::EnterpriseConnection | T::HelmRepository, _) => P::SetupManage,
        (T::Project, _) if creates => P::ProjectCreate,
        (T::Project, _) => P::ProjectEdit,
        (
            T::Environment
            | T::Application
            | T::Container
            | T::Job
            | T::Database
            | T::Helm
            | T::Terraform,
            _,
        ) => {
            if creates {
                P::EnvironmentCreate
            } else {
                P::EnvironmentEdit
            }
        }
    })
}

/// What changed, field by field. Holds data, never a value of a variable: those are named by version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Change(BTreeMap<String, FieldChange>);

/// One field before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FieldChange {
    /// A field that may be shown: before and after, null where it did not exist.
    Shown(Value, Value),
    /// A field that may not: only that it changed.
    Hidden(HiddenChange),
}

/// The word that stands for a change nobody may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HiddenChange {
    /// It changed.
    #[serde(rename = "changed")]
    Changed,
}

impl Change {
    /// Nothing to tell beyond the event itself.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }
    /// Notes a field of something new.
    #[must_use]
    pub fn set(mut self, field: &str, after: impl Into<Value>) -> Self {
        self.0.insert(
            field.to_owned(),
            FieldChange::Shown(Value::Null, after.into()),
        );
        self
    }
    /// Notes a field of something that went.
    #[must_use]
    pub fn gone(mut self, field: &str, before: impl Into<Value>) -> Self {
        self.0.insert(
            field.to_owned(),
            FieldChange::Shown(before.into(), Value::Null),
        );
        self
    }
    /// Notes a field, if it differs.
    #[must_use]
    pub fn field(mut self, field: &str, before: impl Into<Value>, after: impl Into<Value>) -> Self {
        let (before, after) = (before.into(), after.into());
        if before != after {
            self.0
                .insert(field.to_owned(), FieldChange::Shown(before, after));
        }
        self
    }
    /// Notes that a field changed which nobody may see.
    #[must_use]
    pub fn hidden(mut self, field: &str) -> Self {
        self.0
            .insert(field.to_owned(), FieldChange::Hidden(HiddenChange::Changed));
        self
    }
    /// True when no field changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// The fields in the order of their names.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &FieldChange)> {
        self.0.iter().map(|(name, change)| (name.as_str(), change))
    }
    /// The compact text the store keeps and the chain covers.
    #[must_use]
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
    /// Reads the stored text; something unreadable becomes an empty change, which verification then names.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }
    /// One line for a list: the names of the fields that changed, in words.
    #[must_use]
    pub fn summary(&self) -> String {
        let names: Vec<_> = self.0.keys().map(|name| name.replace('_', " ")).collect();
        match names.as_slice() {
            [] => String::new(),
            [one] => one.clone(),
            [some @ .., last] if some.len() < 4 => format!("{} and {last}", some.join(", ")),
            many => format!("{} fields", many.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_has_its_own_number_and_reads_back() {
        for event in EventType::ALL {
            assert_eq!(EventType::from_number(event.number()), Some(event));
            assert_eq!(event.code().parse(), Ok(event));
        }
        for target in TargetType::ALL {
            assert_eq!(TargetType::from_number(target.number()), Some(target));
        }
        for target in SubTargetType::ALL {
            assert_eq!(SubTargetType::from_number(target.number()), Some(target));
        }
        for tool in Tool::ALL {
            assert_eq!(Tool::from_number(tool.number()), Some(tool));
        }
    }

    #[test]
    fn a_change_keeps_what_differs_and_reads_back() {
        let change = Change::none()
            .field("name", "a", "b")
            .field("same", 1, 1)
            .hidden("value")
            .set("role", "viewer");
        assert_eq!(
            change.to_text(),
            r#"{"name":["a","b"],"role":[null,"viewer"],"value":"changed"}"#
        );
        assert_eq!(Change::from_text(&change.to_text()), change);
        assert_eq!(change.summary(), "name, role and value");
    }
}
