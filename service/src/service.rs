use std::sync::Arc;

use domain::{RequestId, Timestamp};
use tokio::sync::Notify;
use vault::{KeyOwner, RootKey, RootKeyId, Token, password::PasswordParameters};

use crate::{
    Caller, Clock, Entropy, Error, Result,
    audit::{EventTarget, NewEvent},
    hashing::HashingQueue,
    keys::Keys,
    mail::Transport,
    ops::Rotation,
    store::{Chain, MigrationState, Store},
};

/// What the service is told by its configuration.
pub struct Options {
    /// Where people reach this instance, without a slash at the end: every mailed link starts with it.
    pub public_url: String,
    /// How mail leaves.
    pub transport: Transport,
    /// How passwords are hashed.
    pub passwords: PasswordParameters,
}

/// Why a store could not be opened. The texts are for the operator.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database does not answer.
    #[error("cannot open the database: {0}")]
    Database(Error),
    /// The schema comes from a newer program.
    #[error(
        "this database was written by a newer version of Gatehouse; install that version, nothing was changed"
    )]
    Newer,
    /// Another root key than the one the store was made with.
    #[error(
        "the root key does not fit this database: it was made with key {expected}, but the key offered is {offered}; nothing was changed"
    )]
    WrongRootKey {
        /// What the store was made with.
        expected: String,
        /// What was offered.
        offered: String,
    },
    /// The file fails the engine's own check.
    #[error("the database file is damaged: restore it from a backup")]
    Damaged,
    /// A key in the store cannot be opened.
    #[error("a key in the database cannot be opened: {0}")]
    Key(Error),
}

impl OpenError {
    /// Why reading the store failed.
    fn reading(error: Error) -> Self {
        if error.is_damage() {
            Self::Damaged
        } else {
            Self::Database(error)
        }
    }
}

/// Every use case of Gatehouse. Cheap to clone.
#[derive(Clone)]
pub struct Service(Arc<Inner>);

/// What a [`Service`] is made of. Reachable by this crate alone.
pub struct Inner {
    pub(crate) store: Store,
    pub(crate) keys: Keys,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Entropy,
    pub(crate) hashing: HashingQueue,
    pub(crate) options: Options,
    /// Told after a commit that put something into the outbox.
    pub(crate) outbox: Notify,
    pub(crate) rotation: Rotation,
}

impl std::ops::Deref for Service {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Service {
    /// Opens a store: checks the root key against it, brings the schema up to date, and on an empty store
    /// writes down which root key it belongs to.
    ///
    /// # Errors
    /// See [`OpenError`]; nothing was changed then.
    pub async fn open(
        store: Store,
        root: RootKey,
        clock: Arc<dyn Clock>,
        entropy: Entropy,
        options: Options,
    ) -> Result<Self, OpenError> {
        match store.migration_state().await.map_err(OpenError::reading)? {
            MigrationState::Newer => return Err(OpenError::Newer),
            MigrationState::Empty => {}
            MigrationState::Behind | MigrationState::Current => {
                check_root(&store, root.id()).await?;
                if !store.quick_check().await.map_err(OpenError::reading)? {
                    return Err(OpenError::Damaged);
                }
            }
        }
        store.migrate().await.map_err(OpenError::reading)?;
        let service = Self(Arc::new(Inner {
            store,
            keys: Keys::new(root),
            clock,
            entropy,
            hashing: HashingQueue::for_this_machine(),
            options,
            outbox: Notify::new(),
            rotation: Rotation::default(),
        }));
        service.initialize().await.map_err(OpenError::Key)?;
        Ok(service)
    }

    /// The root key a store was made with; none for an empty store.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn expected_root_key(store: &Store) -> Result<Option<String>> {
        if store.migration_state().await? == MigrationState::Empty {
            return Ok(None);
        }
        Ok(store
            .read()
            .await?
            .instance()
            .await?
            .map(|row| row.root_key_id))
    }

    /// Makes the instance key on an empty store; otherwise proves that every key opens.
    async fn initialize(&self) -> Result<()> {
        let mut tx = self.store.write().await?;
        if tx.instance().await?.is_none() {
            let (key, row) = self.keys.generate(&self.entropy, KeyOwner::Instance, 1);
            tx.insert_instance(self.clock.now(), &self.keys.root_id().to_string())
                .await?;
            tx.insert_layer_key(Chain::Instance, &row, self.clock.now())
                .await?;
            let caller = Caller::system("first start", self.request_id());
            let event = NewEvent::done(
                domain::EventType::Create,
                EventTarget::instance(),
                domain::audit::Change::none(),
            );
            tx.commit(&caller, self.clock.now(), Chain::Instance, event)
                .await?;
            self.keys.adopt(key);
            return Ok(());
        }
        self.keys.instance(&mut tx).await?;
        for organization in tx.organization_ids().await? {
            self.keys.organization(&mut tx, organization).await?;
        }
        Ok(())
    }

    /// A fresh one-time set-up link, while no account exists; the former one is dead. `chosen` comes from the
    /// configuration of unattended installations.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn renew_setup_link(&self, chosen: Option<Token>) -> Result<Option<String>> {
        let mut tx = self.store.write().await?;
        if tx
            .instance()
            .await?
            .is_none_or(|row| row.completed_at.is_some())
        {
            return Ok(None);
        }
        let token = chosen.unwrap_or_else(|| self.entropy.token());
        let ring = self.keys.instance(&mut tx).await?;
        tx.set_setup_hash(token.hash(&ring, SETUP)).await?;
        tx.commit_unaudited("set-up link").await?;
        Ok(Some(format!(
            "{}/setup?token={}",
            self.options.public_url,
            token.expose()
        )))
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
    /// A fresh id for a request.
    #[must_use]
    pub fn request_id(&self) -> RequestId {
        RequestId::new(self.entropy.id(self.clock.now()))
    }
    /// Finishes what is under way and closes the store.
    pub async fn close(&self) {
        self.store.close().await
    }
    /// The store itself, for checks that no use case covers.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }
    pub(crate) fn id<T: From<uuid::Uuid>>(&self) -> T {
        T::from(self.entropy.id(self.clock.now()))
    }
}

/// Labels that keep one kind of token from being used as another.
pub(crate) const SETUP: &str = "setup";
pub(crate) const SESSION: &str = "session";
pub(crate) const INVITATION: &str = "invitation";

async fn check_root(store: &Store, offered: RootKeyId) -> Result<(), OpenError> {
    let instance = async { store.read().await?.instance().await }
        .await
        .map_err(OpenError::reading)?;
    match instance {
        Some(row) if row.root_key_id != offered.to_string() => Err(OpenError::WrongRootKey {
            expected: row.root_key_id,
            offered: offered.to_string(),
        }),
        _ => Ok(()),
    }
}
