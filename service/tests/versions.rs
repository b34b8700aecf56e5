//! What variables were: kept with who, when and what, shown as far as it may be, and brought back under every rule.

use domain::{
    ApiError, BuiltInRole, EventType, LevelRef, Timestamp, VariableId, VariableKind, VersionKind,
};
use service::{
    Caller,
    ops::{
        Changed, NewAlias, NewVariable, PlaceHistory, RestoreReview, RestoreWhat, VariableEdit,
        VariableHistory, VersionRestore,
    },
};

use crate::common::{
    Organization, Refused, Shop, World, file, is_forbidden, on_every_engine, variable,
};

const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;

fn levels(shop: &Shop) -> [LevelRef; 3] {
    [
        LevelRef::Project(shop.project),
        LevelRef::Environment(shop.environment),
        LevelRef::Service(shop.api),
    ]
}

async fn history(acme: &Organization<'_>, id: VariableId) -> VariableHistory {
    let service = &acme.world.service;
    service
        .variable_history(&acme.owner, acme.id, id, None)
        .await
        .unwrap()
}

/// The versions of a variable from the first to the last, in words.
async fn told(acme: &Organization<'_>, id: VariableId) -> Vec<String> {
    let history = history(acme, id).await;
    let line = |version: &service::ops::VersionView| {
        let changed: Vec<_> = version.head.changed.iter().map(|one| one.label()).collect();
        let value = version.value.as_deref().unwrap_or("-");
        let what = version.head.what.label().to_lowercase();
        format!(
            "{} {what} {}={value}",
            version.head.version,
            changed.join("+")
        )
    };
    history.versions.iter().rev().map(line).collect()
}

async fn restores(
    acme: &Organization<'_>,
    who: &Caller,
    variable: VariableId,
    restore: u64,
) -> service::Result<()> {
    let version = history(acme, variable).await.newest.head.version;
    let form = VersionRestore {
        variable,
        version,
        restore,
    };
    let service = &acme.world.service;
    service.restore_version(who, acme.id, form).await
}

async fn edits(acme: &Organization<'_>, form: VariableEdit) {
    let service = &acme.world.service;
    service
        .edit_variable(&acme.owner, acme.id, form)
        .await
        .unwrap();
}

async fn makes_secret(acme: &Organization<'_>, id: VariableId) {
    let form = VariableEdit {
        make_secret: true,
        ..acme.form(id).await
    };
    edits(acme, form).await;
}

async fn deletes(acme: &Organization<'_>, id: VariableId) {
    let version = acme.sees(id).await.version;
    let service = &acme.world.service;
    service
        .delete_variable(&acme.owner, acme.id, id, version, false)
        .await
        .unwrap();
}

async fn changes(acme: &Organization<'_>, level: LevelRef) -> PlaceHistory {
    let service = &acme.world.service;
    service
        .place_history(&acme.owner, acme.id, level, "")
        .await
        .unwrap()
}

async fn reviews(acme: &Organization<'_>, level: LevelRef, point: Timestamp) -> RestoreReview {
    let service = &acme.world.service;
    service
        .review_restore(&acme.owner, acme.id, level, point)
        .await
        .unwrap()
}

async fn goes_back(
    acme: &Organization<'_>,
    level: LevelRef,
    review: &RestoreReview,
) -> service::Result<usize> {
    let service = &acme.world.service;
    service
        .restore_place(
            &acme.owner,
            acme.id,
            level,
            review.point,
            &review.fingerprint,
        )
        .await
}

/// Now, with everything that follows later.
fn mark(world: &World) -> Timestamp {
    let point = world.service.now();
    world.clock.advance(MINUTE);
    point
}

/// What a review says, one line a key.
fn lines(review: &RestoreReview) -> Vec<String> {
    let line = |step: &service::ops::RestoreStep| match &step.impossible {
        Some(why) => format!("{}: no, {why}", step.key),
        None => format!("{}: {}", step.key, step.what.label()),
    };
    review.steps.iter().map(line).collect()
}

// One variable

#[test]
fn every_change_is_a_version_that_says_who_when_and_what() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [_, _, api] = levels(&shop);
        let id = acme.file(api, "CONFIG", "/etc/a", "one").await;
        let first = mark(world);
        acme.sets(id, "two").await;
        let form = VariableEdit {
            mount_path: Some("/etc/b".to_owned()),
            as_is: Some(true),
            description: "The settings".to_owned(),
            ..acme.form(id).await
        };
        edits(&acme, form).await;
        assert_eq!(
            told(&acme, id).await,
            [
                "1 added =one",
                "2 changed value=two",
                "3 changed description+mount path+interpolation=two",
            ]
        );
        let all = history(&acme, id).await;
        let oldest = &all.versions[2];
        assert_eq!(
            (oldest.head.at, oldest.head.by.as_str()),
            (first, "Olivia of Acme")
        );
        assert_eq!(oldest.mount_path.as_deref(), Some("/etc/a"));
        assert!(all.is_file && !all.secret && !all.is_deleted() && all.locked.is_none());
    });
}

