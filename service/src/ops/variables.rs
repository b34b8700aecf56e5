//! Variables and secrets: reading what a level sees, adding, changing, deleting.

use std::collections::{BTreeMap, HashMap};

use domain::{
    ApiError, EventType, FILE_LIMIT_BYTES, Hint, Invalid, LevelRef, MASK, MountPath,
    OrganizationId, Permission, Scope, SubmittedValue, VALUE_LIMIT_BYTES, VARIABLES_PER_SCOPE,
    VariableId, VariableKey, VariableKind,
    audit::{Change, SubTargetType},
    decide,
    interpolation::mentioned,
    parse_variable_description,
    resolve::resolve,
    view::{ScopeChoice, VariableView},
};
use vault::{Keyring, Place, Plaintext, Purpose, Sealed};

use super::not_found;
use crate::{
    Caller, Error, Granted, Level, Result, Service,
    audit::{EventTarget, NewEvent},
    authz::Target,
    permits,
    store::{Chain, Tx, VariableRow, VariableWrite, WriteTx},
};

/// Characters of a plain value that a list shows.
const LIST_CUT: usize = 300;

/// A variable to be added, as a form sends it.
#[derive(Clone, Debug)]
pub struct NewVariable {
    /// The page's level.
    pub from: LevelRef,
    /// The scope chosen: the page's own or a wider one.
    pub scope: String,
    /// The key.
    pub key: String,
    /// `plain`, `secret` or `file`.
    pub kind: String,
    /// For files: is the content a secret?
    pub secret_file: bool,
    /// The value.
    pub value: SubmittedValue,
    /// For files: where it is mounted.
    pub mount_path: String,
    /// Free text.
    pub description: String,
    /// True when the person knows that this hides a value from a wider scope.
    pub overrides: bool,
}

/// A change of a variable, as a form sends it.
#[derive(Clone, Debug)]
pub struct VariableEdit {
    /// Which.
    pub id: VariableId,
    /// The version the form was made from.
    pub version: u64,
    /// The new value; for secrets, none or empty keeps the present one.
    pub value: Option<SubmittedValue>,
    /// A secret's way to say that the value really is to become empty.
    pub set_empty: bool,
    /// Turns a plain variable into a secret. There is no way back.
    pub make_secret: bool,
    /// For files: where it is mounted.
    pub mount_path: Option<String>,
    /// Free text.
    pub description: String,
}

/// What a variables page shows.
#[derive(Clone, Debug)]
pub struct VariablesView {
    /// The level's name.
    pub name: String,
    /// The level's scope.
    pub scope: Scope,
    /// What counts here, by key.
    pub variables: Vec<VariableView>,
    /// Where something can be added from here, widest first.
    pub scopes: Vec<ScopeChoice>,
    /// By the id of one of `variables`: the wider definitions of its key that it hides, narrowest first.
    pub hidden: HashMap<VariableId, Vec<VariableView>>,
    /// By key: the keys of the plain variables here whose values mention it.
    pub mentions: BTreeMap<String, Vec<String>>,
}

/// Where a value belongs. Whether it is a secret is part of that: nobody who can write to the database makes one readable by
/// calling it plain.
fn value_place(
    organization: OrganizationId,
    variable: VariableId,
    version: u64,
    is_file: bool,
    secret: bool,
) -> Place {
    let purpose = if is_file {
        Purpose::OrganizationFile
    } else {
        Purpose::OrganizationSecret
    };
    let column = if secret { "secret value" } else { "value" };
    Place {
        purpose,
        organization: Some(organization.uuid()),
        table: "variable",
        row: variable.uuid(),
        column,
        version,
    }
}

fn hint_place(organization: OrganizationId, variable: VariableId, version: u64) -> Place {
    Place {
        column: "hint",
        ..value_place(organization, variable, version, false, true)
    }
}

fn open(ring: &Keyring, place: &Place, sealed: &[u8]) -> Result<Plaintext> {
    Sealed::from_bytes(sealed.to_vec())
        .and_then(|sealed| ring.open(place, &sealed))
        .map_err(|cause| Error::Integrity {
            table: "variable",
            row: place.row.to_string(),
            cause,
        })
}

