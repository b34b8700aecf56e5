//! Finding things over a whole organization: what is found, in which order, how many, and by whom.

use domain::{
    ApiError, BuiltInRole, EnvironmentType as T, LevelRef, OrganizationId, Permission,
    search::SEARCH_LIMIT,
    view::{FoundVariable, PlaceView, SearchView},
};
use service::{
    Caller,
    ops::{NewAlias, NewVariable, PLACES_FOUND, VARIABLES_FOUND},
};

use crate::common::{
    Levels, Organization, Refused, Shop, difference, file, on_every_engine, on_sqlite, variable,
};

async fn finds(acme: &Organization<'_>, who: &Caller, text: &str) -> SearchView {
    let service = &acme.world.service;
    service.search(who, acme.id, text).await.unwrap()
}

fn path(place: &PlaceView) -> String {
    let names: Vec<_> = place.names().map(|named| named.name.as_str()).collect();
    names.join("/")
}

fn line(found: &FoundVariable) -> String {
    format!("{} {}", path(&found.place), found.key)
}

/// The variables somebody finds, as place and key.
async fn variables(acme: &Organization<'_>, who: &Caller, text: &str) -> Vec<String> {
    let view = finds(acme, who, text).await;
    view.variables.iter().map(line).collect()
}

/// The keys the owner finds.
async fn keys(acme: &Organization<'_>, text: &str) -> Vec<String> {
    let view = finds(acme, &acme.owner, text).await;
    view.variables.into_iter().map(|one| one.key).collect()
}

/// The places somebody finds.
async fn places(acme: &Organization<'_>, who: &Caller, text: &str) -> Vec<String> {
    finds(acme, who, text)
        .await
        .places
        .iter()
        .map(path)
        .collect()
}

fn levels(shop: &Shop) -> [LevelRef; 3] {
    [
        LevelRef::Project(shop.project),
        LevelRef::Environment(shop.environment),
        LevelRef::Service(shop.api),
    ]
}

async fn described(acme: &Organization<'_>, level: LevelRef, key: &str, description: &str) {
    acme.adds(NewVariable {
        description: description.to_owned(),
        ..variable(level, key, "1")
    })
    .await;
}

// What is found

#[test]
fn a_key_is_found_wherever_it_is_defined_with_the_way_there() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [project, environment, api] = levels(&shop);
        acme.plain(project, "STRIPE_URL", "1").await;
        acme.secret(environment, "STRIPE_KEY", "never to be seen")
            .await;
        acme.plain(api, "MY_STRIPE", "1").await;
        acme.plain(api, "OTHER", "1").await;
        let view = finds(&acme, &acme.owner, "Stripe").await;
        let lines: Vec<_> = view.variables.iter().map(line).collect();
        assert_eq!(
            lines,
            [
                "Shop STRIPE_URL",
                "Shop/Production STRIPE_KEY",
                "Shop/Production/api MY_STRIPE",
            ]
        );
        let paths: Vec<_> = view.variables.iter().map(|one| one.place.path()).collect();
        assert_eq!(
            paths,
            [
                "/p/shop",
                "/p/shop/e/production",
                "/p/shop/e/production/s/api"
            ]
        );
        let secret = &view.variables[1];
        assert!(secret.secret && !view.variables[0].secret);
        assert_eq!(
            secret.place.environment.as_ref().map(|(_, kind)| *kind),
            Some(T::Production)
        );
        assert_eq!(secret.updated_by, "Olivia of Acme");
        assert_eq!(view.organization, "acme");
    });
}

#[test]
fn descriptions_and_mount_paths_are_searched_and_values_are_not() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [project, environment, api] = levels(&shop);
        acme.plain(project, "PLAIN", "needle in a value").await;
        acme.secret(environment, "SECRET", "needle in a secret")
            .await;
        acme.file(api, "CONTENT", "/etc/content", "needle in a file")
            .await;
        assert_eq!(keys(&acme, "needle").await, [""; 0]);
        described(&acme, api, "DESCRIBED", "Where the Needle lies, über alles").await;
        acme.file(api, "MOUNTED", "/etc/Needle.pem", "1").await;
        assert_eq!(keys(&acme, "nEEdle").await, ["DESCRIBED", "MOUNTED"]);
        assert_eq!(keys(&acme, "needle lies").await, ["DESCRIBED"]);
        assert_eq!(keys(&acme, "ÜBER").await, ["DESCRIBED"]);
        assert_eq!(keys(&acme, "key:needle").await, [""; 0]);
    });
}

