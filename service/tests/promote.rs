//! Copying from one environment to another: what is shown before, and what is done.

use std::collections::BTreeSet;

use domain::{ApiError, BuiltInRole, LevelRef, VariableId};
use service::{
    Caller,
    ops::{Promotion, PromotionForm, PromotionStep, VariableEdit},
};

use crate::{
    common::{Organization, Refused, assert_fields, is_forbidden, on_every_engine},
    compare::{TOKEN, Two, aliases},
};

impl Two<'_> {
    /// What copying from staging to production would do.
    async fn previews(&self, by: &Caller, only: Option<&str>) -> service::Result<Promotion> {
        let (id, project) = (self.acme.id, self.shop.project);
        let service = &self.acme.world.service;
        service
            .promotion(by, id, project, "staging", "production", only)
            .await
    }

    /// The form of a review with these ticks.
    async fn ticks(&self, by: &Caller, keys: &[&str]) -> PromotionForm {
        let promotion = self.previews(by, None).await.unwrap();
        form(&promotion, keys)
    }

    async fn promotes(&self, by: &Caller, form: &PromotionForm) -> service::Result<usize> {
        let service = &self.acme.world.service;
        service.promote(by, self.acme.id, form).await
    }
}

fn form(promotion: &Promotion, keys: &[&str]) -> PromotionForm {
    PromotionForm {
        from: promotion.from.id,
        to: promotion.to.id,
        only: None,
        keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        fingerprint: promotion.fingerprint.clone(),
    }
}

/// What a review says, a line for each key.
fn steps(promotion: &Promotion) -> Vec<String> {
    let line = |key: &str, step: &PromotionStep| match step {
        PromotionStep::Add {
            hides_project: true,
            ..
        } => format!("{key}: override"),
        PromotionStep::Add { .. } => format!("{key}: add"),
        PromotionStep::Replace {
            becomes_secret: true,
            ..
        } => format!("{key}: replace by a secret"),
        PromotionStep::Replace {
            stays_secret: true, ..
        } => format!("{key}: replace, stays secret"),
        PromotionStep::Replace { .. } => format!("{key}: replace"),
        PromotionStep::Skip(reason) => format!("{key}: {reason}"),
    };
    promotion
        .rows
        .iter()
        .map(|row| line(&row.key, &row.step))
        .collect()
}

async fn makes_secret(acme: &Organization<'_>, id: VariableId) {
    let form = VariableEdit {
        make_secret: true,
        ..acme.form(id).await
    };
    let service = &acme.world.service;
    service
        .edit_variable(&acme.owner, acme.id, form)
        .await
        .unwrap();
}

#[test]
fn a_review_says_what_is_added_replaced_and_left_and_why() {
    on_every_engine(async |world| {
        let two = Two::of(world).await;
        let acme = &two.acme;
        let (staging, production) = (two.staging(), two.production());
        acme.plain(two.project(), "INHERITED", "1").await;
        acme.plain(two.project(), "PROJECT", "1").await;
        acme.overrides(staging, "PROJECT", "2").await;
        acme.plain(two.project(), "HIDDEN", "1").await;
        acme.overrides(production, "HIDDEN", "2").await;
        acme.plain(staging, "NEW", "new").await;
        for level in [staging, production] {
            acme.plain(level, "EQUAL", "same").await;
        }
        acme.plain(staging, "CHANGED", "one").await;
        acme.plain(production, "CHANGED", "two").await;
        acme.secret(staging, "CLOSED", TOKEN).await;
        acme.secret(production, "CLOSED", TOKEN).await;
        acme.secret(staging, "CLOSING", TOKEN).await;
        acme.plain(production, "CLOSING", "open until now").await;
        acme.plain(staging, "OPEN_THERE", "plain").await;
        acme.secret(production, "OPEN_THERE", TOKEN).await;
        acme.file(staging, "FILE", "/etc/f", "x").await;
        acme.plain(production, "FILE", "no file").await;
        acme.plain(production, "ONLY_THERE", "1").await;
        acme.file(staging, "PLACED", "/etc/p", "x").await;
        acme.file(production, "TAKES_IT", "/etc/p", "x").await;
        let promotion = two.previews(&acme.owner, None).await.unwrap();
        assert_eq!(
            steps(&promotion),
            [
                "CHANGED: replace",
                "CLOSED: replace",
                "CLOSING: replace by a secret",
                "EQUAL: It has the same value there.",
                "FILE: It is a file and in Production it is none.",
                "HIDDEN: Staging has the project's value. Delete the override in Production to have it there, too.",
                "INHERITED: Both have the project's value.",
                "NEW: add",
                "OPEN_THERE: replace, stays secret",
                "PLACED: TAKES_IT is mounted at /etc/p there already.",
                "PROJECT: override",
            ]
        );
        assert!(!format!("{promotion:?}").contains(TOKEN));
        let one = two.previews(&acme.owner, Some("NEW")).await.unwrap();
        assert_eq!(steps(&one), ["NEW: add"]);
    });
}

