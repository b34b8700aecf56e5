//! From a checked configuration to an open instance: data directory, lock, root key, mail, store. Every refusal
//! leaves everything as it was.

mod data_dir;
mod root_key;

use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use service::mail::Transport;
use service::store::{MigrationState, Store};
use service::{Clock, Entropy, OpenError, Options, Service, SystemClock};
use vault::{RootKeyId, password::PasswordParameters};

pub use data_dir::{DataDir, Lock};

use crate::config::{Config, Mail, PublicUrl, Storage};
use crate::exit::{Exit, Failure};

/// The SQLite file in the data directory.
const DATABASE_FILE: &str = "gatehouse.db";
/// Where mails go without a mail server.
const OUTBOX: &str = "outbox";

/// Opens the store of a locked data directory. `bound` is the address it will be served at.
///
/// # Errors
/// A sentence and a number for everything that can be wrong.
pub async fn open(
    config: &Config,
    data: &DataDir,
    lock: &Lock,
    bound: SocketAddr,
) -> Result<Service, Failure> {
    open_at(
        config,
        data,
        lock,
        bound,
        Arc::new(SystemClock),
        PasswordParameters::default(),
    )
    .await
}

/// As [`open`], with another clock and other costs of a password, for writing sample data.
///
/// # Errors
/// As [`open`].
pub async fn open_at(
    config: &Config,
    data: &DataDir,
    _lock: &Lock,
    bound: SocketAddr,
    clock: Arc<dyn Clock>,
    passwords: PasswordParameters,
) -> Result<Service, Failure> {
    let public_url = config.web.public_url(bound).to_string();
    let transport = transport(&config.mail, data, &config.web.public_url(bound))?;
    root_key::check_place(&config.storage, data)?;
    prepare_file(&config.storage, data)?;
    let store = connect(&database_url(&config.storage, data)).await?;
    let root = root_key::obtain(&config.storage, &store).await?;
    let options = Options {
        public_url,
        transport,
        passwords,
    };
    Service::open(store, root, clock, Entropy::from_system(), options)
        .await
        .map_err(cannot_open)
}

/// Connects, and makes sure that this program may touch what it finds.
///
/// # Errors
/// Unreachable, damaged or newer.
pub async fn connect(url: &str) -> Result<Store, Failure> {
    let unreachable = |error: service::Error| {
        Failure::new(
            Exit::Database,
            format!("Cannot open the database: {error}."),
        )
    };
    let store = Store::connect(url).await.map_err(unreachable)?;
    match store.migration_state().await.map_err(unreachable)? {
        MigrationState::Newer => Err(cannot_open(OpenError::Newer)),
        MigrationState::Empty | MigrationState::Behind | MigrationState::Current => Ok(store),
    }
}

/// The configured database, or the file in the data directory.
#[must_use]
pub fn database_url(storage: &Storage, data: &DataDir) -> String {
    match &storage.database_url {
        Some(url) => url.expose().to_owned(),
        None => Store::sqlite_url(&data.path().join(DATABASE_FILE)),
    }
}

/// True when the database is a file in the data directory that does not exist yet.
#[must_use]
pub fn is_new(storage: &Storage, data: &DataDir) -> bool {
    storage.database_url.is_none() && !data.path().join(DATABASE_FILE).exists()
}

/// What is known of the root key beside this store, in a sentence. Changes nothing.
///
/// # Errors
/// What [`open`] would refuse.
pub async fn inspect_root_key(
    storage: &Storage,
    data: &DataDir,
    store: Option<&Store>,
) -> Result<String, Failure> {
    root_key::check_place(storage, data)?;
    root_key::inspect(storage, store).await
}

/// Makes sure that the root key does not lie beside the data.
///
/// # Errors
/// It does.
pub fn check_key_place(storage: &Storage) -> Result<(), Failure> {
    root_key::check_place(storage, &DataDir::existing(&storage.data_dir)?)
}

/// The root key that an existing store belongs to; none for an empty one.
///
/// # Errors
/// The database cannot be read.
pub async fn root_key_id(storage: &Storage, data: &DataDir) -> Result<Option<RootKeyId>, Failure> {
    let store = connect(&database_url(storage, data)).await?;
    let expected = root_key::expected(&store).await;
    store.close().await;
    Ok(expected?.and_then(|id| id.parse().ok()))
}

/// How mail will leave.
///
/// # Errors
/// The mail settings cannot be used, or the folder cannot be made.
pub fn transport(
    mail: &Mail,
    data: &DataDir,
    public_url: &PublicUrl,
) -> Result<Transport, Failure> {
    let from = mail
        .from
        .clone()
        .unwrap_or_else(|| default_sender(public_url));
    let refused = |reason: String| {
        Failure::new(
            Exit::Configuration,
            format!("The mail settings need attention: {reason}."),
        )
    };
    if let Some(url) = &mail.smtp_url {
        return Transport::smtp(url.expose(), &from).map_err(refused);
    }
    let folder = outbox(data);
    private_directory(&folder).map_err(|error| {
        Failure::new(
            Exit::DataDirectory,
            format!("Cannot create {}: {error}.", folder.display()),
        )
    })?;
    Transport::folder(folder, &from).map_err(refused)
}

/// Where mails go without a mail server.
#[must_use]
pub fn outbox(data: &DataDir) -> PathBuf {
    data.path().join(OUTBOX)
}

fn default_sender(public_url: &PublicUrl) -> String {
    let named = public_url.host().parse::<std::net::Ipv4Addr>().is_err()
        && !public_url.host().starts_with('[');
    let host = if named {
        public_url.host()
    } else {
        "localhost"
    };
    format!("Gatehouse <no-reply@{host}>")
}

fn private_directory(path: &Path) -> std::io::Result<()> {
    match std::fs::DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        other => other,
    }
}

/// SQLite gives its log files the rights of the database file, which it would create readable by everybody.
fn prepare_file(storage: &Storage, data: &DataDir) -> Result<(), Failure> {
    if storage.database_url.is_some() {
        return Ok(());
    }
    let path = data.path().join(DATABASE_FILE);
    let opened = std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(&path);
    opened.map(drop).map_err(|error| {
        Failure::new(
            Exit::DataDirectory,
            format!("Cannot write {}: {error}.", path.display()),
        )
    })
}

fn cannot_open(error: OpenError) -> Failure {
    let exit = match error {
        OpenError::Newer => Exit::NewerSchema,
        OpenError::WrongRootKey { .. } => Exit::RootKey,
        OpenError::Database(_) | OpenError::Damaged | OpenError::Key(_) => Exit::Database,
    };
    Failure::new(exit, sentence(&error.to_string()))
}

/// A message of a library as a sentence.
pub fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters
        .next()
        .map(|first| first.to_uppercase().to_string())
        .unwrap_or_default();
    format!("{first}{}.", characters.as_str().trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_become_sentences() {
        assert_eq!(sentence("the key is gone"), "The key is gone.");
        assert_eq!(sentence("Run: chmod."), "Run: chmod.");
        assert_eq!(sentence(""), ".");
    }
}
