//! Signing in: one answer for every failure, and patience with none of them.

use crate::common::Everybody;
use domain::{ApiError, BuiltInRole};
use service::Caller;
use tokio::task::JoinSet;
use vault::password::PasswordParameters;

use crate::common::{
    NETWORK, Refused, World, on_every_engine, on_sqlite, password, person, wrong_password,
};

const OLIVIA: &str = "owner@acme.example";
const NOBODY: &str = "nobody@acme.example";

async fn fails(world: &World, email: &str) -> ApiError {
    world
        .service
        .sign_in(&world.visitor(), email, wrong_password())
        .await
        .refusal()
}

async fn succeeds(world: &World, email: &str) -> Result<(), ApiError> {
    match world
        .service
        .sign_in(&world.visitor(), email, password())
        .await
    {
        Ok(_) => Ok(()),
        refused => Err(refused.refusal()),
    }
}

fn from(world: &World, network: &str) -> Caller {
    Caller {
        network: network.to_owned(),
        ..world.visitor()
    }
}

fn is_throttled(error: &ApiError) -> bool {
    matches!(error, ApiError::Throttled { .. })
}

#[test]
fn the_right_password_opens_a_session() {
    on_every_engine(async |world| {
        world.organization("Acme").await;
        let signed_in = world
            .service
            .sign_in(&world.visitor(), OLIVIA, password())
            .await
            .unwrap();
        assert_eq!(signed_in.person.name, "Olivia of Acme");
        assert_eq!(signed_in.organization.as_deref(), Some("acme"));
        assert_eq!(
            signed_in.expires_at,
            world.service.now().plus_seconds(12 * 3600)
        );
        let (who, _) = world
            .service
            .authenticate(signed_in.token.expose())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(who, signed_in.person);
    });
}

#[test]
fn an_address_is_recognized_however_it_is_written() {
    on_every_engine(async |world| {
        world.organization("Acme").await;
        for spelling in [
            " OWNER@ACME.EXAMPLE ",
            "Owner@acme.example",
            "ｏｗｎｅｒ@acme.example",
        ] {
            assert_eq!(succeeds(world, spelling).await, Ok(()), "{spelling}");
        }
    });
}

#[test]
fn wrong_passwords_unknown_and_disabled_accounts_and_nonsense_get_one_answer() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        acme.member(BuiltInRole::Viewer).await;
        world
            .sql("update person set disabled_at = 1 where email = 'viewer@acme.example'")
            .await;
        assert_eq!(fails(world, OLIVIA).await, ApiError::WrongCredentials);
        for email in [NOBODY, "viewer@acme.example", "no address", ""] {
            assert_eq!(
                succeeds(world, email).await,
                Err(ApiError::WrongCredentials),
                "{email}"
            );
        }
        for password in ["", &"x".repeat(5_000)] {
            let answer = world
                .service
                .sign_in(&world.visitor(), OLIVIA, password.to_owned().into())
                .await;
            assert_eq!(answer.refusal(), ApiError::WrongCredentials);
        }
    });
}

#[test]
fn five_failures_are_free_and_then_even_the_right_password_waits() {
    on_every_engine(async |world| {
        world.organization("Acme").await;
        for email in [OLIVIA, NOBODY] {
            for _ in 0..5 {
                assert_eq!(
                    fails(world, email).await,
                    ApiError::WrongCredentials,
                    "{email}"
                );
            }
            assert!(
                is_throttled(&succeeds(world, email).await.unwrap_err()),
                "{email}"
            );
        }
        world.clock.advance(1);
        assert_eq!(succeeds(world, OLIVIA).await, Ok(()));
    });
}

#[test]
fn every_further_failure_doubles_the_wait_up_to_a_quarter_of_an_hour() {
    on_every_engine(async |world| {
        world.organization("Acme").await;
        for _ in 0..4 {
            fails(world, OLIVIA).await;
        }
        for wait in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
            assert_eq!(fails(world, OLIVIA).await, ApiError::WrongCredentials);
            world.clock.advance(wait - 1);
            assert!(is_throttled(&fails(world, OLIVIA).await), "{wait}");
            world.clock.advance(1);
        }
        assert_eq!(succeeds(world, OLIVIA).await, Ok(()));
    });
}

