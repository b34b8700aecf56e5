//! Which keys are open, and how they came to be. The root key stays with the process; everything else is
//! wrapped in the store and unwrapped on first use.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
};

use domain::OrganizationId;
use vault::{KeyOwner, Keyring, LayerKey, OpenError, RootKey, RootKeyId};

use crate::{
    Entropy, Error, Result,
    store::{Chain, LayerKeyRow, Tx},
};

/// The root key and every keyring opened so far.
pub(crate) struct Keys {
    roots: RwLock<Roots>,
    open: RwLock<HashMap<KeyOwner, Arc<Keyring>>>,
}

/// The root key, and while it is being exchanged its successor. Between the commit of an exchange and the moment at which
/// this process learns of it, what the store holds is under the successor already.
struct Roots {
    present: Arc<RootKey>,
    expected: Option<Arc<RootKey>>,
}

impl Roots {
    /// The one that wrapped a key, as the key itself says; the present one when that is neither.
    fn of(&self, wrapped: &[u8]) -> &RootKey {
        let id = LayerKey::wrapped_by(wrapped);
        match &self.expected {
            Some(expected) if id == Some(expected.id()) => expected,
            _ => &self.present,
        }
    }
}

impl Keys {
    pub fn new(root: RootKey) -> Self {
        Self {
            roots: RwLock::new(Roots {
                present: Arc::new(root),
                expected: None,
            }),
            open: RwLock::new(HashMap::new()),
        }
    }

    pub fn root_id(&self) -> RootKeyId {
        self.roots().present.id()
    }

    fn roots(&self) -> RwLockReadGuard<'_, Roots> {
        self.roots.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens what another root key wrapped as well: the one that the store is about to be given. It stays when that comes
    /// to nothing, since a commit that seemed to fail may have happened.
    pub fn expect_root(&self, root: Arc<RootKey>) {
        let mut roots = self.roots.write().unwrap_or_else(PoisonError::into_inner);
        roots.expected = Some(root);
    }

    /// Wraps with another root key from now on: the one that the store was just given.
    pub fn exchange_root(&self, root: Arc<RootKey>) {
        let mut roots = self.roots.write().unwrap_or_else(PoisonError::into_inner);
        *roots = Roots {
            present: root,
            expected: None,
        };
    }

    /// A new layer-1 key and the row that keeps it.
    pub fn generate(
        &self,
        entropy: &Entropy,
        owner: KeyOwner,
        version: u32,
    ) -> (LayerKey, LayerKeyRow) {
        let root = Arc::clone(&self.roots().present);
        entropy.with(|rng| {
            let key = LayerKey::generate(rng, owner, version);
            let row = LayerKeyRow {
                version: i64::from(version),
                wrapped: key.wrap(&root, rng),
                checked: key.check_record(rng),
                root_key_id: root.id().to_string(),
                active: 1,
            };
            (key, row)
        })
    }

    /// Makes a key just committed usable, the first of its owner.
    pub fn adopt(&self, key: LayerKey) {
        self.adopt_ring(Keyring::new(key, Vec::new()));
    }

    /// Makes the keys of an owner usable that were just committed, in place of former ones. Whoever holds the former ring
    /// goes on with it: what it seals can be opened, and what it opens is still there.
    pub fn adopt_ring(&self, ring: Keyring) {
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        let is_newer = open
            .get(&ring.owner())
            .is_none_or(|held| held.active_version() < ring.active_version());
        // Of two rotations at once, the first may come here last.
        if is_newer {
            open.insert(ring.owner(), Arc::new(ring));
        }
    }

