use domain::{
    ApiError, EventType, Invalid, MountPath, OrganizationId, SubmittedValue, VariableId,
    VariableKey, VariableKind, audit::Change, parse_variable_description,
};
use vault::Keyring;

use super::{
    check_mentions, check_value, event, located,
    mentions::{Reference, Web},
    overrides_below, plain_overrides_below,
    seal::{Draft, open_value},
    with_line_feeds,
};
use crate::{
    Caller, Error, Granted, Level, Result, Service,
    audit::NewEvent,
    permits,
    store::{Chain, Tx, VariableRow, WriteTx},
};

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
    /// For files: is `{{KEY}}` in it text like any other? None keeps it as it is.
    pub as_is: Option<bool>,
    /// Free text.
    pub description: String,
}

impl Service {
    /// Changes a variable where it is defined. Turning it into a secret turns its former values and its plain overrides
    /// below into secrets too, as one change.
    ///
    /// # Errors
    /// `Forbidden` at any of their levels, `NotFound`, a clash when somebody saved meanwhile, or every field that needs attention.
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
        let edited = self
            .checked_edit(&mut tx, organization, &level, &before, &form)
            .await?;
        let secret = before.secret || form.make_secret;
        let change = changes(&before, &edited, secret);
        if change.is_empty() {
            return Ok(());
        }
        let key = VariableKey::trusted(before.key.clone());
        let draft = Draft {
            id: before.id,
            version: before.version + 1,
            key: &key,
            kind: before.kind,
            secret,
            mount_path: edited.mount_path.as_deref(),
            description: &edited.description,
            interpolate: edited.interpolate,
            value: edited.value,
        };
        check_mentions(&mut tx, &level, &draft).await?;
        self.save(&mut tx, caller, &proof, draft).await?;
        let chain = Chain::Organization(organization);
        let update = event(
            EventType::Update,
            &level,
            before.id,
            &before.key,
            secret,
            change,
        );
        let mut events = vec![(chain, update)];
        if secret && !before.secret {
            self.conceal_history(&mut tx, &proof, before.id).await?;
            for below in self
                .conceal_overrides(&mut tx, caller, organization, &level, &before.key)
                .await?
            {
                events.push((chain, below));
            }
        }
        tx.commit_all(caller, self.now(), events).await
    }

    async fn checked_edit(
        &self,
        tx: &mut Tx,
        organization: OrganizationId,
        level: &Level,
        before: &VariableRow,
        form: &VariableEdit,
    ) -> Result<Edited> {
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
        let ring = self.keys.organization(tx, organization).await?;
        let (value, value_changed) = new_value(&ring, organization, before, form)?;
        check_value(&mut invalid, &value, is_file);
        self.check_place(tx, &mut invalid, level, mount_path.as_deref(), &before.key)
            .await?;
        let Some(description) = description else {
            return Err(invalid.into_error().into());
        };
        invalid.finish()?;
        Ok(Edited {
            description,
            interpolate: match (form.as_is, is_file) {
                (Some(as_is), true) => !as_is,
                _ => before.interpolate,
            },
            mount_path,
            value,
            value_changed,
        })
    }

    /// Writes the next version of a variable.
    pub(super) async fn save(
        &self,
        tx: &mut WriteTx,
        caller: &Caller,
        proof: &Granted<permits::EditVariables>,
        draft: Draft<'_>,
    ) -> Result<()> {
        let write = self
            .sealed(tx, caller, proof.organization().id, draft)
            .await?;
        if tx.update_variable(proof, &write).await? {
            return Ok(());
        }
        Err(Error::conflict(
            "Somebody changed this variable meanwhile. Reload the page to see it; nothing was saved.",
        ))
    }

    /// Turns the plain overrides of a key below a level into secrets: what stands in for a secret is one. An event for
    /// each.
    pub(super) async fn conceal_overrides(
        &self,
        tx: &mut WriteTx,
        caller: &Caller,
        organization: OrganizationId,
        level: &Level,
        key: &str,
    ) -> Result<Vec<NewEvent>> {
        let ring = self.keys.organization(tx, organization).await?;
        let mut events = Vec::new();
        for (row, level) in plain_overrides_below(tx, organization, level, key).await? {
            let proof = tx
                .authorize::<permits::EditVariables>(caller, level.clone())
                .await?;
            let draft = Draft {
                id: row.id,
                version: row.version + 1,
                key: &VariableKey::trusted(row.key.clone()),
                kind: row.kind,
                secret: true,
                mount_path: row.mount_path.as_deref(),
                description: &row.description,
                interpolate: row.interpolate,
                value: open_value(&ring, organization, &row)?,
            };
            self.save(tx, caller, &proof, draft).await?;
            self.conceal_history(tx, &proof, row.id).await?;
            let change = Change::none().field("secret", false, true);
            events.push(event(
                EventType::Update,
                &level,
                row.id,
                &row.key,
                true,
                change,
            ));
        }
        Ok(events)
    }

    /// Deletes a variable with the overrides and aliases that hang on it, as one change. Others that mention it are left
    /// without what they mention only when `leave_broken` says so.
    ///
    /// # Errors
    /// `Forbidden` at any of their levels, `NotFound`, a clash when it changed meanwhile, or refused while others mention it.
    pub async fn delete_variable(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        variable: VariableId,
        version: u64,
        leave_broken: bool,
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
        // Before anything is deleted, while it still can be seen what hangs on what.
        let web = Web::of(&mut tx, level.project()).await?;
        let below = overrides_below(&mut tx, organization, &level, &row.key).await?;
        let also: Vec<_> = below.iter().map(|(row, _)| row.level_id.clone()).collect();
        let (aliases, others): (Vec<_>, Vec<_>) = web
            .left_behind(&level, &row.key, &also)
            .into_iter()
            .partition(|one| one.is_alias);
        if !others.is_empty() && !leave_broken {
            return Err(ApiError::field("leave_broken", still_mentioned(&row.key, &others)).into());
        }
        for (below, level) in below {
            let proof = tx
                .authorize::<permits::EditVariables>(caller, level.clone())
                .await?;
            tx.delete_variable(&proof, below.id).await?;
            events.push((chain, deletion(&level, &below)));
        }
        for alias in aliases {
            let (alias, level) = located(&mut tx, organization, alias.id).await?;
            let proof = tx
                .authorize::<permits::EditVariables>(caller, level.clone())
                .await?;
            tx.delete_variable(&proof, alias.id).await?;
            events.push((chain, deletion(&level, &alias)));
        }
        if !tx.delete_variable(&proof, row.id).await? {
            return Err(ApiError::NotFound.into());
        }
        tx.commit_all(caller, self.now(), events).await
    }
}

