use std::collections::HashMap;

use domain::{OrganizationId, Timestamp};
use sqlx::{Any, AnyConnection, Transaction};
use vault::{KeyOwner, Keyring, Place, Plaintext, Sealed};

use super::health::Health;
use crate::{Caller, Entropy, Error, Result, audit::NewEvent};

/// Most encryptions under one key; beyond, random nonces are no longer safe (NIST SP 800-38D), and we refuse earlier.
const ENCRYPTION_LIMIT: i64 = (1 << 32) - (1 << 20);

/// Which audit chain something belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Chain {
    /// Events that belong to no organization: unknown accounts, the first start.
    Instance,
    /// An organization's own.
    Organization(OrganizationId),
}

impl Chain {
    pub(super) fn owner(self) -> String {
        match self {
            Self::Instance => "instance".to_owned(),
            Self::Organization(id) => id.to_string(),
        }
    }
}

/// A transaction that reads.
pub struct Tx {
    inner: Transaction<'static, Any>,
}

impl Tx {
    pub(super) const fn new(inner: Transaction<'static, Any>) -> Self {
        Self { inner }
    }
    pub(super) fn connection(&mut self) -> &mut AnyConnection {
        &mut self.inner
    }
}

/// A transaction that writes. Dropping it undoes everything; keeping the changes takes an event.
pub struct WriteTx {
    tx: Tx,
    health: Health,
    encryptions: HashMap<(String, u32), i64>,
    moment: Option<Timestamp>,
}

impl std::ops::Deref for WriteTx {
    type Target = Tx;
    fn deref(&self) -> &Tx {
        &self.tx
    }
}
impl std::ops::DerefMut for WriteTx {
    fn deref_mut(&mut self) -> &mut Tx {
        &mut self.tx
    }
}

impl WriteTx {
    pub(super) fn new(tx: Tx, health: Health) -> Self {
        Self {
            tx,
            health,
            encryptions: HashMap::new(),
            moment: None,
        }
    }
    /// When this change happens: one moment for all of it, so that a place never was in between.
    pub fn moment(&mut self, now: Timestamp) -> Timestamp {
        *self.moment.get_or_insert(now)
    }
    #[cfg(test)]
    pub(super) const fn health(&self) -> &Health {
        &self.health
    }

    /// Encrypts something that this transaction stores, and counts it against the key's limit.
    ///
    /// # Errors
    /// Too large.
    pub fn seal(
        &mut self,
        keyring: &Keyring,
        entropy: &Entropy,
        place: &Place,
        text: &Plaintext,
    ) -> Result<Sealed> {
        let owner = match keyring.owner() {
            KeyOwner::Instance => Chain::Instance.owner(),
            KeyOwner::Organization(id) => id.to_string(),
        };
        *self
            .encryptions
            .entry((owner, keyring.active_version()))
            .or_default() += 1;
        entropy
            .with(|rng| keyring.seal(rng, place, text))
            .map_err(Error::Seal)
    }

    /// The only way to keep the changes: the event is part of them.
    ///
    /// # Errors
    /// The event could not be written, or the commit failed: nothing has changed then.
    pub async fn commit(
        self,
        caller: &Caller,
        now: Timestamp,
        chain: Chain,
        event: NewEvent,
    ) -> Result<()> {
        self.commit_all(caller, now, vec![(chain, event)]).await
    }

    /// [`commit`](Self::commit) with an event for each of several chains, or several for one.
    ///
    /// # Errors
    /// Like [`commit`](Self::commit); also when there is no event at all.
    pub async fn commit_all(
        mut self,
        caller: &Caller,
        now: Timestamp,
        events: Vec<(Chain, NewEvent)>,
    ) -> Result<()> {
        if events.is_empty() {
            return Err(Error::Internal("a change without an event".to_owned()));
        }
        for (chain, event) in &events {
            self.append_event(caller, now, *chain, event).await?;
        }
        self.finish().await
    }

    /// Keeps bookkeeping that nobody audits. `why` says what kind; a test lists the callers.
    ///
    /// # Errors
    /// The commit failed.
    pub async fn commit_unaudited(self, why: &'static str) -> Result<()> {
        tracing::trace!(why, "bookkeeping");
        self.finish().await
    }

    async fn finish(mut self) -> Result<()> {
        for ((owner, version), count) in std::mem::take(&mut self.encryptions) {
            let (total,): (i64,) = sqlx::query_as(
                "update layer_key set encryptions = encryptions + $3 where owner = $1 and version = $2 returning encryptions",
            )
            .bind(owner)
            .bind(i64::from(version))
            .bind(count)
            .fetch_one(self.connection())
            .await?;
            if total > ENCRYPTION_LIMIT {
                return Err(Error::refused(
                    "This key has sealed as much as it safely can. Rotate it: gatehouse keys rotate.",
                ));
            }
        }
        self.health.committed(self.tx.inner.commit().await)
    }
}
