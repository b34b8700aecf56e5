//! Projects, environments and services: names that clash, addresses that move, and deletion that leaves nothing.

use domain::{ApiError, BuiltInRole, LevelRef, ProjectId};
use service::{
    Caller,
    ops::{ConsolePath, ConsoleView, Contents, ServiceForm},
};
use tokio::task::JoinSet;

use crate::common::{Organization, Refused, assert_fields, on_every_engine};

fn form(name: &str, kind: &str) -> ServiceForm {
    ServiceForm {
        name: name.to_owned(),
        kind: kind.to_owned(),
        description: String::new(),
    }
}

/// Opens the page of some slugs: project, environment, service.
async fn opens(acme: &Organization<'_>, slugs: &[&str]) -> Result<ConsoleView, ApiError> {
    let slug = |at: usize| slugs.get(at).map(|slug| (*slug).to_owned());
    let path = ConsolePath {
        organization: acme.slug.clone(),
        project: slug(0),
        environment: slug(1),
        service: slug(2),
    };
    match acme.world.service.console(&acme.owner, &path).await {
        Ok(view) => Ok(view),
        refused => Err(refused.refusal()),
    }
}

async fn renames(acme: &Organization<'_>, project: ProjectId, name: &str) -> String {
    let service = &acme.world.service;
    let version = service
        .project(&acme.owner, acme.id, project)
        .await
        .unwrap()
        .version;
    service
        .edit_project(&acme.owner, acme.id, project, name, "", version)
        .await
        .unwrap()
}

#[test]
fn what_is_created_is_found_under_its_name() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        acme.shop().await;
        let view = opens(&acme, &["shop", "production", "api"]).await.unwrap();
        assert_eq!(view.here.path(), "/o/acme/p/shop/e/production/s/api");
        assert!(!view.moved);
        let project = &view.tree.projects[0];
        assert_eq!(
            (project.name.as_str(), project.environments[0].name.as_str()),
            ("Shop", "Production")
        );
        let services: Vec<_> = project.environments[0]
            .services
            .iter()
            .map(|one| one.name.as_str())
            .collect();
        assert_eq!(services, ["api", "db"]);
        for unknown in [
            &["shop2"][..],
            &["shop", "staging"],
            &["shop", "production", "web"],
        ] {
            assert_eq!(
                opens(&acme, unknown).await.unwrap_err(),
                ApiError::NotFound,
                "{unknown:?}"
            );
        }
    });
}

#[test]
fn names_are_taken_whatever_their_case() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let before = world.snapshot().await;
        let (service, owner, id) = (&world.service, &acme.owner, acme.id);
        for name in ["Shop", "SHOP", " shop ", "ＳＨＯＰ"] {
            assert_fields(
                &service.create_project(owner, id, name, "").await.refusal(),
                &["name"],
            );
        }
        let cluster = shop.cluster.to_string();
        let again = service
            .create_environment(owner, id, shop.project, "PRODUCTION", "STAGING", &cluster)
            .await;
        assert_fields(&again.refusal(), &["name"]);
        let again = service
            .create_service(owner, id, shop.environment, &form("API", "JOB"))
            .await;
        assert_fields(&again.refusal(), &["name"]);
        let again = service
            .create_cluster(
                owner,
                id,
                &service::ops::ClusterForm::new("East", "GCP", "us-west1"),
            )
            .await;
        assert_fields(&again.refusal(), &["name"]);
        let again = service.edit_service(owner, id, shop.db, "Api", "", 1).await;
        assert_fields(&again.refusal(), &["name"]);
        assert_eq!(world.snapshot().await, before);

        // Elsewhere they are free.
        let other = acme.project("Other").await;
        let environment = acme
            .environment(other, shop.cluster, "Production", "PRODUCTION")
            .await;
        acme.service(environment, "api", "APPLICATION").await;
        world.organization("Globex").await.shop().await;
    });
}

