//! What a set of changes would do to what is defined at a place now.

use std::collections::{BTreeMap, BTreeSet};

use domain::{ApiError, Invalid, VariableKind, interpolation::mentioned, sounds_secret};
use vault::Keyring;

use super::{
    super::{
        check_value,
        plan::{Circumstances, Step, Wanted},
        read::{cut_text, reach_of},
        seal::open_value,
    },
    ChangesForm,
    asked::{Asked, ChangeSet, Source, Wish},
    fresh,
};
use crate::{
    Caller, Error, Granted, Level, Result, Service,
    ops::preview::hexadecimal,
    permits,
    store::{Tx, VariableRow},
};

/// The field of the form that says what is done.
const TAKE: &str = "take";
/// How many rows that cannot be done are named at once.
const NAMED: usize = 5;
const DAMAGED: &str = "Its value is damaged. Enter it again.";

/// What a set of changes would do, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeReview {
    /// The place: "Environment production".
    pub place: String,
    /// Whom it reaches: "7 services in 3 environments".
    pub reach: String,
    /// Is the text everything that is to be there, so that rows are not chosen one by one?
    pub whole: bool,
    /// Does it come from a file or a text with lines?
    pub has_lines: bool,
    /// In the order of the file or text.
    pub rows: Vec<ChangeRow>,
    /// Why all of it cannot be done.
    pub refused: Option<String>,
    /// Stands for what the review was made from.
    pub fingerprint: String,
}

/// What becomes of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeRow {
    /// Its place, by which the form names it.
    pub place: usize,
    /// Where it stands, from 1; 0 where there are no lines.
    pub line: u32,
    /// The key.
    pub key: String,
    /// What happens.
    pub what: ChangeWhat,
    /// Whether it is a secret afterwards.
    pub secret: bool,
    /// Whether that can still be chosen, and why it should be.
    pub choose_secret: Option<Option<&'static str>>,
    /// How long the new value is, in characters; none where there is no new one.
    pub characters: Option<usize>,
    /// How many narrower places keep a value of their own.
    pub narrower: usize,
    /// The value somebody entered for a plain variable that somebody else changed meanwhile, to stand beside theirs.
    pub entered: Option<String>,
}

/// What happens to a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeWhat {
    /// It is new.
    Added,
    /// It is new here, in place of what a wider scope says.
    Overrides,
    /// It gets another value or description.
    Changed,
    /// It turns into a secret.
    MadeSecret,
    /// It goes.
    Removed,
    /// It is like that already.
    Same,
    /// The same key stands on this line further up, too.
    Repeated(u32),
    /// It cannot be done, and why.
    Impossible(String),
}

impl ChangeWhat {
    /// The word on the screen.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Added => "New",
            Self::Overrides => "Override",
            Self::Changed => "Changed",
            Self::MadeSecret => "Made secret",
            Self::Removed => "Removed",
            Self::Same => "Same",
            Self::Repeated(_) => "Repeated",
            Self::Impossible(_) => "Cannot be done",
        }
    }
    /// Can it be ticked?
    #[must_use]
    pub const fn can_be_done(&self) -> bool {
        !matches!(self, Self::Same | Self::Impossible(_))
    }
}

/// Which rows are to be done.
pub(super) enum Choice {
    /// Everything, and of a repeated key its first occurrence.
    Usual,
    Ticked {
        take: BTreeSet<usize>,
        secret: BTreeSet<usize>,
    },
}

impl Choice {
    pub fn of(set: &ChangeSet, form: &ChangesForm) -> Self {
        let take = match set.source {
            // A text is done as a whole.
            Source::Text => (0..set.rows.len()).collect(),
            Source::File | Source::Selection | Source::Edit => form.take.clone(),
        };
        Self::Ticked {
            take,
            secret: form.secret.clone(),
        }
    }
    fn takes(&self, place: usize, row: &Asked) -> bool {
        match self {
            Self::Usual => row.repeats.is_none(),
            Self::Ticked { take, .. } => take.contains(&place),
        }
    }
    fn makes_secret(&self, place: usize) -> bool {
        match self {
            Self::Usual => false,
            Self::Ticked { secret, .. } => secret.contains(&place),
        }
    }
}

/// Something that is going to be done, with the value it takes.
pub(super) struct Deed {
    pub step: Step,
    pub value: String,
}

