//! What only its creator may read, for ten minutes: links nobody will mail, and the permission to tell secrets apart.

use domain::{HandoverId, OrganizationId, PersonId};
use serde::{Serialize, de::DeserializeOwned};
use vault::{Place, Plaintext, Purpose, Sealed};

use crate::{
    Error, Granted, Permit, Result, Service,
    store::{Tx, WriteTx},
};

/// How long something stays readable for its creator.
const SECONDS: i64 = 600;

pub(super) fn place(organization: OrganizationId, id: HandoverId) -> Place {
    Place {
        purpose: Purpose::OrganizationHandover,
        organization: Some(organization.uuid()),
        table: "handover",
        row: id.uuid(),
        column: "content",
        version: 1,
    }
}

impl Service {
    /// Keeps something for its creator. It is in no list, log or address.
    pub(super) async fn hand_over(
        &self,
        tx: &mut WriteTx,
        organization: OrganizationId,
        person: PersonId,
        content: &impl Serialize,
    ) -> Result<HandoverId> {
        let now = self.now();
        let id: HandoverId = self.id();
        let ring = self.keys.organization(tx, organization).await?;
        let text = serde_json::to_string(content).map_err(|_| Error::Malformed("handover"))?;
        let text = Plaintext::from(text);
        let sealed = tx.seal(&ring, &self.entropy, &place(organization, id), &text)?;
        let until = now.plus_seconds(SECONDS);
        tx.insert_handover(organization, id, person, sealed.into_bytes(), now, until)
            .await?;
        Ok(id)
    }

    /// What was kept for this person. None when it is too old, somebody else's, or kept for another purpose.
    pub(super) async fn handed_over<P: Permit, T: DeserializeOwned>(
        &self,
        tx: &mut Tx,
        proof: &Granted<P>,
        person: PersonId,
        id: HandoverId,
    ) -> Result<Option<T>> {
        let Some(sealed) = tx.handover(proof, id, person, self.now()).await? else {
            return Ok(None);
        };
        let organization = proof.organization().id;
        let ring = self.keys.organization(tx, organization).await?;
        let opened = Sealed::from_bytes(sealed)
            .and_then(|sealed| ring.open(&place(organization, id), &sealed))
            .map_err(|cause| Error::Integrity {
                table: "handover",
                row: id.to_string(),
                cause,
            })?;
        Ok(serde_json::from_slice(opened.expose()).ok())
    }
}
