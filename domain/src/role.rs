use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Permission, RoleId, name::NameError, variable::coded};

/// The five roles every organization has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BuiltInRole {
    /// Exactly one person per organization; moves only by transfer.
    Owner,
    /// Everything but deleting the organization.
    Admin,
    /// Clusters, set-up, variables and deployments.
    DevOps,
    /// Billing, and nothing about projects.
    Billing,
    /// Reads everything but the audit log.
    Viewer,
}

impl BuiltInRole {
    /// All five, in the order of the product's role table.
    pub const ALL: [Self; 5] = [
        Self::Owner,
        Self::Admin,
        Self::DevOps,
        Self::Billing,
        Self::Viewer,
    ];
    /// The roles a person can be given. Ownership moves by transfer alone.
    pub const ASSIGNABLE: [Self; 4] = [Self::Viewer, Self::Billing, Self::DevOps, Self::Admin];

    /// The name on the screen.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Owner => "Owner",
            Self::Admin => "Admin",
            Self::DevOps => "DevOps",
            Self::Billing => "Billing Manager",
            Self::Viewer => "Viewer",
        }
    }
    /// The name in the API and in the store.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::DevOps => "devops",
            Self::Billing => "billing",
            Self::Viewer => "viewer",
        }
    }
    /// What the role is for, in one line.
    #[must_use]
    pub const fn summary(self) -> &'static str {
        match self {
            Self::Owner => "Everything, including deleting the organization. One person.",
            Self::Admin => "Everything except deleting the organization.",
            Self::DevOps => "Clusters, integrations, variables, secrets and deployments.",
            Self::Billing => "Plan and invoices. Sees no project.",
            Self::Viewer => "Sees projects, environments and plain variables. Changes nothing.",
        }
    }
    /// One cell of the product's role table.
    #[must_use]
    pub const fn has(self, permission: Permission) -> bool {
        use Permission as P;
        match self {
            Self::Owner => true,
            Self::Admin => !matches!(permission, P::OrganizationDelete),
            Self::DevOps => matches!(
                permission,
                P::OrganizationRead
                    | P::ClustersManage
                    | P::SetupManage
                    | P::ProjectRead
                    | P::EnvironmentRead
                    | P::VariablesEdit
                    | P::Deploy
                    | P::Shell
            ),
            Self::Billing => matches!(permission, P::OrganizationRead | P::BillingManage),
            Self::Viewer => matches!(
                permission,
                P::OrganizationRead | P::ProjectRead | P::EnvironmentRead
            ),
        }
    }
}

impl fmt::Display for BuiltInRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// The text names no role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Choose a role from the list.")]
pub struct UnknownRole;

impl FromStr for BuiltInRole {
    type Err = UnknownRole;
    fn from_str(code: &str) -> Result<Self, UnknownRole> {
        Self::ALL
            .into_iter()
            .find(|role| role.code().eq_ignore_ascii_case(code))
            .ok_or(UnknownRole)
    }
}

/// The one role a member has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoleRef {
    /// One of the five.
    BuiltIn(BuiltInRole),
    /// A role the organization defined.
    Custom(RoleId),
}

impl RoleRef {
    /// The custom role, if it is one.
    #[must_use]
    pub const fn custom(self) -> Option<RoleId> {
        match self {
            Self::BuiltIn(_) => None,
            Self::Custom(id) => Some(id),
        }
    }
    /// True for the role that moves only by transfer.
    #[must_use]
    pub const fn is_owner(self) -> bool {
        matches!(self, Self::BuiltIn(BuiltInRole::Owner))
    }
}

impl From<BuiltInRole> for RoleRef {
    fn from(role: BuiltInRole) -> Self {
        Self::BuiltIn(role)
    }
}

/// The form in addresses and forms: a built-in role's code, or a custom role's id.
impl fmt::Display for RoleRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn(role) => f.write_str(role.code()),
            Self::Custom(id) => id.fmt(f),
        }
    }
}

impl FromStr for RoleRef {
    type Err = UnknownRole;
    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        text.parse()
            .map(Self::BuiltIn)
            .or_else(|_| text.parse().map(Self::Custom).map_err(|_| UnknownRole))
    }
}

coded! {
    /// What a custom role gives on one cluster. Ordered: each level includes the ones before.
    #[derive(Default)]
    ClusterLevel {
        /// See the cluster.
        #[default]
        ReadOnly = "VIEWER", "Read-only";
        /// Place new environments on it.
        CreateEnvironment = "ENV_CREATOR", "Create environment";
        /// Edit its settings.
        FullAccess = "ADMIN", "Full access";
    }
}

coded! {
    /// What a custom role gives on one environment type of one project. Ordered like [`ClusterLevel`].
    #[derive(Default)]
    ProjectLevel {
        /// Nothing; with all four types at this level the project is invisible.
        #[default]
        NoAccess = "NO_ACCESS", "No access";
        /// See environments, services and variables.
        ReadOnly = "VIEWER", "Read-only";
        /// Deploy, and edit variables of environments and services.
        Deploy = "DEPLOYER", "Deploy";
        /// Shell; create, edit and delete services and environments.
        Manage = "MANAGER", "Manage";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published table is the code's table (AC-20): the file is compared cell by cell with the
    /// product description, and this test compares it with what the code decides.
    #[test]
    fn the_role_table_is_the_published_one() {
        let cell = |yes: bool| if yes { "yes" } else { "no " };
        let mut table = String::from(
            "| Action                                            | Owner | Admin | DevOps | Billing Manager | Viewer |\n",
        );
        for permission in Permission::ALL {
            let [owner, admin, devops, billing, viewer] =
                BuiltInRole::ALL.map(|role| cell(role.has(permission)));
            table += &format!(
                "| {:<49} | {owner}   | {admin}   | {devops}    | {billing}             | {viewer}    |\n",
                permission.label()
            );
        }
        expect_test::expect_file!["../role_matrix.txt"].assert_eq(&table);
    }

    #[test]
    fn the_owner_is_never_handed_out() {
        assert!(!BuiltInRole::ASSIGNABLE.contains(&BuiltInRole::Owner));
    }
}
