use domain::{
    ApiError, EventType, Invalid, MountPath, OrganizationId, SubmittedValue, VariableId,
    VariableKey, audit::Change, parse_variable_description,
};

use super::{
    check_value, located, overrides_below, part,
    seal::{Content, open_text, value_place},
    with_line_feeds,
};
use crate::{
    Caller, Error, Granted, Level, Result, Service,
    audit::{EventTarget, NewEvent},
    permits,
    store::{Chain, VariableRow, WriteTx},
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
    /// Free text.
    pub description: String,
}

impl Service {
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

    #[expect(clippy::too_many_arguments, reason = "everything an event says")]
    pub(super) async fn record_variable(
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

fn deletion(level: &Level, row: &VariableRow) -> NewEvent {
    let target = EventTarget::from(level).part(part(row.secret), row.id, &row.key);
    let change = Change::none()
        .gone("key", row.key.as_str())
        .gone("scope", row.scope.code())
        .gone("kind", row.kind.code());
    NewEvent::done(EventType::Delete, target, change)
}
