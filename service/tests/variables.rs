//! Variables and secrets: scopes, overrides, limits, and values nobody reads back.

use domain::{ApiError, BuiltInRole, Hint, LevelRef, MASK, Scope, VariableKind};
use service::ops::{NewVariable, VariableEdit};
use tokio::task::JoinSet;

use crate::common::{Organization, Refused, Shop, assert_fields, file, on_every_engine, variable};

async fn refuses(acme: &Organization<'_>, form: NewVariable) -> ApiError {
    acme.world
        .service
        .add_variable(&acme.owner, acme.id, form)
        .await
        .refusal()
}

async fn edits(acme: &Organization<'_>, form: VariableEdit) -> service::Result<()> {
    acme.world
        .service
        .edit_variable(&acme.owner, acme.id, form)
        .await
}

fn levels(shop: &Shop) -> [LevelRef; 3] {
    [
        LevelRef::Project(shop.project),
        LevelRef::Environment(shop.environment),
        LevelRef::Service(shop.api),
    ]
}

fn secret(level: LevelRef, key: &str, value: &str) -> NewVariable {
    NewVariable {
        kind: "secret".to_owned(),
        ..variable(level, key, value)
    }
}

#[test]
fn a_level_sees_its_own_and_what_is_above_it_and_nothing_beside_or_below() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [project, environment, api] = levels(&shop);
        acme.plain(project, "P", "1").await;
        acme.plain(environment, "E", "2").await;
        acme.plain(api, "S", "3").await;
        let staging = LevelRef::Environment(
            acme.environment(shop.project, shop.cluster, "Staging", "STAGING")
                .await,
        );
        acme.plain(staging, "OTHER", "4").await;
        assert_eq!(acme.list(project).await, ["project P=1"]);
        assert_eq!(
            acme.list(environment).await,
            ["environment E=2", "project P=1"]
        );
        assert_eq!(
            acme.list(api).await,
            ["environment E=2", "project P=1", "service S=3"]
        );
        assert_eq!(
            acme.list(LevelRef::Service(shop.db)).await,
            ["environment E=2", "project P=1"]
        );
        assert_eq!(
            acme.list(staging).await,
            ["environment OTHER=4", "project P=1"]
        );
    });
}

#[test]
fn the_narrowest_scope_wins_and_names_what_it_hides() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [project, environment, api] = levels(&shop);
        acme.plain(project, "A", "1").await;
        acme.overrides(environment, "A", "2").await;
        acme.overrides(api, "A", "3").await;
        assert_eq!(acme.list(project).await, ["project A=1"]);
        assert_eq!(acme.list(environment).await, ["environment A=2"]);
        assert_eq!(
            acme.list(LevelRef::Service(shop.db)).await,
            ["environment A=2"]
        );
        assert_eq!(acme.list(api).await, ["service A=3"]);
        let view = world
            .service
            .variables(&acme.owner, acme.id, api)
            .await
            .unwrap();
        assert_eq!(
            (view.variables[0].kind, view.variables[0].overrides),
            (VariableKind::Override, Some(Scope::Environment))
        );
        let view = world
            .service
            .variables(&acme.owner, acme.id, LevelRef::Service(shop.db))
            .await
            .unwrap();
        assert_eq!(
            (view.variables[0].defined_here, view.variables[0].overrides),
            (false, Some(Scope::Project))
        );
    });
}