#[test]
fn what_is_ticked_is_copied_as_one_change_and_the_rest_stays() {
    on_every_engine(async |world| {
        let two = Two::of(world).await;
        let acme = &two.acme;
        let (staging, production) = (two.staging(), two.production());
        acme.plain(two.project(), "PROJECT", "1").await;
        acme.overrides(staging, "PROJECT", "2").await;
        acme.plain(staging, "NEW", "new").await;
        acme.plain(staging, "CHANGED", "one").await;
        acme.plain(production, "CHANGED", "two").await;
        acme.secret(staging, "TOKEN", TOKEN).await;
        acme.file(staging, "FILE", "/etc/f", "content").await;
        acme.plain(staging, "NOT_TICKED", "1").await;
        let ana = acme.member(BuiltInRole::DevOps).await;
        let keys = ["PROJECT", "NEW", "CHANGED", "TOKEN", "FILE"];
        let form = two.ticks(&ana, &keys).await;
        let before = acme.event_count().await;
        assert_eq!(two.promotes(&ana, &form).await.unwrap(), 5);
        assert_eq!(
            acme.list(production).await,
            [
                "environment CHANGED=one",
                "environment FILE=content",
                "environment NEW=new",
                "environment PROJECT=2",
                "environment TOKEN=secret",
            ]
        );
        let events = acme.events_since(before).await;
        assert_eq!(
            events[0],
            r#"UPDATE Variable CHANGED {"copied_from":[null,"Staging"],"value_version":[1,2]}"#
        );
        assert!(events[4].starts_with("CREATE Secret TOKEN "), "{events:?}");
        assert!(!events.concat().contains(TOKEN));
        assert_eq!(events.len(), 5);
        // The secret arrived whole.
        let told = two.asks(&acme.owner).await.unwrap();
        let table = two.table(&acme.owner, Some(told)).await;
        assert!(
            table.contains(&"TOKEN: here A | here A: same".to_owned()),
            "{table:?}"
        );
        assert_eq!(world.places_of(TOKEN.as_bytes()).await, [""; 0]);
    });
}

#[test]
fn a_plain_variable_that_gets_a_secret_becomes_one_with_its_past_and_what_hides_it() {
    on_every_engine(async |world| {
        let two = Two::of(world).await;
        let acme = &two.acme;
        let there = acme.plain(two.production(), "TOKEN", "first").await;
        acme.sets(there, "second").await;
        let api = LevelRef::Service(two.shop.api);
        let below = acme.overrides(api, "TOKEN", "own").await;
        acme.secret(two.staging(), "TOKEN", TOKEN).await;
        let form = two.ticks(&acme.owner, &["TOKEN"]).await;
        let before = acme.event_count().await;
        two.promotes(&acme.owner, &form).await.unwrap();
        let view = acme.sees(there).await;
        assert!(view.secret && view.value.is_none() && view.version == 3);
        assert!(acme.sees(below).await.secret);
        assert_eq!(
            acme.events_since(before).await,
            [
                r#"UPDATE Secret TOKEN {"copied_from":[null,"Staging"],"secret":[false,true],"value":"changed"}"#,
                r#"UPDATE Secret TOKEN {"secret":[false,true]}"#,
            ]
        );
        let plain = world
            .number("select count(*) from variable_version where secret = 0")
            .await;
        assert_eq!(plain, 0);
        // And a secret never turns plain: its next value is one, too.
        let turned = acme.plain(two.staging(), "OTHER", "now plain").await;
        makes_secret(acme, acme.plain(two.production(), "OTHER", "1").await).await;
        let form = two.ticks(&acme.owner, &["OTHER"]).await;
        two.promotes(&acme.owner, &form).await.unwrap();
        assert!(
            acme.list(two.production())
                .await
                .contains(&"environment OTHER=secret".to_owned())
        );
        assert!(!acme.sees(turned).await.secret);
    });
}

