//! What is the owner's alone: handing an organization over, deleting it, bringing it back.

use domain::{ApiError, BuiltInRole, LevelRef, OrganizationId, PersonId, SubmittedPassword};
use service::{Caller, ops::GeneralSettings};

use crate::common::{
    Everybody, Operation, Organization, Refused, Stage, World, assert_fields, difference,
    is_forbidden, on_every_engine, password, person, wrong_password,
};

const DAY: i64 = 86_400;

async fn transfers(
    acme: &Organization<'_>,
    by: &Caller,
    to: PersonId,
    name: &str,
    password: SubmittedPassword,
) -> service::Result<()> {
    let service = &acme.world.service;
    service
        .transfer_ownership(by, acme.id, to, name, password)
        .await
}

async fn hands_over(acme: &Organization<'_>, by: &Caller, to: &Caller) -> service::Result<()> {
    transfers(acme, by, person(to).id, to.name(), password()).await
}

async fn deletes(acme: &Organization<'_>, by: &Caller, name: &str) -> service::Result<()> {
    let service = &acme.world.service;
    service
        .delete_organization(by, acme.id, name, true, password())
        .await
}

async fn owner_of(world: &World, organization: OrganizationId) -> String {
    world
        .value(&format!(
            "select owner_id from organization where id = '{organization}'"
        ))
        .await
}

// Handing over

#[test]
fn ownership_moves_and_the_former_owner_is_an_admin() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let ana = acme.joins("ana@acme.example", BuiltInRole::Viewer).await;
        let before = acme.event_count().await;
        hands_over(&acme, &acme.owner, &ana).await.unwrap();
        assert_eq!(owner_of(world, acme.id).await, person(&ana).id.to_string());
        let roles: Vec<_> = world
            .service
            .everybody(&ana, acme.id)
            .await
            .unwrap()
            .into_iter()
            .map(|one| (one.name, one.role_name, one.is_owner))
            .collect();
        assert_eq!(
            roles,
            [
                ("Olivia of Acme".to_owned(), "Admin".to_owned(), false),
                ("Viewer ana".to_owned(), "Owner".to_owned(), true),
            ]
        );
        assert_eq!(
            acme.events_since(before).await,
            [
                r#"UPDATE Ownership Viewer ana {"former_owner_role":[null,"Admin"],"owner":["Olivia of Acme","Viewer ana"]}"#
            ]
        );
        // From the next request on, each has the rights of their new role.
        assert!(is_forbidden(
            &deletes(&acme, &acme.owner, "Acme").await.refusal()
        ));
        assert!(is_forbidden(
            &hands_over(&acme, &acme.owner, &acme.owner).await.refusal()
        ));
        world.service.inventory(&ana, acme.id).await.unwrap();
        world
            .service
            .events(&acme.owner, acme.id, &Default::default())
            .await
            .unwrap();
        // And back again, now that she may.
        hands_over(&acme, &ana, &acme.owner).await.unwrap();
        assert_eq!(acme.stored_role(&ana).await, "admin");
        world.service.leave(&ana, acme.id).await.unwrap();
        assert_eq!(world.unsound().await, [""; 0]);
    });
}