#[test]
fn after_a_day_of_rest_an_account_starts_over_without_failures() {
    on_every_engine(async |world| {
        world.organization("Acme").await;
        for guess in 0..100 {
            let visitor = from(world, &format!("203.0.113.{guess}"));
            let answer = world
                .service
                .sign_in(&visitor, OLIVIA, wrong_password())
                .await;
            assert_eq!(answer.refusal(), ApiError::WrongCredentials, "{guess}");
            if guess < 99 {
                world.clock.advance(900);
            }
        }
        world.clock.advance(86_399);
        assert!(is_throttled(&succeeds(world, OLIVIA).await.unwrap_err()));
        world.clock.advance(1);
        // As at the very beginning: the stranger goes on, and Olivia is not kept out by that.
        for _ in 0..4 {
            assert_eq!(fails(world, OLIVIA).await, ApiError::WrongCredentials);
        }
        assert_eq!(succeeds(world, OLIVIA).await, Ok(()));
    });
}

#[test]
fn attempts_while_waiting_do_not_prolong_the_wait() {
    on_every_engine(async |world| {
        world.organization("Acme").await;
        for _ in 0..8 {
            world.clock.advance(10);
            fails(world, OLIVIA).await;
        }
        for _ in 0..20 {
            assert!(is_throttled(&fails(world, OLIVIA).await));
        }
        world.clock.advance(8);
        assert_eq!(succeeds(world, OLIVIA).await, Ok(()));
    });
}

#[test]
fn a_success_forgives_the_failures_before_it() {
    on_every_engine(async |world| {
        world.organization("Acme").await;
        for _ in 0..3 {
            for _ in 0..4 {
                assert_eq!(fails(world, OLIVIA).await, ApiError::WrongCredentials);
            }
            assert_eq!(succeeds(world, OLIVIA).await, Ok(()));
        }
    });
}

#[test]
fn a_restart_forgets_no_failure() {
    on_every_engine(async |world| {
        world.organization("Acme").await;
        for _ in 0..5 {
            fails(world, OLIVIA).await;
        }
        world.service.close().await;
        let again = world.reopened().await;
        assert!(is_throttled(
            &again
                .sign_in(&world.visitor(), OLIVIA, password())
                .await
                .refusal()
        ));
    });
}

#[test]
fn fifty_guesses_at_once_are_worth_no_more_than_five() {
    on_every_engine(async |world| {
        world.organization("Acme").await;
        let mut guesses = JoinSet::new();
        for _ in 0..50 {
            let (service, visitor) = (world.service.clone(), world.visitor());
            guesses.spawn(async move { service.sign_in(&visitor, OLIVIA, wrong_password()).await });
        }
        let answers: Vec<_> = guesses
            .join_all()
            .await
            .into_iter()
            .map(Refused::refusal)
            .collect();
        let told = answers
            .iter()
            .filter(|answer| **answer == ApiError::WrongCredentials)
            .count();
        assert!(told <= 5, "{told} guesses were answered");
        assert!(is_throttled(&succeeds(world, OLIVIA).await.unwrap_err()));
    });
}

#[test]
fn thirty_failures_from_one_network_stop_it_for_ten_minutes_and_nobody_else() {
    on_every_engine(async |world| {
        world.organization("Acme").await;
        for n in 0..30 {
            assert_eq!(
                fails(world, &format!("guess{n}@acme.example")).await,
                ApiError::WrongCredentials,
                "{n}"
            );
        }
        assert!(is_throttled(&succeeds(world, OLIVIA).await.unwrap_err()));
        world
            .service
            .sign_in(&from(world, "203.0.113.9"), OLIVIA, password())
            .await
            .unwrap();
        world.clock.advance(10 * 60);
        assert_eq!(succeeds(world, OLIVIA).await, Ok(()));
    });
}

