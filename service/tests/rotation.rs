//! New keys in place of old ones: when, by whom, and what outlives them. What they seal is moved over in
//! `reencryption.rs`.

use domain::{ApiError, BuiltInRole, EventType, LevelRef, view::EventView};
use rand::{SeedableRng, rngs::StdRng};
use service::{
    Caller, OpenError,
    ops::{InviteForm, ROTATE_AFTER_DAYS, RotationScope},
    store::{Chain, Cursor, EventFilter},
};
use vault::RootKey;

use crate::common::{
    OneInvitation, Refused, Sealed, World, key_status, key_versions, on_every_engine, password,
    person, reencrypts, root_key, rotates, token_of,
};

const DAY: i64 = 86_400;
const ANA: &str = "ana@acme.example";

fn other_root() -> RootKey {
    RootKey::generate(&mut StdRng::seed_from_u64(99))
}

/// The newest event of the instance's own log.
async fn last_of_instance(world: &World) -> EventView {
    let mut tx = world.service.store().read().await.unwrap();
    let all = EventFilter::default();
    let events = tx.events(Chain::Instance, &all, Cursor::Newest, 1);
    events.await.unwrap().remove(0).view
}

#[test]
fn passwords_sessions_links_and_mail_outlive_the_key_of_the_instance() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let email = person(&acme.owner).email.clone();
        let sign_in = async || {
            let visitor = world.visitor();
            world.service.sign_in(&visitor, &email, password()).await
        };
        let session = sign_in().await.unwrap().token;
        let link = acme.invites(ANA, BuiltInRole::Viewer).await;
        let operator = world.operator();
        let rotated = world.service.rotate_instance_key(&operator).await;
        assert_eq!(rotated.unwrap(), 2);

        let knows = async || {
            let known = world.service.authenticate(session.expose()).await;
            known.unwrap().is_some()
        };
        assert!(knows().await);
        sign_in().await.unwrap();
        // A password and a mail.
        assert_eq!(reencrypts(&world.service).await, (2, 0, 0));
        assert_eq!(key_versions(world, "instance").await, "1 2*");
        let left = key_status(world, "the instance").await;
        // The owner's first session, this one, and the invitation.
        assert_eq!((left.values_left, left.links_left), (0, 3));
        assert!(knows().await);
        sign_in().await.unwrap();
        assert_eq!(world.delivered_mails().await.len(), 1);
        acme.accepts(&link, "Ana").await;

        // The sessions end, and with them what kept the old version.
        world.clock.advance(DAY);
        world.service.expire().await.unwrap();
        assert_eq!(reencrypts(&world.service).await, (0, 0, 1));
        assert_eq!(key_versions(world, "instance").await, "2*");
        sign_in().await.unwrap();
        world.service.close().await;
        let again = world.reopened().await;
        let visitor = world.visitor();
        again.sign_in(&visitor, &email, password()).await.unwrap();
    });
}

#[test]
fn a_link_of_before_a_rotation_is_declined_or_resent_as_ever() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let form = InviteForm::one(ANA, BuiltInRole::Viewer.code());
        let invited = world.service.invite(&acme.owner, acme.id, &form);
        let invited = invited.await.unwrap();
        let declined = acme.invites("bo@acme.example", BuiltInRole::Viewer).await;
        let operator = world.operator();
        world.service.rotate_instance_key(&operator).await.unwrap();
        let visitor = world.visitor();
        let decline = world.service.decline_invitation(&visitor, &declined);
        decline.await.unwrap();
        assert_eq!(world.count("invitation where key_version = 1").await, 2);
        let resend = world
            .service
            .resend_invitation(&acme.owner, acme.id, invited.id());
        let fresh = token_of(&resend.await.unwrap().link().unwrap());
        assert_eq!(world.count("invitation where key_version = 2").await, 1);
        acme.accepts(&fresh, "Ana").await;
    });
}

