//! `gatehouse keys`: how old the keys are, new ones, and another root key. Beside a running server the order goes through
//! its socket, like those of `gatehouse admin`.

use std::path::{Path, PathBuf};

use vault::RootKeyId;

use super::{Keys, admin};
use crate::bootstrap::{self, DataDir};
use crate::config::{Config, RootKeySource};
use crate::control::{self, Order};
use crate::exit::{Exit, Failure};

/// Does what was asked about keys.
///
/// # Errors
/// There is no instance yet, a key file cannot be used, or what the instance says.
pub async fn run(config: Config, command: Keys) -> Result<(), Failure> {
    let root = present_root_key(&config).await?;
    match command {
        Keys::Status => admin::give(&config, Order::KeyStatus).await,
        Keys::Rotate {
            organization,
            instance,
        } => {
            let order = Order::RotateKeys {
                organization,
                instance,
            };
            admin::give(&config, order).await
        }
        Keys::RotateRoot {
            previous_root_key_file,
        } => rotate_root(config, root, &previous_root_key_file).await,
    }
}

/// The root key that the store belongs to; none while a server has the store, which knows by itself. Refuses where there
/// is no instance: nothing here makes one.
async fn present_root_key(config: &Config) -> Result<Option<RootKeyId>, Failure> {
    let data = DataDir::existing(&config.storage.data_dir)?;
    if data.is_in_use() {
        return Ok(None);
    }
    let root = match bootstrap::is_new(&config.storage, &data) {
        true => None,
        false => bootstrap::root_key_id(&config.storage, &data).await?,
    };
    if root.is_some() {
        return Ok(root);
    }
    Err(Failure::new(
        Exit::Failed,
        "There is no instance here yet, so there are no keys. The first start makes both.",
    ))
}

/// The configured root key is the new one. Unless a server has the store, it is opened with the one that fits.
async fn rotate_root(
    mut config: Config,
    present: Option<RootKeyId>,
    previous: &Path,
) -> Result<(), Failure> {
    bootstrap::check_key_place(&config.storage)?;
    let RootKeySource::File(current) = &config.storage.root_key else {
        return Err(needs_a_file());
    };
    let (current, previous) = (absolute(current)?, absolute(previous)?);
    let new = control::read_root_key(&current)?.id();
    control::read_root_key(&previous)?;
    let order = Order::RotateRootKey {
        current: current.clone(),
        previous: previous.clone(),
    };
    // A second time, it is the new one.
    let opener = if present == Some(new) {
        current
    } else {
        previous
    };
    config.storage.root_key = RootKeySource::File(opener);
    admin::give(&config, order).await
}

/// As a server sees it that was started elsewhere.
fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(|error| {
        Failure::new(
            Exit::RootKey,
            format!("Cannot find {}: {error}.", path.display()),
        )
    })
}

fn needs_a_file() -> Failure {
    Failure::new(
        Exit::Configuration,
        "The new root key has to be in a file here: unset GATEHOUSE_ROOT_KEY and name the file with --root-key-file.",
    )
}
