//! Roles an organization defines: a level on each cluster, a level on each environment type of each project,
//! and nothing organization-wide but reading the organization.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_security::skeleton;

use crate::{
    BuiltInRole, ClusterId, ClusterLevel, EnvironmentType, Grant, Grants, NameError, ProjectId,
    ProjectLevel, comparison_key, name::clean_name,
};

/// Longest name of a custom role, in characters.
pub const ROLE_NAME_LIMIT: usize = 50;

/// What a custom role is called; unique in its organization without case, and never to be taken for a built-in role.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RoleName(String);

impl RoleName {
    /// Reads a name: 1 to 50 characters, nothing invisible, no look-alike of a built-in role (UTS 39 skeletons).
    ///
    /// # Errors
    /// Says which rule it breaks.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let name = clean_name(text)?;
        if name.chars().count() > ROLE_NAME_LIMIT {
            return Err(NameError("Use at most 50 characters."));
        }
        let looks = appearance(&name);
        if looks.is_empty() {
            return Err(NameError("Use at least one letter or digit."));
        }
        let taken = BuiltInRole::ALL
            .into_iter()
            .any(|role| looks == appearance(role.label()) || looks == appearance(role.code()));
        if taken {
            return Err(NameError(
                "This reads like a built-in role. Choose another name.",
            ));
        }
        Ok(Self(name))
    }
    /// The name as it is shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is left of a name for the eye: without accents, case, spaces and punctuation, look-alike letters made one.
fn appearance(name: &str) -> String {
    let bare: String = comparison_key(name)
        .nfkd()
        .filter(|c| !unicode_normalization::char::is_combining_mark(*c))
        .collect();
    skeleton(&bare)
        .flat_map(char::to_lowercase)
        .filter(|c| c.is_alphanumeric())
        // In many fonts a capital i, a small l and a one are the same stroke.
        .map(|c| if c == 'l' { 'i' } else { c })
        .collect()
}

/// What a custom role gives on one project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProjectAccess {
    /// A level for each environment type, in the order of [`EnvironmentType::ALL`].
    PerType([ProjectLevel; 4]),
    /// The whole project at once: also its settings, its deletion and its project-scope variables.
    Full,
}

impl Default for ProjectAccess {
    fn default() -> Self {
        Self::uniform(ProjectLevel::NoAccess)
    }
}

impl ProjectAccess {
    /// The same level for every type.
    #[must_use]
    pub const fn uniform(level: ProjectLevel) -> Self {
        Self::PerType([level; 4])
    }
    /// The level for one type; Full access includes all that [`ProjectLevel::Manage`] gives.
    #[must_use]
    pub fn level(&self, kind: EnvironmentType) -> ProjectLevel {
        match self {
            Self::PerType(levels) => EnvironmentType::ALL
                .into_iter()
                .zip(levels)
                .find_map(|(of, level)| (of == kind).then_some(*level))
                .unwrap_or_default(),
            Self::Full => ProjectLevel::Manage,
        }
    }
    /// The same with another level for one type. Leaves Full access, which has none of its own.
    #[must_use]
    pub fn with_level(self, kind: EnvironmentType, level: ProjectLevel) -> Self {
        Self::PerType(EnvironmentType::ALL.map(
            |of| {
                if of == kind { level } else { self.level(of) }
            },
        ))
    }
    /// The level that all four types have, if they have one.
    #[must_use]
    pub fn same_for_all(&self) -> Option<ProjectLevel> {
        match self {
            Self::PerType([first, rest @ ..]) => {
                rest.iter().all(|level| level == first).then_some(*first)
            }
            Self::Full => None,
        }
    }
}

/// Everything a custom role gives. What is not named has the default level, also what is created later:
/// Read-only on clusters, No access to projects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleMatrix {
    clusters: BTreeMap<ClusterId, ClusterLevel>,
    projects: BTreeMap<ProjectId, ProjectAccess>,
}