#[test]
fn versions_of_a_secret_say_that_they_are_and_nothing_else() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [project, _, api] = levels(&shop);
        let id = acme.plain(project, "TOKEN", "canary-one").await;
        let below = acme.overrides(api, "TOKEN", "canary-two").await;
        makes_secret(&acme, id).await;
        acme.sets(id, "canary-three-of-many-letters").await;
        let form = VariableEdit {
            description: "For payments".to_owned(),
            value: None,
            ..acme.form(id).await
        };
        edits(&acme, form).await;
        let all = history(&acme, id).await;
        assert!(!format!("{all:?}").contains("canary"));
        assert_eq!(
            told(&acme, id).await,
            [
                "1 added =-",
                "2 changed made secret=-",
                "3 changed value=-",
                "4 changed description=-",
            ]
        );
        assert_eq!(
            told(&acme, below).await,
            ["1 added =-", "2 changed made secret=-"]
        );
        assert!(!format!("{:?}", changes(&acme, project).await).contains("canary"));
    });
}

#[test]
fn long_histories_come_in_parts() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [_, _, api] = levels(&shop);
        let id = acme.plain(api, "A", "0").await;
        for value in 1..25 {
            world.clock.advance(MINUTE);
            acme.sets(id, &value.to_string()).await;
        }
        let first = history(&acme, id).await;
        assert_eq!(first.versions.len(), 20);
        let next = first.earlier.unwrap().head.version;
        assert_eq!(next, 5);
        let rest = world
            .service
            .variable_history(&acme.owner, acme.id, id, Some(next + 1))
            .await
            .unwrap();
        assert_eq!((rest.versions.len(), rest.earlier), (5, None));
        assert_eq!(rest.newest.head.version, 25);
        assert_eq!(rest.versions[4].value.as_deref(), Some("0"));
    });
}

#[test]
fn a_version_comes_back_as_a_new_one_and_as_an_event_of_its_own() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [_, _, api] = levels(&shop);
        let id = acme.plain(api, "LEVEL", "info").await;
        let form = VariableEdit {
            value: Some("debug".to_owned().into()),
            description: "While we look for it".to_owned(),
            ..acme.form(id).await
        };
        edits(&acme, form).await;
        let before = acme.event_count().await;
        restores(&acme, &acme.owner, id, 1).await.unwrap();
        let now = acme.sees(id).await;
        assert_eq!(
            (now.value.as_deref(), now.description.as_str(), now.version),
            (Some("info"), "", 3)
        );
        assert_eq!(
            told(&acme, id).await[2],
            "3 restored value+description=info"
        );
        assert_eq!(history(&acme, id).await.newest.head.restored_from, Some(1));
        assert_eq!(acme.events_since(before).await.len(), 1);
        let event = acme.last_event().await;
        assert_eq!(
            (event.event_type, event.subject.as_deref()),
            (EventType::Restore, Some("LEVEL"))
        );
        assert_eq!(
            event.change.to_text(),
            r#"{"description":["While we look for it",""],"restored_version":[null,1],"value_version":[2,3],"version":[2,3]}"#
        );
        let detail = world
            .service
            .event(&acme.owner, acme.id, event.sequence)
            .await
            .unwrap();
        assert!(detail.sentence.ends_with("restored LEVEL"));
        let value = detail.rows.iter().find(|row| row.field == "value").unwrap();
        assert_eq!(
            (value.before.as_deref(), value.after.as_deref()),
            (Some("debug"), Some("info"))
        );
    });
}

#[test]
fn a_secret_comes_back_without_being_shown_and_stays_one() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [_, _, api] = levels(&shop);
        let id = acme.plain(api, "TOKEN", "canary-while-it-was-plain").await;
        makes_secret(&acme, id).await;
        acme.sets(id, "another-canary-of-a-secret").await;
        restores(&acme, &acme.owner, id, 1).await.unwrap();
        let now = acme.sees(id).await;
        assert!(now.secret && now.value.is_none());
        let hint = now.hint.unwrap();
        assert_eq!((hint.first.as_str(), hint.last.as_str()), ("can", "ain"));
        let event = acme.last_event().await;
        assert_eq!(
            event.change.to_text(),
            r#"{"restored_version":[null,1],"value":"changed","version":[3,4]}"#
        );
        assert_eq!(world.count("variable_version where secret = 0").await, 0);
        assert_eq!(world.places_of(b"canary").await, [""; 0]);
    });
}