fn open_text(ring: &Keyring, place: &Place, sealed: &[u8]) -> Result<String> {
    open(ring, place, sealed)?
        .expose_str()
        .map(str::to_owned)
        .ok_or(Error::Malformed("variable value"))
}

impl Service {
    /// What a level sees: its own definitions and those above that nothing hides.
    ///
    /// # Errors
    /// `NotFound` when the level is not in sight.
    pub async fn variables(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        level: LevelRef,
    ) -> Result<VariablesView> {
        let mut tx = self.store.read().await?;
        let level = tx.level(organization, level).await?;
        tx.may_read_level(caller, &level).await?;
        let ring = self.keys.organization(&mut tx, organization).await?;
        let locks = locks(&mut tx, caller, &level).await?;
        let rows = tx.variables_visible_from(&level).await?;
        let scopes = scope_choices(&mut tx, &level, &locks).await?;
        let mut list = VariablesView {
            name: level.name().to_owned(),
            scope: level.scope(),
            variables: Vec::with_capacity(rows.len()),
            scopes,
            hidden: HashMap::new(),
            mentions: BTreeMap::new(),
        };
        let shown = |row: &VariableRow| -> Result<VariableView> {
            let mut view = listed_view(&ring, organization, row)?;
            view.defined_here = view.scope == level.scope();
            view.locked = locks.get(&view.scope).cloned().flatten();
            Ok(view)
        };
        for resolved in resolve(rows) {
            let mut view = shown(&resolved.winner)?;
            for key in view.value.as_deref().into_iter().flat_map(mentioned) {
                list.mentions
                    .entry(key.to_owned())
                    .or_default()
                    .push(view.key.clone());
            }
            view.overrides = resolved.hidden.first().map(|hidden| hidden.scope);
            if !resolved.hidden.is_empty() {
                let hidden = resolved
                    .hidden
                    .iter()
                    .map(|row| shown(row).map(cut))
                    .collect::<Result<_>>()?;
                list.hidden.insert(view.id, hidden);
            }
            list.variables.push(cut(view));
        }
        Ok(list)
    }

    /// One variable with its whole plain value, for its form.
    ///
    /// # Errors
    /// `NotFound` when it is not in sight.
    pub async fn variable(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        variable: VariableId,
    ) -> Result<VariableView> {
        let mut tx = self.store.read().await?;
        let (row, level) = located(&mut tx, organization, variable).await?;
        tx.may_read_level(caller, &level).await?;
        let ring = self.keys.organization(&mut tx, organization).await?;
        let mut view = variable_view(&ring, organization, &row)?;
        view.locked = locks(&mut tx, caller, &level)
            .await?
            .remove(&level.scope())
            .flatten();
        view.defined_here = true;
        Ok(view)
    }

