use std::fmt;

use rand::CryptoRng;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::cipher::{Cipher, KEY, KeyBytes, derive};
use crate::envelope::{self, Sealed};
use crate::root_key::{ID, RootKey, RootKeyId};
use crate::{OpenError, Purpose};

/// What a check record holds in the clear.
const CHECK: &[u8] = b"gatehouse check record";

/// Whose layer-1 key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyOwner {
    /// The installation: passwords, token look-up, waiting mail.
    Instance,
    /// One organization: its secrets, and nobody else's.
    Organization(Uuid),
}

impl KeyOwner {
    /// The organization, if it is one's.
    pub fn organization(self) -> Option<Uuid> {
        match self {
            Self::Instance => None,
            Self::Organization(id) => Some(id),
        }
    }

    /// What wrapped keys and check records say about their owner: the layer and the organization.
    fn fields(&self) -> [&[u8]; 2] {
        match self {
            Self::Instance => [b"instance", &[]],
            Self::Organization(id) => [b"organization", id.as_bytes()],
        }
    }
}

impl fmt::Display for KeyOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instance => f.write_str("the instance"),
            Self::Organization(id) => write!(f, "organization {id}"),
        }
    }
}

/// A layer-1 key: the instance's, or one organization's data key. It encrypts nothing itself; a
/// [`Keyring`](crate::Keyring) derives a key per purpose from it. Stored only wrapped by the root
/// key.
pub struct LayerKey {
    owner: KeyOwner,
    version: u32,
    key: KeyBytes,
}

impl LayerKey {
    /// A new random key. Versions of one owner count up from 1.
    pub fn generate(rng: &mut (impl CryptoRng + ?Sized), owner: KeyOwner, version: u32) -> Self {
        let mut key = Zeroizing::new([0; KEY]);
        rng.fill_bytes(key.as_mut_slice());
        Self {
            owner,
            version,
            key,
        }
    }

    /// Whose key this is.
    pub fn owner(&self) -> KeyOwner {
        self.owner
    }

    /// Which of the owner's keys this is.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The key as it is stored: the root key's id (8 bytes), then an envelope under the root key.
    pub fn wrap(&self, root: &RootKey, rng: &mut (impl CryptoRng + ?Sized)) -> Vec<u8> {
        let (id, version) = (root.id(), self.version.to_be_bytes());
        let fields = wrap_fields(&self.owner, &version, &id);
        let sealed = envelope::seal(&root.cipher(), rng, self.version, &fields, &*self.key);
        [id.as_bytes().as_slice(), sealed.as_bytes()].concat()
    }

    /// The key from its stored form.
    ///
    /// # Errors
    /// [`OpenError::WrongRootKey`], with both ids, when another root key wrapped it;
    /// [`OpenError::NotAuthentic`] when the bytes were changed or belong to another owner or
    /// version.
    pub fn unwrap(
        owner: KeyOwner,
        version: u32,
        root: &RootKey,
        wrapped: &[u8],
    ) -> Result<Self, OpenError> {
        let expected = Self::wrapped_by(wrapped).ok_or(OpenError::Malformed)?;
        let offered = root.id();
        if expected != offered {
            return Err(OpenError::WrongRootKey { expected, offered });
        }
        let sealed = Sealed::from_bytes(wrapped[ID..].to_vec())?;
        let version_bytes = version.to_be_bytes();
        let fields = wrap_fields(&owner, &version_bytes, &offered);
        let opened = envelope::open(&root.cipher(), &fields, &sealed)?;
        let bytes = opened
            .expose()
            .try_into()
            .map_err(|_| OpenError::Malformed)?;
        Ok(Self {
            owner,
            version,
            key: Zeroizing::new(bytes),
        })
    }

    /// Which root key wrapped these bytes; `None` when they are too short to say.
    pub fn wrapped_by(wrapped: &[u8]) -> Option<RootKeyId> {
        wrapped.first_chunk().copied().map(RootKeyId::from_bytes)
    }

