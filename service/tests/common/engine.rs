//! Which database a test runs on, and how it comes to one of its own.

use std::{
    path::Path,
    process,
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use service::store::Store;
use sqlx::{AnyConnection, Connection};

/// A database engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A file in the test's own folder.
    Sqlite,
    /// A database on the server at hand.
    Postgres,
}

/// Databases that ended tests have left, empty again: making one takes PostgreSQL longer than a whole test.
static FREE: Mutex<Vec<String>> = Mutex::new(Vec::new());
static MADE: AtomicU32 = AtomicU32::new(0);

impl Engine {
    /// The engines of this run.
    pub fn at_hand() -> Vec<Self> {
        match server() {
            Some(_) => vec![Self::Sqlite, Self::Postgres],
            None => vec![Self::Sqlite],
        }
    }

    /// The address of an empty database.
    pub async fn url(self, directory: &Path) -> String {
        match self {
            Self::Sqlite => Store::sqlite_url(&directory.join("gatehouse.db")),
            Self::Postgres => {
                let free = FREE.lock().unwrap().pop();
                match free {
                    Some(url) => url,
                    None => new_database().await,
                }
            }
        }
    }

    /// Empties the database of a test that has ended well, for another one.
    pub async fn give_back(self, url: &str) {
        if self == Self::Postgres {
            let mut connection = connection(url).await;
            if is_as_migrated(&mut connection).await {
                empty(&mut connection).await;
                FREE.lock().unwrap().push(url.to_owned());
            }
        }
    }
}

fn server() -> Option<String> {
    std::env::var("GATEHOUSE_TEST_POSTGRES_URL")
        .ok()
        .filter(|url| !url.is_empty())
}

async fn connection(url: &str) -> AnyConnection {
    sqlx::any::install_default_drivers();
    AnyConnection::connect(url).await.unwrap()
}

async fn new_database() -> String {
    let server = server().expect("only asked for where there is one");
    let name = format!(
        "gatehouse_test_{}_{}",
        process::id(),
        MADE.fetch_add(1, Ordering::SeqCst)
    );
    let mut connection = connection(&server).await;
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("create database {name}")))
        .execute(&mut connection)
        .await
        .unwrap();
    let (address, parameters) = server.split_once('?').unwrap_or((&server, ""));
    let (host, _) = address.rsplit_once('/').expect("a URL with a database");
    format!("{host}/{name}?{parameters}")
}

/// False when a test has changed the schema or its history: nobody else may have the database then.
async fn is_as_migrated(connection: &mut AnyConnection) -> bool {
    // Every table and the list of migrations.
    let intact = format!(
        "select (select count(*) from pg_tables where schemaname = 'public') = {} \
         and (select max(version) from _sqlx_migrations) = 1",
        super::TABLES.len() + 1
    );
    sqlx::query_scalar::<_, bool>(sqlx::AssertSqlSafe(intact))
        .fetch_one(connection)
        .await
        .unwrap_or(false)
}

async fn empty(connection: &mut AnyConnection) {
    let tables: Vec<(String,)> = sqlx::query_as(
        "select cast(tablename as text) from pg_tables where schemaname = 'public' and tablename <> '_sqlx_migrations'",
    )
    .fetch_all(&mut *connection)
    .await
    .unwrap();
    // Without triggers: those of the audit log refuse it, and the order of the tables would matter.
    let mut script = "set session_replication_role = replica;".to_owned();
    for (table,) in tables {
        script += &format!("delete from {table};");
    }
    sqlx::raw_sql(sqlx::AssertSqlSafe(script))
        .execute(connection)
        .await
        .unwrap();
}
