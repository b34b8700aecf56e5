//! The use cases, one file per area. Each is an `impl Service` block.

mod access;
mod accounts;
mod audit_log;
mod clusters;
mod console;
mod handover;
mod invitations;
mod inviting;
mod members;
mod organizations;
mod ownership;
mod preview;
mod reencryption;
mod registry;
mod roles;
mod root_key;
mod rotation;
mod search;
mod throttling;
mod variables;

pub use access::{AccessLine, PersonAccess, PlaceAccess, RoleHere, WhoCan};
pub use accounts::SignedIn;
pub use audit_log::EventQuery;
pub use clusters::{ClusterForm, PROVIDERS};
pub use console::{ConsolePath, ConsoleView, Crumbs};
pub use invitations::Joining;
pub use inviting::{INVITATION_DAYS, InviteForm, Invited};
pub use members::{Confirmed, MEMBERS_PER_PAGE, UNASKED};
pub use organizations::GeneralSettings;
pub use ownership::{DeletedOrganization, ERASED_AFTER_DAYS, InventoryCounts};
pub use reencryption::Reencryption;
pub use registry::{Contents, ServiceForm};
pub use roles::{RoleComparison, RoleDetail, RoleForm, RoleReview, RowChange};
pub use root_key::RootRotation;
pub(crate) use rotation::Rotation;
pub use rotation::{KeyReport, KeyStatus, ROTATE_AFTER_DAYS, RotatedKey, RotationScope};
pub use search::{PLACES_FOUND, VARIABLES_FOUND};
pub use variables::{
    COMPARED, ChangeReview, ChangeRow, ChangeWhat, Changed, ChangesForm, ChangesMade, ComparedCell,
    ComparedEnvironment, ComparedRow, Comparison, DELETED_KEPT_DAYS, Dependants, Impact,
    ImportForm, NewAlias, NewVariable, PlaceChange, PlaceHistory, PromotedRow, Promotion,
    PromotionForm, PromotionStep, RestoreReview, RestoreStep, RestoreWhat, Sameness, ScopeText,
    SecretLetters, Selected, Standing, TextForm, VariableEdit, VariableHistory, VariablesView,
    VersionHead, VersionRestore, VersionView,
};

use domain::{
    ApiError, ClusterId, EnvironmentId, LevelRef, OrganizationId, PersonId, ProjectId, ServiceId,
    slug_of, view::PersonView,
};

use crate::{
    Caller, EnvironmentTarget, Error, Granted, Level, OrganizationTarget, ProjectTarget, Result,
    ServiceTarget, permits, store::Tx,
};

/// The signed-in person, or "sign in first".
fn signed_in(caller: &Caller) -> Result<(PersonId, &PersonView)> {
    match &caller.actor {
        crate::Actor::Person(person) => Ok((person.id, person)),
        crate::Actor::Nobody | crate::Actor::System(_) => {
            Err(Error::Api(ApiError::Unauthenticated))
        }
    }
}

fn not_found<T>(found: Option<T>) -> Result<T> {
    found.ok_or(Error::Api(ApiError::NotFound))
}

/// Finding and deciding in one step. What is not found and what may not be known of give the same answer.
impl Tx {
    pub(crate) async fn organization_target(
        &mut self,
        id: OrganizationId,
    ) -> Result<OrganizationTarget> {
        not_found(self.find_organization(id).await?)
    }
    pub(crate) async fn project_target(
        &mut self,
        organization: OrganizationId,
        id: ProjectId,
    ) -> Result<ProjectTarget> {
        not_found(self.find_project(organization, id).await?)
    }
    pub(crate) async fn environment_target(
        &mut self,
        organization: OrganizationId,
        id: EnvironmentId,
    ) -> Result<EnvironmentTarget> {
        not_found(self.find_environment(organization, id).await?)
    }
    pub(crate) async fn service_target(
        &mut self,
        organization: OrganizationId,
        id: ServiceId,
    ) -> Result<ServiceTarget> {
        not_found(self.find_service(organization, id).await?)
    }
    /// A cluster of this organization that the caller may know of.
    pub(crate) async fn cluster_target(
        &mut self,
        organization: OrganizationId,
        id: ClusterId,
    ) -> Result<String> {
        not_found(self.cluster_name(organization, id).await?)
    }
    /// Proof that the caller belongs to the organization.
    pub(crate) async fn belongs(
        &mut self,
        caller: &Caller,
        id: OrganizationId,
    ) -> Result<Granted<permits::ReadOrganization>> {
        let target = self.organization_target(id).await?;
        self.authorize(caller, target).await
    }
    /// A place where variables are defined.
    pub(crate) async fn level(
        &mut self,
        organization: OrganizationId,
        level: LevelRef,
    ) -> Result<Level> {
        Ok(match level {
            LevelRef::Project(id) => Level::Project(self.project_target(organization, id).await?),
            LevelRef::Environment(id) => {
                Level::Environment(self.environment_target(organization, id).await?)
            }
            LevelRef::Service(id) => Level::Service(self.service_target(organization, id).await?),
        })
    }
    /// Proves that the caller may read the variables of a level.
    pub(crate) async fn may_read_level(&mut self, caller: &Caller, level: &Level) -> Result<()> {
        match level {
            Level::Project(target) => drop(
                self.authorize::<permits::ReadProject>(caller, target.clone())
                    .await?,
            ),
            Level::Environment(target) => drop(
                self.authorize::<permits::ReadEnvironment>(caller, target.clone())
                    .await?,
            ),
            Level::Service(target) => drop(
                self.authorize::<permits::ReadService>(caller, target.clone())
                    .await?,
            ),
        }
        Ok(())
    }
}

/// A free slug below a parent: the name's own, or with a number behind it.
fn free_slug(name: &str, otherwise: &str, taken: &[String], own: Option<&str>) -> String {
    let wished = Some(slug_of(name))
        .filter(|slug| !slug.is_empty())
        .unwrap_or_else(|| otherwise.to_owned());
    let free = |slug: &String| own == Some(slug) || !taken.contains(slug);
    std::iter::once(wished.clone())
        .chain((2_u32..).map(|n| format!("{wished}-{n}")))
        .find(free)
        .unwrap_or(wished)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_avoid_what_is_taken() {
        let taken = ["shop".to_owned(), "shop-2".to_owned()];
        assert_eq!(free_slug("Shop", "project", &taken, None), "shop-3");
        assert_eq!(free_slug("Shop!", "project", &taken, Some("shop")), "shop");
        assert_eq!(free_slug("日本", "project", &taken, None), "project");
    }
}
