use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rand::CryptoRng;
use sha2::{Digest, Sha256};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::Plaintext;
use crate::cipher::{Cipher, KEY, KeyBytes};

mod file;

pub use file::RootKeyError;

/// Length of a root key id in bytes.
pub(crate) const ID: usize = 8;
/// Length of a root key as base64 text.
const TEXT: usize = 44;

/// The layer-0 key: 32 random bytes kept outside the database. It wraps layer-1 keys and nothing
/// else.
pub struct RootKey(KeyBytes);

impl RootKey {
    /// A new random key.
    pub fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let mut key = Zeroizing::new([0; KEY]);
        rng.fill_bytes(key.as_mut_slice());
        Self(key)
    }

    /// The key from base64 text of exactly 32 bytes; white space around it is ignored.
    ///
    /// # Errors
    /// [`MalformedRootKey`], which does not repeat the text.
    pub fn from_base64(text: &str) -> Result<Self, MalformedRootKey> {
        let text = text.trim_ascii();
        if text.len() != TEXT {
            return Err(MalformedRootKey);
        }
        // The decoder asks for more room than the 32 bytes it fills.
        let mut decoded = Zeroizing::new([0; TEXT]);
        let length = STANDARD
            .decode_slice(text, decoded.as_mut_slice())
            .map_err(|_| MalformedRootKey)?;
        let key = decoded[..length].try_into().map_err(|_| MalformedRootKey)?;
        Ok(Self(Zeroizing::new(key)))
    }

    /// The key as base64 text. Only for writing a key file.
    pub fn to_base64(&self) -> Plaintext {
        Plaintext::from(STANDARD.encode(self.0.as_slice()))
    }

    /// The id by which messages and wrapped keys name this key.
    pub fn id(&self) -> RootKeyId {
        let digest = Sha256::new()
            .chain_update(b"gatehouse-root-id")
            .chain_update(self.0.as_slice())
            .finalize();
        RootKeyId(
            *digest
                .first_chunk()
                .expect("a SHA-256 digest is longer than 8 bytes"),
        )
    }

    pub(crate) fn cipher(&self) -> Cipher {
        Cipher::new(&self.0)
    }
}

impl fmt::Debug for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RootKey(redacted)")
    }
}

/// Text that is no root key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a root key is base64 text of exactly 32 bytes (44 characters)")]
pub struct MalformedRootKey;

/// A root key's name: the first 8 bytes of a hash of it, so it is computed and never chosen. Not a
/// secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RootKeyId([u8; ID]);

impl RootKeyId {
    /// The id from its stored bytes.
    pub fn from_bytes(bytes: [u8; ID]) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8; ID] {
        &self.0
    }
}

impl fmt::Display for RootKeyId {
    /// Sixteen hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

/// Text that is no root key id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a root key id is 16 hexadecimal digits")]
pub struct MalformedRootKeyId;

impl FromStr for RootKeyId {
    type Err = MalformedRootKeyId;

    fn from_str(text: &str) -> Result<Self, MalformedRootKeyId> {
        let digits_only = text.len() == 2 * ID && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        match u64::from_str_radix(text, 16) {
            Ok(number) if digits_only => Ok(Self(number.to_be_bytes())),
            _ => Err(MalformedRootKeyId),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn the_id_is_a_hash_of_the_key() {
        let key = RootKey(Zeroizing::new([0; KEY]));
        // printf 'gatehouse-root-id' | cat - <(head -c 32 /dev/zero) | sha256sum
        assert_eq!(key.id().to_string(), "0abe986356fc15cb");
    }

    #[test]
    fn base64_of_anything_but_32_bytes_is_refused() {
        let key = RootKey::generate(&mut StdRng::seed_from_u64(1));
        let text = key.to_base64();
        let text = text.expose_str().unwrap();
        assert_eq!(
            RootKey::from_base64(&format!(" {text}\r\n")).unwrap().id(),
            key.id()
        );
        let wrong = [
            String::new(),
            text[..43].to_owned(),
            text.replace('=', ""),
            format!("{text}A"),
            "*".repeat(44),
            STANDARD.encode([1; 31]),
            STANDARD.encode([1; 33]),
            STANDARD.encode(text),
        ];
        for text in wrong {
            assert_eq!(RootKey::from_base64(&text).unwrap_err(), MalformedRootKey);
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let key = RootKey::generate(&mut StdRng::seed_from_u64(1));
        assert_eq!(format!("{key:?}"), "RootKey(redacted)");
    }

    #[test]
    fn only_sixteen_hexadecimal_digits_are_an_id() {
        for text in [
            "",
            "0",
            "+123456789abcdef",
            "0123456789abcdeg",
            "0123456789abcdef0",
            " 123456789abcdef",
        ] {
            assert_eq!(
                text.parse::<RootKeyId>(),
                Err(MalformedRootKeyId),
                "{text:?}"
            );
        }
        assert_eq!(
            "0123456789ABCDEF".parse::<RootKeyId>().unwrap().to_string(),
            "0123456789abcdef"
        );
    }

    proptest! {
        #[test]
        fn ids_survive_being_written_and_read(bytes: [u8; ID]) {
            let id = RootKeyId::from_bytes(bytes);
            prop_assert_eq!(id.to_string().parse(), Ok(id));
            prop_assert_eq!(id.as_bytes(), &bytes);
        }
    }
}