#[test]
fn a_transfer_takes_the_owner_their_password_and_the_name() {
    on_every_engine(async |world| {
        let (acme, globex) = (
            world.organization("Acme").await,
            world.organization("Globex").await,
        );
        let admin = acme.member(BuiltInRole::Admin).await;
        let gone = acme.joins("gone@acme.example", BuiltInRole::Admin).await;
        acme.removes(&gone).await;
        let owner = &acme.owner;
        let before = world.snapshot().await;
        for (by, expected) in [(&admin, 403), (&globex.owner, 404), (&gone, 404)] {
            let refusal = transfers(&acme, by, person(&admin).id, admin.name(), password())
                .await
                .refusal();
            assert_eq!(refusal.status(), expected, "{}: {refusal:?}", by.name());
            // Nobody else tries passwords here: a wrong one is not even looked at.
            let refusal = transfers(&acme, by, person(&admin).id, admin.name(), wrong_password())
                .await
                .refusal();
            assert_eq!(refusal.status(), expected, "{}: {refusal:?}", by.name());
        }
        let visitor = transfers(
            &acme,
            &world.visitor(),
            person(&admin).id,
            admin.name(),
            password(),
        )
        .await;
        assert_eq!(visitor.refusal(), ApiError::Unauthenticated);
        for (to, name, expected) in [
            (&admin, "admin admin", 422),
            (&admin, "", 422),
            (&admin, "Olivia of Acme", 422),
            (owner, "Olivia of Acme", 409),
            (&gone, gone.name(), 404),
            (&globex.owner, globex.owner.name(), 404),
        ] {
            let refusal = transfers(&acme, owner, person(to).id, name, password())
                .await
                .refusal();
            assert_eq!(refusal.status(), expected, "{name}: {refusal:?}");
        }
        world
            .sql(&format!(
                "update person set disabled_at = 1 where id = '{}'",
                person(&admin).id
            ))
            .await;
        let refusal = hands_over(&acme, owner, &admin).await.refusal();
        assert!(matches!(refusal, ApiError::Refused { .. }), "{refusal:?}");
        world
            .sql(&format!(
                "update person set disabled_at = null where id = '{}'",
                person(&admin).id
            ))
            .await;
        let changed = difference(&before, &world.snapshot().await);
        assert!(changed.is_empty(), "{changed:#?}");

        let refusal = transfers(
            &acme,
            owner,
            person(&admin).id,
            admin.name(),
            wrong_password(),
        )
        .await
        .refusal();
        assert_fields(&refusal, &["password"]);
        assert_eq!(owner_of(world, acme.id).await, person(owner).id.to_string());
        // Spaces around what was typed do not matter.
        transfers(
            &acme,
            owner,
            person(&admin).id,
            &format!(" {} ", admin.name()),
            password(),
        )
        .await
        .unwrap();
    });
}

#[test]
fn guessing_the_owners_password_is_throttled_and_recorded() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let admin = acme.member(BuiltInRole::Admin).await;
        let failed = || async {
            let log = acme.log().await;
            log.iter()
                .filter(|one| one.event_type == domain::EventType::SignInFailed)
                .count()
        };
        for guess in 0..5 {
            // Both doors count together.
            let refusal = if guess % 2 == 0 {
                transfers(
                    &acme,
                    &acme.owner,
                    person(&admin).id,
                    admin.name(),
                    wrong_password(),
                )
                .await
                .refusal()
            } else {
                world
                    .service
                    .delete_organization(&acme.owner, acme.id, "Acme", true, wrong_password())
                    .await
                    .refusal()
            };
            assert_fields(&refusal, &["password"]);
        }
        assert_eq!(failed().await, 5);
        let refusal = hands_over(&acme, &acme.owner, &admin).await.refusal();
        assert!(matches!(refusal, ApiError::Throttled { .. }), "{refusal:?}");
        let refusal = deletes(&acme, &acme.owner, "Acme").await.refusal();
        assert!(matches!(refusal, ApiError::Throttled { .. }), "{refusal:?}");
        world.clock.advance(60);
        hands_over(&acme, &acme.owner, &admin).await.unwrap();
    });
}

#[test]
fn fifty_guesses_at_once_are_worth_no_more_than_five() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let ana = acme.joins("ana@acme.example", BuiltInRole::Viewer).await;
        let mut guesses = tokio::task::JoinSet::new();
        for number in 0..50 {
            let (service, id, by, heir) = (
                world.service.clone(),
                acme.id,
                acme.owner.clone(),
                ana.clone(),
            );
            // The last one is right, and long after the fifth wrong one.
            let guess = if number == 49 {
                password()
            } else {
                wrong_password()
            };
            guesses.spawn(async move {
                let (to, name) = (person(&heir).id, heir.name());
                service.transfer_ownership(&by, id, to, name, guess).await
            });
        }
        let answers = guesses.join_all().await;
        assert!(
            answers.iter().all(Result::is_err),
            "the right one of fifty guesses was told"
        );
        let told = answers
            .into_iter()
            .map(Refused::refusal)
            .filter(|answer| answer.for_field("password").is_some())
            .count();
        assert!(told <= 5, "{told} guesses were answered");
        assert_eq!(
            owner_of(world, acme.id).await,
            person(&acme.owner).id.to_string()
        );
    });
}

#[test]
fn a_role_its_former_holder_owned_the_organization_with_can_be_deleted() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let role = acme.blank_role("Payments").await;
        let ana = acme.joins_as("ana@acme.example", role).await;
        hands_over(&acme, &acme.owner, &ana).await.unwrap();
        assert_eq!(world.unsound().await, [""; 0]);
        assert_eq!(
            world
                .service
                .role(&ana, acme.id, role)
                .await
                .unwrap()
                .holders,
            []
        );
        let deleted = world
            .service
            .delete_role(&ana, acme.id, role, None, None, None)
            .await;
        assert!(
            deleted.is_ok(),
            "nobody has the role: {:?}",
            deleted.refusal()
        );
        // Handed back, she is an Admin and nothing of the role is left.
        hands_over(&acme, &ana, &acme.owner).await.unwrap();
        assert_eq!(acme.stored_role(&ana).await, "admin");
    });
}

