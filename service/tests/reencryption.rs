//! Moving what is stored over to new keys, while everybody goes on: readable before, during and after, nothing lost, and no
//! key destroyed that something still needs.

use domain::{EventType, LevelRef, OrganizationId, Outcome, VariableId};
use service::{
    Caller, Service,
    ops::{RotationScope, VariableEdit},
};

use crate::common::{
    Sealed, World, key_status, key_versions, on_every_engine, on_sqlite, reencrypts, rotates, under,
};

/// Where there is something under a layer-1 key in a world with [`Sealed`] values.
const SEALED: [&str; 8] = [
    "handover.content",
    "layer_key.checked",
    "outbox.mail",
    "person.password",
    "service.credential",
    "variable.hint",
    "variable.value",
    "variable_version.value",
];

#[test]
fn what_an_organization_keeps_is_readable_before_during_and_after_a_rotation() {
    on_every_engine(async |world| {
        let sealed = Sealed::new(world).await;
        let acme = &sealed.acme;
        sealed.is_readable_by(&world.service).await;
        assert_eq!(rotates(acme).await, 2);
        assert_eq!(key_versions(world, &acme.id.to_string()).await, "1 2*");
        sealed.is_readable_by(&world.service).await;

        acme.plain(sealed.api, "NEW", "after").await;
        assert_eq!(under(world, "variable", "value", 2).await, 1);
        let before = key_status(world, "acme").await;
        assert_eq!((before.version, before.older), (2, vec![1]));
        // The new one counts twice: it is its own first version.
        let all = Sealed::VALUES + 2;
        assert_eq!((before.values_left, before.values), (Sealed::VALUES, all));

        let mut pass = world.service.reencryption().await.unwrap();
        while world.service.reencrypt_some(&mut pass).await.unwrap() {
            sealed.is_readable_by(&world.service).await;
        }
        assert_eq!((pass.moved(), pass.unreadable()), (Sealed::VALUES, 0));
        assert_eq!(pass.destroyed(), 1);
        assert_eq!(key_versions(world, &acme.id.to_string()).await, "2*");
        sealed.is_readable_by(&world.service).await;
        let after = key_status(world, "acme").await;
        assert_eq!((after.values_left, after.older), (0, Vec::new()));

        // Only now nothing remembers the old version any more.
        world.service.close().await;
        sealed.is_readable_by(&world.reopened().await).await;
    });
}

#[test]
fn a_secret_opens_after_its_key_was_destroyed() {
    on_every_engine(async |world| {
        let sealed = Sealed::new(world).await;
        rotates(&sealed.acme).await;
        reencrypts(&world.service).await;
        assert_eq!(key_versions(world, &sealed.acme.id.to_string()).await, "2*");
        sealed.secret_opens().await;
    });
}

#[test]
fn one_rotation_behind_the_other_moves_everything_to_the_newest_key() {
    on_every_engine(async |world| {
        let sealed = Sealed::new(world).await;
        let acme = &sealed.acme;
        rotates(acme).await;
        acme.plain(sealed.api, "MIDDLE", "2").await;
        rotates(acme).await;
        assert_eq!(key_versions(world, &acme.id.to_string()).await, "1 2 3*");
        let all = Sealed::VALUES + 2;
        assert_eq!(reencrypts(&world.service).await, (all, 0, 2));
        assert_eq!(key_versions(world, &acme.id.to_string()).await, "3*");
        assert_eq!(reencrypts(&world.service).await, (0, 0, 0));
        sealed.is_readable_by(&world.service).await;
    });
}

#[test]
fn a_batch_is_no_larger_than_two_hundred_rows() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let api = LevelRef::Service(acme.shop().await.api);
        for number in 0..205 {
            acme.plain(api, &format!("KEY_{number}"), "1").await;
        }
        rotates(&acme).await;
        let mut pass = world.service.reencryption().await.unwrap();
        let mut batches = Vec::new();
        while world.service.reencrypt_some(&mut pass).await.unwrap() {
            let before: u64 = batches.iter().sum();
            batches.push(pass.moved() - before);
        }
        // Values, former values, and the password of the database.
        assert_eq!(batches, [200, 5, 200, 5, 1]);
    });
}

