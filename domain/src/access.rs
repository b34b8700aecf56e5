//! What somebody can do, where, and why; and what a change of their grants gives and takes.
//!
//! Everything here asks [`decide`], so an explanation cannot differ from a decision.

use serde::{Deserialize, Serialize};

use crate::{
    ClusterId, Decision, EnvironmentType, Grant, Grants, Lineage, Permission, ProjectId, decide,
};

use Permission as P;

/// A place that permissions are used on. Everything of an organization is in one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The organization itself.
    Organization,
    /// One cluster entry.
    Cluster(ClusterId),
    /// One project, with its project-scope variables.
    Project(ProjectId),
    /// The environments of one type in a project, with their services.
    Environments(ProjectId, EnvironmentType),
}

impl Place {
    /// Where it stands, for the decision.
    #[must_use]
    pub const fn lineage(self) -> Lineage {
        match self {
            Self::Organization => Lineage::organization(),
            Self::Cluster(cluster) => Lineage::cluster(cluster),
            Self::Project(project) => Lineage::project(project),
            Self::Environments(project, kind) => Lineage::environment(project, kind),
        }
    }
    /// What can be done here, the least first.
    #[must_use]
    pub const fn permissions(self) -> &'static [Permission] {
        match self {
            Self::Organization => &[
                P::OrganizationRead,
                P::OrganizationEdit,
                P::OrganizationDelete,
                P::BillingManage,
                P::MembersManage,
                P::TokensManage,
                P::AuditRead,
                P::SetupManage,
                P::ClustersManage,
                P::ProjectCreate,
            ],
            Self::Cluster(_) => &[P::OrganizationRead, P::EnvironmentCreate, P::ClustersManage],
            Self::Project(_) => &[P::ProjectRead, P::VariablesEdit, P::ProjectEdit],
            Self::Environments(..) => &[
                P::EnvironmentRead,
                P::Deploy,
                P::VariablesEdit,
                P::Shell,
                P::EnvironmentEdit,
                P::EnvironmentCreate,
            ],
        }
    }
    /// What using a permission here is, as in "can …".
    #[must_use]
    pub const fn verb(self, permission: Permission) -> &'static str {
        match (self, permission) {
            (Self::Cluster(_), P::OrganizationRead) => "see the cluster",
            (Self::Cluster(_), P::EnvironmentCreate) => "place environments on it",
            (Self::Cluster(_), P::ClustersManage) => "edit its settings",
            (Self::Project(_), P::VariablesEdit) => "change project variables",
            (_, P::OrganizationRead) => "see the organization",
            (_, P::OrganizationEdit) => "edit the organization",
            (_, P::OrganizationDelete) => "delete the organization",
            (_, P::BillingManage) => "manage billing",
            (_, P::MembersManage) => "manage members and roles",
            (_, P::ClustersManage) => "create and delete clusters",
            (_, P::SetupManage) => "manage webhooks and integrations",
            (_, P::ProjectRead) => "see the project",
            (_, P::ProjectEdit) => "edit and delete the project",
            (_, P::ProjectCreate) => "create projects",
            (_, P::EnvironmentRead) => "see environments, services and variables",
            (_, P::EnvironmentEdit) => "edit and delete environments and services",
            (_, P::EnvironmentCreate) => "create environments and services",
            (_, P::VariablesEdit) => "change variables and secrets",
            (_, P::Deploy) => "deploy and stop",
            (_, P::Shell) => "open a shell",
            (_, P::AuditRead) => "read the audit log",
            (_, P::TokensManage) => "manage API tokens",
        }
    }
}

/// What exists in an organization, as far as access goes, with names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct World {
    /// Its clusters, in the order they are shown.
    pub clusters: Vec<(ClusterId, String)>,
    /// Its projects, in the order they are shown.
    pub projects: Vec<(ProjectId, String)>,
}

