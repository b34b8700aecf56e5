//! Custom roles: made, edited under review, deleted; what they give from the next request on, and what they hide.

use domain::{
    ApiError, BuiltInRole, ClusterId, EnvironmentType as T, LevelRef, ProjectAccess, ProjectId,
    ProjectLevel as L, RoleId, RoleMatrix, RoleRef, access::Place, view::InvitationState,
};
use service::{
    Caller,
    ops::{ConsolePath, EventQuery, RoleForm, RowChange, ServiceForm, VariableEdit},
};

use crate::common::{
    Everybody, Levels, OneInvitation, Organization, Refused, Shop, World, assert_fields,
    difference, is_forbidden, on_every_engine, password, person, variable, wrong_password,
};

/// Fails with the rows that differ.
async fn assert_unchanged(world: &World, before: &crate::common::Snapshot, what: &str) {
    let changed = difference(before, &world.snapshot().await);
    assert!(changed.is_empty(), "{what} left {changed:#?}");
}

async fn matrix(acme: &Organization<'_>, role: RoleId) -> RoleMatrix {
    let service = &acme.world.service;
    let detail = service.role(&acme.owner, acme.id, role).await.unwrap();
    detail.saved.matrix
}

fn row(row: &str, from: &'static str, to: &'static str) -> RowChange {
    RowChange {
        row: row.to_owned(),
        from,
        to,
    }
}

// Making

#[test]
fn a_role_starts_from_nothing_or_from_any_role() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let starts_from = async |name: &str, start: &str| {
            let before = acme.event_count().await;
            let role = world
                .service
                .create_role(&acme.owner, acme.id, name, "For tests.", start, password())
                .await
                .unwrap();
            (role, acme.events_since(before).await)
        };
        let (blank, events) = starts_from("Blank", "").await;
        assert_eq!(matrix(&acme, blank).await, RoleMatrix::default());
        assert_eq!(
            events,
            [r#"CREATE Role Blank {"description":[null,"For tests."],"name":[null,"Blank"]}"#]
        );

        let full = "Shop\":[\"No access\",\"Full access\"]";
        let expected = [
            (BuiltInRole::Owner, ProjectAccess::Full, full),
            (BuiltInRole::Admin, ProjectAccess::Full, full),
            (
                BuiltInRole::DevOps,
                ProjectAccess::uniform(L::Deploy),
                "Shop / Staging\":[\"No access\",\"Deploy\"]",
            ),
            (BuiltInRole::Billing, ProjectAccess::default(), "name"),
            (
                BuiltInRole::Viewer,
                ProjectAccess::uniform(L::ReadOnly),
                "Shop / Preview\":[\"No access\",\"Read-only\"]",
            ),
        ];
        for (start, access, told) in expected {
            let name = format!("Like {}", start.label());
            let (role, events) = starts_from(&name, start.code()).await;
            let made = matrix(&acme, role).await;
            assert_eq!(made.project(shop.project), access, "{start}");
            let cluster = start == BuiltInRole::Owner || start == BuiltInRole::Admin;
            let label = made.cluster(shop.cluster).label();
            assert_eq!(
                label,
                if cluster { "Full access" } else { "Read-only" },
                "{start}"
            );
            assert_eq!(events.len(), 1, "{start}: {events:#?}");
            assert!(events[0].contains(told), "{start}: {}", events[0]);
        }

        let levels = Levels::new()
            .on(shop.project, T::Preview, "MANAGER")
            .cluster(shop.cluster, "ENV_CREATOR");
        let model = acme.role("Model", levels).await;
        let (copy, _) = starts_from("Copy", &model.to_string()).await;
        assert_eq!(matrix(&acme, copy).await, matrix(&acme, model).await);
        acme.sets_levels(model, Levels::new().project(shop.project, "FULL"))
            .await;
        assert_ne!(
            matrix(&acme, copy).await,
            matrix(&acme, model).await,
            "a copy goes its own way"
        );
        assert_eq!(world.unsound().await, [""; 0]);
    });
}

#[test]
fn a_form_with_nonsense_names_every_field_and_makes_nothing() {
    on_every_engine(async |world| {
        let (acme, globex) = (
            world.organization("Acme").await,
            world.organization("Globex").await,
        );
        let theirs = globex.blank_role("Theirs").await;
        acme.blank_role("Payments").await;
        let before = world.snapshot().await;
        let creates = async |name: &str, description: &str, start: &str| {
            world
                .service
                .create_role(&acme.owner, acme.id, name, description, start, password())
                .await
                .refusal()
        };
        let long = "x".repeat(256);
        assert_fields(
            &creates("", &long, "king").await,
            &["name", "description", "start_from"],
        );
        assert_fields(&creates(&"x".repeat(51), "", "").await, &["name"]);
        assert_fields(
            &creates("Mine", "", &theirs.to_string()).await,
            &["start_from"],
        );
        for taken in ["Payments", "payments", " PAYMENTS ", "Ｐayments"] {
            assert_fields(&creates(taken, "", "").await, &["name"]);
        }
        for built_in in [
            "Owner", "Owner ", "owner", "Оwner", "0wner", "Adm1n", "billing",
        ] {
            assert_fields(&creates(built_in, "", "").await, &["name"]);
        }
        assert_unchanged(world, &before, "a refused form").await;
        // What another organization calls its roles is its own affair.
        globex.blank_role("Payments").await;
    });
}

// Editing

/// Shop with a second project, and a role `Payments` that Ana and Bo have: Manage on all of Shop.
struct Payments<'w> {
    acme: Organization<'w>,
    shop: Shop,
    role: RoleId,
    ana: Caller,
    bo: Caller,
}

impl<'w> Payments<'w> {
    async fn new(world: &'w World) -> Self {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        acme.project("Blog").await;
        let levels = Levels::new().project(shop.project, "MANAGER");
        let role = acme.role("Payments", levels).await;
        let ana = acme.joins_as("ana@acme.example", role).await;
        let bo = acme.joins_as("bo@acme.example", role).await;
        Self {
            acme,
            shop,
            role,
            ana,
            bo,
        }
    }
    async fn form(&self, levels: Levels) -> RoleForm {
        self.acme.role_form(self.role, levels).await
    }
    async fn save(&self, by: &Caller, fingerprint: &str, over: u64) -> service::Result<u64> {
        let service = &self.acme.world.service;
        service
            .save_role(by, self.acme.id, self.role, fingerprint, over)
            .await
    }
}

