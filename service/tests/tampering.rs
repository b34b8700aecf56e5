//! A database that somebody has written to: what was altered is found out, named, and alone affected.

use domain::{ApiError, LevelRef, VariableId};
use service::{
    OpenError,
    ops::{ChangeWhat, ChangesForm, NewAlias, TextForm, VariableEdit},
};

use crate::common::{Organization, Refused, World, assert_fields, hex, on_every_engine, root_key};

const A: &str = "the value of the first";
const B: &str = "the value of the other";

async fn bytes(world: &World, table: &str, column: &str, row: &str) -> String {
    world
        .value(&format!("select {column} from {table} where {row}"))
        .await
}

fn row(id: VariableId) -> String {
    format!("id = '{id}'")
}

fn is_integrity_failure(error: &ApiError) -> bool {
    matches!(error, ApiError::IntegrityFailure { .. })
}

/// Everything about the one is refused by name; the other is there as ever.
async fn only_this_one_fails(
    acme: &Organization<'_>,
    level: LevelRef,
    damaged: VariableId,
    sound: VariableId,
) {
    let service = &acme.world.service;
    let refusal = service
        .variable(&acme.owner, acme.id, damaged)
        .await
        .refusal();
    assert!(is_integrity_failure(&refusal), "{refusal:?}");
    assert_eq!(acme.sees(sound).await.value.as_deref(), Some(B));
    let list = service
        .variables(&acme.owner, acme.id, level)
        .await
        .unwrap()
        .variables;
    let seen = |id: VariableId| list.iter().find(|one| one.id == id).unwrap();
    assert_eq!(
        (seen(damaged).damaged, seen(damaged).value.as_deref()),
        (true, None)
    );
    assert_eq!(
        (seen(sound).damaged, seen(sound).value.as_deref()),
        (false, Some(B))
    );
}

/// Two plain variables at one service.
async fn two<'w>(world: &'w World) -> (Organization<'w>, LevelRef, VariableId, VariableId) {
    let acme = world.organization("Acme").await;
    let level = LevelRef::Service(acme.shop().await.api);
    let (a, b) = (
        acme.plain(level, "A", A).await,
        acme.plain(level, "B", B).await,
    );
    (acme, level, a, b)
}

#[test]
fn a_flipped_bit_is_found_and_takes_nothing_else_along() {
    on_every_engine(async |world| {
        let (acme, level, a, b) = two(world).await;
        let mut sealed = bytes(world, "variable", "value", &row(a))
            .await
            .into_bytes();
        let last = sealed.last_mut().unwrap();
        *last = if *last == b'0' { b'1' } else { b'0' };
        world
            .set_bytes(
                "variable",
                "value",
                &row(a),
                &String::from_utf8(sealed).unwrap(),
            )
            .await;
        only_this_one_fails(&acme, level, a, b).await;
    });
}

#[test]
fn a_truncated_value_is_found() {
    on_every_engine(async |world| {
        let (acme, level, a, b) = two(world).await;
        for broken in ["", "01", "0101000000010000000000000000"] {
            world.set_bytes("variable", "value", &row(a), broken).await;
            only_this_one_fails(&acme, level, a, b).await;
        }
    });
}

#[test]
fn values_swapped_between_two_rows_are_both_found() {
    on_every_engine(async |world| {
        let (acme, level, a, b) = two(world).await;
        let c = acme.plain(level, "C", B).await;
        let (of_a, of_b) = (
            bytes(world, "variable", "value", &row(a)).await,
            bytes(world, "variable", "value", &row(b)).await,
        );
        world.set_bytes("variable", "value", &row(a), &of_b).await;
        world.set_bytes("variable", "value", &row(b), &of_a).await;
        only_this_one_fails(&acme, level, a, c).await;
        only_this_one_fails(&acme, level, b, c).await;
    });
}

#[test]
fn an_older_value_of_the_same_row_does_not_pass_for_the_present_one() {
    on_every_engine(async |world| {
        let (acme, level, a, b) = two(world).await;
        let former = bytes(world, "variable", "value", &row(a)).await;
        acme.sets(a, "a new value").await;
        world.set_bytes("variable", "value", &row(a), &former).await;
        only_this_one_fails(&acme, level, a, b).await;
    });
}

