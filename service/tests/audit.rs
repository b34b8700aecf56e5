//! The audit log: every change leaves its event, no event means no change, and nothing in it can be altered unseen.

use domain::{ApiError, BuiltInRole, LevelRef, OrganizationId, Outcome, Tool, view::EventView};
use service::{
    Caller,
    ops::{Joining, VariableEdit},
    store::{Chain, Cursor, EventRow},
};
use tokio::task::JoinSet;

use crate::common::{
    Engine, Operation, Refused, Stage, World, difference, on_every_engine, on_sqlite, password,
    person, variable, wrong_password,
};

/// What an event says, in one line.
pub fn line(event: &EventView) -> String {
    let part = event
        .sub_target_type
        .map(|part| format!("/{}", part.code()))
        .unwrap_or_default();
    format!(
        "{} {}{part} {}: {}",
        event.event_type,
        event.target_type,
        event.target(),
        event.change.summary()
    )
}

/// The events of a chain, oldest first.
async fn chain(world: &World, chain: Chain) -> Vec<EventRow> {
    let mut tx = world.service.store().read().await.unwrap();
    let mut events = tx
        .events(chain, &Default::default(), Cursor::NewerThan(0), 10_000)
        .await
        .unwrap();
    events.reverse();
    events
}

/// The first sequence that is missing or does not carry the hash it must, or the number of events when all is well.
async fn verify(world: &World, which: Chain) -> Result<i64, i64> {
    let owner = match which {
        Chain::Instance => "instance".to_owned(),
        Chain::Organization(id) => id.to_string(),
    };
    let (mut sequence, mut previous) = (0, vec![0; 32]);
    for row in chain(world, which).await {
        sequence += 1;
        if row.view.sequence != sequence || row.hash != row.expected_hash(&owner, &previous) {
            return Err(sequence);
        }
        previous = row.hash;
    }
    let mut tx = world.service.store().read().await.unwrap();
    let head = tx.chain_head(which).await.unwrap().unwrap();
    if head == (sequence, previous) {
        Ok(sequence)
    } else {
        Err(sequence + 1)
    }
}

fn of(id: OrganizationId) -> Chain {
    Chain::Organization(id)
}

/// The event that each operation leaves when the owner does it, and nothing for those that only read.
const EXPECTED: [(Operation, &str); 41] = {
    use Operation as O;
    [
        (O::ReadOrganization, ""),
        (O::ListMembers, ""),
        (O::ListInvitations, ""),
        (O::ListEvents, ""),
        (O::ReadEvent, ""),
        (O::ListClusters, ""),
        (O::ListProjects, ""),
        (O::ReadProject, ""),
        (O::OpenProjectPage, ""),
        (O::CountContents, ""),
        (O::ListEnvironments, ""),
        (O::ReadEnvironment, ""),
        (O::ListServices, ""),
        (O::ReadService, ""),
        (O::ListProjectVariables, ""),
        (O::ListEnvironmentVariables, ""),
        (O::ListServiceVariables, ""),
        (O::ReadVariable, ""),
        (O::ListDependants, ""),
        (O::EditOrganization, "UPDATE ORGANIZATION Acme: description"),
        (
            O::Invite,
            "CREATE MEMBERS_AND_ROLES/INVITATION new@acme.example: expires at and role",
        ),
        (
            O::ResendInvitation,
            "UPDATE MEMBERS_AND_ROLES/INVITATION resent@acme.example: expires at and link",
        ),
        (
            O::RevokeInvitation,
            "DELETE MEMBERS_AND_ROLES/INVITATION revoked@acme.example: role",
        ),
        (
            O::ChangeRole,
            "UPDATE MEMBERS_AND_ROLES/MEMBER_ROLE Viewer changed: role",
        ),
        (
            O::RemoveMember,
            "DELETE MEMBERS_AND_ROLES Viewer removed: role",
        ),
        (
            O::CreateCluster,
            "CREATE CLUSTER west: name, provider and region",
        ),
        (O::CreateProject, "CREATE PROJECT New: description and name"),
        (O::EditProject, "UPDATE PROJECT Shop: description"),
        (O::DeleteProject, "DELETE PROJECT Doomed: name"),
        (
            O::CreateEnvironment,
            "CREATE ENVIRONMENT New: cluster, name and type",
        ),
        (O::EditEnvironment, "UPDATE ENVIRONMENT Live: name"),
        (O::DeleteEnvironment, "DELETE ENVIRONMENT Doomed: name"),
        (
            O::CreateService,
            "CREATE CONTAINER new: description, name and type",
        ),
        (O::EditService, "UPDATE APPLICATION web: name"),
        (O::DeleteService, "DELETE JOB doomed: name"),
        (O::AddProjectVariable, "CREATE PROJECT/VARIABLE A: 5 fields"),
        (
            O::AddEnvironmentVariable,
            "CREATE ENVIRONMENT/VARIABLE B: 5 fields",
        ),
        (
            O::AddServiceVariable,
            "CREATE APPLICATION/VARIABLE C: 5 fields",
        ),
        (
            O::EditVariable,
            "UPDATE APPLICATION/VARIABLE PORT: value version",
        ),
        (
            O::DeleteVariable,
            "DELETE ENVIRONMENT/VARIABLE DOOMED: key, kind and scope",
        ),
        (
            O::DeleteProjectVariable,
            "DELETE PROJECT/SECRET DOOMED_TOO: key, kind and scope",
        ),
    ]
};