#[test]
fn what_is_there_or_was_never_there_is_not_restored() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [_, _, api] = levels(&shop);
        let id = acme.plain(api, "A", "1").await;
        acme.sets(id, "2").await;
        acme.sets(id, "1").await;
        let globex = world.organization("Globex").await;
        let theirs = globex
            .plain(LevelRef::Service(globex.shop().await.api), "A", "1")
            .await;
        let before = world.snapshot().await;
        let restore = async |variable, version, restore| {
            let form = VersionRestore {
                variable,
                version,
                restore,
            };
            world
                .service
                .restore_version(&acme.owner, acme.id, form)
                .await
                .refusal()
        };
        for same in [1, 3] {
            let refusal = restore(id, 3, same).await;
            assert!(matches!(refusal, ApiError::Refused { .. }), "{refusal:?}");
        }
        for unknown in [0, 4, u64::MAX] {
            assert_eq!(restore(id, 3, unknown).await, ApiError::NotFound);
        }
        assert_eq!(restore(theirs, 1, 1).await, ApiError::NotFound);
        let stale = restore(id, 2, 1).await;
        assert!(
            matches!(&stale, ApiError::Conflict { reason } if reason.contains("Olivia of Acme")),
            "{stale:?}"
        );
        assert_eq!(world.snapshot().await, before);
        let unseen = world
            .service
            .variable_history(&acme.owner, acme.id, theirs, None)
            .await;
        assert_eq!(unseen.refusal(), ApiError::NotFound);
    });
}

#[test]
fn reading_takes_sight_of_the_place_and_restoring_the_right_to_edit() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [_, _, api] = levels(&shop);
        let id = acme.plain(api, "A", "1").await;
        let point = mark(world);
        acme.sets(id, "2").await;
        let viewer = acme.member(BuiltInRole::Viewer).await;
        let billing = acme.member(BuiltInRole::Billing).await;
        let service = &world.service;
        let seen = service
            .variable_history(&viewer, acme.id, id, None)
            .await
            .unwrap();
        assert!(seen.locked.is_some_and(|why| why.contains("DevOps")));
        let list = service
            .place_history(&viewer, acme.id, api, "")
            .await
            .unwrap();
        assert!(list.locked.is_some() && list.changes.len() == 2);
        let before = world.snapshot().await;
        let form = VersionRestore {
            variable: id,
            version: 2,
            restore: 1,
        };
        let refusals = [
            service
                .restore_version(&viewer, acme.id, form)
                .await
                .refusal(),
            service
                .review_restore(&viewer, acme.id, api, point)
                .await
                .refusal(),
            service
                .restore_place(&viewer, acme.id, api, point, "")
                .await
                .refusal(),
        ];
        for refusal in refusals {
            assert!(is_forbidden(&refusal), "{refusal:?}");
        }
        let unseen = [
            service
                .variable_history(&billing, acme.id, id, None)
                .await
                .refusal(),
            service
                .place_history(&billing, acme.id, api, "")
                .await
                .refusal(),
            service
                .restore_version(&billing, acme.id, form)
                .await
                .refusal(),
            service
                .review_restore(&billing, acme.id, api, point)
                .await
                .refusal(),
        ];
        assert_eq!(unseen, [const { ApiError::NotFound }; 4]);
        assert_eq!(world.snapshot().await, before);
    });
}

