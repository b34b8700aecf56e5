use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rand::CryptoRng;
use thiserror::Error;
use zeroize::Zeroizing;

use super::RootKey;
use crate::Plaintext;

/// A key file is 45 bytes; anything much longer is something else.
const MAX_FILE_SIZE: u64 = 1024;
/// Mode bits that let somebody else in.
const OTHERS: u32 = 0o077;

/// Why a root key file was not read or created. Every message says what to do; none shows file
/// content.
#[derive(Debug, Error)]
pub enum RootKeyError {
    /// There is no such file.
    #[error(
        "there is no root key file at {path}. Put the file there that belongs to this data, or give its path; \
         a new key cannot open existing data"
    )]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// It exists but cannot be read.
    #[error(
        "the root key file {path} cannot be read: {source}. Check the rights of the file and its directories"
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A directory, pipe or device.
    #[error("{path} is not a file. The root key is a regular file with one line of base64")]
    NotAFile {
        /// What was given.
        path: PathBuf,
    },
    /// Group or others may read or change it.
    #[error("others can access the root key file {path} (mode {mode:03o}). Run: chmod 600 {path}")]
    OpenToOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It belongs to somebody else, who could change it.
    #[error(
        "the root key file {path} belongs to user {owner}, but this is user {user}. Run: chown {user} {path}"
    )]
    ForeignOwner {
        /// The file.
        path: PathBuf,
        /// Its owner's user id.
        owner: u32,
        /// Our user id.
        user: u32,
    },
    /// It does not hold a key.
    #[error(
        "{path} is not a root key file: it must hold base64 of exactly 32 bytes (44 characters). \
         Restore the file from where you keep copies of it"
    )]
    Malformed {
        /// The file.
        path: PathBuf,
    },
    /// Something is there already, and keys are never overwritten.
    #[error("{path} exists already and is not overwritten. Move it away only if no data needs it")]
    AlreadyExists {
        /// The file.
        path: PathBuf,
    },
    /// It could not be written to the end.
    #[error(
        "the root key file {path} cannot be created: {source}. Check that its directory exists and is writable"
    )]
    NotWritten {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The process's own user id is not known, so the owner of the file cannot be compared.
    #[error(
        "the current user cannot be determined: {source}. The file system /proc must be mounted"
    )]
    UnknownUser {
        /// What the operating system said.
        source: io::Error,
    },
}

impl RootKey {
    /// Reads a key file: base64 of exactly 32 bytes in a regular file that belongs to the current
    /// user and is closed to everybody else. A symbolic link to such a file is fine.
    ///
    /// # Errors
    /// [`RootKeyError`], each with what to do about it.
    pub fn read_file(path: &Path) -> Result<Self, RootKeyError> {
        let found = fs::metadata(path).map_err(|source| unreadable(path, source))?;
        if !found.is_file() {
            // Before opening, for a pipe would block.
            return Err(RootKeyError::NotAFile { path: path.into() });
        }
        let file = File::open(path).map_err(|source| unreadable(path, source))?;
        // Asked of the open file, so that it cannot be exchanged between check and use.
        check_access(
            path,
            &file.metadata().map_err(|source| unreadable(path, source))?,
        )?;
        let text = read_text(path, file)?;
        let malformed = || RootKeyError::Malformed { path: path.into() };
        Self::from_base64(text.expose_str().ok_or_else(malformed)?).map_err(|_| malformed())
    }

    /// Creates a key file with a new key, mode 0600, and returns when file and directory are on
    /// disk. An existing file is never overwritten, and an interrupted call leaves no half-written
    /// one at `path`.
    ///
    /// # Errors
    /// [`RootKeyError::AlreadyExists`] or [`RootKeyError::NotWritten`].
    pub fn create_file(
        path: &Path,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, RootKeyError> {
        let key = Self::generate(rng);
        let mut draft = path.as_os_str().to_owned();
        draft.push(format!(".{:08x}.new", rng.next_u32()));
        write_key(path, Path::new(&draft), &key).map_err(|source| match source.kind() {
            ErrorKind::AlreadyExists => RootKeyError::AlreadyExists { path: path.into() },
            _ => RootKeyError::NotWritten {
                path: path.into(),
                source,
            },
        })?;
        Ok(key)
    }
}

fn unreadable(path: &Path, source: io::Error) -> RootKeyError {
    match source.kind() {
        ErrorKind::NotFound => RootKeyError::Missing { path: path.into() },
        _ => RootKeyError::Unreadable {
            path: path.into(),
            source,
        },
    }
}

fn check_access(path: &Path, found: &fs::Metadata) -> Result<(), RootKeyError> {
    if !found.is_file() {
        return Err(RootKeyError::NotAFile { path: path.into() });
    }
    let user = current_user().map_err(|source| RootKeyError::UnknownUser { source })?;
    if found.uid() != user {
        return Err(RootKeyError::ForeignOwner {
            path: path.into(),
            owner: found.uid(),
            user,
        });
    }
    if found.mode() & OTHERS != 0 {
        return Err(RootKeyError::OpenToOthers {
            path: path.into(),
            mode: found.mode() & 0o777,
        });
    }
    Ok(())
}

/// The effective user id. The kernel gives the directory of a process to the user it runs as.
fn current_user() -> io::Result<u32> {
    Ok(fs::metadata("/proc/self")?.uid())
}

fn read_text(path: &Path, file: File) -> Result<Plaintext, RootKeyError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_FILE_SIZE as usize + 1));
    file.take(MAX_FILE_SIZE + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| unreadable(path, source))?;
    if bytes.len() as u64 > MAX_FILE_SIZE {
        return Err(RootKeyError::Malformed { path: path.into() });
    }
    Ok(Plaintext::new(std::mem::take(&mut *bytes)))
}

