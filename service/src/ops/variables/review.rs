//! What restoring a place would do, ready to show, and the fingerprint that stands for it.

use domain::{Timestamp, VariableId, view::DiffRow};

use super::{plan::Step, read::cut_text};
use crate::{Error, Level, Result, ops::preview::hexadecimal};

const HIDDEN: &str = "changed (hidden)";

/// What becomes of a key when a place is restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestoreWhat {
    /// It was deleted and comes back.
    Added,
    /// It becomes what it was.
    Changed,
    /// It was not there and goes.
    Removed,
}

impl RestoreWhat {
    /// The word on the screen.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Added => "Added back",
            Self::Changed => "Changed back",
            Self::Removed => "Removed",
        }
    }
}

/// One key in the review of a restore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoreStep {
    /// Which variable: the one that comes back, else the one that goes.
    pub variable: Option<VariableId>,
    /// The key.
    pub key: String,
    /// What becomes of it.
    pub what: RestoreWhat,
    /// Is or will it be a secret?
    pub secret: bool,
    /// The fields that change, ready to show: now and then. Values of secrets are none of them.
    pub rows: Vec<DiffRow>,
    /// Why it stays as it is.
    pub impossible: Option<String>,
}

/// What restoring a place to a point in time would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoreReview {
    /// The point in time.
    pub point: Timestamp,
    /// What would change, by key; and what cannot.
    pub steps: Vec<RestoreStep>,
    /// How many variables are as they were.
    pub unchanged: usize,
    /// True when what was deleted before and is not kept any more may have been there.
    pub incomplete: bool,
    /// Why all of it cannot be done.
    pub refused: Option<String>,
    /// Stands for exactly this; restoring with it is refused once the world has moved.
    pub fingerprint: String,
}

impl RestoreReview {
    /// How many variables would change.
    #[must_use]
    pub fn count(&self) -> usize {
        let possible = |step: &&RestoreStep| step.impossible.is_none();
        self.steps.iter().filter(possible).count()
    }
}

/// What becomes of the key.
pub(super) fn what(step: &Step) -> RestoreWhat {
    match (&step.now, &step.target) {
        (None, _) => RestoreWhat::Added,
        (Some(_), None) => RestoreWhat::Removed,
        (Some(_), Some(_)) => RestoreWhat::Changed,
    }
}

/// A step as its review shows it.
pub(super) fn step_view(step: &Step) -> RestoreStep {
    RestoreStep {
        variable: step.variable(),
        key: step.key().to_owned(),
        what: what(step),
        secret: step.secret,
        rows: rows(step),
        impossible: step.impossible.clone(),
    }
}

/// What differs, now and then.
fn rows(step: &Step) -> Vec<DiffRow> {
    let (now, target) = (step.now.as_ref(), step.target.as_ref());
    let row = |field: &str, before: Option<String>, after: Option<String>| {
        (before != after).then(|| DiffRow {
            field: field.to_owned(),
            before,
            after,
        })
    };
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let on = |on: bool| Some(if on { "put in" } else { "left as it is" }.to_owned());
    let value = if !step.value_differs {
        None
    } else if step.secret {
        row("value", None, Some(HIDDEN.to_owned()))
    } else {
        // Long ones may differ beyond what is shown of them.
        let (before, after) = step.texts.clone();
        Some(DiffRow {
            field: "value".to_owned(),
            before: before.map(cut_text),
            after: after.map(cut_text),
        })
    };
    let description = row(
        "description",
        now.and_then(|row| some(&row.description)),
        target.and_then(|row| some(&row.description)),
    );
    let path = row(
        "mount path",
        now.and_then(|row| row.mount_path.clone()),
        target.and_then(|row| row.mount_path.clone()),
    );
    let interpolation = match (now, target) {
        (Some(now), Some(target)) => row("{{KEY}}", on(now.interpolate), on(target.interpolate)),
        _ => None,
    };
    [value, description, path, interpolation]
        .into_iter()
        .flatten()
        .collect()
}

/// Stands for what is there, and for what would become of it.
pub(super) fn fingerprint(
    level: &Level,
    point: Timestamp,
    versions: &[(String, u64)],
    steps: &[Step],
) -> Result<String> {
    let steps: Vec<_> = steps
        .iter()
        .map(|step| {
            let target = step.target.as_ref();
            (
                step.key(),
                step.variable().map(|id| id.to_string()),
                target.map(|target| target.version),
                step.kind.code(),
                step.secret,
                step.impossible.as_deref(),
            )
        })
        .collect();
    let text = serde_json::to_vec(&(level.id(), point.micros(), versions, steps))
        .map_err(|_| Error::Malformed("restore"))?;
    Ok(hexadecimal(&text))
}
