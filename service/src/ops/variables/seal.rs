use domain::{Hint, OrganizationId, VariableId, VariableKey, VariableKind};
use vault::{Keyring, Place, Plaintext, Purpose, Sealed};

use crate::{
    Caller, Error, Result, Service,
    store::{VariableWrite, WriteTx},
};

/// Where a value belongs. Whether it is a secret is part of that: nobody who can write to the database makes one readable by
/// calling it plain.
pub(super) fn value_place(
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

pub(super) fn hint_place(
    organization: OrganizationId,
    variable: VariableId,
    version: u64,
) -> Place {
    Place {
        column: "hint",
        ..value_place(organization, variable, version, false, true)
    }
}

pub(super) fn open(ring: &Keyring, place: &Place, sealed: &[u8]) -> Result<Plaintext> {
    Sealed::from_bytes(sealed.to_vec())
        .and_then(|sealed| ring.open(place, &sealed))
        .map_err(|cause| Error::Integrity {
            table: "variable",
            row: place.row.to_string(),
            cause,
        })
}

pub(super) fn open_text(ring: &Keyring, place: &Place, sealed: &[u8]) -> Result<String> {
    open(ring, place, sealed)?
        .expose_str()
        .map(str::to_owned)
        .ok_or(Error::Malformed("variable value"))
}

/// What a variable holds, before it is sealed.
pub(super) struct Content<'a> {
    pub secret: bool,
    pub mount_path: Option<&'a str>,
    pub value: String,
}

impl Service {
    #[expect(clippy::too_many_arguments, reason = "one row's worth of fields")]
    pub(super) async fn sealed<'a>(
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
}
