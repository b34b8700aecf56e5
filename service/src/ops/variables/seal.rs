use std::collections::BTreeSet;

use domain::{
    Hint, OrganizationId, VariableId, VariableKey, VariableKind, interpolation::mentioned,
};
use vault::{Keyring, Place, Plaintext, Purpose, Sealed};

use crate::{
    Caller, Error, Granted, Result, Service, permits,
    store::{Cause, VariableRow, VariableWrite, WriteTx},
};

/// Where a value belongs. Whether it is a secret is part of that: nobody who can write to the database makes one readable by
/// calling it plain.
pub(in crate::ops) fn value_place(
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

pub(in crate::ops) fn hint_place(
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

/// The present value of a variable, opened.
pub(super) fn open_value(
    ring: &Keyring,
    organization: OrganizationId,
    row: &VariableRow,
) -> Result<String> {
    let is_file = row.mount_path.is_some();
    let place = value_place(organization, row.id, row.version, is_file, row.secret);
    open_text(ring, &place, &row.value)
}

/// A state of a variable, before it is sealed.
pub(super) struct Draft<'a> {
    pub id: VariableId,
    pub version: u64,
    pub key: &'a VariableKey,
    pub kind: VariableKind,
    pub secret: bool,
    pub mount_path: Option<&'a str>,
    pub description: &'a str,
    pub interpolate: bool,
    pub value: String,
    pub cause: Cause,
}

impl Draft<'_> {
    /// The keys the value mentions, each once, in the order of keys.
    pub fn mentions(&self) -> Vec<&str> {
        if !self.interpolate {
            return Vec::new();
        }
        let keys: BTreeSet<&str> = mentioned(&self.value).collect();
        keys.into_iter().collect()
    }
    /// Hints exist only for stored literals: never for files, never for interpolated values.
    fn hint(&self) -> Option<Hint> {
        (self.secret && self.mount_path.is_none() && !self.value.contains("{{"))
            .then(|| Hint::of(&self.value))
            .flatten()
    }
}

impl Service {
    pub(super) async fn sealed<'a>(
        &self,
        tx: &mut WriteTx,
        caller: &'a Caller,
        organization: OrganizationId,
        draft: Draft<'a>,
    ) -> Result<VariableWrite<'a>> {
        let ring = self.keys.organization(tx, organization).await?;
        let (id, version) = (draft.id, draft.version);
        let hint = match draft.hint() {
            Some(hint) => {
                let text = Plaintext::from(
                    serde_json::to_string(&hint).map_err(|_| Error::Malformed("hint"))?,
                );
                let place = hint_place(organization, id, version);
                Some(tx.seal(&ring, &self.entropy, &place, &text)?.into_bytes())
            }
            None => None,
        };
        let is_file = draft.mount_path.is_some();
        let place = value_place(organization, id, version, is_file, draft.secret);
        let mentions = draft.mentions().join(" ");
        let text = Plaintext::from(draft.value);
        let value = tx.seal(&ring, &self.entropy, &place, &text)?.into_bytes();
        Ok(VariableWrite {
            id,
            key: draft.key,
            kind: draft.kind,
            secret: draft.secret,
            mount_path: draft.mount_path,
            description: draft.description,
            interpolate: draft.interpolate,
            mentions,
            version,
            value,
            hint,
            by: caller.name(),
            at: tx.moment(self.now()),
            cause: draft.cause,
        })
    }

    /// Seals every plain former value of a variable anew, as a secret. A flag alone would hide them only from whoever
    /// cannot write to the database.
    pub(super) async fn conceal_history(
        &self,
        tx: &mut WriteTx,
        proof: &Granted<permits::EditVariables>,
        variable: VariableId,
    ) -> Result<()> {
        let organization = proof.organization().id;
        let ring = self.keys.organization(tx, organization).await?;
        // One after the other: all versions of a large file together need not fit into memory.
        for version in tx.plain_versions(organization, variable).await? {
            let former = tx
                .variable_version(organization, &variable.to_string(), version)
                .await?
                .ok_or(Error::Malformed("variable version"))?;
            let place =
                |secret| value_place(organization, variable, version, former.is_file, secret);
            let text = open(&ring, &place(false), &former.value)?;
            let sealed = tx.seal(&ring, &self.entropy, &place(true), &text)?;
            tx.conceal_version(proof, variable, version, sealed.into_bytes())
                .await?;
        }
        Ok(())
    }
}
