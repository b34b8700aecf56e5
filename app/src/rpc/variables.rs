//! The doors of variables. Values arrive as [`SubmittedValue`], which no log and no error can print.

use std::{
    collections::{BTreeSet, HashMap},
    str::FromStr,
};

use domain::{ApiError, HandoverId, LevelRef, SubmittedValue, Timestamp, VariableId, VariableKey};
use leptos::prelude::*;
use service::ops::{
    ChangesForm, ImportForm, NewAlias, NewVariable, Selected, TextForm, VariableEdit,
    VersionRestore,
};

use crate::context::{answer, caller, flash, redirect, service};

/// An id that cannot be one names nothing.
fn id<T: FromStr>(text: &str) -> Result<T, ApiError> {
    text.parse().map_err(|_| ApiError::NotFound)
}

/// A key may be named; whatever else a form sends in its place may not.
fn told(key: &str, done: &str) -> String {
    VariableKey::parse(key).map_or_else(
        |_| format!("Variable {done}."),
        |key| format!("{key} {done}."),
    )
}

/// Back to the list the form came from.
fn return_to(back: &str) {
    redirect(if back.starts_with("/o/") { back } else { "/" })
}

/// Adds a variable, a secret, a file or an override.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "variables/add")]
pub async fn add_variable(
    organization: String,
    level_scope: String,
    level_id: String,
    #[server(default)] scope: String,
    #[server(default)] key: String,
    #[server(default)] kind: String,
    #[server(default)] secret_file: bool,
    #[server(default)] as_is: bool,
    #[server(default)] value: SubmittedValue,
    #[server(default)] mount_path: String,
    #[server(default)] description: String,
    #[server(default)] overrides: bool,
    #[server(default)] back: String,
) -> Result<(), ApiError> {
    let from = LevelRef::parse(&level_scope, &level_id).map_err(|_| ApiError::NotFound)?;
    let message = told(&key, "saved");
    let form = NewVariable {
        from,
        scope,
        key,
        kind,
        secret_file,
        as_is,
        value,
        mount_path,
        description,
        overrides,
    };
    answer(
        service()
            .add_variable(&caller(), id(&organization)?, form)
            .await,
    )
    .await?;
    flash(&message);
    return_to(&back);
    Ok(())
}

/// Adds another key for a variable.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "variables/alias")]
pub async fn add_alias(
    organization: String,
    level_scope: String,
    level_id: String,
    #[server(default)] scope: String,
    #[server(default)] key: String,
    #[server(default)] target: String,
    #[server(default)] description: String,
    #[server(default)] back: String,
) -> Result<(), ApiError> {
    let from = LevelRef::parse(&level_scope, &level_id).map_err(|_| ApiError::NotFound)?;
    let message = told(&key, "saved");
    let form = NewAlias {
        from,
        scope,
        key,
        target,
        description,
    };
    answer(
        service()
            .add_alias(&caller(), id(&organization)?, form)
            .await,
    )
    .await?;
    flash(&message);
    return_to(&back);
    Ok(())
}

