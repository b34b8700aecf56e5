//! Environments of a project side by side: which keys each has, from where, and where their values are equal.
//!
//! Equal values share a letter. Letters are made from fingerprints under a key of the organization, which exist for one
//! answer only. For secrets that is a way to check a guess: enter it in one environment, compare it with another. So
//! letters of secrets take the right to change every value compared, exist for values of 16 characters or more, are
//! asked for by name, limited in number and written into the log. What was asked for answers for the state it was asked
//! in: once a secret changed, it has to be asked for again.

mod letters;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::RangeInclusive,
};

use domain::{
    ApiError, Decision, EnvironmentId, EnvironmentType, EventType, Grants, HandoverId, Lineage,
    OrganizationId, Permission, ProjectId, Scope,
    audit::{Change, SubTargetType},
    can_see, decide,
    resolve::resolve,
    view::VariableView,
};
use serde::{Deserialize, Serialize};

use self::letters::{Opened, all_editable, several_secrets};
use crate::{
    Caller, EnvironmentTarget, Error, Level, ProjectTarget, Result, Service,
    audit::{EventTarget, NewEvent},
    ops::{not_found, preview::hexadecimal, signed_in, throttling::Limit},
    permits,
    store::{Chain, Tx, VariableRow},
};

/// How many environments stand side by side.
pub const COMPARED: RangeInclusive<usize> = 2..=6;
/// How often one person may ask which secrets are equal.
const COMPARISONS: Limit = Limit {
    kind: "comparison",
    times: 30,
    seconds: 10 * 60,
};

/// Environments of a project side by side.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Those compared, in the order asked for. Fewer than two when the caller sees no more.
    pub environments: Vec<ComparedEnvironment>,
    /// All that the caller sees, by type and name.
    pub offered: Vec<ComparedEnvironment>,
    /// Every key that one of them has, by key.
    pub rows: Vec<ComparedRow>,
    /// Is told which secrets are equal?
    pub secrets: SecretLetters,
}

/// An environment that can be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComparedEnvironment {
    /// Its id.
    pub id: EnvironmentId,
    /// Its part of URLs.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: EnvironmentType,
    /// Why the caller cannot change variables in it; none when they can.
    pub locked: Option<String>,
}

/// One key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComparedRow {
    /// The key.
    pub key: String,
    /// What each environment has under it, none where it is missing.
    pub cells: Vec<Option<ComparedCell>>,
    /// Do all of them have the same?
    pub sameness: Sameness,
}

/// What one environment has under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComparedCell {
    /// The definition that counts there, plain values cut as in lists, secrets without their hint.
    pub variable: VariableView,
    /// Where it is defined.
    pub standing: Standing,
    /// Equal values of a row have the same letter. None where it is not told, or nothing is there to compare with.
    pub letter: Option<char>,
}

/// Where a definition that counts in an environment comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The environment defines it.
    Here,
    /// The environment defines it in place of its project.
    Override,
    /// Its project defines it.
    Inherited,
}

/// Whether all environments have the same under a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sameness {
    /// The same value.
    Same,
    /// Another value somewhere, or none.
    Different,
    /// That is not told: they are secrets.
    Untold,
}

/// Whether is told which secrets are equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretLetters {
    /// No key has several secrets.
    Nothing,
    /// The caller may not ask, and why.
    Refused(String),
    /// The caller may ask. `over` says that what was asked for before does not count any more.
    Unasked {
        /// A secret changed since, or ten minutes have passed.
        over: bool,
    },
    /// It is.
    Told,
}

/// What somebody asked to be told, kept for them alone.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    environments: Vec<EnvironmentId>,
    /// Stands for the versions of all secrets compared.
    state: String,
}

impl Told {
    fn of(environments: &[EnvironmentId], rows: &[VariableRow]) -> Self {
        let mut versions: Vec<_> = rows
            .iter()
            .filter(|row| row.secret)
            .map(|row| format!("{} {}\n", row.id, row.version))
            .collect();
        versions.sort();
        Self {
            environments: environments.to_vec(),
            state: hexadecimal(versions.concat().as_bytes()),
        }
    }
}

/// What an environment sees of a key.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    pub row: &'a VariableRow,
    hides: bool,
}

impl Seen<'_> {
    const fn standing(self) -> Standing {
        match (self.row.scope, self.hides) {
            (Scope::Project | Scope::BuiltIn, _) => Standing::Inherited,
            (_, true) => Standing::Override,
            (_, false) => Standing::Here,
        }
    }
}

