//! What a copy between two environments would do, and why it cannot do some of it. The rules are those of adding and
//! editing by hand.

use std::collections::BTreeMap;

use domain::{
    ApiError, Invalid, Lineage, OrganizationId, Scope, VariableKind, builtin::BuiltInValue,
    resolve::resolve,
};
use vault::Keyring;

use super::{
    super::{
        add::Shape,
        compare::{locked, table},
        mentions::{Context, Web},
        seal::open_value,
    },
    PromotionForm, PromotionStep, TAKE,
};
use crate::{
    Caller, EnvironmentTarget, Error, Granted, Level, Result,
    ops::preview::hexadecimal,
    permits,
    store::{Tx, VariableRow},
};

const DAMAGED: &str = "Its value is damaged: it fails its integrity check.";

/// Two environments, and what the caller may do between them.
pub(super) struct Pair {
    pub from: EnvironmentTarget,
    pub to: EnvironmentTarget,
    pub proof: Granted<permits::EditVariables>,
    /// Why secrets cannot be copied; none when they can.
    secrets_locked: Option<String>,
}

impl Pair {
    /// The caller reads the one and may change the other.
    pub async fn of(
        tx: &mut Tx,
        caller: &Caller,
        from: EnvironmentTarget,
        to: EnvironmentTarget,
    ) -> Result<Self> {
        let source = Level::Environment(from.clone());
        tx.may_read_level(caller, &source).await?;
        let proof = tx
            .authorize::<permits::EditVariables>(caller, Level::Environment(to.clone()))
            .await?;
        if from.project.id != to.project.id {
            return Err(ApiError::NotFound.into());
        }
        if from.id == to.id {
            return Err(Error::refused("Choose two different environments."));
        }
        let held = tx.grants(caller, from.project.organization.id).await?;
        let on = Lineage::environment(from.project.id, from.kind);
        Ok(Self {
            secrets_locked: locked(&held, &on),
            from,
            to,
            proof,
        })
    }

    pub fn target(&self) -> &Level {
        self.proof.target()
    }

    pub async fn rows(&self, tx: &mut Tx) -> Result<Vec<VariableRow>> {
        tx.variables_of_environments(&self.from.project, &[self.from.id, self.to.id])
            .await
    }
}

/// What is to be done with one key, or why nothing can be.
pub(super) struct Planned<'a> {
    pub source: &'a VariableRow,
    pub target: Option<&'a VariableRow>,
    deed: Result<Deed, String>,
}

/// What is done with one key.
pub(super) enum Deed {
    Add(Shape),
    Replace { secret: bool },
}

impl Planned<'_> {
    pub fn key(&self) -> &str {
        &self.source.key
    }
    pub fn step(&self) -> PromotionStep {
        match &self.deed {
            Err(reason) => PromotionStep::Skip(reason.clone()),
            Ok(Deed::Add(shape)) => PromotionStep::Add {
                hides_project: self.target.is_some(),
                secret: shape.secret,
            },
            Ok(Deed::Replace { secret }) => PromotionStep::Replace {
                becomes_secret: *secret && self.target.is_some_and(|row| !row.secret),
                stays_secret: *secret && !self.source.secret,
            },
        }
    }
}

/// What is done with every key that the first environment has, before values are looked at.
pub(super) fn planned<'a>(
    pair: &Pair,
    rows: &'a [VariableRow],
    only: Option<&str>,
) -> Vec<Planned<'a>> {
    table(rows, &[pair.from.id, pair.to.id])
        .into_iter()
        .filter(|(key, _)| only.is_none_or(|only| only == *key))
        .filter_map(|(_, cells)| {
            let mut cells = cells.into_iter().map(|seen| seen.map(|seen| seen.row));
            let source = cells.next().flatten()?;
            let target = cells.next().flatten();
            Some(Planned {
                source,
                target,
                deed: deed(pair, source, target),
            })
        })
        .collect()
}

/// The rules of adding and editing by hand hold for copies, too.
fn deed(pair: &Pair, source: &VariableRow, target: Option<&VariableRow>) -> Result<Deed, String> {
    let (from, to) = (&pair.from.name, &pair.to.name);
    if source.scope == Scope::Project {
        return Err(match target {
            Some(target) if target.id != source.id => format!(
                "{from} has the project's value. Delete the override in {to} to have it there, too."
            ),
            _ => "Both have the project's value.".to_owned(),
        });
    }
    let is_alias = source.kind == VariableKind::Alias;
    if source.secret
        && !is_alias
        && let Some(reason) = &pair.secrets_locked
    {
        return Err(format!(
            "Copying a secret takes the right to change it in {from}. {reason}"
        ));
    }
    match target {
        None => Ok(Deed::Add(Shape {
            kind: match (is_alias, &source.mount_path) {
                (true, _) => VariableKind::Alias,
                (_, Some(_)) => VariableKind::File,
                (_, None) => VariableKind::Value,
            },
            secret: source.secret,
            mount_path: source.mount_path.clone(),
            interpolate: source.interpolate,
        })),
        Some(base) if base.scope == Scope::Project => over_project(source, base),
        Some(present) => replacement(to, source, present),
    }
}

