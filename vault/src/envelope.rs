use std::fmt;

use rand::CryptoRng;
use zeroize::Zeroizing;

use crate::cipher::{Cipher, NONCE, TAG};
use crate::purpose::MAX_FILE;
use crate::{OpenError, Plaintext};

/// The only envelope format so far.
const FORMAT: u8 = 1;
/// AES-256-GCM.
const ALGORITHM: u8 = 1;
const HEADER: usize = 6;
/// Plaintexts are padded to a multiple of this, so that the size of a row does not tell a short
/// value's length.
const BLOCK: usize = 32;
/// Ends the plaintext; zeros follow up to the block. Unambiguous whatever the plaintext is.
const END: u8 = 0x80;
/// First field of everything that is authenticated, so that our bytes fit no other protocol's.
const DOMAIN: &[u8] = b"gatehouse/v1";

/// Encrypted bytes as they are stored:
/// `format 1 | algorithm 1 | key version u32 BE | nonce 12 | ciphertext | tag 16`.
///
/// They open only at the [`Place`](crate::Place) they were sealed for.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    bytes: Vec<u8>,
    key_version: u32,
}

impl Sealed {
    /// Takes stored bytes, after a look at their header and length.
    ///
    /// # Errors
    /// [`OpenError::Malformed`] when they cannot be an envelope.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, OpenError> {
        let key_version = Parts::of(&bytes)?.key_version();
        Ok(Self { bytes, key_version })
    }

    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes to store, without a copy.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The version of the layer-1 key that sealed this; rotation looks for old ones.
    pub fn key_version(&self) -> u32 {
        self.key_version
    }
}

impl TryFrom<Vec<u8>> for Sealed {
    type Error = OpenError;

    fn try_from(bytes: Vec<u8>) -> Result<Self, OpenError> {
        Self::from_bytes(bytes)
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Sealed(key version {}, {} bytes)",
            self.key_version,
            self.bytes.len()
        )
    }
}

/// An envelope taken apart, not yet authenticated.
struct Parts<'a> {
    header: &'a [u8; HEADER],
    nonce: &'a [u8; NONCE],
    text_and_tag: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(bytes: &'a [u8]) -> Result<Self, OpenError> {
        let (header, rest) = bytes.split_first_chunk().ok_or(OpenError::Malformed)?;
        let (nonce, text_and_tag) = rest.split_first_chunk().ok_or(OpenError::Malformed)?;
        let padded = text_and_tag
            .len()
            .checked_sub(TAG)
            .ok_or(OpenError::Malformed)?;
        let known = header[0] == FORMAT && header[1] == ALGORITHM;
        if known && padded % BLOCK == 0 && (BLOCK..=padded_length(MAX_FILE)).contains(&padded) {
            Ok(Self {
                header,
                nonce,
                text_and_tag,
            })
        } else {
            Err(OpenError::Malformed)
        }
    }

    fn key_version(&self) -> u32 {
        let [_, _, version @ ..] = self.header;
        u32::from_be_bytes(*version)
    }
}

/// Seals `text` so that it opens only with the same `context` fields.
pub(crate) fn seal(
    cipher: &Cipher,
    rng: &mut (impl CryptoRng + ?Sized),
    key_version: u32,
    context: &[&[u8]],
    text: &[u8],
) -> Sealed {
    let mut nonce = [0; NONCE];
    rng.fill_bytes(&mut nonce);
    let header = header(key_version);
    let padded = padded_length(text.len());

    let start = HEADER + NONCE;
    let mut bytes = Vec::with_capacity(start + padded + TAG);
    bytes.extend_from_slice(&header);
    bytes.extend_from_slice(&nonce);
    bytes.extend_from_slice(text);
    bytes.push(END);
    bytes.resize(start + padded, 0);
    let tag = cipher.encrypt(
        &nonce,
        &associated_data(&header, context),
        &mut bytes[start..],
    );
    bytes.extend_from_slice(&tag);
    Sealed { bytes, key_version }
}

/// Opens what [`seal`] made with the same key and `context`.
pub(crate) fn open(
    cipher: &Cipher,
    context: &[&[u8]],
    sealed: &Sealed,
) -> Result<Plaintext, OpenError> {
    let parts = Parts::of(&sealed.bytes)?;
    let padded = cipher
        .decrypt(
            parts.nonce,
            &associated_data(parts.header, context),
            parts.text_and_tag,
        )
        .ok_or(OpenError::NotAuthentic)?;
    unpad(Zeroizing::new(padded))
}

fn header(key_version: u32) -> [u8; HEADER] {
    let [a, b, c, d] = key_version.to_be_bytes();
    [FORMAT, ALGORITHM, a, b, c, d]
}

fn associated_data(header: &[u8; HEADER], context: &[&[u8]]) -> Vec<u8> {
    let length =
        context.iter().map(|field| field.len() + 4).sum::<usize>() + DOMAIN.len() + HEADER + 8;
    let mut data = Vec::with_capacity(length);
    for field in [DOMAIN, header].iter().chain(context) {
        data.extend_from_slice(&length_prefix(field));
        data.extend_from_slice(field);
    }
    data
}

/// The length that goes before a field, so that no two lists of fields encode to the same bytes.
pub(crate) fn length_prefix(field: &[u8]) -> [u8; 4] {
    u32::try_from(field.len())
        .expect("fields are names, ids and tokens, never 4 GiB")
        .to_be_bytes()
}