impl World {
    /// The clusters' ids.
    #[must_use]
    pub fn cluster_ids(&self) -> Vec<ClusterId> {
        self.clusters.iter().map(|(id, _)| *id).collect()
    }
    /// The projects' ids.
    #[must_use]
    pub fn project_ids(&self) -> Vec<ProjectId> {
        self.projects.iter().map(|(id, _)| *id).collect()
    }
    /// The same with what does not exist yet, so that "every project" is said only of rights that hold for later ones too.
    #[must_use]
    pub fn with_later(mut self) -> Self {
        let later = uuid::Uuid::max();
        self.clusters
            .push((ClusterId::new(later), "clusters created later".to_owned()));
        self.projects
            .push((ProjectId::new(later), "projects created later".to_owned()));
        self
    }
    /// All places, the organization first.
    pub fn places(&self) -> impl Iterator<Item = Place> {
        let clusters = self.clusters.iter().map(|(id, _)| Place::Cluster(*id));
        let projects = self.projects.iter().flat_map(|(project, _)| {
            let types = EnvironmentType::ALL.map(|kind| Place::Environments(*project, kind));
            [Place::Project(*project)].into_iter().chain(types)
        });
        [Place::Organization]
            .into_iter()
            .chain(clusters)
            .chain(projects)
    }
    /// A cluster's name.
    #[must_use]
    pub fn cluster_name(&self, cluster: ClusterId) -> &str {
        name_of(&self.clusters, cluster)
    }
    /// A project's name.
    #[must_use]
    pub fn project_name(&self, project: ProjectId) -> &str {
        name_of(&self.projects, project)
    }
    /// Places of one kind in words: `every project`, `billing / Staging, Preview; shop / every type`.
    #[must_use]
    pub fn label(&self, places: &[Place]) -> String {
        self.labelled(places, LISTED)
    }
    /// As [`label`](Self::label), with every name however many there are.
    #[must_use]
    pub fn label_in_full(&self, places: &[Place]) -> String {
        self.labelled(places, usize::MAX)
    }

    /// In words, naming up to `most` places of a kind before the rest is counted.
    fn labelled(&self, places: &[Place], most: usize) -> String {
        let clusters: Vec<&str> = places
            .iter()
            .filter_map(|place| match place {
                Place::Cluster(cluster) => Some(self.cluster_name(*cluster)),
                _ => None,
            })
            .collect();
        let projects: Vec<&str> = places
            .iter()
            .filter_map(|place| match place {
                Place::Project(project) => Some(self.project_name(*project)),
                _ => None,
            })
            .collect();
        let types = self.label_types(places, most);
        let organization = places.contains(&Place::Organization);
        [
            organization.then(|| "the organization".to_owned()),
            listed(&clusters, self.clusters.len(), "every cluster", most),
            listed(&projects, self.projects.len(), "every project", most),
            types,
        ]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join("; ")
    }

    fn label_types(&self, places: &[Place], most: usize) -> Option<String> {
        let of = |project: ProjectId| -> Vec<&str> {
            EnvironmentType::ALL
                .into_iter()
                .filter(|kind| places.contains(&Place::Environments(project, *kind)))
                .map(EnvironmentType::label)
                .collect()
        };
        let parts: Vec<(&str, Vec<&str>)> = self
            .projects
            .iter()
            .map(|(project, name)| (name.as_str(), of(*project)))
            .filter(|(_, types)| !types.is_empty())
            .collect();
        let whole = |types: &[&str]| types.len() == EnvironmentType::ALL.len();
        if parts.is_empty() {
            return None;
        }
        if parts.len() == self.projects.len() && parts.len() > 1 {
            // The same types in every project.
            if let [(_, first), rest @ ..] = parts.as_slice()
                && rest.iter().all(|(_, types)| types == first)
            {
                return Some(if whole(first) {
                    "every environment".to_owned()
                } else {
                    format!("every project / {}", first.join(", "))
                });
            }
        }
        let words: Vec<String> = parts
            .iter()
            .map(|(project, types)| {
                if whole(types) {
                    format!("{project} / every type")
                } else {
                    format!("{project} / {}", types.join(", "))
                }
            })
            .collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        listed_by(&words, "; ", most)
    }
}

fn name_of<K: PartialEq>(all: &[(K, String)], wanted: K) -> &str {
    all.iter()
        .find(|(id, _)| *id == wanted)
        .map_or("(deleted)", |(_, name)| name)
}

/// How many names a sentence lists before it counts the rest.
const LISTED: usize = 6;

fn listed(names: &[&str], of: usize, all: &str, most: usize) -> Option<String> {
    if names.len() == of && of > 1 {
        Some(all.to_owned())
    } else {
        listed_by(names, ", ", most)
    }
}

