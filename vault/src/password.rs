//! Password hashing (Argon2id) and the rules for new passwords.
//!
//! Hashing takes tens of milliseconds and 64 MiB on purpose: callers run it on blocking threads and
//! bound how many run at once.

use argon2::password_hash::{Output, PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use rand::CryptoRng;
use sha2::{Digest, Sha256};
use thiserror::Error;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::Plaintext;

mod policy;

pub use policy::{MAX_CHARACTERS, MIN_CHARACTERS, PasswordWeakness, check_new_password};

/// Most bytes of a password, checked before any work. Longer ones are refused, never cut.
pub const MAX_BYTES: usize = 1024;
const SALT: usize = 16;
const OUTPUT: usize = 32;
/// Compatibility normalization makes text at most eleven times longer in UTF-8 (Unicode Standard
/// Annex 15).
const NORMALIZED_GROWTH: usize = 11;

/// How expensive a password hash is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordParameters {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// Parameters outside of what is accepted from configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "password hashing needs between 19456 KiB, 2 passes, 1 lane and 1048576 KiB, 16 passes, 16 lanes \
     (recommended: 65536, 3, 4)"
)]
pub struct ParametersOutOfRange;

impl PasswordParameters {
    /// The least accepted, from the OWASP password storage advice.
    pub const FLOOR: Self = Self {
        memory_kib: 19_456,
        passes: 2,
        lanes: 1,
    };
    /// The most accepted: a typing error must not exhaust the machine.
    pub const CEILING: Self = Self {
        memory_kib: 1_048_576,
        passes: 16,
        lanes: 16,
    };

    /// Parameters from configuration.
    ///
    /// # Errors
    /// [`ParametersOutOfRange`] when any of them is below [`FLOOR`](Self::FLOOR) or above
    /// [`CEILING`](Self::CEILING).
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, ParametersOutOfRange> {
        let parameters = Self {
            memory_kib,
            passes,
            lanes,
        };
        if parameters.reaches(Self::FLOOR) && Self::CEILING.reaches(parameters) {
            Ok(parameters)
        } else {
            Err(ParametersOutOfRange)
        }
    }

    /// The cheapest that Argon2 knows, for tests that create many accounts. It protects nothing:
    /// configuration goes through [`new`](Self::new), which refuses it.
    pub const fn for_tests() -> Self {
        Self {
            memory_kib: 8,
            passes: 1,
            lanes: 1,
        }
    }

    /// Memory in KiB.
    pub fn memory_kib(self) -> u32 {
        self.memory_kib
    }

    fn reaches(self, other: Self) -> bool {
        self.memory_kib >= other.memory_kib
            && self.passes >= other.passes
            && self.lanes >= other.lanes
    }

    fn params(self) -> Params {
        Params::new(self.memory_kib, self.passes, self.lanes, Some(OUTPUT))
            .expect("8 KiB a lane are ensured by all constructors")
    }

    fn of(hash: &PasswordHash<'_>) -> Option<Self> {
        let params = Params::try_from(hash).ok()?;
        Some(Self {
            memory_kib: params.m_cost(),
            passes: params.t_cost(),
            lanes: params.p_cost(),
        })
    }
}

impl Default for PasswordParameters {
    /// 64 MiB, 3 passes, 4 lanes: the second recommended option of RFC 9106.
    fn default() -> Self {
        Self {
            memory_kib: 65_536,
            passes: 3,
            lanes: 4,
        }
    }
}

/// Why a password was not hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum HashError {
    /// Longer than [`MAX_BYTES`].
    #[error("the password is longer than {MAX_BYTES} bytes")]
    TooLong,
    /// Argon2 refused, which only a machine without the memory for it makes happen.
    #[error("the password could not be hashed")]
    Failed,
}