#[test]
fn the_set_up_link_outlives_the_key_of_the_instance() {
    on_every_engine(async |world| {
        let link = world.service.renew_setup_link(None).await.unwrap().unwrap();
        let (_, token) = link.split_once("token=").unwrap();
        let operator = world.operator();
        world.service.rotate_instance_key(&operator).await.unwrap();
        assert_eq!(reencrypts(&world.service).await, (0, 0, 0));
        assert_eq!(key_versions(world, "instance").await, "1 2*");
        let (name, email) = ("Olivia", "olivia@acme.example");
        let visitor = world.visitor();
        let service = &world.service;
        let done = service.complete_setup(&visitor, token, name, email, password(), "Acme");
        done.await.unwrap();
        assert_eq!(reencrypts(&world.service).await, (0, 0, 1));
    });
}

#[test]
fn a_key_is_rotated_by_itself_after_a_year() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let owner = acme.id.to_string();
        world.clock.advance(ROTATE_AFTER_DAYS * DAY - 1);
        assert_eq!(world.service.rotate_due_keys().await.unwrap(), 0);
        world.clock.advance(1);
        assert_eq!(world.service.rotate_due_keys().await.unwrap(), 2);
        assert_eq!(key_versions(world, &owner).await, "1 2*");
        assert_eq!(key_versions(world, "instance").await, "1 2*");
        assert_eq!(world.service.rotate_due_keys().await.unwrap(), 0);
        let event = acme.last_event().await;
        assert_eq!(event.event_type, EventType::Rotate);
        assert_eq!(event.actor, "System");
    });
}

#[test]
fn a_key_is_rotated_by_itself_after_a_quarter_of_its_uses() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let owner = acme.id.to_string();
        let used = async |encryptions: i64| {
            world
                .sql(&format!(
                    "update layer_key set encryptions = {encryptions} where owner = '{owner}'"
                ))
                .await;
            world.service.rotate_due_keys().await.unwrap()
        };
        assert_eq!(used((1 << 30) - 1).await, 0);
        assert_eq!(used(1 << 30).await, 1);
        assert_eq!(key_versions(world, &owner).await, "1 2*");
    });
}

#[test]
fn a_key_that_is_used_up_is_replaced_by_command() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let api = LevelRef::Service(acme.shop().await.api);
        let limit = (1_i64 << 32) - (1 << 20);
        world
            .sql(&format!("update layer_key set encryptions = {limit}"))
            .await;
        rotates(&acme).await;
        acme.plain(api, "A", "1").await;
    });
}

#[test]
fn rotations_and_destroyed_keys_are_in_the_log_of_their_owner() {
    on_every_engine(async |world| {
        let sealed = Sealed::new(world).await;
        let acme = &sealed.acme;
        let operator = world.operator();
        let rotated = world
            .service
            .rotate_keys(&operator, RotationScope::Organization("acme"));
        let rotated = rotated.await.unwrap();
        assert_eq!((rotated[0].owner.as_str(), rotated[0].version), ("acme", 2));
        let event = acme.last_event().await;
        assert_eq!(event.event_type, EventType::Rotate);
        assert_eq!(event.change.to_text(), r#"{"key_version":[1,2]}"#);
        reencrypts(&world.service).await;
        let event = acme.last_event().await;
        assert_eq!(
            (event.event_type, event.change.to_text().as_str()),
            (
                EventType::Rotate,
                r#"{"destroyed_key_versions":["1",null]}"#
            )
        );
        let scope = RotationScope::Instance;
        world.service.rotate_keys(&operator, scope).await.unwrap();
        let event = last_of_instance(world).await;
        assert_eq!(event.event_type, EventType::Rotate);
    });
}

#[test]
fn only_the_operator_rotates_keys() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let before = world.snapshot().await;
        let service = &world.service;
        let refused = |refusal: ApiError| assert_eq!(refusal, ApiError::NotFound);
        for caller in [&acme.owner, &world.visitor()] {
            let caller: &Caller = caller;
            refused(
                service
                    .rotate_organization_key(caller, acme.id)
                    .await
                    .refusal(),
            );
            refused(service.rotate_instance_key(caller).await.refusal());
            let everything = RotationScope::Everything;
            refused(service.rotate_keys(caller, everything).await.refusal());
            refused(service.key_report(caller).await.refusal());
            let root = service.rotate_root_key(caller, other_root(), root_key());
            refused(root.await.refusal());
        }
        let nobody = RotationScope::Organization("nobody");
        refused(
            service
                .rotate_keys(&world.operator(), nobody)
                .await
                .refusal(),
        );
        assert_eq!(world.snapshot().await, before);
    });
}