    /// A known text under this key, stored beside it and opened at every start: a damaged key is
    /// found before it seals anything.
    pub fn check_record(&self, rng: &mut (impl CryptoRng + ?Sized)) -> Vec<u8> {
        let version = self.version.to_be_bytes();
        let fields = check_fields(&self.owner, &version);
        envelope::seal(&self.check_cipher(), rng, self.version, &fields, CHECK).into_bytes()
    }

    /// Opens what [`check_record`](Self::check_record) made.
    ///
    /// # Errors
    /// [`OpenError::NotAuthentic`] when key and record do not belong together.
    pub fn verify_check(&self, record: &[u8]) -> Result<(), OpenError> {
        let sealed = Sealed::from_bytes(record.to_vec())?;
        let version = self.version.to_be_bytes();
        let fields = check_fields(&self.owner, &version);
        let opened = envelope::open(&self.check_cipher(), &fields, &sealed)?;
        if opened.expose() == CHECK {
            Ok(())
        } else {
            Err(OpenError::Malformed)
        }
    }

    /// The subkey that seals for a purpose, or, for the others, makes look-up hashes.
    pub(crate) fn subkey(&self, purpose: Purpose) -> KeyBytes {
        derive(&self.key, &[b"gatehouse/v1/", purpose.name().as_bytes()])
    }

    /// The subkey that makes look-up hashes for a purpose. A purpose that also seals has a key
    /// apart for it.
    pub(crate) fn index_subkey(&self, purpose: Purpose) -> KeyBytes {
        if purpose.is_for_sealing() {
            derive(
                &self.key,
                &[b"gatehouse/v1/", purpose.name().as_bytes(), b"/index"],
            )
        } else {
            self.subkey(purpose)
        }
    }

    fn check_cipher(&self) -> Cipher {
        Cipher::new(&derive(&self.key, &[b"gatehouse/v1/check"]))
    }
}

fn wrap_fields<'a>(
    owner: &'a KeyOwner,
    version: &'a [u8; 4],
    root: &'a RootKeyId,
) -> [&'a [u8]; 5] {
    let [layer, organization] = owner.fields();
    [b"wrap", layer, organization, version, root.as_bytes()]
}

fn check_fields<'a>(owner: &'a KeyOwner, version: &'a [u8; 4]) -> [&'a [u8]; 4] {
    let [layer, organization] = owner.fields();
    [b"check", layer, organization, version]
}