/// A set of changes, worked out.
pub(super) struct Planned {
    pub fingerprint: String,
    rows: Vec<Row>,
    overflow: Option<String>,
    /// By key, how many narrower places keep a value of their own.
    narrower: BTreeMap<String, usize>,
}

struct Row {
    asked: Asked,
    /// Is it to be done?
    taken: bool,
    /// None when it is not to be done, or cannot be whatever else is done.
    step: Option<Step>,
    /// None where nothing is sealed anew.
    value: Option<String>,
    impossible: Option<String>,
}

impl Service {
    pub(super) async fn plan_changes(
        &self,
        tx: &mut Tx,
        proof: &Granted<permits::EditVariables>,
        set: &ChangeSet,
        choice: &Choice,
    ) -> Result<Planned> {
        let (organization, level) = (proof.organization().id, proof.target());
        let ring = self.keys.organization(tx, organization).await?;
        let circumstances = Circumstances::of(tx, level).await?;
        let present = circumstances.defined_here();
        let here: Vec<VariableRow> = present.values().map(|row| (*row).clone()).collect();
        let mut rows = Vec::with_capacity(set.rows.len());
        for (place, asked) in set.rows.iter().enumerate() {
            let now = present.get(asked.key.as_str()).map(|row| (*row).clone());
            let mut row = Row {
                taken: choice.takes(place, asked),
                impossible: asked.problem.clone(),
                asked: asked.clone(),
                step: None,
                value: None,
            };
            if row.impossible.is_none() && row.taken {
                match self.wanted(&ring, organization, asked, now, choice.makes_secret(place))? {
                    Ok((step, value)) => (row.step, row.value) = (Some(step), value),
                    Err(reason) => row.impossible = Some(reason),
                }
            }
            rows.push(row);
        }
        let fingerprint = state(level, &here);
        if set.base.as_ref().is_some_and(|base| *base != fingerprint) {
            return Err(Error::conflict(
                "Somebody changed variables here since you opened the text. Open it again and put yours in; nothing was saved.",
            ));
        }
        let overflow = judge(&circumstances, &mut rows);
        let narrower = rows
            .iter()
            .map(|row| {
                (
                    row.asked.key.clone(),
                    circumstances.narrower(&row.asked.key),
                )
            })
            .collect();
        Ok(Planned {
            fingerprint,
            rows,
            overflow,
            narrower,
        })
    }

    /// What a row makes of a variable, and the value that is then to be sealed; or why it makes nothing of it.
    fn wanted(
        &self,
        ring: &Keyring,
        organization: domain::OrganizationId,
        asked: &Asked,
        now: Option<VariableRow>,
        secret: bool,
    ) -> Result<Result<(Step, Option<String>), String>> {
        let Some(row) = now else {
            return Ok(self.newly(asked, secret));
        };
        if asked.wish == Wish::Remove {
            return Ok(Ok((Step::new(None, Some(row)), Some(String::new()))));
        }
        let entered = match &asked.wish {
            Wish::Value(_) if row.kind == VariableKind::Alias => {
                return Ok(Err(format!(
                    "It stands for {} and has no value of its own.",
                    row.mentions
                        .first()
                        .map_or("another variable", String::as_str)
                )));
            }
            Wish::Value(value) => Some(value.clone()),
            Wish::Keep | Wish::MakeSecret | Wish::Remove => None,
        };
        if asked.wish == Wish::MakeSecret && row.kind == VariableKind::Alias {
            return Ok(Err("It is as secret as what it stands for.".to_owned()));
        }
        if let Some(reason) = entered
            .as_deref()
            .and_then(|value| unfit(value, row.mount_path.is_some()))
        {
            return Ok(Err(reason));
        }
        let describes = asked.description.as_ref();
        let untouched = asked.wish == Wish::Keep
            && !secret
            && describes.is_none_or(|text| *text == row.description);
        // What stays as it is need not be sound, so that the others can be changed. An alias may yet become a secret with
        // what it stands for; a damaged one is then refused when all rows are judged.
        let former = if untouched && row.kind != VariableKind::Alias {
            None
        } else {
            match open_value(ring, organization, &row) {
                Ok(text) => Some(text),
                // Entering another value is the way out of a damaged one.
                Err(Error::Integrity { .. }) if entered.is_some() || untouched => None,
                Err(Error::Integrity { .. }) => return Ok(Err(DAMAGED.to_owned())),
                Err(error) => return Err(error),
            }
        };
        // What is entered for a secret is compared with nothing: it would tell whether a guess is right.
        let differs = match (&entered, &former) {
            (Some(_), _) if row.secret => true,
            (Some(entered), Some(former)) => entered != former,
            (entered, _) => entered.is_some(),
        };
        let value = entered.or(former);
        let target = Wanted {
            variable: row.id,
            version: row.version + 1,
            key: row.key.clone(),
            kind: row.kind,
            secret: row.secret || secret || asked.wish == Wish::MakeSecret,
            mount_path: row.mount_path.clone(),
            description: asked
                .description
                .clone()
                .unwrap_or_else(|| row.description.clone()),
            interpolate: row.interpolate,
            mentions: match &value {
                Some(value) => keys_in(value, row.interpolate),
                None => row.mentions.clone(),
            },
        };
        let mut step = Step::new(Some(target), Some(row));
        step.value_differs = differs;
        Ok(Ok((step, value)))
    }