#[test]
fn a_batch_of_large_files_is_smaller() {
    on_sqlite(async |world| {
        let acme = world.organization("Acme").await;
        let api = LevelRef::Service(acme.shop().await.api);
        let large = "x".repeat(1024 * 1024);
        for number in 0..5 {
            let (key, path) = (format!("FILE_{number}"), format!("/etc/{number}"));
            acme.file(api, &key, &path, &large).await;
        }
        rotates(&acme).await;
        let mut pass = world.service.reencryption().await.unwrap();
        world.service.reencrypt_some(&mut pass).await.unwrap();
        assert_eq!(pass.moved(), 4);
    });
}

#[test]
fn a_run_that_is_cut_short_after_every_batch_gets_there_all_the_same() {
    on_every_engine(async |world| {
        let sealed = Sealed::new(world).await;
        let operator = world.operator();
        let everything = RotationScope::Everything;
        let rotated = world.service.rotate_keys(&operator, everything).await;
        assert_eq!(rotated.unwrap().len(), 2);
        let mut left = u64::MAX;
        for _ in 0..20 {
            let service = world.reopened().await;
            let mut pass = service.reencryption().await.unwrap();
            let more = service.reencrypt_some(&mut pass).await.unwrap();
            service.close().await;
            sealed.is_readable_by(&world.service).await;
            let now = key_status(world, "acme").await.values_left
                + key_status(world, "the instance").await.values_left;
            assert!(now < left || !more, "{now} of {left}");
            left = now;
            if !more {
                break;
            }
        }
        assert_eq!(left, 0);
        assert_eq!(key_versions(world, &sealed.acme.id.to_string()).await, "2*");
    });
}

#[test]
fn an_edit_made_meanwhile_wins() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let api = LevelRef::Service(acme.shop().await.api);
        let id = acme.plain(api, "A", "old").await;
        for round in 1..=10 {
            rotates(&acme).await;
            let value = round.to_string();
            let (_, counts) = tokio::join!(acme.sets(id, &value), reencrypts(&world.service));
            assert_eq!(counts.1, 0);
            assert_eq!(acme.sees(id).await.value, Some(value));
        }
        reencrypts(&world.service).await;
        let view = acme.sees(id).await;
        assert_eq!((view.value.as_deref(), view.version), (Some("10"), 11));
        assert_eq!(key_versions(world, &acme.id.to_string()).await, "11*");
    });
}

#[test]
fn many_edits_and_many_rotations_at_once_lose_nothing() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let api = LevelRef::Service(acme.shop().await.api);
        let mut ids = Vec::new();
        for number in 0..8 {
            ids.push(acme.plain(api, &format!("KEY_{number}"), "0").await);
        }
        let (service, operator, organization) = (world.service.clone(), world.operator(), acme.id);
        let rotating = tokio::spawn(async move {
            for _ in 0..6 {
                let rotated = service.rotate_organization_key(&operator, organization);
                rotated.await.unwrap();
                reencrypts(&service).await;
            }
        });
        for round in 1..=5 {
            for id in &ids {
                acme.sets(*id, &format!("{round}")).await;
            }
        }
        rotating.await.unwrap();
        for id in &ids {
            let view = acme.sees(*id).await;
            assert_eq!((view.value.as_deref(), view.version), (Some("5"), 6));
        }
        reencrypts(&world.service).await;
        assert_eq!(key_versions(world, &acme.id.to_string()).await, "7*");
        for event in acme.log().await {
            let detail = world.service.event(&acme.owner, acme.id, event.sequence);
            detail.await.unwrap();
        }
    });
}

/// What is written to, read and killed at once.
struct Load<'w> {
    world: &'w World,
    owner: Caller,
    organization: OrganizationId,
    level: LevelRef,
    ids: Vec<VariableId>,
}

impl<'w> Load<'w> {
    async fn new(world: &'w World) -> Self {
        let acme = world.organization("Acme").await;
        let level = LevelRef::Service(acme.shop().await.api);
        let mut ids = Vec::new();
        for number in 0..6 {
            ids.push(acme.plain(level, &format!("KEY_{number}"), "0").await);
        }
        Self {
            world,
            owner: acme.owner,
            organization: acme.id,
            level,
            ids,
        }
    }

    /// Keys are rotated and values moved, over and over, until somebody ends it.
    fn rotating(&self, service: &Service) -> tokio::task::JoinHandle<()> {
        let (service, organization) = (service.clone(), self.organization);
        let operator = self.world.operator();
        tokio::spawn(async move {
            loop {
                let rotated = service.rotate_organization_key(&operator, organization);
                rotated.await.unwrap();
                service.rotate_instance_key(&operator).await.unwrap();
                reencrypts(&service).await;
            }
        })
    }

