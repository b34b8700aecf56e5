use std::fmt;

use rand::CryptoRng;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::{BYTES, base62};
use crate::{Keyring, Purpose};

const PREFIX: usize = 5;
const SECRET: usize = 43;
const CHECKSUM: usize = 6;
const TEXT: usize = PREFIX + SECRET + CHECKSUM;

/// Who an API token speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ApiTokenKind {
    /// A person: `gthp_…`.
    Personal,
    /// A service or an organization's automation: `gths_…`.
    Service,
}

impl ApiTokenKind {
    const ALL: [Self; 2] = [Self::Personal, Self::Service];

    const fn prefix(self) -> &'static str {
        match self {
            Self::Personal => "gthp_",
            Self::Service => "gths_",
        }
    }
}

/// A token for programs: prefix, 32 random bytes as 43 base62 characters, 6 base62 characters of
/// CRC-32 over all before. The prefix lets scanners find leaked ones, the checksum refuses typing
/// errors without a look-up, and base62 lets a double click select the whole.
#[derive(ZeroizeOnDrop)]
pub struct ApiToken {
    #[zeroize(skip)]
    kind: ApiTokenKind,
    bytes: [u8; BYTES],
    text: [u8; TEXT],
}

impl ApiToken {
    /// A new random token.
    pub fn generate(rng: &mut (impl CryptoRng + ?Sized), kind: ApiTokenKind) -> Self {
        let mut bytes = Zeroizing::new([0; BYTES]);
        rng.fill_bytes(bytes.as_mut_slice());
        Self::of(kind, &bytes)
    }

    /// A token from what somebody sent: exactly what [`generate`](Self::generate) could have made,
    /// or `None`.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != TEXT {
            return None;
        }
        let kind = ApiTokenKind::ALL
            .into_iter()
            .find(|kind| text.starts_with(kind.prefix()))?;
        let bytes = Zeroizing::new(base62::decode(
            text.as_bytes().get(PREFIX..PREFIX + SECRET)?,
        )?);
        let token = Self::of(kind, &bytes);
        (token.text == text.as_bytes()).then_some(token)
    }

    /// The text to hand over, once.
    pub fn expose(&self) -> &str {
        std::str::from_utf8(&self.text).expect("base62 is ASCII")
    }

    /// Who it speaks for, as its prefix says.
    pub fn kind(&self) -> ApiTokenKind {
        self.kind
    }

    /// The last four characters, by which lists let people recognize a token. They belong to the
    /// checksum.
    pub fn last_four(&self) -> &str {
        &self.expose()[TEXT - 4..]
    }

    /// What is stored and looked up in its place, under the keyring's active version.
    pub fn hash(&self, keyring: &Keyring) -> [u8; 32] {
        keyring.index(Purpose::InstanceTokenIndex, &self.hashed())
    }

    /// As [`hash`](Self::hash) under an older key version; `None` when it is not held.
    pub fn hash_with(&self, keyring: &Keyring, version: u32) -> Option<[u8; 32]> {
        keyring.index_with(version, Purpose::InstanceTokenIndex, &self.hashed())
    }

    fn hashed(&self) -> [&[u8]; 2] {
        [self.kind.prefix().as_bytes(), &self.bytes]
    }

    fn of(kind: ApiTokenKind, bytes: &[u8; BYTES]) -> Self {
        let mut token = Self {
            kind,
            bytes: *bytes,
            text: [0; TEXT],
        };
        token.text[..PREFIX].copy_from_slice(kind.prefix().as_bytes());
        base62::encode(*bytes, &mut token.text[PREFIX..PREFIX + SECRET]);
        let checksum = crc32(&token.text[..PREFIX + SECRET]);
        base62::encode(checksum.to_be_bytes(), &mut token.text[PREFIX + SECRET..]);
        token
    }
}

impl fmt::Debug for ApiToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiToken({:?}, redacted)", self.kind)
    }
}

