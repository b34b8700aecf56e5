//! Values that stand for others: aliases, `{{KEY}}`, and what the registry itself defines.

use domain::{
    ApiError, LevelRef, Scope, VariableId, VariableKind,
    view::{Resolved, VariableView},
};
use service::ops::{NewAlias, NewVariable, VariableEdit, VariablesView};

use crate::common::{Organization, Refused, Shop, assert_fields, file, on_every_engine, variable};

async fn sees(acme: &Organization<'_>, level: LevelRef) -> VariablesView {
    let service = &acme.world.service;
    service
        .variables(&acme.owner, acme.id, level)
        .await
        .unwrap()
}

fn found<'a>(list: &'a VariablesView, key: &str) -> &'a VariableView {
    list.variables
        .iter()
        .chain(&list.built_ins)
        .find(|one| one.key == key)
        .unwrap()
}

fn alias(level: LevelRef, key: &str, target: &str) -> NewAlias {
    NewAlias {
        from: level,
        scope: level.scope().code().to_owned(),
        key: key.to_owned(),
        target: target.to_owned(),
        description: String::new(),
    }
}

async fn aliases(acme: &Organization<'_>, form: NewAlias) -> service::Result<VariableId> {
    let service = &acme.world.service;
    service.add_alias(&acme.owner, acme.id, form).await
}

async fn adds(acme: &Organization<'_>, form: NewVariable) -> service::Result<VariableId> {
    let service = &acme.world.service;
    service.add_variable(&acme.owner, acme.id, form).await
}

async fn deletes(
    acme: &Organization<'_>,
    id: VariableId,
    leave_broken: bool,
) -> service::Result<()> {
    let service = &acme.world.service;
    let version = acme.sees(id).await.version;
    service
        .delete_variable(&acme.owner, acme.id, id, version, leave_broken)
        .await
}

/// What a value becomes at a level, in words.
async fn becomes(acme: &Organization<'_>, level: LevelRef, key: &str) -> String {
    let list = sees(acme, level).await;
    match list.resolved.get(&found(&list, key).id) {
        None => "itself".to_owned(),
        Some(Resolved::Text(text)) => text.clone(),
        Some(Resolved::Secret) => "a secret".to_owned(),
        Some(Resolved::Broken(why)) => format!("broken: {why}"),
    }
}

fn levels(shop: &Shop) -> [LevelRef; 3] {
    [
        LevelRef::Project(shop.project),
        LevelRef::Environment(shop.environment),
        LevelRef::Service(shop.api),
    ]
}

// Aliases

#[test]
fn an_alias_has_the_value_of_what_it_stands_for_whatever_that_becomes() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [project, environment, api] = levels(&shop);
        let url = acme.plain(project, "DATABASE_URL", "postgres://one").await;
        aliases(&acme, alias(environment, "DB", "DATABASE_URL"))
            .await
            .unwrap();
        assert_eq!(becomes(&acme, api, "DB").await, "postgres://one");
        acme.sets(url, "postgres://two").await;
        assert_eq!(becomes(&acme, api, "DB").await, "postgres://two");
        acme.overrides(api, "DATABASE_URL", "postgres://own").await;
        assert_eq!(becomes(&acme, api, "DB").await, "postgres://own");
        assert_eq!(becomes(&acme, environment, "DB").await, "postgres://two");
        let list = sees(&acme, api).await;
        let one = found(&list, "DB");
        assert_eq!(
            (one.kind, one.alias_of.as_deref(), one.secret),
            (VariableKind::Alias, Some("DATABASE_URL"), false)
        );
    });
}

#[test]
fn an_alias_of_a_secret_is_one_also_when_that_turned_into_one_since() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [project, _, api] = levels(&shop);
        acme.secret(project, "TOKEN", "a value nobody sees").await;
        let later = acme.plain(project, "LATER", "not yet secret").await;
        for target in ["TOKEN", "LATER"] {
            aliases(&acme, alias(api, &format!("MY_{target}"), target))
                .await
                .unwrap();
        }
        let form = VariableEdit {
            make_secret: true,
            ..acme.form(later).await
        };
        world
            .service
            .edit_variable(&acme.owner, acme.id, form)
            .await
            .unwrap();
        let list = sees(&acme, api).await;
        for key in ["MY_TOKEN", "MY_LATER"] {
            assert!(found(&list, key).secret, "{key}");
            assert_eq!(becomes(&acme, api, key).await, "a secret", "{key}");
        }
    });
}