impl RoleMatrix {
    /// The level on a cluster.
    #[must_use]
    pub fn cluster(&self, cluster: ClusterId) -> ClusterLevel {
        self.clusters.get(&cluster).copied().unwrap_or_default()
    }
    /// What it gives on a project.
    #[must_use]
    pub fn project(&self, project: ProjectId) -> ProjectAccess {
        self.projects.get(&project).copied().unwrap_or_default()
    }
    /// Sets the level on a cluster.
    pub fn set_cluster(&mut self, cluster: ClusterId, level: ClusterLevel) {
        if level == ClusterLevel::default() {
            self.clusters.remove(&cluster);
        } else {
            self.clusters.insert(cluster, level);
        }
    }
    /// Sets what it gives on a project.
    pub fn set_project(&mut self, project: ProjectId, access: ProjectAccess) {
        if access == ProjectAccess::default() {
            self.projects.remove(&project);
        } else {
            self.projects.insert(project, access);
        }
    }
    /// The clusters with another level than the default.
    pub fn clusters(&self) -> impl Iterator<Item = (ClusterId, ClusterLevel)> {
        self.clusters.iter().map(|(id, level)| (*id, *level))
    }
    /// The projects with another access than the default.
    pub fn projects(&self) -> impl Iterator<Item = (ProjectId, ProjectAccess)> {
        self.projects.iter().map(|(id, access)| (*id, *access))
    }
    /// The same without what does not exist (any more).
    #[must_use]
    pub fn within(mut self, clusters: &[ClusterId], projects: &[ProjectId]) -> Self {
        self.clusters.retain(|id, _| clusters.contains(id));
        self.projects.retain(|id, _| projects.contains(id));
        self
    }
    /// What a member with this role holds.
    #[must_use]
    pub fn grants(&self) -> Grants {
        let clusters = self.clusters().map(|(id, level)| Grant::Cluster(id, level));
        let projects = self.projects().flat_map(|(id, access)| match access {
            ProjectAccess::Full => vec![Grant::WholeProject(id)],
            ProjectAccess::PerType(levels) => EnvironmentType::ALL
                .into_iter()
                .zip(levels)
                .filter(|(_, level)| *level > ProjectLevel::NoAccess)
                .map(|(kind, level)| Grant::Project(id, kind, level))
                .collect(),
        });
        [Grant::Membership]
            .into_iter()
            .chain(clusters)
            .chain(projects)
            .collect()
    }
    /// The rows in which another matrix differs, clusters first.
    #[must_use]
    pub fn changes(&self, after: &Self) -> Vec<MatrixChange> {
        let clusters = keys(&self.clusters, &after.clusters)
            .map(|id| MatrixChange::Cluster(id, self.cluster(id), after.cluster(id)))
            .filter(|change| !matches!(change, MatrixChange::Cluster(_, from, to) if from == to));
        let projects = keys(&self.projects, &after.projects)
            .map(|id| (id, self.project(id), after.project(id)))
            .flat_map(|(id, from, to)| project_changes(id, from, to));
        clusters.chain(projects).collect()
    }
    /// The highest levels here that give nothing beyond what is held: how a role is started from another.
    #[must_use]
    pub fn closest_to(held: &Grants, clusters: &[ClusterId], projects: &[ProjectId]) -> Self {
        let mut matrix = Self::default();
        let fits = |grant: Grant| crate::includes(held, &Grants::none().with(grant));
        for cluster in clusters {
            let level = ClusterLevel::ALL
                .into_iter()
                .rev()
                .find(|level| fits(Grant::Cluster(*cluster, *level)));
            matrix.set_cluster(*cluster, level.unwrap_or_default());
        }
        for project in projects {
            let access = if fits(Grant::WholeProject(*project)) {
                ProjectAccess::Full
            } else {
                ProjectAccess::PerType(EnvironmentType::ALL.map(|kind| {
                    ProjectLevel::ALL
                        .into_iter()
                        .rev()
                        .find(|level| fits(Grant::Project(*project, kind, *level)))
                        .unwrap_or_default()
                }))
            };
            matrix.set_project(*project, access);
        }
        matrix
    }
}

fn keys<'a, K: Ord + Copy, V>(
    before: &'a BTreeMap<K, V>,
    after: &'a BTreeMap<K, V>,
) -> impl Iterator<Item = K> + use<'a, K, V> {
    let added = after.keys().filter(|key| !before.contains_key(key));
    before.keys().chain(added).copied()
}

fn project_changes(id: ProjectId, from: ProjectAccess, to: ProjectAccess) -> Vec<MatrixChange> {
    if from == to {
        return Vec::new();
    }
    if from == ProjectAccess::Full || to == ProjectAccess::Full {
        return vec![MatrixChange::Project(id, from, to)];
    }
    EnvironmentType::ALL
        .into_iter()
        .map(|kind| MatrixChange::Environments(id, kind, from.level(kind), to.level(kind)))
        .filter(
            |change| !matches!(change, MatrixChange::Environments(_, _, from, to) if from == to),
        )
        .collect()
}