#[test]
fn fifty_projects_of_one_name_at_once_are_one() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let mut attempts = JoinSet::new();
        for _ in 0..50 {
            let (service, caller, id) = (world.service.clone(), acme.owner.clone(), acme.id);
            attempts.spawn(async move { service.create_project(&caller, id, "Shop", "").await });
        }
        let outcomes = attempts.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        for refused in outcomes.into_iter().filter(Result::is_err) {
            assert_fields(&refused.refusal(), &["name"]);
        }
        assert_eq!(world.count("project").await, 1);
    });
}

#[test]
fn old_addresses_lead_to_where_things_are_now() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let (service, owner, id) = (&world.service, &acme.owner, acme.id);
        assert_eq!(renames(&acme, shop.project, "Store").await, "store");
        assert_eq!(
            service
                .edit_environment(owner, id, shop.environment, "Live", 1)
                .await
                .unwrap(),
            "live"
        );
        assert_eq!(
            service
                .edit_service(owner, id, shop.api, "web", "", 1)
                .await
                .unwrap(),
            "web"
        );
        let now = "/o/acme/p/store/e/live/s/web";
        for slugs in [
            ["shop", "production", "api"],
            ["store", "production", "web"],
            ["shop", "live", "api"],
        ] {
            let view = opens(&acme, &slugs).await.unwrap();
            assert!(view.moved, "{slugs:?}");
            assert_eq!(view.here.path(), now, "{slugs:?}");
        }
        assert!(!opens(&acme, &["store", "live", "web"]).await.unwrap().moved);
        // Through several names.
        renames(&acme, shop.project, "Outlet").await;
        assert_eq!(
            opens(&acme, &["shop"]).await.unwrap().here.path(),
            "/o/acme/p/outlet"
        );
        assert_eq!(
            opens(&acme, &["store"]).await.unwrap().here.path(),
            "/o/acme/p/outlet"
        );
    });
}

#[test]
fn a_new_thing_does_not_take_the_old_address_of_another() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let old = acme.project("Shop").await;
        renames(&acme, old, "Store").await;
        let slug = world
            .service
            .create_project(&acme.owner, acme.id, "Shop", "")
            .await
            .unwrap();
        assert_eq!(slug, "shop-2");
        assert_eq!(
            opens(&acme, &["shop"])
                .await
                .unwrap()
                .here
                .project
                .unwrap()
                .id,
            old
        );
    });
}

#[test]
fn renaming_back_gives_the_old_address_back() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.project("Shop").await;
        assert_eq!(renames(&acme, shop, "Store").await, "store");
        assert_eq!(renames(&acme, shop, "Shop").await, "shop");
        assert!(!opens(&acme, &["shop"]).await.unwrap().moved);
        assert_eq!(
            opens(&acme, &["store"]).await.unwrap().here.path(),
            "/o/acme/p/shop"
        );
    });
}

#[test]
fn a_rename_that_changes_no_letter_of_the_address_keeps_it() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.project("Shop").await;
        assert_eq!(renames(&acme, shop, "SHOP!").await, "shop");
        assert!(!opens(&acme, &["shop"]).await.unwrap().moved);
        assert_eq!(world.count("former_slug").await, 0);
    });
}

#[test]
fn names_that_make_no_address_get_one() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let create = async |name: &str| {
            world
                .service
                .create_project(&acme.owner, acme.id, name, "")
                .await
                .unwrap()
        };
        assert_eq!(create("日本").await, "project");
        assert_eq!(create("中国").await, "project-2");
        assert_eq!(create("Café (new)").await, "cafe-new");
        assert_eq!(create("Cafe new").await, "cafe-new-2");
    });
}

#[test]
fn whoever_saves_second_is_told_and_overwrites_nothing() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let (service, owner, id) = (&world.service, &acme.owner, acme.id);
        service
            .edit_project(owner, id, shop.project, "Store", "", 1)
            .await
            .unwrap();
        service
            .edit_environment(owner, id, shop.environment, "Live", 1)
            .await
            .unwrap();
        service
            .edit_service(owner, id, shop.api, "web", "", 1)
            .await
            .unwrap();
        let before = world.snapshot().await;
        for late in [
            service
                .edit_project(owner, id, shop.project, "Mine", "", 1)
                .await
                .refusal(),
            service
                .edit_environment(owner, id, shop.environment, "Mine", 1)
                .await
                .refusal(),
            service
                .edit_service(owner, id, shop.api, "mine", "", 1)
                .await
                .refusal(),
        ] {
            assert!(matches!(late, ApiError::Conflict { .. }), "{late:?}");
        }
        assert_eq!(world.snapshot().await, before);
    });
}

