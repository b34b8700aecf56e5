use domain::Timestamp;
use uuid::Uuid;

use super::{Tx, WriteTx, id};
use crate::Result;

/// A mail that is due.
#[derive(Clone, Debug)]
pub struct OutboxRow {
    /// Its id.
    pub id: Uuid,
    /// The sealed mail.
    pub mail: Vec<u8>,
    /// How often it was tried.
    pub attempts: u32,
}

impl Tx {
    /// Mails that are due, oldest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn due_mails(&mut self, now: Timestamp, limit: u32) -> Result<Vec<OutboxRow>> {
        let rows: Vec<(String, Vec<u8>, i64)> = sqlx::query_as(
            "select id, mail, attempts from outbox where sent_at is null and failed_at is null and due_at <= $1 and mail is not null order by due_at limit $2",
        )
        .bind(now.micros())
        .bind(i64::from(limit))
        .fetch_all(self.connection())
        .await?;
        rows.into_iter()
            .map(|(row, mail, attempts)| {
                Ok(OutboxRow {
                    id: id(&row)?,
                    mail,
                    attempts: super::small(attempts),
                })
            })
            .collect()
    }

    /// How many mails wait.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn waiting_mails(&mut self) -> Result<u32> {
        let (count,): (i64,) = sqlx::query_as(
            "select count(*) from outbox where sent_at is null and failed_at is null",
        )
        .fetch_one(self.connection())
        .await?;
        Ok(super::small(count))
    }
}

impl WriteTx {
    pub(crate) async fn insert_mail(
        &mut self,
        mail_id: Uuid,
        kind: &str,
        mail: Vec<u8>,
        now: Timestamp,
    ) -> Result<()> {
        sqlx::query(
            "insert into outbox (id, kind, mail, created_at, due_at) values ($1, $2, $3, $4, $4)",
        )
        .bind(mail_id.to_string())
        .bind(kind)
        .bind(mail)
        .bind(now.micros())
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// The mail is out: its text, which holds a usable link, is erased.
    pub(crate) async fn mail_sent(&mut self, mail_id: Uuid, now: Timestamp) -> Result<()> {
        sqlx::query("update outbox set sent_at = $2, mail = null where id = $1")
            .bind(mail_id.to_string())
            .bind(now.micros())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// It did not work: again later, or never.
    pub(crate) async fn mail_failed(
        &mut self,
        mail_id: Uuid,
        again_at: Option<Timestamp>,
        now: Timestamp,
        error: &str,
    ) -> Result<()> {
        sqlx::query(
            "update outbox set attempts = attempts + 1, due_at = $2, failed_at = $3, last_error = $4, mail = case when $3 is null then mail else null end where id = $1",
        )
        .bind(mail_id.to_string())
        .bind(again_at.unwrap_or(now).micros())
        .bind(again_at.is_none().then_some(now.micros()))
        .bind(error)
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
