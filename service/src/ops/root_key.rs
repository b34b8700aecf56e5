//! Another root key: every key of the store is wrapped anew, none of what they seal is touched.

use std::sync::Arc;

use domain::{EventType, audit::Change};
use vault::{LayerKey, RootKey, RootKeyId};

use super::rotation::operator;
use crate::{
    Caller, Error, Result, Service,
    audit::{EventTarget, NewEvent},
    keys::rewrapped,
    store::{Chain, LayerKeyRow, WriteTx},
};

/// What came of exchanging the root key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RootRotation {
    /// The id of the root key that the store belongs to now.
    pub current: RootKeyId,
    /// Keys under the previous one before.
    pub before: u64,
    /// Keys that are not under the current one now.
    pub after: u64,
}

impl Service {
    /// Wraps every key of the store with another root key, in one transaction. Once that is done, the previous one opens
    /// nothing here any more. Doing it again changes nothing.
    ///
    /// # Errors
    /// `NotFound` for everybody but the operator. A refusal that names both ids when the store is not under `previous`,
    /// or both are one; an integrity failure when a key does not open. Nothing has changed then.
    pub async fn rotate_root_key(
        &self,
        caller: &Caller,
        current: RootKey,
        previous: RootKey,
    ) -> Result<RootRotation> {
        operator(caller)?;
        let (to, from) = (current.id(), previous.id());
        if to == from {
            return Err(Error::refused(format!(
                "The new root key and the previous one are the same, {to}. Make another one first."
            )));
        }
        // One after the other: each has to know which root key the one before it left.
        let _alone = self.rotation.root.lock().await;
        let mut tx = self.store.write().await?;
        let current = Arc::new(current);
        let before = self.rewrap_all(&mut tx, &current, &previous).await?;
        let (_, after) = tx.keys_not_under_root(&to.to_string()).await?;
        let done = RootRotation {
            current: to,
            before,
            after,
        };
        if before > 0 {
            self.keys.expect_root(Arc::clone(&current));
            tx.set_root_key(&to.to_string()).await?;
            let change = Change::none()
                .field("root_key", from.to_string(), to.to_string())
                .set("keys", before);
            let event = NewEvent::done(EventType::Rotate, EventTarget::instance(), change);
            tx.commit(caller, self.now(), Chain::Instance, event)
                .await?;
        }
        // Also when there was nothing to do: this process may have missed how the first time ended.
        self.keys.exchange_root(current);
        Ok(done)
    }

    /// How many keys were under the previous root key.
    async fn rewrap_all(
        &self,
        tx: &mut WriteTx,
        current: &RootKey,
        previous: &RootKey,
    ) -> Result<u64> {
        let mut rewrapped_keys = 0;
        for (owner, row) in tx.all_layer_keys().await? {
            if !needs_rewrapping(&row, current.id(), previous.id())? {
                continue;
            }
            let wrapped = rewrapped(&self.entropy, (previous, current), owner.into(), &row)?;
            let root = current.id().to_string();
            if !tx.rewrap_layer_key(owner, &row, wrapped, &root).await? {
                return Err(Error::Malformed("key"));
            }
            rewrapped_keys += 1;
        }
        Ok(rewrapped_keys)
    }
}

fn needs_rewrapping(row: &LayerKeyRow, current: RootKeyId, previous: RootKeyId) -> Result<bool> {
    let under = LayerKey::wrapped_by(&row.wrapped).ok_or(Error::Malformed("key"))?;
    if under == current {
        Ok(false)
    } else if under == previous {
        Ok(true)
    } else {
        Err(Error::refused(format!(
            "The previous root key does not fit: this database belongs to root key {under}, but {previous} was offered. Nothing was changed."
        )))
    }
}