fn listed_by(names: &[&str], separator: &str, most: usize) -> Option<String> {
    match names {
        [] => None,
        some if some.len() <= most => Some(some.join(separator)),
        many => Some(format!(
            "{} and {} more",
            many[..most].join(separator),
            many.len() - most
        )),
    }
}

/// One thing that can be done at a place, and the grant that allows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// What.
    pub permission: Permission,
    /// Why: the grant that says so.
    pub because: Grant,
}

/// What these grants allow at a place, each line with its reason. Empty: the place is not in sight.
#[must_use]
pub fn explain(held: &Grants, place: Place) -> Vec<Allowed> {
    let lineage = place.lineage();
    place
        .permissions()
        .iter()
        .filter_map(|permission| match decide(held, *permission, &lineage) {
            Decision::Allow(because) => Some(Allowed {
                permission: *permission,
                because,
            }),
            Decision::Deny(_) => None,
        })
        .collect()
}

/// What a change of grants gives and takes at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where.
    pub place: Place,
    /// What becomes possible.
    pub gained: Vec<Permission>,
    /// What is no longer possible.
    pub lost: Vec<Permission>,
}

/// Every place where the one set of grants allows something else than the other.
#[must_use]
pub fn difference(before: &Grants, after: &Grants, world: &World) -> Vec<Difference> {
    world
        .places()
        .filter_map(|place| {
            let only_in = |these: &Grants, those: &Grants| -> Vec<Permission> {
                let lineage = place.lineage();
                place
                    .permissions()
                    .iter()
                    .copied()
                    .filter(|permission| {
                        decide(these, *permission, &lineage).is_allowed()
                            && !decide(those, *permission, &lineage).is_allowed()
                    })
                    .collect()
            };
            let (gained, lost) = (only_in(after, before), only_in(before, after));
            (!gained.is_empty() || !lost.is_empty()).then_some(Difference {
                place,
                gained,
                lost,
            })
        })
        .collect()
}

/// The same permissions given, or taken, at several places of one kind: one line of a preview.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// Given, or taken?
    pub gained: bool,
    /// What.
    pub permissions: Vec<Permission>,
    /// Where.
    pub places: Vec<Place>,
}

impl Effect {
    /// What it is about, as in "can …".
    #[must_use]
    pub fn verbs(&self) -> Vec<&'static str> {
        let place = self.places.first().copied().unwrap_or(Place::Organization);
        self.permissions
            .iter()
            .map(|permission| place.verb(*permission))
            .collect()
    }
}