#[test]
fn every_change_leaves_exactly_its_event_and_reading_leaves_none() {
    on_every_engine(async |world| {
        let stage = Stage::set(world).await;
        let acme = &stage.acme;
        let (reading, changing): (Vec<_>, Vec<_>) = EXPECTED
            .into_iter()
            .partition(|(_, event)| event.is_empty());
        let before = world.snapshot().await;
        for (operation, _) in reading {
            stage
                .perform(operation, &acme.owner, acme.id)
                .await
                .unwrap();
        }
        assert_eq!(
            difference(&before, &world.snapshot().await),
            Vec::<String>::new()
        );

        let mut count = chain(world, of(acme.id)).await.len();
        for (operation, expected) in changing {
            let caller = Caller {
                request: world.service.request_id(),
                ..acme.owner.clone()
            };
            world.clock.advance(1);
            stage.perform(operation, &caller, acme.id).await.unwrap();
            let log = chain(world, of(acme.id)).await;
            count += 1;
            assert_eq!(log.len(), count, "{operation:?}");
            let event = log.last().unwrap();
            assert_eq!(line(&event.view), expected, "{operation:?}");
            let told = (
                event.view.actor.as_str(),
                event.view.tool,
                event.view.outcome,
                event.view.at,
            );
            assert_eq!(
                told,
                (
                    "Olivia of Acme",
                    Tool::Console,
                    Outcome::Success,
                    world.service.now()
                )
            );
            assert_eq!(
                (event.actor_id.clone(), event.actor_kind.as_str()),
                (person(&caller).id.to_string(), "person")
            );
            assert_eq!(
                (event.network.as_str(), event.user_agent.as_str()),
                (caller.network.as_str(), "Test browser")
            );
            assert_eq!(event.request, caller.request.uuid().as_bytes());
        }
        let total = verify(world, of(acme.id)).await.unwrap();
        assert_eq!(
            total,
            world
                .number("select max(head_sequence) from audit_chain")
                .await
        );
        assert_eq!(EXPECTED.len(), Operation::ALL.len());
    });
}

/// Makes every new event fail, until the second statement.
fn sabotage(engine: Engine) -> (&'static str, &'static str) {
    match engine {
        Engine::Sqlite => (
            "alter table audit_event rename to lost",
            "alter table lost rename to audit_event",
        ),
        Engine::Postgres => (
            "alter table audit_event add constraint sabotage check (false) not valid",
            "alter table audit_event drop constraint sabotage",
        ),
    }
}