#[test]
fn an_edit_counts_from_its_save_and_not_before() {
    on_every_engine(async |world| {
        let stage = Payments::new(world).await;
        let acme = &stage.acme;
        let adds = async |key: &str| {
            let form = variable(LevelRef::Service(stage.shop.api), key, "1");
            world.service.add_variable(&stage.ana, acme.id, form).await
        };
        let form = RoleForm {
            name: "Payments team".to_owned(),
            description: "Who takes the money.".to_owned(),
            ..stage
                .form(
                    Levels::new()
                        .on(stage.shop.project, T::Production, "VIEWER")
                        .cluster(stage.shop.cluster, "ENV_CREATOR"),
                )
                .await
        };
        let before = (acme.event_count().await, matrix(acme, stage.role).await);
        let review = acme.reviews(&acme.owner, stage.role, &form).await.unwrap();
        assert_eq!(
            review.rows,
            [
                row("east", "Read-only", "Create environment"),
                row("Shop / Production", "Manage", "Read-only"),
            ]
        );
        assert!(review.conflict.is_none());
        assert_eq!(
            (acme.event_count().await, matrix(acme, stage.role).await),
            before,
            "an edit under review"
        );
        adds("BEFORE").await.unwrap();

        let now = acme.event_count().await;
        let saved = stage
            .save(&acme.owner, &review.preview.fingerprint, 1 + 1)
            .await;
        assert_eq!(saved.unwrap(), 3, "blank, levels, this edit");
        assert!(is_forbidden(&adds("AFTER").await.refusal()));
        assert_eq!(
            acme.events_since(now).await,
            [
                r#"UPDATE Role Payments team {"Shop / Production":["Manage","Read-only"],"description":["","Who takes the money."],"east":["Read-only","Create environment"],"name":["Payments","Payments team"]}"#
            ]
        );
        let detail = world
            .service
            .role(&acme.owner, acme.id, stage.role)
            .await
            .unwrap();
        assert_eq!(detail.draft, None, "the edit is saved");
        assert_eq!(
            detail
                .history
                .iter()
                .map(|one| one.version)
                .collect::<Vec<_>>(),
            [3, 2, 1]
        );
        assert_eq!(detail.saved.name, "Payments team");
        let holders: Vec<_> = detail.holders.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(holders, ["ana", "bo"]);
        // There is nothing left to save.
        assert_eq!(
            stage.save(&acme.owner, "", 3).await.refusal(),
            ApiError::NotFound
        );
        assert_eq!(world.unsound().await, [""; 0]);
    });
}

#[test]
fn a_preview_lists_exactly_what_goes_and_comes_and_when_it_was_used_last() {
    on_every_engine(async |world| {
        let stage = Payments::new(world).await;
        let acme = &stage.acme;
        world.clock.advance(60);
        let used = world.service.now();
        let form = variable(LevelRef::Service(stage.shop.api), "PORT", "8080");
        world
            .service
            .add_variable(&stage.ana, acme.id, form)
            .await
            .unwrap();
        // Neither somebody without the role nor something elsewhere counts as their use.
        world.clock.advance(60);
        acme.plain(LevelRef::Service(stage.shop.api), "OTHER", "1")
            .await;
        let blog = acme.find("blog", None, None).await.project.unwrap().id;
        let levels = Levels::new()
            .on(stage.shop.project, T::Production, "VIEWER")
            .on(blog, T::Staging, "DEPLOYER");
        let review = acme
            .reviews(&acme.owner, stage.role, &stage.form(levels).await)
            .await
            .unwrap();
        let [group] = review.preview.groups.as_slice() else {
            panic!("{:#?}", review.preview.groups)
        };
        let people: Vec<_> = group.people.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(people, ["ana", "bo"]);
        assert_eq!(
            (group.from.as_str(), group.to.as_deref()),
            ("Payments", Some("Payments"))
        );
        let lines: Vec<_> = group
            .effects
            .iter()
            .map(|line| {
                (
                    if line.gained { "+" } else { "-" },
                    line.verbs.join(", "),
                    line.places.clone(),
                    line.last_used,
                )
            })
            .collect();
        assert_eq!(
            lines,
            [
                ("+", "see the project".to_owned(), "Blog".to_owned(), None),
                (
                    "+",
                    "see environments, services and variables, deploy and stop, change variables and secrets".to_owned(),
                    "Blog / Staging".to_owned(),
                    None
                ),
                ("-", "change project variables".to_owned(), "Shop".to_owned(), None),
                (
                    "-",
                    "deploy and stop, change variables and secrets, open a shell, edit and delete environments and services, create environments and services".to_owned(),
                    "Shop / Production".to_owned(),
                    Some(used)
                ),
            ]
        );
        assert_eq!(review.preview.people(), 2);
    });
}

#[test]
fn a_preview_of_a_change_of_role_says_what_each_loses() {
    on_every_engine(async |world| {
        let stage = Payments::new(world).await;
        let acme = &stage.acme;
        let devops = acme.member(BuiltInRole::DevOps).await;
        world.clock.advance(60);
        let used = world.service.now();
        world
            .service
            .create_cluster(
                &devops,
                acme.id,
                &service::ops::ClusterForm::new("west", "GCP", "us-west1"),
            )
            .await
            .unwrap();
        let people = [person(&stage.ana).id, person(&devops).id];
        let preview = world
            .service
            .preview_roles(&acme.owner, acme.id, &people, "viewer")
            .await
            .unwrap();
        let found = |from: &str| {
            preview
                .groups
                .iter()
                .find(|group| group.from == from)
                .unwrap()
        };
        let lost: Vec<_> = found("DevOps")
            .effects
            .iter()
            .map(|line| {
                (
                    line.gained,
                    line.verbs.join(", "),
                    line.places.clone(),
                    line.last_used,
                )
            })
            .collect();
        assert!(
            lost.contains(&(
                false,
                "manage webhooks and integrations, create and delete clusters".to_owned(),
                "the organization".to_owned(),
                None
            )) || lost
                .iter()
                .any(|line| line.2 == "the organization" && line.3 == Some(used)),
            "{lost:#?}"
        );
        assert!(lost.iter().all(|line| !line.0), "{lost:#?}");
        let ana = found("Payments");
        assert!(
            ana.effects
                .iter()
                .any(|line| line.gained && line.places.contains("Blog"))
        );
        assert!(
            ana.effects
                .iter()
                .any(|line| !line.gained && line.places.contains("Shop"))
        );
        world
            .service
            .change_roles(
                &acme.owner,
                acme.id,
                &people,
                "viewer",
                Some(service::ops::Confirmed {
                    fingerprint: Some(&preview.fingerprint),
                    typed_name: "",
                }),
            )
            .await
            .unwrap();
    });
}

#[test]
fn a_save_asks_again_when_the_world_has_moved() {
    on_every_engine(async |world| {
        let stage = Payments::new(world).await;
        let acme = &stage.acme;
        let shown = async || {
            let levels = Levels::new().on(stage.shop.project, T::Production, "VIEWER");
            let form = stage.form(levels).await;
            let review = acme.reviews(&acme.owner, stage.role, &form).await.unwrap();
            (review.preview.fingerprint, review.detail.saved.version)
        };
        let is_refused = async |what: &str, shown: &(String, u64)| {
            let before = world.snapshot().await;
            let refusal = stage.save(&acme.owner, &shown.0, shown.1).await.refusal();
            assert!(
                matches!(refusal, ApiError::Conflict { .. }),
                "{what}: {refusal:?}"
            );
            assert_unchanged(world, &before, what).await;
        };
        let first = shown().await;
        let cy = acme.joins("cy@acme.example", BuiltInRole::Viewer).await;
        acme.gives(&cy, &stage.role.to_string()).await;
        is_refused("another holder", &first).await;

        let second = shown().await;
        acme.gives(&stage.bo, "viewer").await;
        is_refused("a holder less", &second).await;

        let third = shown().await;
        acme.project("Later").await;
        is_refused("a new project", &third).await;

        let fourth = shown().await;
        acme.cluster("later").await;
        is_refused("a new cluster", &fourth).await;

        let fifth = shown().await;
        let admin = acme.member(BuiltInRole::Admin).await;
        let theirs = stage
            .form(Levels::new().on(stage.shop.project, T::Staging, "VIEWER"))
            .await;
        acme.saves(&admin, stage.role, &theirs).await.unwrap();
        is_refused("a save by another", &fifth).await;

        is_refused("a fingerprint of nothing", &("0".repeat(64), 3)).await;
        is_refused("an empty fingerprint", &(String::new(), 3)).await;
        let (fingerprint, over) = shown().await;
        stage.save(&acme.owner, &fingerprint, over).await.unwrap();
    });
}