    fn newly(&self, asked: &Asked, secret: bool) -> Result<(Step, Option<String>), String> {
        let value = match &asked.wish {
            Wish::Value(value) => value.clone(),
            Wish::Keep => {
                return Err("It is new, so there is no value to keep. Enter one.".to_owned());
            }
            Wish::Remove | Wish::MakeSecret => {
                return Err("It is not defined here any more.".to_owned());
            }
        };
        if let Some(reason) = unfit(&value, false) {
            return Err(reason);
        }
        let target = Wanted {
            variable: fresh(self),
            version: 1,
            key: asked.key.clone(),
            kind: VariableKind::Value,
            secret,
            mount_path: None,
            description: asked.description.clone().unwrap_or_default(),
            interpolate: true,
            mentions: keys_in(&value, true),
        };
        Ok((Step::new(Some(target), None), Some(value)))
    }

    /// Whom a change at this level reaches, as far as the caller sees it.
    pub(super) async fn reach(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        proof: &Granted<permits::EditVariables>,
    ) -> Result<String> {
        if matches!(proof.target(), Level::Service(_)) {
            return Ok("this service alone".to_owned());
        }
        let held = tx.grants(caller, proof.organization().id).await?;
        reach_of(tx, proof.target(), &held).await
    }
}

impl Planned {
    pub fn into_review(self, set: &ChangeSet, level: &Level, reach: String) -> ChangeReview {
        let whole = set.source == Source::Text;
        let rows: Vec<ChangeRow> = self
            .rows
            .iter()
            .enumerate()
            .map(|(place, row)| {
                let narrower = self
                    .narrower
                    .get(&row.asked.key)
                    .copied()
                    .unwrap_or_default();
                let mut shown = row.view(place, narrower);
                if set.source == Source::Edit {
                    shown.entered = row.plain_value();
                }
                shown
            })
            .collect();
        let stuck = whole && rows.iter().any(|row| blocks(&row.what));
        let refused = self.overflow.or_else(|| {
            stuck.then(|| "Some lines cannot be done. Go back and correct the text.".to_owned())
        });
        ChangeReview {
            place: format!("{} {}", level.scope().label(), level.name()),
            reach,
            whole,
            has_lines: matches!(set.source, Source::File | Source::Text),
            rows,
            refused,
            fingerprint: self.fingerprint,
        }
    }

    /// Everything that is to be done, or why not all of it can be.
    pub fn into_deeds(self) -> Result<Vec<Deed>> {
        if let Some(reason) = self.overflow {
            return Err(ApiError::field(TAKE, reason).into());
        }
        let mut invalid = Invalid::new();
        let mut seen = BTreeSet::new();
        let (mut deeds, mut named) = (Vec::new(), 0);
        for row in self.rows.into_iter().filter(|row| row.taken) {
            let twice = !seen.insert(row.asked.key.clone());
            let reason = match (row.reason(), twice) {
                (Some(reason), _) => Some(reason),
                (None, true) => Some("It is there more than once. Keep one of them.".to_owned()),
                (None, false) => None,
            };
            match (reason, row.step, row.value) {
                (Some(reason), ..) => {
                    named += 1;
                    if named <= NAMED {
                        invalid.add(TAKE, format!("{}: {reason}", row.asked.key));
                    }
                }
                (None, Some(step), Some(value)) if !is_idle(&step) => {
                    deeds.push(Deed { step, value });
                }
                (None, ..) => {}
            }
        }
        invalid.finish()?;
        if deeds.is_empty() {
            return Err(Error::refused(
                "Nothing of this would change anything. Tick what is to be done.",
            ));
        }
        Ok(deeds)
    }
}

