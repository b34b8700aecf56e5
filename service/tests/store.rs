//! The store: opening it, refusing what it must not touch, and transactions that happen whole or not at all.

use std::{
    fs,
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

use domain::{EventType, LevelRef, audit::Change};
use rand::{SeedableRng, rngs::StdRng};
use service::{
    OpenError, Service,
    audit::{EventTarget, NewEvent},
    store::{Chain, MigrationState, Store},
};
use vault::RootKey;

use crate::common::{
    BEGINNING, Engine, TABLES, World, difference, on_every_engine, on_sqlite, password, person,
    root_key, variable,
};

fn other_key() -> RootKey {
    RootKey::generate(&mut StdRng::seed_from_u64(99))
}

#[test]
fn everything_is_there_after_a_restart() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let api = LevelRef::Service(acme.shop().await.api);
        acme.secret(api, "TOKEN", "sixteen letters or more").await;
        let id = acme.plain(api, "A", "1").await;
        world.service.close().await;
        let before = world.snapshot().await;
        let again = world.reopened().await;
        assert_eq!(world.snapshot().await, before);
        assert_eq!(
            again
                .variable(&acme.owner, acme.id, id)
                .await
                .unwrap()
                .value
                .as_deref(),
            Some("1")
        );
        again
            .sign_in(&world.visitor(), &person(&acme.owner).email, password())
            .await
            .unwrap();
    });
}

#[test]
fn another_root_key_is_refused_by_name_and_changes_nothing() {
    on_every_engine(async |world| {
        world.organization("Acme").await;
        let before = world.snapshot().await;
        match world.try_open(other_key(), world.options()).await {
            Err(OpenError::WrongRootKey { expected, offered }) => {
                assert_eq!(
                    (expected, offered),
                    (root_key().id().to_string(), other_key().id().to_string())
                );
            }
            _ => panic!("it was opened"),
        }
        assert_eq!(world.snapshot().await, before);
        let store = Store::connect(world.url()).await.unwrap();
        assert_eq!(
            Service::expected_root_key(&store).await.unwrap(),
            Some(root_key().id().to_string())
        );
        store.close().await;
        world.reopened().await;
    });
}

#[test]
fn a_schema_from_the_future_is_refused_and_changes_nothing() {
    on_every_engine(async |world| {
        world.organization("Acme").await;
        let (yes, hash) = match world.engine {
            Engine::Sqlite => ("1", "x'00'"),
            Engine::Postgres => ("true", "'\\x00'"),
        };
        world
            .sql(&format!(
                "insert into _sqlx_migrations (version, description, success, checksum, execution_time) values (9999, 'future', {yes}, {hash}, 1)"
            ))
            .await;
        let before = world.snapshot().await;
        assert!(matches!(
            world.try_open(root_key(), world.options()).await,
            Err(OpenError::Newer)
        ));
        // The schema comes first: an older program cannot even tell whether the key fits.
        assert!(matches!(
            world.try_open(other_key(), world.options()).await,
            Err(OpenError::Newer)
        ));
        assert_eq!(world.snapshot().await, before);
    });
}

#[test]
fn a_first_start_that_was_cut_short_is_finished_by_the_next() {
    on_every_engine(async |world| {
        world.service.close().await;
        // The schema is there, what comes after is not.
        let purge = match world.engine {
            Engine::Sqlite => {
                "drop trigger audit_event_is_not_deleted; drop trigger audit_object_is_not_deleted; drop trigger audit_actor_is_not_deleted; drop trigger audit_client_is_not_deleted;"
            }
            Engine::Postgres => "set session_replication_role = replica;",
        };
        world
            .sql(&format!(
                "{purge} delete from audit_event; delete from audit_object; delete from audit_actor; delete from audit_client; \
                 delete from audit_chain; delete from layer_key; delete from instance"
            ))
            .await;
        let again = world.reopened().await;
        assert!(again.needs_setup().await.unwrap());
        assert!(again.renew_setup_link(None).await.unwrap().is_some());
    });
}

#[test]
fn opening_twice_makes_one_instance_key() {
    on_every_engine(async |world| {
        world.reopened().await;
        world.reopened().await;
        assert_eq!(
            (
                world.count("layer_key").await,
                world.count("instance").await
            ),
            (1, 1)
        );
    });
}