#[test]
fn an_empty_search_finds_nothing() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        acme.plain(LevelRef::Service(shop.api), "A", "1").await;
        for text in ["", "   ", "\"\"", "\0"] {
            let view = finds(&acme, &acme.owner, text).await;
            assert!(
                view.variables.is_empty() && view.places.is_empty(),
                "{text:?}"
            );
        }
    });
}

#[test]
fn places_are_found_by_name() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let staging = acme
            .environment(shop.project, shop.cluster, "Staging", "STAGING")
            .await;
        acme.service(staging, "api-worker", "JOB").await;
        let owner = &acme.owner;
        assert_eq!(
            places(&acme, owner, "api").await,
            ["Shop/Production/api", "Shop/Staging/api-worker"]
        );
        assert_eq!(
            places(&acme, owner, "api staging").await,
            ["Shop/Staging/api-worker"]
        );
        assert_eq!(places(&acme, owner, "SHOP").await, ["Shop"]);
        assert_eq!(places(&acme, owner, "env:stag").await, ["Shop/Staging"]);
        assert_eq!(places(&acme, owner, "shop type:secret").await, [""; 0]);
    });
}

// Qualifiers

#[test]
fn qualifiers_narrow_and_repeated_ones_widen() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [project, environment, api] = levels(&shop);
        let other = acme.project("Web Shop").await;
        acme.plain(project, "URL", "1").await;
        acme.secret(project, "TOKEN", "a value nobody sees").await;
        acme.file(environment, "CERT", "/etc/cert", "1").await;
        acme.overrides(api, "URL", "2").await;
        let form = NewAlias {
            from: api,
            scope: "SERVICE".to_owned(),
            key: "ADDRESS".to_owned(),
            target: "URL".to_owned(),
            description: String::new(),
        };
        let owner = &acme.owner;
        world.service.add_alias(owner, acme.id, form).await.unwrap();
        acme.plain(LevelRef::Project(other), "URL", "1").await;
        let expected: [(&str, &[&str]); 15] = [
            ("type:secret", &["Shop TOKEN"]),
            ("type:file", &["Shop/Production CERT"]),
            ("type:override", &["Shop/Production/api URL"]),
            ("TYPE:Alias", &["Shop/Production/api ADDRESS"]),
            (
                "type:file type:secret",
                &["Shop TOKEN", "Shop/Production CERT"],
            ),
            ("type:plain scope:project", &["Shop URL", "Web Shop URL"]),
            ("scope:environment", &["Shop/Production CERT"]),
            ("scope:built_in", &[]),
            ("key:url project:web", &["Web Shop URL"]),
            (r#"project:"web shop""#, &["Web Shop URL"]),
            ("project:web-shop key:URL", &["Web Shop URL"]),
            (
                "key:cert key:token",
                &["Shop/Production CERT", "Shop TOKEN"],
            ),
            (
                "env:prod",
                &[
                    "Shop/Production CERT",
                    "Shop/Production/api ADDRESS",
                    "Shop/Production/api URL",
                ],
            ),
            ("env:staging", &[]),
            ("type:nonsense", &[]),
        ];
        for (text, lines) in expected {
            assert_eq!(variables(&acme, owner, text).await, lines, "{text}");
        }
    });
}

#[test]
fn a_narrower_definition_is_an_override_also_when_it_was_there_first() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [project, _, api] = levels(&shop);
        acme.plain(api, "REGION", "1").await;
        assert_eq!(keys(&acme, "type:override").await, [""; 0]);
        acme.plain(project, "REGION", "2").await;
        assert_eq!(
            variables(&acme, &acme.owner, "type:override").await,
            ["Shop/Production/api REGION"]
        );
    });
}

// Characters