    /// Somebody looks at the list all the time, and always sees all of it.
    fn looking(&self, service: &Service) -> tokio::task::JoinHandle<()> {
        let (service, owner) = (service.clone(), self.owner.clone());
        let (organization, level, values) = (self.organization, self.level, self.ids.len());
        tokio::spawn(async move {
            loop {
                let list = service.variables(&owner, organization, level).await;
                let list = list.unwrap().variables;
                assert_eq!(list.len(), values);
                assert!(list.iter().all(|one| one.value.is_some() && !one.damaged));
            }
        })
    }

    /// Gives every variable another value, and reads it back.
    async fn writes(&self, service: &Service, value: &str) {
        for id in &self.ids {
            let before = service.variable(&self.owner, self.organization, *id);
            let form = VariableEdit {
                as_is: None,
                id: *id,
                version: before.await.unwrap().version,
                value: Some(value.to_owned().into()),
                set_empty: false,
                make_secret: false,
                mount_path: None,
                description: String::new(),
            };
            let edit = service.edit_variable(&self.owner, self.organization, form);
            edit.await.unwrap();
            assert_eq!(self.value(service, *id).await, value);
        }
    }

    async fn value(&self, service: &Service, id: VariableId) -> String {
        let view = service.variable(&self.owner, self.organization, id);
        view.await.unwrap().value.unwrap()
    }
}

#[test]
fn a_process_that_is_killed_in_the_middle_of_rotations_under_load_loses_and_hides_nothing() {
    on_every_engine(async |world| {
        let load = Load::new(world).await;
        world.service.close().await;
        let mut last = "0".to_owned();
        for life in 1..=4 {
            let service = world.reopened().await;
            for id in &load.ids {
                assert_eq!(load.value(&service, *id).await, last);
            }
            let (rotating, looking) = (load.rotating(&service), load.looking(&service));
            for round in 1..=3 {
                last = format!("{life}.{round}");
                load.writes(&service, &last).await;
            }
            assert!(!looking.is_finished() && !rotating.is_finished());
            // Wherever they are, in the middle of a transaction as a rule.
            for task in [rotating, looking] {
                task.abort();
                let ended = task.await.unwrap_err();
                assert!(ended.is_cancelled(), "{ended}");
            }
            service.close().await;
        }
        let service = world.reopened().await;
        let (_, unreadable, _) = reencrypts(&service).await;
        assert_eq!(unreadable, 0);
        for id in &load.ids {
            assert_eq!(load.value(&service, *id).await, last);
        }
        let owner = load.organization.to_string();
        let newest = key_versions(world, &owner).await;
        assert!(newest.ends_with('*') && !newest.contains(' '), "{newest}");
        // Every former value opens as well.
        let query = service::ops::EventQuery::default();
        let events = service.events(&load.owner, load.organization, &query);
        for event in events.await.unwrap().events {
            let detail = service.event(&load.owner, load.organization, event.sequence);
            detail.await.unwrap();
        }
    });
}