#[test]
fn a_damaged_file_is_refused_and_left_as_it_is() {
    on_sqlite(async |world| {
        let acme = world.organization("Acme").await;
        let api = LevelRef::Service(acme.shop().await.api);
        for n in 0..20 {
            acme.plain(api, &format!("KEY_{n}"), &"x".repeat(2_000))
                .await;
        }
        world.service.close().await;
        let file = world.directory().join("gatehouse.db");
        let sound = fs::read(&file).unwrap();
        for broken in [
            b"not a database at all".repeat(300),
            with_noise(&sound, 0..100),
            with_noise(&sound, 4096 * 3..sound.len()),
        ] {
            fs::write(&file, &broken).unwrap();
            let outcome = world.try_open(root_key(), world.options()).await;
            let Err(error) = outcome else {
                panic!("it was opened")
            };
            assert!(
                matches!(error, OpenError::Damaged | OpenError::Database(_)),
                "{error}"
            );
            assert!(!error.to_string().contains("timed out"), "{error}");
            assert_eq!(fs::read(&file).unwrap(), broken);
        }
        fs::write(&file, &sound).unwrap();
        world.reopened().await;
    });
}

#[test]
fn a_store_that_cannot_be_read_does_not_pass_for_an_empty_one() {
    on_sqlite(async |world| {
        let page: usize = world
            .value("select rootpage from sqlite_schema where name = '_sqlx_migrations'")
            .await
            .parse()
            .unwrap();
        world.service.close().await;
        let file = world.directory().join("gatehouse.db");
        let sound = fs::read(&file).unwrap();
        fs::write(&file, with_noise(&sound, (page - 1) * 4096..page * 4096)).unwrap();
        let store = Store::connect(world.url()).await.unwrap();
        assert!(store.migration_state().await.is_err());
        // Or a new root key would be made for it.
        assert!(Service::expected_root_key(&store).await.is_err());
        store.close().await;
        assert!(matches!(
            world.try_open(root_key(), world.options()).await,
            Err(OpenError::Damaged)
        ));
    });
}

#[test]
fn a_file_that_cannot_be_opened_is_said_so_at_once() {
    on_sqlite(async |world| {
        let nowhere = world.directory().join("missing").join("gatehouse.db");
        let Err(error) = Store::connect(&Store::sqlite_url(&nowhere)).await else {
            panic!("it was opened")
        };
        assert!(error.to_string().contains("unable to open"), "{error}");
    });
}

fn with_noise(bytes: &[u8], range: std::ops::Range<usize>) -> Vec<u8> {
    let mut broken = bytes.to_vec();
    for byte in &mut broken[range] {
        *byte ^= 0x5a;
    }
    broken
}

#[test]
fn a_migration_that_was_changed_afterwards_is_refused() {
    on_every_engine(async |world| {
        world.service.close().await;
        world
            .set_bytes("_sqlx_migrations", "checksum", "version = 1", "00")
            .await;
        assert!(matches!(
            world.try_open(root_key(), world.options()).await,
            Err(OpenError::Database(_))
        ));
        // Nobody else may have this database.
        world.sql("insert into _sqlx_migrations select 9999, description, installed_on, success, checksum, execution_time from _sqlx_migrations").await;
    });
}

#[test]
fn a_change_without_an_event_is_refused() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let before = world.snapshot().await;
        let tx = world.service.store().write().await.unwrap();
        let refusal = tx
            .commit_all(&acme.owner, world.service.now(), Vec::new())
            .await;
        assert!(refusal.is_err());
        assert_eq!(world.snapshot().await, before);
    });
}

#[test]
fn a_transaction_that_is_dropped_leaves_nothing_and_holds_up_nobody() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let before = world.snapshot().await;
        for _ in 0..20 {
            drop(world.service.store().write().await.unwrap());
        }
        assert_eq!(world.snapshot().await, before);
        acme.project("Shop").await;
    });
}

/// Polls a future so many times and then drops it. None when it was not finished by then.
async fn abandoned<T>(future: impl Future<Output = T>, polls: usize) -> Option<T> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

