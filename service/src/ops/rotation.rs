//! New keys in place of old ones. A rotation only adds a key: what comes is sealed under the new version from then on, what
//! is there stays readable under the old ones and is moved over in the background (`reencryption.rs`).

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use domain::{ApiError, EventType, OrganizationId, Timestamp, audit::Change};
use tokio::sync::Notify;
use vault::{KeyOwner, ROTATE_AFTER};

use super::not_found;
use crate::{
    Actor, Caller, Error, Result, Service,
    audit::{EventTarget, NewEvent},
    store::{ActiveKeyRow, Chain, SealedColumn, SealedRow, Tx},
};

/// Days after which a key gets a successor by itself, however little it was used.
pub const ROTATE_AFTER_DAYS: i64 = 365;

/// A sealed value, by where it is.
pub(crate) type SealedValue = (SealedColumn, SealedRow);

/// What the rotation of keys keeps in mind while the process runs.
#[derive(Default)]
pub(crate) struct Rotation {
    /// Told after a commit that made an older key of the active one.
    begun: Notify,
    /// Values that did not open, so that log and audit log name each once.
    unreadable: Mutex<HashMap<Chain, HashSet<SealedValue>>>,
    /// Root keys are exchanged one after the other.
    pub root: tokio::sync::Mutex<()>,
}

impl Rotation {
    fn unreadable(&self) -> MutexGuard<'_, HashMap<Chain, HashSet<SealedValue>>> {
        self.unreadable
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// True when nobody was told yet that this value does not open.
    pub fn is_news(&self, owner: Chain, value: &SealedValue) -> bool {
        let unreadable = self.unreadable();
        let known = unreadable.get(&owner);
        known.is_none_or(|known| !known.contains(value))
    }

    /// Remembers that somebody was told.
    pub fn told(&self, owner: Chain, value: SealedValue) {
        self.unreadable().entry(owner).or_default().insert(value);
    }

    /// Notes what a whole pass could not open, in place of what earlier ones could not.
    pub fn settle(&self, owner: Chain, unreadable: HashSet<SealedValue>) {
        self.unreadable().insert(owner, unreadable);
    }

    fn count(&self, owner: Chain) -> u64 {
        let unreadable = self.unreadable();
        unreadable
            .get(&owner)
            .map_or(0, |values| values.len() as u64)
    }
}

/// Whose keys an operator rotates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RotationScope<'a> {
    /// Everybody's.
    Everything,
    /// The instance's own: passwords, sessions, links, mail.
    Instance,
    /// Those of the organization with this slug.
    Organization(&'a str),
}

/// A key that took the place of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RotatedKey {
    /// Whose, in words.
    pub owner: String,
    /// The version that seals now.
    pub version: u32,
}

/// How things stand with the keys of one owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyStatus {
    /// Whose, in words: "the instance", or an organization's slug.
    pub owner: String,
    /// The version that seals now.
    pub version: u32,
    /// Since when it does.
    pub created_at: Timestamp,
    /// How much it has sealed.
    pub encryptions: u64,
    /// Older versions that are still needed.
    pub older: Vec<u32>,
    /// How many values there are; not counted, and none, when there is no older version.
    pub values: u64,
    /// Those that are not under the active version yet, the unreadable among them.
    pub values_left: u64,
    /// Those that did not open when this process last tried to move them, and keep their key.
    pub unreadable: u64,
    /// Sessions and links that keep an older version until they end.
    pub links_left: u64,
}

/// How things stand with all keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyReport {
    /// The id of the root key that the store belongs to.
    pub root_key_id: String,
    /// How many keys there are, of all owners and versions.
    pub keys: u64,
    /// How many of them another root key wraps. None, unless somebody meddled with the database.
    pub under_other_root: u64,
    /// The instance, then the organizations by id.
    pub owners: Vec<KeyStatus>,
}

impl Service {
    /// Gives an organization a new data key. The version that seals from now on.
    ///
    /// # Errors
    /// `NotFound` when there is no such organization, and for everybody but the operator.
    pub async fn rotate_organization_key(
        &self,
        caller: &Caller,
        organization: OrganizationId,
    ) -> Result<u32> {
        operator(caller)?;
        self.rotate(caller, Chain::Organization(organization)).await
    }

    /// Gives the instance a new key. The version that seals from now on. Sessions and links go on under the version they
    /// were made with; counters of failed sign-ins start over.
    ///
    /// # Errors
    /// `NotFound` for everybody but the operator.
    pub async fn rotate_instance_key(&self, caller: &Caller) -> Result<u32> {
        operator(caller)?;
        self.rotate(caller, Chain::Instance).await
    }

    /// Gives everybody in the scope a new key.
    ///
    /// # Errors
    /// `NotFound` when there is no such organization, and for everybody but the operator.
    pub async fn rotate_keys(
        &self,
        caller: &Caller,
        scope: RotationScope<'_>,
    ) -> Result<Vec<RotatedKey>> {
        operator(caller)?;
        let mut rotated = Vec::new();
        for (owner, name) in self.owners(scope).await? {
            match self.rotate(caller, owner).await {
                Ok(version) => rotated.push(RotatedKey {
                    owner: name,
                    version,
                }),
                // Its owner was destroyed since the list was made, and its keys with it.
                Err(Error::Api(ApiError::NotFound)) if scope == RotationScope::Everything => {}
                Err(error) => return Err(error),
            }
        }
        Ok(rotated)
    }