#[test]
fn a_secret_is_copied_by_those_who_may_change_it_where_it_comes_from() {
    on_every_engine(async |world| {
        let two = Two::of(world).await;
        let acme = &two.acme;
        acme.plain(two.staging(), "HOST", "staging.example").await;
        acme.secret(two.staging(), "TOKEN", TOKEN).await;
        let sam = two.with_levels("sam", "DEPLOYER", "VIEWER").await;
        let promotion = two.previews(&sam, None).await.unwrap();
        let said = steps(&promotion);
        assert_eq!(said[0], "HOST: add");
        assert!(
            said[1].starts_with(
                "TOKEN: Copying a secret takes the right to change it in Staging. Needs"
            ),
            "{said:?}"
        );
        let before = world.snapshot().await;
        let forced = form(&promotion, &["HOST", "TOKEN"]);
        assert_fields(&two.promotes(&sam, &forced).await.refusal(), &["take"]);
        assert_eq!(world.snapshot().await, before);
        let form = form(&promotion, &["HOST"]);
        two.promotes(&sam, &form).await.unwrap();
        assert_eq!(
            acme.list(two.production()).await,
            ["environment HOST=staging.example"]
        );
    });
}

#[test]
fn copying_takes_sight_of_the_one_and_the_right_to_change_the_other() {
    on_every_engine(async |world| {
        let two = Two::of(world).await;
        let acme = &two.acme;
        acme.plain(two.staging(), "HOST", "staging.example").await;
        let good = two.ticks(&acme.owner, &["HOST"]).await;
        let viewer = acme.member(BuiltInRole::Viewer).await;
        let reverse = two.with_levels("reverse", "VIEWER", "DEPLOYER").await;
        let blind = two.with_levels("blind", "DEPLOYER", "NO_ACCESS").await;
        let billing = acme.member(BuiltInRole::Billing).await;
        let umbra = world.organization("Umbra").await;
        let before = world.snapshot().await;
        for who in [&viewer, &reverse] {
            assert!(is_forbidden(&two.previews(who, None).await.refusal()));
            assert!(is_forbidden(&two.promotes(who, &good).await.refusal()));
        }
        for who in [&blind, &billing, &umbra.owner] {
            let refusals = [
                two.previews(who, None).await.refusal(),
                two.promotes(who, &good).await.refusal(),
            ];
            assert_eq!(refusals, [ApiError::NotFound, ApiError::NotFound]);
        }
        let elsewhere = world
            .service
            .promote(&umbra.owner, umbra.id, &good)
            .await
            .refusal();
        assert_eq!(elsewhere, ApiError::NotFound);
        let itself = PromotionForm {
            to: good.from,
            ..good.clone()
        };
        let refusal = two.promotes(&acme.owner, &itself).await.refusal();
        assert!(matches!(refusal, ApiError::Refused { .. }), "{refusal:?}");
        assert_eq!(world.snapshot().await, before);
    });
}

#[test]
fn an_environment_of_another_project_is_no_place_to_copy_to() {
    on_every_engine(async |world| {
        let two = Two::of(world).await;
        let acme = &two.acme;
        acme.plain(two.staging(), "HOST", "staging.example").await;
        let form = two.ticks(&acme.owner, &["HOST"]).await;
        let lab = acme.project("Lab").await;
        let night = acme
            .environment(lab, two.shop.cluster, "Night", "PRODUCTION")
            .await;
        let form = PromotionForm { to: night, ..form };
        assert_eq!(
            two.promotes(&acme.owner, &form).await.refusal(),
            ApiError::NotFound
        );
        let mixed = [two.staging_id, night];
        let asked = world
            .service
            .compare_secrets(&acme.owner, acme.id, &mixed)
            .await;
        assert_eq!(asked.refusal(), ApiError::NotFound);
    });
}