#[test]
fn an_operation_abandoned_at_any_point_has_happened_whole_or_not_at_all() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let api = LevelRef::Service(acme.shop().await.api);
        // How many polls it takes depends on how quick the engine answers just then, so the end is met several times.
        let (mut abandoned_count, mut finished) = (0, 0);
        for polls in 0..400 {
            let key = format!("KEY_{polls}");
            let form = variable(api, &key, "1");
            let outcome = abandoned(
                world.service.add_variable(&acme.owner, acme.id, form),
                polls,
            )
            .await;
            // The engine may still be at the commit it was told; whoever may write next comes after it.
            drop(world.service.store().write().await.unwrap());
            let (variables, versions) = (
                world.count(&format!("variable where key = '{key}'")).await,
                world
                    .count(&format!("variable_version where key = '{key}'"))
                    .await,
            );
            let events = world.count(&format!("audit_event e join audit_object o on o.id = e.object where o.subject_name = '{key}'")).await;
            assert!(
                (variables, versions, events) == (0, 0, 0)
                    || (variables, versions, events) == (1, 1, 1),
                "after {polls} polls: {variables}, {versions}, {events}"
            );
            if let Some(done) = outcome {
                done.unwrap();
                assert_eq!(variables, 1);
                finished += 1;
                if finished == 5 {
                    break;
                }
            } else {
                abandoned_count += 1;
            }
        }
        assert!(
            finished == 5 && abandoned_count > 0,
            "abandoned {abandoned_count} times, finished {finished} times"
        );
        let mut tx = world.service.store().read().await.unwrap();
        let head = tx
            .chain_head(Chain::Organization(acme.id))
            .await
            .unwrap()
            .unwrap()
            .0;
        drop(tx);
        assert_eq!(head, acme.last_event().await.sequence);
    });
}

#[test]
fn a_reader_sees_one_moment_while_others_write() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let mut reading = world.service.store().read().await.unwrap();
        let head = async |tx: &mut service::store::Tx| {
            tx.chain_head(Chain::Organization(acme.id))
                .await
                .unwrap()
                .unwrap()
                .0
        };
        let before = head(&mut reading).await;
        acme.project("Shop").await;
        assert_eq!(head(&mut reading).await, before);
        drop(reading);
        let mut reading = world.service.store().read().await.unwrap();
        assert_eq!(head(&mut reading).await, before + 1);
    });
}

#[test]
fn a_store_knows_how_far_its_schema_is() {
    on_every_engine(async |world| {
        let store = Store::connect(world.url()).await.unwrap();
        assert_eq!(
            store.migration_state().await.unwrap(),
            MigrationState::Current
        );
        assert!(store.quick_check().await.unwrap());
        store.close().await;
        let directory = tempfile::tempdir().unwrap();
        let empty = Store::connect(&Store::sqlite_url(&directory.path().join("new.db")))
            .await
            .unwrap();
        assert_eq!(
            empty.migration_state().await.unwrap(),
            MigrationState::Empty
        );
        assert_eq!(Service::expected_root_key(&empty).await.unwrap(), None);
        empty.close().await;
    });
}

#[test]
fn the_file_is_in_write_ahead_mode() {
    on_sqlite(async |world| {
        assert_eq!(world.value("pragma journal_mode").await, "wal");
    });
}

#[test]
fn encryptions_are_counted_against_their_key() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let api = LevelRef::Service(acme.shop().await.api);
        let count = format!(
            "select encryptions from layer_key where owner = '{}'",
            acme.id
        );
        assert_eq!(world.number(&count).await, 1, "the database's password");
        acme.plain(api, "A", "1").await;
        assert_eq!(world.number(&count).await, 2);
        acme.secret(api, "B", "sixteen letters or more").await;
        assert_eq!(world.number(&count).await, 4, "a value and its hint");
        // Long before nonces could repeat, a key is used up.
        let limit = (1_i64 << 32) - (1 << 20);
        world
            .sql(&format!(
                "update layer_key set encryptions = {limit} where owner = '{}'",
                acme.id
            ))
            .await;
        let before = world.snapshot().await;
        assert!(
            world
                .service
                .add_variable(&acme.owner, acme.id, variable(api, "C", "1"))
                .await
                .is_err()
        );
        assert_eq!(world.snapshot().await, before);
    });
}