/// Room for the text and at least one byte that marks its end.
const fn padded_length(text: usize) -> usize {
    (text / BLOCK + 1) * BLOCK
}

/// Only authenticated bytes come here, so a wrong ending is a bug or an unknown writer, not an
/// oracle.
fn unpad(mut padded: Zeroizing<Vec<u8>>) -> Result<Plaintext, OpenError> {
    let end = padded
        .iter()
        .rposition(|&byte| byte != 0)
        .ok_or(OpenError::Malformed)?;
    if padded[end] != END || padded_length(end) != padded.len() {
        return Err(OpenError::Malformed);
    }
    padded.truncate(end);
    Ok(Plaintext::new(std::mem::take(&mut *padded)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    fn cipher() -> Cipher {
        Cipher::new(&[7; 32])
    }

    fn sealed(text: &[u8]) -> Sealed {
        seal(
            &cipher(),
            &mut StdRng::seed_from_u64(1),
            0x0102_0304,
            &[b"context"],
            text,
        )
    }

    #[test]
    fn the_layout_is_as_documented() {
        let sealed = sealed(b"short");
        let bytes = sealed.as_bytes();
        assert_eq!(bytes[..6], [1, 1, 1, 2, 3, 4]);
        assert_eq!(bytes.len(), 6 + 12 + 32 + 16);
        assert_eq!(sealed.key_version(), 0x0102_0304);

        let nonce = <[u8; 12]>::try_from(&bytes[6..18]).unwrap();
        let associated =
            b"\0\0\0\x0cgatehouse/v1\0\0\0\x06\x01\x01\x01\x02\x03\x04\0\0\0\x07context";
        let padded = cipher().decrypt(&nonce, associated, &bytes[18..]).unwrap();
        assert_eq!(
            padded,
            b"short\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
        );
    }

    #[test]
    fn lengths_within_a_block_do_not_show() {
        let sizes = |range: std::ops::RangeInclusive<usize>| -> Vec<_> {
            range
                .map(|length| sealed(&vec![b'x'; length]).as_bytes().len())
                .collect()
        };
        assert!(sizes(0..=31).iter().all(|&size| size == 66));
        assert!(sizes(32..=63).iter().all(|&size| size == 98));
    }

    #[test]
    fn bytes_that_are_no_envelope_are_refused() {
        let good = sealed(b"text").into_bytes();
        for length in 0..good.len() {
            assert_eq!(
                Sealed::from_bytes(good[..length].to_vec()),
                Err(OpenError::Malformed),
                "{length} bytes"
            );
        }
        for position in [0, 1] {
            let mut bad = good.clone();
            bad[position] = 2;
            assert_eq!(Sealed::from_bytes(bad), Err(OpenError::Malformed));
        }
        let mut long = good;
        long.resize(HEADER + NONCE + TAG + padded_length(MAX_FILE) + BLOCK, 0);
        assert_eq!(Sealed::try_from(long), Err(OpenError::Malformed));
    }

    #[test]
    fn an_authentic_text_without_a_proper_ending_is_refused() {
        let refused = |padded: &[u8]| {
            unpad(Zeroizing::new(padded.to_vec())).map(|_| ()) == Err(OpenError::Malformed)
        };
        assert!(refused(&[0; 32]));
        assert!(refused(&[1; 32]));
        assert!(refused(
            &[[0x80; 32], [0; 32]]
                .concat()
                .into_iter()
                .collect::<Vec<_>>()[..33]
        ));
        let mut two_blocks_for_one = [0; 64];
        two_blocks_for_one[3] = END;
        assert!(refused(&two_blocks_for_one));
    }

    #[test]
    fn debug_shows_no_bytes() {
        assert_eq!(
            format!("{:?}", sealed(b"canary")),
            "Sealed(key version 16909060, 66 bytes)"
        );
    }

    proptest! {
        #[test]
        fn every_text_comes_back(text: Vec<u8>, ending in 0..40_usize, context: Vec<Vec<u8>>) {
            // Endings that look like padding are the interesting ones.
            let text = [text, vec![END], vec![0; ending]].concat();
            let context: Vec<_> = context.iter().map(Vec::as_slice).collect();
            let sealed = seal(&cipher(), &mut StdRng::seed_from_u64(2), 1, &context, &text);
            let stored = Sealed::from_bytes(sealed.into_bytes()).unwrap();
            let opened = open(&cipher(), &context, &stored).unwrap();
            prop_assert_eq!(opened.expose(), text);
        }

        #[test]
        fn no_bytes_make_the_parser_panic(bytes: Vec<u8>, start in any::<bool>()) {
            let bytes = if start { [vec![1, 1], bytes].concat() } else { bytes };
            if let Ok(sealed) = Sealed::from_bytes(bytes) {
                prop_assert!(open(&cipher(), &[], &sealed).is_err());
            }
        }

        #[test]
        fn different_fields_never_encode_alike(one: Vec<Vec<u8>>, other: Vec<Vec<u8>>) {
            let encode = |fields: &[Vec<u8>]| {
                associated_data(&header(1), &fields.iter().map(Vec::as_slice).collect::<Vec<_>>())
            };
            prop_assert_eq!(encode(&one) == encode(&other), one == other);
        }
    }
}