#[test]
fn a_version_that_breaks_a_rule_by_now_is_refused_with_the_reason() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [_, _, api] = levels(&shop);
        let host = acme.plain(api, "HOST", "a").await;
        let url = acme.plain(api, "URL", "https://{{HOST}}").await;
        acme.sets(url, "https://fixed").await;
        let config = acme.file(api, "CONFIG", "/etc/a", "x").await;
        let form = VariableEdit {
            mount_path: Some("/etc/b".to_owned()),
            ..acme.form(config).await
        };
        edits(&acme, form).await;
        acme.file(api, "OTHER", "/etc/a", "y").await;
        // HOST mentions URL: what URL was would lead in a circle.
        acme.sets(host, "{{URL}}").await;
        let before = world.snapshot().await;
        for (id, why) in [
            (url, "These mention each other: URL → HOST → URL."),
            (config, "OTHER is mounted at /etc/a."),
        ] {
            match restores(&acme, &acme.owner, id, 1).await.refusal() {
                ApiError::Refused { reason } => assert!(reason.ends_with(why), "{reason}"),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(world.snapshot().await, before);
        acme.sets(host, "b").await;
        deletes(&acme, host).await;
        match restores(&acme, &acme.owner, url, 1).await.refusal() {
            ApiError::Refused { reason } => {
                assert!(reason.contains("HOST is not defined"), "{reason}");
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(acme.sees(url).await.version, 2);
    });
}

// Deleted ones

#[test]
fn a_deleted_variable_is_kept_for_thirty_days_and_comes_back_as_itself() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [_, _, api] = levels(&shop);
        let plain = acme.plain(api, "PLAIN", "one").await;
        let secret = acme.secret(api, "SECRET", "a canary nobody sees").await;
        acme.sets(plain, "two").await;
        let changed = acme.last_event().await.sequence;
        for id in [plain, secret] {
            deletes(&acme, id).await;
        }
        assert_eq!(acme.list(api).await, [""; 0]);
        assert_eq!(
            told(&acme, plain).await,
            ["1 added =one", "2 changed value=two", "3 deleted =-"]
        );
        assert!(history(&acme, plain).await.is_deleted());
        // The log still shows what it was to those who may read the log.
        let detail = world
            .service
            .event(&acme.owner, acme.id, changed)
            .await
            .unwrap();
        assert_eq!(detail.rows[0].after.as_deref(), Some("two"));

        world.clock.advance(29 * DAY);
        world.service.expire().await.unwrap();
        let owner = world.signs_in("owner@acme.example").await;
        for (id, version) in [(plain, 1), (secret, 1)] {
            restores(&acme, &owner, id, version).await.unwrap();
        }
        assert_eq!(
            acme.list(api).await,
            ["service PLAIN=one", "service SECRET=secret"]
        );
        assert_eq!(acme.sees(plain).await.version, 4);
        assert_eq!(
            acme.sees(secret).await.hint.unwrap().first,
            "a c",
            "the value is the former one"
        );
        world.clock.advance(40 * DAY);
        world.service.expire().await.unwrap();
        assert_eq!(told(&acme, plain).await.len(), 4, "what is there is kept");
    });
}

#[test]
fn what_a_deleted_variable_was_is_forgotten_after_thirty_days_alone() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [_, _, api] = levels(&shop);
        let (gone, again, kept) = (
            acme.plain(api, "GONE", "1").await,
            acme.plain(api, "AGAIN", "1").await,
            acme.plain(api, "KEPT", "1").await,
        );
        deletes(&acme, gone).await;
        deletes(&acme, again).await;
        world.clock.advance(20 * DAY);
        restores(&acme, &acme.owner, again, 1).await.unwrap();
        deletes(&acme, again).await;
        world.clock.advance(11 * DAY);
        world.service.expire().await.unwrap();
        let versions = async |id: VariableId| {
            world
                .count(&format!("variable_version where variable_id = '{id}'"))
                .await
        };
        assert_eq!(
            [
                versions(gone).await,
                versions(again).await,
                versions(kept).await
            ],
            [0, 4, 1]
        );
        let unknown = world
            .service
            .variable_history(&world.operator(), acme.id, gone, None)
            .await;
        assert_eq!(unknown.refusal(), ApiError::NotFound);
    });
}

#[test]
fn a_key_that_is_taken_again_keeps_the_former_variable_away() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [_, _, api] = levels(&shop);
        let former = acme.plain(api, "TOKEN", "plain once").await;
        deletes(&acme, former).await;
        let present = acme.secret(api, "TOKEN", "a secret of its own").await;
        let before = world.snapshot().await;
        let refusal = restores(&acme, &acme.owner, former, 1).await.refusal();
        assert!(matches!(refusal, ApiError::Refused { .. }), "{refusal:?}");
        assert_eq!(world.snapshot().await, before);
        assert_eq!(told(&acme, present).await, ["1 added =-"]);
    });
}