impl Row {
    fn reason(&self) -> Option<String> {
        let judged = self.step.as_ref().and_then(|step| step.impossible.clone());
        let changes = self.step.as_ref().is_some_and(|step| !is_idle(step));
        let damaged = (changes && self.value.is_none()).then(|| DAMAGED.to_owned());
        self.impossible.clone().or(judged).or(damaged)
    }

    /// What was entered, where it becomes the value of a plain variable.
    fn plain_value(&self) -> Option<String> {
        let plain = self.step.as_ref().is_some_and(|step| !step.secret);
        match &self.asked.wish {
            Wish::Value(value) if plain => Some(cut_text(value.clone())),
            _ => None,
        }
    }

    fn what(&self) -> ChangeWhat {
        if let Some(reason) = self.reason() {
            return ChangeWhat::Impossible(reason);
        }
        if let Some(line) = self.asked.repeats {
            return ChangeWhat::Repeated(line);
        }
        let Some(step) = &self.step else {
            return ChangeWhat::Same;
        };
        match (&step.now, &step.target) {
            (None, _) if step.kind == VariableKind::Override => ChangeWhat::Overrides,
            (None, _) => ChangeWhat::Added,
            (_, None) => ChangeWhat::Removed,
            _ if is_idle(step) => ChangeWhat::Same,
            (Some(now), _) if step.secret && !now.secret && !step.value_differs => {
                ChangeWhat::MadeSecret
            }
            _ => ChangeWhat::Changed,
        }
    }

    fn view(&self, place: usize, narrower: usize) -> ChangeRow {
        let what = self.what();
        let now = self.step.as_ref().and_then(|step| step.now.as_ref());
        let secret = self.step.as_ref().is_some_and(|step| step.secret);
        let entered = match &self.asked.wish {
            Wish::Value(value) if !matches!(what, ChangeWhat::Impossible(_)) => Some(value),
            _ => None,
        };
        // A plain file or an existing plain value is turned into a secret by hand, which says what that means.
        let choose_secret = entered
            .filter(|_| now.is_none() && !secret)
            .map(|value| sounds_secret(&self.asked.key, value));
        ChangeRow {
            place,
            line: self.asked.line,
            key: self.asked.key.clone(),
            secret,
            choose_secret,
            characters: entered.map(|value| value.chars().count()),
            narrower,
            entered: None,
            what,
        }
    }
}

/// Judges all rows that are to be done together. Why they are too many, if they are.
fn judge(circumstances: &Circumstances, rows: &mut [Row]) -> Option<String> {
    let places: Vec<usize> = (0..rows.len())
        .filter(|place| {
            rows[*place]
                .step
                .as_ref()
                .is_some_and(|step| !is_idle(step))
        })
        .collect();
    let mut steps: Vec<Step> = places
        .iter()
        .filter_map(|place| rows[*place].step.take())
        .collect();
    circumstances.judge(&mut steps);
    let overflow = circumstances.overflow(&steps);
    for (place, step) in places.into_iter().zip(steps) {
        rows[place].step = Some(step);
    }
    overflow
}

fn is_idle(step: &Step) -> bool {
    step.is_idle()
        && step
            .now
            .as_ref()
            .is_some_and(|now| now.secret == step.secret)
}

/// Keeps a text from being done as a whole.
const fn blocks(what: &ChangeWhat) -> bool {
    matches!(what, ChangeWhat::Impossible(_) | ChangeWhat::Repeated(_))
}

/// Why a value cannot be saved.
fn unfit(value: &str, is_file: bool) -> Option<String> {
    let mut invalid = Invalid::new();
    check_value(&mut invalid, value, is_file);
    let error = invalid.finish().err()?;
    error.for_field("value").map(str::to_owned)
}

fn keys_in(value: &str, interpolate: bool) -> Vec<String> {
    let keys: BTreeSet<&str> = match interpolate {
        true => mentioned(value).collect(),
        false => BTreeSet::new(),
    };
    keys.into_iter().map(str::to_owned).collect()
}

/// Stands for everything defined at a level, version by version.
pub(super) fn state(level: &Level, rows: &[VariableRow]) -> String {
    let mut lines: Vec<String> = rows
        .iter()
        .map(|row| format!("{} {}\n", row.id, row.version))
        .collect();
    lines.sort();
    hexadecimal(format!("{}\n{}", level.id(), lines.concat()).as_bytes())
}
