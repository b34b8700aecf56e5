//! The first account: a link that works once.

use domain::{ApiError, Outcome};
use tokio::task::JoinSet;
use vault::Token;

use crate::common::{
    PASSWORD, PUBLIC_URL, Refused, World, assert_fields, on_every_engine, password,
};

/// The token of a fresh set-up link.
async fn setup_token(world: &World) -> String {
    let link = world.service.renew_setup_link(None).await.unwrap().unwrap();
    link.strip_prefix(&format!("{PUBLIC_URL}/setup?token="))
        .unwrap()
        .to_owned()
}

async fn completes(
    world: &World,
    token: &str,
    email: &str,
) -> service::Result<service::ops::SignedIn> {
    world
        .service
        .complete_setup(&world.visitor(), token, "Olivia", email, password(), "Acme")
        .await
}

#[test]
fn the_setup_link_makes_owner_organization_and_session_and_is_dead_afterwards() {
    on_every_engine(async |world| {
        assert!(world.service.needs_setup().await.unwrap());
        let token = setup_token(world).await;
        world.service.check_setup_link(&token).await.unwrap();

        let signed_in = completes(world, &token, "olivia@acme.example")
            .await
            .unwrap();
        assert_eq!(signed_in.organization.as_deref(), Some("acme"));
        let olivia = world.caller(&world.visitor(), &signed_in).await;
        let organizations = world.service.organizations(&olivia).await.unwrap();
        assert_eq!(
            (organizations.len(), organizations[0].role.as_str()),
            (1, "Owner")
        );

        assert!(!world.service.needs_setup().await.unwrap());
        assert_eq!(
            world.service.check_setup_link(&token).await.refusal(),
            ApiError::LinkVoid
        );
        let before = world.snapshot().await;
        assert_eq!(
            completes(world, &token, "eve@evil.example").await.refusal(),
            ApiError::LinkVoid
        );
        assert_eq!(world.snapshot().await, before);
    });
}

#[test]
fn fifty_people_with_the_setup_link_make_one_account() {
    on_every_engine(async |world| {
        let token = setup_token(world).await;
        let mut attempts = JoinSet::new();
        for n in 0..50 {
            let (service, visitor, token) = (world.service.clone(), world.visitor(), token.clone());
            attempts.spawn(async move {
                let (email, organization) =
                    (format!("person{n}@acme.example"), format!("Acme {n}"));
                service
                    .complete_setup(
                        &visitor,
                        &token,
                        "Somebody",
                        &email,
                        password(),
                        &organization,
                    )
                    .await
            });
        }
        let outcomes = attempts.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        for refused in outcomes.into_iter().filter(Result::is_err) {
            let why = refused.refusal();
            assert!(
                matches!(why, ApiError::LinkVoid | ApiError::Busy),
                "{why:?}"
            );
        }
        for table in ["person", "organization", "membership", "session"] {
            assert_eq!(world.count(table).await, 1, "{table}");
        }
        assert_eq!(world.count("layer_key").await, 2);
    });
}

#[test]
fn a_new_setup_link_kills_the_former_one() {
    on_every_engine(async |world| {
        let (former, present) = (setup_token(world).await, setup_token(world).await);
        assert_eq!(
            completes(world, &former, "olivia@acme.example")
                .await
                .refusal(),
            ApiError::LinkVoid
        );
        completes(world, &present, "olivia@acme.example")
            .await
            .unwrap();
    });
}

#[test]
fn a_link_chosen_by_the_operator_works() {
    on_every_engine(async |world| {
        let chosen = "A".repeat(43);
        let link = world
            .service
            .renew_setup_link(Token::parse(&chosen))
            .await
            .unwrap();
        assert_eq!(link, Some(format!("{PUBLIC_URL}/setup?token={chosen}")));
        completes(world, &chosen, "olivia@acme.example")
            .await
            .unwrap();
    });
}

#[test]
fn an_owner_made_by_command_closes_the_setup() {
    on_every_engine(async |world| {
        let token = setup_token(world).await;
        world.organization("Acme").await;
        assert!(!world.service.needs_setup().await.unwrap());
        assert_eq!(world.service.renew_setup_link(None).await.unwrap(), None);
        assert_eq!(
            world.service.check_setup_link(&token).await.refusal(),
            ApiError::LinkVoid
        );
        assert_eq!(
            completes(world, &token, "eve@evil.example").await.refusal(),
            ApiError::LinkVoid
        );
    });
}

#[test]
fn guessed_setup_links_are_void() {
    on_every_engine(async |world| {
        let token = setup_token(world).await;
        for guess in [
            "",
            "x",
            &token[1..],
            &format!("{token}A"),
            &token.to_lowercase(),
            &"A".repeat(43),
        ] {
            assert_eq!(
                world.service.check_setup_link(guess).await.refusal(),
                ApiError::LinkVoid,
                "{guess}"
            );
        }
    });
}

#[test]
fn a_set_up_form_names_every_field_at_once_and_leaves_the_link_alive() {
    on_every_engine(async |world| {
        let token = setup_token(world).await;
        let before = world.snapshot().await;
        let refusal = world
            .service
            .complete_setup(
                &world.visitor(),
                &token,
                " ",
                "olivia",
                "short".to_owned().into(),
                "",
            )
            .await
            .refusal();
        assert_fields(&refusal, &["organization", "email", "name", "password"]);
        assert_eq!(world.snapshot().await, before);
        completes(world, &token, "olivia@acme.example")
            .await
            .unwrap();
    });
}

#[test]
fn guessable_passwords_are_refused() {
    on_every_engine(async |world| {
        let token = setup_token(world).await;
        for weak in [
            "correcthorse",
            "passwordpassword",
            "aaaaaaaaaaaaaaaaaaaa",
            "olivia@acme.example",
            "0123456789012345",
        ] {
            let refusal = world
                .service
                .complete_setup(
                    &world.visitor(),
                    &token,
                    "Olivia",
                    "olivia@acme.example",
                    weak.to_owned().into(),
                    "Acme",
                )
                .await
                .refusal();
            assert_fields(&refusal, &["password"]);
            assert!(!format!("{refusal:?}").contains(weak));
        }
    });
}

#[test]
fn neither_the_setup_link_nor_the_password_is_stored_in_the_clear() {
    on_every_engine(async |world| {
        let token = setup_token(world).await;
        assert_eq!(
            world.places_of(token.as_bytes()).await,
            Vec::<String>::new()
        );
        completes(world, &token, "olivia@acme.example")
            .await
            .unwrap();
        assert_eq!(
            world.places_of(token.as_bytes()).await,
            Vec::<String>::new()
        );
        assert_eq!(
            world.places_of(PASSWORD.as_bytes()).await,
            Vec::<String>::new()
        );
        // Not even its hash: whoever has the file alone cannot try passwords against it.
        assert_eq!(world.places_of(b"$argon2id$").await, Vec::<String>::new());
        assert_ne!(
            world.places_of(b"olivia@acme.example").await,
            Vec::<String>::new()
        );
    });
}

#[test]
fn the_first_start_is_an_event_of_the_instance() {
    on_every_engine(async |world| {
        let mut tx = world.service.store().read().await.unwrap();
        let chain = service::store::Chain::Instance;
        let events = tx
            .events(
                chain,
                &Default::default(),
                service::store::Cursor::Newest,
                10,
            )
            .await
            .unwrap();
        assert_eq!(events.len(), 1);
        assert_eq!(
            (events[0].view.actor.as_str(), events[0].view.outcome),
            ("System", Outcome::Success)
        );
    });
}