/// CRC-32 as in zip and gzip. Bit by bit: 48 bytes are not worth a table.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            if crc & 1 == 1 {
                crc >> 1 ^ 0xEDB8_8320
            } else {
                crc >> 1
            }
        })
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;
    use crate::{KeyOwner, LayerKey, Token};

    fn keyring() -> Keyring {
        Keyring::new(
            LayerKey::generate(&mut StdRng::seed_from_u64(9), KeyOwner::Instance, 1),
            Vec::new(),
        )
    }

    #[test]
    fn the_checksum_is_the_usual_one() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn the_text_has_the_documented_shape() {
        for (kind, prefix) in [
            (ApiTokenKind::Personal, "gthp_"),
            (ApiTokenKind::Service, "gths_"),
        ] {
            let token = ApiToken::of(kind, &[0; BYTES]);
            let checksum = &token.expose()[48..];
            assert_eq!(
                token.expose(),
                format!("{prefix}{}{checksum}", "0".repeat(43))
            );
            assert_eq!((token.expose().len(), token.kind()), (54, kind));
            assert!(token.expose().ends_with(token.last_four()) && token.last_four().len() == 4);
        }
    }

    #[test]
    fn every_changed_character_is_refused() {
        let token = ApiToken::generate(&mut StdRng::seed_from_u64(1), ApiTokenKind::Service);
        for position in 0..TEXT {
            for character in (0..=127_u8).map(char::from) {
                let mut text: Vec<_> = token.expose().chars().collect();
                if text[position] != character {
                    text[position] = character;
                    let text: String = text.into_iter().collect();
                    assert!(ApiToken::parse(&text).is_none(), "position {position}");
                }
            }
        }
    }

    #[test]
    fn other_lengths_and_letters_are_refused() {
        let token = ApiToken::generate(&mut StdRng::seed_from_u64(2), ApiTokenKind::Personal);
        let text = token.expose();
        for bad in [
            "",
            &text[..53],
            &text[1..],
            &format!("{text}0"),
            &format!("{text}\n"),
            &format!("{}é", &text[..52]),
        ] {
            assert!(ApiToken::parse(bad).is_none());
        }
        assert!(ApiToken::parse(&format!("gths_é{}", &text[7..])).is_none());
    }

    #[test]
    fn kinds_and_plain_tokens_are_hashed_apart() {
        let (keys, bytes) = (keyring(), [5; BYTES]);
        let personal = ApiToken::of(ApiTokenKind::Personal, &bytes).hash(&keys);
        let service = ApiToken::of(ApiTokenKind::Service, &bytes);
        assert_ne!(personal, service.hash(&keys));
        assert_eq!(service.hash_with(&keys, 1), Some(service.hash(&keys)));
        assert_eq!(service.hash_with(&keys, 2), None);
        assert_ne!(
            Token::generate(&mut StdRng::seed_from_u64(3)).hash(&keys, "session"),
            service.hash(&keys)
        );
    }

    #[test]
    fn debug_shows_the_kind_only() {
        let token = ApiToken::generate(&mut StdRng::seed_from_u64(4), ApiTokenKind::Service);
        assert_eq!(format!("{token:?}"), "ApiToken(Service, redacted)");
    }

    const TOKEN_LIKE: &str = "(gth[ps]_)?[A-Za-z0-9]{49}|gths_\\PC{40,60}|\\PC*";

    proptest! {
        #[test]
        fn a_token_survives_being_shown_and_read(bytes: [u8; BYTES], personal: bool) {
            let kind = if personal { ApiTokenKind::Personal } else { ApiTokenKind::Service };
            let token = ApiToken::of(kind, &bytes);
            let back = ApiToken::parse(token.expose()).unwrap();
            prop_assert_eq!((back.bytes, back.kind), (bytes, kind));
        }

        #[test]
        fn nothing_that_is_sent_makes_the_parser_panic(text in TOKEN_LIKE) {
            prop_assert!(ApiToken::parse(&text).is_none_or(|token| token.expose() == text));
        }
    }
}
