//! A sealed value opens where it belongs and nowhere else.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;
use uuid::Uuid;
use vault::{
    KeyOwner, Keyring, LayerKey, MAX_FILE, MAX_VALUE, OpenError, Place, Plaintext, Purpose,
    SealError, Sealed,
};

const ACME: Uuid = Uuid::from_u128(1);
const OTHER: Uuid = Uuid::from_u128(2);

const PLACE: Place = Place {
    purpose: Purpose::OrganizationSecret,
    organization: Some(ACME),
    table: "variable_version",
    row: Uuid::from_u128(10),
    column: "value",
    version: 7,
};

fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

/// The same key for the same owner and version, so that two keyrings can share one.
fn key(owner: KeyOwner, version: u32) -> LayerKey {
    let organization = owner.organization().map_or(0, |id| id.as_u128() as u64);
    LayerKey::generate(
        &mut rng(organization * 1000 + u64::from(version)),
        owner,
        version,
    )
}

fn acme(active: u32, older: &[u32]) -> Keyring {
    let owner = KeyOwner::Organization(ACME);
    Keyring::new(
        key(owner, active),
        older.iter().map(|&version| key(owner, version)).collect(),
    )
}

fn instance() -> Keyring {
    Keyring::new(key(KeyOwner::Instance, 1), Vec::new())
}

fn text(text: &str) -> Plaintext {
    Plaintext::from(text.to_owned())
}

fn seal(keyring: &Keyring, place: &Place, value: &str) -> Sealed {
    keyring.seal(&mut rng(99), place, &text(value)).unwrap()
}

fn refusal(keyring: &Keyring, place: &Place, sealed: &Sealed) -> OpenError {
    keyring.open(place, sealed).unwrap_err()
}

#[test]
fn a_value_moved_anywhere_else_does_not_open() {
    let (keyring, sealed) = (acme(1, &[]), seal(&acme(1, &[]), &PLACE, "canary"));
    for moved in [
        Place {
            row: Uuid::from_u128(11),
            ..PLACE
        },
        Place {
            column: "hint",
            ..PLACE
        },
        Place {
            table: "integration",
            ..PLACE
        },
        Place {
            version: 6,
            ..PLACE
        },
        Place {
            version: 8,
            ..PLACE
        },
        Place {
            purpose: Purpose::OrganizationFile,
            ..PLACE
        },
        Place {
            table: "variable_versio",
            column: "nvalue",
            ..PLACE
        },
    ] {
        assert_eq!(
            refusal(&keyring, &moved, &sealed),
            OpenError::NotAuthentic,
            "{moved:?}"
        );
    }
    assert_eq!(keyring.open(&PLACE, &sealed).unwrap().expose(), b"canary");
}

#[test]
fn a_value_moved_to_another_organization_does_not_open() {
    let sealed = seal(&acme(1, &[]), &PLACE, "canary");
    let theirs = Keyring::new(key(KeyOwner::Organization(OTHER), 1), Vec::new());
    let moved = Place {
        organization: Some(OTHER),
        ..PLACE
    };
    assert_eq!(refusal(&theirs, &moved, &sealed), OpenError::NotAuthentic);
    assert_eq!(refusal(&theirs, &PLACE, &sealed), OpenError::WrongOwner);
    assert_eq!(
        refusal(&acme(1, &[]), &moved, &sealed),
        OpenError::WrongOwner
    );
}

#[test]
fn an_instance_value_is_bound_to_the_organization_it_names() {
    let keyring = instance();
    let place = Place {
        purpose: Purpose::InstanceOutbox,
        table: "outbox",
        ..PLACE
    };
    let sealed = seal(&keyring, &place, "canary");
    for organization in [Some(OTHER), None] {
        assert_eq!(
            refusal(
                &keyring,
                &Place {
                    organization,
                    ..place
                },
                &sealed
            ),
            OpenError::NotAuthentic
        );
    }
    assert_eq!(keyring.open(&place, &sealed).unwrap().expose(), b"canary");
}