#[test]
fn a_review_that_is_out_of_date_copies_nothing() {
    on_every_engine(async |world| {
        let two = Two::of(world).await;
        let acme = &two.acme;
        let source = acme.plain(two.staging(), "HOST", "one").await;
        let target = acme.plain(two.production(), "HOST", "two").await;
        let both = [source, target];
        for moved in both {
            let form = two.ticks(&acme.owner, &["HOST"]).await;
            acme.sets(moved, &format!("moved {moved}")).await;
            let before = world.snapshot().await;
            let refusal = two.promotes(&acme.owner, &form).await.refusal();
            assert!(matches!(refusal, ApiError::Conflict { .. }), "{refusal:?}");
            assert_eq!(world.snapshot().await, before);
        }
        let form = two.ticks(&acme.owner, &["HOST"]).await;
        acme.plain(two.production(), "NEIGHBOUR", "1").await;
        // What has no part in it may change.
        two.promotes(&acme.owner, &form).await.unwrap();
        // Sent twice, it is done once.
        let refusal = two.promotes(&acme.owner, &form).await.refusal();
        assert!(matches!(refusal, ApiError::Conflict { .. }), "{refusal:?}");
    });
}

#[test]
fn one_tick_that_cannot_be_done_undoes_all() {
    on_every_engine(async |world| {
        let two = Two::of(world).await;
        let acme = &two.acme;
        acme.plain(two.staging(), "GOOD", "1").await;
        for level in [two.staging(), two.production()] {
            acme.plain(level, "EQUAL", "same").await;
        }
        let before = world.snapshot().await;
        for keys in [&["GOOD", "EQUAL"][..], &["GOOD", "NOWHERE"], &[]] {
            let form = two.ticks(&acme.owner, keys).await;
            let refusal = two.promotes(&acme.owner, &form).await.refusal();
            assert_fields(&refusal, &["take"]);
            assert_eq!(world.snapshot().await, before, "{keys:?}");
        }
    });
}

#[test]
fn a_value_goes_where_what_it_mentions_is_or_goes_too() {
    on_every_engine(async |world| {
        let two = Two::of(world).await;
        let acme = &two.acme;
        let staging = two.staging();
        acme.plain(staging, "HOST", "staging.example").await;
        acme.plain(staging, "URL", "https://{{HOST}}").await;
        acme.plain(staging, "DOCS", "{{URL}}/docs").await;
        aliases(acme, staging, "ADDRESS", "HOST").await;
        let all = ["ADDRESS: add", "DOCS: add", "HOST: add", "URL: add"];
        let promotion = two.previews(&acme.owner, None).await.unwrap();
        assert_eq!(steps(&promotion), all);
        let one = two.previews(&acme.owner, Some("URL")).await.unwrap();
        assert_eq!(
            steps(&one),
            ["URL: HOST is not defined, and URL mentions it."]
        );
        let one = two.previews(&acme.owner, Some("ADDRESS")).await.unwrap();
        assert!(!matches!(one.rows[0].step, PromotionStep::Add { .. }));
        // Unticked, what others count on is missing.
        let refusal = two
            .promotes(&acme.owner, &form(&promotion, &["DOCS", "URL"]))
            .await
            .refusal();
        assert_fields(&refusal, &["take", "take"]);
        let form = form(&promotion, &["ADDRESS", "DOCS", "HOST", "URL"]);
        two.promotes(&acme.owner, &form).await.unwrap();
        assert_eq!(
            acme.list(two.production()).await,
            [
                "environment ADDRESS={{HOST}}",
                "environment DOCS={{URL}}/docs",
                "environment HOST=staging.example",
                "environment URL=https://{{HOST}}",
            ]
        );
    });
}