/// Puts differences that say the same into one line each, gains first.
#[must_use]
pub fn effects(differences: &[Difference]) -> Vec<Effect> {
    let mut lines: Vec<Effect> = Vec::new();
    for gained in [true, false] {
        for difference in differences {
            let permissions = if gained {
                &difference.gained
            } else {
                &difference.lost
            };
            if permissions.is_empty() {
                continue;
            }
            let same = lines.iter_mut().find(|line| {
                line.gained == gained
                    && line.permissions == *permissions
                    && line.places.first().is_some_and(|place| {
                        std::mem::discriminant(place) == std::mem::discriminant(&difference.place)
                    })
            });
            match same {
                Some(line) => line.places.push(difference.place),
                None => lines.push(Effect {
                    gained,
                    permissions: permissions.clone(),
                    places: vec![difference.place],
                }),
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::{BuiltInRole, ProjectAccess, ProjectLevel, RoleMatrix};

    const SHOP: ProjectId = ProjectId::new(Uuid::from_u128(1));
    const BILLING: ProjectId = ProjectId::new(Uuid::from_u128(2));
    const EAST: ClusterId = ClusterId::new(Uuid::from_u128(7));

    fn world() -> World {
        World {
            clusters: vec![(EAST, "east".to_owned())],
            projects: vec![(SHOP, "shop".to_owned()), (BILLING, "billing".to_owned())],
        }
    }

    #[test]
    fn an_explanation_names_the_grant() {
        let mut matrix = RoleMatrix::default();
        matrix.set_project(SHOP, ProjectAccess::uniform(ProjectLevel::Deploy));
        let held = matrix.grants();
        let lines = explain(&held, Place::Environments(SHOP, EnvironmentType::Staging));
        assert_eq!(
            lines.iter().map(|line| line.permission).collect::<Vec<_>>(),
            [P::EnvironmentRead, P::Deploy, P::VariablesEdit]
        );
        assert!(lines.iter().all(|line| line.because
            == Grant::Project(SHOP, EnvironmentType::Staging, ProjectLevel::Deploy)));
        assert_eq!(explain(&held, Place::Project(BILLING)), []);
    }

    #[test]
    fn a_change_is_told_place_by_place() {
        let before = Grants::built_in(BuiltInRole::Viewer);
        let mut matrix = RoleMatrix::default();
        matrix.set_project(SHOP, ProjectAccess::uniform(ProjectLevel::ReadOnly));
        let changes = difference(&before, &matrix.grants(), &world());
        assert!(changes.iter().all(|change| change.gained.is_empty()));
        let lost: Vec<Place> = changes.iter().map(|change| change.place).collect();
        assert_eq!(lost.len(), 5, "one project and its four types");
        assert!(lost.iter().all(|place| matches!(
            place,
            Place::Project(BILLING) | Place::Environments(BILLING, _)
        )));
    }

    #[test]
    fn a_preview_says_each_thing_once() {
        let change = difference(
            &Grants::built_in(BuiltInRole::Viewer),
            &Grants::built_in(BuiltInRole::DevOps),
            &world(),
        );
        let lines: Vec<_> = effects(&change)
            .iter()
            .map(|line| {
                let sign = if line.gained { "+" } else { "-" };
                format!(
                    "{sign} {}: {}",
                    world().label(&line.places),
                    line.verbs().join(", ")
                )
            })
            .collect();
        assert_eq!(
            lines,
            [
                "+ the organization: manage webhooks and integrations, create and delete clusters",
                "+ east: edit its settings",
                "+ every project: change project variables",
                "+ every environment: deploy and stop, change variables and secrets, open a shell",
            ]
        );
    }

    #[test]
    fn every_project_means_later_ones_too() {
        let empty = World::default().with_later();
        let (viewer, devops) = (BuiltInRole::Viewer, BuiltInRole::DevOps);
        let change = difference(&Grants::built_in(viewer), &Grants::built_in(devops), &empty);
        assert!(effects(&change).iter().any(|line| {
            empty
                .label(&line.places)
                .starts_with("projects created later")
                && line.verbs().contains(&"change variables and secrets")
        }));
        let world = world().with_later();
        let mut matrix = RoleMatrix::default();
        matrix.set_project(SHOP, ProjectAccess::Full);
        matrix.set_project(BILLING, ProjectAccess::Full);
        let change = difference(&Grants::none(), &matrix.grants(), &world);
        let places: Vec<String> = effects(&change)
            .iter()
            .map(|line| world.label(&line.places))
            .collect();
        assert!(
            !places
                .iter()
                .any(|place| place.starts_with("every project") || place == "every environment"),
            "{places:?}"
        );
    }

    #[test]
    fn places_are_named_as_briefly_as_they_can_be() {
        use EnvironmentType as T;
        let world = world();
        let on = |project, kind| Place::Environments(project, kind);
        assert_eq!(
            world.label(&[on(SHOP, T::Staging), on(SHOP, T::Preview)]),
            "shop / Staging, Preview"
        );
        assert_eq!(
            world.label(&[on(SHOP, T::Staging), on(BILLING, T::Staging)]),
            "every project / Staging"
        );
        let shop = EnvironmentType::ALL.map(|kind| on(SHOP, kind));
        assert_eq!(world.label(&shop), "shop / every type");
    }

    proptest! {
        #[test]
        fn a_difference_is_exactly_what_the_decisions_differ_in(
            before in prop::sample::select(BuiltInRole::ALL.to_vec()),
            levels in prop::array::uniform4(prop::sample::select(ProjectLevel::ALL.to_vec())),
        ) {
            let before = Grants::built_in(before);
            let mut matrix = RoleMatrix::default();
            matrix.set_project(SHOP, ProjectAccess::PerType(levels));
            let after = matrix.grants();
            let changes = difference(&before, &after, &world());
            for place in world().places() {
                let change = changes.iter().find(|change| change.place == place);
                for permission in place.permissions() {
                    let was = decide(&before, *permission, &place.lineage()).is_allowed();
                    let is = decide(&after, *permission, &place.lineage()).is_allowed();
                    prop_assert_eq!(change.is_some_and(|change| change.gained.contains(permission)), is && !was);
                    prop_assert_eq!(change.is_some_and(|change| change.lost.contains(permission)), was && !is);
                }
            }
        }
    }
}