/// By key, what each of the environments sees of it.
pub(super) type Table<'a> = BTreeMap<&'a str, Vec<Option<Seen<'a>>>>;

/// Puts the definitions of a project and of some of its environments side by side.
pub(super) fn table<'a>(rows: &'a [VariableRow], environments: &[EnvironmentId]) -> Table<'a> {
    let mut table = Table::new();
    for (place, environment) in environments.iter().enumerate() {
        let id = environment.to_string();
        let visible = rows
            .iter()
            .filter(|row| row.scope == Scope::Project || row.level_id == id);
        for found in resolve(visible) {
            let cells = table
                .entry(found.winner.key.as_str())
                .or_insert_with(|| vec![None; environments.len()]);
            cells[place] = Some(Seen {
                row: found.winner,
                hides: !found.hidden.is_empty(),
            });
        }
    }
    table
}

impl Service {
    /// Environments of a project side by side, by their slugs. Fewer than two are completed: the first of each type.
    /// With `told`, which secrets are equal, as far as [`compare_secrets`](Self::compare_secrets) was asked for that.
    ///
    /// # Errors
    /// `NotFound` when the project or one of the environments is not in sight; refused for more than six.
    pub async fn compare_environments(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        project: ProjectId,
        asked: &[String],
        told: Option<HandoverId>,
    ) -> Result<Comparison> {
        let mut tx = self.store.read().await?;
        let project = tx.project_target(organization, project).await?;
        let _seen = tx
            .authorize::<permits::ReadProject>(caller, project.clone())
            .await?;
        let held = tx.grants(caller, organization).await?;
        let offered = offered(&mut tx, &project, &held).await?;
        let mut environments = Vec::new();
        for slug in asked {
            let found = in_sight(&mut tx, &held, &project, slug).await?;
            let one = not_found(offered.iter().find(|one| one.id == found.id))?;
            if !environments.contains(one) {
                environments.push(one.clone());
            }
        }
        complete(&mut environments, &offered);
        if environments.len() > *COMPARED.end() {
            return Err(Error::refused("Compare at most six environments at once."));
        }
        let ids: Vec<_> = environments.iter().map(|one| one.id).collect();
        let rows = tx.variables_of_environments(&project, &ids).await?;
        let project_locked = locked(&held, &Lineage::project(project.id));
        let may_edit_project = project_locked.is_none();
        let table = table(&rows, &ids);
        let secrets: Vec<_> = table
            .values()
            .filter_map(|cells| several_secrets(cells))
            .collect();
        let none_editable = !secrets
            .iter()
            .any(|row| all_editable(row, may_edit_project));
        let refused = environments.iter().find_map(|one| one.locked.clone());
        let refused = refused.or(project_locked.filter(|_| none_editable));
        let secrets = match (secrets.is_empty(), refused, told) {
            (true, ..) => SecretLetters::Nothing,
            (_, Some(reason), _) => SecretLetters::Refused(reason),
            (_, None, None) => SecretLetters::Unasked { over: false },
            (_, None, Some(id)) => {
                let now = Told::of(&ids, &rows);
                match self.was_told(&mut tx, caller, &project, &now, id).await? {
                    true => SecretLetters::Told,
                    false => SecretLetters::Unasked { over: true },
                }
            }
        };
        let ring = self.keys.organization(&mut tx, organization).await?;
        let mut opened = Opened {
            ring: &ring,
            organization,
            secrets: secrets == SecretLetters::Told,
            may_edit_project,
            done: HashMap::new(),
        };
        let rows = table
            .into_iter()
            .map(|(key, cells)| opened.row(key, &cells))
            .collect::<Result<_>>()?;
        Ok(Comparison {
            environments,
            offered,
            rows,
            secrets,
        })
    }

    /// Did the caller ask for exactly this, a short while ago?
    async fn was_told(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        project: &ProjectTarget,
        now: &Told,
        id: HandoverId,
    ) -> Result<bool> {
        let (person, _) = signed_in(caller)?;
        let proof = tx
            .authorize::<permits::ReadProject>(caller, project.clone())
            .await?;
        let kept: Option<Told> = self.handed_over(tx, &proof, person, id).await?;
        Ok(kept.as_ref() == Some(now))
    }