#[test]
fn the_form_chooses_among_the_scopes_of_its_page() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [project, environment, api] = levels(&shop);
        for (scope, key) in [("PROJECT", "P"), ("environment", "E"), ("SERVICE", "S")] {
            acme.adds(NewVariable {
                scope: scope.to_owned(),
                ..variable(api, key, "1")
            })
            .await;
        }
        assert_eq!(
            acme.list(api).await,
            ["environment E=1", "project P=1", "service S=1"]
        );
        let before = world.snapshot().await;
        for (from, scope) in [
            (project, "SERVICE"),
            (project, "ENVIRONMENT"),
            (environment, "SERVICE"),
            (api, "BUILT_IN"),
            (api, ""),
        ] {
            let refusal = refuses(
                &acme,
                NewVariable {
                    scope: scope.to_owned(),
                    ..variable(from, "X", "1")
                },
            )
            .await;
            assert_fields(&refusal, &["scope"]);
        }
        assert_eq!(world.snapshot().await, before);
        let view = world
            .service
            .variables(&acme.owner, acme.id, api)
            .await
            .unwrap();
        let scopes: Vec<_> = view
            .scopes
            .iter()
            .map(|choice| (choice.name.as_str(), choice.locked.is_none()))
            .collect();
        assert_eq!(
            scopes,
            [
                ("Project Shop", true),
                ("Environment Production", true),
                ("Service api", true)
            ]
        );
    });
}

#[test]
fn a_key_that_is_visible_already_can_only_be_overridden() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [project, environment, api] = levels(&shop);
        acme.plain(project, "A", "1").await;
        let before = world.snapshot().await;
        assert_fields(&refuses(&acme, variable(api, "A", "2")).await, &["key"]);
        assert_fields(&refuses(&acme, variable(project, "A", "2")).await, &["key"]);
        let knowing = NewVariable {
            overrides: true,
            ..variable(project, "A", "2")
        };
        assert_fields(&refuses(&acme, knowing).await, &["key"]);
        assert_eq!(world.snapshot().await, before);
        // Another case is another key, and nothing to override is nothing lost.
        acme.plain(api, "a", "2").await;
        acme.overrides(environment, "B", "3").await;
        assert_eq!(
            acme.list(api).await,
            ["project A=1", "environment B=3", "service a=2"]
        );
    });
}

#[test]
fn an_override_inherits_secrecy_whatever_the_form_says() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [project, _, api] = levels(&shop);
        acme.secret(project, "TOKEN", "one").await;
        let id = acme.overrides(api, "TOKEN", "two").await;
        let view = acme.sees(id).await;
        assert_eq!(
            (view.secret, view.value, view.kind),
            (true, None, VariableKind::Override)
        );
        acme.plain(project, "PLAIN", "one").await;
        let form = NewVariable {
            overrides: true,
            ..secret(api, "PLAIN", "two")
        };
        assert!(!acme.sees(acme.adds(form).await).await.secret);
    });
}

#[test]
fn an_override_of_a_file_is_a_file_at_the_same_path() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [project, _, api] = levels(&shop);
        acme.file(project, "CONFIG", "/etc/app.yaml", "a: 1").await;
        let form = NewVariable {
            overrides: true,
            ..file(api, "CONFIG", "/elsewhere", "a: 2")
        };
        let view = acme.sees(acme.adds(form).await).await;
        assert_eq!(
            (view.is_file, view.mount_path.as_deref()),
            (true, Some("/etc/app.yaml"))
        );
        assert_eq!(view.value.as_deref(), Some("a: 2"));
    });
}

#[test]
fn nobody_reads_a_secret_back_not_even_its_owner() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let canary = "canary-5b0d3f7c-of-a-secret";
        let level = LevelRef::Service(shop.api);
        let id = acme.secret(level, "TOKEN", canary).await;
        let secret_file = NewVariable {
            secret_file: true,
            ..file(level, "KEY_FILE", "/key.pem", canary)
        };
        acme.adds(secret_file).await;
        for role in BuiltInRole::ALL {
            let caller = acme.member(role).await;
            if let Ok(view) = world.service.variables(&caller, acme.id, level).await {
                assert!(!format!("{view:?}").contains(canary), "{role}");
                assert!(
                    view.variables.iter().all(|one| one.value.is_none()),
                    "{role}"
                );
            }
            if let Ok(view) = world.service.variable(&caller, acme.id, id).await {
                assert!(!format!("{view:?}").contains(canary), "{role}");
            }
        }
    });
}