#[test]
fn without_a_log_nothing_changes_at_all() {
    on_every_engine(async |world| {
        let stage = Stage::set(world).await;
        let acme = &stage.acme;
        let token = acme.invites("late@acme.example", BuiltInRole::Viewer).await;
        let (break_it, mend_it) = sabotage(world.engine);
        let before = world.snapshot().await;
        world.sql(break_it).await;
        for (operation, _) in EXPECTED.into_iter().filter(|(_, event)| !event.is_empty()) {
            let refusal = stage
                .perform(operation, &acme.owner, acme.id)
                .await
                .refusal();
            assert!(
                matches!(refusal, ApiError::Internal { .. }),
                "{operation:?}: {refusal:?}"
            );
        }
        let service = &world.service;
        let owner = &person(&acme.owner).email;
        let new = Joining::NewAccount {
            name: "Late".to_owned(),
            password: password(),
        };
        for refusal in [
            service
                .sign_in(&world.visitor(), owner, password())
                .await
                .refusal(),
            service
                .sign_in(&world.visitor(), owner, wrong_password())
                .await
                .refusal(),
            service.sign_out(&acme.owner).await.refusal(),
            service
                .accept_invitation(&world.visitor(), &token, new)
                .await
                .refusal(),
            service
                .create_organization(&acme.owner, "Initech")
                .await
                .refusal(),
            service
                .create_owner(
                    &world.operator(),
                    "Bo",
                    "bo@globex.example",
                    password(),
                    "Globex",
                )
                .await
                .refusal(),
        ] {
            assert!(matches!(refusal, ApiError::Internal { .. }), "{refusal:?}");
        }
        world.sql(mend_it).await;
        assert_eq!(
            difference(&before, &world.snapshot().await),
            Vec::<String>::new()
        );
        // And as soon as there is one again, everything works.
        acme.accepts(&token, "Late").await;
        verify(world, of(acme.id)).await.unwrap();
    });
}

#[test]
fn fifty_changes_at_once_make_one_gapless_chain() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let api = LevelRef::Service(acme.shop().await.api);
        let before = verify(world, of(acme.id)).await.unwrap();
        let mut changes = JoinSet::new();
        for n in 0..50 {
            let (service, caller, id) = (world.service.clone(), acme.owner.clone(), acme.id);
            changes.spawn(async move {
                service
                    .add_variable(&caller, id, variable(api, &format!("KEY_{n}"), "1"))
                    .await
                    .map(drop)
            });
        }
        assert!(
            changes
                .join_all()
                .await
                .into_iter()
                .all(|done| done.is_ok())
        );
        assert_eq!(verify(world, of(acme.id)).await, Ok(before + 50));
    });
}

#[test]
fn everybody_at_once_in_two_organizations_holds_up_nobody_for_good() {
    on_every_engine(async |world| {
        let (acme, globex) = (
            world.organization("Acme").await,
            world.organization("Globex").await,
        );
        let token = acme
            .invites("owner@globex.example", BuiltInRole::Viewer)
            .await;
        world
            .service
            .accept_invitation(&globex.owner, &token, Joining::SignedIn)
            .await
            .unwrap();
        let globex_owner = world.signs_in("owner@globex.example").await;
        let places = [
            (acme.owner.clone(), acme.id, acme.project("P").await),
            (globex_owner.clone(), globex.id, globex.project("P").await),
        ];
        let mut work = JoinSet::new();
        for n in 0..15 {
            for (caller, id, project) in places.clone() {
                let (service, level) = (world.service.clone(), LevelRef::Project(project));
                work.spawn(async move {
                    service
                        .add_variable(&caller, id, variable(level, &format!("KEY_{n}"), "1"))
                        .await
                        .map(drop)
                });
                let (service, caller) = (world.service.clone(), places[0].0.clone());
                let id = places[0].1;
                work.spawn(async move {
                    service
                        .invite(
                            &caller,
                            id,
                            &service::ops::InviteForm::one(
                                &format!("p{n}-{project}@x.example"),
                                "viewer",
                            ),
                        )
                        .await
                        .map(drop)
                });
            }
            let (service, visitor) = (world.service.clone(), world.visitor());
            work.spawn(async move {
                service
                    .sign_in(&visitor, "owner@globex.example", password())
                    .await
                    .map(drop)
            });
            let (service, caller, id, whom) = (
                world.service.clone(),
                acme.owner.clone(),
                acme.id,
                person(&globex_owner).id,
            );
            let role = ["devops", "viewer"][n % 2];
            work.spawn(async move { service.change_roles(&caller, id, &[whom], role, None).await });
            let (service, caller) = (world.service.clone(), acme.owner.clone());
            work.spawn(async move {
                service
                    .create_organization(&caller, &format!("Further {n}"))
                    .await
                    .map(drop)
            });
        }
        let outcomes = work.join_all().await;
        let failed: Vec<_> = outcomes
            .into_iter()
            .filter_map(Result::err)
            .map(|error| error.to_string())
            .collect();
        assert!(failed.is_empty(), "{failed:?}");
        for id in [acme.id, globex.id] {
            verify(world, of(id)).await.unwrap();
        }
    });
}

