//! What people ask for: a file, a text or ticks, read and kept until it is reviewed.

use domain::{
    ApiError, EventType, HandoverId, LevelRef, OrganizationId, Scope, SubmittedValue, VariableId,
    VariableKind,
    audit::Change,
    export::{self, Exported},
    import::{Entry, EntryProblem, Format, parse},
    resolve::resolve,
};
use serde::{Deserialize, Serialize};

use super::{
    super::{VariableEdit, located, seal::open_value, with_line_feeds},
    elsewhere, may_change,
    plan::state,
};
use crate::{
    Caller, Error, Result, Service,
    audit::{EventTarget, NewEvent},
    ops::signed_in,
    store::{Chain, Tx, VariableRow, WriteTx},
};

/// What stands in a text for a value that is not shown, or not text.
const UNCHANGED: &str = "<unchanged>";

/// A file of variables, as a form sends it.
#[derive(Clone, Debug)]
pub struct ImportForm {
    /// The page's level.
    pub from: LevelRef,
    /// The scope chosen: the page's own or a wider one.
    pub scope: String,
    /// How it is written; empty to find out.
    pub format: String,
    /// The file.
    pub text: SubmittedValue,
}

/// The variables of a scope as one text, after somebody edited it.
#[derive(Clone, Debug)]
pub struct TextForm {
    /// Which project, environment or service.
    pub level: LevelRef,
    /// Stands for what the text was made from.
    pub base: String,
    /// All of its variables.
    pub text: SubmittedValue,
}

/// The variables defined at one level as a text to edit.
#[derive(Clone)]
pub struct ScopeText {
    /// As a `.env` file; [`UNCHANGED`] where there is no text to show.
    pub text: String,
    /// Stands for what the text was made from.
    pub base: String,
}

/// What is to be done with ticked variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selected {
    /// They go.
    Delete,
    /// They become secrets.
    MakeSecret,
}

impl Selected {
    /// From the button of a form.
    ///
    /// # Errors
    /// It is none of them.
    pub fn parse(word: &str) -> Result<Self, ApiError> {
        match word {
            "delete" => Ok(Self::Delete),
            "secret" => Ok(Self::MakeSecret),
            _ => Err(ApiError::BadRequest),
        }
    }
}

/// Where changes come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Source {
    File,
    Text,
    Selection,
    /// An edit that somebody else was quicker than.
    Edit,
}

/// What a row asks for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Wish {
    /// This value, whatever there is now.
    Value(String),
    /// What there is now.
    Keep,
    Remove,
    MakeSecret,
}

/// One row, as it is kept. Holds a value, so it has no Debug.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Asked {
    /// Where it stands in the file or text, from 1; 0 for ticks.
    pub line: u32,
    pub key: String,
    pub wish: Wish,
    /// What the description becomes; none keeps it.
    pub description: Option<String>,
    /// Why it cannot be done, whatever there is now.
    pub problem: Option<String>,
    /// The line where the same key stands further up.
    pub repeats: Option<u32>,
}

/// Everything asked for at once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ChangeSet {
    pub source: Source,
    pub level: LevelRef,
    /// Of a text: what it was made from. It knows nothing of what came later.
    pub base: Option<String>,
    pub rows: Vec<Asked>,
}

impl Service {
    /// Reads a file of variables and keeps it for its review.
    ///
    /// # Errors
    /// `Forbidden`, or why the file cannot be read; nothing of it is in the error.
    pub async fn read_import(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        form: ImportForm,
    ) -> Result<HandoverId> {
        let mut tx = self.store.write().await?;
        let page = tx.level(organization, form.from).await?;
        tx.may_read_level(caller, &page).await?;
        let chosen = form.scope.parse::<Scope>().ok();
        let level = chosen
            .and_then(|scope| {
                page.with_parents()
                    .into_iter()
                    .find(|one| one.scope() == scope)
            })
            .ok_or_else(|| ApiError::field("scope", "Choose a scope from the list."))?;
        let proof = may_change(&mut tx, caller, organization, level.reference()).await?;
        let entries = entries(&form.format, form.text.expose())?;
        let set = ChangeSet {
            source: Source::File,
            base: None,
            level: proof.target().reference(),
            rows: entries.into_iter().map(imported).collect(),
        };
        self.keep(tx, caller, organization, &set).await
    }

    /// The variables defined at exactly this level as a text.
    ///
    /// # Errors
    /// `NotFound` when it is not in sight, `Forbidden` without the right to change them.
    pub async fn scope_text(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        level: LevelRef,
    ) -> Result<ScopeText> {
        let mut tx = self.store.read().await?;
        let proof = may_change(&mut tx, caller, organization, level).await?;
        let rows = defined_at(&mut tx, proof.target()).await?;
        let ring = self.keys.organization(&mut tx, organization).await?;
        let values: Vec<Option<String>> = rows
            .iter()
            .map(|row| match is_text(row) {
                // A damaged value is left alone, so that the others can be edited.
                true => open_value(&ring, organization, row).ok(),
                false => None,
            })
            .collect();
        let shown: Vec<Exported<'_>> = rows
            .iter()
            .zip(&values)
            .map(|(row, value)| Exported {
                key: &row.key,
                value: Some(value.as_deref().unwrap_or(UNCHANGED)),
                description: &row.description,
            })
            .collect();
        let text = export::write(Format::Dotenv, &shown)
            .replace(&format!("='{UNCHANGED}'\n"), &format!("={UNCHANGED}\n"));
        Ok(ScopeText {
            text,
            base: state(proof.target(), &rows),
        })
    }