#[test]
fn a_value_of_another_organization_does_not_open_here() {
    on_every_engine(async |world| {
        let (acme, level, a, b) = two(world).await;
        let globex = world.organization("Globex").await;
        let theirs = globex
            .plain(LevelRef::Service(globex.shop().await.api), "A", A)
            .await;
        let sealed = bytes(world, "variable", "value", &row(theirs)).await;
        world.set_bytes("variable", "value", &row(a), &sealed).await;
        only_this_one_fails(&acme, level, a, b).await;
        // Not even the whole row, moved with its id.
        let organization = globex.id;
        let project = world
            .value(&format!(
                "select project_id from variable where {}",
                row(theirs)
            ))
            .await;
        world
            .sql(&format!("delete from variable where {}", row(theirs)))
            .await;
        world
            .sql(&format!(
                "delete from variable_version where variable_id = '{b}'; \
                 update variable set organization_id = '{organization}', project_id = '{project}', environment_id = null, service_id = null, \
                 scope = 'PROJECT', level_id = '{project}' where {}",
                row(b)
            ))
            .await;
        let refusal = world
            .service
            .variable(&globex.owner, globex.id, b)
            .await
            .refusal();
        assert!(is_integrity_failure(&refusal), "{refusal:?}");
    });
}

#[test]
fn a_file_does_not_pass_for_a_value() {
    on_every_engine(async |world| {
        let (acme, level, a, b) = two(world).await;
        world
            .sql(&format!(
                "update variable set mount_path = '/etc/a' where {}",
                row(a)
            ))
            .await;
        only_this_one_fails(&acme, level, a, b).await;
    });
}

#[test]
fn a_secret_cannot_be_read_by_calling_it_plain() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let level = LevelRef::Service(acme.shop().await.api);
        let id = acme.secret(level, "TOKEN", "canary-of-a-secret").await;
        world.sql("update variable set secret = 0").await;
        let list = world
            .service
            .variables(&acme.owner, acme.id, level)
            .await
            .unwrap();
        assert!(!format!("{list:?}").contains("canary"));
        let refusal = world
            .service
            .variable(&acme.owner, acme.id, id)
            .await
            .refusal();
        assert!(is_integrity_failure(&refusal), "{refusal:?}");
    });
}

#[test]
fn what_became_a_secret_cannot_be_read_by_calling_it_plain_nor_can_its_former_values() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let (project, api) = (LevelRef::Project(shop.project), LevelRef::Service(shop.api));
        let id = acme.plain(project, "TOKEN", "canary-one").await;
        let below = acme.overrides(api, "TOKEN", "canary-below").await;
        for (id, value) in [(id, "canary-two"), (below, "canary-below-two")] {
            acme.sets(id, value).await;
        }
        let form = VariableEdit {
            make_secret: true,
            ..acme.form(id).await
        };
        world
            .service
            .edit_variable(&acme.owner, acme.id, form)
            .await
            .unwrap();
        assert_eq!(world.count("variable_version where secret = 0").await, 0);

        world
            .sql("update variable set secret = 0; update variable_version set secret = 0")
            .await;
        for id in [id, below] {
            let refusal = world
                .service
                .variable(&acme.owner, acme.id, id)
                .await
                .refusal();
            assert!(is_integrity_failure(&refusal), "{refusal:?}");
        }
        let list = world
            .service
            .variables(&acme.owner, acme.id, api)
            .await
            .unwrap();
        assert!(!format!("{list:?}").contains("canary"));
        let mut refused = 0;
        for event in acme.log().await {
            let detail = world
                .service
                .event(&acme.owner, acme.id, event.sequence)
                .await;
            match detail {
                Ok(detail) => assert!(!format!("{detail:?}").contains("canary"), "{detail:?}"),
                refusal => {
                    assert!(is_integrity_failure(&refusal.refusal()));
                    refused += 1;
                }
            }
        }
        assert!(refused > 0, "some events do show plain values");
    });
}

#[test]
fn a_damaged_secret_is_repaired_by_entering_it_again() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let level = LevelRef::Service(acme.shop().await.api);
        let id = acme.secret(level, "TOKEN", "fifteen letters").await;
        let form = VariableEdit {
            value: Some("sixteen letters!".to_owned().into()),
            ..acme.form(id).await
        };
        world
            .set_bytes("variable", "value", &row(id), &hex(b"nonsense"))
            .await;
        world
            .service
            .edit_variable(&acme.owner, acme.id, form)
            .await
            .unwrap();
        let view = acme.sees(id).await;
        assert_eq!((view.damaged, view.hint.is_some()), (false, true));
    });
}

