//! Looking at the database, and meddling with it, behind the service's back.

use std::{collections::BTreeMap, fs};

use sqlx::{AnyConnection, AssertSqlSafe, Connection, Row, ValueRef, any::AnyRow};

use super::{Engine, World, hex};

/// Everything that is stored: rows as text, by table.
pub type Snapshot = BTreeMap<&'static str, Vec<String>>;

/// Every table, so that a forgotten one shows: a test compares this list with the schema.
pub const TABLES: [&str; 29] = [
    "audit_actor",
    "audit_chain",
    "audit_client",
    "audit_event",
    "audit_object",
    "cluster",
    "container_registry",
    "custom_role",
    "custom_role_cluster",
    "custom_role_draft",
    "custom_role_project",
    "custom_role_version",
    "environment",
    "former_slug",
    "handover",
    "instance",
    "invitation",
    "invitation_sent",
    "layer_key",
    "membership",
    "organization",
    "outbox",
    "person",
    "project",
    "service",
    "session",
    "throttle",
    "variable",
    "variable_version",
];

/// What is different between two snapshots, one line per row: `+ table row` or `- table row`.
pub fn difference(before: &Snapshot, after: &Snapshot) -> Vec<String> {
    let mut lines = Vec::new();
    for table in TABLES {
        let (before, after) = (&before[table], &after[table]);
        lines.extend(
            before
                .iter()
                .filter(|row| !after.contains(row))
                .map(|row| format!("- {table} {row}")),
        );
        lines.extend(
            after
                .iter()
                .filter(|row| !before.contains(row))
                .map(|row| format!("+ {table} {row}")),
        );
    }
    lines
}

impl World {
    /// Uses a connection beside the service's. PostgreSQL starts a process for each, so it is kept; an open SQLite file
    /// is not, because its log is folded in only when nobody has it open.
    async fn beside<T>(&self, work: impl AsyncFnOnce(&mut AnyConnection) -> T) -> T {
        let mut kept = self.beside.lock().await;
        let mut connection = match kept.take() {
            Some(connection) => connection,
            None => AnyConnection::connect(self.url()).await.unwrap(),
        };
        let result = work(&mut connection).await;
        match self.engine {
            Engine::Sqlite => connection.close().await.unwrap(),
            Engine::Postgres => *kept = Some(connection),
        }
        result
    }

    /// Runs one or several statements.
    pub async fn sql(&self, sql: &str) {
        self.try_sql(sql).await.unwrap();
    }

    /// Runs statements that the database may refuse.
    pub async fn try_sql(&self, sql: &str) -> sqlx::Result<u64> {
        let statements = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        let done = self
            .beside(async |connection| statements.execute(connection).await)
            .await;
        done.map(|done| done.rows_affected())
    }

    /// The rows of a query, every value as text: bytes in hexadecimal, null as a dash.
    pub async fn rows(&self, sql: &str) -> Vec<Vec<String>> {
        self.beside(async |connection| fetch(connection, sql).await)
            .await
    }

    /// The one value of a query.
    pub async fn value(&self, sql: &str) -> String {
        let rows = self.rows(sql).await;
        assert_eq!(rows.len(), 1, "{sql}");
        rows[0][0].clone()
    }

    /// The one number of a query.
    pub async fn number(&self, sql: &str) -> i64 {
        self.value(sql).await.parse().unwrap()
    }

    /// How many rows a table has.
    pub async fn count(&self, table: &str) -> i64 {
        self.number(&format!("select count(*) from {table}")).await
    }

    /// Everything that is stored.
    pub async fn snapshot(&self) -> Snapshot {
        self.beside(async |connection| {
            let mut snapshot = Snapshot::new();
            for table in TABLES {
                let rows = fetch(connection, &format!("select * from {table}")).await;
                let mut rows: Vec<_> = rows.iter().map(|row| row.join(" | ")).collect();
                rows.sort();
                snapshot.insert(table, rows);
            }
            snapshot
        })
        .await
    }

    /// Puts bytes into one row.
    pub async fn set_bytes(&self, table: &str, column: &str, row: &str, bytes: &str) {
        let literal = match self.engine {
            Engine::Sqlite => format!("x'{bytes}'"),
            Engine::Postgres => format!("'\\x{bytes}'"),
        };
        self.sql(&format!(
            "update {table} set {column} = {literal} where {row}"
        ))
        .await;
    }

    /// Where these bytes are stored in the clear: in rows, and on SQLite anywhere in the files.
    pub async fn places_of(&self, canary: &[u8]) -> Vec<String> {
        let mut places = Vec::new();
        let (plain, hexadecimal) = (String::from_utf8_lossy(canary).into_owned(), hex(canary));
        for (table, rows) in self.snapshot().await {
            if rows
                .iter()
                .any(|row| row.contains(&plain) || row.contains(&hexadecimal))
            {
                places.push(format!("table {table}"));
            }
        }
        for file in fs::read_dir(self.directory())
            .unwrap()
            .map(|file| file.unwrap().path())
        {
            if file.is_file()
                && fs::read(&file)
                    .unwrap()
                    .windows(canary.len())
                    .any(|bytes| bytes == canary)
            {
                places.push(file.file_name().unwrap().to_string_lossy().into_owned());
            }
        }
        places
    }
}

async fn fetch(connection: &mut AnyConnection, sql: &str) -> Vec<Vec<String>> {
    let rows = sqlx::query(AssertSqlSafe(sql.to_owned()))
        .persistent(false)
        .fetch_all(connection)
        .await
        .unwrap();
    rows.iter()
        .map(|row| (0..row.len()).map(|column| text(row, column)).collect())
        .collect()
}

fn text(row: &AnyRow, column: usize) -> String {
    if row.try_get_raw(column).unwrap().is_null() {
        return "-".to_owned();
    }
    row.try_get::<String, _>(column)
        .or_else(|_| {
            row.try_get::<i64, _>(column)
                .map(|number| number.to_string())
        })
        .or_else(|_| row.try_get::<bool, _>(column).map(|flag| flag.to_string()))
        .or_else(|_| row.try_get::<Vec<u8>, _>(column).map(|bytes| hex(&bytes)))
        .unwrap()
}