#[test]
fn aliases_of_aliases_of_files_of_nothing_and_into_wider_scopes_are_refused() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [project, environment, api] = levels(&shop);
        acme.plain(project, "WIDE", "1").await;
        acme.plain(api, "NARROW", "1").await;
        acme.adds(file(environment, "CONFIG", "/etc/c", "x")).await;
        aliases(&acme, alias(api, "ALIAS", "WIDE")).await.unwrap();
        let before = world.snapshot().await;
        for (form, field) in [
            (alias(api, "AGAIN", "ALIAS"), "target"),
            (alias(api, "FILE", "CONFIG"), "target"),
            (alias(api, "NOTHING", "MISSING"), "target"),
            (alias(environment, "WIDER", "NARROW"), "target"),
            (alias(api, "WIDE", "NARROW"), "key"),
            (alias(api, "ALIAS", "WIDE"), "key"),
            (alias(api, "QOVERY_X", "WIDE"), "key"),
            (alias(api, "1X", "WIDE"), "key"),
        ] {
            let text = format!("{form:?}");
            let refusal = aliases(&acme, form).await.refusal();
            assert_fields(&refusal, &[field]);
            assert_eq!(world.snapshot().await, before, "{text}");
        }
        // What hides an alias would hide nothing that has a value.
        let over = NewVariable {
            overrides: true,
            ..variable(api, "SHORT", "1")
        };
        aliases(&acme, alias(environment, "SHORT", "WIDE"))
            .await
            .unwrap();
        assert_fields(&adds(&acme, over).await.refusal(), &["key"]);
    });
}

#[test]
fn an_alias_goes_with_what_it_stands_for() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [project, environment, api] = levels(&shop);
        let wide = acme.plain(project, "WIDE", "1").await;
        let narrow = acme.overrides(environment, "WIDE", "2").await;
        aliases(&acme, alias(api, "SHORT", "WIDE")).await.unwrap();
        let hangs_on = async |id| {
            let service = &world.service;
            service.dependants(&acme.owner, acme.id, id).await.unwrap()
        };
        // The override can go: the wider value appears.
        assert!(hangs_on(narrow).await.aliases.is_empty());
        assert_eq!(hangs_on(wide).await.aliases, ["SHORT in Service api"]);
        let before = acme.event_count().await;
        deletes(&acme, wide, false).await.unwrap();
        assert_eq!(acme.list(api).await, [""; 0]);
        assert_eq!(acme.events_since(before).await.len(), 3);
    });
}

// Mentions

#[test]
fn what_is_mentioned_is_put_in_for_the_service_that_gets_it() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [project, _, api] = levels(&shop);
        let db = LevelRef::Service(shop.db);
        acme.plain(project, "HOST", "shop.example").await;
        acme.plain(
            project,
            "URL",
            "https://{{HOST}}/{{ QOVERY_ENVIRONMENT_NAME }}",
        )
        .await;
        acme.overrides(api, "HOST", "api.example").await;
        acme.secret(project, "PASSWORD", "never seen").await;
        acme.plain(api, "DSN", "user:{{PASSWORD}}@{{HOST}}").await;
        assert_eq!(
            becomes(&acme, api, "URL").await,
            "https://api.example/Production"
        );
        assert_eq!(
            becomes(&acme, db, "URL").await,
            "https://shop.example/Production"
        );
        assert_eq!(becomes(&acme, api, "DSN").await, "a secret");
        let list = sees(&acme, api).await;
        assert_eq!(
            found(&list, "DSN").value.as_deref(),
            Some("user:{{PASSWORD}}@{{HOST}}"),
            "the text as it was entered stays readable"
        );
        assert_eq!(list.mentions["PASSWORD"], ["DSN"]);
    });
}

#[test]
fn unknown_keys_and_cycles_are_refused_with_the_way_there() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [project, environment, api] = levels(&shop);
        acme.plain(api, "A", "1").await;
        acme.plain(api, "B", "{{A}}").await;
        let narrow = acme.plain(api, "C", "{{B}}").await;
        let before = world.snapshot().await;
        for (form, told) in [
            (
                variable(api, "X", "{{MISSING}}"),
                "MISSING is not defined, and X mentions it.",
            ),
            (
                variable(api, "X", "{{X}}"),
                "These mention each other: X → X.",
            ),
            (
                variable(environment, "X", "{{QOVERY_NOTHING}}"),
                "QOVERY_NOTHING is not defined, and X mentions it.",
            ),
        ] {
            let refusal = adds(&acme, form).await.refusal();
            assert_fields(&refusal, &["value"]);
            assert_eq!(refusal.for_field("value"), Some(told));
        }
        let a = found(&sees(&acme, api).await, "A").id;
        let round = VariableEdit {
            value: Some("{{C}}".to_owned().into()),
            ..acme.form(a).await
        };
        let service = &world.service;
        let refusal = service
            .edit_variable(&acme.owner, acme.id, round)
            .await
            .refusal();
        assert_eq!(
            refusal.for_field("value"),
            Some("These mention each other: A → C → B → A.")
        );
        assert_eq!(world.snapshot().await, before);
        // A key of a narrower scope may be counted on, as long as some service has it.
        adds(&acme, variable(project, "WIDE", "{{C}}"))
            .await
            .unwrap();
        assert_eq!(becomes(&acme, api, "WIDE").await, "1");
        let db = LevelRef::Service(shop.db);
        assert_eq!(
            becomes(&acme, db, "WIDE").await,
            "broken: C is not defined, and WIDE mentions it."
        );
        deletes(&acme, narrow, false).await.refusal();
    });
}