#[test]
fn a_hint_moved_to_another_secret_is_found() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let level = LevelRef::Service(acme.shop().await.api);
        let (a, b) = (
            acme.secret(level, "A", "sixteen letters or more").await,
            acme.secret(level, "B", "other letters, sixteen").await,
        );
        let hint = bytes(world, "variable", "hint", &row(b)).await;
        world.set_bytes("variable", "hint", &row(a), &hint).await;
        let list = world
            .service
            .variables(&acme.owner, acme.id, level)
            .await
            .unwrap()
            .variables;
        assert_eq!((list[0].damaged, list[0].hint.is_none()), (true, true));
        assert_eq!((list[1].damaged, list[1].hint.is_some()), (false, true));
    });
}

#[test]
fn a_damaged_value_is_not_kept_under_a_new_version_but_can_be_deleted() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let level = LevelRef::Service(acme.shop().await.api);
        let id = acme.secret(level, "TOKEN", "fifteen letters").await;
        let form = acme.form(id).await;
        world
            .set_bytes("variable", "value", &row(id), &hex(b"nonsense"))
            .await;
        let before = world.snapshot().await;
        let form = VariableEdit {
            description: "New".to_owned(),
            ..form
        };
        let refusal = world
            .service
            .edit_variable(&acme.owner, acme.id, form)
            .await
            .refusal();
        assert!(is_integrity_failure(&refusal), "{refusal:?}");
        assert_eq!(world.snapshot().await, before);
        world
            .service
            .delete_variable(&acme.owner, acme.id, id, 1, false)
            .await
            .unwrap();
        acme.secret(level, "TOKEN", "fifteen letters").await;
    });
}

