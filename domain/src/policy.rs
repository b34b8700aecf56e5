//! The one decision. Grants only add: there is no denial rule, "no access" is simply no grant,
//! so another grant never takes anything away, and neither order nor repetition matters
//! (AC-1, AC-3 and AC-4 hold by construction and are tested below).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    BuiltInRole, ClusterId, ClusterLevel, EnvironmentType, Permission, ProjectId, ProjectLevel,
};

/// Something a person or token has been given inside one organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Grant {
    /// A built-in role, on everything.
    Role(BuiltInRole),
    /// What every custom role holds organization-wide: reading the organization.
    Membership,
    /// A custom role's level on one cluster.
    Cluster(ClusterId, ClusterLevel),
    /// A custom role's level on one environment type of one project.
    Project(ProjectId, EnvironmentType, ProjectLevel),
    /// A custom role's Full access to one project, all types at once.
    WholeProject(ProjectId),
}

/// Everything somebody has been given inside one organization. Empty: a stranger.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants(Vec<Grant>);

impl Grants {
    /// Nothing at all.
    #[must_use]
    pub const fn none() -> Self {
        Self(Vec::new())
    }
    /// The grants of a member with this built-in role.
    #[must_use]
    pub fn built_in(role: BuiltInRole) -> Self {
        Self(vec![Grant::Role(role)])
    }
    /// These grants and one more.
    #[must_use]
    pub fn with(mut self, grant: Grant) -> Self {
        self.0.push(grant);
        self
    }
    /// The single grants.
    #[must_use]
    pub fn as_slice(&self) -> &[Grant] {
        &self.0
    }
    fn any(&self, covers: impl Fn(&Grant) -> bool) -> bool {
        self.0.iter().any(covers)
    }
}

impl FromIterator<Grant> for Grants {
    fn from_iter<I: IntoIterator<Item = Grant>>(grants: I) -> Self {
        Self(grants.into_iter().collect())
    }
}

/// Where a target stands: the parents that decide who reaches it. A service has the lineage of its environment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Lineage {
    cluster: Option<ClusterId>,
    project: Option<ProjectId>,
    environment: Option<EnvironmentType>,
}

impl Lineage {
    /// The organization itself.
    #[must_use]
    pub const fn organization() -> Self {
        Self {
            cluster: None,
            project: None,
            environment: None,
        }
    }
    /// One cluster entry.
    #[must_use]
    pub const fn cluster(cluster: ClusterId) -> Self {
        Self {
            cluster: Some(cluster),
            project: None,
            environment: None,
        }
    }
    /// A project, and its project-scope variables.
    #[must_use]
    pub const fn project(project: ProjectId) -> Self {
        Self {
            cluster: None,
            project: Some(project),
            environment: None,
        }
    }
    /// An environment of this type, or a service in one.
    #[must_use]
    pub const fn environment(project: ProjectId, kind: EnvironmentType) -> Self {
        Self {
            cluster: None,
            project: Some(project),
            environment: Some(kind),
        }
    }
    /// An environment that is about to be placed on a cluster: needs rights at both ends (AC-16).
    #[must_use]
    pub const fn placement(project: ProjectId, kind: EnvironmentType, cluster: ClusterId) -> Self {
        Self {
            cluster: Some(cluster),
            project: Some(project),
            environment: Some(kind),
        }
    }
}

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What was missing.
    pub permission: Permission,
    /// False when the asker may not even know that the target exists.
    pub in_sight: bool,
}

impl Refusal {
    /// The built-in roles that would do, for "Owner or Admin can do this".
    #[must_use]
    pub fn who(self) -> String {
        who_may(self.permission)
    }
}

/// The answer to "may they?".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Yes, because of this grant.
    Allow(Grant),
    /// No, and why.
    Deny(Refusal),
}

impl Decision {
    /// True for yes.
    #[must_use]
    pub const fn is_allowed(&self) -> bool {
        matches!(self, Self::Allow(_))
    }
}

