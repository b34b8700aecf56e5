//! Variables and secrets: reading what a level sees, adding, changing, deleting, what they were and bringing that back.

mod add;
mod builtin;
mod change;
mod changes;
mod compare;
mod history;
mod mentions;
mod plan;
mod promote;
mod read;
mod restore;
mod review;
mod seal;

pub use add::{NewAlias, NewVariable};
pub(super) use builtin::credential_place;
pub use change::VariableEdit;
pub use changes::{
    ChangeReview, ChangeRow, ChangeWhat, ChangesForm, ChangesMade, ImportForm, ScopeText, Selected,
    TextForm,
};
pub use compare::{
    COMPARED, ComparedCell, ComparedEnvironment, ComparedRow, Comparison, Sameness, SecretLetters,
    Standing,
};
pub use history::{
    Changed, DELETED_KEPT_DAYS, PlaceChange, PlaceHistory, VariableHistory, VersionHead,
    VersionView,
};
pub use promote::{PromotedRow, Promotion, PromotionForm, PromotionStep};
pub use read::{Dependants, Impact, VariablesView};
pub use restore::VersionRestore;
pub use review::{RestoreReview, RestoreStep, RestoreWhat};
pub(super) use seal::{hint_place, value_place};

use domain::{
    EventType, FILE_LIMIT_BYTES, Invalid, LevelRef, MASK, OrganizationId, SubmittedValue,
    VALUE_LIMIT_BYTES, VariableId, VariableKind,
    audit::{Change, SubTargetType},
};

use self::{mentions::Web, seal::Draft};
use super::not_found;
use crate::{
    Error, Level, Result, Service,
    audit::{EventTarget, NewEvent},
    store::{Tx, VariableRow},
};

impl Service {
    async fn check_place(
        &self,
        tx: &mut Tx,
        invalid: &mut Invalid,
        level: &Level,
        path: Option<&str>,
        key: &str,
    ) -> Result<()> {
        if let Some(path) = path
            && let Some(other) = tx.path_is_taken(level, path, key).await?
        {
            invalid.add(
                "mount_path",
                format!("{other} is mounted at this path already."),
            );
        }
        Ok(())
    }
}

fn check_value(invalid: &mut Invalid, value: &str, is_file: bool) {
    let (limit, too_long) = if is_file {
        (FILE_LIMIT_BYTES, "Use at most 1 MiB.")
    } else {
        (
            VALUE_LIMIT_BYTES,
            "Use at most 64 KiB. Larger content fits into a file variable.",
        )
    };
    if value.len() > limit {
        invalid.add("value", too_long);
    }
    if value.contains('\0') {
        invalid.add(
            "value",
            "Leave out the NUL character: no program can receive it.",
        );
    }
    if value.contains(MASK) {
        invalid.add(
            "value",
            "This is the mask, not the value. Enter the value itself.",
        );
    }
}

/// Browsers send the line breaks of a form as CR LF; programs expect what was typed.
fn with_line_feeds(value: &SubmittedValue) -> String {
    value.expose().replace("\r\n", "\n")
}

const fn part(secret: bool) -> SubTargetType {
    if secret {
        SubTargetType::Secret
    } else {
        SubTargetType::Variable
    }
}

/// What the log says of a variable at a level.
fn event(
    what: EventType,
    level: &Level,
    id: VariableId,
    key: &str,
    secret: bool,
    change: Change,
) -> NewEvent {
    NewEvent::done(
        what,
        EventTarget::from(level).part(part(secret), id, key),
        change,
    )
}

/// Refuses a value that mentions what is defined nowhere, or itself in the end.
async fn check_mentions(tx: &mut Tx, level: &Level, draft: &Draft<'_>) -> Result<()> {
    let mentions = draft.mentions();
    if mentions.is_empty() {
        // Nothing is put in, so nothing can be unknown; and who mentions this key goes on finding it.
        return Ok(());
    }
    let mut web = Web::of(tx, level.project()).await?;
    let mentions = mentions.into_iter().map(str::to_owned).collect();
    web.put(level, draft.key.as_str(), mentions);
    let mut invalid = Invalid::new();
    let field = match draft.kind {
        VariableKind::Alias => "target",
        _ => "value",
    };
    web.check(&mut invalid, field, level, draft.key.as_str());
    Ok(invalid.finish()?)
}

async fn located(
    tx: &mut Tx,
    organization: OrganizationId,
    variable: VariableId,
) -> Result<(VariableRow, Level)> {
    let row = not_found(tx.variable(organization, variable).await?)?;
    let level = tx.level(organization, level_ref(&row)?).await?;
    Ok((row, level))
}

fn level_ref(row: &VariableRow) -> Result<LevelRef> {
    LevelRef::parse(row.scope.code(), &row.level_id).map_err(|_| Error::Malformed("scope"))
}

/// The overrides that would hide nothing any more if `key` went from this level, in the order of their scopes.
async fn overrides_below(
    tx: &mut Tx,
    organization: OrganizationId,
    level: &Level,
    key: &str,
) -> Result<Vec<(VariableRow, Level)>> {
    let mut gone = vec![level.id()];
    let mut found = Vec::new();
    for (id, ..) in tx.definitions_below(level, key).await? {
        let (row, level) = located(tx, organization, id).await?;
        let visible = tx.variables_visible_from(&level).await?;
        let hides_another = visible.iter().any(|other| {
            other.key == key && other.scope < row.scope && !gone.contains(&other.level_id)
        });
        if row.kind == VariableKind::Override && !hides_another {
            gone.push(row.level_id.clone());
            found.push((row, level));
        }
    }
    Ok(found)
}

/// The plain overrides of a key below a level, in the order of their scopes.
async fn plain_overrides_below(
    tx: &mut Tx,
    organization: OrganizationId,
    level: &Level,
    key: &str,
) -> Result<Vec<(VariableRow, Level)>> {
    let mut found = Vec::new();
    for (id, ..) in tx.definitions_below(level, key).await? {
        let (row, level) = located(tx, organization, id).await?;
        if row.kind == VariableKind::Override && !row.secret {
            found.push((row, level));
        }
    }
    Ok(found)
}