#[test]
fn a_value_that_was_altered_is_left_alone_and_keeps_its_key() {
    on_every_engine(async |world| {
        let sealed = Sealed::new(world).await;
        let acme = &sealed.acme;
        let here = format!("id = '{}'", sealed.plain);
        let select = format!("select value from variable where {here}");
        let sound = world.value(&select).await;
        let mut altered = sound.clone().into_bytes();
        let last = altered.last_mut().unwrap();
        *last = if *last == b'0' { b'1' } else { b'0' };
        let altered = String::from_utf8(altered).unwrap();
        world.set_bytes("variable", "value", &here, &altered).await;
        rotates(acme).await;
        // The others are moved all the same.
        for moved in [Sealed::VALUES - 1, 0] {
            assert_eq!(reencrypts(&world.service).await, (moved, 1, 0));
            assert_eq!(world.value(&select).await, altered);
        }
        assert_eq!(key_versions(world, &acme.id.to_string()).await, "1 2*");
        let told = key_status(world, "acme").await;
        assert_eq!((told.values_left, told.unreadable), (1, 1));
        // The log names it once, however often it is tried.
        let failures = acme.log().await;
        let failures: Vec<_> = failures
            .iter()
            .filter(|event| event.outcome == Outcome::Failure)
            .collect();
        assert_eq!(failures.len(), 1);
        assert_eq!(failures[0].event_type, EventType::Rotate);
        let where_it_is = format!(r#"{{"unreadable":[null,"variable {}"]}}"#, sealed.plain);
        assert_eq!(failures[0].change.to_text(), where_it_is);

        // It was worth it: put right, it opens, and moves like the others.
        world.set_bytes("variable", "value", &here, &sound).await;
        sealed.is_readable_by(&world.service).await;
        assert_eq!(reencrypts(&world.service).await, (1, 0, 1));
        assert_eq!(key_status(world, "acme").await.unreadable, 0);
        sealed.is_readable_by(&world.service).await;
    });
}

#[test]
fn what_is_wrong_with_one_organization_keeps_no_other_from_its_new_key() {
    on_every_engine(async |world| {
        let sealed = Sealed::new(world).await;
        let globex = world.organization("Globex").await;
        globex.shop().await;
        for organization in [&sealed.acme, &globex] {
            rotates(organization).await;
        }
        // Whichever of the two comes first, one is behind the other.
        let broken = format!("owner = '{}' and version = 1", sealed.acme.id);
        let select = format!("select wrapped from layer_key where {broken}");
        let sound = world.value(&select).await;
        world.set_bytes("layer_key", "wrapped", &broken, "00").await;
        let (_, _, destroyed) = reencrypts(&world.service).await;
        assert_eq!(destroyed, 1);
        assert_eq!(key_versions(world, &globex.id.to_string()).await, "2*");
        sealed.is_readable_by(&world.service).await;
        world
            .set_bytes("layer_key", "wrapped", &broken, &sound)
            .await;
        assert_eq!(reencrypts(&world.service).await.2, 1);
        sealed.is_readable_by(&world.service).await;
    });
}

#[test]
fn what_was_moved_once_is_moved_again() {
    on_every_engine(async |world| {
        let sealed = Sealed::new(world).await;
        for _ in 0..2 {
            rotates(&sealed.acme).await;
            assert_eq!(reencrypts(&world.service).await, (Sealed::VALUES, 0, 1));
        }
        sealed.is_readable_by(&world.service).await;
        sealed.secret_opens().await;
    });
}

#[test]
fn every_column_with_sealed_values_is_moved() {
    on_sqlite(async |world| {
        let sealed = Sealed::new(world).await;
        assert_eq!(columns_under(world, 1).await, SEALED);
        let (operator, everything) = (world.operator(), RotationScope::Everything);
        let rotated = world.service.rotate_keys(&operator, everything).await;
        rotated.unwrap();
        reencrypts(&world.service).await;
        assert_eq!(columns_under(world, 1).await, ["layer_key.checked"]);
        assert_eq!(columns_under(world, 2).await, SEALED);
        // The one that is left: sessions and a link keep the instance's.
        assert_eq!(key_versions(world, "instance").await, "1 2*");
        let owner = sealed.acme.id.to_string();
        assert_eq!(key_versions(world, &owner).await, "2*");
    });
}

/// The columns that hold anything under a key version, among all columns of bytes.
async fn columns_under(world: &World, version: u32) -> Vec<String> {
    let columns = world
        .rows(
            "select t.name, c.name from sqlite_schema t join pragma_table_info(t.name) c \
             where t.type = 'table' and lower(c.type) = 'blob' and t.name <> '_sqlx_migrations' order by 1, 2",
        )
        .await;
    let mut found = Vec::new();
    for column in columns {
        if under(world, &column[0], &column[1], version).await > 0 {
            found.push(column.join("."));
        }
    }
    found
}

#[test]
fn while_a_value_names_no_key_that_is_there_none_is_destroyed() {
    on_every_engine(async |world| {
        let sealed = Sealed::new(world).await;
        let here = format!("id = '{}'", sealed.plain);
        let select = format!("select value from variable where {here}");
        let sound = world.value(&select).await;
        rotates(&sealed.acme).await;
        for broken in ["", "01", &sound.replacen("010100000001", "010100000007", 1)] {
            world.set_bytes("variable", "value", &here, broken).await;
            let (_, unreadable, destroyed) = reencrypts(&world.service).await;
            assert_eq!((unreadable, destroyed), (1, 0), "{broken}");
        }
        world.set_bytes("variable", "value", &here, &sound).await;
        assert_eq!(reencrypts(&world.service).await, (1, 0, 1));
        sealed.is_readable_by(&world.service).await;
    });
}
