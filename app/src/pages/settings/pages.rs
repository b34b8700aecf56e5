use domain::{Permission, view::Rights};

use crate::components::IconName;

/// A page of Organization Settings, as rail and search name it.
pub struct SettingsPage {
    /// The last part of its address.
    pub part: &'static str,
    /// Its name.
    pub label: &'static str,
    /// The picture beside it.
    pub icon: IconName,
    /// What it takes to open it, beyond belonging to the organization.
    needs: Option<Permission>,
    /// Other words for what is on it, which a search finds it by.
    also: &'static str,
}

/// Every page, in the order of the rail.
pub const SETTINGS_PAGES: [SettingsPage; 5] = [
    page(
        "general",
        "General",
        IconName::Settings,
        "name description owner transfer delete organization settings",
    ),
    page(
        "members",
        "Members",
        IconName::Members,
        "people users invitations invite",
    ),
    page(
        "roles",
        "Roles",
        IconName::Shield,
        "permissions access rights custom",
    ),
    page(
        "clusters",
        "Clusters",
        IconName::Server,
        "providers regions kubernetes",
    ),
    SettingsPage {
        needs: Some(Permission::AuditRead),
        ..page(
            "audit-logs",
            "Audit logs",
            IconName::Audit,
            "events history changes who when",
        )
    },
];

const fn page(
    part: &'static str,
    label: &'static str,
    icon: IconName,
    also: &'static str,
) -> SettingsPage {
    SettingsPage {
        part,
        label,
        icon,
        needs: None,
        also,
    }
}

impl SettingsPage {
    /// May somebody with these rights open it?
    #[must_use]
    pub fn opens_to(&self, rights: &Rights) -> bool {
        self.needs.is_none_or(|permission| rights.may(permission))
    }
    /// Its address, below the organization's.
    #[must_use]
    pub fn href(&self, base: &str) -> String {
        format!("{base}/settings/{}", self.part)
    }
    /// Its name, and what else is said of it.
    #[must_use]
    pub fn words(&self) -> String {
        format!("{} {}", self.label, self.also)
    }
}