/// An override inherits file kind and path from what it hides, and is a secret when either is one.
fn over_project(source: &VariableRow, base: &VariableRow) -> Result<Deed, String> {
    let is_alias = |row: &VariableRow| row.kind == VariableKind::Alias;
    if is_alias(source) || is_alias(base) {
        return Err("An alias neither hides what the project defines nor is hidden.".to_owned());
    }
    if source.mount_path.is_some() != base.mount_path.is_some() {
        return Err("Only one of this and what the project defines is a file.".to_owned());
    }
    Ok(Deed::Add(Shape {
        kind: VariableKind::Override,
        secret: source.secret || base.secret,
        mount_path: base.mount_path.clone(),
        interpolate: source.interpolate,
    }))
}

/// A value takes the place of a value, a file that of a file. What is a secret on either side is one afterwards.
fn replacement(to: &str, source: &VariableRow, present: &VariableRow) -> Result<Deed, String> {
    let alias_of = |row: &VariableRow| {
        (row.kind == VariableKind::Alias)
            .then(|| row.mentions.first().cloned())
            .flatten()
    };
    match (alias_of(source), alias_of(present)) {
        (None, None) => {}
        (Some(one), Some(other)) if one == other => {
            return Err(format!("It stands for {one} in both."));
        }
        (_, Some(target)) => {
            return Err(format!(
                "In {to} it stands for {target}. Delete that alias first."
            ));
        }
        (Some(_), None) => {
            return Err(format!(
                "It is an alias and has a value of its own in {to}. Delete that first."
            ));
        }
    }
    match (source.mount_path.is_some(), present.mount_path.is_some()) {
        (true, false) => Err(format!("It is a file and in {to} it is none.")),
        (false, true) => Err(format!("In {to} it is a file.")),
        _ => Ok(Deed::Replace {
            secret: source.secret || present.secret,
        }),
    }
}

