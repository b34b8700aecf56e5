use std::array;
use std::fmt;
use std::sync::{Arc, OnceLock};

use hmac::{Hmac, Mac};
use rand::CryptoRng;
use sha2::Sha256;

use crate::cipher::{Cipher, KeyBytes};
use crate::envelope::{self, Sealed, length_prefix};
use crate::{KeyOwner, LayerKey, OpenError, Place, Plaintext, Purpose, SealError};

/// After this many encryptions under one key version a new one is due, a quarter of what NIST SP
/// 800-38D allows with random nonces. Counting is the store's part.
pub const ROTATE_AFTER: u64 = 1 << 30;
/// After this many encryptions under one key version no more may be made.
pub const REFUSE_AFTER: u64 = (1 << 32) - (1 << 20);

/// All key versions of one owner: the active one seals, all of them open.
///
/// Subkeys are derived at their first use and kept, so sealing, opening and hashing cost a few
/// microseconds. Share it behind an `Arc`; it has no interior state that callers could see.
pub struct Keyring {
    active: Arc<Version>,
    older: Vec<Arc<Version>>,
}

impl Keyring {
    /// A keyring of one owner. Of two keys with one version the first counts, the active one before
    /// all; a key of another owner is never used.
    pub fn new(active: LayerKey, older: Vec<LayerKey>) -> Self {
        let owner = active.owner();
        let older = older
            .into_iter()
            .filter(|key| key.owner() == owner)
            .map(|key| Arc::new(Version::new(key)))
            .collect();
        Self {
            active: Arc::new(Version::new(active)),
            older,
        }
    }

    /// The same keys with another one before them, which seals and hashes from now on. A key of another owner changes
    /// nothing.
    #[must_use]
    pub fn rotated(&self, active: LayerKey) -> Self {
        let mut versions: Vec<_> = std::iter::once(&self.active)
            .chain(&self.older)
            .cloned()
            .collect();
        if active.owner() == self.owner() {
            versions.insert(0, Arc::new(Version::new(active)));
        }
        Self {
            active: versions.remove(0),
            older: versions,
        }
    }

    /// Whose keys these are.
    pub fn owner(&self) -> KeyOwner {
        self.active.key.owner()
    }

    /// The version that seals and hashes now. Store it beside every look-up hash.
    pub fn active_version(&self) -> u32 {
        self.active.key.version()
    }

    /// All versions held, the active one first: a look-up by hash tries each.
    pub fn versions(&self) -> impl Iterator<Item = u32> {
        self.all().map(|version| version.key.version())
    }

    /// Encrypts `text` for `place` under the active version.
    ///
    /// # Errors
    /// See [`SealError`]. Nothing depends on what the text says, only on its length.
    pub fn seal(
        &self,
        rng: &mut (impl CryptoRng + ?Sized),
        place: &Place,
        text: &Plaintext,
    ) -> Result<Sealed, SealError> {
        if !place.purpose.is_for_sealing() {
            return Err(SealError::NotForSealing(place.purpose));
        }
        if !self.serves(place) {
            return Err(SealError::WrongOwner);
        }
        let limit = place.purpose.max_plaintext();
        if text.len() > limit {
            return Err(SealError::TooLarge { limit });
        }
        let version = self.active_version();
        let cipher = self.active.cipher(place.purpose);
        Ok(place.with_fields(version, |fields| {
            envelope::seal(cipher, rng, version, fields, text.expose())
        }))
    }

    /// Decrypts what [`seal`](Self::seal) made for the same place, under any version held.
    ///
    /// # Errors
    /// See [`OpenError`]. A value that does not open has been damaged, moved or forged: report it
    /// as an integrity failure, never as missing.
    pub fn open(&self, place: &Place, sealed: &Sealed) -> Result<Plaintext, OpenError> {
        if !self.serves(place) || !place.purpose.is_for_sealing() {
            return Err(OpenError::WrongOwner);
        }
        let version = sealed.key_version();
        let keys = self
            .version(version)
            .ok_or(OpenError::UnknownKeyVersion { version })?;
        place.with_fields(version, |fields| {
            envelope::open(keys.cipher(place.purpose), fields, sealed)
        })
    }

    /// A keyed hash of the inputs (HMAC-SHA-256) under the active version, for finding a row by a
    /// secret without storing the secret. The inputs are kept apart: `["ab", "c"]` and `["a",
    /// "bc"]` differ.
    pub fn index(&self, purpose: Purpose, inputs: &[&[u8]]) -> [u8; 32] {
        self.active.index(purpose, inputs)
    }

    /// As [`index`](Self::index) under the version a row was stored with; `None` when it is not
    /// held.
    pub fn index_with(&self, version: u32, purpose: Purpose, inputs: &[&[u8]]) -> Option<[u8; 32]> {
        Some(self.version(version)?.index(purpose, inputs))
    }

    fn all(&self) -> impl Iterator<Item = &Version> {
        std::iter::once(&self.active)
            .chain(&self.older)
            .map(Arc::as_ref)
    }

    fn version(&self, version: u32) -> Option<&Version> {
        self.all().find(|held| held.key.version() == version)
    }

    /// Whether the place's key comes from this owner. Rows of the instance may name an organization
    /// (a mail sent for one); rows of an organization must name that one.
    fn serves(&self, place: &Place) -> bool {
        match self.owner() {
            KeyOwner::Instance => !place.purpose.is_of_organization(),
            KeyOwner::Organization(id) => {
                place.purpose.is_of_organization() && place.organization == Some(id)
            }
        }
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let versions: Vec<_> = self.versions().collect();
        write!(
            f,
            "Keyring({}, versions {versions:?}, redacted)",
            self.owner()
        )
    }
}

/// One key version with the subkeys made from it so far.
struct Version {
    key: LayerKey,
    ciphers: [OnceLock<Box<Cipher>>; Purpose::ALL.len()],
    index_keys: [OnceLock<KeyBytes>; Purpose::ALL.len()],
}

impl Version {
    fn new(key: LayerKey) -> Self {
        Self {
            key,
            ciphers: array::from_fn(|_| OnceLock::new()),
            index_keys: array::from_fn(|_| OnceLock::new()),
        }
    }

    fn cipher(&self, purpose: Purpose) -> &Cipher {
        self.ciphers[purpose as usize]
            .get_or_init(|| Box::new(Cipher::new(&self.key.subkey(purpose))))
    }

    fn index(&self, purpose: Purpose, inputs: &[&[u8]]) -> [u8; 32] {
        let key = self.index_keys[purpose as usize].get_or_init(|| self.key.index_subkey(purpose));
        let mut mac =
            Hmac::<Sha256>::new_from_slice(key.as_slice()).expect("HMAC takes keys of any length");
        for input in inputs {
            mac.update(&length_prefix(input));
            mac.update(input);
        }
        mac.finalize().into_bytes().into()
    }
}