/// Hashes a password with Argon2id and a random salt. The result is a PHC string: seal it under
/// [`Purpose::InstancePassword`](crate::Purpose::InstancePassword) before storing it.
///
/// # Errors
/// [`HashError`].
pub fn hash(
    password: &str,
    parameters: &PasswordParameters,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<Plaintext, HashError> {
    let normalized = normalize(password).ok_or(HashError::TooLong)?;
    let mut salt = [0; SALT];
    rng.fill_bytes(&mut salt);
    let salt = SaltString::encode_b64(&salt).map_err(|_| HashError::Failed)?;
    let hash = argon2id(*parameters)
        .hash_password(&normalized, &salt)
        .map_err(|_| HashError::Failed)?;
    Ok(Plaintext::from(hash.to_string()))
}

/// Whether the password is the one the PHC string was made from. Anything unreadable or unusually
/// expensive is a no. Takes as long as hashing does.
pub fn verify(password: &str, phc: &Plaintext) -> bool {
    let Some(normalized) = normalize(password) else {
        return false;
    };
    let Some(hash) = read(phc) else { return false };
    let Some(parameters) = PasswordParameters::of(&hash) else {
        return false;
    };
    PasswordParameters::CEILING.reaches(parameters)
        && argon2id(parameters)
            .verify_password(&normalized, &hash)
            .is_ok()
}

/// Whether a stored hash is cheaper than the current parameters ask for; rehash at the next
/// sign-in.
pub fn needs_rehash(phc: &Plaintext, parameters: &PasswordParameters) -> bool {
    let strong_enough = |hash: PasswordHash<'_>| {
        let output = hash.hash.map_or(0, |output| output.len());
        PasswordParameters::of(&hash).is_some_and(|used| used.reaches(*parameters))
            && output >= OUTPUT
    };
    !read(phc).is_some_and(strong_enough)
}

/// A PHC string to verify against when there is no such account, so that the answer takes equally
/// long. No password fits it: its output was not computed from one. Cheap to make.
pub fn dummy(parameters: &PasswordParameters) -> Plaintext {
    let salt = SaltString::encode_b64(&[0; SALT]).expect("16 bytes are a valid salt");
    let nobodys = Sha256::digest(b"gatehouse: the hash of no password");
    let params = parameters.params();
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: (&params)
            .try_into()
            .expect("three numbers fit into a PHC string"),
        salt: Some(salt.as_salt()),
        hash: Some(Output::new(&nobodys).expect("32 bytes are a valid output")),
    };
    Plaintext::from(hash.to_string())
}

fn argon2id(parameters: PasswordParameters) -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters.params())
}

fn read(phc: &Plaintext) -> Option<PasswordHash<'_>> {
    let hash = PasswordHash::new(phc.expose_str()?).ok()?;
    let ours = hash.algorithm == Algorithm::Argon2id.ident()
        && hash.version == Some(Version::V0x13.into());
    ours.then_some(hash)
}

/// The bytes that are hashed: the same whichever keyboard composed the characters. `None` when too
/// long.
fn normalize(password: &str) -> Option<Zeroizing<Vec<u8>>> {
    Some(Zeroizing::new(
        normalized_text(password)?.as_bytes().to_vec(),
    ))
}