#[test]
fn forms_name_every_field_at_once() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let (service, owner, id) = (&world.service, &acme.owner, acme.id);
        let (long, before) = ("x".repeat(501), world.snapshot().await);
        assert_fields(
            &service.create_project(owner, id, "", &long).await.refusal(),
            &["name", "description"],
        );
        assert_fields(
            &service
                .edit_project(owner, id, shop.project, "a\u{200b}b", &long, 1)
                .await
                .refusal(),
            &["name", "description"],
        );
        let refusal = service
            .create_environment(owner, id, shop.project, &"x".repeat(65), "MOON", "none")
            .await
            .refusal();
        assert_fields(&refusal, &["name", "kind", "cluster"]);
        assert_fields(
            &service
                .edit_environment(owner, id, shop.environment, " ", 1)
                .await
                .refusal(),
            &["name"],
        );
        let refusal = service
            .create_service(
                owner,
                id,
                shop.environment,
                &ServiceForm {
                    description: long.clone(),
                    ..form("", "LAMBDA")
                },
            )
            .await
            .refusal();
        assert_fields(&refusal, &["name", "kind", "description"]);
        let refusal = service
            .create_cluster(
                owner,
                id,
                &service::ops::ClusterForm {
                    description: long.clone(),
                    ..service::ops::ClusterForm::new("", "MOON", "a b")
                },
            )
            .await
            .refusal();
        assert_fields(&refusal, &["name", "provider", "region", "description"]);
        assert_eq!(world.snapshot().await, before);
    });
}

#[test]
fn whoever_may_create_no_environment_is_told_that_before_their_form_is_read() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let project = acme.project("Shop").await;
        let incomplete = async |caller: &Caller| {
            world
                .service
                .create_environment(caller, acme.id, project, "", "MOON", "none")
                .await
                .refusal()
        };
        let devops = acme.member(BuiltInRole::DevOps).await;
        let refusal = incomplete(&devops).await;
        assert!(matches!(refusal, ApiError::Forbidden { .. }), "{refusal:?}");
        // There is no cluster yet, which is a matter of the form.
        assert_fields(&incomplete(&acme.owner).await, &["name", "kind", "cluster"]);
    });
}

#[test]
fn a_cluster_of_another_organization_is_as_unknown_as_none() {
    on_every_engine(async |world| {
        let (acme, globex) = (
            world.organization("Acme").await,
            world.organization("Globex").await,
        );
        let shop = acme.project("Shop").await;
        let foreign = globex.cluster("theirs").await.to_string();
        let unknown = uuid::Uuid::from_u128(7).to_string();
        let before = world.snapshot().await;
        let mut answers = Vec::new();
        for cluster in [foreign.as_str(), &unknown, "", "x", &foreign.to_uppercase()] {
            answers.push(
                world
                    .service
                    .create_environment(&acme.owner, acme.id, shop, "Live", "PRODUCTION", cluster)
                    .await
                    .refusal(),
            );
        }
        assert_fields(&answers[0], &["cluster"]);
        assert!(answers.iter().all(|answer| *answer == answers[0]));
        assert_eq!(world.snapshot().await, before);
    });
}