#[test]
fn a_keyring_serves_only_its_owners_purposes() {
    let seal = |keyring: &Keyring, place: Place| {
        keyring
            .seal(&mut rng(1), &place, &text("x"))
            .map(|_| ())
            .unwrap_err()
    };
    for purpose in Purpose::ALL {
        let wrong = if purpose.is_of_organization() {
            instance()
        } else {
            acme(1, &[])
        };
        let expected = if purpose.is_for_sealing() {
            SealError::WrongOwner
        } else {
            SealError::NotForSealing(purpose)
        };
        assert_eq!(
            seal(&wrong, Place { purpose, ..PLACE }),
            expected,
            "{purpose:?}"
        );
    }
    assert_eq!(
        seal(
            &acme(1, &[]),
            Place {
                organization: None,
                ..PLACE
            }
        ),
        SealError::WrongOwner
    );
    assert_eq!(
        seal(
            &acme(1, &[]),
            Place {
                organization: Some(OTHER),
                ..PLACE
            }
        ),
        SealError::WrongOwner
    );

    let sealed = self::seal(&acme(1, &[]), &PLACE, "x");
    let for_look_up = Place {
        purpose: Purpose::InstanceTokenIndex,
        ..PLACE
    };
    assert_eq!(
        refusal(&instance(), &for_look_up, &sealed),
        OpenError::WrongOwner
    );
}

#[test]
fn every_flipped_bit_of_an_envelope_fails() {
    // Version 3 and 0 are one flipped bit away from 1, so the changed header meets a key that is
    // held.
    let keyring = acme(1, &[0, 3, 5]);
    let good = seal(&keyring, &PLACE, "canary").into_bytes();
    for bit in 0..good.len() * 8 {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        let opened = Sealed::from_bytes(bad).and_then(|sealed| keyring.open(&PLACE, &sealed));
        assert!(opened.is_err(), "bit {bit} made no difference");
    }
}

#[test]
fn a_cut_or_stretched_envelope_fails() {
    let keyring = acme(1, &[]);
    let good = seal(&keyring, &PLACE, &"x".repeat(100)).into_bytes();
    for length in 0..good.len() {
        let opened = Sealed::from_bytes(good[..length].to_vec())
            .and_then(|sealed| keyring.open(&PLACE, &sealed));
        assert!(opened.is_err(), "{length} bytes opened");
    }
    for extra in 1..=64 {
        let longer = [good.as_slice(), &vec![0; extra]].concat();
        let opened = Sealed::from_bytes(longer).and_then(|sealed| keyring.open(&PLACE, &sealed));
        assert!(opened.is_err(), "{extra} more bytes opened");
    }
}

#[test]
fn rotation_keeps_old_values_readable_until_their_key_is_gone() {
    let old = seal(&acme(1, &[]), &PLACE, "canary");
    let rotated = acme(2, &[1]);
    assert_eq!(rotated.open(&PLACE, &old).unwrap().expose(), b"canary");
    let new = seal(&rotated, &PLACE, "canary");
    assert_eq!(
        (
            old.key_version(),
            new.key_version(),
            rotated.active_version()
        ),
        (1, 2, 2)
    );
    assert_eq!(rotated.versions().collect::<Vec<_>>(), [2, 1]);
    assert_eq!(
        refusal(&acme(2, &[]), &PLACE, &old),
        OpenError::UnknownKeyVersion { version: 1 }
    );
}

#[test]
fn a_rotated_keyring_seals_under_the_new_key_and_opens_under_all() {
    let former = acme(2, &[1]);
    let sealed = seal(&former, &PLACE, "value");
    let rotated = former.rotated(key(KeyOwner::Organization(ACME), 3));
    assert_eq!(rotated.versions().collect::<Vec<_>>(), [3, 2, 1]);
    assert_eq!(seal(&rotated, &PLACE, "value").key_version(), 3);
    assert!(rotated.open(&PLACE, &sealed).is_ok());
    // Whoever holds the former one goes on with it.
    assert_eq!(former.active_version(), 2);
    let foreign = rotated.rotated(key(KeyOwner::Instance, 4));
    assert_eq!(foreign.versions().collect::<Vec<_>>(), [3, 2, 1]);
}

#[test]
fn a_foreign_key_in_a_keyring_is_never_used() {
    let mixed = Keyring::new(
        key(KeyOwner::Organization(ACME), 2),
        vec![key(KeyOwner::Organization(OTHER), 1)],
    );
    assert_eq!(mixed.versions().collect::<Vec<_>>(), [2]);
    assert_eq!(mixed.owner(), KeyOwner::Organization(ACME));
}

#[test]
fn the_same_value_never_looks_the_same_twice() {
    let (keyring, mut rng) = (acme(1, &[]), rng(5));
    let one = keyring.seal(&mut rng, &PLACE, &text("canary")).unwrap();
    let other = keyring.seal(&mut rng, &PLACE, &text("canary")).unwrap();
    assert_ne!(one, other);
    assert_ne!(one.as_bytes()[6..18], other.as_bytes()[6..18]);
}