#[test]
fn invitations_of_a_former_owner_are_an_admins() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let ana = acme.joins("ana@acme.example", BuiltInRole::Viewer).await;
        let token = acme.invites("bo@acme.example", BuiltInRole::Admin).await;
        hands_over(&acme, &acme.owner, &ana).await.unwrap();
        assert!(
            world
                .service
                .invitation_offer(&world.visitor(), &token)
                .await
                .is_ok()
        );
        world
            .service
            .change_roles(&ana, acme.id, &[person(&acme.owner).id], "viewer", None)
            .await
            .unwrap();
        let offer = world
            .service
            .invitation_offer(&world.visitor(), &token)
            .await;
        assert_eq!(offer.refusal(), ApiError::LinkVoid);
    });
}

// Deleting

#[test]
fn deleting_an_organization_takes_its_owner_their_password_and_its_name() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let globex = world.organization("Globex").await;
        let admin = acme.member(BuiltInRole::Admin).await;
        let before = world.snapshot().await;
        let refusal = deletes(&acme, &admin, "Acme").await.refusal();
        assert!(is_forbidden(&refusal), "{refusal:?}");
        assert!(is_forbidden(
            &world.service.inventory(&admin, acme.id).await.refusal()
        ));
        for by in [&globex.owner, &world.visitor()] {
            assert_eq!(
                deletes(&acme, by, "Acme").await.refusal(),
                ApiError::NotFound
            );
            let counts = world.service.inventory(by, acme.id).await;
            assert_eq!(counts.refusal(), ApiError::NotFound);
        }
        for name in ["", "acme", "Globex"] {
            assert_fields(
                &deletes(&acme, &acme.owner, name).await.refusal(),
                &["confirm"],
            );
        }
        let changed = difference(&before, &world.snapshot().await);
        assert!(changed.is_empty(), "{changed:#?}");
        let refusal = world
            .service
            .delete_organization(&acme.owner, acme.id, "Acme", true, wrong_password())
            .await
            .refusal();
        assert_fields(&refusal, &["password"]);
        world.service.inventory(&acme.owner, acme.id).await.unwrap();
    });
}

#[test]
fn the_inventory_counts_what_would_go() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        acme.member(BuiltInRole::Viewer).await;
        acme.plain(LevelRef::Project(shop.project), "A", "1").await;
        acme.secret(LevelRef::Service(shop.api), "B", "2").await;
        let globex = world.organization("Globex").await;
        globex.shop().await;
        let counts = world.service.inventory(&acme.owner, acme.id).await.unwrap();
        assert_eq!(
            (
                counts.projects,
                counts.environments,
                counts.services,
                counts.variables,
                counts.members
            ),
            (1, 1, 2, 2, 2)
        );
    });
}

