//! What goes on in one organization tells nobody outside it anything (AC-2), and what cannot be read allows nothing
//! (AC-19).

use domain::{ApiError, BuiltInRole, LevelRef, ProjectId, RoleRef, access::Place};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use service::{
    Caller,
    ops::{ConsolePath, EventQuery},
};

use crate::common::{
    Engine, Everybody, Levels, Operation, Organization, Refused, Stage, World, on_every_engine,
    on_sqlite, person,
};

/// Something that happens in Acme. The number makes its names its own.
#[derive(Clone, Copy, Debug)]
enum Happening {
    Project,
    Cluster,
    Role,
    Invitation,
    Member,
    /// Somebody of Globex comes in here, too, and is removed again.
    Guest,
    Secret,
    Removal,
    Deletion,
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        Just(Happening::Project),
        Just(Happening::Cluster),
        Just(Happening::Role),
        Just(Happening::Invitation),
        Just(Happening::Member),
        Just(Happening::Guest),
        Just(Happening::Secret),
        Just(Happening::Removal),
        Just(Happening::Deletion),
    ]
}

/// Acme, and what there is to remove in it.
struct Busy<'w> {
    acme: Organization<'w>,
    projects: Vec<(ProjectId, String)>,
    members: Vec<Caller>,
    guest: Caller,
}

impl Busy<'_> {
    async fn happens(&mut self, number: usize, what: Happening) {
        let (acme, name) = (&self.acme, format!("thing {number}"));
        let email = format!("person{number}@acme.example");
        match what {
            Happening::Project => self.projects.push((acme.project(&name).await, name)),
            Happening::Cluster => drop(acme.cluster(&name).await),
            Happening::Role => {
                let levels = match self.projects.last() {
                    Some((project, _)) => Levels::new().project(*project, "MANAGER"),
                    None => Levels::new(),
                };
                acme.role(&name, levels).await;
            }
            Happening::Invitation => drop(acme.invites(&email, BuiltInRole::Admin).await),
            Happening::Member => self
                .members
                .push(acme.joins(&email, BuiltInRole::Viewer).await),
            Happening::Guest => {
                acme.world
                    .sql(&format!(
                        "insert into membership (organization_id, person_id, role, joined_at) \
                         select '{}', id, 'viewer', 1 from person where email = 'guest@globex.example' \
                         on conflict do nothing",
                        acme.id
                    ))
                    .await;
                acme.removes(&self.guest).await;
            }
            Happening::Secret => {
                if let Some((project, _)) = self.projects.last() {
                    let level = LevelRef::Project(*project);
                    acme.secret(level, &format!("SECRET_{number}"), "a value of Acme's")
                        .await;
                }
            }
            Happening::Removal => {
                if let Some(member) = self.members.pop() {
                    acme.removes(&member).await;
                }
            }
            Happening::Deletion => {
                if let Some((project, name)) = self.projects.pop() {
                    let service = &acme.world.service;
                    service
                        .delete_project(&acme.owner, acme.id, project, &name)
                        .await
                        .unwrap();
                }
            }
        }
    }
}

/// Everything that somebody outside Acme can ask, in Globex and of Acme, and what they are told.
async fn told(globex: &Organization<'_>, who: &Caller, acme: &Organization<'_>) -> Vec<String> {
    let service = &globex.world.service;
    let mut told = vec![format!("{:?}", service.organizations(who).await)];
    for here in [globex, acme] {
        let path = ConsolePath {
            organization: here.slug.clone(),
            ..ConsolePath::default()
        };
        let all = Place::Organization;
        told.extend([
            format!("{:?}", service.console(who, &path).await),
            format!("{:?}", service.organization(who, here.id).await),
            format!("{:?}", service.everybody(who, here.id).await),
            format!("{:?}", service.invitations(who, here.id).await),
            format!("{:?}", service.roles(who, here.id).await),
            format!("{:?}", service.clusters(who, here.id).await),
            format!("{:?}", service.projects(who, here.id).await),
            format!("{:?}", service.who_can(who, here.id, all).await),
            format!("{:?}", service.search(who, here.id, "secret").await),
            format!("{:?}", service.search(who, here.id, "thing").await),
            format!(
                "{:?}",
                service
                    .access_of(who, here.id, person(&globex.owner).id)
                    .await
            ),
            format!(
                "{:?}",
                service
                    .role_holders(who, here.id, RoleRef::BuiltIn(BuiltInRole::Viewer))
                    .await
            ),
            format!(
                "{:?}",
                service.events(who, here.id, &EventQuery::default()).await
            ),
        ]);
    }
    told
}