    /// Adds a variable, a secret, a file or an override.
    ///
    /// # Errors
    /// `Forbidden`, a clash, or every field that needs attention. Values never appear in any of them.
    pub async fn add_variable(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        form: NewVariable,
    ) -> Result<VariableId> {
        let mut tx = self.store.write().await?;
        let page = tx.level(organization, form.from).await?;
        tx.may_read_level(caller, &page).await?;
        let level = match form.scope.parse::<Scope>().ok().and_then(|scope| {
            page.with_parents()
                .into_iter()
                .find(|level| level.scope() == scope)
        }) {
            Some(level) => level,
            None => return Err(ApiError::field("scope", "Choose a scope from the list.").into()),
        };
        let proof = tx
            .authorize::<permits::EditVariables>(caller, level.clone())
            .await?;

        let mut invalid = Invalid::new();
        let key = invalid.check("key", VariableKey::parse(&form.key));
        let description =
            invalid.check("description", parse_variable_description(&form.description));
        let (Some(key), Some(description)) = (key, description) else {
            return Err(invalid.into_error().into());
        };
        let visible = tx.variables_visible_from(&level).await?;
        if visible
            .iter()
            .any(|row| row.key == key.as_str() && row.scope == level.scope())
        {
            return Err(ApiError::field(
                "key",
                "This key is defined here already. Edit it instead.",
            )
            .into());
        }
        let base = visible
            .iter()
            .filter(|row| row.key == key.as_str())
            .max_by_key(|row| row.scope);
        let shape = shape(&mut invalid, base, &form);
        let Some(shape) = shape else {
            return Err(invalid.into_error().into());
        };
        let value = with_line_feeds(&form.value);
        check_value(&mut invalid, &value, shape.mount_path.is_some());
        self.check_place(
            &mut tx,
            &mut invalid,
            &level,
            shape.mount_path.as_deref(),
            key.as_str(),
        )
        .await?;
        if tx.variable_count(&level).await? >= VARIABLES_PER_SCOPE {
            invalid.add(
                "key",
                "This scope has 1,000 variables already. Delete one first.",
            );
        }
        invalid.finish()?;

        let id: VariableId = self.id();
        let content = Content {
            secret: shape.secret,
            mount_path: shape.mount_path.as_deref(),
            value,
        };
        let write = self
            .sealed(
                &mut tx,
                caller,
                organization,
                id,
                1,
                &key,
                shape.kind,
                &description,
                content,
            )
            .await?;
        match tx.insert_variable(&proof, &write).await {
            Err(error) if error.is_duplicate() => {
                return Err(ApiError::field(
                    "key",
                    "This key is defined here already. Edit it instead.",
                )
                .into());
            }
            other => other?,
        }
        let change = Change::none()
            .set("key", key.as_str())
            .set("scope", level.scope().code())
            .set("kind", shape.kind.code())
            .set("secret", shape.secret);
        let change = if let Some(path) = &shape.mount_path {
            change.set("mount_path", path.as_str())
        } else {
            change
        };
        let change = if shape.secret {
            change.hidden("value")
        } else {
            change.set("value_version", 1)
        };
        self.record_variable(
            tx,
            caller,
            &proof,
            EventType::Create,
            id,
            key.as_str(),
            shape.secret,
            change,
        )
        .await?;
        Ok(id)
    }

    /// Changes a variable where it is defined.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, a clash when somebody saved meanwhile, or every field that needs attention.
    pub async fn edit_variable(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        form: VariableEdit,
    ) -> Result<()> {
        let mut tx = self.store.write().await?;
        let (before, level) = located(&mut tx, organization, form.id).await?;
        tx.may_read_level(caller, &level).await?;
        let proof = tx
            .authorize::<permits::EditVariables>(caller, level.clone())
            .await?;
        if before.version != form.version {
            return Err(Error::conflict(format!(
                "{} changed this variable meanwhile. Reload the page to see it; nothing was saved.",
                before.updated_by
            )));
        }
        let is_file = before.mount_path.is_some();
        let mut invalid = Invalid::new();
        let description =
            invalid.check("description", parse_variable_description(&form.description));
        let mount_path = match (&form.mount_path, is_file) {
            (Some(path), true) => invalid
                .check("mount_path", MountPath::parse(path))
                .map(|path| path.as_str().to_owned()),
            _ => before.mount_path.clone(),
        };
        let ring = self.keys.organization(&mut tx, organization).await?;
        let former = open_text(
            &ring,
            &value_place(
                organization,
                before.id,
                before.version,
                is_file,
                before.secret,
            ),
            &before.value,
        )?;
        let value = new_value(&former, before.secret, &form);
        check_value(&mut invalid, &value, is_file);
        self.check_place(
            &mut tx,
            &mut invalid,
            &level,
            mount_path.as_deref(),
            &before.key,
        )
        .await?;
        let Some(description) = description else {
            return Err(invalid.into_error().into());
        };
        invalid.finish()?;

        let secret = before.secret || form.make_secret;
        let value_changed = value != former;
        let change = Change::none()
            .field(
                "description",
                before.description.as_str(),
                description.as_str(),
            )
            .field("mount_path", before.mount_path.clone(), mount_path.clone())
            .field("secret", before.secret, secret);
        let change = match (value_changed, secret) {
            (false, _) => change,
            (true, true) => change.hidden("value"),
            (true, false) => change.field("value_version", before.version, before.version + 1),
        };
        if change.is_empty() {
            return Ok(());
        }
        let key = VariableKey::trusted(before.key.clone());
        let content = Content {
            secret,
            mount_path: mount_path.as_deref(),
            value,
        };
        let write = self
            .sealed(
                &mut tx,
                caller,
                organization,
                before.id,
                before.version + 1,
                &key,
                before.kind,
                &description,
                content,
            )
            .await?;
        if !tx.update_variable(&proof, &write).await? {
            return Err(Error::conflict(
                "Somebody changed this variable meanwhile. Reload the page to see it; nothing was saved.",
            ));
        }
        self.record_variable(
            tx,
            caller,
            &proof,
            EventType::Update,
            before.id,
            &before.key,
            secret,
            change,
        )
        .await
    }