#[test]
fn an_override_comes_back_with_its_base_alone_and_is_a_secret_when_that_became_one() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [project, _, api] = levels(&shop);
        let base = acme.plain(project, "TOKEN", "wide").await;
        let over = acme.overrides(api, "TOKEN", "canary").await;
        deletes(&acme, over).await;
        makes_secret(&acme, base).await;
        restores(&acme, &acme.owner, over, 1).await.unwrap();
        let now = acme.sees(over).await;
        assert!(now.secret && now.kind == VariableKind::Override);
        assert_eq!(
            world
                .count("variable_version where secret = 0 and value is not null")
                .await,
            0
        );
        assert!(!format!("{:?}", history(&acme, over).await).contains("canary"));

        deletes(&acme, base).await;
        match restores(&acme, &acme.owner, over, 1).await.refusal() {
            ApiError::Refused { reason } => {
                assert!(reason.contains("overrides a value"), "{reason}");
            }
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn what_a_place_was_goes_with_the_place() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [project, environment, api] = levels(&shop);
        for level in [project, environment, api] {
            let id = acme.plain(level, "A_KEY", "1").await;
            deletes(&acme, id).await;
        }
        assert_eq!(world.count("variable_version").await, 6);
        world
            .service
            .delete_service(&acme.owner, acme.id, shop.api, "api")
            .await
            .unwrap();
        assert_eq!(world.count("variable_version").await, 4);
        world
            .service
            .delete_project(&acme.owner, acme.id, shop.project, "Shop")
            .await
            .unwrap();
        assert_eq!(world.count("variable_version").await, 0);
    });
}

// A place

#[test]
fn the_history_of_a_place_has_its_own_changes_and_no_others() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [project, environment, api] = levels(&shop);
        acme.plain(project, "WIDE", "1").await;
        acme.plain(api, "NARROW", "1").await;
        mark(world);
        let id = acme.plain(environment, "HERE", "1").await;
        mark(world);
        acme.sets(id, "2").await;
        mark(world);
        deletes(&acme, id).await;
        let list = changes(&acme, environment).await;
        let told: Vec<_> = list
            .changes
            .iter()
            .map(|change| (change.key.as_str(), change.head.version, change.head.what))
            .collect();
        assert_eq!(
            told,
            [
                ("HERE", 3, VersionKind::Deleted),
                ("HERE", 2, VersionKind::Edited),
                ("HERE", 1, VersionKind::Created)
            ]
        );
        assert_eq!(list.changes[1].head.changed, [Changed::Value]);
        assert_eq!(list.newest_at, Some(list.changes[0].head.at));
        assert!(list.older.is_none() && list.locked.is_none());
    });
}

#[test]
fn pages_of_a_history_follow_one_another_without_a_gap() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [_, _, api] = levels(&shop);
        // Some of one moment, so that the moment alone does not tell where a page ends.
        for number in 0..60 {
            if number % 7 == 0 {
                mark(world);
            }
            acme.plain(api, &format!("KEY_{number}"), "1").await;
        }
        let first = changes(&acme, api).await;
        assert_eq!(first.changes.len(), 50);
        let rest = world
            .service
            .place_history(&acme.owner, acme.id, api, &first.older.unwrap())
            .await
            .unwrap();
        assert_eq!((rest.changes.len(), rest.older), (10, None));
        let mut keys: Vec<_> = first
            .changes
            .iter()
            .chain(&rest.changes)
            .map(|change| change.key.clone())
            .collect();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), 60);
        let forged = world
            .service
            .place_history(&acme.owner, acme.id, api, "now")
            .await;
        assert_eq!(forged.refusal(), ApiError::BadRequest);
    });
}

#[test]
fn a_place_becomes_what_it_was_as_one_change() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [project, _, api] = levels(&shop);
        acme.plain(project, "WIDE", "stays").await;
        acme.plain(api, "SAME", "1").await;
        let changed = acme.plain(api, "CHANGED", "before").await;
        let secret = acme.secret(api, "SECRET", "first canary of all").await;
        let deleted = acme.plain(api, "DELETED", "back again").await;
        let point = mark(world);
        acme.sets(changed, "after").await;
        acme.sets(secret, "second canary of all").await;
        deletes(&acme, deleted).await;
        acme.plain(api, "NEW", "1").await;
        mark(world);
        let review = reviews(&acme, api, point).await;
        assert_eq!(
            lines(&review),
            [
                "CHANGED: Changed back",
                "DELETED: Added back",
                "NEW: Removed",
                "SECRET: Changed back"
            ]
        );
        assert_eq!(
            (review.unchanged, review.count(), review.incomplete),
            (1, 4, false)
        );
        assert!(!format!("{review:?}").contains("canary"));
        let row = &review.steps[0].rows[0];
        assert_eq!(
            (row.before.as_deref(), row.after.as_deref()),
            (Some("after"), Some("before"))
        );
        let before = acme.event_count().await;
        assert_eq!(goes_back(&acme, api, &review).await.unwrap(), 4);
        assert_eq!(
            acme.list(api).await,
            [
                "service CHANGED=before",
                "service DELETED=back again",
                "service SAME=1",
                "service SECRET=secret",
                "project WIDE=stays"
            ]
        );
        assert_eq!(
            acme.sees(secret).await.hint.unwrap().first,
            "fir",
            "the former value"
        );
        let events = acme.events_since(before).await;
        assert_eq!(events.len(), 5);
        let whole = acme
            .log()
            .await
            .into_iter()
            .find(|event| event.subject.is_none() && event.event_type == EventType::Restore)
            .unwrap();
        assert_eq!(
            whole.change.to_text(),
            format!(
                r#"{{"added_back":[null,1],"changed_back":[null,2],"point":[null,"{}"],"removed":[null,1]}}"#,
                point.rfc3339()
            )
        );
        // And back to before it was restored: nothing is ever lost.
        let undone = reviews(&acme, api, world.service.now().plus_seconds(-1)).await;
        goes_back(&acme, api, &undone).await.unwrap();
        assert_eq!(acme.sees(changed).await.value.as_deref(), Some("after"));
    });
}

