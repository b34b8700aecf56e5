use domain::Timestamp;

use super::{Tx, WriteTx};
use crate::Result;

/// Failures counted against one account or network, or what one person did of something limited.
#[derive(Clone, Copy, Debug, Default, sqlx::FromRow)]
pub(crate) struct ThrottleRow {
    pub failures: i64,
    pub since: i64,
    pub blocked_until: i64,
}

impl Tx {
    pub(crate) async fn throttle(&mut self, kind: &str, key: &[u8; 32]) -> Result<ThrottleRow> {
        let row = sqlx::query_as(
            "select failures, since, blocked_until from throttle where kind = $1 and key = $2",
        )
        .bind(kind)
        .bind(key.to_vec())
        .fetch_optional(self.connection())
        .await?;
        Ok(row.unwrap_or_default())
    }
}

impl WriteTx {
    pub(crate) async fn set_throttle(
        &mut self,
        kind: &str,
        key: &[u8; 32],
        row: ThrottleRow,
    ) -> Result<()> {
        sqlx::query(
            "insert into throttle (kind, key, failures, since, blocked_until) values ($1, $2, $3, $4, $5) \
             on conflict (kind, key) do update set failures = excluded.failures, since = excluded.since, blocked_until = excluded.blocked_until",
        )
        .bind(kind)
        .bind(key.to_vec())
        .bind(row.failures)
        .bind(row.since)
        .bind(row.blocked_until)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    pub(crate) async fn clear_throttle(&mut self, kind: &str, key: &[u8; 32]) -> Result<()> {
        sqlx::query("delete from throttle where kind = $1 and key = $2")
            .bind(kind)
            .bind(key.to_vec())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Forgets counters nobody has added to for a day: they expire by age, never by volume.
    pub(crate) async fn expire_throttles(&mut self, now: Timestamp) -> Result<()> {
        sqlx::query("delete from throttle where since < $1 and blocked_until < $2")
            .bind(now.plus_days(-1).micros())
            .bind(now.micros())
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