#[test]
fn signs_with_a_meaning_elsewhere_mean_themselves() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [project, environment, api] = levels(&shop);
        acme.plain(project, "A_B", "1").await;
        acme.plain(project, "AXB", "1").await;
        described(&acme, environment, "PERCENT", r"100% of a\b and 'quoted'").await;
        acme.adds(file(api, "STAR", "/etc/*.conf", "1")).await;
        assert_eq!(keys(&acme, "a_b").await, ["A_B"]);
        assert_eq!(keys(&acme, "%").await, ["PERCENT"]);
        assert_eq!(keys(&acme, r"a\b").await, ["PERCENT"]);
        assert_eq!(keys(&acme, "'quoted'").await, ["PERCENT"]);
        assert_eq!(keys(&acme, "*.conf").await, ["STAR"]);
        assert_eq!(keys(&acme, "key:%").await, [""; 0]);
        let long = "long ".repeat(SEARCH_LIMIT);
        for nothing in [
            "' or 1=1 --",
            "\"; drop table variable; --",
            "$1",
            "🦀",
            "_%_",
            "\u{202e}",
            "project:' env:%",
            long.as_str(),
        ] {
            assert_eq!(keys(&acme, nothing).await, [""; 0], "{nothing:?}");
        }
        assert_eq!(world.count("variable").await, 4);
    });
}

// Order and number

#[test]
fn the_key_that_is_meant_comes_first_then_its_beginnings_then_the_others_by_place() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [project, environment, api] = levels(&shop);
        let alpha = LevelRef::Project(acme.project("Alpha").await);
        let staging = acme
            .environment(shop.project, shop.cluster, "Aaa", "STAGING")
            .await;
        described(&acme, alpha, "ZZZ", "database url of the archive").await;
        acme.plain(alpha, "OLD_DATABASE_URL", "1").await;
        acme.plain(alpha, "URL_OF_DATABASE", "1").await;
        acme.plain(project, "DATABASE_URL_TWO", "1").await;
        acme.plain(LevelRef::Environment(staging), "DATABASE_URL", "1")
            .await;
        acme.plain(environment, "DATABASE_URL", "1").await;
        acme.plain(api, "DATABASE_URL_FOR_API", "1").await;
        acme.plain(LevelRef::Service(shop.db), "database_url", "1")
            .await;
        let expected = [
            "Shop/Production DATABASE_URL",
            "Shop/Production/db database_url",
            "Shop/Aaa DATABASE_URL",
            "Shop DATABASE_URL_TWO",
            "Shop/Production/api DATABASE_URL_FOR_API",
            "Alpha OLD_DATABASE_URL",
        ];
        let found = variables(&acme, &acme.owner, "database_url").await;
        assert_eq!(found, expected, "as one word");
        let found = variables(&acme, &acme.owner, "DATABASE url").await;
        assert_eq!(found[..6], expected, "as two words");
        assert_eq!(
            found[6..],
            ["Alpha URL_OF_DATABASE", "Alpha ZZZ"],
            "as two words"
        );
    });
}

#[test]
fn a_hundred_variables_are_listed_and_more_are_told_of() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let level = LevelRef::Service(shop.api);
        for number in 0..VARIABLES_FOUND {
            acme.plain(level, &format!("MANY_{number:03}"), "1").await;
        }
        let view = finds(&acme, &acme.owner, "many").await;
        assert_eq!((view.variables.len(), view.more_variables), (100, false));
        acme.plain(LevelRef::Project(shop.project), "SO_MANY", "1")
            .await;
        acme.plain(LevelRef::Service(shop.db), "MANY", "1").await;
        let view = finds(&acme, &acme.owner, "many").await;
        assert_eq!((view.variables.len(), view.more_variables), (100, true));
        assert_eq!(line(&view.variables[0]), "Shop/Production/db MANY");
        assert_eq!(line(&view.variables[99]), "Shop/Production/api MANY_098");
    });
}

#[test]
fn twenty_places_are_listed_and_more_are_told_of() {
    on_sqlite(async |world| {
        let acme = world.organization("Acme").await;
        for number in 0..PLACES_FOUND {
            acme.project(&format!("Team {number:02}")).await;
        }
        let view = finds(&acme, &acme.owner, "team").await;
        assert_eq!((view.places.len(), view.more_places), (20, false));
        acme.project("Team").await;
        let view = finds(&acme, &acme.owner, "team").await;
        assert_eq!((view.places.len(), view.more_places), (20, true));
        assert_eq!(path(&view.places[0]), "Team");
    });
}