    /// Asks which secrets of environments are equal. The answer is read with
    /// [`compare_environments`](Self::compare_environments), for ten minutes, by the caller alone, and only until one of
    /// the secrets changes.
    ///
    /// # Errors
    /// `Forbidden` without the right to change variables in all of them, `NotFound`, `Throttled`.
    pub async fn compare_secrets(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        environments: &[EnvironmentId],
    ) -> Result<HandoverId> {
        let (person, _) = signed_in(caller)?;
        let mut tx = self.store.write().await?;
        let mut targets = Vec::new();
        for id in environments.iter().take(*COMPARED.end() + 1) {
            let target = tx.environment_target(organization, *id).await?;
            let level = Level::Environment(target.clone());
            tx.may_read_level(caller, &level).await?;
            drop(
                tx.authorize::<permits::EditVariables>(caller, level)
                    .await?,
            );
            targets.push(target);
        }
        let project = comparable(&targets)?;
        self.count_use(&mut tx, person, &COMPARISONS).await?;
        let rows = tx.variables_of_environments(&project, environments).await?;
        let asked = Told::of(environments, &rows);
        let id = self
            .hand_over(&mut tx, organization, person, &asked)
            .await?;
        let secrets = table(&rows, environments)
            .values()
            .filter(|cells| several_secrets(cells).is_some())
            .count();
        let event = comparison_event(&project, &targets, secrets);
        tx.commit(caller, self.now(), Chain::Organization(organization), event)
            .await?;
        Ok(id)
    }
}

/// What the log says of somebody who learned which secrets are equal.
fn comparison_event(
    project: &ProjectTarget,
    environments: &[EnvironmentTarget],
    secrets: usize,
) -> NewEvent {
    let names: Vec<_> = environments.iter().map(|one| one.name.as_str()).collect();
    let names = names.join(", ");
    let subject = format!("Comparison of {names}");
    NewEvent::done(
        EventType::Fetch,
        EventTarget::from(project).part(SubTargetType::Secret, project.id, &subject),
        Change::none()
            .set("environments", names)
            .set("secrets_compared", secrets),
    )
}

/// The project of environments that can stand side by side: two to six different ones of the same.
fn comparable(targets: &[EnvironmentTarget]) -> Result<ProjectTarget> {
    let different: BTreeSet<_> = targets.iter().map(|one| one.id).collect();
    let first = targets.first().map(|one| &one.project);
    let Some(project) =
        first.filter(|_| different.len() == targets.len() && COMPARED.contains(&targets.len()))
    else {
        return Err(Error::refused("Choose two to six different environments."));
    };
    if targets.iter().any(|one| one.project.id != project.id) {
        return Err(ApiError::NotFound.into());
    }
    Ok(project.clone())
}

/// Why somebody cannot change variables at a place; none when they can.
pub(super) fn locked(held: &Grants, on: &Lineage) -> Option<String> {
    match decide(held, Permission::VariablesEdit, on) {
        Decision::Allow(_) => None,
        Decision::Deny(refusal) => Some(format!(
            "Needs “{}”: {} can do this.",
            refusal.permission.label(),
            refusal.who()
        )),
    }
}

/// The environments of a project that somebody sees, by type and name.
async fn offered(
    tx: &mut Tx,
    project: &ProjectTarget,
    held: &Grants,
) -> Result<Vec<ComparedEnvironment>> {
    let all = tx.all_environments(project.organization.id).await?;
    let lineage = |kind| Lineage::environment(project.id, kind);
    Ok(all
        .into_iter()
        .filter(|one| one.project_id == project.id && can_see(held, &lineage(one.kind)))
        .map(|one| ComparedEnvironment {
            locked: locked(held, &lineage(one.kind)),
            id: one.id,
            slug: one.slug,
            name: one.name,
            kind: one.kind,
        })
        .collect())
}

/// The environment of this slug. One that is not in sight does not exist.
pub(super) async fn in_sight(
    tx: &mut Tx,
    held: &Grants,
    project: &ProjectTarget,
    slug: &str,
) -> Result<EnvironmentTarget> {
    let found = tx.environment_by_slug(project, slug).await?;
    not_found(found.filter(|one| can_see(held, &Lineage::environment(project.id, one.kind))))
}

/// Adds to fewer than two environments the first of each type that is not among them, then any other.
fn complete(chosen: &mut Vec<ComparedEnvironment>, offered: &[ComparedEnvironment]) {
    if chosen.len() >= *COMPARED.start() {
        return;
    }
    for one in offered {
        if chosen.iter().all(|other| other.kind != one.kind) {
            chosen.push(one.clone());
        }
    }
    for one in offered {
        if chosen.len() < *COMPARED.start() && !chosen.contains(one) {
            chosen.push(one.clone());
        }
    }
}
