//! Mail leaves through the outbox: the row is written in the transaction that causes the mail, so that a
//! crash loses neither. A worker delivers with growing pauses and gives up after a while.

mod message;
mod transport;

pub use message::{Mail, Offer};
pub use transport::{MailError, Transport};

use uuid::Uuid;
use vault::{Place, Plaintext, Purpose, Sealed};

use crate::{
    Error, Result, Service,
    store::{OutboxRow, WriteTx},
};

/// Deliveries tried before a mail is given up.
const ATTEMPTS: u32 = 8;
/// Mails waiting at once; beyond, nothing more is accepted until some are out.
const OUTBOX_LIMIT: u32 = 10_000;
/// Mails taken in one go.
const BATCH: u32 = 50;

pub(crate) const fn place(id: Uuid) -> Place {
    Place {
        purpose: Purpose::InstanceOutbox,
        organization: None,
        table: "outbox",
        row: id,
        column: "mail",
        version: 1,
    }
}

impl Service {
    /// Puts a mail into the outbox as part of a change. It holds a usable link, so it is sealed.
    pub(crate) async fn post(&self, tx: &mut WriteTx, kind: &str, mail: &Mail) -> Result<()> {
        if tx.waiting_mails().await? >= OUTBOX_LIMIT {
            return Err(Error::refused(
                "Too many mails are waiting to be sent. Check the mail settings, then try again.",
            ));
        }
        let id = self.entropy.id(self.now());
        let ring = self.keys.instance(tx).await?;
        let text =
            Plaintext::from(serde_json::to_string(mail).map_err(|_| Error::Malformed("mail"))?);
        let sealed = tx.seal(&ring, &self.entropy, &place(id), &text)?;
        tx.insert_mail(id, kind, sealed.into_bytes(), self.now())
            .await
    }

    /// Waits until something was put into the outbox.
    pub async fn mail_is_waiting(&self) {
        self.outbox.notified().await
    }

    /// Delivers what is due. The number of mails that left.
    ///
    /// # Errors
    /// The database cannot be used; failing deliveries are not errors but tried again.
    pub async fn deliver_due_mail(&self) -> Result<u32> {
        let due = self
            .store
            .read()
            .await?
            .due_mails(self.now(), BATCH)
            .await?;
        let mut delivered = 0;
        for row in due {
            delivered += u32::from(self.deliver(row).await?);
        }
        Ok(delivered)
    }

    async fn deliver(&self, row: OutboxRow) -> Result<bool> {
        let mut reading = self.store.read().await?;
        let ring = self.keys.instance(&mut reading).await?;
        drop(reading);
        let opened =
            Sealed::from_bytes(row.mail).and_then(|sealed| ring.open(&place(row.id), &sealed));
        let mail = opened
            .map_err(|cause| Error::Integrity {
                table: "outbox",
                row: row.id.to_string(),
                cause,
            })
            .and_then(|text| {
                serde_json::from_slice::<Mail>(text.expose()).map_err(|_| Error::Malformed("mail"))
            });
        let outcome = match mail {
            Ok(mail) => self.options.transport.send(row.id, &mail).await,
            Err(error) => {
                tracing::error!(mail = %row.id, %error, "a waiting mail cannot be read");
                Err(MailError::Permanent { code: None })
            }
        };
        let mut tx = self.store.write().await?;
        let sent = match outcome {
            Ok(()) => {
                tx.mail_sent(row.id, self.now()).await?;
                true
            }
            Err(error) => {
                let attempts = row.attempts + 1;
                let again = (!error.is_permanent() && attempts < ATTEMPTS)
                    .then(|| self.now().plus_seconds(15 << (2 * attempts.min(6))));
                // Not the error's own words: a server repeats addresses in them, and whatever else it likes.
                tracing::warn!(
                    mail = %row.id,
                    attempts,
                    class = error.class(),
                    code = error.code(),
                    gives_up = again.is_none(),
                    "mail not delivered"
                );
                tx.mail_failed(row.id, again, self.now(), error.class())
                    .await?;
                false
            }
        };
        tx.commit_unaudited("mail delivery").await?;
        Ok(sent)
    }
}