#[test]
fn a_review_that_is_not_true_any_more_restores_nothing() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [project, _, api] = levels(&shop);
        let a = acme.plain(api, "A", "1").await;
        let over = {
            acme.plain(project, "B", "wide").await;
            acme.overrides(api, "B", "narrow").await
        };
        let point = mark(world);
        acme.sets(a, "2").await;
        deletes(&acme, over).await;
        let review = reviews(&acme, api, point).await;
        // A change at the place itself, and one above it that decides what comes back.
        acme.sets(a, "3").await;
        let clash = goes_back(&acme, api, &review).await.refusal();
        assert!(matches!(clash, ApiError::Conflict { .. }), "{clash:?}");
        let review = reviews(&acme, api, point).await;
        let base = acme
            .world
            .service
            .variables(&acme.owner, acme.id, project)
            .await
            .unwrap()
            .variables[0]
            .id;
        makes_secret(&acme, base).await;
        let before = world.snapshot().await;
        let clash = goes_back(&acme, api, &review).await.refusal();
        assert!(matches!(clash, ApiError::Conflict { .. }), "{clash:?}");
        assert_eq!(world.snapshot().await, before);
        let review = reviews(&acme, api, point).await;
        goes_back(&acme, api, &review).await.unwrap();
        assert!(acme.sees(over).await.secret);
        // What is done already is not done twice.
        let again = goes_back(&acme, api, &review).await.refusal();
        assert!(matches!(again, ApiError::Conflict { .. }), "{again:?}");
    });
}

#[test]
fn what_became_a_secret_stays_one_when_its_place_is_restored() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [_, _, api] = levels(&shop);
        let same = acme.plain(api, "SAME_VARIABLE", "canary-one").await;
        let former = acme.plain(api, "SAME_KEY", "canary-two").await;
        let point = mark(world);
        makes_secret(&acme, same).await;
        acme.sets(same, "canary-three").await;
        deletes(&acme, former).await;
        let present = acme.secret(api, "SAME_KEY", "canary-four").await;
        mark(world);
        let review = reviews(&acme, api, point).await;
        assert!(review.steps.iter().all(|step| step.secret));
        assert!(!format!("{review:?}").contains("canary"));
        goes_back(&acme, api, &review).await.unwrap();
        for id in [same, former] {
            let now = acme.sees(id).await;
            assert!(now.secret && now.value.is_none(), "{}", now.key);
        }
        assert!(history(&acme, present).await.is_deleted());
        assert!(!format!("{:?}", history(&acme, former).await).contains("canary"));
        assert_eq!(world.places_of(b"canary").await, [""; 0]);
    });
}

#[test]
fn a_secret_never_tells_whether_it_was_entered_again_as_it_was() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [_, _, api] = levels(&shop);
        let id = acme.secret(api, "TOKEN", "the value itself").await;
        let other = acme.secret(api, "OTHER", "described later").await;
        let point = mark(world);
        acme.sets(id, "the value itself").await;
        let form = VariableEdit {
            description: "Only this".to_owned(),
            value: None,
            ..acme.form(other).await
        };
        edits(&acme, form).await;
        let review = reviews(&acme, api, point).await;
        let fields = |key: &str| -> Vec<String> {
            let step = review.steps.iter().find(|step| step.key == key).unwrap();
            step.rows.iter().map(|row| row.field.clone()).collect()
        };
        assert_eq!(fields("TOKEN"), ["value"]);
        assert_eq!(fields("OTHER"), ["description"]);
    });
}