#[test]
fn a_deleted_organization_is_locked_for_everybody_at_once() {
    on_every_engine(async |world| {
        let stage = Stage::set(world).await;
        let acme = &stage.acme;
        let admin = acme.member(BuiltInRole::Admin).await;
        let role = acme.blank_role("Payments").await;
        let token = acme.invites("late@acme.example", BuiltInRole::Viewer).await;
        let before = acme.event_count().await;
        deletes(acme, &acme.owner, "Acme").await.unwrap();
        let told = world
            .rows(&format!(
                "select head_sequence from audit_chain where owner = '{}'",
                acme.id
            ))
            .await;
        assert_eq!(told[0][0], (before + 1).to_string(), "one event");

        let settings = GeneralSettings {
            name: "Mine".to_owned(),
            description: String::new(),
            website: String::new(),
            contact_emails: String::new(),
            version: 1,
        };
        let locked = world.snapshot().await;
        for by in [&acme.owner, &admin] {
            // Its form is made from what the owner reads, which is nothing; it is tried below.
            let others = Operation::ALL
                .into_iter()
                .filter(|one| *one != Operation::EditOrganization);
            for operation in others {
                let refusal = stage.perform(operation, by, acme.id).await.refusal();
                assert_eq!(refusal, ApiError::NotFound, "{} {operation:?}", by.name());
            }
            let (service, id) = (&world.service, acme.id);
            for refusal in [
                service.roles(by, id).await.map(drop).refusal(),
                service.role(by, id, role).await.map(drop).refusal(),
                service
                    .delete_role(by, id, role, None, None, None)
                    .await
                    .refusal(),
                service
                    .create_role(by, id, "New", "", "", password())
                    .await
                    .map(drop)
                    .refusal(),
                service
                    .access_of(by, id, person(by).id)
                    .await
                    .map(drop)
                    .refusal(),
                service.access_stamp(by, id).await.map(drop).refusal(),
                service
                    .export_members(by, id, &Default::default())
                    .await
                    .map(drop)
                    .refusal(),
                service.leave(by, id).await.refusal(),
                service.edit_organization(by, id, &settings).await.refusal(),
                service.inventory(by, id).await.map(drop).refusal(),
                hands_over(acme, by, &admin).await.refusal(),
                deletes(acme, by, "Acme").await.refusal(),
            ] {
                assert_eq!(refusal, ApiError::NotFound, "{}", by.name());
            }
            assert_eq!(service.organizations(by).await.unwrap(), []);
        }
        // A link into it is as dead as any other, and does not say why.
        let visitor = world.visitor();
        let dead = [
            world
                .service
                .invitation_offer(&visitor, &token)
                .await
                .map(drop)
                .refusal(),
            world
                .service
                .decline_invitation(&visitor, &token)
                .await
                .refusal(),
            world
                .service
                .accept_invitation(
                    &visitor,
                    &token,
                    service::ops::Joining::NewAccount {
                        name: "Late".to_owned(),
                        password: password(),
                    },
                )
                .await
                .map(drop)
                .refusal(),
        ];
        assert_eq!(
            dead,
            [ApiError::LinkVoid, ApiError::LinkVoid, ApiError::LinkVoid]
        );
        let changed = difference(&locked, &world.snapshot().await);
        assert!(changed.is_empty(), "{changed:#?}");

        // Signing in still works, and leads elsewhere.
        let signed_in = world
            .service
            .sign_in(&world.visitor(), &person(&admin).email, password())
            .await
            .unwrap();
        assert_eq!(signed_in.organization, None);
    });
}

#[test]
fn only_the_owner_brings_it_back_and_then_everything_is_as_it_was() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        acme.secret(LevelRef::Service(shop.api), "TOKEN", "hush")
            .await;
        let admin = acme.member(BuiltInRole::Admin).await;
        let globex = world.organization("Globex").await;
        let token = acme.invites("late@acme.example", BuiltInRole::Viewer).await;
        let before = world.snapshot().await;
        let restores = async |by: &Caller| world.service.restore_organization(by, acme.id).await;
        assert_eq!(
            restores(&acme.owner).await.refusal(),
            ApiError::NotFound,
            "it is not deleted"
        );
        deletes(&acme, &acme.owner, "Acme").await.unwrap();
        let list = async |by: &Caller| world.service.deleted_organizations(by).await.unwrap();
        let waiting = list(&acme.owner).await;
        assert_eq!(waiting.len(), 1);
        assert_eq!(
            (waiting[0].name.as_str(), waiting[0].erased_at),
            ("Acme", world.service.now().plus_days(7))
        );
        for by in [&admin, &globex.owner] {
            assert_eq!(list(by).await, []);
            assert_eq!(
                restores(by).await.refusal(),
                ApiError::NotFound,
                "{}",
                by.name()
            );
        }
        assert_eq!(
            restores(&world.visitor()).await.refusal(),
            ApiError::Unauthenticated
        );
        let summary = restores(&acme.owner).await.unwrap();
        assert_eq!(
            (summary.slug.as_str(), summary.role.as_str()),
            ("acme", "Owner")
        );
        let after = world.snapshot().await;
        for (table, rows) in &before {
            if !table.starts_with("audit_") && *table != "throttle" {
                assert_eq!(rows, &after[table], "{table}");
            }
        }
        assert_eq!(
            acme.last_event().await.event_type,
            domain::EventType::Restore
        );
        acme.accepts(&token, "Late").await;
        assert_eq!(list(&acme.owner).await, []);
    });
}

