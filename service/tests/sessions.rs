//! What a session is worth, and how it ends.

use crate::common::Everybody;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::BuiltInRole;
use service::ops::SignedIn;

use crate::common::{World, on_every_engine, on_sqlite, password, person};

async fn signs_in(world: &World) -> SignedIn {
    world
        .service
        .sign_in(&world.visitor(), "owner@acme.example", password())
        .await
        .unwrap()
}

async fn lives(world: &World, session: &SignedIn) -> bool {
    world
        .service
        .authenticate(session.token.expose())
        .await
        .unwrap()
        .is_some()
}

#[test]
fn a_session_ends_after_an_hour_without_use() {
    on_every_engine(async |world| {
        world.organization("Acme").await;
        let session = signs_in(world).await;
        world.clock.advance(3599);
        assert!(lives(world, &session).await);
        world.clock.advance(3599);
        assert!(lives(world, &session).await, "use prolongs it");
        world.clock.advance(3600);
        assert!(!lives(world, &session).await);
    });
}

#[test]
fn a_session_ends_after_twelve_hours_of_use() {
    on_every_engine(async |world| {
        world.organization("Acme").await;
        let session = signs_in(world).await;
        for _ in 0..23 {
            world.clock.advance(1800);
            assert!(lives(world, &session).await);
        }
        world.clock.advance(1799);
        assert!(lives(world, &session).await);
        world.clock.advance(1);
        assert!(!lives(world, &session).await);
    });
}

#[test]
fn a_clock_that_jumps_back_revives_no_session() {
    on_every_engine(async |world| {
        world.organization("Acme").await;
        let session = signs_in(world).await;
        world.clock.advance(13 * 3600);
        assert!(!lives(world, &session).await);
        world.service.expire().await.unwrap();
        world.clock.advance(-13 * 3600);
        assert!(!lives(world, &session).await);
    });
}

#[test]
fn signing_out_ends_this_session_and_no_other() {
    on_every_engine(async |world| {
        world.organization("Acme").await;
        let (here, there) = (signs_in(world).await, signs_in(world).await);
        let caller = world.caller(&world.visitor(), &here).await;
        world.service.sign_out(&caller).await.unwrap();
        assert!(!lives(world, &here).await);
        assert!(lives(world, &there).await);
    });
}

#[test]
fn signing_in_again_from_one_browser_ends_its_former_session() {
    on_every_engine(async |world| {
        world.organization("Acme").await;
        let (former, elsewhere) = (signs_in(world).await, signs_in(world).await);
        let caller = world.caller(&world.visitor(), &former).await;
        let present = world
            .service
            .sign_in(&caller, "owner@acme.example", password())
            .await
            .unwrap();
        assert!(!lives(world, &former).await);
        assert!(lives(world, &present).await);
        assert!(lives(world, &elsewhere).await);
    });
}

#[test]
fn disabling_an_account_ends_its_sessions_at_once() {
    on_every_engine(async |world| {
        world.organization("Acme").await;
        let session = signs_in(world).await;
        world.sql("update person set disabled_at = 1").await;
        assert!(!lives(world, &session).await);
    });
}

#[test]
fn only_a_session_token_is_a_session_token() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let session = signs_in(world).await;
        let invitation = acme
            .invites("viewer@acme.example", BuiltInRole::Viewer)
            .await;
        let text = session.token.expose();
        let turned: String = text.chars().rev().collect();
        for forged in [
            "",
            "x",
            &text[1..],
            &format!("{text}="),
            &turned,
            &invitation,
        ] {
            assert!(
                world.service.authenticate(forged).await.unwrap().is_none(),
                "{forged}"
            );
        }
    });
}

#[test]
fn sessions_are_stored_only_as_hashes() {
    on_every_engine(async |world| {
        world.organization("Acme").await;
        let session = signs_in(world).await;
        let bytes = URL_SAFE_NO_PAD.decode(session.token.expose()).unwrap();
        assert_eq!(
            world.places_of(session.token.expose().as_bytes()).await,
            Vec::<String>::new()
        );
        assert_eq!(world.places_of(&bytes).await, Vec::<String>::new());
    });
}

#[test]
fn a_visit_is_noted_to_the_minute_in_the_list_of_members_of_its_organization_alone() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        world
            .service
            .create_organization(&acme.owner, "Globex")
            .await
            .unwrap();
        let mine = world.service.organizations(&acme.owner).await.unwrap();
        let other = mine.iter().find(|one| one.name == "Globex").unwrap().id;
        let session = signs_in(world).await;
        let visits = async || {
            let path = service::ops::ConsolePath {
                organization: "acme".to_owned(),
                ..Default::default()
            };
            world.service.console(&acme.owner, &path).await.unwrap();
        };
        let active = async |organization| {
            world
                .service
                .everybody(&acme.owner, organization)
                .await
                .unwrap()[0]
                .last_active_at
        };
        // Signing in and asking for anything else is no visit.
        assert!(lives(world, &session).await);
        assert_eq!(active(acme.id).await, None);
        visits().await;
        let first = world.service.now();
        assert_eq!(active(acme.id).await, Some(first));
        world.clock.advance(59);
        visits().await;
        assert_eq!(active(acme.id).await, Some(first));
        world.clock.advance(1);
        visits().await;
        assert_eq!(active(acme.id).await, Some(world.service.now()));
        assert_eq!(active(other).await, None);
    });
}

#[test]
fn pages_can_be_read_while_somebody_else_writes() {
    on_every_engine(async |world| {
        world.organization("Acme").await;
        let session = signs_in(world).await;
        world.clock.advance(3599);
        let writing = world.service.store().write().await.unwrap();
        assert!(lives(world, &session).await);
        drop(writing);
        assert!(lives(world, &session).await);
        world.clock.advance(3599);
        assert!(lives(world, &session).await, "then it is noted");
    });
}

#[test]
fn pages_can_be_read_while_nothing_can_be_written() {
    on_sqlite(async |world| {
        world.organization("Acme").await;
        let session = signs_in(world).await;
        world.clock.advance(60);
        world
            .sql(
                "create trigger full before update on session begin select raise(abort, 'no space'); end",
            )
            .await;
        assert!(lives(world, &session).await);
    });
}

#[test]
fn sessions_past_their_time_are_forgotten() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        signs_in(world).await;
        world.clock.advance(3599);
        world.service.expire().await.unwrap();
        assert_eq!(world.count("session").await, 2);
        world.clock.advance(1);
        world.service.expire().await.unwrap();
        assert_eq!(world.count("session").await, 0);
        assert_eq!(person(&acme.owner).email, "owner@acme.example");
    });
}

#[test]
fn what_an_open_page_asks_by_itself_keeps_no_session_alive() {
    on_every_engine(async |world| {
        world.organization("Acme").await;
        let session = signs_in(world).await;
        let cookie = session.token.expose().to_owned();
        for _ in 0..5 {
            world.clock.advance(15 * 60);
            let _ = world.service.recognize(&cookie).await.unwrap();
        }
        assert!(world.service.recognize(&cookie).await.unwrap().is_none());
        assert!(!lives(world, &session).await);
    });
}