    /// Reads a text that is to be all the variables of a level, and keeps it for its review.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, a clash when they changed since the text was made, or why it cannot be read.
    pub async fn read_text(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        form: TextForm,
    ) -> Result<HandoverId> {
        let mut tx = self.store.write().await?;
        let proof = may_change(&mut tx, caller, organization, form.level).await?;
        let rows = defined_at(&mut tx, proof.target()).await?;
        if state(proof.target(), &rows) != form.base {
            return Err(somebody_was_here(&mut tx, proof.target()).await?);
        }
        let text = form.text.expose();
        let entries = match text.trim().is_empty() {
            true => Vec::new(),
            false => entries(Format::Dotenv.code(), text)?,
        };
        let mut asked: Vec<Asked> = entries.into_iter().map(written).collect();
        for row in &rows {
            if !asked.iter().any(|one| one.key == row.key) {
                asked.push(ticked(&row.key, Wish::Remove));
            }
        }
        let set = ChangeSet {
            source: Source::Text,
            base: Some(form.base),
            level: form.level,
            rows: asked,
        };
        self.keep(tx, caller, organization, &set).await
    }

    /// Keeps what is to be done with ticked variables of a level for its review.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, or refused when something ticked is not defined there.
    pub async fn select_variables(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        level: LevelRef,
        ticks: &[VariableId],
        what: Selected,
    ) -> Result<HandoverId> {
        let mut tx = self.store.write().await?;
        let proof = may_change(&mut tx, caller, organization, level).await?;
        let rows = defined_at(&mut tx, proof.target()).await?;
        if ticks.is_empty() {
            return Err(Error::refused("Tick at least one variable."));
        }
        let wish = match what {
            Selected::Delete => Wish::Remove,
            Selected::MakeSecret => Wish::MakeSecret,
        };
        let asked = ticks
            .iter()
            .map(|id| {
                let row = rows.iter().find(|row| row.id == *id)?;
                Some(ticked(&row.key, wish.clone()))
            })
            .collect::<Option<Vec<_>>>()
            .ok_or_else(elsewhere)?;
        let set = ChangeSet {
            source: Source::Selection,
            base: None,
            level,
            rows: asked,
        };
        self.keep(tx, caller, organization, &set).await
    }

    /// Keeps what somebody entered for a variable that somebody else changed meanwhile, to be reviewed beside that. None when
    /// a review could not hold all of it.
    ///
    /// # Errors
    /// `Forbidden`, or `NotFound` when the variable is gone.
    pub async fn keep_edit(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        form: &VariableEdit,
    ) -> Result<Option<HandoverId>> {
        let mut tx = self.store.write().await?;
        let (row, level) = located(&mut tx, organization, form.id).await?;
        let proof = may_change(&mut tx, caller, organization, level.reference()).await?;
        let moved = form
            .mount_path
            .as_ref()
            .is_some_and(|path| row.mount_path.as_ref() != Some(path));
        let interpolates = form.as_is.is_some_and(|as_is| as_is == row.interpolate);
        if form.make_secret || moved || interpolates || row.kind == VariableKind::Alias {
            return Ok(None);
        }
        let entered = form.value.as_ref().map(with_line_feeds);
        let wish = match entered {
            _ if form.set_empty => Wish::Value(String::new()),
            Some(value) if !row.secret || !value.is_empty() => Wish::Value(value),
            _ => Wish::Keep,
        };
        let set = ChangeSet {
            source: Source::Edit,
            base: None,
            level: proof.target().reference(),
            rows: vec![Asked {
                description: Some(form.description.clone()),
                ..ticked(&row.key, wish)
            }],
        };
        Ok(Some(self.keep(tx, caller, organization, &set).await?))
    }

    /// Keeps a set of changes until it is reviewed. Nothing has changed yet, so there is no event.
    async fn keep(
        &self,
        mut tx: WriteTx,
        caller: &Caller,
        organization: OrganizationId,
        set: &ChangeSet,
    ) -> Result<HandoverId> {
        let (person, _) = signed_in(caller)?;
        let id = self.hand_over(&mut tx, organization, person, set).await?;
        tx.commit_unaudited("changes under review").await?;
        Ok(id)
    }