#[test]
fn another_root_key_wraps_every_key_and_touches_no_value() {
    on_every_engine(async |world| {
        let sealed = Sealed::new(world).await;
        rotates(&sealed.acme).await;
        let before = world.snapshot().await;
        let operator = world.operator();
        let exchange = async || {
            let done = world
                .service
                .rotate_root_key(&operator, other_root(), root_key());
            let done = done.await.unwrap();
            assert_eq!(done.current, other_root().id());
            (done.before, done.after)
        };
        assert_eq!(exchange().await, (3, 0));
        let after = world.snapshot().await;
        for table in [
            "variable",
            "variable_version",
            "person",
            "outbox",
            "handover",
        ] {
            assert_eq!(before[table], after[table]);
        }
        assert_eq!(last_of_instance(world).await.event_type, EventType::Rotate);
        sealed.is_readable_by(&world.service).await;
        // A second time there is nothing to do, and nothing is said to have been done.
        let before = world.snapshot().await;
        assert_eq!(exchange().await, (0, 0));
        assert_eq!(world.snapshot().await, before);

        // Keys that come later are under the new one too.
        world.organization("Globex").await;
        rotates(&sealed.acme).await;
        let old = world.try_open(root_key(), world.options()).await;
        assert!(matches!(old, Err(OpenError::WrongRootKey { .. })));
        let opened = world.try_open(other_root(), world.options()).await;
        let opened = opened.unwrap();
        sealed.is_readable_by(&opened).await;
        opened.close().await;
    });
}

#[test]
fn a_root_key_that_does_not_fit_is_refused_by_name_and_changes_nothing() {
    on_every_engine(async |world| {
        world.organization("Acme").await;
        let third = || RootKey::generate(&mut StdRng::seed_from_u64(100));
        let before = world.snapshot().await;
        let operator = world.operator();
        let service = &world.service;
        let wrong = service.rotate_root_key(&operator, other_root(), third());
        let ApiError::Refused { reason } = wrong.await.refusal() else {
            panic!("it was not refused")
        };
        for id in [root_key().id(), third().id()] {
            assert!(reason.contains(&id.to_string()), "{reason}");
        }
        let same = service.rotate_root_key(&operator, root_key(), root_key());
        let ApiError::Refused { reason } = same.await.refusal() else {
            panic!("it was not refused")
        };
        assert!(reason.contains(&root_key().id().to_string()), "{reason}");
        assert_eq!(world.snapshot().await, before);
        world.reopened().await;
    });
}

#[test]
fn a_process_with_the_former_root_key_makes_no_key_that_nobody_could_open() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let elsewhere = world.reopened().await;
        let operator = world.operator();
        let exchanged = elsewhere.rotate_root_key(&operator, other_root(), root_key());
        exchanged.await.unwrap();
        let before = world.snapshot().await;
        let service = &world.service;
        let rotation = service.rotate_organization_key(&operator, acme.id).await;
        assert!(rotation.is_err());
        let email = "owner@globex.example";
        let creation = service.create_owner(&operator, "Omar", email, password(), "Globex");
        assert!(matches!(
            creation.await.refusal(),
            ApiError::Conflict { .. }
        ));
        assert_eq!(world.snapshot().await, before);
    });
}
