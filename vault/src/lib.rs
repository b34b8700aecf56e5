//! Cryptography for Gatehouse, without a database.
//!
//! What it is for: secrets at rest ([`Keyring`], [`Sealed`], [`Place`]), the keys that protect them
//! ([`RootKey`], [`LayerKey`]), passwords ([`password`]) and tokens ([`token`]).
//!
//! Three layers of keys. The *root key* lives outside the database and wraps *layer-1 keys*: one
//! for the instance and one data key per organization, each in versions. From a layer-1 key comes
//! one subkey per [`Purpose`], and only subkeys touch data. A sealed value is authenticated
//! together with the [`Place`] it belongs to, so a row's writer cannot move or replay it.
//!
//! What it refuses to know: databases, users, permissions, time, and where randomness comes from.
//! Nothing is async; every function that needs randomness takes a generator; the only look at a clock
//! is the password estimator's at the current year. Counting the encryptions under a key (see
//! [`ROTATE_AFTER`]), bounding parallel password hashing and deciding who may open what are its
//! callers' parts.
//!
//! ```
//! use rand::TryRngCore;
//! use uuid::Uuid;
//! use vault::{KeyOwner, Keyring, LayerKey, Place, Plaintext, Purpose, RootKey};
//!
//! // The operating system's generator; when it fails, so does the process.
//! let mut rng = rand::rngs::OsRng.unwrap_err();
//! let acme = Uuid::from_u128(1);
//!
//! // Once per organization: a data key, stored only wrapped by the root key.
//! let root = RootKey::generate(&mut rng);
//! let owner = KeyOwner::Organization(acme);
//! let stored_key = LayerKey::generate(&mut rng, owner, 1).wrap(&root, &mut rng);
//!
//! // At start: the keyring from what is stored.
//! let key = LayerKey::unwrap(owner, 1, &root, &stored_key)?;
//! let keyring = Keyring::new(key, Vec::new());
//!
//! // A value is sealed for one place and opens only there.
//! let place = Place {
//!     purpose: Purpose::OrganizationSecret,
//!     organization: Some(acme),
//!     table: "variable_version",
//!     row: Uuid::from_u128(2),
//!     column: "value",
//!     version: 1,
//! };
//! let sealed = keyring.seal(&mut rng, &place, &Plaintext::from("s3cret".to_owned()))?;
//! assert_eq!(keyring.open(&place, &sealed)?.expose_str(), Some("s3cret"));
//! assert!(keyring.open(&Place { version: 2, ..place }, &sealed).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cipher;
mod envelope;
mod error;
mod keyring;
#[cfg(test)]
mod known_answers;
mod layer_key;
pub mod password;
mod place;
mod plaintext;
mod purpose;
mod root_key;
pub mod token;

pub use envelope::Sealed;
pub use error::{OpenError, SealError};
pub use keyring::{Keyring, REFUSE_AFTER, ROTATE_AFTER};
pub use layer_key::{KeyOwner, LayerKey};
pub use place::Place;
pub use plaintext::Plaintext;
pub use purpose::{MAX_FILE, MAX_VALUE, Purpose};
pub use root_key::{MalformedRootKey, MalformedRootKeyId, RootKey, RootKeyError, RootKeyId};
pub use token::{ApiToken, ApiTokenKind, Token};

/// Whether two byte strings are the same, in a time that depends on their lengths alone. For the
/// rare secret that is compared directly; the rest is found by its keyed hash.
pub fn constant_time_equal(one: &[u8], other: &[u8]) -> bool {
    subtle::ConstantTimeEq::ct_eq(one, other).into()
}