async fn plays(world: &World, happenings: &[Happening]) -> Result<(), TestCaseError> {
    let globex = world.organization("Globex").await;
    globex.shop().await;
    let people = [
        globex.owner.clone(),
        globex.member(BuiltInRole::Viewer).await,
        globex
            .joins("guest@globex.example", BuiltInRole::DevOps)
            .await,
        world.visitor(),
    ];
    let mut busy = Busy {
        acme: world.organization("Acme").await,
        projects: Vec::new(),
        members: Vec::new(),
        guest: people[2].clone(),
    };
    for who in &people {
        // Opening a page notes the visit, which is no news from Acme.
        told(&globex, who, &busy.acme).await;
    }
    let mut before = Vec::new();
    for who in &people {
        before.push(told(&globex, who, &busy.acme).await);
    }
    for (number, what) in happenings.iter().enumerate() {
        busy.happens(number, *what).await;
    }
    for (who, before) in people.iter().zip(before) {
        let after = told(&globex, who, &busy.acme).await;
        for (before, after) in before.iter().zip(&after) {
            prop_assert_eq!(before, after, "told to {}", who.name());
        }
    }
    Ok(())
}

#[test]
fn whatever_happens_in_an_organization_others_are_told_what_they_were_told_before() {
    let config = Config {
        cases: 12,
        max_shrink_iters: 60,
        failure_persistence: None,
        ..Config::default()
    };
    let sequences = prop::collection::vec(happening(), 1..8);
    let outcome = TestRunner::new(config).run(&sequences, |happenings| {
        let result = std::sync::Mutex::new(Ok(()));
        on_sqlite(async |world| {
            *result.lock().unwrap() = plays(world, &happenings).await;
        });
        result.into_inner().unwrap()
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

/// A word that no rule knows, where the store says what somebody is.
async fn garbles(world: &World, sql: &str) {
    let script = match world.engine {
        Engine::Sqlite => format!("pragma ignore_check_constraints = on; {sql}"),
        Engine::Postgres => format!(
            "alter table membership drop constraint if exists membership_role_check; \
             alter table custom_role_project drop constraint if exists custom_role_project_level_check; \
             alter table custom_role_project drop constraint if exists custom_role_project_kind_check; {sql}"
        ),
    };
    world.sql(&script).await;
}

#[test]
fn a_role_that_cannot_be_read_allows_nothing() {
    on_every_engine(async |world| {
        let stage = Stage::set(world).await;
        let admin = stage.acme.member(BuiltInRole::Admin).await;
        let id = stage.acme.id;
        stage
            .perform(Operation::ListProjects, &admin, id)
            .await
            .unwrap();
        garbles(
            world,
            &format!(
                "update membership set role = 'king' where person_id = '{}'",
                person(&admin).id
            ),
        )
        .await;
        let before = world.snapshot().await;
        for operation in Operation::ALL {
            let done = stage.perform(operation, &admin, id).await;
            assert!(done.is_err(), "{operation:?}");
        }
        assert_eq!(world.snapshot().await, before);
    });
}

#[test]
fn a_level_that_cannot_be_read_allows_nothing() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let role = acme
            .role("Payments", Levels::new().project(shop.project, "MANAGER"))
            .await;
        let ana = acme.joins_as("ana@acme.example", role).await;
        let level = LevelRef::Service(shop.api);
        acme.plain(level, "PORT", "8080").await;
        let reads = async || world.service.variables(&ana, acme.id, level).await;
        reads().await.unwrap();
        for word in ["level = 'KING'", "kind = 'EVERYTHING'"] {
            let sql = format!(
                "update custom_role_project set {word} where role_id = '{role}' and kind = 'PRODUCTION'"
            );
            garbles(world, &sql).await;
            assert!(reads().await.is_err(), "{word}");
        }
        let stranger = world.organization("Globex").await.owner;
        let refusal = world
            .service
            .variables(&stranger, acme.id, level)
            .await
            .refusal();
        assert_eq!(refusal, ApiError::NotFound);
    });
}
