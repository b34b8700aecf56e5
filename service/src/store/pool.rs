use std::{borrow::Cow, path::Path, str::FromStr, time::Duration};

use sqlx::{
    AnyConnection, AnyPool, Connection, Executor,
    any::{AnyConnectOptions, AnyPoolOptions},
    migrate::{Migrate, MigrateError, Migrator},
};

use super::{Tx, WriteTx, health::Health};
use crate::{Error, Result};

static SQLITE_MIGRATIONS: Migrator = sqlx::migrate!("../migrations/sqlite");
static POSTGRES_MIGRATIONS: Migrator = sqlx::migrate!("../migrations/postgres");

/// Oldest SQLite that does not have the WAL-reset bug, which can lose committed data.
const OLDEST_SQLITE: [u32; 3] = [3, 51, 3];

/// Settings of every connection (security reference, 11.1). FULL: an acknowledged write survives a power loss.
const SQLITE_SETTINGS: &str = "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; \
    pragma secure_delete = on; pragma trusted_schema = off; pragma cell_size_check = on; pragma mmap_size = 0; \
    pragma busy_timeout = 5000; pragma cache_size = -4000; pragma temp_store = memory;";

/// Which database answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Engine {
    Sqlite,
    Postgres,
}

/// How far the schema is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MigrationState {
    /// Nothing there yet.
    Empty,
    /// Older than this program: `serve` brings it up to date.
    Behind,
    /// As this program expects.
    Current,
    /// Made by a newer program, which this one must not touch.
    Newer,
}

/// The database: several readers and, on SQLite, a single writer.
#[derive(Clone, Debug)]
pub struct Store {
    engine: Engine,
    readers: AnyPool,
    writer: AnyPool,
    health: Health,
}

impl Store {
    /// Connects. Does not change anything yet.
    ///
    /// # Errors
    /// The database cannot be reached, or its engine is too old.
    pub async fn connect(url: &str) -> Result<Self> {
        sqlx::any::install_default_drivers();
        let engine = if url.starts_with("sqlite:") {
            Engine::Sqlite
        } else {
            Engine::Postgres
        };
        let options = AnyConnectOptions::from_str(url)?;
        let settings = |read_only: bool| match engine {
            Engine::Sqlite if read_only => format!("{SQLITE_SETTINGS} pragma query_only = on;"),
            Engine::Sqlite => SQLITE_SETTINGS.to_owned(),
            Engine::Postgres => "set synchronous_commit = on; set timezone = 'UTC';".to_owned(),
        };
        // One connection by itself first: it creates the file and its journal mode, and it says what is wrong, where a
        // pool would try again until its patience ends and then say only that.
        let mut first = AnyConnection::connect_with(&options).await?;
        first.execute(sqlx::AssertSqlSafe(settings(false))).await?;
        first.close().await?;
        let pool = |connections: u32, read_only: bool| {
            let settings = settings(read_only);
            AnyPoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(Duration::from_secs(5))
                // The ping before each use would double the cost of a look-up.
                .test_before_acquire(false)
                .idle_timeout(None)
                .max_lifetime(None)
                .after_connect(move |connection, _| {
                    let settings = settings.clone();
                    Box::pin(async move {
                        connection
                            .execute(sqlx::AssertSqlSafe(settings))
                            .await
                            .map(|_| ())
                    })
                })
                .connect_lazy_with(options.clone())
        };
        let (readers, writers) = match engine {
            Engine::Sqlite => (4, 1),
            Engine::Postgres => (8, 8),
        };
        let store = Self {
            engine,
            writer: pool(writers, false),
            readers: pool(readers, true),
            health: Health::default(),
        };
        store.check_engine().await?;
        Ok(store)
    }

    async fn check_engine(&self) -> Result<()> {
        if self.engine == Engine::Postgres {
            return Ok(());
        }
        let (version,): (String,) = sqlx::query_as("select sqlite_version()")
            .fetch_one(&self.writer)
            .await?;
        let parts: Vec<u32> = version
            .split('.')
            .filter_map(|part| part.parse().ok())
            .collect();
        if parts.as_slice() < OLDEST_SQLITE.as_slice() {
            return Err(Error::Internal(format!(
                "SQLite {version} can lose data in WAL mode; 3.51.3 or newer is needed"
            )));
        }
        Ok(())
    }