/// Changes a variable where it is defined.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "variables/edit")]
pub async fn edit_variable(
    organization: String,
    variable: String,
    version: u64,
    #[server(default)] value: Option<SubmittedValue>,
    #[server(default)] set_empty: bool,
    #[server(default)] make_secret: bool,
    #[server(default)] mount_path: Option<String>,
    #[server(default)] interpolation: Option<String>,
    #[server(default)] description: String,
    #[server(default)] key: String,
    #[server(default)] back: String,
) -> Result<(), ApiError> {
    let form = VariableEdit {
        id: id(&variable)?,
        version,
        value,
        set_empty,
        make_secret,
        mount_path,
        as_is: interpolation.map(|choice| choice == "off"),
        description,
    };
    let organization = id(&organization)?;
    let entered = form.clone();
    let saved = service().edit_variable(&caller(), organization, form).await;
    match answer(saved).await {
        Ok(()) => {
            flash(&told(&key, "saved"));
            return_to(&back);
            Ok(())
        }
        Err(conflict @ ApiError::Conflict { .. }) => {
            let kept = service().keep_edit(&caller(), organization, &entered).await;
            let Ok(Some(changes)) = answer(kept).await else {
                return Err(conflict);
            };
            let page = back.split('?').next().unwrap_or_default();
            return_to(&format!("{page}?changes={changes}&meanwhile={variable}"));
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// Deletes a variable with the overrides that hang on it.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "variables/delete")]
pub async fn delete_variable(
    organization: String,
    variable: String,
    version: u64,
    #[server(default)] leave_broken: bool,
    #[server(default)] key: String,
    #[server(default)] back: String,
) -> Result<(), ApiError> {
    let (organization, variable) = (id(&organization)?, id(&variable)?);
    answer(
        service()
            .delete_variable(&caller(), organization, variable, version, leave_broken)
            .await,
    )
    .await?;
    flash(&told(&key, "deleted"));
    return_to(&back);
    Ok(())
}

/// What the names of ticks begin with.
pub const TICK: &str = "row.";

/// The review of changes, on the page they were asked for.
fn review(back: &str, changes: HandoverId) {
    let page = back.split('?').next().unwrap_or_default();
    return_to(&format!("{page}?changes={changes}"));
}

/// Reads a file of variables and goes to its review. `back` is the variables page, here and below.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "variables/read-import")]
pub async fn read_import(
    organization: String,
    level_scope: String,
    level_id: String,
    #[server(default)] scope: String,
    #[server(default)] format: String,
    #[server(default)] text: SubmittedValue,
    #[server(default)] back: String,
) -> Result<(), ApiError> {
    let form = ImportForm {
        from: LevelRef::parse(&level_scope, &level_id).map_err(|_| ApiError::NotFound)?,
        scope,
        format,
        text,
    };
    let read = service()
        .read_import(&caller(), id(&organization)?, form)
        .await;
    review(&back, answer(read).await?);
    Ok(())
}

/// Reads the text of a whole scope and goes to its review.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "variables/read-text")]
pub async fn read_text(
    organization: String,
    level_scope: String,
    level_id: String,
    #[server(default)] base: String,
    #[server(default)] text: SubmittedValue,
    #[server(default)] back: String,
) -> Result<(), ApiError> {
    let form = TextForm {
        level: LevelRef::parse(&level_scope, &level_id).map_err(|_| ApiError::NotFound)?,
        base,
        text,
    };
    let read = service()
        .read_text(&caller(), id(&organization)?, form)
        .await;
    review(&back, answer(read).await?);
    Ok(())
}

/// Goes to the review of what is to be done with ticked variables.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "variables/select")]
pub async fn select_variables(
    organization: String,
    level_scope: String,
    level_id: String,
    #[server(default)] what: String,
    #[server(default)] ticked: HashMap<String, String>,
    #[server(default)] back: String,
) -> Result<(), ApiError> {
    let level = LevelRef::parse(&level_scope, &level_id).map_err(|_| ApiError::NotFound)?;
    let mut ticks = ticked
        .keys()
        .map(|name| id(named(name)?))
        .collect::<Result<Vec<VariableId>, _>>()?;
    ticks.sort();
    let what = Selected::parse(&what)?;
    let kept = service()
        .select_variables(&caller(), id(&organization)?, level, &ticks, what)
        .await;
    review(&back, answer(kept).await?);
    Ok(())
}

/// What a tick is for. Its name begins with a letter, because a digit would make the form's fields a list.
fn named(tick: &str) -> Result<&str, ApiError> {
    tick.strip_prefix(TICK).ok_or(ApiError::BadRequest)
}

/// The places of the rows of a review that are ticked.
fn places(ticked: &HashMap<String, String>) -> Result<BTreeSet<usize>, ApiError> {
    let place = |name: &String| named(name)?.parse().map_err(|_| ApiError::BadRequest);
    ticked.keys().map(place).collect()
}

/// Does what is ticked in a review.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "variables/make-changes")]
pub async fn make_changes(
    organization: String,
    changes: String,
    #[server(default)] fingerprint: String,
    #[server(default)] take: HashMap<String, String>,
    #[server(default)] secret: HashMap<String, String>,
    #[server(default)] back: String,
) -> Result<(), ApiError> {
    let form = ChangesForm {
        changes: id(&changes)?,
        fingerprint,
        take: places(&take)?,
        secret: places(&secret)?,
    };
    let made = service()
        .make_changes(&caller(), id(&organization)?, &form)
        .await;
    let made = answer(made).await?;
    let parts = [
        (made.added, "added"),
        (made.changed, "changed"),
        (made.removed, "deleted"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    flash(&format!("Variables saved: {}.", parts.join(", ")));
    return_to(&back);
    Ok(())
}

/// Makes a variable what it was at a former version; a deleted one comes back.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "variables/restore")]
pub async fn restore_variable(
    organization: String,
    variable: String,
    version: u64,
    restore: u64,
    #[server(default)] key: String,
    #[server(default)] back: String,
) -> Result<(), ApiError> {
    let form = VersionRestore {
        variable: id(&variable)?,
        version,
        restore,
    };
    answer(
        service()
            .restore_version(&caller(), id(&organization)?, form)
            .await,
    )
    .await?;
    flash(&told(&key, &format!("restored to version {restore}")));
    return_to(&back);
    Ok(())
}

/// Restores what is defined at a place to a point in time. When the world has moved since the review, back to it: it shows
/// how things stand now.
///
/// # Errors
/// As the operation, but for a conflict.
#[server(prefix = "/rpc", endpoint = "variables/restore-place")]
pub async fn restore_place(
    organization: String,
    level_scope: String,
    level_id: String,
    point: i64,
    #[server(default)] fingerprint: String,
    #[server(default)] back: String,
) -> Result<(), ApiError> {
    let level = LevelRef::parse(&level_scope, &level_id).map_err(|_| ApiError::NotFound)?;
    let at = Timestamp::from_micros(point);
    let restored = service()
        .restore_place(&caller(), id(&organization)?, level, at, &fingerprint)
        .await;
    match answer(restored).await {
        Ok(count) => {
            let variables = if count == 1 { "variable" } else { "variables" };
            flash(&format!("{count} {variables} restored."));
            return_to(&back);
            Ok(())
        }
        Err(ApiError::Conflict { .. }) => {
            return_to(&format!("{back}?restore={point}&moved"));
            Ok(())
        }
        Err(error) => Err(error),
    }
}