    /// The plain values that a level sees, or defines itself, as a file. Secrets are named without their value; files are
    /// left out, and so is what is damaged.
    ///
    /// # Errors
    /// `NotFound` when it is not in sight; `Invalid` for a format that there is none of.
    pub async fn export_variables(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        level: LevelRef,
        format: &str,
        here_only: bool,
    ) -> Result<(Format, String)> {
        let format: Format = format
            .parse()
            .map_err(|_| ApiError::field("format", "Choose a format from the list."))?;
        let mut tx = self.store.write().await?;
        let level = tx.level(organization, level).await?;
        tx.may_read_level(caller, &level).await?;
        let ring = self.keys.organization(&mut tx, organization).await?;
        let rows: Vec<VariableRow> = resolve(tx.variables_visible_from(&level).await?)
            .into_iter()
            .map(|found| found.winner)
            .filter(|row| row.mount_path.is_none() && (!here_only || row.scope == level.scope()))
            .collect();
        let mut opened = Vec::with_capacity(rows.len());
        for row in &rows {
            opened.push(match row.secret {
                true => (row, None),
                false => match open_value(&ring, organization, row) {
                    Ok(value) => (row, Some(value)),
                    // It does not take the others along.
                    Err(error @ Error::Integrity { .. }) => {
                        tracing::error!(%error, "integrity failure");
                        continue;
                    }
                    Err(error) => return Err(error),
                },
            });
        }
        let exported: Vec<Exported<'_>> = opened
            .iter()
            .map(|(row, value)| Exported {
                key: &row.key,
                value: value.as_deref(),
                description: &row.description,
            })
            .collect();
        let text = export::write(format, &exported);
        let change = Change::none()
            .set("variables", opened.len())
            .set("format", format.code());
        let change = match rows.len() - opened.len() {
            0 => change,
            damaged => change.set("damaged", damaged),
        };
        tx.commit(
            caller,
            self.now(),
            Chain::Organization(organization),
            NewEvent::done(EventType::Export, EventTarget::from(&level), change),
        )
        .await?;
        Ok((format, text))
    }
}

/// The definitions of exactly this level, by key.
pub(super) async fn defined_at(tx: &mut Tx, level: &crate::Level) -> Result<Vec<VariableRow>> {
    let mut rows = tx.variables_visible_from(level).await?;
    rows.retain(|row| row.scope == level.scope());
    Ok(rows)
}

/// Is its value text that one may see and edit as such?
fn is_text(row: &VariableRow) -> bool {
    !row.secret && row.mount_path.is_none() && row.kind != VariableKind::Alias
}

fn entries(format: &str, text: &str) -> Result<Vec<Entry>, ApiError> {
    let text = text.replace("\r\n", "\n");
    let format = match format {
        "" => Format::detect(&text),
        word => word
            .parse()
            .map_err(|_| ApiError::field("format", "Choose a format from the list."))?,
    };
    parse(format, &text).map_err(|error| ApiError::field("text", error.to_string()))
}

/// A line of a file: it adds or replaces, and describes what it has a comment for.
fn imported(entry: Entry) -> Asked {
    let description = Some(entry.description.clone()).filter(|text| !text.is_empty());
    let mut asked = asked(entry);
    if asked.wish == Wish::Value(UNCHANGED.to_owned()) {
        asked.problem =
            Some("This stands for a value that is not shown. Write the value itself.".to_owned());
    }
    Asked {
        description,
        ..asked
    }
}

/// A line of the text of a scope: it says everything about its variable.
fn written(entry: Entry) -> Asked {
    let description = Some(entry.description.clone());
    let mut asked = asked(entry);
    if asked.wish == Wish::Value(UNCHANGED.to_owned()) {
        asked.wish = Wish::Keep;
    }
    Asked {
        description,
        ..asked
    }
}

fn asked(entry: Entry) -> Asked {
    let repeats = match entry.problem {
        Some(EntryProblem::Repeated { first_line }) => Some(first_line),
        _ => None,
    };
    let problem = entry.problem.filter(|_| repeats.is_none());
    Asked {
        line: entry.line,
        key: shown_key(entry.key),
        wish: Wish::Value(
            entry
                .value
                .map(SubmittedValue::into_inner)
                .unwrap_or_default(),
        ),
        description: None,
        problem: problem.map(|problem| problem.sentence()),
        repeats,
    }
}

fn ticked(key: &str, wish: Wish) -> Asked {
    Asked {
        line: 0,
        key: key.to_owned(),
        wish,
        description: None,
        problem: None,
        repeats: None,
    }
}

/// A key as far as it can be meant for one: a line that was torn apart may have a piece of a secret in its place.
fn shown_key(key: String) -> String {
    let could_be = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    match key.bytes().all(could_be) {
        true => key,
        false => String::new(),
    }
}

async fn somebody_was_here(tx: &mut Tx, level: &crate::Level) -> Result<Error> {
    let last = tx.changes_at(level, None, 1).await?;
    let who = last.first().map_or("Somebody", |row| row.by.as_str());
    Ok(Error::conflict(format!(
        "{who} changed variables here since you opened the text. Copy yours, reload the page and put it in again; nothing was saved."
    )))
}