async fn columns(world: &World) -> Vec<String> {
    let mut columns = Vec::new();
    for table in TABLES {
        let sql = match world.engine {
            Engine::Sqlite => {
                format!("select name, type, \"notnull\" from pragma_table_info('{table}')")
            }
            Engine::Postgres => format!(
                "select cast(column_name as text), cast(data_type as text), cast(is_nullable = 'NO' as int) from information_schema.columns \
                 where table_schema = 'public' and table_name = '{table}'"
            ),
        };
        columns.extend(world.rows(&sql).await.into_iter().map(|column| {
            let kind = match column[1].to_lowercase().as_str() {
                "integer" | "bigint" => "number",
                "blob" | "bytea" => "bytes",
                "text" => "text",
                other => panic!("{table}.{}: {other}", column[0]),
            };
            format!(
                "{table}.{} {kind}{}",
                column[0],
                if column[2] == "1" { "" } else { " or null" }
            )
        }));
    }
    columns.sort();
    columns
}

async fn tables(world: &World) -> Vec<String> {
    let sql = match world.engine {
        Engine::Sqlite => {
            "select name from sqlite_schema where type = 'table' and name not like 'sqlite%'"
        }
        Engine::Postgres => {
            "select cast(tablename as text) from pg_tables where schemaname = 'public'"
        }
    };
    let mut tables: Vec<_> = world
        .rows(sql)
        .await
        .into_iter()
        .map(|row| row[0].clone())
        .filter(|name| name != "_sqlx_migrations")
        .collect();
    tables.sort();
    tables
}

#[test]
fn both_engines_have_the_same_tables_and_columns() {
    let seen = std::sync::Mutex::new(Vec::new());
    on_every_engine(async |world| {
        assert_eq!(tables(world).await, TABLES);
        let columns = columns(world).await;
        seen.lock().unwrap().push(columns);
    });
    let seen = seen.into_inner().unwrap();
    assert!(seen[0].len() > 100);
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{seen:#?}");
}

#[test]
fn every_row_of_an_organization_says_so_first_in_its_key() {
    on_sqlite(async |world| {
        let of_the_instance = [
            "instance",
            "layer_key",
            "person",
            "session",
            "throttle",
            "organization",
            "former_slug",
            "outbox",
            // The limit is a person's, whatever organization they invite to.
            "invitation_sent",
        ];
        for table in TABLES
            .iter()
            .filter(|table| !of_the_instance.contains(table) && !table.starts_with("audit_"))
        {
            let first = world
                .value(&format!(
                    "select name from pragma_table_info('{table}') where pk = 1"
                ))
                .await;
            assert_eq!(first, "organization_id", "{table}");
        }
        for table in ["audit_actor", "audit_client", "audit_event", "audit_object"] {
            let keys = world.rows(&format!("select i.name, c.name from pragma_index_list('{table}') i, pragma_index_info(i.name) c where c.seqno = 0")).await;
            assert!(
                !keys.is_empty() && keys.iter().all(|key| key[1] == "chain"),
                "{table}: {keys:?}"
            );
        }
    });
}

#[test]
fn no_reference_leads_out_of_an_organization() {
    on_every_engine(async |world| {
        let (acme, globex) = (
            world.organization("Acme").await,
            world.organization("Globex").await,
        );
        let (shop, theirs) = (acme.shop().await, globex.shop().await);
        for sql in [
            format!(
                "update environment set cluster_id = '{}' where id = '{}'",
                theirs.cluster, shop.environment
            ),
            format!(
                "update environment set project_id = '{}' where id = '{}'",
                theirs.project, shop.environment
            ),
            format!(
                "update service set environment_id = '{}' where id = '{}'",
                theirs.environment, shop.api
            ),
            format!(
                "update service set organization_id = '{}' where id = '{}'",
                globex.id, shop.api
            ),
        ] {
            assert!(world.try_sql(&sql).await.is_err(), "{sql}");
        }
    });
}

#[test]
fn an_event_of_a_closed_list_is_the_only_thing_a_commit_adds() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let before = world.snapshot().await;
        let tx = world.service.store().write().await.unwrap();
        let event = NewEvent::done(
            EventType::Verify,
            EventTarget::organization(acme.id, "Acme"),
            Change::none(),
        );
        tx.commit(
            &acme.owner,
            world.service.now(),
            Chain::Organization(acme.id),
            event,
        )
        .await
        .unwrap();
        let changed = difference(&before, &world.snapshot().await);
        assert!(
            changed.iter().all(|line| line[2..].starts_with("audit_")),
            "{changed:#?}"
        );
        assert_eq!(
            world.service.now(),
            domain::Timestamp::parse(BEGINNING).unwrap()
        );
    });
}