#[test]
fn what_was_reviewed_is_what_is_saved() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        // Nobody has the role: the people of a preview tell nothing apart.
        let role = acme.blank_role("Payments").await;
        let harmless = acme
            .role_form(role, Levels::new().project(shop.project, "VIEWER"))
            .await;
        let review = acme.reviews(&acme.owner, role, &harmless).await.unwrap();
        // In another tab, the same person goes on editing.
        let other = acme
            .role_form(role, Levels::new().project(shop.project, "FULL"))
            .await;
        acme.reviews(&acme.owner, role, &other).await.unwrap();
        let saved = world
            .service
            .save_role(&acme.owner, acme.id, role, &review.preview.fingerprint, 1)
            .await;
        assert!(
            matches!(saved.refusal(), ApiError::Conflict { .. }),
            "the page showed Read-only, and this would save Full access"
        );
    });
}

#[test]
fn two_people_who_save_one_role_see_both_versions() {
    on_every_engine(async |world| {
        let stage = Payments::new(world).await;
        let acme = &stage.acme;
        let admin = acme.member(BuiltInRole::Admin).await;
        let shop = stage.shop.project;
        let mine = stage
            .form(Levels::new().on(shop, T::Production, "VIEWER"))
            .await;
        let theirs = stage
            .form(Levels::new().on(shop, T::Staging, "DEPLOYER"))
            .await;
        let begun = acme.reviews(&admin, stage.role, &mine).await.unwrap();
        acme.saves(&acme.owner, stage.role, &theirs).await.unwrap();

        let refused = stage
            .save(&admin, &begun.preview.fingerprint, 2)
            .await
            .refusal();
        assert!(matches!(refused, ApiError::Conflict { .. }), "{refused:?}");
        let review = world
            .service
            .review_role(&admin, acme.id, stage.role)
            .await
            .unwrap();
        let (who, rows) = review.conflict.unwrap();
        assert_eq!(who, "Olivia of Acme");
        assert_eq!(rows, [row("Shop / Staging", "Manage", "Deploy")]);
        // Saving the edit replaces their save, and the review says so.
        assert_eq!(
            review.rows,
            [
                row("Shop / Production", "Manage", "Read-only"),
                row("Shop / Staging", "Deploy", "Manage"),
            ]
        );
        stage
            .save(&admin, &review.preview.fingerprint, 3)
            .await
            .unwrap();
        let levels = [L::ReadOnly, L::Manage, L::Manage, L::Manage];
        assert_eq!(
            matrix(acme, stage.role).await.project(shop),
            ProjectAccess::PerType(levels)
        );
        // A form that was opened before both saves, kept now, is a conflict as well.
        let late = acme
            .reviews(&acme.owner, stage.role, &theirs)
            .await
            .unwrap();
        assert!(late.conflict.is_some());
    });
}

#[test]
fn an_edit_of_a_version_that_never_was_is_refused() {
    on_every_engine(async |world| {
        let stage = Payments::new(world).await;
        let before = world.snapshot().await;
        for version in [0, 3, 99] {
            let form = RoleForm {
                version,
                ..stage.form(Levels::new()).await
            };
            let kept = stage
                .acme
                .reviews(&stage.acme.owner, stage.role, &form)
                .await;
            assert!(
                kept.is_err(),
                "version {version}: what the form does not name would be taken from nothing: {:?}",
                kept.unwrap().rows
            );
        }
        assert_unchanged(world, &before, "an edit of no version").await;
    });
}

#[test]
fn an_edit_with_nonsense_is_refused_whole() {
    on_every_engine(async |world| {
        let (acme, globex) = (
            world.organization("Acme").await,
            world.organization("Globex").await,
        );
        let (shop, theirs) = (acme.shop().await, globex.shop().await);
        let role = acme.blank_role("Payments").await;
        acme.blank_role("Support").await;
        let their_role = globex.blank_role("Theirs").await;
        let before = world.snapshot().await;
        let drafts = async |form: &RoleForm| {
            let kept = world
                .service
                .draft_role(&acme.owner, acme.id, role, form)
                .await;
            kept.refusal()
        };
        let form = async |levels| acme.role_form(role, levels).await;

        // Names
        for name in ["", "Owner ", "Оwner", "Vıewer", "\u{202E}Payments"] {
            let refusal = drafts(&RoleForm {
                name: name.to_owned(),
                ..form(Levels::new()).await
            })
            .await;
            assert_fields(&refusal, &["name"]);
        }
        let refusal = drafts(&RoleForm {
            description: "x".repeat(256),
            ..form(Levels::new()).await
        })
        .await;
        assert_fields(&refusal, &["description"]);

        // Levels
        for levels in [
            Levels::new().cluster(shop.cluster, "FULL"),
            Levels::new().cluster(shop.cluster, ""),
            Levels::new().cluster(shop.cluster, "MANAGER"),
            Levels::new().on(shop.project, T::Staging, "FULL"),
            Levels::new().on(shop.project, T::Staging, "ADMIN"),
            Levels::new().project(shop.project, "king"),
            Levels::new()
                .project(shop.project, "MANAGER")
                .on(shop.project, T::Preview, "4"),
        ] {
            assert_fields(&drafts(&form(levels).await).await, &["levels"]);
        }

        // Objects of somebody else, and of nobody
        let (nowhere, nothing) = (
            ClusterId::new(uuid::Uuid::from_u128(7)),
            ProjectId::new(uuid::Uuid::from_u128(7)),
        );
        for levels in [
            Levels::new().cluster(theirs.cluster, "ADMIN"),
            Levels::new().project(theirs.project, "FULL"),
            Levels::new().on(theirs.project, T::Staging, "VIEWER"),
            Levels::new()
                .project(shop.project, "VIEWER")
                .project(theirs.project, "NO_ACCESS"),
            Levels::new().cluster(nowhere, "VIEWER"),
            Levels::new().project(nothing, "VIEWER"),
        ] {
            assert_eq!(drafts(&form(levels).await).await, ApiError::NotFound);
        }

        // Roles of another organization, in one's own
        let service = &world.service;
        let (owner, id, other) = (&acme.owner, acme.id, RoleRef::Custom(their_role));
        let form = form(Levels::new()).await;
        assert_eq!(
            service.role(owner, id, their_role).await.refusal(),
            ApiError::NotFound
        );
        assert_eq!(
            service
                .draft_role(owner, id, their_role, &form)
                .await
                .refusal(),
            ApiError::NotFound
        );
        assert_eq!(
            service.review_role(owner, id, their_role).await.refusal(),
            ApiError::NotFound
        );
        assert_eq!(
            service
                .save_role(owner, id, their_role, "", 1)
                .await
                .refusal(),
            ApiError::NotFound
        );
        assert_eq!(
            service
                .restore_role(owner, id, their_role, 1)
                .await
                .refusal(),
            ApiError::NotFound
        );
        assert_eq!(
            service
                .delete_role(owner, id, their_role, None, None, None)
                .await
                .refusal(),
            ApiError::NotFound
        );
        assert_eq!(
            service
                .preview_role_deletion(owner, id, their_role, "viewer")
                .await
                .refusal(),
            ApiError::NotFound
        );
        assert_eq!(
            service
                .compare_roles(owner, id, RoleRef::Custom(role), other)
                .await
                .refusal(),
            ApiError::NotFound
        );
        assert_eq!(
            service
                .compare_roles(owner, id, other, RoleRef::Custom(role))
                .await
                .refusal(),
            ApiError::NotFound
        );
        let ana = [person(owner).id];
        assert_fields(
            &service
                .change_roles(owner, id, &ana, &their_role.to_string(), None)
                .await
                .refusal(),
            &["role"],
        );
        assert_unchanged(world, &before, "nonsense").await;
    });
}