/// Stands for the versions of everything that is shown on both sides.
pub(super) fn fingerprint(plan: &[Planned<'_>]) -> String {
    let version = |row: &VariableRow| format!("{} {}", row.id, row.version);
    let lines: String = plan
        .iter()
        .map(|one| {
            let target = one.target.map(version).unwrap_or_default();
            format!("{} {} / {target}\n", one.key(), version(one.source))
        })
        .collect();
    hexadecimal(lines.as_bytes())
}

/// Leaves out plain values that are equal already. Whether secrets are is not said here: that would tell guesses apart.
pub(super) fn compare_values(
    ring: &Keyring,
    organization: OrganizationId,
    plan: &mut [Planned<'_>],
) -> Result<()> {
    for one in plan {
        if one.deed.is_err() || one.source.secret {
            continue;
        }
        let Some(value) = sound(open_value(ring, organization, one.source))? else {
            one.deed = Err(DAMAGED.to_owned());
            continue;
        };
        let present = one.target.filter(|present| {
            let replaced = matches!(one.deed, Ok(Deed::Replace { secret: false }));
            replaced && present.interpolate == one.source.interpolate
        });
        if let Some(present) = present
            && sound(open_value(ring, organization, present))? == Some(value)
        {
            one.deed = Err("It has the same value there.".to_owned());
        }
    }
    Ok(())
}

/// None for a value that is damaged.
fn sound(opened: Result<String>) -> Result<Option<String>> {
    match opened {
        Err(error @ Error::Integrity { .. }) => {
            tracing::error!(%error, "integrity failure");
            Ok(None)
        }
        other => other.map(Some),
    }
}

/// Refuses files whose place is taken.
pub(super) async fn check_paths(tx: &mut Tx, pair: &Pair, plan: &mut [Planned<'_>]) -> Result<()> {
    for one in plan {
        let Ok(Deed::Add(shape)) = &one.deed else {
            continue;
        };
        let Some(path) = &shape.mount_path else {
            continue;
        };
        let taken = tx.path_is_taken(pair.target(), path, &one.source.key);
        if let Some(other) = taken.await? {
            one.deed = Err(format!("{other} is mounted at {path} there already."));
        }
    }
    Ok(())
}

/// What a key will be where it is copied to.
#[derive(Clone, Copy)]
struct After {
    is_alias: bool,
    is_file: bool,
    secret: bool,
}

/// Refuses what could not be delivered there, until nothing more is found: what is refused may be what others count on.
pub(super) async fn settle(
    tx: &mut Tx,
    pair: &Pair,
    rows: &[VariableRow],
    plan: &mut [Planned<'_>],
) -> Result<()> {
    let before = Web::of(tx, &pair.to.project).await?;
    loop {
        let after = outcome(pair, rows, plan);
        let refused: BTreeMap<String, String> = {
            let mut web = before.clone();
            let doing = || plan.iter().filter(|one| one.deed.is_ok());
            for one in doing() {
                web.put(pair.target(), one.key(), one.source.mentions.clone());
            }
            let mentioning: Vec<&str> = doing()
                .filter(|one| !one.source.mentions.is_empty())
                .map(Planned::key)
                .collect();
            let unsound = web.problems(pair.target(), &mentioning).into_iter();
            unsound
                .map(|(key, problem)| (key.to_owned(), problem))
                .collect()
        };
        let mut settled = true;
        for one in plan.iter_mut().filter(|one| one.deed.is_ok()) {
            let refusal = refused.get(one.key()).cloned();
            match refusal.map_or_else(|| aliased(&before, pair, &after, one), Err) {
                Err(reason) => {
                    one.deed = Err(reason);
                    settled = false;
                }
                Ok(Some(secret)) => {
                    if let Ok(Deed::Add(shape)) = &mut one.deed {
                        shape.secret = secret;
                    }
                }
                Ok(None) => {}
            }
        }
        if settled {
            return Ok(());
        }
    }
}

/// By key, what counts at the target once everything planned is done.
fn outcome<'a>(
    pair: &Pair,
    rows: &'a [VariableRow],
    plan: &[Planned<'a>],
) -> BTreeMap<&'a str, After> {
    let to = pair.to.id.to_string();
    let visible = rows
        .iter()
        .filter(|row| row.scope == Scope::Project || row.level_id == to);
    let mut after: BTreeMap<&str, After> = resolve(visible)
        .into_iter()
        .map(|found| {
            let row = found.winner;
            let after = After {
                is_alias: row.kind == VariableKind::Alias,
                is_file: row.mount_path.is_some(),
                secret: row.secret,
            };
            (row.key.as_str(), after)
        })
        .collect();
    for one in plan {
        let secret = match &one.deed {
            Ok(Deed::Add(shape)) => shape.secret,
            Ok(Deed::Replace { secret }) => *secret,
            Err(_) => continue,
        };
        let after_it = After {
            is_alias: one.source.kind == VariableKind::Alias,
            is_file: one.source.mount_path.is_some(),
            secret,
        };
        after.insert(&one.source.key, after_it);
    }
    after
}

/// Of an alias, whether what it stands for is a secret there; why it cannot stand for it.
fn aliased(
    web: &Web,
    pair: &Pair,
    after: &BTreeMap<&str, After>,
    one: &Planned<'_>,
) -> Result<Option<bool>, String> {
    let Some(target) = one
        .source
        .mentions
        .first()
        .filter(|_| one.source.kind == VariableKind::Alias)
    else {
        return Ok(None);
    };
    let to = &pair.to.name;
    match after.get(target.as_str()) {
        Some(there) if there.is_alias => Err(format!(
            "It stands for {target}, which is an alias itself in {to}."
        )),
        Some(there) if there.is_file => {
            Err(format!("It stands for {target}, which is a file in {to}."))
        }
        Some(there) => Ok(Some(there.secret)),
        None => web
            .built_ins(Context::of(pair.target()))
            .into_iter()
            .find(|one| one.key == *target)
            .map(|one| Some(matches!(one.value, BuiltInValue::Password(_))))
            .ok_or_else(|| format!("It stands for {target}, which {to} does not define.")),
    }
}

/// Something that is going to be done.
pub(super) struct Doing<'a> {
    pub source: &'a VariableRow,
    pub target: Option<&'a VariableRow>,
    pub deed: &'a Deed,
}

/// Every tick has to be for something that was shown.
pub(super) fn check_ticks(pair: &Pair, form: &PromotionForm, plan: &[Planned<'_>]) -> Result<()> {
    if form.keys.is_empty() {
        return Err(ApiError::field(TAKE, "Tick what is to be copied.").into());
    }
    if plan.len() < form.keys.len() {
        let reason = format!("{} does not have all that is ticked.", pair.from.name);
        return Err(ApiError::field(TAKE, reason).into());
    }
    Ok(())
}

/// Everything ticked can be done, or nothing is.
pub(super) fn all_or_nothing<'a>(plan: &'a [Planned<'a>]) -> Result<Vec<Doing<'a>>> {
    let mut invalid = Invalid::new();
    let mut deeds = Vec::new();
    for one in plan {
        match &one.deed {
            Ok(deed) => deeds.push(Doing {
                source: one.source,
                target: one.target,
                deed,
            }),
            Err(reason) => invalid.add(TAKE, format!("{}: {reason}", one.key())),
        }
    }
    invalid.finish()?;
    Ok(deeds)
}