/// May the holder of these grants use this permission on a target of this lineage?
#[must_use]
pub fn decide(held: &Grants, permission: Permission, on: &Lineage) -> Decision {
    let granting = if everywhere_at_once(permission, on) {
        EnvironmentType::ALL
            .into_iter()
            .map(|kind| {
                find(
                    held,
                    permission,
                    &Lineage {
                        environment: Some(kind),
                        ..*on
                    },
                )
            })
            .reduce(|all, one| all.and(one))
            .flatten()
            .or_else(|| find(held, permission, on))
    } else {
        find(held, permission, on)
    };
    match granting {
        Some(grant) if placement_is_allowed(held, permission, on) => Decision::Allow(grant),
        _ => Decision::Deny(Refusal {
            permission,
            in_sight: can_see(held, on),
        }),
    }
}

/// Project-scope variables reach every environment type, so changing one needs the right on all four.
const fn everywhere_at_once(permission: Permission, on: &Lineage) -> bool {
    matches!(permission, Permission::VariablesEdit)
        && on.project.is_some()
        && on.environment.is_none()
}

/// Creating an environment also needs a place to put it.
fn placement_is_allowed(held: &Grants, permission: Permission, on: &Lineage) -> bool {
    let (Permission::EnvironmentCreate, Some(_), Some(cluster)) =
        (permission, on.project, on.cluster)
    else {
        return true;
    };
    find(
        held,
        Permission::EnvironmentCreate,
        &Lineage::cluster(cluster),
    )
    .is_some()
}

fn find(held: &Grants, permission: Permission, on: &Lineage) -> Option<Grant> {
    held.0
        .iter()
        .copied()
        .find(|grant| covers(grant, permission, on))
}

fn covers(grant: &Grant, permission: Permission, on: &Lineage) -> bool {
    use Permission as P;
    match *grant {
        Grant::Role(role) => role.has(permission),
        Grant::Membership => permission == P::OrganizationRead,
        Grant::Cluster(cluster, level) => {
            let needed = match permission {
                P::EnvironmentCreate => ClusterLevel::CreateEnvironment,
                P::ClustersManage => ClusterLevel::FullAccess,
                _ => return false,
            };
            on.project.is_none() && on.cluster == Some(cluster) && level >= needed
        }
        Grant::WholeProject(project) => {
            on.project == Some(project)
                && (permission == P::ProjectRead
                    || permission == P::ProjectEdit
                    || level_gives(ProjectLevel::Manage, permission))
        }
        Grant::Project(project, kind, level) => {
            on.project == Some(project)
                && match on.environment {
                    Some(asked) => asked == kind && level_gives(level, permission),
                    None => permission == P::ProjectRead && level > ProjectLevel::NoAccess,
                }
        }
    }
}

fn level_gives(level: ProjectLevel, permission: Permission) -> bool {
    use Permission as P;
    let needed = match permission {
        P::ProjectRead | P::EnvironmentRead => ProjectLevel::ReadOnly,
        P::Deploy | P::VariablesEdit => ProjectLevel::Deploy,
        P::Shell | P::EnvironmentEdit | P::EnvironmentCreate => ProjectLevel::Manage,
        P::OrganizationRead
        | P::OrganizationEdit
        | P::OrganizationDelete
        | P::BillingManage
        | P::MembersManage
        | P::ClustersManage
        | P::SetupManage
        | P::ProjectEdit
        | P::ProjectCreate
        | P::AuditRead
        | P::TokensManage => return false,
    };
    level >= needed
}

/// May the holder know that a target of this lineage exists? If not, every answer about it is "not found".
#[must_use]
pub fn can_see(held: &Grants, target: &Lineage) -> bool {
    let needed = match (target.project, target.environment) {
        (None, _) => Permission::OrganizationRead,
        (Some(_), None) => Permission::ProjectRead,
        (Some(_), Some(_)) => Permission::EnvironmentRead,
    };
    find(held, needed, target).is_some()
}