/// What a form makes of a variable, checked.
struct Edited {
    description: String,
    interpolate: bool,
    mount_path: Option<String>,
    value: String,
    value_changed: bool,
}

fn changes(before: &VariableRow, edited: &Edited, secret: bool) -> Change {
    let change = Change::none()
        .field(
            "description",
            before.description.as_str(),
            edited.description.as_str(),
        )
        .field(
            "mount_path",
            before.mount_path.clone(),
            edited.mount_path.clone(),
        )
        .field("interpolate", before.interpolate, edited.interpolate)
        .field("secret", before.secret, secret);
    match (edited.value_changed, secret) {
        (false, _) => change,
        (true, true) => change.hidden("value"),
        (true, false) => change.field("value_version", before.version, before.version + 1),
    }
}

/// The value that a form leaves a variable with, and whether it is a new one. A secret keeps its value unless one is
/// entered, or emptiness is asked for by name.
///
/// What is entered for a secret is not compared with what is stored: it would tell whoever may change the secret, but
/// not read it, whether a guess is right. Nor is the stored one opened, so that a damaged secret can be entered again.
fn new_value(
    ring: &Keyring,
    organization: OrganizationId,
    before: &VariableRow,
    form: &VariableEdit,
) -> Result<(String, bool)> {
    // What an alias stands for is chosen once.
    let entered = form.value.as_ref().map(with_line_feeds);
    let entered = entered.filter(|_| before.kind != VariableKind::Alias);
    if before.secret && form.set_empty {
        return Ok((String::new(), true));
    }
    if before.secret
        && let Some(value) = entered.as_ref().filter(|value| !value.is_empty())
    {
        return Ok((value.clone(), true));
    }
    let former = open_value(ring, organization, before)?;
    Ok(match entered {
        Some(value) if !before.secret && value != former.replace("\r\n", "\n") => (value, true),
        _ => (former, false),
    })
}

fn still_mentioned(key: &str, by: &[Reference]) -> String {
    let names: Vec<&str> = by.iter().take(5).map(|one| one.key.as_str()).collect();
    let more = by.len() - names.len();
    let names = match more {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    };
    format!(
        "{names} would mention {key}, which is then not defined. Tick this to delete it all the same."
    )
}

fn deletion(level: &Level, row: &VariableRow) -> NewEvent {
    let change = Change::none()
        .gone("key", row.key.as_str())
        .gone("scope", row.scope.code())
        .gone("kind", row.kind.code());
    event(
        EventType::Delete,
        level,
        row.id,
        &row.key,
        row.secret,
        change,
    )
}