#[test]
fn a_hint_shows_six_characters_of_sixteen_and_none_of_fewer() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let api = LevelRef::Service(acme.shop().await.api);
        let hint =
            async |key: &str, value: &str| acme.sees(acme.secret(api, key, value).await).await.hint;
        assert_eq!(hint("A", "fifteen letters").await, None);
        assert_eq!(
            hint("B", "sk_live_51H8x9fQ").await,
            Some(Hint {
                first: "sk_".into(),
                last: "9fQ".into()
            })
        );
        assert_eq!(
            hint("C", "ünïcödé-zählt-so").await,
            Some(Hint {
                first: "ünï".into(),
                last: "-so".into()
            })
        );
        acme.plain(api, "USER", "app").await;
        assert_eq!(hint("D", "postgres://{{USER}}@host/database").await, None);
        let form = NewVariable {
            secret_file: true,
            ..file(api, "E", "/e", "sixteen letters and more")
        };
        assert_eq!(acme.sees(acme.adds(form).await).await.hint, None);
        assert_eq!(
            acme.sees(acme.plain(api, "F", "sixteen letters and more").await)
                .await
                .hint,
            None
        );
    });
}

#[test]
fn a_hint_follows_its_value() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let api = LevelRef::Service(acme.shop().await.api);
        let id = acme.secret(api, "TOKEN", "sk_live_51H8x9fQ").await;
        acme.sets(id, "whsec_9a8b7c6d5e4").await;
        assert_eq!(
            acme.sees(id).await.hint,
            Some(Hint {
                first: "whs".into(),
                last: "5e4".into()
            })
        );
        acme.sets(id, "short").await;
        assert_eq!(acme.sees(id).await.hint, None);
    });
}

#[test]
fn plain_turns_into_secret_and_never_back() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let api = LevelRef::Service(acme.shop().await.api);
        let id = acme.plain(api, "TOKEN", "a value of some length").await;
        edits(
            &acme,
            VariableEdit {
                make_secret: true,
                ..acme.form(id).await
            },
        )
        .await
        .unwrap();
        let view = acme.sees(id).await;
        assert_eq!((view.secret, view.value, view.version), (true, None, 2));
        assert_eq!(
            view.hint,
            Some(Hint {
                first: "a v".into(),
                last: "gth".into()
            })
        );
        edits(
            &acme,
            VariableEdit {
                make_secret: false,
                description: "Still".into(),
                ..acme.form(id).await
            },
        )
        .await
        .unwrap();
        assert!(acme.sees(id).await.secret);
    });
}

#[test]
fn plain_overrides_of_what_becomes_a_secret_become_secrets_too() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [project, environment, api] = levels(&shop);
        // Defined on its own before there was anything above: nobody called it an override.
        let own = acme
            .plain(LevelRef::Service(shop.db), "TOKEN", "its own")
            .await;
        let wide = acme.plain(project, "TOKEN", "canary-wide").await;
        let below = [
            acme.overrides(environment, "TOKEN", "canary-middle").await,
            acme.overrides(api, "TOKEN", "canary-narrow").await,
        ];
        acme.sets(below[1], "canary-narrow-two").await;
        edits(
            &acme,
            VariableEdit {
                make_secret: true,
                ..acme.form(wide).await
            },
        )
        .await
        .unwrap();
        for (id, version) in below.into_iter().zip([2, 3]) {
            let view = acme.sees(id).await;
            assert_eq!(
                (view.secret, view.value, view.version),
                (true, None, version)
            );
        }
        assert_eq!(acme.sees(own).await.value.as_deref(), Some("its own"));
        let mut events: Vec<_> = acme.log().await[..3]
            .iter()
            .map(|event| (event.target_name.clone(), event.change.summary()))
            .collect();
        events.sort();
        let secret = |name: &str| (name.to_owned(), "secret".to_owned());
        assert_eq!(
            events,
            [secret("Production"), secret("Shop"), secret("api")]
        );
    });
}

