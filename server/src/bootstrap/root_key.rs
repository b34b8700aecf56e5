use std::path::{Path, PathBuf};

use service::store::Store;
use service::{Entropy, Service};
use vault::{RootKey, RootKeyError};

use super::{DataDir, sentence};
use crate::config::{RootKeySource, Storage};
use crate::exit::{Exit, Failure};
use crate::say;

/// The key must not lie beside what it protects: a copy of the directory would hold both.
pub fn check_place(storage: &Storage, data: &DataDir) -> Result<(), Failure> {
    let RootKeySource::File(path) = &storage.root_key else {
        return Ok(());
    };
    if resolved(path).starts_with(data.path()) {
        return Err(refused(format!(
            "The root key file {} lies in the data directory, so every copy of the data would hold its key. \
             Choose another place with --root-key-file.",
            path.display()
        )));
    }
    Ok(())
}

/// The path without links, as far as it exists.
fn resolved(path: &Path) -> PathBuf {
    if let Ok(found) = path.canonicalize() {
        return found;
    }
    let parent = path
        .parent()
        .filter(|parent| *parent != Path::new(""))
        .unwrap_or(Path::new("."));
    match (parent.canonicalize(), path.file_name()) {
        (Ok(parent), Some(name)) => parent.join(name),
        _ => std::path::absolute(path).unwrap_or_else(|_| path.to_owned()),
    }
}

/// The configured key, which must be the one of this store. Only an empty store gets a new one.
pub async fn obtain(storage: &Storage, store: &Store) -> Result<RootKey, Failure> {
    let expected = expected(store).await?;
    match (&storage.root_key, expected) {
        (RootKeySource::File(path), None) if !path.exists() => create(path),
        (source, expected) => {
            let key = read(source, expected.as_deref())?;
            compare(&key, expected.as_deref())?;
            Ok(key)
        }
    }
}

/// As [`obtain`], for `doctor`.
pub async fn inspect(storage: &Storage, store: Option<&Store>) -> Result<String, Failure> {
    let expected = match store {
        Some(store) => expected(store).await?,
        None => None,
    };
    match (&storage.root_key, expected) {
        (RootKeySource::File(path), None) if !path.exists() => Ok(format!(
            "{} will be created at the first start; keep a copy of it elsewhere",
            path.display()
        )),
        (source, expected) => {
            let key = read(source, expected.as_deref())?;
            compare(&key, expected.as_deref())?;
            let place = match source {
                RootKeySource::Given(_) => "from the environment (a file is safer)".to_owned(),
                RootKeySource::File(path) => format!("in {}", path.display()),
            };
            let fits = if expected.is_some() {
                "fits the database"
            } else {
                "will be used for the new database"
            };
            Ok(format!("key {} {place} {fits}", key.id()))
        }
    }
}

/// The id of the root key that a store belongs to.
pub async fn expected(store: &Store) -> Result<Option<String>, Failure> {
    Service::expected_root_key(store).await.map_err(|error| {
        Failure::new(
            Exit::Database,
            format!("Cannot read the database: {error}."),
        )
    })
}

fn create(path: &Path) -> Result<RootKey, Failure> {
    let key = Entropy::from_system()
        .with(|rng| RootKey::create_file(path, rng))
        .map_err(|error| refused(sentence(&error.to_string())))?;
    say::line(format!(
        "Created the root key {} in {}. Keep a copy elsewhere: without it the data cannot be read.",
        key.id(),
        path.display()
    ));
    Ok(key)
}

fn read(source: &RootKeySource, expected: Option<&str>) -> Result<RootKey, Failure> {
    match source {
        // A key cannot be copied, only read once more from its text.
        RootKeySource::Given(key) => {
            let text = key.to_base64();
            RootKey::from_base64(text.expose_str().unwrap_or_default())
                .map_err(|error| refused(sentence(&error.to_string())))
        }
        RootKeySource::File(path) => {
            RootKey::read_file(path).map_err(|error| unreadable(&error, expected))
        }
    }
}

fn unreadable(error: &RootKeyError, expected: Option<&str>) -> Failure {
    let expects = expected
        .map(|id| format!(" This database was made with root key {id}; nothing was changed."))
        .unwrap_or_default();
    refused(format!("{}{expects}", sentence(&error.to_string())))
}

fn compare(key: &RootKey, expected: Option<&str>) -> Result<(), Failure> {
    let offered = key.id().to_string();
    match expected {
        Some(expected) if expected != offered => Err(refused(format!(
            "The root key does not fit this database: it was made with key {expected}, but the key offered is {offered}. Nothing was changed."
        ))),
        _ => Ok(()),
    }
}

fn refused(message: String) -> Failure {
    Failure::new(Exit::RootKey, message)
}