#[test]
fn one_ipv6_household_counts_as_one_network() {
    on_every_engine(async |world| {
        world.organization("Acme").await;
        for n in 0..30 {
            let caller = from(world, &format!("2001:db8:1:2::{n:x}"));
            let _ = world
                .service
                .sign_in(&caller, &format!("guess{n}@acme.example"), password())
                .await;
        }
        let answer = world
            .service
            .sign_in(&from(world, "2001:db8:1:2:ffff::1"), OLIVIA, password())
            .await;
        assert!(is_throttled(&answer.refusal()));
        world
            .service
            .sign_in(&from(world, "2001:db8:1:3::1"), OLIVIA, password())
            .await
            .unwrap();
    });
}

#[test]
fn a_success_does_not_forgive_the_network() {
    on_every_engine(async |world| {
        world.organization("Acme").await;
        for n in 0..29 {
            fails(world, &format!("guess{n}@acme.example")).await;
        }
        assert_eq!(succeeds(world, OLIVIA).await, Ok(()));
        fails(world, NOBODY).await;
        assert!(is_throttled(&succeeds(world, OLIVIA).await.unwrap_err()));
    });
}

#[test]
fn whoever_is_signed_in_stays_so_while_strangers_guess() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        for _ in 0..6 {
            fails(world, OLIVIA).await;
        }
        world.service.everybody(&acme.owner, acme.id).await.unwrap();
    });
}

#[test]
fn counters_do_not_name_the_accounts_they_count() {
    on_every_engine(async |world| {
        fails(world, NOBODY).await;
        assert_eq!(world.count("throttle").await, 2);
        assert_eq!(
            world.places_of(NOBODY.as_bytes()).await,
            Vec::<String>::new()
        );
        let rows = world.snapshot().await.remove("throttle").unwrap();
        assert!(rows.iter().all(|row| !row.contains(NETWORK)));
    });
}

#[test]
fn counters_expire_by_age() {
    on_every_engine(async |world| {
        world.organization("Acme").await;
        fails(world, OLIVIA).await;
        world.clock.advance(23 * 3600);
        world.service.expire().await.unwrap();
        assert_eq!(world.count("throttle").await, 2);
        world.clock.advance(2 * 3600);
        world.service.expire().await.unwrap();
        assert_eq!(world.count("throttle").await, 0);
    });
}

#[test]
fn a_password_is_hashed_anew_when_the_parameters_got_stronger() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let id = person(&acme.owner).id;
        let version = format!("select password_version from person where id = '{id}'");
        let strong = || service::Options {
            passwords: PasswordParameters::FLOOR,
            ..world.options()
        };
        let stronger = world.reopened_with(strong()).await;

        stronger
            .sign_in(&world.visitor(), OLIVIA, wrong_password())
            .await
            .refusal();
        assert_eq!(world.number(&version).await, 1);
        stronger
            .sign_in(&world.visitor(), OLIVIA, password())
            .await
            .unwrap();
        assert_eq!(world.number(&version).await, 2);
        stronger
            .sign_in(&world.visitor(), OLIVIA, password())
            .await
            .unwrap();
        assert_eq!(world.number(&version).await, 2);
        // Back to weaker ones: what is stored stays as strong as it is.
        assert_eq!(succeeds(world, OLIVIA).await, Ok(()));
        assert_eq!(world.number(&version).await, 2);
    });
}

#[test]
fn a_password_hash_moved_to_another_account_lets_nobody_in() {
    on_sqlite(async |world| {
        let acme = world.organization("Acme").await;
        acme.member(BuiltInRole::Viewer).await;
        world
            .sql(&format!(
                "update person set password = (select password from person where email = 'viewer@acme.example') where email = '{OLIVIA}'"
            ))
            .await;
        let refusal = world
            .service
            .sign_in(&world.visitor(), OLIVIA, password())
            .await
            .refusal();
        assert!(
            matches!(refusal, ApiError::IntegrityFailure { .. }),
            "{refusal:?}"
        );
    });
}

#[test]
fn two_accounts_of_one_address_cannot_exist() {
    on_every_engine(async |world| {
        world.organization("Acme").await;
        let before = world.snapshot().await;
        let refusal = world
            .service
            .create_owner(
                &world.operator(),
                "Olivia",
                "OWNER@acme.example",
                password(),
                "Other",
            )
            .await
            .refusal();
        assert!(refusal.for_field("email").is_some(), "{refusal:?}");
        assert_eq!(world.snapshot().await, before);
    });
}