#[test]
fn entering_the_stored_value_of_a_secret_is_a_change_like_any_other() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let api = LevelRef::Service(acme.shop().await.api);
        let id = acme.secret(api, "TOKEN", "sk_live_51H8x9fQ").await;
        for (value, version) in [
            ("a wrong guess", 2),
            ("sk_live_51H8x9fQ", 3),
            ("sk_live_51H8x9fQ", 4),
        ] {
            acme.sets(id, value).await;
            assert_eq!(acme.sees(id).await.version, version);
            assert_eq!(acme.last_event().await.change.summary(), "value");
        }
        let events = acme.log().await.len();
        for version in [5, 6] {
            let form = VariableEdit {
                set_empty: true,
                ..acme.form(id).await
            };
            edits(&acme, form).await.unwrap();
            assert_eq!(acme.sees(id).await.version, version);
        }
        assert_eq!(acme.log().await.len(), events + 2);
    });
}

#[test]
fn a_secret_keeps_its_value_unless_a_new_one_is_entered() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let api = LevelRef::Service(acme.shop().await.api);
        let id = acme.secret(api, "TOKEN", "sk_live_51H8x9fQ").await;
        let hint = acme.sees(id).await.hint;
        for (value, description) in [(None, "First"), (Some(String::new().into()), "Second")] {
            let form = VariableEdit {
                value,
                description: description.to_owned(),
                ..acme.form(id).await
            };
            edits(&acme, form).await.unwrap();
            assert_eq!(acme.sees(id).await.hint, hint);
            assert_eq!(acme.last_event().await.change.summary(), "description");
        }
        edits(
            &acme,
            VariableEdit {
                set_empty: true,
                ..acme.form(id).await
            },
        )
        .await
        .unwrap();
        assert_eq!(acme.sees(id).await.hint, None);
        assert_eq!(acme.last_event().await.change.summary(), "value");
    });
}

#[test]
fn a_plain_value_can_become_empty() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let api = LevelRef::Service(acme.shop().await.api);
        let id = acme.plain(api, "A", "1").await;
        acme.sets(id, "").await;
        assert_eq!(acme.sees(id).await.value.as_deref(), Some(""));
        assert_eq!(
            acme.sees(acme.plain(api, "B", "").await)
                .await
                .value
                .as_deref(),
            Some("")
        );
    });
}

#[test]
fn a_mask_sent_back_is_no_value() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let api = LevelRef::Service(acme.shop().await.api);
        let id = acme.secret(api, "TOKEN", "sk_live_51H8x9fQ").await;
        let before = world.snapshot().await;
        for mask in [MASK.to_owned(), format!("sk_{MASK}9fQ")] {
            let form = VariableEdit {
                value: Some(mask.clone().into()),
                ..acme.form(id).await
            };
            assert_fields(&edits(&acme, form).await.refusal(), &["value"]);
            assert_fields(
                &refuses(&acme, secret(api, "OTHER", &mask)).await,
                &["value"],
            );
        }
        assert_eq!(world.snapshot().await, before);
    });
}

#[test]
fn values_have_limits_that_are_exact() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let api = LevelRef::Service(acme.shop().await.api);
        let (value, content) = ("x".repeat(64 * 1024), "x".repeat(1024 * 1024));
        let id = acme.secret(api, "A", &value).await;
        assert_fields(
            &refuses(&acme, variable(api, "B", &format!("{value}x"))).await,
            &["value"],
        );
        let longer = VariableEdit {
            value: Some(format!("{value}x").into()),
            ..acme.form(id).await
        };
        assert_fields(&edits(&acme, longer).await.refusal(), &["value"]);
        acme.file(api, "C", "/c", &content).await;
        assert_fields(
            &refuses(&acme, file(api, "D", "/d", &format!("{content}x"))).await,
            &["value"],
        );
        assert_fields(
            &refuses(&acme, variable(api, "E", "a\0b")).await,
            &["value"],
        );
    });
}

#[test]
fn keys_have_limits_and_reserved_beginnings() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let api = LevelRef::Service(acme.shop().await.api);
        acme.plain(api, &"K".repeat(255), "1").await;
        let before = world.snapshot().await;
        for key in [
            &"K".repeat(256),
            "",
            "1A",
            "A-B",
            "Ä",
            "__A",
            "QOVERY_X",
            "qovery_x",
            "A=B",
            "A\nB",
        ] {
            assert_fields(&refuses(&acme, variable(api, key, "1")).await, &["key"]);
        }
        let both = NewVariable {
            description: "x".repeat(256),
            ..variable(api, "1", "1")
        };
        assert_fields(&refuses(&acme, both).await, &["key", "description"]);
        let kind = NewVariable {
            kind: "alias".to_owned(),
            ..variable(api, "A", "1")
        };
        assert_fields(&refuses(&acme, kind).await, &["kind"]);
        assert_eq!(world.snapshot().await, before);
    });
}

