//! New keys in place of old ones, while everybody goes on: readable before, during and after, nothing lost, and no key
//! destroyed that something still needs.

use std::time::Duration;

use domain::{ApiError, BuiltInRole, EventType, LevelRef, VariableId, view::EventView};
use rand::{SeedableRng, rngs::StdRng};
use service::{
    Caller, OpenError, Service,
    ops::{
        EventQuery, InviteForm, Invited, KeyStatus, ROTATE_AFTER_DAYS, RotationScope, VariableEdit,
    },
    store::{Chain, Cursor, EventFilter},
};
use vault::RootKey;

use crate::common::{
    Engine, OneInvitation, Organization, Refused, World, hex, on_every_engine, on_sqlite, password,
    person, root_key, token_of,
};

const DAY: i64 = 86_400;
const ANA: &str = "ana@acme.example";

fn other_root() -> RootKey {
    RootKey::generate(&mut StdRng::seed_from_u64(99))
}

/// Everything an organization keeps sealed: values of each kind, former ones, a hint, links for their creator.
struct Sealed<'w> {
    acme: Organization<'w>,
    api: LevelRef,
    plain: VariableId,
    secret: VariableId,
    file: VariableId,
    invited: Invited,
}

impl<'w> Sealed<'w> {
    async fn new(world: &'w World) -> Self {
        let acme = world.organization("Acme").await;
        let api = LevelRef::Service(acme.shop().await.api);
        let plain = acme.plain(api, "PLAIN", "first").await;
        acme.sets(plain, "second").await;
        let secret = acme.secret(api, "TOKEN", "sixteen letters or more").await;
        let file = acme.file(api, "FILE", "/etc/app.conf", "port = 1").await;
        let form = InviteForm::one(ANA, BuiltInRole::Viewer.code());
        let invited = world.service.invite(&acme.owner, acme.id, &form);
        let invited = invited.await.unwrap();
        Self {
            api,
            plain,
            secret,
            file,
            invited,
            acme,
        }
    }

    /// All of it can be read, as it was.
    async fn is_readable_by(&self, service: &Service) {
        let (owner, id) = (&self.acme.owner, self.acme.id);
        let list = service.variables(owner, id, self.api).await.unwrap();
        let secret = list.variables.iter().find(|one| one.id == self.secret);
        assert!(secret.unwrap().hint.is_some());
        assert!(list.variables.iter().all(|one| !one.damaged));
        for (variable, value) in [(self.plain, "second"), (self.file, "port = 1")] {
            let view = service.variable(owner, id, variable).await.unwrap();
            assert_eq!(view.value.as_deref(), Some(value));
        }
        let query = EventQuery::default();
        for event in service.events(owner, id, &query).await.unwrap().events {
            service.event(owner, id, event.sequence).await.unwrap();
        }
        let links = service.invitation_results(owner, id, self.invited.handover.unwrap());
        assert_eq!(links.await.unwrap(), self.invited.results);
        let email = &person(owner).email;
        let visitor = self.acme.world.visitor();
        service.sign_in(&visitor, email, password()).await.unwrap();
    }

    /// A secret is read by nobody; saving another description opens it and seals it again.
    async fn secret_opens(&self) {
        let form = VariableEdit {
            description: "Checked".to_owned(),
            ..self.acme.form(self.secret).await
        };
        let edit = self
            .acme
            .world
            .service
            .edit_variable(&self.acme.owner, self.acme.id, form);
        edit.await.unwrap();
    }
}

/// Runs a whole pass: values moved, values that do not open, versions destroyed.
async fn reencrypts(service: &Service) -> (u64, u64, u64) {
    let mut pass = service.reencryption().await.unwrap();
    while service.reencrypt_some(&mut pass).await.unwrap() {}
    (pass.moved(), pass.unreadable(), pass.destroyed())
}

async fn rotates(acme: &Organization<'_>) -> u32 {
    let service = &acme.world.service;
    let operator = acme.world.operator();
    let version = service.rotate_organization_key(&operator, acme.id).await;
    version.unwrap()
}

/// The versions of an owner's key, the active one with a star.
async fn versions(world: &World, owner: &str) -> String {
    let rows = world
        .rows(&format!(
            "select version, active from layer_key where owner = '{owner}' order by version"
        ))
        .await;
    let words: Vec<_> = rows
        .iter()
        .map(|row| format!("{}{}", row[0], if row[1] == "1" { "*" } else { "" }))
        .collect();
    words.join(" ")
}