/// One row of a role's matrix that differs: before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatrixChange {
    /// The level on a cluster.
    Cluster(ClusterId, ClusterLevel, ClusterLevel),
    /// A whole project, to or from Full access.
    Project(ProjectId, ProjectAccess, ProjectAccess),
    /// The level on one environment type of a project.
    Environments(ProjectId, EnvironmentType, ProjectLevel, ProjectLevel),
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const SHOP: ProjectId = ProjectId::new(Uuid::from_u128(1));
    const EAST: ClusterId = ClusterId::new(Uuid::from_u128(7));

    #[test]
    fn names_are_not_to_be_taken_for_built_in_roles() {
        for name in [
            "Owner",
            "owner ",
            "OWNER",
            "O w n e r",
            "0wner",
            "Ówner",
            "Оwner",
            "Οwner",
            "Ｏｗｎｅｒ",
            "Ow\u{200B}ner",
            "Vıewer",
            "Adm1n",
            "Dev-Ops",
            "Billing  manager",
            "billing",
            "",
            "  ",
            "---",
        ] {
            assert!(RoleName::parse(name).is_err(), "{name:?}");
        }
        for name in [
            "Owners of shop",
            "Payments team",
            "Ops",
            "Rollen für Zürich",
            "運用",
        ] {
            assert!(RoleName::parse(name).is_ok(), "{name:?}");
        }
        assert!(RoleName::parse(&"x".repeat(51)).is_err());
    }

    #[test]
    fn defaults_are_not_stored_so_later_objects_get_them_too() {
        let mut matrix = RoleMatrix::default();
        matrix.set_project(SHOP, ProjectAccess::uniform(ProjectLevel::Deploy));
        matrix.set_cluster(EAST, ClusterLevel::FullAccess);
        matrix.set_project(SHOP, ProjectAccess::default());
        matrix.set_cluster(EAST, ClusterLevel::ReadOnly);
        assert_eq!(matrix, RoleMatrix::default());
        assert_eq!(matrix.grants().as_slice(), [Grant::Membership]);
    }

    #[test]
    fn changes_name_each_row_once() {
        use ProjectLevel as L;
        let mut before = RoleMatrix::default();
        before.set_project(
            SHOP,
            ProjectAccess::PerType([L::ReadOnly, L::Deploy, L::Manage, L::Manage]),
        );
        let mut after = before.clone();
        after.set_project(
            SHOP,
            ProjectAccess::PerType([L::ReadOnly, L::Manage, L::Manage, L::NoAccess]),
        );
        after.set_cluster(EAST, ClusterLevel::CreateEnvironment);
        assert_eq!(
            before.changes(&after),
            [
                MatrixChange::Cluster(
                    EAST,
                    ClusterLevel::ReadOnly,
                    ClusterLevel::CreateEnvironment
                ),
                MatrixChange::Environments(SHOP, EnvironmentType::Staging, L::Deploy, L::Manage),
                MatrixChange::Environments(SHOP, EnvironmentType::Preview, L::Manage, L::NoAccess),
            ]
        );
        after.set_project(SHOP, ProjectAccess::Full);
        assert!(matches!(
            before.changes(&after).as_slice(),
            [_, MatrixChange::Project(..)]
        ));
        assert_eq!(before.changes(&before), []);
    }

    #[test]
    fn a_role_started_from_another_gives_nothing_beyond_it() {
        let start = |role| RoleMatrix::closest_to(&Grants::built_in(role), &[EAST], &[SHOP]);
        assert_eq!(start(BuiltInRole::Admin).project(SHOP), ProjectAccess::Full);
        let devops = start(BuiltInRole::DevOps);
        assert_eq!(
            devops.project(SHOP),
            ProjectAccess::uniform(ProjectLevel::Deploy)
        );
        assert_eq!(
            start(BuiltInRole::Viewer).project(SHOP),
            ProjectAccess::uniform(ProjectLevel::ReadOnly)
        );
        assert_eq!(start(BuiltInRole::Billing), RoleMatrix::default());
        for role in BuiltInRole::ALL {
            assert!(crate::includes(
                &Grants::built_in(role),
                &start(role).grants()
            ));
        }
    }
}