    /// The overrides that would go with a variable, by the names of where they are.
    ///
    /// # Errors
    /// `NotFound` when the variable is not in sight.
    pub async fn dependants(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        variable: VariableId,
    ) -> Result<Vec<String>> {
        let mut tx = self.store.read().await?;
        let (row, level) = located(&mut tx, organization, variable).await?;
        tx.may_read_level(caller, &level).await?;
        let below = overrides_below(&mut tx, organization, &level, &row.key).await?;
        Ok(below
            .into_iter()
            .map(|(_, level)| format!("{} {}", level.scope().label(), level.name()))
            .collect())
    }

    /// Deletes a variable and the overrides that hang on it, as one change.
    ///
    /// # Errors
    /// `Forbidden` at any of their levels, `NotFound`, or a clash when it changed meanwhile.
    pub async fn delete_variable(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        variable: VariableId,
        version: u64,
    ) -> Result<()> {
        let mut tx = self.store.write().await?;
        let (row, level) = located(&mut tx, organization, variable).await?;
        tx.may_read_level(caller, &level).await?;
        let proof = tx
            .authorize::<permits::EditVariables>(caller, level.clone())
            .await?;
        if row.version != version {
            return Err(Error::conflict(format!(
                "{} changed this variable meanwhile. Reload the page to see it; nothing was deleted.",
                row.updated_by
            )));
        }
        let chain = Chain::Organization(organization);
        let mut events = vec![(chain, deletion(&level, &row))];
        for (below, level) in overrides_below(&mut tx, organization, &level, &row.key).await? {
            let proof = tx
                .authorize::<permits::EditVariables>(caller, level.clone())
                .await?;
            tx.delete_variable(&proof, below.id).await?;
            events.push((chain, deletion(&level, &below)));
        }
        if !tx.delete_variable(&proof, row.id).await? {
            return Err(ApiError::NotFound.into());
        }
        tx.commit_all(caller, self.now(), events).await
    }

    /// The plain values behind two versions of a variable, for reading the log. None where it is or became a secret.
    pub(super) async fn plain_version(
        &self,
        tx: &mut Tx,
        organization: OrganizationId,
        variable: &str,
        version: u64,
    ) -> Result<Option<String>> {
        let Some(row) = tx
            .variable_version(organization, variable, version)
            .await?
            .filter(|row| !row.secret)
        else {
            return Ok(None);
        };
        let ring = self.keys.organization(tx, organization).await?;
        let place = value_place(
            organization,
            crate::store::id(variable)?,
            row.version,
            row.is_file,
            false,
        );
        open_text(&ring, &place, &row.value).map(Some)
    }

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

