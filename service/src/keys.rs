//! Which keys are open, and how they came to be. The root key stays with the process; everything else is
//! wrapped in the store and unwrapped on first use.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use domain::OrganizationId;
use vault::{KeyOwner, Keyring, LayerKey, RootKey, RootKeyId};

use crate::{
    Entropy, Error, Result,
    store::{Chain, LayerKeyRow, Tx},
};

/// The root key and every keyring opened so far.
pub(crate) struct Keys {
    root: RootKey,
    open: RwLock<HashMap<KeyOwner, Arc<Keyring>>>,
}

impl Keys {
    pub fn new(root: RootKey) -> Self {
        Self {
            root,
            open: RwLock::new(HashMap::new()),
        }
    }

    pub fn root_id(&self) -> RootKeyId {
        self.root.id()
    }

    /// A new layer-1 key and the row that keeps it.
    pub fn generate(
        &self,
        entropy: &Entropy,
        owner: KeyOwner,
        version: u32,
    ) -> (LayerKey, LayerKeyRow) {
        entropy.with(|rng| {
            let key = LayerKey::generate(rng, owner, version);
            let row = LayerKeyRow {
                version: i64::from(version),
                wrapped: key.wrap(&self.root, rng),
                checked: key.check_record(rng),
                root_key_id: self.root.id().to_string(),
                active: 1,
            };
            (key, row)
        })
    }

    /// Makes a key just committed usable.
    pub fn adopt(&self, key: LayerKey) {
        let owner = key.owner();
        self.open
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(owner, Arc::new(Keyring::new(key, Vec::new())));
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

    async fn ring(&self, tx: &mut Tx, owner: KeyOwner) -> Result<Arc<Keyring>> {
        if let Some(ring) = self
            .open
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&owner)
        {
            return Ok(Arc::clone(ring));
        }
        let rows = tx.layer_keys(chain_of(owner)).await?;
        let ring = Arc::new(self.unwrap(owner, &rows)?);
        self.open
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(owner, Arc::clone(&ring));
        Ok(ring)
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
            let key = LayerKey::unwrap(owner, version, &self.root, &row.wrapped).map_err(failed)?;
            key.verify_check(&row.checked).map_err(failed)?;
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

const fn chain_of(owner: KeyOwner) -> Chain {
    match owner {
        KeyOwner::Instance => Chain::Instance,
        KeyOwner::Organization(id) => Chain::Organization(OrganizationId::new(id)),
    }
}