    const fn migrations(&self) -> &'static Migrator {
        match self.engine {
            Engine::Sqlite => &SQLITE_MIGRATIONS,
            Engine::Postgres => &POSTGRES_MIGRATIONS,
        }
    }

    /// How far the schema is.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn migration_state(&self) -> Result<MigrationState> {
        let mut connection = self.writer.acquire().await?;
        // Asked of the catalog: a table that is there but cannot be read must not pass for an empty store.
        let catalog = match self.engine {
            Engine::Sqlite => {
                "select count(*) from sqlite_schema where type = 'table' and name = '_sqlx_migrations'"
            }
            Engine::Postgres => {
                "select count(*) from pg_tables where schemaname = current_schema() and tablename = '_sqlx_migrations'"
            }
        };
        let (tables,): (i64,) = sqlx::query_as(catalog).fetch_one(&mut *connection).await?;
        if tables == 0 {
            return Ok(MigrationState::Empty);
        }
        let applied = connection
            .list_applied_migrations(&Cow::Borrowed("_sqlx_migrations"))
            .await
            .map_err(migration_failed)?;
        let known = self.migrations();
        let newest_known = known
            .iter()
            .map(|migration| migration.version)
            .max()
            .unwrap_or_default();
        Ok(
            match applied.iter().map(|migration| migration.version).max() {
                None => MigrationState::Empty,
                Some(newest) if newest > newest_known => MigrationState::Newer,
                Some(newest) if newest < newest_known => MigrationState::Behind,
                Some(_) => MigrationState::Current,
            },
        )
    }

    /// Brings the schema up to date, each migration in one transaction.
    ///
    /// # Errors
    /// A migration failed or was changed after it had been applied.
    pub async fn migrate(&self) -> Result<()> {
        self.migrations()
            .run(&self.writer)
            .await
            .map_err(migration_failed)
    }

    /// A consistent view for reading.
    ///
    /// # Errors
    /// No connection.
    pub async fn read(&self) -> Result<Tx> {
        Ok(Tx::new(match self.engine {
            Engine::Sqlite => self.readers.begin().await?,
            Engine::Postgres => {
                self.readers
                    .begin_with("begin isolation level repeatable read read only")
                    .await?
            }
        }))
    }

    /// The right to write, which one transaction has at a time: what it reads stays true until it commits.
    ///
    /// # Errors
    /// No connection, the lock could not be had in time, or the disk failed during an earlier commit.
    pub async fn write(&self) -> Result<WriteTx> {
        let tx = match self.engine {
            // Immediate: a deferred transaction can fail half-way without waiting for the lock.
            Engine::Sqlite => self.writer.begin_with("begin immediate").await?,
            Engine::Postgres => self.writer.begin().await?,
        };
        // Asked with the lock in hand: the commit that failed may have been the one waited for.
        self.health.check()?;
        let mut tx = WriteTx::new(Tx::new(tx), self.health.clone());
        if self.engine == Engine::Postgres {
            // Locks of single rows, taken in the order that each operation needs them, end in deadlocks: a person's
            // sessions and memberships are touched from every organization they belong to.
            tx.connection()
                .execute("lock table audit_chain in exclusive mode")
                .await?;
        }
        Ok(tx)
    }

    /// True when the engine finds nothing wrong with its file.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn quick_check(&self) -> Result<bool> {
        if self.engine == Engine::Postgres {
            return Ok(true);
        }
        let (verdict,): (String,) = sqlx::query_as("pragma quick_check(1)")
            .fetch_one(&self.writer)
            .await?;
        Ok(verdict == "ok")
    }

    /// Finishes what is under way and closes every connection; on SQLite this also folds the log into the file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// The URL of a SQLite file.
    #[must_use]
    pub fn sqlite_url(file: &Path) -> String {
        format!("sqlite://{}?mode=rwc", file.display())
    }
}

fn migration_failed(error: MigrateError) -> Error {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
            Error::Store(error)
        }
        other => Error::Internal(format!("migration: {other}")),
    }
}