    #[expect(clippy::too_many_arguments, reason = "one row's worth of fields")]
    async fn sealed<'a>(
        &self,
        tx: &mut WriteTx,
        caller: &'a Caller,
        organization: OrganizationId,
        id: VariableId,
        version: u64,
        key: &'a VariableKey,
        kind: VariableKind,
        description: &'a str,
        content: Content<'a>,
    ) -> Result<VariableWrite<'a>> {
        let ring = self.keys.organization(tx, organization).await?;
        let is_file = content.mount_path.is_some();
        // Hints exist only for stored literals: never for files, never for interpolated values.
        let hint = (content.secret && !is_file && !content.value.contains("{{"))
            .then(|| Hint::of(&content.value))
            .flatten();
        let hint = match hint {
            Some(hint) => {
                let text = Plaintext::from(
                    serde_json::to_string(&hint).map_err(|_| Error::Malformed("hint"))?,
                );
                Some(
                    tx.seal(
                        &ring,
                        &self.entropy,
                        &hint_place(organization, id, version),
                        &text,
                    )?
                    .into_bytes(),
                )
            }
            None => None,
        };
        let place = value_place(organization, id, version, is_file, content.secret);
        let value = tx
            .seal(
                &ring,
                &self.entropy,
                &place,
                &Plaintext::from(content.value),
            )?
            .into_bytes();
        Ok(VariableWrite {
            id,
            key,
            kind,
            secret: content.secret,
            mount_path: content.mount_path,
            description,
            version,
            value,
            hint,
            by: caller.name(),
            at: self.now(),
        })
    }

    #[expect(clippy::too_many_arguments, reason = "everything an event says")]
    async fn record_variable(
        &self,
        tx: WriteTx,
        caller: &Caller,
        proof: &Granted<permits::EditVariables>,
        event: EventType,
        id: VariableId,
        key: &str,
        secret: bool,
        change: Change,
    ) -> Result<()> {
        let target = EventTarget::from(proof.target()).part(part(secret), id, key);
        tx.commit(
            caller,
            self.now(),
            Chain::Organization(proof.organization().id),
            NewEvent::done(event, target, change),
        )
        .await
    }
}

/// What a variable holds, before it is sealed.
struct Content<'a> {
    secret: bool,
    mount_path: Option<&'a str>,
    value: String,
}

/// What kind of variable a form makes.
struct Shape {
    kind: VariableKind,
    secret: bool,
    mount_path: Option<String>,
}

