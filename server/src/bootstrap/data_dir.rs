use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::exit::{Exit, Failure};

/// Mode bits that let somebody else write.
const WRITABLE_BY_OTHERS: u32 = 0o022;
/// Held by whoever works with the data; its content, a process id, is for people.
const LOCK_FILE: &str = "lock";

/// The directory everything is written to: ours alone.
#[derive(Clone, Debug)]
pub struct DataDir(PathBuf);

/// The right to work with the data, until dropped. The kernel drops it with the process, however that ends.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "the open file is the lock")] File);

impl DataDir {
    /// Creates the directory when it is missing, closed to everybody else.
    ///
    /// # Errors
    /// It cannot be created, or others could write to it.
    pub fn prepare(path: &Path) -> Result<Self, Failure> {
        match fs::DirBuilder::new().mode(0o700).create(path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                return Err(refused(format!(
                    "Cannot create the data directory {}: {error}.",
                    path.display()
                )));
            }
        }
        Self::existing(path)
    }

    /// The directory as it is.
    ///
    /// # Errors
    /// It does not exist, or others could write to it.
    pub fn existing(path: &Path) -> Result<Self, Failure> {
        let cannot = |error: io::Error| {
            refused(format!(
                "Cannot use the data directory {}: {error}.",
                path.display()
            ))
        };
        let path = path.canonicalize().map_err(cannot)?;
        let found = fs::metadata(&path).map_err(cannot)?;
        let shown = path.display();
        if !found.is_dir() {
            return Err(refused(format!(
                "The data directory {shown} is not a directory."
            )));
        }
        if found.mode() & WRITABLE_BY_OTHERS != 0 {
            let mode = found.mode() & 0o777;
            return Err(refused(format!(
                "Others can write to the data directory {shown} (mode {mode:03o}). Run: chmod 700 {shown}"
            )));
        }
        Ok(Self(path))
    }

    /// Where it is, without links.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Takes the data for this process; none when another one has it.
    ///
    /// # Errors
    /// The directory cannot be written.
    pub fn try_lock(&self) -> Result<Option<Lock>, Failure> {
        let cannot = |error: io::Error| {
            refused(format!(
                "Cannot write to the data directory {}: {error}.",
                self.0.display()
            ))
        };
        let path = self.0.join(LOCK_FILE);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)
            .map_err(cannot)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(cannot(error)),
        }
        file.set_len(0)
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(cannot)?;
        Ok(Some(Lock(file)))
    }

    /// True while another process has the data. Changes nothing.
    #[must_use]
    pub fn is_in_use(&self) -> bool {
        let lock = File::open(self.0.join(LOCK_FILE));
        lock.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    /// Takes the data for this process.
    ///
    /// # Errors
    /// Another process has it, or the directory cannot be written.
    pub fn lock(&self) -> Result<Lock, Failure> {
        self.try_lock()?.ok_or_else(|| {
            let holder = fs::read_to_string(self.0.join(LOCK_FILE)).unwrap_or_default();
            let holder = match holder.trim() {
                "" => "another process".to_owned(),
                id => format!("process {id}"),
            };
            let shown = self.0.display();
            Failure::new(Exit::Locked, format!("The data directory {shown} is in use by {holder}. Stop it first, or choose another directory with --data-dir."))
        })
    }
}

fn refused(message: String) -> Failure {
    Failure::new(Exit::DataDirectory, message)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_new_directory_is_closed_to_others() {
        let parent = tempfile::tempdir().unwrap();
        let data = DataDir::prepare(&parent.path().join("data")).unwrap();
        assert_eq!(fs::metadata(data.path()).unwrap().mode() & 0o777, 0o700);
        assert!(DataDir::prepare(data.path()).is_ok(), "and is used again");
    }

    #[test]
    fn a_directory_others_can_write_to_is_refused_with_the_command_that_helps() {
        let parent = tempfile::tempdir().unwrap();
        for mode in [0o770, 0o707, 0o722, 0o777] {
            fs::set_permissions(parent.path(), fs::Permissions::from_mode(mode)).unwrap();
            let failure = DataDir::prepare(parent.path()).unwrap_err();
            assert_eq!(failure.exit, Exit::DataDirectory);
            assert!(failure.message.contains("chmod 700"), "{}", failure.message);
        }
    }

    #[test]
    fn only_one_holds_the_lock_and_it_goes_with_its_holder() {
        let parent = tempfile::tempdir().unwrap();
        let data = DataDir::prepare(parent.path()).unwrap();
        let lock = data.lock().unwrap();
        assert!(data.is_in_use());
        let refusal = data.lock().unwrap_err();
        assert_eq!(refusal.exit, Exit::Locked);
        assert!(
            refusal
                .message
                .contains(&format!("process {}", std::process::id())),
            "{refusal}"
        );
        drop(lock);
        assert!(!data.is_in_use());
        assert!(data.try_lock().unwrap().is_some());
    }
}