#[test]
fn a_scope_holds_a_thousand_variables() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [project, _, api] = levels(&shop);
        let (organization, level, project_id) = (acme.id, shop.api, shop.project);
        let empty = if world.engine == crate::common::Engine::Sqlite {
            "x''"
        } else {
            "''"
        };
        world
            .sql(&format!(
                "insert into variable (organization_id, id, project_id, environment_id, service_id, scope, level_id, key, kind, secret, value, created_at, updated_at, updated_by) \
                 with recursive n(i) as (select 1 union all select i + 1 from n where i < 999) \
                 select '{organization}', '00000000-0000-7000-8000-' || substr('00000000000' || i, length('00000000000' || i) - 11), '{project_id}', '{}', '{level}', \
                 'SERVICE', '{level}', 'FILLER_' || i, 'VALUE', 1, {empty}, 1, 1, 'nobody' from n",
                shop.environment
            ))
            .await;
        let last = acme.plain(api, "LAST", "1").await;
        assert_fields(
            &refuses(&acme, variable(api, "ONE_MORE", "1")).await,
            &["key"],
        );
        acme.plain(project, "ELSEWHERE", "1").await;
        world
            .service
            .delete_variable(&acme.owner, acme.id, last, 1, false)
            .await
            .unwrap();
        acme.plain(api, "ONE_MORE", "1").await;
    });
}

#[test]
fn no_service_gets_two_files_at_one_path() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [project, environment, api] = levels(&shop);
        acme.file(api, "A", "/etc/app.yaml", "1").await;
        for level in [project, environment, api] {
            assert_fields(
                &refuses(&acme, file(level, "B", "/etc/app.yaml", "2")).await,
                &["mount_path"],
            );
        }
        // Two services beside each other have file systems of their own.
        acme.file(LevelRef::Service(shop.db), "B", "/etc/app.yaml", "2")
            .await;
        let id = acme.file(environment, "C", "/etc/other.yaml", "3").await;
        let form = VariableEdit {
            mount_path: Some("/etc/app.yaml".to_owned()),
            ..acme.form(id).await
        };
        assert_fields(&edits(&acme, form).await.refusal(), &["mount_path"]);
        let form = VariableEdit {
            mount_path: Some("/etc/third.yaml".to_owned()),
            ..acme.form(id).await
        };
        edits(&acme, form).await.unwrap();
        assert_eq!(
            acme.sees(id).await.mount_path.as_deref(),
            Some("/etc/third.yaml")
        );
        for path in ["", "etc/app", "/etc/../app", "/", "/etc/"] {
            assert_fields(
                &refuses(&acme, file(api, "D", path, "4")).await,
                &["mount_path"],
            );
        }
    });
}

#[test]
fn whoever_saves_second_is_told_by_whom_and_overwrites_nothing() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let api = LevelRef::Service(acme.shop().await.api);
        let id = acme.plain(api, "A", "1").await;
        let stale = VariableEdit {
            value: Some("mine".to_owned().into()),
            ..acme.form(id).await
        };
        acme.sets(id, "theirs").await;
        let before = world.snapshot().await;
        match edits(&acme, stale).await.refusal() {
            ApiError::Conflict { reason } => assert!(
                reason.contains("Olivia of Acme") && !reason.contains("theirs"),
                "{reason}"
            ),
            other => panic!("{other:?}"),
        }
        let refusal = world
            .service
            .delete_variable(&acme.owner, acme.id, id, 1, false)
            .await
            .refusal();
        assert!(matches!(refusal, ApiError::Conflict { .. }), "{refusal:?}");
        assert_eq!(world.snapshot().await, before);
        world
            .service
            .delete_variable(&acme.owner, acme.id, id, 2, false)
            .await
            .unwrap();
    });
}