/// An override inherits secrecy, file kind and path from what it hides; anything else is as the form says.
fn shape(invalid: &mut Invalid, base: Option<&VariableRow>, form: &NewVariable) -> Option<Shape> {
    if let Some(base) = base {
        if !form.overrides {
            let scope = base.scope.label().to_lowercase();
            invalid.add("key", format!("The {scope} defines this key already. Tick “Override” to give it another value here."));
            return None;
        }
        return Some(Shape {
            kind: VariableKind::Override,
            secret: base.secret,
            mount_path: base.mount_path.clone(),
        });
    }
    match form.kind.as_str() {
        "plain" => Some(Shape {
            kind: VariableKind::Value,
            secret: false,
            mount_path: None,
        }),
        "secret" => Some(Shape {
            kind: VariableKind::Value,
            secret: true,
            mount_path: None,
        }),
        "file" => {
            let path = invalid.check("mount_path", MountPath::parse(&form.mount_path))?;
            Some(Shape {
                kind: VariableKind::File,
                secret: form.secret_file,
                mount_path: Some(path.as_str().to_owned()),
            })
        }
        _ => {
            invalid.add("kind", "Choose a type from the list.");
            None
        }
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

/// A secret keeps its value unless a new one is entered, or emptiness is asked for by name.
fn new_value(former: &str, was_secret: bool, form: &VariableEdit) -> String {
    let submitted = form.value.as_ref().map(with_line_feeds);
    match submitted {
        _ if was_secret && form.set_empty => String::new(),
        Some(value) if was_secret && value.is_empty() => former.to_owned(),
        Some(value) if value == former.replace("\r\n", "\n") => former.to_owned(),
        Some(value) => value,
        None => former.to_owned(),
    }
}

const fn part(secret: bool) -> SubTargetType {
    if secret {
        SubTargetType::Secret
    } else {
        SubTargetType::Variable
    }
}

fn deletion(level: &Level, row: &VariableRow) -> NewEvent {
    let target = EventTarget::from(level).part(part(row.secret), row.id, &row.key);
    let change = Change::none()
        .gone("key", row.key.as_str())
        .gone("scope", row.scope.code())
        .gone("kind", row.kind.code());
    NewEvent::done(EventType::Delete, target, change)
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

/// For each scope from the project to this level: why the caller cannot change variables there, if they cannot.
async fn locks(
    tx: &mut Tx,
    caller: &Caller,
    level: &Level,
) -> Result<HashMap<Scope, Option<String>>> {
    let held = tx.grants(caller, level.organization().id).await?;
    let why = |level: &Level| match decide(&held, Permission::VariablesEdit, &level.lineage()) {
        domain::Decision::Allow(_) => None,
        domain::Decision::Deny(refusal) => Some(format!(
            "Needs “{}”: {} can do this.",
            refusal.permission.label(),
            refusal.who()
        )),
    };
    Ok(level
        .with_parents()
        .iter()
        .map(|level| (level.scope(), why(level)))
        .collect())
}

fn variable_view(
    ring: &Keyring,
    organization: OrganizationId,
    row: &VariableRow,
) -> Result<VariableView> {
    let value = match row.secret {
        true => None,
        false => Some(open_text(
            ring,
            &value_place(
                organization,
                row.id,
                row.version,
                row.mount_path.is_some(),
                false,
            ),
            &row.value,
        )?),
    };
    let hint = match &row.hint {
        Some(sealed) => {
            let text = open(ring, &hint_place(organization, row.id, row.version), sealed)?;
            Some(serde_json::from_slice(text.expose()).map_err(|_| Error::Malformed("hint"))?)
        }
        None => None,
    };
    Ok(VariableView {
        size: value.as_ref().map(String::len),
        value,
        hint,
        ..unopened(row)
    })
}

/// As [`variable_view`], for lists: one damaged value is named and does not take the others along.
fn listed_view(
    ring: &Keyring,
    organization: OrganizationId,
    row: &VariableRow,
) -> Result<VariableView> {
    match variable_view(ring, organization, row) {
        Err(error @ Error::Integrity { .. }) => {
            tracing::error!(%error, "integrity failure");
            Ok(VariableView {
                damaged: true,
                ..unopened(row)
            })
        }
        other => other,
    }
}

/// Everything about a variable that is stored in the clear.
fn unopened(row: &VariableRow) -> VariableView {
    VariableView {
        id: row.id,
        key: row.key.clone(),
        kind: row.kind,
        scope: row.scope,
        secret: row.secret,
        is_file: row.mount_path.is_some(),
        value: None,
        size: None,
        damaged: false,
        hint: None,
        mount_path: row.mount_path.clone(),
        description: row.description.clone(),
        version: row.version,
        updated_at: row.updated_at,
        updated_by: row.updated_by.clone(),
        overrides: None,
        defined_here: false,
        locked: None,
    }
}

/// As lists show it: with the beginning of a long value.
fn cut(mut view: VariableView) -> VariableView {
    if let Some(value) = &mut view.value
        && let Some((end, _)) = value.char_indices().nth(LIST_CUT)
    {
        value.truncate(end);
        value.push('…');
    }
    view
}

async fn scope_choices(
    tx: &mut Tx,
    level: &Level,
    locks: &HashMap<Scope, Option<String>>,
) -> Result<Vec<ScopeChoice>> {
    let project = level.project();
    let environments = tx.all_environments(project.organization.id).await?;
    let services = tx.all_services(project.organization.id).await?;
    let reached = |level: &Level| -> String {
        let mine = environments
            .iter()
            .filter(|environment| environment.project_id == project.id);
        match level {
            Level::Project(_) => {
                let ids: Vec<_> = mine.map(|environment| environment.id).collect();
                let count = services
                    .iter()
                    .filter(|service| ids.contains(&service.environment_id))
                    .count();
                format!(
                    "{} in {}",
                    counted(count, "service"),
                    counted(ids.len(), "environment")
                )
            }
            Level::Environment(target) => {
                let names: Vec<_> = services
                    .iter()
                    .filter(|service| service.environment_id == target.id)
                    .map(|service| service.name.as_str())
                    .collect();
                match names.len() {
                    0 => "no service yet".to_owned(),
                    1..=6 => format!("{}: {}", counted(names.len(), "service"), names.join(", ")),
                    many => counted(many, "service"),
                }
            }
            Level::Service(_) => "only here".to_owned(),
        }
    };
    Ok(level
        .with_parents()
        .iter()
        .map(|level| ScopeChoice {
            scope: level.scope(),
            name: format!("{} {}", level.scope().label(), level.name()),
            consequence: reached(level),
            locked: locks.get(&level.scope()).cloned().flatten(),
        })
        .collect())
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 {
        format!("1 {what}")
    } else {
        format!("{count} {what}s")
    }
}
