use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{Aead, AeadInPlace, KeyInit, Payload};
use aes_gcm::{AesGcm, Key, Nonce};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

/// Length of every symmetric key here.
pub(crate) const KEY: usize = 32;
/// Length of a GCM nonce: 96 bits, drawn at random for every encryption.
pub(crate) const NONCE: usize = 12;
/// Length of a GCM tag: always the full 128 bits.
pub(crate) const TAG: usize = 16;

/// Key bytes that are wiped when dropped.
pub(crate) type KeyBytes = Zeroizing<[u8; KEY]>;

/// AES-256-GCM under one key, with a 96-bit nonce and a 128-bit tag and nothing else to choose. It
/// holds the expanded key, so making one is the expensive part and using it is cheap.
pub(crate) struct Cipher(AesGcm<aes::Aes256, U12>);

impl Cipher {
    pub(crate) fn new(key: &[u8; KEY]) -> Self {
        Self(AesGcm::new(Key::<AesGcm<aes::Aes256, U12>>::from_slice(
            key,
        )))
    }

    /// Replaces the plaintext in `text` by its ciphertext and returns the tag. In place, so that no
    /// copy of the plaintext is left in a buffer nobody wipes.
    pub(crate) fn encrypt(
        &self,
        nonce: &[u8; NONCE],
        associated: &[u8],
        text: &mut [u8],
    ) -> [u8; TAG] {
        self.0
            .encrypt_in_place_detached(Nonce::from_slice(nonce), associated, text)
            .expect("inputs are far below the 64 GiB that GCM allows")
            .into()
    }

    /// The plaintext, or `None` when anything does not fit. The allocating form is used on purpose:
    /// the in-place one has released unverified plaintext before (RUSTSEC-2023-0096).
    pub(crate) fn decrypt(
        &self,
        nonce: &[u8; NONCE],
        associated: &[u8],
        text_and_tag: &[u8],
    ) -> Option<Vec<u8>> {
        self.0
            .decrypt(
                Nonce::from_slice(nonce),
                Payload {
                    msg: text_and_tag,
                    aad: associated,
                },
            )
            .ok()
    }
}

/// One key from another by HKDF-SHA-256 without salt; `info` says what for.
pub(crate) fn derive(key: &[u8; KEY], info: &[&[u8]]) -> KeyBytes {
    let mut derived = Zeroizing::new([0; KEY]);
    Hkdf::<Sha256>::new(None, key)
        .expand_multi_info(info, derived.as_mut_slice())
        .expect("32 bytes are below the 8,160 that HKDF-SHA-256 gives");
    derived
}