#[test]
fn what_cannot_be_as_it_was_is_named_and_left_as_it_is() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [project, environment, api] = levels(&shop);
        let base = acme.plain(project, "BASE", "wide").await;
        acme.overrides(environment, "BASE", "narrow").await;
        let config = acme.file(environment, "CONFIG", "/etc/a", "x").await;
        let fine = acme.plain(environment, "FINE", "1").await;
        let alias = NewAlias {
            from: environment,
            scope: "ENVIRONMENT".to_owned(),
            key: "SHORT".to_owned(),
            target: "BASE".to_owned(),
            description: String::new(),
        };
        world
            .service
            .add_alias(&acme.owner, acme.id, alias)
            .await
            .unwrap();
        let point = mark(world);
        deletes(&acme, base).await;
        let form = VariableEdit {
            mount_path: Some("/etc/b".to_owned()),
            ..acme.form(config).await
        };
        edits(&acme, form).await;
        acme.file(api, "OTHER", "/etc/a", "y").await;
        acme.sets(fine, "2").await;
        acme.plain(environment, "WANTED", "1").await;
        acme.plain(api, "WANTS", "{{WANTED}}").await;
        acme.plain(environment, "OVER", "1").await;
        acme.overrides(api, "OVER", "2").await;
        mark(world);
        let review = reviews(&acme, environment, point).await;
        assert_eq!(
            lines(&review),
            [
                "BASE: no, It overrides a value that is not there any more.",
                "CONFIG: no, OTHER is mounted at /etc/a.",
                "FINE: Changed back",
                "OVER: no, An override at a narrower scope (service) hangs on it.",
                "SHORT: no, BASE is not defined, and SHORT mentions it.",
                "WANTED: no, WANTS mentions it.",
            ]
        );
        assert_eq!(goes_back(&acme, environment, &review).await.unwrap(), 1);
        assert_eq!(
            acme.list(environment).await,
            [
                "environment CONFIG=x",
                "environment FINE=1",
                "environment OVER=1",
                "environment WANTED=1"
            ]
        );
        // Only what cannot be is left: there is nothing to restore.
        let rest = reviews(&acme, environment, point).await;
        assert_eq!(rest.count(), 0);
        let refusal = goes_back(&acme, environment, &rest).await.refusal();
        assert!(matches!(refusal, ApiError::Refused { .. }), "{refusal:?}");
    });
}

#[test]
fn what_depends_on_one_another_comes_back_together() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [_, _, api] = levels(&shop);
        let host = acme.plain(api, "HOST", "a").await;
        let url = acme.plain(api, "URL", "https://{{HOST}}").await;
        let (one, other) = (
            acme.file(api, "ONE", "/etc/one", "1").await,
            acme.file(api, "OTHER", "/etc/other", "2").await,
        );
        let point = mark(world);
        deletes(&acme, url).await;
        deletes(&acme, host).await;
        // The two files have changed places since.
        for (id, path) in [
            (one, "/etc/spare"),
            (other, "/etc/one"),
            (one, "/etc/other"),
        ] {
            let form = VariableEdit {
                mount_path: Some(path.to_owned()),
                ..acme.form(id).await
            };
            edits(&acme, form).await;
        }
        mark(world);
        let review = reviews(&acme, api, point).await;
        assert_eq!(review.count(), 4, "{:?}", lines(&review));
        goes_back(&acme, api, &review).await.unwrap();
        assert_eq!(acme.sees(one).await.mount_path.as_deref(), Some("/etc/one"));
        assert_eq!(
            acme.sees(other).await.mount_path.as_deref(),
            Some("/etc/other")
        );
        let list = world
            .service
            .variables(&acme.owner, acme.id, api)
            .await
            .unwrap();
        let broken = list
            .resolved
            .values()
            .any(|one| matches!(one, domain::view::Resolved::Broken(_)));
        assert!(!broken);
    });
}

#[test]
fn a_place_that_had_nothing_can_have_nothing_again() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [_, _, api] = levels(&shop);
        let point = mark(world);
        acme.plain(api, "A", "1").await;
        acme.plain(api, "B", "{{A}}").await;
        let review = reviews(&acme, api, point).await;
        assert!(
            review
                .steps
                .iter()
                .all(|step| step.what == RestoreWhat::Removed && step.impossible.is_none()),
            "{:?}",
            lines(&review)
        );
        goes_back(&acme, api, &review).await.unwrap();
        assert_eq!(acme.list(api).await, [""; 0]);
        let long_ago = reviews(&acme, api, point.plus_days(-40)).await;
        assert!(long_ago.incomplete && long_ago.count() == 0);
    });
}