#[test]
fn what_is_mentioned_goes_only_when_that_is_said() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [project, _, api] = levels(&shop);
        let host = acme.plain(project, "HOST", "1").await;
        acme.plain(api, "URL", "https://{{HOST}}").await;
        let before = world.snapshot().await;
        let refusal = deletes(&acme, host, false).await.refusal();
        assert_fields(&refusal, &["leave_broken"]);
        assert!(
            refusal
                .for_field("leave_broken")
                .unwrap()
                .contains("URL would mention HOST")
        );
        assert_eq!(world.snapshot().await, before);
        let hangs_on = world.service.dependants(&acme.owner, acme.id, host).await;
        assert_eq!(hangs_on.unwrap().mentions, ["URL in Service api"]);
        deletes(&acme, host, true).await.unwrap();
        assert_eq!(
            becomes(&acme, api, "URL").await,
            "broken: HOST is not defined, and URL mentions it."
        );
    });
}

#[test]
fn a_file_is_a_template_unless_it_is_left_as_it_is() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [_, _, api] = levels(&shop);
        let template = NewVariable {
            as_is: true,
            ..file(api, "TEMPLATE", "/etc/t", "{{ .Values.host }} {{MISSING}}")
        };
        let id = adds(&acme, template.clone()).await.unwrap();
        let mentioning = NewVariable {
            as_is: false,
            key: "OTHER".to_owned(),
            mount_path: "/etc/o".to_owned(),
            ..template
        };
        assert_fields(&adds(&acme, mentioning).await.refusal(), &["value"]);
        let form = VariableEdit {
            as_is: Some(false),
            ..acme.form(id).await
        };
        let refusal = world
            .service
            .edit_variable(&acme.owner, acme.id, form)
            .await
            .refusal();
        assert_fields(&refusal, &["value"]);
    });
}

// Built-in variables

#[test]
fn built_in_variables_come_and_go_with_their_services_and_keep_their_ids() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [project, environment, api] = levels(&shop);
        let list = sees(&acme, api).await;
        let host = found(&list, "QOVERY_DATABASE_DB_HOST").clone();
        assert_eq!(
            (host.value.as_deref(), host.scope, host.kind),
            (
                Some("db.production.shop.internal"),
                Scope::BuiltIn,
                VariableKind::BuiltIn
            )
        );
        let password = found(&list, "QOVERY_DATABASE_DB_PASSWORD");
        assert!(password.secret && password.value.is_none());
        assert!(host.locked.is_some());

        // Renamed: the key stays, and so does the id; the address follows.
        world
            .service
            .edit_service(&acme.owner, acme.id, shop.db, "orders", "", 1)
            .await
            .unwrap();
        let list = sees(&acme, api).await;
        let renamed = found(&list, "QOVERY_DATABASE_DB_HOST");
        assert_eq!(renamed.id, host.id);
        assert_eq!(
            renamed.value.as_deref(),
            Some("orders.production.shop.internal")
        );

        let keys = async |level| {
            let list = sees(&acme, level).await;
            let keys = list.built_ins.into_iter().map(|one| one.key);
            keys.collect::<Vec<_>>()
        };
        assert_eq!(
            keys(project).await,
            ["QOVERY_ORGANIZATION_ID", "QOVERY_PROJECT_ID"]
        );
        world
            .service
            .delete_service(&acme.owner, acme.id, shop.db, "orders")
            .await
            .unwrap();
        assert!(
            !keys(environment)
                .await
                .iter()
                .any(|key| key.contains("DATABASE"))
        );
    });
}

#[test]
fn a_built_in_variable_can_be_aliased_and_never_changed() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [_, _, api] = levels(&shop);
        for (key, target, value) in [
            (
                "DB_HOST",
                "QOVERY_DATABASE_DB_HOST",
                "db.production.shop.internal",
            ),
            ("DB_PASSWORD", "QOVERY_DATABASE_DB_PASSWORD", "a secret"),
        ] {
            aliases(&acme, alias(api, key, target)).await.unwrap();
            assert_eq!(becomes(&acme, api, key).await, value);
        }
        let list = sees(&acme, api).await;
        assert!(found(&list, "DB_PASSWORD").secret);
        let built_in = found(&list, "QOVERY_PROJECT_ID").id;
        let form = VariableEdit {
            as_is: None,
            id: built_in,
            version: 1,
            value: Some("mine".to_owned().into()),
            set_empty: false,
            make_secret: false,
            mount_path: None,
            description: String::new(),
        };
        let service = &world.service;
        let refusals = [
            service
                .edit_variable(&acme.owner, acme.id, form)
                .await
                .refusal(),
            service
                .delete_variable(&acme.owner, acme.id, built_in, 1, false)
                .await
                .refusal(),
        ];
        assert_eq!(refusals, [ApiError::NotFound, ApiError::NotFound]);
    });
}