#[test]
fn a_name_that_another_role_has_is_refused_at_the_save_and_the_edit_is_kept() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let role = acme.blank_role("Payments").await;
        acme.blank_role("Support").await;
        let form = RoleForm {
            name: "SUPPORT".to_owned(),
            ..acme.role_form(role, Levels::new()).await
        };
        let review = acme.reviews(&acme.owner, role, &form).await.unwrap();
        let before = world.snapshot().await;
        let saved = world
            .service
            .save_role(&acme.owner, acme.id, role, &review.preview.fingerprint, 1)
            .await;
        assert_fields(&saved.refusal(), &["name"]);
        assert_unchanged(world, &before, "a taken name").await;
        // Its own name in other letters is free for it.
        let form = RoleForm {
            name: "PAYMENTS".to_owned(),
            ..form
        };
        acme.saves(&acme.owner, role, &form).await.unwrap();
    });
}

#[test]
fn an_edit_is_its_authors_alone_and_can_be_thrown_away() {
    on_every_engine(async |world| {
        let stage = Payments::new(world).await;
        let acme = &stage.acme;
        let admin = acme.member(BuiltInRole::Admin).await;
        let before = world.snapshot().await;
        let form = stage
            .form(Levels::new().project(stage.shop.project, "VIEWER"))
            .await;
        acme.reviews(&acme.owner, stage.role, &form).await.unwrap();
        let seen = world
            .service
            .role(&admin, acme.id, stage.role)
            .await
            .unwrap();
        assert_eq!(seen.draft, None);
        let service = &world.service;
        assert_eq!(
            service
                .review_role(&admin, acme.id, stage.role)
                .await
                .refusal(),
            ApiError::NotFound
        );
        service
            .discard_role_draft(&admin, acme.id, stage.role)
            .await
            .unwrap();
        assert!(
            service
                .review_role(&acme.owner, acme.id, stage.role)
                .await
                .is_ok()
        );
        service
            .discard_role_draft(&acme.owner, acme.id, stage.role)
            .await
            .unwrap();
        assert_eq!(
            service
                .review_role(&acme.owner, acme.id, stage.role)
                .await
                .refusal(),
            ApiError::NotFound
        );
        assert_unchanged(world, &before, "an edit thrown away").await;
    });
}

#[test]
fn a_role_becomes_again_what_it_was() {
    on_every_engine(async |world| {
        let stage = Payments::new(world).await;
        let acme = &stage.acme;
        let (shop, service) = (stage.shop.project, &world.service);
        let before = matrix(acme, stage.role).await;
        let renamed = RoleForm {
            name: "Everything".to_owned(),
            ..stage.form(Levels::new().project(shop, "FULL")).await
        };
        acme.saves(&acme.owner, stage.role, &renamed).await.unwrap();

        service
            .restore_role(&acme.owner, acme.id, stage.role, 2)
            .await
            .unwrap();
        let review = service
            .review_role(&acme.owner, acme.id, stage.role)
            .await
            .unwrap();
        assert_eq!(review.rows, [row("Shop", "Full access", "Manage")]);
        assert_eq!(review.draft.name, "Payments");
        assert_ne!(
            matrix(acme, stage.role).await,
            before,
            "nothing counts before it is saved"
        );
        let now = acme.event_count().await;
        stage
            .save(&acme.owner, &review.preview.fingerprint, 3)
            .await
            .unwrap();
        assert_eq!(matrix(acme, stage.role).await, before);
        assert_eq!(
            acme.events_since(now).await,
            [
                r#"UPDATE Role Payments {"Shop":["Full access","Manage"],"name":["Everything","Payments"]}"#
            ]
        );
        let detail = service
            .role(&acme.owner, acme.id, stage.role)
            .await
            .unwrap();
        assert_eq!(detail.history.len(), 4, "undoing is a version of its own");
        for never in [0, 9] {
            let refusal = service
                .restore_role(&acme.owner, acme.id, stage.role, never)
                .await
                .refusal();
            assert_eq!(refusal, ApiError::NotFound);
        }
    });
}

// Deleting

#[test]
fn a_role_in_use_is_not_deleted_without_a_word_about_its_people() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let (held, offered, free) = (
            acme.blank_role("Held").await,
            acme.blank_role("Offered").await,
            acme.blank_role("Free").await,
        );
        acme.joins_as("ana@acme.example", held).await;
        acme.invites_as(&acme.owner, "bo@acme.example", &offered.to_string())
            .await;
        let before = world.snapshot().await;
        let deletes = async |role, other: Option<&str>| {
            world
                .service
                .delete_role(&acme.owner, acme.id, role, other, None, None)
                .await
        };
        for role in [held, offered] {
            let refusal = deletes(role, None).await.refusal();
            assert!(matches!(refusal, ApiError::Refused { .. }), "{refusal:?}");
            for nonsense in [
                "",
                "owner",
                "king",
                &role.to_string(),
                &uuid::Uuid::from_u128(7).to_string(),
            ] {
                assert_fields(&deletes(role, Some(nonsense)).await.refusal(), &["role"]);
            }
        }
        assert_unchanged(world, &before, "a refused deletion").await;
        let now = acme.event_count().await;
        deletes(free, None).await.unwrap();
        assert_eq!(
            acme.events_since(now).await,
            [r#"DELETE Role Free {"name":["Free",null]}"#]
        );
        assert_eq!(deletes(free, None).await.refusal(), ApiError::NotFound);
        assert_eq!(world.unsound().await, [""; 0]);
    });
}

#[test]
fn whoever_has_or_is_offered_a_deleted_role_gets_another_and_an_event_says_so() {
    on_every_engine(async |world| {
        let stage = Payments::new(world).await;
        let acme = &stage.acme;
        let role = stage.role.to_string();
        let open = acme.invites_as(&acme.owner, "cy@acme.example", &role).await;
        let declined = acme.invites_as(&acme.owner, "di@acme.example", &role).await;
        world
            .service
            .decline_invitation(&world.visitor(), &declined)
            .await
            .unwrap();
        let preview = world
            .service
            .preview_role_deletion(&acme.owner, acme.id, stage.role, "viewer")
            .await
            .unwrap();
        assert_eq!(preview.people(), 2);
        let now = acme.event_count().await;
        let fingerprint = Some(preview.fingerprint.as_str());
        world
            .service
            .delete_role(
                &acme.owner,
                acme.id,
                stage.role,
                Some("viewer"),
                fingerprint,
                None,
            )
            .await
            .unwrap();
        assert_eq!(acme.stored_role(&stage.ana).await, "viewer");
        assert_eq!(acme.stored_role(&stage.bo).await, "viewer");
        let offer = world
            .service
            .invitation_offer(&world.visitor(), &open)
            .await
            .unwrap();
        assert_eq!(offer.role_name, "Viewer");
        assert_eq!(
            acme.events_since(now).await,
            [
                r#"UPDATE Member role ana {"role":["Payments","Viewer"]}"#,
                r#"UPDATE Member role bo {"role":["Payments","Viewer"]}"#,
                r#"UPDATE Invitation cy@acme.example {"role":["Payments","Viewer"]}"#,
                r#"DELETE Role Payments {"name":["Payments",null]}"#,
            ]
        );
        let cy = acme.accepts(&open, "cy").await;
        assert_eq!(acme.stored_role(&cy).await, "viewer");
        let detail = world.service.role(&acme.owner, acme.id, stage.role).await;
        assert_eq!(detail.refusal(), ApiError::NotFound);
        assert_eq!(world.unsound().await, [""; 0]);
        // A new role of that name is another one.
        let again = acme.blank_role("Payments").await;
        assert_ne!(again, stage.role);
        assert_eq!(matrix(acme, again).await, RoleMatrix::default());
    });
}

