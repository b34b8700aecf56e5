//! Organization Settings: general settings, members and invitations, roles, clusters.

mod clusters;
mod general;
mod members;
mod ownership;
mod pages;
mod roles;

pub use clusters::ClustersPage;
pub use general::GeneralPage;
pub use members::{MembersPage, PersonPage};
pub use pages::{SETTINGS_PAGES, SettingsPage};
pub use roles::{RolePage, RolesPage};

use domain::{Permission, view::Rights};

/// The line under the title of a page its reader cannot change.
fn view_only(rights: &Rights, permission: Permission) -> Option<String> {
    rights
        .why_not(permission)
        .map(|reason| format!("View only. {reason}"))
}