#[test]
fn fifty_edits_of_one_version_save_one() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let api = LevelRef::Service(acme.shop().await.api);
        let id = acme.plain(api, "A", "0").await;
        let form = acme.form(id).await;
        let mut attempts = JoinSet::new();
        for n in 1..=50 {
            let (service, caller, organization) =
                (world.service.clone(), acme.owner.clone(), acme.id);
            let form = VariableEdit {
                value: Some(n.to_string().into()),
                ..form.clone()
            };
            attempts.spawn(async move { service.edit_variable(&caller, organization, form).await });
        }
        let outcomes = attempts.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        for refused in outcomes.into_iter().filter(Result::is_err) {
            let why = refused.refusal();
            assert!(matches!(why, ApiError::Conflict { .. }), "{why:?}");
        }
        assert_eq!(world.count("variable_version").await, 2);
    });
}

#[test]
fn saving_what_is_there_already_changes_nothing() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let api = LevelRef::Service(acme.shop().await.api);
        let plain = acme.plain(api, "A", "one\ntwo").await;
        let secret = acme.secret(api, "B", "x").await;
        let before = world.snapshot().await;
        edits(&acme, acme.form(plain).await).await.unwrap();
        edits(&acme, acme.form(secret).await).await.unwrap();
        // As a browser sends the same lines.
        let form = VariableEdit {
            value: Some("one\r\ntwo".to_owned().into()),
            ..acme.form(plain).await
        };
        edits(&acme, form).await.unwrap();
        assert_eq!(world.snapshot().await, before);
    });
}

#[test]
fn the_line_breaks_of_a_browser_are_stored_as_line_feeds() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let api = LevelRef::Service(acme.shop().await.api);
        let id = acme
            .file(
                api,
                "KEY_FILE",
                "/key.pem",
                "-----BEGIN\r\nabc\r\n-----END\r\n",
            )
            .await;
        assert_eq!(
            acme.sees(id).await.value.as_deref(),
            Some("-----BEGIN\nabc\n-----END\n")
        );
        acme.sets(id, "-----BEGIN\r\nxyz\r\n").await;
        assert_eq!(
            acme.sees(id).await.value.as_deref(),
            Some("-----BEGIN\nxyz\n")
        );
    });
}

#[test]
fn deleting_takes_the_overrides_along_that_were_announced() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [project, environment, api] = levels(&shop);
        // Defined on its own before there was anything above: it stays.
        acme.plain(LevelRef::Service(shop.db), "A", "own").await;
        let id = acme.plain(project, "A", "1").await;
        acme.overrides(environment, "A", "2").await;
        acme.overrides(api, "A", "3").await;
        let dependants = world
            .service
            .dependants(&acme.owner, acme.id, id)
            .await
            .unwrap()
            .overrides;
        assert_eq!(dependants, ["Environment Production", "Service api"]);
        world
            .service
            .delete_variable(&acme.owner, acme.id, id, 1, false)
            .await
            .unwrap();
        assert_eq!(world.count("variable").await, 1);
        assert_eq!(
            acme.list(LevelRef::Service(shop.db)).await,
            ["service A=own"]
        );
        let events = acme.log().await;
        let deleted: Vec<_> = events[..3]
            .iter()
            .map(|event| (event.event_type.code(), event.target_name.as_str()))
            .collect();
        assert_eq!(
            deleted,
            [
                ("DELETE", "api"),
                ("DELETE", "Production"),
                ("DELETE", "Shop")
            ]
        );
    });
}