/// How many values of a column are under a key version.
async fn under(world: &World, table: &str, column: &str, version: u32) -> i64 {
    let bytes = hex(&version.to_be_bytes());
    let literal = match world.engine {
        Engine::Sqlite => format!("x'{bytes}'"),
        Engine::Postgres => format!("'\\x{bytes}'"),
    };
    world
        .count(&format!(
            "{table} where {column} is not null and substr({column}, 3, 4) = {literal}"
        ))
        .await
}

async fn status(world: &World, owner: &str) -> KeyStatus {
    let report = world.service.key_report(&world.operator()).await.unwrap();
    assert_eq!(report.under_other_root, 0);
    let found = report.owners.into_iter().find(|key| key.owner == owner);
    found.unwrap()
}

/// The newest event of the instance's own log.
async fn last_of_instance(world: &World) -> EventView {
    let mut tx = world.service.store().read().await.unwrap();
    let events = tx.events(Chain::Instance, &EventFilter::default(), Cursor::Newest, 1);
    events.await.unwrap().remove(0).view
}

#[test]
fn what_an_organization_keeps_is_readable_before_during_and_after_a_rotation() {
    on_every_engine(async |world| {
        let sealed = Sealed::new(world).await;
        let acme = &sealed.acme;
        sealed.is_readable_by(&world.service).await;
        assert_eq!(rotates(acme).await, 2);
        assert_eq!(versions(world, &acme.id.to_string()).await, "1 2*");
        sealed.is_readable_by(&world.service).await;

        acme.plain(sealed.api, "NEW", "after").await;
        assert_eq!(under(world, "variable", "value", 2).await, 1);
        let before = status(world, "acme").await;
        assert_eq!((before.version, before.older), (2, vec![1]));
        // Three values and a hint, four former values, one list of links.
        assert_eq!(before.values_left, 3 + 1 + 4 + 1);

        let mut pass = world.service.reencryption().await.unwrap();
        while world.service.reencrypt_some(&mut pass).await.unwrap() {
            sealed.is_readable_by(&world.service).await;
        }
        assert_eq!((pass.moved(), pass.unreadable()), (9, 0));
        assert_eq!(pass.destroyed(), 1);
        assert_eq!(versions(world, &acme.id.to_string()).await, "2*");
        sealed.is_readable_by(&world.service).await;
        let after = status(world, "acme").await;
        assert_eq!((after.values_left, after.older), (0, Vec::new()));

        // Only now nothing remembers the old version any more.
        world.service.close().await;
        sealed.is_readable_by(&world.reopened().await).await;
    });
}

#[test]
fn a_secret_opens_after_its_key_was_destroyed() {
    on_every_engine(async |world| {
        let sealed = Sealed::new(world).await;
        rotates(&sealed.acme).await;
        reencrypts(&world.service).await;
        assert_eq!(versions(world, &sealed.acme.id.to_string()).await, "2*");
        sealed.secret_opens().await;
    });
}

#[test]
fn one_rotation_behind_the_other_moves_everything_to_the_newest_key() {
    on_every_engine(async |world| {
        let sealed = Sealed::new(world).await;
        let acme = &sealed.acme;
        rotates(acme).await;
        acme.plain(sealed.api, "MIDDLE", "2").await;
        rotates(acme).await;
        assert_eq!(versions(world, &acme.id.to_string()).await, "1 2 3*");
        assert_eq!(reencrypts(&world.service).await, (9 + 2, 0, 2));
        assert_eq!(versions(world, &acme.id.to_string()).await, "3*");
        assert_eq!(reencrypts(&world.service).await, (0, 0, 0));
        sealed.is_readable_by(&world.service).await;
    });
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
        assert_eq!(versions(world, "instance").await, "1 2*");
        let left = status(world, "the instance").await;
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
        assert_eq!(versions(world, "instance").await, "2*");
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
        assert_eq!(versions(world, "instance").await, "1 2*");
        let (name, email) = ("Olivia", "olivia@acme.example");
        let visitor = world.visitor();
        let service = &world.service;
        let done = service.complete_setup(&visitor, token, name, email, password(), "Acme");
        done.await.unwrap();
        assert_eq!(reencrypts(&world.service).await, (0, 0, 1));
    });
}

