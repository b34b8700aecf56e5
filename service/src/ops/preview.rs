//! What a change of access would do, worked out before it is done and checked again when it is.

use std::collections::BTreeMap;

use domain::{
    EnvironmentId, EnvironmentType, Grants, OrganizationId, Timestamp,
    access::{Effect, Place, World, difference, effects},
    audit::permission_used,
    view::{AccessPreview, EffectView, NamedPerson, PreviewGroup},
};
use sha2::{Digest, Sha256};

use crate::{
    Error, Result, Service,
    store::{Chain, RoleState, Tx, UsedRow},
};

/// Of how many people of a group the log is asked when they last used what they lose.
const ASKED_FOR_USE: usize = 20;

/// One person whom a change concerns.
#[derive(Clone)]
pub(super) struct Affected {
    pub person: NamedPerson,
    /// The name of the role they have, and what it gives.
    pub before: (String, Grants),
    /// The same for the role they will have; none when they leave.
    pub after: Option<(String, Grants)>,
}

impl Affected {
    fn after(&self) -> Grants {
        self.after
            .as_ref()
            .map_or_else(Grants::none, |(_, grants)| grants.clone())
    }
}

impl Service {
    /// Everything a change would do. Reads only.
    pub(super) async fn preview(
        &self,
        tx: &mut Tx,
        organization: OrganizationId,
        affected: &[Affected],
    ) -> Result<AccessPreview> {
        let world = tx.world(organization).await?;
        let print = fingerprint(&world, affected)?;
        let world = world.with_later();
        let kinds = tx.environment_kinds(organization).await?;
        let mut groups = Vec::new();
        for members in grouped(affected) {
            let Some(first) = members.first() else {
                continue;
            };
            let lines = effects(&difference(&first.before.1, &first.after(), &world));
            let mut uses = Vec::new();
            if lines.iter().any(|line| !line.gained) {
                for member in members.iter().take(ASKED_FOR_USE) {
                    let chain = Chain::Organization(organization);
                    uses.extend(tx.uses_of(chain, member.person.id).await?);
                }
            }
            groups.push(PreviewGroup {
                from: first.before.0.clone(),
                to: first.after.as_ref().map(|(name, _)| name.clone()),
                effects: lines
                    .iter()
                    .map(|line| effect_view(line, &world, &uses, &kinds))
                    .collect(),
                people: members
                    .into_iter()
                    .map(|member| member.person.clone())
                    .collect(),
            });
        }
        Ok(AccessPreview {
            groups,
            fingerprint: print,
        })
    }

    /// Refuses to save what is not what the preview showed.
    pub(super) async fn check_fingerprint(
        &self,
        tx: &mut Tx,
        organization: OrganizationId,
        affected: &[Affected],
        shown: Option<&str>,
    ) -> Result<()> {
        let Some(shown) = shown else { return Ok(()) };
        let world = tx.world(organization).await?;
        same(&fingerprint(&world, affected)?, shown)
    }

    /// Refuses to save another edit of a role than the one that was reviewed.
    pub(super) async fn check_edit(
        &self,
        tx: &mut Tx,
        organization: OrganizationId,
        affected: &[Affected],
        edit: &RoleState,
        shown: &str,
    ) -> Result<()> {
        let world = tx.world(organization).await?;
        same(&of_edit(&fingerprint(&world, affected)?, edit)?, shown)
    }
}

fn same(now: &str, shown: &str) -> Result<()> {
    if now == shown {
        return Ok(());
    }
    Err(Error::conflict(
        "Roles, members or projects changed since this preview was made. Look at it again, then save.",
    ))
}

/// The fingerprint of a preview together with the edit that it shows: while nobody has the role, people tell no two
/// edits apart.
pub(super) fn of_edit(preview: &str, edit: &RoleState) -> Result<String> {
    let text = serde_json::to_vec(&(preview, &edit.name, &edit.description, &edit.matrix))
        .map_err(|_| Error::Malformed("preview"))?;
    Ok(hexadecimal(&text))
}

/// The hash that stands for a state shown to somebody.
pub(super) fn hexadecimal(text: &[u8]) -> String {
    let hash = Sha256::digest(text);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Those to whom the change means the same, together.
fn grouped(affected: &[Affected]) -> Vec<Vec<&Affected>> {
    let mut groups: Vec<Vec<&Affected>> = Vec::new();
    for one in affected {
        let same = groups.iter_mut().find(|group| {
            group
                .first()
                .is_some_and(|first| first.before == one.before && first.after == one.after)
        });
        match same {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    groups
}

/// Stands for who is concerned, what each holds and will hold, and what there is to hold it on.
fn fingerprint(world: &World, affected: &[Affected]) -> Result<String> {
    let mut people: Vec<_> = affected
        .iter()
        .map(|one| (one.person.id, &one.before.1, one.after()))
        .collect();
    people.sort_by_key(|(person, ..)| *person);
    let text = serde_json::to_vec(&(world.cluster_ids(), world.project_ids(), people))
        .map_err(|_| Error::Malformed("preview"))?;
    Ok(hexadecimal(&text))
}

fn effect_view(
    line: &Effect,
    world: &World,
    uses: &[UsedRow],
    kinds: &BTreeMap<EnvironmentId, EnvironmentType>,
) -> EffectView {
    EffectView {
        last_used: (!line.gained)
            .then(|| last_used(line, uses, kinds))
            .flatten(),
        ..bare_view(line, world)
    }
}

/// An effect in words, without asking when anybody used it.
pub(super) fn bare_view(line: &Effect, world: &World) -> EffectView {
    let (places, all) = (world.label(&line.places), world.label_in_full(&line.places));
    EffectView {
        gained: line.gained,
        verbs: line.verbs().into_iter().map(str::to_owned).collect(),
        all_places: (all != places).then_some(all),
        places,
        last_used: None,
    }
}

fn last_used(
    line: &Effect,
    uses: &[UsedRow],
    kinds: &BTreeMap<EnvironmentId, EnvironmentType>,
) -> Option<Timestamp> {
    uses.iter()
        .filter(|used| {
            permission_used(used.event, used.target, used.part).is_some_and(|permission| {
                // What was created names itself as its place, but the right to create it is the organization's.
                let at = |place: &Place| {
                    permission == domain::Permission::ProjectCreate || is_at(used, *place, kinds)
                };
                line.permissions.contains(&permission) && line.places.iter().any(at)
            })
        })
        .map(|used| used.at)
        .max()
}

fn is_at(used: &UsedRow, place: Place, kinds: &BTreeMap<EnvironmentId, EnvironmentType>) -> bool {
    match place {
        Place::Organization => used.project.is_none(),
        Place::Cluster(cluster) => used.target_id == cluster.to_string(),
        Place::Project(project) => used.project == Some(project) && used.environment.is_none(),
        Place::Environments(project, kind) => {
            used.project == Some(project)
                && used
                    .environment
                    .is_some_and(|environment| kinds.get(&environment) == Some(&kind))
        }
    }
}