#[test]
fn a_deletion_asks_again_when_the_world_has_moved() {
    on_every_engine(async |world| {
        let stage = Payments::new(world).await;
        let acme = &stage.acme;
        let other = acme.blank_role("Other").await.to_string();
        let shown = world
            .service
            .preview_role_deletion(&acme.owner, acme.id, stage.role, &other)
            .await
            .unwrap();
        acme.joins_as("cy@acme.example", stage.role).await;
        let before = world.snapshot().await;
        let refusal = world
            .service
            .delete_role(
                &acme.owner,
                acme.id,
                stage.role,
                Some(&other),
                Some(&shown.fingerprint),
                None,
            )
            .await
            .refusal();
        assert!(matches!(refusal, ApiError::Conflict { .. }), "{refusal:?}");
        assert_unchanged(world, &before, "a refused deletion").await;
    });
}

// Death (AC-15)

#[test]
fn with_a_project_or_cluster_go_its_levels_and_a_namesake_inherits_nothing() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let (shop, east) = (acme.project("Shop").await, acme.cluster("east").await);
        let levels = || Levels::new().project(shop, "FULL").cluster(east, "ADMIN");
        let role = acme.role("Payments", levels()).await;
        let ana = acme.joins_as("ana@acme.example", role).await;
        // An edit that is under review names both as well.
        let form = acme
            .role_form(role, Levels::new().project(shop, "MANAGER"))
            .await;
        acme.reviews(&acme.owner, role, &form).await.unwrap();
        world
            .service
            .delete_project(&ana, acme.id, shop, "Shop")
            .await
            .unwrap();
        world
            .service
            .delete_cluster(&acme.owner, acme.id, east)
            .await
            .unwrap();
        assert_eq!(matrix(&acme, role).await, RoleMatrix::default());
        assert_eq!(world.count("custom_role_project").await, 0);
        assert_eq!(world.count("custom_role_cluster").await, 0);

        let (again, east_again) = (acme.project("Shop").await, acme.cluster("east").await);
        let sees = async |project| world.service.project(&ana, acme.id, project).await;
        assert_eq!(sees(again).await.refusal(), ApiError::NotFound);
        let clusters = world.service.clusters(&ana, acme.id).await.unwrap();
        assert!(
            clusters.iter().all(|one| !one.editable && !one.may_place),
            "{clusters:?}"
        );

        // Neither an edit from before nor an old version brings anything back, or speaks of what is gone.
        let review = world
            .service
            .review_role(&acme.owner, acme.id, role)
            .await
            .unwrap();
        assert_eq!(review.rows, [], "what is gone");
        world
            .service
            .save_role(&acme.owner, acme.id, role, &review.preview.fingerprint, 2)
            .await
            .unwrap();
        world
            .service
            .restore_role(&acme.owner, acme.id, role, 2)
            .await
            .unwrap();
        let review = world
            .service
            .review_role(&acme.owner, acme.id, role)
            .await
            .unwrap();
        assert_eq!(review.rows, []);
        world
            .service
            .save_role(&acme.owner, acme.id, role, &review.preview.fingerprint, 3)
            .await
            .unwrap();
        assert_eq!(matrix(&acme, role).await, RoleMatrix::default());
        assert_eq!(sees(again).await.refusal(), ApiError::NotFound);
        assert_ne!(east, east_again);
        assert_eq!(world.unsound().await, [""; 0]);
    });
}

// Who may

#[test]
fn nobody_without_the_right_touches_roles() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let globex = world.organization("Globex").await;
        let shop = acme.shop().await;
        let everything = Levels::new()
            .project(shop.project, "FULL")
            .cluster(shop.cluster, "ADMIN");
        let role = acme.role("Everything", everything).await;
        let victim = acme.blank_role("Victim").await;
        let mut members = vec![acme.joins_as("custom@acme.example", role).await];
        for built_in in [
            BuiltInRole::DevOps,
            BuiltInRole::Billing,
            BuiltInRole::Viewer,
        ] {
            members.push(acme.member(built_in).await);
        }
        let form = acme
            .role_form(victim, Levels::new().project(shop.project, "FULL"))
            .await;
        let before = world.snapshot().await;
        let service = &world.service;
        for by in &members {
            let who = by.name();
            let (id, them) = (acme.id, [person(by).id]);
            let outcomes = [
                service
                    .create_role(by, id, "Mine", "", "", password())
                    .await
                    .map(drop),
                service
                    .create_role(by, id, "Mine", "", "admin", password())
                    .await
                    .map(drop),
                service.draft_role(by, id, victim, &form).await,
                service.review_role(by, id, victim).await.map(drop),
                service.save_role(by, id, victim, "", 1).await.map(drop),
                service.restore_role(by, id, victim, 1).await,
                service.discard_role_draft(by, id, victim).await,
                service.delete_role(by, id, victim, None, None, None).await,
                service
                    .preview_role_deletion(by, id, victim, "viewer")
                    .await
                    .map(drop),
                service.change_roles(by, id, &them, "admin", None).await,
                service
                    .preview_roles(by, id, &them, "admin")
                    .await
                    .map(drop),
                service.preview_removal(by, id, &them).await.map(drop),
                service
                    .invite(
                        by,
                        id,
                        &service::ops::InviteForm::one("x@acme.example", "viewer"),
                    )
                    .await
                    .map(drop),
                service
                    .access_of(by, id, person(&acme.owner).id)
                    .await
                    .map(drop),
            ];
            for (number, outcome) in outcomes.into_iter().enumerate() {
                let refusal = outcome.refusal();
                assert!(is_forbidden(&refusal), "{who}, {number}: {refusal:?}");
            }
            // What they may: see the roles, compare them, and know their own access.
            assert_eq!(service.roles(by, id).await.unwrap().len(), 7, "{who}");
            let detail = service.role(by, id, victim).await.unwrap();
            assert!(
                !detail.editable && detail.history.is_empty() && detail.draft.is_none(),
                "{who}"
            );
            service
                .compare_roles(by, id, RoleRef::Custom(role), BuiltInRole::Admin.into())
                .await
                .unwrap();
            service.access_of(by, id, person(by).id).await.unwrap();
        }
        for by in [&globex.owner, &world.visitor()] {
            let id = acme.id;
            for refusal in [
                service.roles(by, id).await.refusal(),
                service.role(by, id, victim).await.refusal(),
                service
                    .role_holders(by, id, RoleRef::Custom(role))
                    .await
                    .refusal(),
                service
                    .create_role(by, id, "Mine", "", "", password())
                    .await
                    .refusal(),
                service
                    .delete_role(by, id, victim, None, None, None)
                    .await
                    .refusal(),
                service.who_can(by, id, Place::Organization).await.refusal(),
                service
                    .compare_roles(by, id, RoleRef::Custom(role), RoleRef::Custom(victim))
                    .await
                    .refusal(),
            ] {
                assert_eq!(refusal, ApiError::NotFound, "{}", by.name());
            }
        }
        assert_unchanged(world, &before, "whoever has no right").await;
    });
}

// What they give (AC-7)

/// What somebody gets when they set a variable at each scope of Shop: project, environment, service.
async fn tries_variables(acme: &Organization<'_>, shop: &Shop, by: &Caller, key: &str) -> String {
    let mut answers = String::new();
    for level in [
        LevelRef::Project(shop.project),
        LevelRef::Environment(shop.environment),
        LevelRef::Service(shop.api),
    ] {
        // Each scope its own key: a key visible from above could only be overridden.
        let form = variable(level, &format!("{key}_{}", level.scope().code()), "1");
        let added = acme.world.service.add_variable(by, acme.id, form).await;
        answers.push(match added {
            Ok(_) => 'y',
            Err(error) => match Err::<(), _>(error).refusal() {
                ApiError::Forbidden { .. } => 'f',
                ApiError::NotFound => 'n',
                other => panic!("{other:?}"),
            },
        });
    }
    answers
}