#[test]
fn environments_are_listed_by_type_with_what_is_in_them() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        for (name, kind) in [
            ("pr-7", "PREVIEW"),
            ("Rehearsal", "STAGING"),
            ("Canary", "PRODUCTION"),
            ("Dev", "DEVELOPMENT"),
        ] {
            acme.environment(shop.project, shop.cluster, name, kind)
                .await;
        }
        world.clock.advance(60);
        acme.plain(LevelRef::Environment(shop.environment), "REGION", "eu")
            .await;
        world.clock.advance(60);
        acme.secret(LevelRef::Service(shop.api), "TOKEN", "x").await;
        let list = world
            .service
            .environments(&acme.owner, acme.id, shop.project)
            .await
            .unwrap();
        let names: Vec<_> = list
            .iter()
            .map(|one| (one.kind.code(), one.name.as_str()))
            .collect();
        assert_eq!(
            names,
            [
                ("PRODUCTION", "Canary"),
                ("PRODUCTION", "Production"),
                ("STAGING", "Rehearsal"),
                ("DEVELOPMENT", "Dev"),
                ("PREVIEW", "pr-7")
            ]
        );
        assert_eq!(
            (
                list[1].service_count,
                list[1].variable_count,
                list[1].cluster.as_str()
            ),
            (2, 1, "east")
        );
        assert_eq!(
            list[1].last_change,
            Some((world.service.now(), "Olivia of Acme".to_owned()))
        );
        assert_eq!(list[0].last_change, None);
        let services = world
            .service
            .services(&acme.owner, acme.id, shop.environment)
            .await
            .unwrap();
        let counts: Vec<_> = services
            .iter()
            .map(|one| (one.name.as_str(), one.variable_count))
            .collect();
        assert_eq!(counts, [("api", 1), ("db", 0)]);
        let clusters = world.service.clusters(&acme.owner, acme.id).await.unwrap();
        assert_eq!(clusters[0].environment_count, 5);
    });
}

#[test]
fn deleting_needs_the_name_exactly_as_it_is_shown() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let (service, owner, id) = (&world.service, &acme.owner, acme.id);
        let before = world.snapshot().await;
        for typed in ["", "shop", "SHOP", "Shop1", "Production"] {
            assert_fields(
                &service
                    .delete_project(owner, id, shop.project, typed)
                    .await
                    .refusal(),
                &["confirm"],
            );
        }
        assert_fields(
            &service
                .delete_environment(owner, id, shop.environment, "production")
                .await
                .refusal(),
            &["confirm"],
        );
        assert_fields(
            &service
                .delete_service(owner, id, shop.api, "API")
                .await
                .refusal(),
            &["confirm"],
        );
        assert_eq!(world.snapshot().await, before);
        service
            .delete_project(owner, id, shop.project, " Shop ")
            .await
            .unwrap();
    });
}

#[test]
fn deleting_takes_everything_inside_along_as_announced() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        for level in [
            LevelRef::Project(shop.project),
            LevelRef::Environment(shop.environment),
            LevelRef::Service(shop.api),
        ] {
            acme.plain(level, &format!("KEY_{}", level.scope().code()), "1")
                .await;
        }
        let kept = acme.project("Kept").await;
        acme.plain(LevelRef::Project(kept), "KEPT", "1").await;
        world
            .service
            .edit_service(&acme.owner, acme.id, shop.api, "web", "", 1)
            .await
            .unwrap();
        assert_eq!(world.count("former_slug").await, 1);
        let contents = async |level| {
            world
                .service
                .contents(&acme.owner, acme.id, level)
                .await
                .unwrap()
        };
        assert_eq!(
            contents(LevelRef::Project(shop.project)).await,
            Contents {
                environments: 1,
                services: 2,
                variables: 3
            }
        );
        assert_eq!(
            contents(LevelRef::Environment(shop.environment)).await,
            Contents {
                environments: 0,
                services: 2,
                variables: 2
            }
        );
        assert_eq!(
            contents(LevelRef::Service(shop.api)).await,
            Contents {
                environments: 0,
                services: 0,
                variables: 1
            }
        );

        world
            .service
            .delete_project(&acme.owner, acme.id, shop.project, "Shop")
            .await
            .unwrap();
        for (table, left) in [
            ("project", 1),
            ("environment", 0),
            ("service", 0),
            ("variable", 1),
            ("variable_version", 1),
            ("former_slug", 0),
        ] {
            assert_eq!(world.count(table).await, left, "{table}");
        }
        let text = acme.last_event().await.change.to_text();
        assert_eq!(
            text,
            r#"{"environments":[1,null],"name":["Shop",null],"services":[2,null],"variables":[3,null]}"#
        );
    });
}

