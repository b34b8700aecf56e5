//! Tokens handed to people and programs: shown once, stored only as keyed hashes.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::CryptoRng;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{Keyring, Purpose};

mod api;
mod base62;

pub use api::{ApiToken, ApiTokenKind};

/// Random bytes in a token.
const BYTES: usize = 32;
/// Characters of a token as base64url without padding.
const TEXT: usize = 43;

/// 32 random bytes, shown as 43 characters of base64url: sessions, invitations, resets and the
/// like. What kind of token it is lies in the label it is hashed with, so one kind never passes for
/// another.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Token {
    bytes: [u8; BYTES],
    text: [u8; TEXT],
}

impl Token {
    /// A new random token.
    pub fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let mut token = Self {
            bytes: [0; BYTES],
            text: [0; TEXT],
        };
        rng.fill_bytes(&mut token.bytes);
        URL_SAFE_NO_PAD
            .encode_slice(token.bytes, &mut token.text)
            .expect("32 bytes make 43 characters");
        token
    }

    /// A token from what somebody sent. Only exactly what [`generate`](Self::generate) could have
    /// made is taken: length, alphabet, and no second spelling of the same bytes.
    pub fn parse(text: &str) -> Option<Self> {
        let mut token = Self {
            bytes: [0; BYTES],
            text: text.as_bytes().try_into().ok()?,
        };
        let length = URL_SAFE_NO_PAD
            .decode_slice(token.text, &mut token.bytes)
            .ok()?;
        (length == BYTES).then_some(token)
    }

    /// The text to hand over, once.
    pub fn expose(&self) -> &str {
        std::str::from_utf8(&self.text).expect("base64url is ASCII")
    }

    /// What is stored and looked up in its place, under the keyring's active version.
    /// `purpose_label` names the kind of token and must be the same every time.
    pub fn hash(&self, keyring: &Keyring, purpose_label: &'static str) -> [u8; 32] {
        keyring.index(
            Purpose::InstanceTokenIndex,
            &[purpose_label.as_bytes(), &self.bytes],
        )
    }

    /// As [`hash`](Self::hash) under an older key version; `None` when it is not held.
    pub fn hash_with(
        &self,
        keyring: &Keyring,
        version: u32,
        purpose_label: &'static str,
    ) -> Option<[u8; 32]> {
        keyring.index_with(
            version,
            Purpose::InstanceTokenIndex,
            &[purpose_label.as_bytes(), &self.bytes],
        )
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(redacted)")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;
    use crate::{KeyOwner, LayerKey};

    fn token(seed: u64) -> Token {
        Token::generate(&mut StdRng::seed_from_u64(seed))
    }

    fn keyring(active: u32, older: &[u32]) -> Keyring {
        let key = |version: u32| {
            LayerKey::generate(
                &mut StdRng::seed_from_u64(version.into()),
                KeyOwner::Instance,
                version,
            )
        };
        Keyring::new(key(active), older.iter().copied().map(key).collect())
    }

    #[test]
    fn a_token_is_hashed_apart_by_kind_and_key_version() {
        let (token, keys) = (token(1), keyring(2, &[1]));
        assert_ne!(
            token.hash(&keys, "session"),
            token.hash(&keys, "invitation")
        );
        assert_eq!(
            token.hash_with(&keys, 1, "session"),
            Some(token.hash(&keyring(1, &[]), "session"))
        );
        assert_eq!(
            token.hash_with(&keys, 2, "session"),
            Some(token.hash(&keys, "session"))
        );
        assert_eq!(token.hash_with(&keys, 3, "session"), None);
    }

    #[test]
    fn a_changed_character_is_refused_or_another_token() {
        let (token, keys) = (token(2), keyring(1, &[]));
        for position in 0..TEXT {
            for character in ['A', 'z', '9', '-', '_', '+', '/', '=', ' ', '\0'] {
                let mut text: Vec<_> = token.expose().chars().collect();
                if text[position] == character {
                    continue;
                }
                text[position] = character;
                if let Some(other) = Token::parse(&text.iter().collect::<String>()) {
                    assert_ne!(other.hash(&keys, "session"), token.hash(&keys, "session"));
                }
            }
        }
    }

    #[test]
    fn a_second_spelling_of_the_same_bytes_is_refused() {
        // The last character carries two bits that no byte uses.
        let text = Token::parse(&"A".repeat(43)).unwrap();
        assert_eq!(text.expose(), "A".repeat(43));
        assert!(Token::parse(&format!("{}B", "A".repeat(42))).is_none());
    }

    #[test]
    fn wrong_lengths_and_alphabets_are_refused() {
        let good = token(3);
        let good = good.expose();
        for bad in [
            String::new(),
            good[1..].to_owned(),
            format!("{good}A"),
            format!("{good}="),
            format!(" {good}"),
        ] {
            assert!(Token::parse(&bad).is_none(), "{} characters", bad.len());
        }
        assert!(Token::parse(&format!("+{}", &good[1..])).is_none());
        assert!(Token::parse(&format!("é{}", &good[2..])).is_none());
    }

    #[test]
    fn debug_prints_a_fixed_word() {
        assert_eq!(format!("{:?}", token(4)), "Token(redacted)");
    }

    proptest! {
        #[test]
        fn a_token_survives_being_shown_and_read(seed: u64) {
            let token = token(seed);
            let back = Token::parse(token.expose()).unwrap();
            prop_assert_eq!(token.bytes, back.bytes);
            prop_assert_eq!(token.expose(), back.expose());
        }

        #[test]
        fn whatever_is_sent_is_read_as_itself_or_not_at_all(text in "[A-Za-z0-9_-]{42,44}|\\PC*") {
            if let Some(token) = Token::parse(&text) {
                prop_assert_eq!(URL_SAFE_NO_PAD.encode(token.bytes), text);
            }
        }
    }
}