#[test]
fn a_role_counts_from_the_next_request_at_every_scope_of_variables() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let role = acme.blank_role("Payments").await;
        let ana = acme.joins_as("ana@acme.example", role).await;
        let all = |level: &str| Levels::new().project(shop.project, level);
        let production = |level: &str| all("NO_ACCESS").on(shop.project, T::Production, level);
        let steps = [
            ("nothing", all("NO_ACCESS"), "nnn"),
            (
                "sight of Staging alone",
                all("NO_ACCESS").on(shop.project, T::Staging, "MANAGER"),
                "fnn",
            ),
            ("Read-only on Production", production("VIEWER"), "fff"),
            ("Deploy on Production", production("DEPLOYER"), "fyy"),
            ("Manage on Production", production("MANAGER"), "fyy"),
            (
                "Deploy on three types",
                all("DEPLOYER").on(shop.project, T::Preview, "VIEWER"),
                "fyy",
            ),
            ("Deploy on all four", all("DEPLOYER"), "yyy"),
            (
                "Manage and Deploy mixed",
                all("DEPLOYER").on(shop.project, T::Staging, "MANAGER"),
                "yyy",
            ),
            ("Full access", all("FULL"), "yyy"),
            ("Read-only everywhere", all("VIEWER"), "fff"),
            ("nothing again", all("NO_ACCESS"), "nnn"),
        ];
        for (number, (what, levels, expected)) in steps.into_iter().enumerate() {
            acme.sets_levels(role, levels).await;
            let got = tries_variables(&acme, &shop, &ana, &format!("K{number}")).await;
            assert_eq!(got, expected, "{what}: project, environment, service");
        }
    });
}

#[test]
fn deploy_changes_and_deletes_variables_but_makes_no_services() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let role = acme
            .role(
                "Payments",
                Levels::new().on(shop.project, T::Production, "DEPLOYER"),
            )
            .await;
        let ana = acme.joins_as("ana@acme.example", role).await;
        let service = &world.service;
        let (port, token) = (
            acme.plain(LevelRef::Service(shop.api), "PORT", "1").await,
            acme.secret(
                LevelRef::Project(shop.project),
                "TOKEN",
                "hush-hush-hush-hush",
            )
            .await,
        );
        let edit = |id| VariableEdit {
            as_is: None,
            id,
            version: 1,
            value: Some("2".to_owned().into()),
            set_empty: false,
            make_secret: false,
            mount_path: None,
            description: String::new(),
        };
        service
            .edit_variable(&ana, acme.id, edit(port))
            .await
            .unwrap();
        service
            .delete_variable(&ana, acme.id, port, 2, false)
            .await
            .unwrap();
        assert!(is_forbidden(
            &service
                .edit_variable(&ana, acme.id, edit(token))
                .await
                .refusal()
        ));
        assert!(is_forbidden(
            &service
                .delete_variable(&ana, acme.id, token, 1, false)
                .await
                .refusal()
        ));

        let form = ServiceForm {
            name: "web".to_owned(),
            kind: "CONTAINER".to_owned(),
            description: String::new(),
        };
        let creates = async || {
            service
                .create_service(&ana, acme.id, shop.environment, &form)
                .await
        };
        let places = async |kind: &str| {
            let cluster = shop.cluster.to_string();
            service
                .create_environment(
                    &ana,
                    acme.id,
                    shop.project,
                    &format!("New {kind}"),
                    kind,
                    &cluster,
                )
                .await
        };
        assert!(is_forbidden(&creates().await.refusal()));
        acme.sets_levels(
            role,
            Levels::new().on(shop.project, T::Production, "MANAGER"),
        )
        .await;
        creates().await.unwrap();
        assert!(
            is_forbidden(&places("PRODUCTION").await.refusal()),
            "Manage without a cluster"
        );
        acme.sets_levels(role, Levels::new().cluster(shop.cluster, "ENV_CREATOR"))
            .await;
        places("PRODUCTION").await.unwrap();
        let elsewhere = places("STAGING").await.refusal();
        assert!(
            matches!(elsewhere, ApiError::Forbidden { .. } | ApiError::NotFound),
            "{elsewhere:?}"
        );
        let settings = service::ops::ClusterForm::new("east", "AWS", "eu-west-1");
        let edits = async || {
            service
                .edit_cluster(&ana, acme.id, shop.cluster, &settings, 1)
                .await
        };
        assert!(is_forbidden(&edits().await.refusal()));
        acme.sets_levels(role, Levels::new().cluster(shop.cluster, "ADMIN"))
            .await;
        edits().await.unwrap();
        let more = service
            .create_cluster(
                &ana,
                acme.id,
                &service::ops::ClusterForm::new("west", "AWS", "x"),
            )
            .await;
        assert!(
            is_forbidden(&more.refusal()),
            "Full access edits a cluster and makes none"
        );
        assert!(is_forbidden(
            &service
                .delete_cluster(&ana, acme.id, shop.cluster)
                .await
                .refusal()
        ));
    });
}

#[test]
fn read_only_sees_plain_values_and_masks() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let role = acme
            .role(
                "Readers",
                Levels::new().on(shop.project, T::Production, "VIEWER"),
            )
            .await;
        let ana = acme.joins_as("ana@acme.example", role).await;
        acme.plain(LevelRef::Project(shop.project), "REGION", "west")
            .await;
        acme.plain(LevelRef::Service(shop.api), "PORT", "8080")
            .await;
        let token = acme
            .secret(
                LevelRef::Service(shop.api),
                "TOKEN",
                "abc-something-nobody-reads-xyz",
            )
            .await;
        let list = world
            .service
            .variables(&ana, acme.id, LevelRef::Service(shop.api))
            .await
            .unwrap();
        let values: Vec<_> = list
            .variables
            .iter()
            .map(|one| (one.key.as_str(), one.value.as_deref(), one.secret))
            .collect();
        assert_eq!(
            values,
            [
                ("PORT", Some("8080"), false),
                ("REGION", Some("west"), false),
                ("TOKEN", None, true)
            ]
        );
        let one = world.service.variable(&ana, acme.id, token).await.unwrap();
        for shown in [format!("{list:?}"), format!("{one:?}")] {
            assert!(!shown.contains("something-nobody-reads"), "{shown}");
        }
        assert!(
            list.variables.iter().all(|one| one.locked.is_some()),
            "nothing to change"
        );
    });
}

// What they hide (AC-9)

fn path(project: Option<&str>, environment: Option<&str>) -> ConsolePath {
    ConsolePath {
        organization: "acme".to_owned(),
        project: project.map(str::to_owned),
        environment: environment.map(str::to_owned),
        service: None,
    }
}