/// Writes a draft beside the target and links it there: the name appears only with the whole
/// content, and a link, unlike a rename, refuses to replace what is there.
fn write_key(path: &Path, draft: &Path, key: &RootKey) -> io::Result<()> {
    let written = write_new(draft, key).and_then(|()| match fs::hard_link(draft, path) {
        // A file system without links.
        Err(error) if error.kind() != ErrorKind::AlreadyExists => write_new(path, key),
        linked => linked,
    });
    let removed = fs::remove_file(draft);
    written.and(removed)?;
    sync_directory(path)
}

fn write_new(path: &Path, key: &RootKey) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    let text = key.to_base64();
    let line = Plaintext::new([text.expose(), b"\n"].concat());
    let written = file.write_all(line.expose()).and_then(|()| file.sync_all());
    if written.is_err() {
        let _ = fs::remove_file(path); // ours and useless; the first error is the one to tell
    }
    written
}

fn sync_directory(path: &Path) -> io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use std::os::unix::fs::{PermissionsExt, chown, symlink};

    use rand::SeedableRng;
    use rand::rngs::StdRng;
    use tempfile::TempDir;

    use super::*;

    fn rng() -> StdRng {
        StdRng::seed_from_u64(1)
    }

    fn file_with(content: &[u8]) -> (TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("root.key");
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        (directory, path)
    }

    fn refusal(path: &Path) -> String {
        RootKey::read_file(path).unwrap_err().to_string()
    }

    #[test]
    fn a_created_file_is_private_complete_and_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("root.key");
        let key = RootKey::create_file(&path, &mut rng()).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::read(&path).unwrap().len(), 45);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        assert_eq!(RootKey::read_file(&path).unwrap().id(), key.id());
    }

    #[test]
    fn an_existing_file_is_never_overwritten() {
        let (directory, path) = file_with(b"precious");
        let error = RootKey::create_file(&path, &mut rng()).unwrap_err();
        assert!(matches!(error, RootKeyError::AlreadyExists { .. }));
        assert_eq!(fs::read(&path).unwrap(), b"precious");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_missing_directory_is_named_when_creating() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("nowhere/root.key");
        let error = RootKey::create_file(&path, &mut rng()).unwrap_err();
        assert!(matches!(error, RootKeyError::NotWritten { .. }));
        assert!(error.to_string().contains("nowhere/root.key"));
    }

    #[test]
    fn a_missing_file_is_refused_with_its_path() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("root.key");
        assert!(matches!(
            RootKey::read_file(&path),
            Err(RootKeyError::Missing { .. })
        ));
        assert!(refusal(&path).contains(path.to_str().unwrap()));
    }

    #[test]
    fn a_file_open_to_others_is_refused_with_the_command_that_helps() {
        for mode in [0o640, 0o620, 0o604, 0o602, 0o644, 0o666, 0o440, 0o601] {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("root.key");
            RootKey::create_file(&path, &mut rng()).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert!(
                matches!(
                    RootKey::read_file(&path),
                    Err(RootKeyError::OpenToOthers { .. })
                ),
                "{mode:o}"
            );
            assert!(refusal(&path).contains("chmod 600"), "{mode:o}");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
            assert!(RootKey::read_file(&path).is_ok());
        }
    }

    #[test]
    fn a_file_of_another_user_is_refused() {
        let (_directory, path) = file_with(b"");
        let user = current_user().unwrap();
        if chown(&path, Some(user + 1), None).is_ok() {
            assert!(refusal(&path).contains(&format!("chown {user}")));
        } else {
            // Only root may give files away; a system file then shows the same to everybody else.
            assert!(matches!(
                RootKey::read_file(Path::new("/etc/passwd")),
                Err(RootKeyError::ForeignOwner { .. })
            ));
        }
    }

    #[test]
    fn content_that_is_no_key_is_refused_and_not_repeated() {
        let long = [b'A'; 5000];
        let padded = [
            b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".as_slice(),
            &[b' '; 2000],
        ]
        .concat();
        for content in [
            b"".as_slice(),
            b"canary",
            b"\xff\xfe",
            b"Y2FuYXJ5\n",
            &long,
            &padded,
        ] {
            let (_directory, path) = file_with(content);
            let text = refusal(&path);
            assert!(text.contains("base64 of exactly 32 bytes"), "{text}");
            assert!(!text.contains("canary") && !text.contains("Y2Fu"), "{text}");
        }
    }

    #[test]
    fn a_directory_is_refused_and_a_link_to_a_good_file_is_not() {
        let directory = tempfile::tempdir().unwrap();
        assert!(matches!(
            RootKey::read_file(directory.path()),
            Err(RootKeyError::NotAFile { .. })
        ));
        let (path, link) = (
            directory.path().join("root.key"),
            directory.path().join("link"),
        );
        let key = RootKey::create_file(&path, &mut rng()).unwrap();
        symlink(&path, &link).unwrap();
        assert_eq!(RootKey::read_file(&link).unwrap().id(), key.id());
    }
}