    /// Drops the keys of an organization that was destroyed.
    pub fn forget(&self, id: OrganizationId) {
        self.open
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&KeyOwner::Organization(id.uuid()));
    }

    pub async fn organization(&self, tx: &mut Tx, id: OrganizationId) -> Result<Arc<Keyring>> {
        self.ring(tx, KeyOwner::Organization(id.uuid())).await
    }
    pub async fn instance(&self, tx: &mut Tx) -> Result<Arc<Keyring>> {
        self.ring(tx, KeyOwner::Instance).await
    }

    /// The keys of an owner.
    pub async fn ring(&self, tx: &mut Tx, owner: KeyOwner) -> Result<Arc<Keyring>> {
        if let Some(ring) = self
            .open
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&owner)
        {
            return Ok(Arc::clone(ring));
        }
        let ring = Arc::new(self.stored(tx, owner).await?);
        // Not in place of one that came meanwhile: a reader's view may be older than a rotation.
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(open.entry(owner).or_insert(ring)))
    }

    /// The keys of an owner, the one among them that is active in the store: a rotation whose caller went away during the
    /// commit may have happened unnoticed.
    pub async fn newest(&self, tx: &mut Tx, owner: KeyOwner) -> Result<Arc<Keyring>> {
        let ring = self.ring(tx, owner).await?;
        let stored = self.stored(tx, owner).await?;
        if ring.active_version() >= stored.active_version() {
            return Ok(ring);
        }
        self.adopt_ring(stored);
        self.ring(tx, owner).await
    }

    /// The keys of an owner as this transaction sees them, newly unwrapped.
    pub async fn stored(&self, tx: &mut Tx, owner: KeyOwner) -> Result<Keyring> {
        let rows = tx.layer_keys(owner.into()).await?;
        self.unwrap(owner, &rows)
    }

    /// Unwraps every version and opens its check record, so that a wrong or damaged key is found before it is used.
    fn unwrap(&self, owner: KeyOwner, rows: &[LayerKeyRow]) -> Result<Keyring> {
        let failed = |cause| Error::Integrity {
            table: "layer_key",
            row: format!("{owner:?}"),
            cause,
        };
        let mut active = None;
        let mut older = Vec::new();
        for row in rows {
            let version =
                u32::try_from(row.version).map_err(|_| Error::Malformed("key version"))?;
            let key =
                checked_key(self.roots().of(&row.wrapped), owner, version, row).map_err(failed)?;
            if row.active == 1 {
                active = Some(key)
            } else {
                older.push(key)
            }
        }
        Ok(Keyring::new(
            active.ok_or(Error::Malformed("key: none is active"))?,
            older,
        ))
    }
}

/// A key as it is stored, unwrapped and compared with its check record.
fn checked_key(
    root: &RootKey,
    owner: KeyOwner,
    version: u32,
    row: &LayerKeyRow,
) -> Result<LayerKey, OpenError> {
    let key = LayerKey::unwrap(owner, version, root, &row.wrapped)?;
    key.verify_check(&row.checked)?;
    Ok(key)
}

/// The same key under another root key.
///
/// # Errors
/// It is not wrapped by `from`, or was altered.
pub(crate) fn rewrapped(
    entropy: &Entropy,
    (from, to): (&RootKey, &RootKey),
    owner: KeyOwner,
    row: &LayerKeyRow,
) -> Result<Vec<u8>> {
    let version = u32::try_from(row.version).map_err(|_| Error::Malformed("key version"))?;
    let key = checked_key(from, owner, version, row).map_err(|cause| Error::Integrity {
        table: "layer_key",
        row: format!("{owner}, version {version}"),
        cause,
    })?;
    Ok(entropy.with(|rng| key.wrap(to, rng)))
}

impl From<KeyOwner> for Chain {
    fn from(owner: KeyOwner) -> Self {
        match owner {
            KeyOwner::Instance => Self::Instance,
            KeyOwner::Organization(id) => Self::Organization(OrganizationId::new(id)),
        }
    }
}

impl From<Chain> for KeyOwner {
    fn from(chain: Chain) -> Self {
        match chain {
            Chain::Instance => Self::Instance,
            Chain::Organization(id) => Self::Organization(id.uuid()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    fn root(seed: u64) -> RootKey {
        RootKey::generate(&mut StdRng::seed_from_u64(seed))
    }

    /// A first key of the instance under a root key.
    fn row_under(seed: u64) -> LayerKeyRow {
        let entropy = Entropy::from_rng(StdRng::seed_from_u64(7));
        let keys = Keys::new(root(seed));
        keys.generate(&entropy, KeyOwner::Instance, 1).1
    }

    #[test]
    fn while_the_root_key_is_exchanged_keys_open_under_both() {
        let keys = Keys::new(root(1));
        let opens = |row: LayerKeyRow| keys.unwrap(KeyOwner::Instance, &[row]).is_ok();
        assert!(opens(row_under(1)) && !opens(row_under(2)));
        keys.expect_root(Arc::new(root(2)));
        assert!(opens(row_under(1)) && opens(row_under(2)));
        assert_eq!(keys.root_id(), root(1).id());
        keys.exchange_root(Arc::new(root(2)));
        assert!(!opens(row_under(1)) && opens(row_under(2)));
        assert_eq!(keys.root_id(), root(2).id());
    }
}