#[test]
fn a_type_without_access_is_in_no_list_and_no_count_of_its_project() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let staging = acme
            .environment(shop.project, shop.cluster, "Rehearsal", "STAGING")
            .await;
        let worker = acme.service(staging, "worker", "JOB").await;
        let region = acme
            .plain(LevelRef::Project(shop.project), "REGION", "west")
            .await;
        acme.overrides(LevelRef::Service(worker), "REGION", "north")
            .await;
        acme.overrides(LevelRef::Environment(staging), "REGION", "south")
            .await;
        let role = acme
            .role(
                "Production",
                Levels::new().on(shop.project, T::Production, "MANAGER"),
            )
            .await;
        let ana = acme.joins_as("ana@acme.example", role).await;
        let (service, id, project) = (&world.service, acme.id, LevelRef::Project(shop.project));
        for refusal in [
            service.environment(&ana, id, staging).await.refusal(),
            service.service(&ana, id, worker).await.refusal(),
            service
                .variables(&ana, id, LevelRef::Service(worker))
                .await
                .refusal(),
            service
                .console(&ana, &path(Some("shop"), Some("rehearsal")))
                .await
                .refusal(),
        ] {
            assert_eq!(refusal, ApiError::NotFound);
        }
        let listed = service.environments(&ana, id, shop.project).await.unwrap();
        assert_eq!(
            listed
                .iter()
                .map(|one| one.name.as_str())
                .collect::<Vec<_>>(),
            ["Production"]
        );
        let clusters = service.clusters(&ana, id).await.unwrap();
        assert_eq!(clusters[0].environment_count, 1);
        let console = service
            .console(&ana, &path(Some("shop"), None))
            .await
            .unwrap();
        assert!(
            !format!("{:?}", console.tree).contains("ehearsal"),
            "{:?}",
            console.tree
        );

        let contents = service.contents(&ana, id, project).await.unwrap();
        assert_eq!(
            (contents.environments, contents.services, contents.variables),
            (1, 2, 1),
            "what the project holds, as far as it is in sight"
        );
        let dependants = service
            .dependants(&ana, id, region)
            .await
            .unwrap()
            .overrides;
        assert_eq!(dependants, [""; 0], "overrides out of sight are named");
        let page = service.variables(&ana, id, project).await.unwrap();
        assert_eq!(page.scopes[0].consequence, "2 services in 1 environment");
        // Whoever sees everything is told of everything.
        let contents = service.contents(&acme.owner, id, project).await.unwrap();
        assert_eq!(
            (contents.environments, contents.services, contents.variables),
            (2, 3, 3)
        );
        assert_eq!(
            service
                .dependants(&acme.owner, id, region)
                .await
                .unwrap()
                .overrides
                .len(),
            2
        );
    });
}

#[test]
fn what_a_role_has_no_access_to_is_nowhere() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let hidden = [
            acme.plain(LevelRef::Project(shop.project), "REGION", "west")
                .await,
            acme.plain(LevelRef::Service(shop.api), "PORT", "8080")
                .await,
        ];
        let blog = acme.project("Blog").await;
        let role = acme
            .role("Writers", Levels::new().project(blog, "MANAGER"))
            .await;
        let ana = acme.joins_as("ana@acme.example", role).await;
        let (service, id) = (&world.service, acme.id);
        let refusals = [
            service.project(&ana, id, shop.project).await.refusal(),
            service.environments(&ana, id, shop.project).await.refusal(),
            service
                .environment(&ana, id, shop.environment)
                .await
                .refusal(),
            service.services(&ana, id, shop.environment).await.refusal(),
            service.service(&ana, id, shop.api).await.refusal(),
            service
                .variables(&ana, id, LevelRef::Project(shop.project))
                .await
                .refusal(),
            service
                .variables(&ana, id, LevelRef::Environment(shop.environment))
                .await
                .refusal(),
            service
                .variables(&ana, id, LevelRef::Service(shop.api))
                .await
                .refusal(),
            service.variable(&ana, id, hidden[0]).await.refusal(),
            service.variable(&ana, id, hidden[1]).await.refusal(),
            service.dependants(&ana, id, hidden[0]).await.refusal(),
            service
                .delete_variable(&ana, id, hidden[1], 1, false)
                .await
                .refusal(),
            service
                .contents(&ana, id, LevelRef::Project(shop.project))
                .await
                .refusal(),
            service
                .edit_project(&ana, id, shop.project, "Mine", "", 1)
                .await
                .refusal(),
            service
                .delete_project(&ana, id, shop.project, "Shop")
                .await
                .refusal(),
            service
                .delete_environment(&ana, id, shop.environment, "Production")
                .await
                .refusal(),
            service
                .delete_service(&ana, id, shop.api, "api")
                .await
                .refusal(),
            service
                .create_environment(
                    &ana,
                    id,
                    shop.project,
                    "X",
                    "STAGING",
                    &shop.cluster.to_string(),
                )
                .await
                .refusal(),
            service
                .console(&ana, &path(Some("shop"), None))
                .await
                .refusal(),
            service
                .console(&ana, &path(Some("shop"), Some("production")))
                .await
                .refusal(),
            service
                .who_can(&ana, id, Place::Project(shop.project))
                .await
                .refusal(),
            service
                .who_can(&ana, id, Place::Environments(shop.project, T::Production))
                .await
                .refusal(),
        ];
        for (number, refusal) in refusals.into_iter().enumerate() {
            assert_eq!(refusal, ApiError::NotFound, "{number}");
        }
        assert!(is_forbidden(
            &service
                .events(&ana, id, &EventQuery::default())
                .await
                .refusal()
        ));
        assert!(is_forbidden(&service.event(&ana, id, 1).await.refusal()));

        // And in nothing that they do see. `Everything` gives access to Shop, and is in the list of roles.
        let everything = acme
            .role("Everything", Levels::new().project(shop.project, "FULL"))
            .await;
        let seen = [
            (
                "console",
                format!(
                    "{:?}",
                    service.console(&ana, &path(None, None)).await.unwrap()
                ),
            ),
            (
                "projects",
                format!("{:?}", service.projects(&ana, id).await.unwrap()),
            ),
            (
                "roles",
                format!("{:?}", service.roles(&ana, id).await.unwrap()),
            ),
            (
                "role",
                format!("{:?}", service.role(&ana, id, everything).await.unwrap()),
            ),
            (
                "own access",
                format!(
                    "{:?}",
                    service.access_of(&ana, id, person(&ana).id).await.unwrap()
                ),
            ),
            (
                "who can",
                format!(
                    "{:?}",
                    service
                        .who_can(&ana, id, Place::Cluster(shop.cluster))
                        .await
                        .unwrap()
                ),
            ),
            (
                "comparison",
                format!(
                    "{:?}",
                    service
                        .compare_roles(&ana, id, RoleRef::Custom(role), RoleRef::Custom(everything))
                        .await
                        .unwrap()
                ),
            ),
        ];
        for (what, text) in seen {
            for secret in [
                "Shop",
                "shop",
                &shop.project.to_string(),
                &shop.environment.to_string(),
            ] {
                assert!(!text.contains(secret), "{secret} is in {what}: {text}");
            }
        }
        let clusters = service.clusters(&ana, id).await.unwrap();
        assert_eq!(
            clusters[0].environment_count, 0,
            "an environment out of sight is counted"
        );
    });
}

// Answers