#[test]
fn a_batch_is_no_larger_than_two_hundred_rows() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let api = LevelRef::Service(acme.shop().await.api);
        for number in 0..205 {
            acme.plain(api, &format!("KEY_{number}"), "1").await;
        }
        rotates(&acme).await;
        let mut pass = world.service.reencryption().await.unwrap();
        let mut batches = Vec::new();
        while world.service.reencrypt_some(&mut pass).await.unwrap() {
            let before: u64 = batches.iter().sum();
            batches.push(pass.moved() - before);
        }
        assert_eq!(batches, [200, 5, 200, 5]);
    });
}

#[test]
fn a_batch_of_large_files_is_smaller() {
    on_sqlite(async |world| {
        let acme = world.organization("Acme").await;
        let api = LevelRef::Service(acme.shop().await.api);
        let large = "x".repeat(1024 * 1024);
        for number in 0..5 {
            let (key, path) = (format!("FILE_{number}"), format!("/etc/{number}"));
            acme.file(api, &key, &path, &large).await;
        }
        rotates(&acme).await;
        let mut pass = world.service.reencryption().await.unwrap();
        world.service.reencrypt_some(&mut pass).await.unwrap();
        assert_eq!(pass.moved(), 4);
    });
}

#[test]
fn a_run_that_is_cut_short_after_every_batch_gets_there_all_the_same() {
    on_every_engine(async |world| {
        let sealed = Sealed::new(world).await;
        let operator = world.operator();
        let everything = RotationScope::Everything;
        let rotated = world.service.rotate_keys(&operator, everything).await;
        assert_eq!(rotated.unwrap().len(), 2);
        let mut left = u64::MAX;
        for _ in 0..20 {
            let service = world.reopened().await;
            let mut pass = service.reencryption().await.unwrap();
            let more = service.reencrypt_some(&mut pass).await.unwrap();
            service.close().await;
            sealed.is_readable_by(&world.service).await;
            let now = status(world, "acme").await.values_left
                + status(world, "the instance").await.values_left;
            assert!(now < left || !more, "{now} of {left}");
            left = now;
            if !more {
                break;
            }
        }
        assert_eq!(left, 0);
        assert_eq!(versions(world, &sealed.acme.id.to_string()).await, "2*");
    });
}

#[test]
fn an_edit_made_meanwhile_wins() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let api = LevelRef::Service(acme.shop().await.api);
        let id = acme.plain(api, "A", "old").await;
        rotates(&acme).await;
        let form = VariableEdit {
            value: Some("new".to_owned().into()),
            ..acme.form(id).await
        };
        // Both wait for the right to write, the edit first; the re-encryption has read the old value by then.
        let held = world.service.store().write().await.unwrap();
        let (service, owner, organization) = (world.service.clone(), acme.owner.clone(), acme.id);
        let edit =
            tokio::spawn(async move { service.edit_variable(&owner, organization, form).await });
        tokio::time::sleep(Duration::from_millis(200)).await;
        let service = world.service.clone();
        let batch = tokio::spawn(async move {
            let mut pass = service.reencryption().await.unwrap();
            service.reencrypt_some(&mut pass).await.unwrap();
            pass.moved()
        });
        tokio::time::sleep(Duration::from_millis(200)).await;
        drop(held);
        edit.await.unwrap().unwrap();
        assert_eq!(batch.await.unwrap(), 0);
        let view = acme.sees(id).await;
        assert_eq!((view.value.as_deref(), view.version), (Some("new"), 2));
        // What is left is the former value.
        assert_eq!(reencrypts(&world.service).await, (1, 0, 1));
        assert_eq!(acme.sees(id).await.value.as_deref(), Some("new"));
    });
}

#[test]
fn many_edits_and_many_rotations_at_once_lose_nothing() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let api = LevelRef::Service(acme.shop().await.api);
        let mut ids = Vec::new();
        for number in 0..8 {
            ids.push(acme.plain(api, &format!("KEY_{number}"), "0").await);
        }
        let (service, operator, organization) = (world.service.clone(), world.operator(), acme.id);
        let rotating = tokio::spawn(async move {
            for _ in 0..6 {
                let rotated = service.rotate_organization_key(&operator, organization);
                rotated.await.unwrap();
                reencrypts(&service).await;
            }
        });
        for round in 1..=5 {
            for id in &ids {
                acme.sets(*id, &format!("{round}")).await;
            }
        }
        rotating.await.unwrap();
        for id in &ids {
            let view = acme.sees(*id).await;
            assert_eq!((view.value.as_deref(), view.version), (Some("5"), 6));
        }
        reencrypts(&world.service).await;
        assert_eq!(versions(world, &acme.id.to_string()).await, "7*");
        for event in acme.log().await {
            let detail = world.service.event(&acme.owner, acme.id, event.sequence);
            detail.await.unwrap();
        }
    });
}