#[test]
fn what_would_mention_itself_in_the_end_is_left_with_the_way_there() {
    on_every_engine(async |world| {
        let two = Two::of(world).await;
        let acme = &two.acme;
        acme.plain(two.staging(), "B", "1").await;
        acme.plain(two.staging(), "A", "{{B}}").await;
        acme.plain(two.production(), "A", "1").await;
        acme.plain(two.production(), "B", "{{A}}").await;
        let one = two.previews(&acme.owner, Some("A")).await.unwrap();
        assert_eq!(steps(&one), ["A: These mention each other: A → B → A."]);
        let all = two.previews(&acme.owner, None).await.unwrap();
        assert_eq!(steps(&all), ["A: replace", "B: replace"]);
    });
}

#[test]
fn an_alias_is_as_secret_as_what_it_stands_for_where_it_goes() {
    on_every_engine(async |world| {
        let two = Two::of(world).await;
        let acme = &two.acme;
        acme.plain(two.staging(), "TOKEN", "plain here").await;
        acme.secret(two.production(), "TOKEN", TOKEN).await;
        aliases(acme, two.staging(), "MINE", "TOKEN").await;
        acme.plain(two.project(), "WIDE", "1").await;
        aliases(acme, two.staging(), "SHORT", "WIDE").await;
        aliases(acme, two.production(), "SHORT", "TOKEN").await;
        let promotion = two.previews(&acme.owner, None).await.unwrap();
        let said = steps(&promotion);
        assert_eq!(
            said[..2],
            [
                "MINE: add",
                "SHORT: In Production it stands for TOKEN. Delete that alias first.",
            ]
        );
        let form = form(&promotion, &["MINE"]);
        two.promotes(&acme.owner, &form).await.unwrap();
        let secret = world
            .number("select count(*) from variable where key = 'MINE' and secret = 1")
            .await;
        assert_eq!(secret, 1);
    });
}

#[test]
fn a_copy_that_would_be_one_too_many_is_refused() {
    on_every_engine(async |world| {
        let two = Two::of(world).await;
        let acme = &two.acme;
        let (project, production) = (two.shop.project, two.shop.environment);
        let empty = if world.engine == crate::common::Engine::Sqlite {
            "x''"
        } else {
            "''"
        };
        world
            .sql(&format!(
                "insert into variable (organization_id, id, project_id, environment_id, service_id, scope, level_id, key, kind, secret, value, created_at, updated_at, updated_by) \
                 with recursive n(i) as (select 1 union all select i + 1 from n where i < 999) \
                 select '{}', '00000000-0000-7000-8000-' || substr('00000000000' || i, length('00000000000' || i) - 11), '{project}', '{production}', null, \
                 'ENVIRONMENT', '{production}', 'FILLER_' || i, 'VALUE', 1, {empty}, 1, 1, 'nobody' from n",
                acme.id
            ))
            .await;
        acme.plain(two.staging(), "ONE", "1").await;
        acme.plain(two.staging(), "TWO", "2").await;
        let both = two.ticks(&acme.owner, &["ONE", "TWO"]).await;
        assert_fields(&two.promotes(&acme.owner, &both).await.refusal(), &["take"]);
        let one = PromotionForm {
            keys: BTreeSet::from(["ONE".to_owned()]),
            ..both
        };
        two.promotes(&acme.owner, &one).await.unwrap();
    });
}

#[test]
fn damage_in_one_value_is_named_and_takes_no_other_along() {
    on_every_engine(async |world| {
        let two = Two::of(world).await;
        let acme = &two.acme;
        let damaged = acme.plain(two.staging(), "DAMAGED", "1").await;
        acme.plain(two.production(), "DAMAGED", "1").await;
        acme.plain(two.staging(), "SOUND", "1").await;
        world
            .set_bytes(
                "variable",
                "value",
                &format!("id = '{damaged}'"),
                "0badc0de",
            )
            .await;
        assert_eq!(
            two.table(&acme.owner, None).await,
            [
                "DAMAGED: here - | here -: untold",
                "SOUND: missing | here -: different",
            ]
        );
        let promotion = two.previews(&acme.owner, None).await.unwrap();
        assert_eq!(
            steps(&promotion),
            [
                "DAMAGED: Its value is damaged: it fails its integrity check.",
                "SOUND: add",
            ]
        );
        let form = form(&promotion, &["SOUND"]);
        two.promotes(&acme.owner, &form).await.unwrap();
    });
}