#[test]
fn organizations_have_chains_of_their_own() {
    on_every_engine(async |world| {
        let (acme, globex) = (
            world.organization("Acme").await,
            world.organization("Globex").await,
        );
        acme.shop().await;
        globex.shop().await;
        assert_eq!(
            verify(world, of(acme.id)).await,
            verify(world, of(globex.id)).await
        );
        assert!(verify(world, Chain::Instance).await.is_ok());
        assert_ne!(
            chain(world, of(acme.id)).await[0].hash,
            chain(world, of(globex.id)).await[0].hash
        );
    });
}

#[test]
fn events_and_the_names_in_them_cannot_be_changed_or_deleted() {
    on_every_engine(async |world| {
        world.organization("Acme").await;
        let before = world.snapshot().await;
        for sql in [
            "update audit_event set at = 1",
            "update audit_event set hash = hash",
            "delete from audit_event",
            "delete from audit_event where sequence = 1",
            "update audit_object set target_name = 'x'",
            "delete from audit_object",
            "update audit_actor set name = 'x'",
            "delete from audit_actor",
            "update audit_client set network = 'x'",
            "update audit_client set user_agent = 'x'",
            "delete from audit_client",
        ] {
            assert!(world.try_sql(sql).await.is_err(), "{sql}");
        }
        if world.engine == Engine::Postgres {
            for table in ["audit_event", "audit_object", "audit_actor", "audit_client"] {
                assert!(
                    world
                        .try_sql(&format!("truncate {table} cascade"))
                        .await
                        .is_err(),
                    "{table}"
                );
            }
        }
        assert_eq!(world.snapshot().await, before);
    });
}

#[test]
fn whoever_alters_an_event_behind_the_service_breaks_the_chain_there() {
    on_sqlite(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        acme.plain(LevelRef::Service(shop.api), "A", "1").await;
        for trigger in world
            .rows("select name from sqlite_schema where type = 'trigger'")
            .await
        {
            world.sql(&format!("drop trigger {}", trigger[0])).await;
        }
        let chain_id = world
            .value(&format!(
                "select id from audit_chain where owner = '{}'",
                acme.id
            ))
            .await;
        let third = format!("chain = {chain_id} and sequence = 3");
        let of_third =
            |column: &str| format!("id = (select {column} from audit_event where {third})");
        let meddling = [
            ("audit_event", "at", "at + 1", third.clone()),
            ("audit_event", "event", "3", third.clone()),
            ("audit_event", "target_type", "9", third.clone()),
            ("audit_event", "sub_target_type", "8", third.clone()),
            ("audit_event", "tool", "2", third.clone()),
            ("audit_event", "outcome", "2", third.clone()),
            ("audit_event", "request", "x'00'", third.clone()),
            ("audit_event", "change", "'{}'", third.clone()),
            ("audit_event", "hash", "x'00'", third.clone()),
            (
                "audit_event",
                "object",
                "(select object from audit_event where chain = 2 and sequence = 4)",
                third.clone(),
            ),
            ("audit_object", "target_id", "'x'", of_third("object")),
            ("audit_object", "target_name", "'x'", of_third("object")),
            ("audit_object", "subject_id", "'x'", of_third("object")),
            ("audit_object", "subject_name", "'x'", of_third("object")),
            ("audit_object", "project_id", "'x'", of_third("object")),
            ("audit_object", "project_name", "'x'", of_third("object")),
            ("audit_object", "environment_id", "'x'", of_third("object")),
            (
                "audit_object",
                "environment_name",
                "'x'",
                of_third("object"),
            ),
        ];
        let intact = verify(world, of(acme.id)).await.unwrap();
        for (table, column, value, row) in meddling {
            let before = world
                .value(&format!("select quote({column}) from {table} where {row}"))
                .await;
            world
                .sql(&format!(
                    "update {table} set {column} = {value} where {row}"
                ))
                .await;
            assert_eq!(verify(world, of(acme.id)).await, Err(3), "{table}.{column}");
            world
                .sql(&format!(
                    "update {table} set {column} = {before} where {row}"
                ))
                .await;
            assert_eq!(
                verify(world, of(acme.id)).await,
                Ok(intact),
                "{table}.{column}"
            );
        }
        world.sql("update audit_actor set name = 'Nobody'").await;
        assert!(verify(world, of(acme.id)).await.is_err());
        world
            .sql(&format!(
                "delete from audit_event where chain = {chain_id} and sequence = {intact}"
            ))
            .await;
        assert!(
            verify(world, of(acme.id)).await.is_err(),
            "a missing end shows too"
        );
    });
}