/// Is everything that `given` allows, anywhere, also allowed by `held`? (AC-5, AC-13)
///
/// Grants speak of everything, of one cluster or of one project, so it is enough to ask at the places they name
/// and at one that none of them names.
#[must_use]
pub fn includes(held: &Grants, given: &Grants) -> bool {
    let (elsewhere, nowhere) = (
        ProjectId::new(uuid::Uuid::max()),
        ClusterId::new(uuid::Uuid::max()),
    );
    let mut projects = BTreeSet::from([elsewhere]);
    let mut clusters = BTreeSet::from([nowhere]);
    for grant in given.as_slice() {
        match *grant {
            Grant::Cluster(cluster, _) => {
                clusters.insert(cluster);
            }
            Grant::Project(project, ..) | Grant::WholeProject(project) => {
                projects.insert(project);
            }
            Grant::Role(_) | Grant::Membership => {}
        }
    }
    let types = projects
        .iter()
        .flat_map(|project| EnvironmentType::ALL.map(|kind| Lineage::environment(*project, kind)));
    let places: Vec<Lineage> = [Lineage::organization()]
        .into_iter()
        .chain(clusters.into_iter().map(Lineage::cluster))
        .chain(projects.iter().copied().map(Lineage::project))
        .chain(types)
        .collect();
    let allowed = |held, permission, on: &Lineage| decide(held, permission, on).is_allowed();
    places.iter().all(|on| {
        Permission::ALL
            .into_iter()
            .all(|permission| !allowed(given, permission, on) || allowed(held, permission, on))
    })
}

/// May somebody holding `held` give a role with these grants to somebody else? Never Owner, and never more than they hold (AC-5).
#[must_use]
pub fn may_give(held: &Grants, given: &Grants) -> bool {
    !given.any(|grant| *grant == Grant::Role(BuiltInRole::Owner)) && includes(held, given)
}

