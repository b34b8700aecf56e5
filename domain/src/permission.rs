use serde::{Deserialize, Serialize};

macro_rules! permissions {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $label:literal;)+) => {
        /// One verb on one kind of object. The 18 rows of the product's role table.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Permission { $($(#[$doc])* #[serde(rename = $code)] $variant,)+ }

        impl Permission {
            /// Every permission, in the order of the product's role table.
            pub const ALL: [Self; 18] = [$(Self::$variant,)+];
            /// The stable code, as in `variables.edit`.
            #[must_use]
            pub const fn code(self) -> &'static str { match self { $(Self::$variant => $code,)+ } }
            /// The row's name in the product's role table.
            #[must_use]
            pub const fn label(self) -> &'static str { match self { $(Self::$variant => $label,)+ } }
        }
    };
}

permissions! {
    /// See the organization, its clusters, members and roles.
    OrganizationRead = "organization.read", "Read organization";
    /// Change name, description and contacts.
    OrganizationEdit = "organization.edit", "Edit organization";
    /// Delete the whole organization.
    OrganizationDelete = "organization.delete", "Delete organization";
    /// See and change plan and invoices.
    BillingManage = "billing.manage", "Manage billing";
    /// Invite, change and remove members; define roles.
    MembersManage = "members.manage", "Manage members & roles";
    /// Create, edit and delete cluster and registry entries.
    ClustersManage = "clusters.manage", "Manage cluster & container registry";
    /// Webhooks and integrations.
    SetupManage = "setup.manage", "Manage organization setup";
    /// See projects.
    ProjectRead = "project.read", "Read ANY project";
    /// Edit and delete projects.
    ProjectEdit = "project.edit", "Edit/Delete ANY project";
    /// Create projects.
    ProjectCreate = "project.create", "Create project";
    /// See environments, services and their variables.
    EnvironmentRead = "environment.read", "Read ANY environment";
    /// Edit and delete environments and services.
    EnvironmentEdit = "environment.edit", "Edit/Delete ANY environment or service";
    /// Create environments and services.
    EnvironmentCreate = "environment.create", "Create environment or service";
    /// Change variables and secrets.
    VariablesEdit = "variables.edit", "Add/Edit/Delete environment variables and secrets";
    /// Deploy, stop and restart.
    Deploy = "deploy", "Deploy/Stop ANY environment or service";
    /// Open a shell in a running service.
    Shell = "shell", "Connect via shell to ANY application";
    /// Read the audit log.
    AuditRead = "audit.read", "View audit logs";
    /// Create and revoke API tokens.
    TokensManage = "tokens.manage", "Manage API tokens";
}