#[test]
fn signing_in_and_out_is_in_the_log_of_every_organization_one_belongs_to() {
    on_every_engine(async |world| {
        let (acme, globex) = (
            world.organization("Acme").await,
            world.organization("Globex").await,
        );
        let token = acme
            .invites(&person(&globex.owner).email, BuiltInRole::Viewer)
            .await;
        let joined = world
            .service
            .accept_invitation(&globex.owner, &token, Joining::SignedIn)
            .await
            .unwrap();
        let caller = world.caller(&world.visitor(), &joined).await;
        world.service.sign_out(&caller).await.unwrap();
        world
            .service
            .sign_in(&world.visitor(), "owner@globex.example", wrong_password())
            .await
            .refusal();
        world.signs_in("owner@globex.example").await;
        for organization in [&acme, &globex] {
            let log = organization.log().await;
            let newest: Vec<_> = log[..3]
                .iter()
                .map(|event| (line(event), event.actor.as_str(), event.outcome))
                .collect();
            let of = |what: &str| format!("{what} MEMBERS_AND_ROLES Olivia of Globex: ");
            assert_eq!(
                newest,
                [
                    (of("SIGN_IN"), "Olivia of Globex", Outcome::Success),
                    (of("SIGN_IN_FAILED"), "Nobody", Outcome::Failure),
                    (of("SIGN_OUT"), "Olivia of Globex", Outcome::Success),
                ]
            );
        }
    });
}

#[test]
fn failures_of_unknown_accounts_are_in_the_log_of_the_instance_alone_and_name_nobody() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let before = acme.log().await.len();
        world
            .service
            .sign_in(&world.visitor(), "stranger@nowhere.example", password())
            .await
            .refusal();
        assert_eq!(acme.log().await.len(), before);
        let events = chain(world, Chain::Instance).await;
        assert_eq!(
            line(&events.last().unwrap().view),
            "SIGN_IN_FAILED ORGANIZATION Gatehouse: "
        );
        assert_eq!(world.places_of(b"stranger").await, Vec::<String>::new());
    });
}

#[test]
fn who_came_in_how_is_told_apart() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        acme.joins("ana@acme.example", BuiltInRole::Viewer).await;
        let log = chain(world, of(acme.id)).await;
        let told: Vec<_> = log
            .iter()
            .map(|row| {
                (
                    line(&row.view),
                    row.view.actor.as_str(),
                    row.view.tool,
                    row.actor_kind.as_str(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                (
                    "CREATE ORGANIZATION Acme: name and owner".to_owned(),
                    "System",
                    Tool::System,
                    "system"
                ),
                (
                    "SIGN_IN MEMBERS_AND_ROLES Olivia of Acme: ".to_owned(),
                    "Olivia of Acme",
                    Tool::Console,
                    "person"
                ),
                (
                    "CREATE MEMBERS_AND_ROLES/INVITATION ana@acme.example: expires at and role"
                        .to_owned(),
                    "Olivia of Acme",
                    Tool::Console,
                    "person"
                ),
                (
                    "ACCEPT MEMBERS_AND_ROLES/INVITATION ana@acme.example: role".to_owned(),
                    "Viewer ana",
                    Tool::Console,
                    "person"
                ),
            ]
        );
    });
}

#[test]
fn events_keep_the_names_things_had_at_the_time() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        acme.plain(LevelRef::Service(shop.api), "A", "1").await;
        let service = &world.service;
        service
            .edit_project(&acme.owner, acme.id, shop.project, "Store", "", 1)
            .await
            .unwrap();
        service
            .edit_service(&acme.owner, acme.id, shop.api, "web", "", 1)
            .await
            .unwrap();
        acme.plain(LevelRef::Service(shop.api), "B", "1").await;
        let log = acme.log().await;
        let place = |key: &str| {
            log.iter()
                .find(|event| event.target() == key)
                .unwrap()
                .place()
        };
        assert_eq!(place("A"), "Shop / Production / api");
        assert_eq!(place("B"), "Store / Production / web");
        service
            .delete_project(&acme.owner, acme.id, shop.project, "Store")
            .await
            .unwrap();
        assert_eq!(acme.log().await.len(), log.len() + 1);
    });
}