fn normalized_text(password: &str) -> Option<Zeroizing<String>> {
    if password.len() > MAX_BYTES {
        return None;
    }
    // All the room at once: a growing string leaves copies of the password behind.
    let mut text = Zeroizing::new(String::with_capacity(password.len() * NORMALIZED_GROWTH));
    text.extend(password.nfkc());
    Some(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    const CHEAP: PasswordParameters = PasswordParameters::for_tests();

    fn hashed(password: &str) -> Plaintext {
        hash(password, &CHEAP, &mut StdRng::seed_from_u64(1)).unwrap()
    }

    fn phc(text: &str) -> Plaintext {
        Plaintext::from(text.to_owned())
    }

    #[test]
    fn the_right_password_fits_and_others_do_not() {
        let stored = hashed("a long enough password");
        assert!(verify("a long enough password", &stored));
        for wrong in [
            "",
            "A long enough password",
            "a long enough password ",
            "a long enough passwor",
        ] {
            assert!(!verify(wrong, &stored), "{wrong:?}");
        }
    }

    #[test]
    fn the_default_is_the_second_option_of_rfc_9106() {
        let stored = hash(
            "password",
            &PasswordParameters::default(),
            &mut StdRng::seed_from_u64(2),
        )
        .unwrap();
        let text = stored.expose_str().unwrap();
        assert!(
            text.starts_with("$argon2id$v=19$m=65536,t=3,p=4$"),
            "the parameters are in the hash"
        );
        let (salt, output) = text[31..].split_once('$').unwrap();
        assert_eq!((salt.len(), output.len()), (22, 43));
        assert!(verify("password", &stored));
    }

    #[test]
    fn salts_differ() {
        let mut rng = StdRng::seed_from_u64(3);
        let (one, other) = (
            hash("password", &CHEAP, &mut rng).unwrap(),
            hash("password", &CHEAP, &mut rng).unwrap(),
        );
        assert!(!one.same_as(&other));
    }

    #[test]
    fn keyboards_that_compose_differently_type_the_same_password() {
        let stored = hashed("caf\u{e9} \u{fb01}nance \u{ff11}");
        assert!(verify("cafe\u{301} finance 1", &stored));
        assert!(!verify("cafe finance 1", &stored));
    }

    #[test]
    fn more_than_1024_bytes_are_refused_not_cut() {
        let longest = "x".repeat(MAX_BYTES);
        let stored = hashed(&longest);
        assert!(verify(&longest, &stored));
        let longer = format!("{longest}x");
        assert!(!verify(&longer, &stored));
        assert_eq!(
            hash(&longer, &CHEAP, &mut StdRng::seed_from_u64(4)).unwrap_err(),
            HashError::TooLong
        );
    }

    #[test]
    fn only_argon2id_of_the_current_version_is_read() {
        let good = hashed("password");
        let good = good.expose_str().unwrap();
        assert!(verify("password", &phc(good)));
        let bad = [
            String::new(),
            "password".to_owned(),
            good.replace("argon2id", "argon2i"),
            good.replace("v=19", "v=16"),
            good.replace("$v=19", ""),
            good.replace("m=8", "m=4"),
            good.replace("m=8", "m=4000000"),
            good.rsplit_once('$').unwrap().0.to_owned(),
        ];
        for text in bad {
            assert!(!verify("password", &phc(&text)), "{text}");
            assert!(
                needs_rehash(&phc(&text), &PasswordParameters::default()),
                "{text}"
            );
        }
        assert!(!verify("password", &Plaintext::new(vec![0xff])));
    }

    #[test]
    fn a_hash_cheaper_than_asked_for_needs_a_rehash() {
        let stored = hash(
            "password",
            &PasswordParameters {
                memory_kib: 32,
                passes: 2,
                lanes: 2,
            },
            &mut StdRng::seed_from_u64(5),
        );
        let stored = stored.unwrap();
        let asks = |memory_kib, passes, lanes| {
            needs_rehash(
                &stored,
                &PasswordParameters {
                    memory_kib,
                    passes,
                    lanes,
                },
            )
        };
        assert!(!asks(32, 2, 2) && !asks(16, 1, 1));
        assert!(asks(33, 2, 2) && asks(32, 3, 2) && asks(32, 2, 3));
    }

    #[test]
    fn configuration_cannot_go_below_the_floor_or_above_the_ceiling() {
        assert_eq!(
            PasswordParameters::new(65_536, 3, 4),
            Ok(PasswordParameters::default())
        );
        assert_eq!(
            PasswordParameters::new(19_456, 2, 1),
            Ok(PasswordParameters::FLOOR)
        );
        for (memory, passes, lanes) in [
            (19_455, 2, 1),
            (65_536, 1, 4),
            (65_536, 3, 0),
            (1_048_577, 3, 4),
            (65_536, 17, 4),
            (65_536, 3, 17),
            (8, 1, 1),
        ] {
            assert_eq!(
                PasswordParameters::new(memory, passes, lanes),
                Err(ParametersOutOfRange)
            );
        }
    }

    #[test]
    fn the_dummy_costs_the_same_and_fits_nothing() {
        for parameters in [CHEAP, PasswordParameters::default()] {
            let dummy = dummy(&parameters);
            assert!(!needs_rehash(&dummy, &parameters));
            let real = hash("password", &parameters, &mut StdRng::seed_from_u64(6)).unwrap();
            assert_eq!(dummy.len(), real.len());
            assert_eq!(
                PasswordParameters::of(&read(&dummy).unwrap()),
                Some(parameters)
            );
        }
        for guess in ["", "password", "gatehouse: the hash of no password"] {
            assert!(!verify(guess, &dummy(&CHEAP)));
        }
    }

    const PHC_LIKE: &str =
        "(\\$argon2id\\$v=19\\$m=[0-9]{1,3},t=[0-9],p=[0-9]\\$)?[A-Za-z0-9+/$]{0,80}";

    proptest! {
        #[test]
        fn every_password_fits_its_own_hash(password in "\\PC{0,200}") {
            prop_assert!(verify(&password, &hashed(&password)));
        }

        #[test]
        fn normalizing_never_outgrows_its_room(password in "\\PC{0,200}") {
            let room = password.len() * NORMALIZED_GROWTH;
            prop_assert!(normalized_text(&password).unwrap().len() <= room);
        }

        #[test]
        fn no_stored_text_makes_verification_panic(text in PHC_LIKE) {
            prop_assert!(!verify("password", &phc(&text)));
        }
    }
}
