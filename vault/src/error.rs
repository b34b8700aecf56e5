use thiserror::Error;

use crate::{Purpose, RootKeyId};

/// Why a value was not sealed. Nothing here depends on the value's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SealError {
    /// The plaintext is longer than its purpose allows ([`Purpose::max_plaintext`]).
    #[error("the value is longer than {limit} bytes")]
    TooLarge {
        /// The most bytes this purpose takes.
        limit: usize,
    },
    /// The place names another organization than the keyring's, or an organization's purpose was
    /// used with the instance's keyring or the other way round.
    #[error("this keyring does not hold the keys of that place")]
    WrongOwner,
    /// The purpose's key makes look-up hashes and never encrypts: one key, one use.
    #[error("the purpose {} is for look-up hashes, not for sealing", .0.name())]
    NotForSealing(Purpose),
}

/// Why sealed bytes were not opened. No variant carries any of the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum OpenError {
    /// The bytes are not an envelope: too short, too long, or of an unknown format or algorithm.
    #[error("the sealed bytes are damaged or of an unknown format")]
    Malformed,
    /// The value was sealed under a key version this keyring does not hold.
    #[error("no key of version {version} is held")]
    UnknownKeyVersion {
        /// The version the envelope names.
        version: u32,
    },
    /// As [`SealError::WrongOwner`].
    #[error("this keyring does not hold the keys of that place")]
    WrongOwner,
    /// Changed bytes, another place, or another key: authentication does not tell which.
    #[error("the sealed bytes were changed, moved from another place, or sealed under another key")]
    NotAuthentic,
    /// A wrapped key belongs to another root key than the one offered.
    #[error("this store belongs to root key {expected}, but root key {offered} was offered")]
    WrongRootKey {
        /// The root key that wrapped the bytes.
        expected: RootKeyId,
        /// The root key that was given.
        offered: RootKeyId,
    },
}