#[test]
fn ten_thousand_variables_are_searched_by_two_people_at_once() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        many_variables(&acme, &shop, 10_000).await;
        let role = Levels::new().on(shop.project, T::Production, "VIEWER");
        let role = acme.role("Production", role).await;
        let reader = acme.joins_as("reader@acme.example", role).await;
        let (all, some) = tokio::join!(
            finds(&acme, &acme.owner, "9999"),
            finds(&acme, &reader, "number")
        );
        assert_eq!(line(&all.variables[0]), "Shop/Production/api NUMBER_9999");
        assert_eq!((some.variables.len(), some.more_variables), (100, true));
        assert_eq!(some.variables[0].key, "NUMBER_1");
    });
}

/// Rows beyond what may be defined at one level, as many levels would have them together.
async fn many_variables(acme: &Organization<'_>, shop: &Shop, count: u32) {
    let (project, environment, api) = (shop.project, shop.environment, shop.api);
    acme.plain(LevelRef::Service(api), "SEED", "1").await;
    let organization = acme.id;
    acme.world
        .sql(&format!(
            "insert into variable (organization_id, id, project_id, environment_id, service_id, scope, level_id, key, kind, secret, \
             version, value, created_at, updated_at, updated_by) \
             with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < {count}) \
             select '{organization}', '01900000-0000-7000-8000-' || substr('00000000000' || n, length('00000000000' || n) - 11, 12), \
             '{project}', '{environment}', '{api}', 'SERVICE', '{api}', 'NUMBER_' || n, 'VALUE', 0, 1, seed.value, 1, 1, 'Test' \
             from numbers cross join variable seed where seed.organization_id = '{organization}' and seed.key = 'SEED'"
        ))
        .await;
}

// Rights

#[test]
fn every_built_in_role_finds_what_it_may_read() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        acme.plain(LevelRef::Service(shop.api), "PORT", "1").await;
        for role in BuiltInRole::ALL {
            let member = acme.member(role).await;
            let reads = role != BuiltInRole::Billing;
            let view = finds(&acme, &member, "port").await;
            assert_eq!(view.variables.len(), usize::from(reads), "{role}");
            let found = places(&acme, &member, "shop").await;
            assert_eq!(found.len(), usize::from(reads), "{role}");
            let audits = matches!(role, BuiltInRole::Owner | BuiltInRole::Admin);
            assert_eq!(view.rights.may(Permission::AuditRead), audits, "{role}");
            assert!(view.rights.may(Permission::OrganizationRead), "{role}");
        }
    });
}