#[test]
fn a_later_thing_of_the_same_name_inherits_nothing() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        acme.secret(LevelRef::Project(shop.project), "TOKEN", "former")
            .await;
        renames(&acme, shop.project, "Store").await;
        world
            .service
            .delete_project(&acme.owner, acme.id, shop.project, "Store")
            .await
            .unwrap();
        for slug in ["shop", "store"] {
            assert_eq!(
                opens(&acme, &[slug]).await.unwrap_err(),
                ApiError::NotFound,
                "{slug}"
            );
        }
        let again = acme.project("Shop").await;
        assert_ne!(again, shop.project);
        assert_eq!(
            opens(&acme, &["store"]).await.unwrap_err(),
            ApiError::NotFound
        );
        assert!(acme.list(LevelRef::Project(again)).await.is_empty());
        assert!(
            world
                .service
                .environments(&acme.owner, acme.id, again)
                .await
                .unwrap()
                .is_empty()
        );
    });
}

#[test]
fn deleted_things_are_gone_for_every_operation() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let (service, owner, id) = (&world.service, &acme.owner, acme.id);
        service
            .delete_service(owner, id, shop.api, "api")
            .await
            .unwrap();
        assert_eq!(
            service.service(owner, id, shop.api).await.refusal(),
            ApiError::NotFound
        );
        assert_eq!(
            service
                .delete_service(owner, id, shop.api, "api")
                .await
                .refusal(),
            ApiError::NotFound
        );
        assert_eq!(
            service
                .variables(owner, id, LevelRef::Service(shop.api))
                .await
                .refusal(),
            ApiError::NotFound
        );
        service
            .delete_environment(owner, id, shop.environment, "Production")
            .await
            .unwrap();
        assert_eq!(
            service.service(owner, id, shop.db).await.refusal(),
            ApiError::NotFound
        );
        assert_eq!(
            service
                .services(owner, id, shop.environment)
                .await
                .refusal(),
            ApiError::NotFound
        );
    });
}

#[test]
fn the_name_in_built_in_variables_is_unique_and_never_changes() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let create =
            async |name: &str, kind: &str| acme.service(shop.environment, name, kind).await;
        let first = create("my-postgres", "DATABASE").await;
        let second = create("My Postgres!", "DATABASE").await;
        let nameless = create("日本", "JOB").await;
        let name = async |id| {
            world
                .value(&format!(
                    "select builtin_name from service where id = '{id}'"
                ))
                .await
        };
        assert_eq!(name(first).await, "MY_POSTGRES");
        assert_eq!(name(second).await, "MY_POSTGRES_2");
        assert_eq!(name(nameless).await, "JOB");
        world
            .service
            .edit_service(&acme.owner, acme.id, first, "orders", "", 1)
            .await
            .unwrap();
        assert_eq!(name(first).await, "MY_POSTGRES");
        assert_eq!(
            name(create("my-postgres", "DATABASE").await).await,
            "MY_POSTGRES_3"
        );
    });
}

#[test]
fn old_addresses_tell_strangers_nothing() {
    on_every_engine(async |world| {
        let (acme, globex) = (
            world.organization("Acme").await,
            world.organization("Globex").await,
        );
        let shop = acme.project("Shop").await;
        renames(&acme, shop, "Store").await;
        let billing = acme.member(BuiltInRole::Billing).await;
        for caller in [&globex.owner, &billing] {
            for slug in ["shop", "store", "nothing"] {
                let path = ConsolePath {
                    organization: "acme".to_owned(),
                    project: Some(slug.to_owned()),
                    ..ConsolePath::default()
                };
                assert_eq!(
                    world.service.console(caller, &path).await.refusal(),
                    ApiError::NotFound,
                    "{slug}"
                );
            }
        }
    });
}