#[test]
fn a_damaged_former_value_is_named_and_the_others_come_back() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [_, _, api] = levels(&shop);
        let damaged = acme.plain(api, "DAMAGED", "1").await;
        let sound = acme.plain(api, "SOUND", "1").await;
        let point = mark(world);
        for id in [damaged, sound] {
            acme.sets(id, "2").await;
        }
        let row = format!("variable_id = '{damaged}' and version = 1");
        world
            .set_bytes("variable_version", "value", &row, "0101")
            .await;
        let all = history(&acme, damaged).await;
        assert!(all.versions[1].damaged && all.versions[1].value.is_none());
        assert_eq!(all.versions[0].value.as_deref(), Some("2"));
        let review = reviews(&acme, api, point).await;
        assert_eq!(
            lines(&review),
            [
                "DAMAGED: no, What is stored of it fails its integrity check.",
                "SOUND: Changed back"
            ]
        );
        goes_back(&acme, api, &review).await.unwrap();
        assert_eq!(
            acme.list(api).await,
            ["service DAMAGED=2", "service SOUND=1"]
        );
    });
}

#[test]
fn a_former_value_of_another_version_does_not_pass() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [_, _, api] = levels(&shop);
        let id = acme.secret(api, "TOKEN", "the first of two").await;
        acme.sets(id, "the second of two").await;
        acme.sets(id, "the third of them").await;
        let of = |version: u64| format!("variable_id = '{id}' and version = {version}");
        let second = world
            .value(&format!(
                "select value from variable_version where {}",
                of(2)
            ))
            .await;
        world
            .set_bytes("variable_version", "value", &of(1), &second)
            .await;
        let before = world.snapshot().await;
        let refusal = restores(&acme, &acme.owner, id, 1).await.refusal();
        assert!(
            matches!(&refusal, ApiError::Refused { reason } if reason.ends_with("fails its integrity check.")),
            "{refusal:?}"
        );
        assert_eq!(world.snapshot().await, before);
        restores(&acme, &acme.owner, id, 2).await.unwrap();
    });
}

#[test]
fn a_scope_that_would_be_too_full_is_not_restored() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [_, _, api] = levels(&shop);
        let back = acme.plain(api, "BACK", "1").await;
        deletes(&acme, back).await;
        let first = acme
            .adds(NewVariable {
                description: "The pattern of the others".to_owned(),
                ..variable(api, "FULL_0", "1")
            })
            .await;
        // Rows enough to fill it; nobody opens their values here.
        let columns = "project_id, environment_id, service_id, scope, level_id, kind, secret, description, value, created_at, updated_at, updated_by";
        let rows: Vec<String> = (1..1000)
            .map(|number| {
                let id = uuid::Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + number);
                format!(
                    "insert into variable (organization_id, id, key, {columns}) select organization_id, '{id}', 'FULL_{number}', {columns} from variable where id = '{first}'"
                )
            })
            .collect();
        world.sql(&rows.join(";")).await;
        match restores(&acme, &acme.owner, back, 1).await.refusal() {
            ApiError::Refused { reason } => assert!(reason.contains("1001"), "{reason}"),
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn an_alias_and_a_file_come_back_as_what_they_were() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [project, _, api] = levels(&shop);
        let target = acme.plain(project, "DATABASE_URL", "postgres://one").await;
        let alias = NewAlias {
            from: api,
            scope: "SERVICE".to_owned(),
            key: "DB".to_owned(),
            target: "DATABASE_URL".to_owned(),
            description: String::new(),
        };
        let alias = world
            .service
            .add_alias(&acme.owner, acme.id, alias)
            .await
            .unwrap();
        let config = acme.adds(file(api, "CONFIG", "/etc/c", "a\nb")).await;
        deletes(&acme, alias).await;
        deletes(&acme, config).await;
        makes_secret(&acme, target).await;
        for id in [alias, config] {
            restores(&acme, &acme.owner, id, 1).await.unwrap();
        }
        let list = world
            .service
            .variables(&acme.owner, acme.id, api)
            .await
            .unwrap();
        let found = |key: &str| list.variables.iter().find(|one| one.key == key).unwrap();
        assert_eq!(found("DB").alias_of.as_deref(), Some("DATABASE_URL"));
        assert!(found("DB").secret);
        assert_eq!(
            (
                found("CONFIG").mount_path.as_deref(),
                found("CONFIG").value.as_deref()
            ),
            (Some("/etc/c"), Some("a\nb"))
        );
    });
}