#[test]
fn a_custom_role_finds_what_its_levels_show_from_the_next_search_on() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let [project, production, api] = levels(&shop);
        let staging = acme
            .environment(shop.project, shop.cluster, "Staging", "STAGING")
            .await;
        let hidden = acme.project("Hidden").await;
        // The narrower ones first: below a definition the same key is an override.
        for level in [
            api,
            production,
            LevelRef::Environment(staging),
            project,
            LevelRef::Project(hidden),
        ] {
            acme.plain(level, "SHARED", "1").await;
        }
        let role = acme.blank_role("Readers").await;
        let reader = acme.joins_as("reader@acme.example", role).await;
        let nothing: [&str; 0] = [];
        let in_staging = ["Shop SHARED", "Shop/Staging SHARED"];
        let in_production = [
            "Shop SHARED",
            "Shop/Production SHARED",
            "Shop/Production/api SHARED",
        ];
        let everywhere = [
            "Hidden SHARED",
            "Shop SHARED",
            "Shop/Production SHARED",
            "Shop/Production/api SHARED",
            "Shop/Staging SHARED",
        ];
        // What a form does not name keeps its level.
        let none = || {
            Levels::new()
                .project(shop.project, "NO_ACCESS")
                .project(hidden, "NO_ACCESS")
        };
        let staging_of = |project| none().on(project, T::Staging, "VIEWER");
        let steps: [(Levels, &[&str]); 5] = [
            (none(), &nothing),
            (staging_of(shop.project), &in_staging),
            (
                none().on(shop.project, T::Production, "DEPLOYER"),
                &in_production,
            ),
            (
                none()
                    .project(shop.project, "FULL")
                    .on(hidden, T::Preview, "VIEWER"),
                &everywhere,
            ),
            (none(), &nothing),
        ];
        for (levels, expected) in steps {
            acme.sets_levels(role, levels).await;
            assert_eq!(variables(&acme, &reader, "shared").await, expected);
            assert_eq!(
                variables(&acme, &reader, "key:SHARED").await,
                expected,
                "by qualifier"
            );
        }
        acme.sets_levels(role, staging_of(shop.project)).await;
        for hidden in ["env:production", "project:hidden", "env:prod key:shared"] {
            assert_eq!(variables(&acme, &reader, hidden).await, nothing, "{hidden}");
            assert_eq!(places(&acme, &reader, hidden).await, nothing, "{hidden}");
        }
        for (text, expected) in [
            ("production", &nothing[..]),
            ("hidden", &nothing[..]),
            ("api", &nothing[..]),
            ("shop", &["Shop"][..]),
            ("staging", &["Shop/Staging"][..]),
        ] {
            assert_eq!(places(&acme, &reader, text).await, expected, "{text}");
        }
    });
}

#[test]
fn what_is_hidden_takes_no_place_in_the_list() {
    on_sqlite(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let staging = acme
            .environment(shop.project, shop.cluster, "Staging", "STAGING")
            .await;
        many_variables(&acme, &shop, 150).await;
        acme.plain(LevelRef::Environment(staging), "THE_NUMBER", "1")
            .await;
        let role = Levels::new().on(shop.project, T::Staging, "VIEWER");
        let role = acme.role("Staging", role).await;
        let reader = acme.joins_as("reader@acme.example", role).await;
        let view = finds(&acme, &reader, "number").await;
        assert_eq!(view.variables.len(), 1);
        assert!(!view.more_variables, "nor is it told of");
    });
}

#[test]
fn other_organizations_are_never_searched_and_strangers_find_no_organization() {
    on_every_engine(async |world| {
        let (acme, globex) = (
            world.organization("Acme").await,
            world.organization("Globex").await,
        );
        for organization in [&acme, &globex] {
            let shop = organization.shop().await;
            let level = LevelRef::Service(shop.api);
            organization.plain(level, "PORT", "1").await;
        }
        let secret = LevelRef::Project(globex.project("Rocket").await);
        globex.plain(secret, "LAUNCH_CODE", "1").await;
        assert_eq!(
            variables(&acme, &acme.owner, "port").await,
            ["Shop/Production/api PORT"]
        );
        for text in ["launch", "rocket", "project:rocket", "key:LAUNCH_CODE"] {
            let view = finds(&acme, &acme.owner, text).await;
            assert!(
                view.variables.is_empty() && view.places.is_empty(),
                "{text}"
            );
        }
        let unknown = OrganizationId::new(uuid::Uuid::from_u128(7));
        for (who, organization) in [
            (&acme.owner, globex.id),
            (&acme.owner, unknown),
            (&world.visitor(), acme.id),
        ] {
            for text in ["port", ""] {
                let refusal = world
                    .service
                    .search(who, organization, text)
                    .await
                    .refusal();
                assert_eq!(refusal, ApiError::NotFound);
            }
        }
        let member = acme.joins("leaver@acme.example", BuiltInRole::Admin).await;
        acme.removes(&member).await;
        let refusal = world.service.search(&member, acme.id, "port").await;
        assert_eq!(refusal.refusal(), ApiError::NotFound);
    });
}

#[test]
fn searching_leaves_nothing_behind() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        acme.plain(LevelRef::Service(shop.api), "PORT", "1").await;
        let before = world.snapshot().await;
        for text in ["port", "type:secret", ""] {
            finds(&acme, &acme.owner, text).await;
        }
        assert_eq!(difference(&before, &world.snapshot().await), [""; 0]);
    });
}