#[test]
fn after_seven_days_keys_and_values_are_gone_and_the_log_stays() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        acme.secret(LevelRef::Service(shop.api), "TOKEN", "hush-hush-hush-hush")
            .await;
        let role = acme
            .role(
                "Payments",
                crate::common::Levels::new().project(shop.project, "FULL"),
            )
            .await;
        acme.joins_as("ana@acme.example", role).await;
        acme.invites_as(&acme.owner, "bo@acme.example", &role.to_string())
            .await;
        let globex = world.organization("Globex").await;
        let theirs = globex.shop().await;
        globex
            .secret(LevelRef::Service(theirs.api), "TOKEN", "also-hush")
            .await;

        // Renamed once, all of it, so that there are old addresses as well.
        let (owner, id, service) = (&acme.owner, acme.id, &world.service);
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
        assert_eq!(world.count("former_slug").await, 3);
        deletes(&acme, &acme.owner, "Acme").await.unwrap();
        let of = |id: OrganizationId, snapshot: &crate::common::Snapshot| -> Vec<String> {
            let id = id.to_string();
            let lines = snapshot.iter().flat_map(|(table, rows)| {
                let mine = rows.iter().filter(|row| row.contains(&id));
                mine.map(move |row| format!("{table} {row}"))
                    .collect::<Vec<_>>()
            });
            lines.collect()
        };
        let before = world.snapshot().await;
        world.clock.advance(7 * DAY - 1);
        assert_eq!(
            world.service.erase_deleted_organizations().await.unwrap(),
            0
        );
        assert_eq!(world.snapshot().await, before, "one second early");
        world.clock.advance(1);
        assert_eq!(
            world.service.erase_deleted_organizations().await.unwrap(),
            1
        );
        assert_eq!(
            world.service.erase_deleted_organizations().await.unwrap(),
            0
        );
        let after = world.snapshot().await;

        let left = of(acme.id, &after);
        assert!(
            left.iter().all(|row| row.starts_with("audit_")),
            "beside the log: {left:#?}"
        );
        let events = |snapshot: &crate::common::Snapshot| {
            let owner = acme.id.to_string();
            let chain = snapshot["audit_chain"]
                .iter()
                .find(|row| row.contains(&owner))
                .unwrap();
            let number = chain.split(" | ").next().unwrap().to_owned();
            let mine = snapshot["audit_event"]
                .iter()
                .filter(|row| row.starts_with(&format!("{number} |")));
            (chain.clone(), mine.cloned().collect::<Vec<_>>())
        };
        assert_eq!(
            events(&before),
            events(&after),
            "the organization's own log"
        );
        assert_eq!(
            of(globex.id, &before),
            of(globex.id, &after),
            "somebody else's"
        );
        for (table, expected) in [
            ("variable", 1),
            ("variable_version", 1),
            ("layer_key", 2),
            ("organization", 1),
            ("former_slug", 0),
        ] {
            assert_eq!(world.count(table).await, expected, "{table}");
        }
        let log = world
            .value(
                "select e.change from audit_event e join audit_chain c on c.id = e.chain \
                 where c.owner = 'instance' order by e.sequence desc limit 1",
            )
            .await;
        assert_eq!(log, r#"{"keys":[null,"destroyed"]}"#);
        assert_eq!(world.unsound().await, [""; 0]);

        // Nothing brings it back; its name is free; the accounts are still people's own.
        let owner = world.signs_in("owner@acme.example").await;
        let restored = world.service.restore_organization(&owner, acme.id).await;
        assert_eq!(restored.refusal(), ApiError::NotFound);
        assert_eq!(
            world.service.deleted_organizations(&owner).await.unwrap(),
            []
        );
        let slug = world
            .service
            .create_organization(&owner, "Acme")
            .await
            .unwrap();
        assert_eq!(slug, "acme");
        world.reopened().await;
        let theirs = world.signs_in("owner@globex.example").await;
        world.service.projects(&theirs, globex.id).await.unwrap();
    });
}

#[test]
fn an_organization_that_was_brought_back_is_not_erased() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        deletes(&acme, &acme.owner, "Acme").await.unwrap();
        world.clock.advance(8 * DAY);
        // The worker was away: as long as it is there, it can be brought back.
        let owner = world.signs_in("owner@acme.example").await;
        world
            .service
            .restore_organization(&owner, acme.id)
            .await
            .unwrap();
        assert_eq!(
            world.service.erase_deleted_organizations().await.unwrap(),
            0
        );
        world.service.roles(&owner, acme.id).await.unwrap();
        // Deleted once more, the seven days begin anew.
        deletes(&acme, &owner, "Acme").await.unwrap();
        assert_eq!(
            world.service.erase_deleted_organizations().await.unwrap(),
            0
        );
    });
}
