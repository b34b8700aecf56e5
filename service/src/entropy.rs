#![allow(
    clippy::disallowed_types,
    reason = "the one home of the system's generator"
)]

use std::sync::{Mutex, PoisonError};

use domain::Timestamp;
use rand::{CryptoRng, TryRngCore, rngs::OsRng};
use uuid::Uuid;
use vault::Token;

/// Where identifiers, tokens, nonces and salts come from.
pub struct Entropy(Mutex<Box<dyn CryptoRng + Send>>);

impl Entropy {
    /// The operating system's generator. Should it fail, the process ends: nothing may be sealed without it.
    #[must_use]
    pub fn from_system() -> Self {
        Self::from_rng(OsRng.unwrap_err())
    }
    /// A given generator, as a seeded one in tests.
    #[must_use]
    pub fn from_rng(rng: impl CryptoRng + Send + 'static) -> Self {
        Self(Mutex::new(Box::new(rng)))
    }
    /// Lends the generator.
    pub fn with<T>(&self, draw: impl FnOnce(&mut dyn CryptoRng) -> T) -> T {
        let mut rng = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        draw(&mut **rng)
    }
    /// A fresh token for a link or a session.
    pub fn token(&self) -> Token {
        self.with(|rng| Token::generate(rng))
    }
    /// A fresh identifier that sorts by time (UUIDv7).
    pub fn id(&self, now: Timestamp) -> Uuid {
        let mut random = [0; 10];
        self.with(|rng| rng.fill_bytes(&mut random));
        let millis = u64::try_from(now.micros() / 1_000).unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}