#[test]
fn the_details_show_plain_values_before_and_after_and_secrets_never() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let api = LevelRef::Service(acme.shop().await.api);
        let plain = acme.plain(api, "PLAIN", "plain-one").await;
        acme.sets(plain, "plain-two").await;
        let detail = async || {
            let newest = acme.last_event().await.sequence;
            world
                .service
                .event(&acme.owner, acme.id, newest)
                .await
                .unwrap()
        };
        let shown = detail().await;
        let values: Vec<_> = shown
            .rows
            .iter()
            .map(|row| {
                (
                    row.field.as_str(),
                    row.before.as_deref(),
                    row.after.as_deref(),
                )
            })
            .collect();
        assert_eq!(values, [("value", Some("plain-one"), Some("plain-two"))]);
        assert_eq!(shown.sentence, "Olivia of Acme changed PLAIN");
        assert_eq!(
            shown.json["change"]["value_version"],
            serde_json::json!([1, 2])
        );
        assert!(
            !shown.json.to_string().contains("plain-"),
            "values are not in the event"
        );

        let secret = acme.secret(api, "SECRET", "canary-one-of-a-secret").await;
        acme.sets(secret, "canary-two-of-a-secret").await;
        let shown = detail().await;
        assert_eq!(shown.rows[0].after.as_deref(), Some("changed (hidden)"));

        // What becomes a secret later was one all along.
        let turned = acme.plain(api, "TURNED", "canary-three").await;
        acme.sets(turned, "canary-four").await;
        let form = VariableEdit {
            make_secret: true,
            ..acme.form(turned).await
        };
        world
            .service
            .edit_variable(&acme.owner, acme.id, form)
            .await
            .unwrap();
        // A deleted plain one is read for as long as its versions are kept, and is not dug out again later.
        let gone = acme.plain(api, "GONE", "kept for a while").await;
        let made = acme.last_event().await.sequence;
        world
            .service
            .delete_variable(&acme.owner, acme.id, gone, 1, false)
            .await
            .unwrap();
        let value = async || {
            let detail = world.service.event(&acme.owner, acme.id, made).await;
            let rows = detail.unwrap().rows;
            let row = rows.into_iter().find(|row| row.field == "value");
            row.unwrap().after.unwrap()
        };
        assert_eq!(value().await, "kept for a while");
        world.clock.advance(31 * 24 * 60 * 60);
        world.service.expire().await.unwrap();
        assert_eq!(
            value().await,
            "version 1 (not shown: secret or deleted since)"
        );
        for event in chain(world, of(acme.id)).await {
            let detail = world
                .service
                .event(&acme.owner, acme.id, event.view.sequence)
                .await
                .unwrap();
            assert!(!format!("{detail:?}").contains("canary"), "{detail:?}");
        }
    });
}

#[test]
fn the_details_show_the_content_of_a_plain_file() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let api = LevelRef::Service(acme.shop().await.api);
        let id = acme.file(api, "CONFIG", "/etc/app.yaml", "a: 1").await;
        acme.sets(id, "a: 2").await;
        let moved = VariableEdit {
            mount_path: Some("/etc/b.yaml".to_owned()),
            value: Some("a: 3".to_owned().into()),
            ..acme.form(id).await
        };
        world
            .service
            .edit_variable(&acme.owner, acme.id, moved)
            .await
            .unwrap();
        for (back, before, after) in [(0, "a: 2", "a: 3"), (1, "a: 1", "a: 2")] {
            let sequence = acme.last_event().await.sequence - back;
            let detail = world
                .service
                .event(&acme.owner, acme.id, sequence)
                .await
                .unwrap();
            let value = detail.rows.iter().find(|row| row.field == "value").unwrap();
            assert_eq!(
                (value.before.as_deref(), value.after.as_deref()),
                (Some(before), Some(after))
            );
        }
    });
}