#[test]
fn a_value_that_was_altered_is_left_alone_and_keeps_its_key() {
    on_every_engine(async |world| {
        let sealed = Sealed::new(world).await;
        let acme = &sealed.acme;
        let here = format!("id = '{}'", sealed.plain);
        let select = format!("select value from variable where {here}");
        let sound = world.value(&select).await;
        let mut altered = sound.clone().into_bytes();
        let last = altered.last_mut().unwrap();
        *last = if *last == b'0' { b'1' } else { b'0' };
        let altered = String::from_utf8(altered).unwrap();
        world.set_bytes("variable", "value", &here, &altered).await;
        rotates(acme).await;
        for _ in 0..2 {
            let (_, unreadable, destroyed) = reencrypts(&world.service).await;
            assert_eq!((unreadable, destroyed), (1, 0));
            assert_eq!(world.value(&select).await, altered);
        }
        assert_eq!(versions(world, &acme.id.to_string()).await, "1 2*");
        assert_eq!(status(world, "acme").await.values_left, 1);

        // It was worth it: put right, it opens, and moves like the others.
        world.set_bytes("variable", "value", &here, &sound).await;
        sealed.is_readable_by(&world.service).await;
        assert_eq!(reencrypts(&world.service).await, (1, 0, 1));
        sealed.is_readable_by(&world.service).await;
    });
}

#[test]
fn while_a_value_names_no_key_that_is_there_none_is_destroyed() {
    on_every_engine(async |world| {
        let sealed = Sealed::new(world).await;
        let here = format!("id = '{}'", sealed.plain);
        let select = format!("select value from variable where {here}");
        let sound = world.value(&select).await;
        rotates(&sealed.acme).await;
        for broken in ["", "01", &sound.replacen("010100000001", "010100000007", 1)] {
            world.set_bytes("variable", "value", &here, broken).await;
            let (_, unreadable, destroyed) = reencrypts(&world.service).await;
            assert_eq!((unreadable, destroyed), (1, 0), "{broken}");
        }
        world.set_bytes("variable", "value", &here, &sound).await;
        assert_eq!(reencrypts(&world.service).await, (1, 0, 1));
        sealed.is_readable_by(&world.service).await;
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
        assert_eq!(versions(world, &owner).await, "1 2*");
        assert_eq!(versions(world, "instance").await, "1 2*");
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
        assert_eq!(versions(world, &owner).await, "1 2*");
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
            let root = service.rotate_root_key(caller, other_root(), &root_key());
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
                .rotate_root_key(&operator, other_root(), &root_key());
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
        let wrong = service.rotate_root_key(&operator, other_root(), &third());
        let ApiError::Refused { reason } = wrong.await.refusal() else {
            panic!("it was not refused")
        };
        for id in [root_key().id(), third().id()] {
            assert!(reason.contains(&id.to_string()), "{reason}");
        }
        let same = service.rotate_root_key(&operator, root_key(), &root_key());
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
        let exchanged = elsewhere.rotate_root_key(&operator, other_root(), &root_key());
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

#[test]
fn no_sealed_column_is_forgotten() {
    on_sqlite(async |world| {
        let columns = world
            .rows(
                "select t.name || '.' || c.name from sqlite_schema t join pragma_table_info(t.name) c \
                 where t.type = 'table' and lower(c.type) = 'blob' and t.name not like '\\_%' escape '\\' order by 1",
            )
            .await;
        // A new one goes into `SealedColumn` of store/rotation.rs when it is sealed, or its values are lost with their key.
        let not_sealed = [
            "audit_chain.head_hash",
            "audit_event.hash",
            "audit_event.request",
            "instance.setup_hash",
            "invitation.token_hash",
            "layer_key.checked",
            "layer_key.wrapped",
            "session.token_hash",
            "throttle.key",
        ];
        let sealed: Vec<_> = columns
            .iter()
            .map(|row| row[0].as_str())
            .filter(|column| !not_sealed.contains(column))
            .collect();
        assert_eq!(
            sealed,
            [
                "handover.content",
                "outbox.mail",
                "person.password",
                "variable.hint",
                "variable.value",
                "variable_version.value",
            ]
        );
    });
}