#[test]
fn an_export_leaves_out_what_is_damaged_and_has_the_rest() {
    on_every_engine(async |world| {
        let (acme, level, a, _) = two(world).await;
        world
            .set_bytes("variable", "value", &row(a), &hex(b"nonsense"))
            .await;
        let (_, text) = world
            .service
            .export_variables(&acme.owner, acme.id, level, "JSON", false)
            .await
            .unwrap();
        assert!(text.contains(B) && !text.contains("\"A\""), "{text}");
        let event = acme.last_event().await;
        assert_eq!(event.event_type.code(), "EXPORT");
        let told = event.change.to_text();
        assert!(told.contains(r#""damaged":[null,1]"#), "{told}");
        assert!(told.contains(r#""variables":[null,1]"#), "{told}");
    });
}

#[test]
fn a_text_that_keeps_what_is_damaged_changes_the_rest() {
    on_every_engine(async |world| {
        let (acme, level, a, b) = two(world).await;
        let nonsense = hex(b"nonsense");
        world
            .set_bytes("variable", "value", &row(a), &nonsense)
            .await;
        let damaged = bytes(world, "variable", "value", &row(a)).await;
        let service = &world.service;
        let reads = async |text: &str| {
            let shown = service.scope_text(&acme.owner, acme.id, level).await;
            let form = TextForm {
                level,
                base: shown.unwrap().base,
                text: text.to_owned().into(),
            };
            let changes = service.read_text(&acme.owner, acme.id, form).await.unwrap();
            let review = service
                .review_changes(&acme.owner, acme.id, changes)
                .await
                .unwrap();
            (changes, review)
        };
        // A description is kept under a new version, which would seal the value anew.
        let (_, review) = reads("# What it is for\nA=<unchanged>\nB=new\n").await;
        assert!(review.refused.is_some());
        assert!(matches!(review.rows[0].what, ChangeWhat::Impossible(_)));

        let (changes, review) = reads("A=<unchanged>\nB=new\n").await;
        assert_eq!(review.refused, None);
        assert_eq!(review.rows[0].what, ChangeWhat::Same);
        let form = |secret: &[usize]| ChangesForm {
            changes,
            fingerprint: review.fingerprint.clone(),
            take: [0, 1].into(),
            secret: secret.iter().copied().collect(),
        };
        // A tick that would make it a secret seals it anew too.
        let refusal = service
            .make_changes(&acme.owner, acme.id, &form(&[0]))
            .await
            .refusal();
        assert_fields(&refusal, &["take"]);
        let made = service
            .make_changes(&acme.owner, acme.id, &form(&[]))
            .await
            .unwrap();
        assert_eq!((made.added, made.changed, made.removed), (0, 1, 0));
        assert_eq!(acme.sees(b).await.value.as_deref(), Some("new"));
        let version = format!("select version from variable where {}", row(a));
        assert_eq!(world.value(&version).await, "1");
        assert_eq!(
            bytes(world, "variable", "value", &row(a)).await,
            damaged,
            "nothing was put in its place"
        );
    });
}

#[test]
fn a_damaged_alias_that_a_text_leaves_alone_stays_as_it_is() {
    on_every_engine(async |world| {
        let (acme, level, _, b) = two(world).await;
        let service = &world.service;
        let form = NewAlias {
            from: level,
            scope: level.scope().code().to_owned(),
            key: "ALSO".to_owned(),
            target: "A".to_owned(),
            description: String::new(),
        };
        let alias = service.add_alias(&acme.owner, acme.id, form).await.unwrap();
        world
            .set_bytes("variable", "value", &row(alias), &hex(b"nonsense"))
            .await;
        let damaged = bytes(world, "variable", "value", &row(alias)).await;
        let shown = service.scope_text(&acme.owner, acme.id, level).await;
        let form = TextForm {
            level,
            base: shown.unwrap().base,
            text: format!("A='{A}'\nALSO=<unchanged>\nB=new\n").into(),
        };
        let changes = service.read_text(&acme.owner, acme.id, form).await.unwrap();
        let review = service
            .review_changes(&acme.owner, acme.id, changes)
            .await
            .unwrap();
        assert_eq!(review.refused, None);
        // Also when what it stands for becomes a secret.
        let form = ChangesForm {
            changes,
            fingerprint: review.fingerprint,
            take: (0..3).collect(),
            secret: [0].into(),
        };
        service
            .make_changes(&acme.owner, acme.id, &form)
            .await
            .unwrap();
        assert_eq!(acme.sees(b).await.value.as_deref(), Some("new"));
        let kept = bytes(world, "variable", "value", &row(alias)).await;
        assert_eq!(kept, damaged);
    });
}

#[test]
fn a_damaged_former_value_is_named_when_the_log_shows_it() {
    on_every_engine(async |world| {
        let (acme, _, a, _) = two(world).await;
        acme.sets(a, "another value").await;
        world
            .set_bytes(
                "variable_version",
                "value",
                &format!("variable_id = '{a}' and version = 1"),
                "0101",
            )
            .await;
        let newest = acme.last_event().await.sequence;
        let refusal = world
            .service
            .event(&acme.owner, acme.id, newest)
            .await
            .refusal();
        assert!(is_integrity_failure(&refusal), "{refusal:?}");
        acme.log().await;
    });
}

#[test]
fn a_damaged_key_stops_the_start() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let owner = format!("owner = '{}'", acme.id);
        for column in ["wrapped", "checked"] {
            let sound = bytes(world, "layer_key", column, &owner).await;
            let mut broken = sound.clone().into_bytes();
            broken[60] = if broken[60] == b'0' { b'1' } else { b'0' };
            world
                .set_bytes(
                    "layer_key",
                    column,
                    &owner,
                    &String::from_utf8(broken).unwrap(),
                )
                .await;
            let outcome = world.try_open(root_key(), world.options()).await;
            assert!(matches!(outcome, Err(OpenError::Key(_))), "{column}");
            world.set_bytes("layer_key", column, &owner, &sound).await;
        }
        world.reopened().await;
    });
}

#[test]
fn keys_swapped_between_organizations_stop_the_start() {
    on_every_engine(async |world| {
        let (acme, globex) = (
            world.organization("Acme").await,
            world.organization("Globex").await,
        );
        world
            .sql(&format!(
                "update layer_key set owner = 'x' where owner = '{0}'; update layer_key set owner = '{0}' where owner = '{1}'; \
                 update layer_key set owner = '{1}' where owner = 'x'",
                acme.id, globex.id
            ))
            .await;
        assert!(matches!(
            world.try_open(root_key(), world.options()).await,
            Err(OpenError::Key(_))
        ));
    });
}