#[test]
fn an_override_that_still_hides_something_stays() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [project, environment, api] = levels(&shop);
        // The environment had the key first, the project later.
        let middle = acme.plain(environment, "A", "2").await;
        let narrow = acme.overrides(api, "A", "3").await;
        let wide = acme.plain(project, "A", "1").await;
        let dependants = async |id| {
            world
                .service
                .dependants(&acme.owner, acme.id, id)
                .await
                .unwrap()
                .overrides
        };
        assert!(dependants(wide).await.is_empty());
        assert!(dependants(middle).await.is_empty());
        world
            .service
            .delete_variable(&acme.owner, acme.id, middle, 1, false)
            .await
            .unwrap();
        assert_eq!(acme.list(api).await, ["service A=3"]);
        assert_eq!(dependants(wide).await, ["Service api"]);
        world
            .service
            .delete_variable(&acme.owner, acme.id, wide, 1, false)
            .await
            .unwrap();
        assert_eq!(
            world
                .service
                .variable(&acme.owner, acme.id, narrow)
                .await
                .refusal(),
            ApiError::NotFound
        );
    });
}

#[test]
fn deleting_an_override_brings_the_wider_value_back() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [project, _, api] = levels(&shop);
        acme.plain(project, "A", "1").await;
        let id = acme.overrides(api, "A", "2").await;
        assert!(
            world
                .service
                .dependants(&acme.owner, acme.id, id)
                .await
                .unwrap()
                .overrides
                .is_empty()
        );
        world
            .service
            .delete_variable(&acme.owner, acme.id, id, 1, false)
            .await
            .unwrap();
        assert_eq!(acme.list(api).await, ["project A=1"]);
        assert_eq!(
            world
                .service
                .variable(&acme.owner, acme.id, id)
                .await
                .refusal(),
            ApiError::NotFound
        );
    });
}

#[test]
fn a_list_shows_the_beginning_and_the_form_all_of_a_long_value() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let api = LevelRef::Service(acme.shop().await.api);
        let long = "ü".repeat(400);
        let id = acme.plain(api, "A", &long).await;
        assert_eq!(
            acme.list(api).await,
            [format!("service A={}…", "ü".repeat(300))]
        );
        assert_eq!(acme.sees(id).await.value, Some(long));
    });
}

#[test]
fn a_change_remembers_who_and_when() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let api = LevelRef::Service(acme.shop().await.api);
        let id = acme.plain(api, "A", "1").await;
        let ana = acme.member(BuiltInRole::DevOps).await;
        world.clock.advance(60);
        let form = VariableEdit {
            value: Some("2".to_owned().into()),
            ..acme.form(id).await
        };
        world
            .service
            .edit_variable(&ana, acme.id, form)
            .await
            .unwrap();
        let view = acme.sees(id).await;
        assert_eq!(
            (view.updated_by.as_str(), view.updated_at, view.version),
            ("DevOps devops", world.service.now(), 2)
        );
    });
}

#[test]
fn values_are_sealed_in_every_file_and_row() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let api = LevelRef::Service(acme.shop().await.api);
        let canaries = [
            "canary-plain-3e1c9a77",
            "canary-secret-b2d04f18",
            "canary-file-77aa10c3",
            "canary-later-90ee41d2",
        ];
        let id = acme.plain(api, "A", canaries[0]).await;
        acme.secret(api, "B", canaries[1]).await;
        acme.file(api, "C", "/c", canaries[2]).await;
        acme.sets(id, canaries[3]).await;
        for canary in canaries {
            assert_eq!(
                world.places_of(canary.as_bytes()).await,
                Vec::<String>::new(),
                "{canary}"
            );
        }
        // The search itself finds what is there.
        assert!(
            !world.places_of(b"KEY").await.is_empty() || !world.places_of(b"/c").await.is_empty()
        );
    });
}

#[test]
fn a_form_of_another_scope_than_its_rights_is_refused() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let viewer = acme.member(BuiltInRole::Viewer).await;
        let view = world
            .service
            .variables(&viewer, acme.id, LevelRef::Service(shop.api))
            .await
            .unwrap();
        assert!(view.scopes.iter().all(|choice| choice.locked.is_some()));
        for level in levels(&shop) {
            let refusal = world
                .service
                .add_variable(&viewer, acme.id, variable(level, "A", "1"))
                .await
                .refusal();
            assert!(matches!(refusal, ApiError::Forbidden { .. }), "{refusal:?}");
        }
    });
}