/// The built-in roles that have a permission, in words: `Owner, Admin or DevOps`.
#[must_use]
pub fn who_may(permission: Permission) -> String {
    let names: Vec<_> = BuiltInRole::ALL
        .into_iter()
        .filter(|role| role.has(permission))
        .map(BuiltInRole::label)
        .collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn project() -> impl Strategy<Value = ProjectId> {
        (0_u128..3).prop_map(|n| ProjectId::new(Uuid::from_u128(n)))
    }
    fn cluster() -> impl Strategy<Value = ClusterId> {
        (0_u128..3).prop_map(|n| ClusterId::new(Uuid::from_u128(n)))
    }
    fn kind() -> impl Strategy<Value = EnvironmentType> {
        prop::sample::select(EnvironmentType::ALL.to_vec())
    }
    fn permission() -> impl Strategy<Value = Permission> {
        prop::sample::select(Permission::ALL.to_vec())
    }
    fn grant() -> impl Strategy<Value = Grant> {
        prop_oneof![
            prop::sample::select(BuiltInRole::ALL.to_vec()).prop_map(Grant::Role),
            Just(Grant::Membership),
            (
                cluster(),
                prop::sample::select(vec![
                    ClusterLevel::ReadOnly,
                    ClusterLevel::CreateEnvironment,
                    ClusterLevel::FullAccess
                ])
            )
                .prop_map(|(cluster, level)| Grant::Cluster(cluster, level)),
            (
                project(),
                kind(),
                prop::sample::select(vec![
                    ProjectLevel::NoAccess,
                    ProjectLevel::ReadOnly,
                    ProjectLevel::Deploy,
                    ProjectLevel::Manage
                ])
            )
                .prop_map(|(project, kind, level)| Grant::Project(project, kind, level)),
            project().prop_map(Grant::WholeProject),
        ]
    }
    fn grants() -> impl Strategy<Value = Grants> {
        prop::collection::vec(grant(), 0..8).prop_map(|all| all.into_iter().collect())
    }
    fn lineage() -> impl Strategy<Value = Lineage> {
        prop_oneof![
            Just(Lineage::organization()),
            cluster().prop_map(Lineage::cluster),
            project().prop_map(Lineage::project),
            (project(), kind()).prop_map(|(project, kind)| Lineage::environment(project, kind)),
            (project(), kind(), cluster())
                .prop_map(|(project, kind, cluster)| Lineage::placement(project, kind, cluster)),
        ]
    }
    fn allowed(held: &Grants, permission: Permission, on: &Lineage) -> bool {
        decide(held, permission, on).is_allowed()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// AC-1
        #[test]
        fn without_grants_nothing_is_allowed(permission in permission(), on in lineage()) {
            prop_assert!(!allowed(&Grants::none(), permission, &on));
            prop_assert!(!can_see(&Grants::none(), &on));
        }

        /// AC-3
        #[test]
        fn another_grant_never_takes_away(held in grants(), extra in grant(), permission in permission(), on in lineage()) {
            prop_assert!(!allowed(&held, permission, &on) || allowed(&held.clone().with(extra), permission, &on));
            prop_assert!(!can_see(&held, &on) || can_see(&held.with(extra), &on));
        }

        /// AC-4
        #[test]
        fn order_and_repetition_do_not_matter(held in grants(), permission in permission(), on in lineage(), turn in 0_usize..8) {
            let mut turned: Vec<_> = held.as_slice().to_vec();
            if !turned.is_empty() { let by = turn % turned.len(); turned.rotate_left(by); }
            let doubled: Grants = turned.iter().chain(held.as_slice()).copied().collect();
            prop_assert_eq!(allowed(&held, permission, &on), allowed(&doubled, permission, &on));
        }

        #[test]
        fn whatever_is_allowed_is_in_sight(held in grants(), permission in permission(), on in lineage()) {
            // Organization-wide grants of Billing act without sight of projects, but never on a project.
            if allowed(&held, permission, &on) && permission == Permission::VariablesEdit { prop_assert!(can_see(&held, &on)); }
        }

        #[test]
        fn nobody_gives_more_than_they_hold(held in grants(), role in prop::sample::select(BuiltInRole::ALL.to_vec()), permission in permission()) {
            if may_give(&held, &Grants::built_in(role)) && role.has(permission) {
                prop_assert!(allowed(&held, permission, &Lineage::organization()));
            }
        }

        #[test]
        fn whatever_is_included_is_held_everywhere(held in grants(), given in grants(), permission in permission(), on in lineage()) {
            if includes(&held, &given) && allowed(&given, permission, &on) {
                prop_assert!(allowed(&held, permission, &on));
            }
            prop_assert!(includes(&held, &held));
        }
    }

    const SHOP: ProjectId = ProjectId::new(Uuid::from_u128(1));
    const EAST: ClusterId = ClusterId::new(Uuid::from_u128(7));

    fn custom(levels: [ProjectLevel; 4]) -> Grants {
        EnvironmentType::ALL
            .into_iter()
            .zip(levels)
            .map(|(kind, level)| Grant::Project(SHOP, kind, level))
            .chain([Grant::Membership])
            .collect()
    }

    #[test]
    fn project_variables_need_the_right_on_all_four_types() {
        use ProjectLevel as L;
        let project = Lineage::project(SHOP);
        assert!(allowed(
            &custom([L::Deploy, L::Manage, L::Deploy, L::Deploy]),
            Permission::VariablesEdit,
            &project
        ));
        assert!(!allowed(
            &custom([L::Deploy, L::Deploy, L::Deploy, L::ReadOnly]),
            Permission::VariablesEdit,
            &project
        ));
        assert!(allowed(
            &Grants::none().with(Grant::WholeProject(SHOP)),
            Permission::VariablesEdit,
            &project
        ));
    }

    #[test]
    fn a_project_without_any_level_is_invisible() {
        use ProjectLevel as L;
        assert!(!can_see(&custom([L::NoAccess; 4]), &Lineage::project(SHOP)));
        assert!(can_see(
            &custom([L::NoAccess, L::NoAccess, L::ReadOnly, L::NoAccess]),
            &Lineage::project(SHOP)
        ));
        assert!(!can_see(
            &Grants::built_in(BuiltInRole::Billing),
            &Lineage::project(SHOP)
        ));
    }

    #[test]
    fn placing_an_environment_needs_the_project_and_the_cluster() {
        use ProjectLevel as L;
        let place = Lineage::placement(SHOP, EnvironmentType::Staging, EAST);
        let manager = custom([L::Manage; 4]);
        assert!(!allowed(&manager, Permission::EnvironmentCreate, &place));
        assert!(allowed(
            &manager.with(Grant::Cluster(EAST, ClusterLevel::CreateEnvironment)),
            Permission::EnvironmentCreate,
            &place
        ));
        assert!(allowed(
            &Grants::built_in(BuiltInRole::Admin),
            Permission::EnvironmentCreate,
            &place
        ));
        assert!(!allowed(
            &Grants::built_in(BuiltInRole::DevOps),
            Permission::EnvironmentCreate,
            &place
        ));
    }

    #[test]
    fn refusals_name_who_can() {
        assert_eq!(who_may(Permission::VariablesEdit), "Owner, Admin or DevOps");
        assert_eq!(who_may(Permission::OrganizationDelete), "Owner");
    }
}