#[test]
fn members_roles_and_places_tell_one_story() {
    on_every_engine(async |world| {
        let stage = Payments::new(world).await;
        let acme = &stage.acme;
        let (service, id) = (&world.service, acme.id);
        let access = service
            .access_of(&acme.owner, id, person(&stage.ana).id)
            .await
            .unwrap();
        assert_eq!(
            (access.role.as_str(), access.role_ref),
            ("Payments", RoleRef::Custom(stage.role))
        );
        let place = Place::Environments(stage.shop.project, T::Staging);
        let lines = &access
            .places
            .iter()
            .find(|one| one.place == place)
            .unwrap()
            .lines;
        assert!(
            lines
                .iter()
                .all(|line| line.because == "Payments: Manage on Shop / Staging"),
            "{lines:#?}"
        );
        assert_eq!(lines.len(), 6);
        let here = service.who_can(&acme.owner, id, place).await.unwrap();
        let told: Vec<_> = here
            .roles
            .iter()
            .map(|one| (one.name.as_str(), one.count, one.lines.len()))
            .collect();
        assert_eq!(
            told,
            [
                ("Owner", 1, 6),
                ("Admin", 0, 6),
                ("DevOps", 0, 4),
                ("Viewer", 0, 1),
                ("Payments", 2, 6)
            ]
        );
        let payments = here.roles.last().unwrap();
        let names: Vec<_> = payments
            .people
            .as_ref()
            .unwrap()
            .iter()
            .map(|one| one.name.as_str())
            .collect();
        assert_eq!(names, ["ana", "bo"]);
        assert_eq!(payments.lines, *lines);
        // Names are for those who manage members.
        let seen = service.who_can(&stage.ana, id, place).await.unwrap();
        assert!(seen.roles.iter().all(|one| one.people.is_none()));
        // The role's page, the list of roles and the list of members count alike.
        let roles = service.roles(&acme.owner, id).await.unwrap();
        let summary = roles.iter().find(|one| one.name == "Payments").unwrap();
        assert_eq!(
            (summary.members, summary.invitations, summary.may_give),
            (2, Some(0), true)
        );
        let members = service.everybody(&acme.owner, id).await.unwrap();
        assert_eq!(
            members
                .iter()
                .filter(|one| one.role_name == "Payments")
                .count(),
            2
        );
        for (who, expected) in [(&stage.bo, "Payments"), (&acme.owner, "Owner")] {
            let organizations = service.organizations(who).await.unwrap();
            assert_eq!(organizations[0].role, expected);
        }
    });
}

#[test]
fn the_stamp_of_a_page_changes_with_what_its_reader_holds() {
    on_every_engine(async |world| {
        let stage = Payments::new(world).await;
        let acme = &stage.acme;
        let stamp = async || {
            world
                .service
                .access_stamp(&stage.ana, acme.id)
                .await
                .unwrap()
        };
        let first = stamp().await;
        assert_eq!(
            world
                .service
                .console(&stage.ana, &path(None, None))
                .await
                .unwrap()
                .stamp,
            first
        );
        acme.gives(&stage.bo, "viewer").await;
        assert_eq!(stamp().await, first, "somebody else's change");
        acme.sets_levels(
            stage.role,
            Levels::new().on(stage.shop.project, T::Preview, "VIEWER"),
        )
        .await;
        let second = stamp().await;
        assert_ne!(second, first, "the role was edited");
        acme.gives(&stage.ana, "viewer").await;
        assert_ne!(stamp().await, second, "another role");
        acme.removes(&stage.ana).await;
        let gone = world.service.access_stamp(&stage.ana, acme.id).await;
        assert_eq!(gone.refusal(), ApiError::NotFound);
    });
}

#[test]
fn invitations_carry_a_role_as_it_is_when_they_are_accepted() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let role = acme.blank_role("Payments").await;
        let admin = acme.member(BuiltInRole::Admin).await;
        let token = acme
            .invites_as(&admin, "ana@acme.example", &role.to_string())
            .await;
        let invitations = world
            .service
            .invitations(&acme.owner, acme.id)
            .await
            .unwrap();
        let open = invitations
            .iter()
            .find(|one| one.state == InvitationState::Pending)
            .unwrap();
        assert_eq!(open.role_name, "Payments");
        acme.sets_levels(role, Levels::new().project(shop.project, "VIEWER"))
            .await;
        let renamed = RoleForm {
            name: "Money".to_owned(),
            ..acme.role_form(role, Levels::new()).await
        };
        acme.saves(&acme.owner, role, &renamed).await.unwrap();
        let offer = world
            .service
            .invitation_offer(&world.visitor(), &token)
            .await
            .unwrap();
        assert_eq!(offer.role_name, "Money");
        let ana = acme.accepts(&token, "Ana").await;
        assert!(
            world
                .service
                .project(&ana, acme.id, shop.project)
                .await
                .is_ok()
        );
    });
}

#[test]
fn an_organization_has_at_most_two_hundred_roles() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let mut rows = Vec::new();
        for number in 0..199_u128 {
            let id = uuid::Uuid::from_u128(number + 1);
            rows.push(format!(
                "('{}', '{id}', 'R{number}', 'r{number}', 1, 1, 'x')",
                acme.id
            ));
        }
        world
            .sql(&format!(
                "insert into custom_role (organization_id, id, name, name_key, created_at, updated_at, updated_by) values {}",
                rows.join(", ")
            ))
            .await;
        acme.blank_role("The last").await;
        let refusal = world
            .service
            .create_role(&acme.owner, acme.id, "One more", "", "", password())
            .await
            .refusal();
        assert!(matches!(refusal, ApiError::Refused { .. }), "{refusal:?}");
    });
}

/// An invitation that was sent has one id and one link, whatever role it is to.
#[test]
fn a_role_can_be_offered_by_its_name_behind_an_address() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let role = acme.blank_role("Payments team").await;
        let form = service::ops::InviteForm {
            emails: "ana@acme.example: payments TEAM".to_owned(),
            role: "viewer".to_owned(),
            ..Default::default()
        };
        let invited = world
            .service
            .invite(&acme.owner, acme.id, &form)
            .await
            .unwrap();
        let open = world
            .service
            .invitations(&acme.owner, acme.id)
            .await
            .unwrap();
        assert_eq!(
            (open[0].id, open[0].role),
            (invited.id(), RoleRef::Custom(role))
        );
    });
}

#[test]
fn a_role_is_made_with_a_password_that_was_given_lately() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let service = &world.service;
        let make = async |name: &str, password: domain::SubmittedPassword| {
            service
                .create_role(&acme.owner, acme.id, name, "", "", password)
                .await
        };
        let nothing = domain::SubmittedPassword::default;
        make("At once", nothing()).await.unwrap();
        world.clock.advance(600);
        let before = world.snapshot().await;
        let refusal = make("Later", nothing()).await.refusal();
        assert_fields(&refusal, &["password"]);
        assert_eq!(world.snapshot().await, before);
        let refusal = make("Later", wrong_password()).await.refusal();
        assert_fields(&refusal, &["password"]);
        make("Later", password()).await.unwrap();
        make("Again", nothing()).await.unwrap();
    });
}

#[test]
fn invitations_that_are_over_keep_the_name_of_a_deleted_role() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let role = acme.blank_role("Payments").await;
        let ana = acme.joins_as("ana@acme.example", role).await;
        acme.makes(&ana, BuiltInRole::Viewer).await;
        world
            .service
            .delete_role(&acme.owner, acme.id, role, None, None, None)
            .await
            .unwrap();
        let listed = world
            .service
            .invitations(&acme.owner, acme.id)
            .await
            .unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0].role_name, "Payments");
        assert_eq!(listed[0].state, InvitationState::Accepted);
        assert_eq!(world.unsound().await, [""; 0]);
    });
}

#[test]
fn an_edit_that_is_sent_back_for_its_name_keeps_its_levels() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let project = acme.project("Shop").await;
        let role = acme.blank_role("Payments").await;
        let form = RoleForm {
            name: "Owner ".to_owned(),
            description: "Pays.".to_owned(),
            ..acme
                .role_form(role, Levels::new().project(project, "MANAGER"))
                .await
        };
        let refusal = world
            .service
            .draft_role(&acme.owner, acme.id, role, &form)
            .await
            .refusal();
        assert_fields(&refusal, &["name"]);
        let detail = world
            .service
            .role(&acme.owner, acme.id, role)
            .await
            .unwrap();
        let draft = detail.draft.unwrap();
        assert_eq!(
            (draft.name.as_str(), draft.description.as_str()),
            ("Payments", "Pays.")
        );
        assert_eq!(draft.matrix.project(project).level(T::Staging), L::Manage);
        assert_eq!(detail.saved.matrix, RoleMatrix::default());
    });
}
