use domain::{OrganizationId, Timestamp};

use super::{Chain, Tx, WriteTx};
use crate::{Error, Result};

/// A wrapped layer-1 key.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct LayerKeyRow {
    pub version: i64,
    pub wrapped: Vec<u8>,
    pub checked: Vec<u8>,
    pub root_key_id: String,
    pub active: i64,
}

/// What the first start wrote down.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct InstanceRow {
    pub root_key_id: String,
    pub setup_hash: Option<Vec<u8>>,
    pub completed_at: Option<i64>,
}

impl Tx {
    pub(crate) async fn instance(&mut self) -> Result<Option<InstanceRow>> {
        Ok(sqlx::query_as(
            "select root_key_id, setup_hash, completed_at from instance where id = 1",
        )
        .fetch_optional(self.connection())
        .await?)
    }

    pub(crate) async fn layer_keys(&mut self, chain: Chain) -> Result<Vec<LayerKeyRow>> {
        Ok(sqlx::query_as("select version, wrapped, checked, root_key_id, active from layer_key where owner = $1 order by version")
            .bind(chain.owner())
            .fetch_all(self.connection())
            .await?)
    }

    /// Every organization's id, for checking all keys.
    pub(crate) async fn organization_ids(&mut self) -> Result<Vec<OrganizationId>> {
        let rows: Vec<(String,)> = sqlx::query_as("select id from organization order by id")
            .fetch_all(self.connection())
            .await?;
        rows.iter().map(|(id,)| super::id(id)).collect()
    }
}

impl WriteTx {
    pub(crate) async fn insert_instance(
        &mut self,
        now: Timestamp,
        root_key_id: &str,
    ) -> Result<()> {
        sqlx::query("insert into instance (id, created_at, root_key_id) values (1, $1, $2)")
            .bind(now.micros())
            .bind(root_key_id)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Replaces the one-time set-up link, as long as nobody has used one.
    pub(crate) async fn set_setup_hash(&mut self, hash: [u8; 32]) -> Result<()> {
        sqlx::query("update instance set setup_hash = $1 where id = 1 and completed_at is null")
            .bind(hash.to_vec())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Closes the set-up for good. True when the link was the right one and nobody was faster.
    pub(crate) async fn consume_setup(&mut self, hash: [u8; 32], now: Timestamp) -> Result<bool> {
        let done = sqlx::query("update instance set setup_hash = null, completed_at = $2 where id = 1 and completed_at is null and setup_hash = $1")
            .bind(hash.to_vec())
            .bind(now.micros())
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Closes the set-up because the operator made an owner by command.
    pub(crate) async fn close_setup(&mut self, now: Timestamp) -> Result<()> {
        sqlx::query("update instance set setup_hash = null, completed_at = $1 where id = 1 and completed_at is null")
            .bind(now.micros())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Keeps a key. Refused when the process wraps with another root key than the store has since: such a key would keep
    /// the next start from happening.
    pub(crate) async fn insert_layer_key(
        &mut self,
        chain: Chain,
        key: &LayerKeyRow,
        now: Timestamp,
    ) -> Result<()> {
        let done = sqlx::query("insert into layer_key (owner, version, wrapped, checked, root_key_id, active, created_at) \
            select $1, $2, $3, $4, $5, $6, $7 where exists (select 1 from instance where root_key_id = $5)")
            .bind(chain.owner())
            .bind(key.version)
            .bind(&key.wrapped)
            .bind(&key.checked)
            .bind(&key.root_key_id)
            .bind(key.active)
            .bind(now.micros())
            .execute(self.connection())
            .await?;
        if done.rows_affected() == 1 {
            Ok(())
        } else {
            Err(Error::conflict(
                "The root key was exchanged meanwhile. Try again; if that does not help, restart the server with the new one.",
            ))
        }
    }
}
