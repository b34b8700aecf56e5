//! Answers: what somebody can do, where and why; and who can do what at a place.

use domain::{
    BuiltInRole, Grant, Grants, OrganizationId, Permission, PersonId, RoleRef,
    access::{Place, World, explain},
    can_see, decide,
    view::NamedPerson,
};

use super::{not_found, signed_in};
use crate::{Caller, Result, Service, permits, store::Tx};

/// One thing somebody can do at a place, and the grant that allows it, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessLine {
    /// The permission.
    pub permission: Permission,
    /// What it is, as in "deploy and stop".
    pub verb: &'static str,
    /// Why, as in `Payments team: Deploy on shop / Staging`.
    pub because: String,
}

/// What somebody can do at one place. No lines: they do not see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceAccess {
    /// Where.
    pub place: Place,
    /// Its name.
    pub name: String,
    /// What.
    pub lines: Vec<AccessLine>,
}

/// What somebody can do in an organization.
#[derive(Clone, Debug)]
pub struct PersonAccess {
    /// Who.
    pub person: NamedPerson,
    /// Their role.
    pub role: String,
    /// Which it is.
    pub role_ref: RoleRef,
    /// Place by place: the organization, clusters, projects with their four types.
    pub places: Vec<PlaceAccess>,
}

/// Who can do what at one place.
#[derive(Clone, Debug)]
pub struct WhoCan {
    /// The place's name.
    pub name: String,
    /// By role: its name, what it allows here and why, and who has it.
    pub roles: Vec<RoleHere>,
}

/// One role at one place.
#[derive(Clone, Debug)]
pub struct RoleHere {
    /// Which.
    pub role: RoleRef,
    /// Its name.
    pub name: String,
    /// What it allows here.
    pub lines: Vec<AccessLine>,
    /// Who has it; only for readers who manage members (ruling 12 of the design).
    pub people: Option<Vec<NamedPerson>>,
    /// How many have it.
    pub count: u32,
}

impl Service {
    /// What somebody can do, where, and why. One's own access always; somebody else's takes the right to manage members.
    ///
    /// # Errors
    /// `Forbidden`, or `NotFound` for people who do not belong.
    pub async fn access_of(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        person: PersonId,
    ) -> Result<PersonAccess> {
        let (you, _) = signed_in(caller)?;
        let mut tx = self.store.read().await?;
        let seen = tx.belongs(caller, organization).await?;
        if person != you {
            drop(
                tx.authorize::<permits::ManageMembers>(caller, seen.target().clone())
                    .await?,
            );
        }
        let membership = not_found(tx.membership(organization, person).await?)?;
        let grants = tx.grants_of_role(organization, membership.role).await?;
        let held = tx.grants(caller, organization).await?;
        let world = in_sight(tx.world(organization).await?, &held);
        let places = world
            .places()
            .map(|place| PlaceAccess {
                place,
                name: name_of(place, &world, &seen.target().name),
                lines: lines(&grants, place, &membership.role_name, &world),
            })
            .collect();
        Ok(PersonAccess {
            person: NamedPerson {
                id: person,
                name: membership.name,
            },
            role: membership.role_name,
            role_ref: membership.role,
            places,
        })
    }

    /// Who can do what at a place the caller sees.
    ///
    /// # Errors
    /// `NotFound` for places out of sight.
    pub async fn who_can(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        place: Place,
    ) -> Result<WhoCan> {
        let mut tx = self.store.read().await?;
        let seen = tx.belongs(caller, organization).await?;
        let held = tx.grants(caller, organization).await?;
        let world = tx.world(organization).await?;
        if !can_see(&held, &place.lineage()) || !world.places().any(|one| one == place) {
            return Err(domain::ApiError::NotFound.into());
        }
        let manages = decide(
            &held,
            Permission::MembersManage,
            &domain::Lineage::organization(),
        )
        .is_allowed();
        let counts = tx.members_by_role(&seen).await?;
        let mut roles: Vec<(RoleRef, String)> = BuiltInRole::ALL
            .into_iter()
            .map(|role| (role.into(), role.label().to_owned()))
            .collect();
        roles.extend(
            tx.custom_roles(&seen)
                .await?
                .into_iter()
                .map(|row| (RoleRef::Custom(row.id), row.name)),
        );
        let mut here = Vec::new();
        let matrices = tx.role_matrices(organization).await?;
        for (role, name) in roles {
            let grants = match role {
                RoleRef::BuiltIn(role) => Grants::built_in(role),
                RoleRef::Custom(role) => matrices.get(&role).cloned().unwrap_or_default().grants(),
            };
            let lines = lines(&grants, place, &name, &world);
            if lines.is_empty() {
                continue;
            }
            let people = if manages {
                Some(people(&mut tx, &seen, role).await?)
            } else {
                None
            };
            here.push(RoleHere {
                role,
                name,
                lines,
                people,
                count: counts.get(&role).copied().unwrap_or_default(),
            });
        }
        Ok(WhoCan {
            name: name_of(place, &world, &seen.target().name),
            roles: here,
        })
    }
}

async fn people(
    tx: &mut Tx,
    seen: &crate::Granted<permits::ReadOrganization>,
    role: RoleRef,
) -> Result<Vec<NamedPerson>> {
    Ok(tx
        .role_holders(seen, role)
        .await?
        .into_iter()
        .map(|(id, name)| NamedPerson { id, name })
        .collect())
}

/// The part of the world the reader may know of (AC-9).
pub(super) fn in_sight(mut world: World, held: &Grants) -> World {
    world
        .projects
        .retain(|(project, _)| can_see(held, &Place::Project(*project).lineage()));
    world
        .clusters
        .retain(|(cluster, _)| can_see(held, &Place::Cluster(*cluster).lineage()));
    world
}

fn name_of(place: Place, world: &World, organization: &str) -> String {
    match place {
        Place::Organization => organization.to_owned(),
        Place::Cluster(_) | Place::Project(_) | Place::Environments(..) => world.label(&[place]),
    }
}

fn lines(held: &Grants, place: Place, role: &str, world: &World) -> Vec<AccessLine> {
    explain(held, place)
        .into_iter()
        .map(|line| AccessLine {
            permission: line.permission,
            verb: place.verb(line.permission),
            because: reason(line.because, role, world),
        })
        .collect()
}

/// A grant in words, with the role it comes from.
fn reason(grant: Grant, role: &str, world: &World) -> String {
    match grant {
        Grant::Role(_) => format!("{role}, everywhere"),
        Grant::Membership => format!("{role}: every member"),
        Grant::Cluster(cluster, level) => {
            format!(
                "{role}: {} on {}",
                level.label(),
                world.cluster_name(cluster)
            )
        }
        Grant::Project(project, kind, level) => format!(
            "{role}: {} on {} / {}",
            level.label(),
            world.project_name(project),
            kind.label()
        ),
        Grant::WholeProject(project) => {
            format!("{role}: Full access to {}", world.project_name(project))
        }
    }
}