#[test]
fn values_and_files_are_taken_up_to_their_limits() {
    for (purpose, limit) in [
        (Purpose::OrganizationSecret, MAX_VALUE),
        (Purpose::OrganizationFile, MAX_FILE),
    ] {
        let (keyring, place) = (acme(1, &[]), Place { purpose, ..PLACE });
        let sealed = keyring
            .seal(&mut rng(1), &place, &Plaintext::new(vec![b'x'; limit]))
            .unwrap();
        let stored = Sealed::from_bytes(sealed.into_bytes()).unwrap();
        assert_eq!(keyring.open(&place, &stored).unwrap().len(), limit);
        let longer = keyring.seal(&mut rng(1), &place, &Plaintext::new(vec![b'x'; limit + 1]));
        assert_eq!(longer, Err(SealError::TooLarge { limit }));
    }
}

#[test]
fn look_up_hashes_depend_on_key_purpose_and_each_input() {
    let keyring = Keyring::new(key(KeyOwner::Instance, 2), vec![key(KeyOwner::Instance, 1)]);
    let base = keyring.index(Purpose::InstanceThrottle, &[b"ab", b"c"]);
    assert_eq!(
        keyring.index(Purpose::InstanceThrottle, &[b"ab", b"c"]),
        base
    );
    assert_ne!(
        keyring.index(Purpose::InstanceThrottle, &[b"a", b"bc"]),
        base
    );
    assert_ne!(keyring.index(Purpose::InstanceThrottle, &[b"abc"]), base);
    assert_ne!(
        keyring.index(Purpose::InstanceThrottle, &[b"ab", b"c", b""]),
        base
    );
    assert_ne!(keyring.index(Purpose::InstanceCsrf, &[b"ab", b"c"]), base);
    assert_eq!(
        keyring.index_with(2, Purpose::InstanceThrottle, &[b"ab", b"c"]),
        Some(base)
    );
    let old = instance().index(Purpose::InstanceThrottle, &[b"ab", b"c"]);
    assert_eq!(
        keyring.index_with(1, Purpose::InstanceThrottle, &[b"ab", b"c"]),
        Some(old)
    );
    assert_ne!(old, base);
    assert_eq!(keyring.index_with(3, Purpose::InstanceThrottle, &[]), None);
}

#[test]
fn debug_and_errors_show_neither_keys_nor_values() {
    let keyring = acme(2, &[1]);
    assert_eq!(
        format!("{keyring:?}"),
        "Keyring(organization 00000000-0000-0000-0000-000000000001, versions [2, 1], redacted)"
    );
    assert_eq!(
        format!("{:?}", instance()),
        "Keyring(the instance, versions [1], redacted)"
    );
    let sealed = seal(&keyring, &PLACE, "canary");
    let error = refusal(
        &keyring,
        &Place {
            version: 1,
            ..PLACE
        },
        &sealed,
    );
    assert!(!format!("{sealed:?} {error:?} {error} {:?}", text("canary")).contains("canary"));
}

#[test]
fn a_keyring_is_shared_between_threads() {
    let keyring = acme(1, &[]);
    let sealed = seal(&acme(1, &[]), &PLACE, "canary");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(keyring.open(&PLACE, &sealed).unwrap().expose(), b"canary"));
        }
    });
}

proptest! {
    #[test]
    fn every_value_comes_back(value: Vec<u8>, row: u128, version: u64, key_version: u32, seed: u64) {
        let keyring = acme(key_version, &[]);
        let place = Place { row: Uuid::from_u128(row), version, ..PLACE };
        let sealed = keyring.seal(&mut rng(seed), &place, &Plaintext::new(value.clone())).unwrap();
        let stored = Sealed::from_bytes(sealed.as_bytes().to_vec()).unwrap();
        prop_assert_eq!(stored.key_version(), key_version);
        let opened = keyring.open(&place, &stored).unwrap();
        prop_assert_eq!(opened.expose(), value);
    }

    #[test]
    fn another_row_or_version_never_opens(row: u128, version: u64) {
        let keyring = acme(1, &[]);
        let place = Place { row: Uuid::from_u128(row), version, ..PLACE };
        prop_assume!(place != PLACE);
        let sealed = seal(&keyring, &PLACE, "canary");
        prop_assert_eq!(refusal(&keyring, &place, &sealed), OpenError::NotAuthentic);
    }
}