    /// Whose keys these are, each with its name.
    async fn owners(&self, scope: RotationScope<'_>) -> Result<Vec<(Chain, String)>> {
        let mut tx = self.store.read().await?;
        let owners = match scope {
            RotationScope::Instance => vec![Chain::Instance],
            RotationScope::Organization(slug) => {
                let target = not_found(tx.organization_by_slug(slug).await?)?;
                vec![Chain::Organization(target.id)]
            }
            RotationScope::Everything => {
                let keys = tx.active_keys().await?;
                keys.into_iter().map(|key| key.owner).collect()
            }
        };
        let mut named = Vec::with_capacity(owners.len());
        for owner in owners {
            let name = name_of(&mut tx, owner).await?;
            named.push((owner, name));
        }
        Ok(named)
    }

    /// Rotates the keys that are due: a year old, or used a quarter as often as is safe. How many there were. One that
    /// cannot be rotated is named in the log and does not keep the others.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn rotate_due_keys(&self) -> Result<u32> {
        let now = self.now();
        let keys = self.store.read().await?.active_keys().await?;
        let mut rotated = 0;
        for key in keys.iter().filter(|key| is_due(key, now)) {
            let caller = Caller::system("rotation of a key that was due", self.request_id());
            match self.rotate(&caller, key.owner).await {
                Ok(_) => rotated += 1,
                Err(error) => {
                    tracing::error!(owner = %KeyOwner::from(key.owner), %error, "a key could not be rotated");
                }
            }
        }
        Ok(rotated)
    }

    /// One transaction: the next version becomes the active one.
    async fn rotate(&self, caller: &Caller, owner: Chain) -> Result<u32> {
        let now = self.now();
        let mut tx = self.store.write().await?;
        let target = event_target(&mut tx, owner).await?;
        let former = self.keys.newest(&mut tx, owner.into()).await?;
        let (before, after) = (former.active_version(), former.active_version() + 1);
        let (key, row) = self.keys.generate(&self.entropy, owner.into(), after);
        tx.retire_layer_key(owner).await?;
        tx.insert_layer_key(owner, &row, now).await?;
        let change = Change::none().field("key_version", before, after);
        let event = NewEvent::done(EventType::Rotate, target, change);
        tx.commit(caller, now, owner, event).await?;
        self.keys.adopt_ring(former.rotated(key));
        self.rotation.begun.notify_one();
        Ok(after)
    }

    /// Waits until a key was rotated.
    pub async fn key_was_rotated(&self) {
        self.rotation.begun.notified().await
    }

    /// How things stand with all keys. Changes nothing.
    ///
    /// # Errors
    /// `NotFound` for everybody but the operator; the database cannot be read.
    pub async fn key_report(&self, caller: &Caller) -> Result<KeyReport> {
        operator(caller)?;
        let mut tx = self.store.read().await?;
        let root_key_id = self.keys.root_id().to_string();
        let (keys, under_other_root) = tx.keys_not_under_root(&root_key_id).await?;
        let mut owners = Vec::new();
        for key in tx.active_keys().await? {
            let unreadable = self.rotation.count(key.owner);
            owners.push(status(&mut tx, &key, unreadable).await?);
        }
        Ok(KeyReport {
            root_key_id,
            keys,
            under_other_root,
            owners,
        })
    }
}

/// Nobody else has a say in keys: no role has a permission for it.
pub(super) fn operator(caller: &Caller) -> Result<()> {
    match caller.actor {
        Actor::System(_) => Ok(()),
        Actor::Person(_) | Actor::Nobody => Err(Error::Api(ApiError::NotFound)),
    }
}

fn is_due(key: &ActiveKeyRow, now: Timestamp) -> bool {
    key.encryptions >= ROTATE_AFTER || key.created_at <= now.plus_days(-ROTATE_AFTER_DAYS)
}

/// What the log says of an owner of keys.
pub(super) async fn event_target(tx: &mut Tx, owner: Chain) -> Result<EventTarget> {
    Ok(match owner {
        Chain::Instance => EventTarget::instance(),
        Chain::Organization(id) => {
            let (_, name) = not_found(tx.key_owner_name(id).await?)?;
            EventTarget::organization(id, &name)
        }
    })
}

async fn name_of(tx: &mut Tx, owner: Chain) -> Result<String> {
    Ok(match owner {
        Chain::Instance => "the instance".to_owned(),
        Chain::Organization(id) => not_found(tx.key_owner_name(id).await?)?.0,
    })
}

async fn status(tx: &mut Tx, key: &ActiveKeyRow, unreadable: u64) -> Result<KeyStatus> {
    let version = crate::store::small(key.version);
    let rows = tx.layer_keys(key.owner).await?;
    let older: Vec<u32> = rows
        .iter()
        .filter(|row| row.active == 0)
        .map(|row| crate::store::small(row.version))
        .collect();
    let (mut values_in_all, mut values_left, mut links_left) = (0, 0, 0);
    // Without an older version there is nothing to count, and counting reads every row.
    if !older.is_empty() {
        let mut values = tx.values_by_key_version(key.owner).await?;
        values_in_all = values.values().sum();
        values.remove(&Some(version));
        let mut links = tx.links_by_key_version(key.owner).await?;
        links.remove(&version);
        (values_left, links_left) = (values.values().sum(), links.values().sum());
    }
    Ok(KeyStatus {
        owner: name_of(tx, key.owner).await?,
        version,
        created_at: key.created_at,
        encryptions: key.encryptions,
        // What does not open is left, so there is none without an older version, or more of it than is left.
        unreadable: unreadable.min(values_left),
        older,
        values: values_in_all,
        values_left,
        links_left,
    })
}