impl fmt::Debug for LayerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "LayerKey({}, version {}, redacted)",
            self.owner, self.version
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    const ACME: KeyOwner = KeyOwner::Organization(Uuid::from_u128(1));
    const OTHER: KeyOwner = KeyOwner::Organization(Uuid::from_u128(2));

    #[test]
    fn a_wrapped_key_comes_back_and_still_fits_its_check_record() {
        let mut rng = StdRng::seed_from_u64(1);
        let root = RootKey::generate(&mut rng);
        for owner in [KeyOwner::Instance, ACME] {
            let key = LayerKey::generate(&mut rng, owner, 3);
            let record = key.check_record(&mut rng);
            let wrapped = key.wrap(&root, &mut rng);
            assert_eq!(LayerKey::wrapped_by(&wrapped), Some(root.id()));
            let back = LayerKey::unwrap(owner, 3, &root, &wrapped).unwrap();
            assert_eq!((back.owner(), back.version()), (owner, 3));
            assert_eq!(*back.key, *key.key);
            assert_eq!(back.verify_check(&record), Ok(()));
        }
    }

    #[test]
    fn a_wrong_root_key_is_refused_and_both_are_named() {
        let mut rng = StdRng::seed_from_u64(2);
        let (right, wrong) = (RootKey::generate(&mut rng), RootKey::generate(&mut rng));
        let wrapped = LayerKey::generate(&mut rng, ACME, 1).wrap(&right, &mut rng);
        let error = LayerKey::unwrap(ACME, 1, &wrong, &wrapped).unwrap_err();
        assert_eq!(
            error,
            OpenError::WrongRootKey {
                expected: right.id(),
                offered: wrong.id()
            }
        );
        let text = error.to_string();
        assert!(
            text.contains(&right.id().to_string()) && text.contains(&wrong.id().to_string()),
            "{text}"
        );

        let renamed = [wrong.id().as_bytes().as_slice(), &wrapped[ID..]].concat();
        assert_eq!(
            LayerKey::unwrap(ACME, 1, &wrong, &renamed).unwrap_err(),
            OpenError::NotAuthentic
        );
    }

    #[test]
    fn a_wrapped_key_serves_no_other_owner_or_version() {
        let mut rng = StdRng::seed_from_u64(3);
        let root = RootKey::generate(&mut rng);
        let wrapped = LayerKey::generate(&mut rng, ACME, 1).wrap(&root, &mut rng);
        for (owner, version) in [(OTHER, 1), (KeyOwner::Instance, 1), (ACME, 2)] {
            assert_eq!(
                LayerKey::unwrap(owner, version, &root, &wrapped).unwrap_err(),
                OpenError::NotAuthentic
            );
        }
    }

    #[test]
    fn every_changed_bit_of_a_wrapped_key_or_check_record_is_refused() {
        let mut rng = StdRng::seed_from_u64(4);
        let root = RootKey::generate(&mut rng);
        let key = LayerKey::generate(&mut rng, ACME, 1);
        let (wrapped, record) = (key.wrap(&root, &mut rng), key.check_record(&mut rng));
        for bit in 0..wrapped.len() * 8 {
            let mut bad = wrapped.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(LayerKey::unwrap(ACME, 1, &root, &bad).is_err(), "bit {bit}");
        }
        for bit in 0..record.len() * 8 {
            let mut bad = record.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(key.verify_check(&bad).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn truncated_bytes_are_refused() {
        let mut rng = StdRng::seed_from_u64(5);
        let root = RootKey::generate(&mut rng);
        let key = LayerKey::generate(&mut rng, ACME, 1);
        let (wrapped, record) = (key.wrap(&root, &mut rng), key.check_record(&mut rng));
        for length in 0..wrapped.len() {
            assert!(LayerKey::unwrap(ACME, 1, &root, &wrapped[..length]).is_err());
        }
        assert_eq!(LayerKey::wrapped_by(&wrapped[..7]), None);
        assert_eq!(key.verify_check(&record[..20]), Err(OpenError::Malformed));
    }

    #[test]
    fn a_check_record_fits_one_key_only() {
        let mut rng = StdRng::seed_from_u64(6);
        let key = LayerKey::generate(&mut rng, ACME, 1);
        let record = key.check_record(&mut rng);
        let another = LayerKey::generate(&mut rng, ACME, 1);
        assert_eq!(another.verify_check(&record), Err(OpenError::NotAuthentic));
        let misplaced = LayerKey {
            owner: OTHER,
            version: 1,
            key: key.key.clone(),
        };
        assert_eq!(
            misplaced.verify_check(&record),
            Err(OpenError::NotAuthentic)
        );
    }

    #[test]
    fn subkeys_differ_by_purpose_and_use() {
        let key = LayerKey::generate(&mut StdRng::seed_from_u64(7), KeyOwner::Instance, 1);
        let mut seen = std::collections::HashSet::new();
        for purpose in Purpose::ALL {
            seen.insert(*key.subkey(purpose));
            seen.insert(*key.index_subkey(purpose));
        }
        let sealing = Purpose::ALL
            .iter()
            .filter(|purpose| purpose.is_for_sealing())
            .count();
        assert_eq!(seen.len(), Purpose::ALL.len() + sealing);
    }

    #[test]
    fn debug_shows_no_key() {
        let key = LayerKey {
            owner: ACME,
            version: 1,
            key: Zeroizing::new([0xab; KEY]),
        };
        let text = format!("{key:?}");
        assert_eq!(
            text,
            "LayerKey(organization 00000000-0000-0000-0000-000000000001, version 1, redacted)"
        );
    }
}
