//! What rotation asks of the store: which rows are under which key version, whatever their table, and the exchange of a
//! sealed value for the same one under a newer key. A sealed value names its key version in bytes 3 to 6.

use std::collections::BTreeMap;

use domain::{OrganizationId, Timestamp};
use uuid::Uuid;

use super::{Chain, LayerKeyRow, SealedColumn, Tx, WriteTx, at, count, id, number};
use crate::Result;

/// A row with a sealed value, and what else tells the value's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SealedRow {
    /// The row's id; a former value has its variable's.
    pub id: Uuid,
    /// The version of the value.
    pub version: u64,
    /// Sealed as a secret.
    pub secret: bool,
    /// Sealed as a file.
    pub is_file: bool,
}

impl SealedRow {
    /// Where the rows behind this one begin.
    pub fn position(&self) -> Position {
        (self.id.to_string(), number(self.version))
    }
}

/// Where in a table a batch begins: behind the row of this id and version.
pub(crate) type Position = (String, i64);

/// How much is taken at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BatchLimit {
    /// At most so many rows.
    pub rows: u32,
    /// No more rows once their values have so many bytes together.
    pub bytes: i64,
}

/// An active key, as far as its age and use go.
#[derive(Clone, Debug)]
pub(crate) struct ActiveKeyRow {
    pub owner: Chain,
    pub version: i64,
    pub encryptions: u64,
    pub created_at: Timestamp,
}

/// The bytes by which sealed values name their key version.
fn named(version: u32) -> Vec<u8> {
    version.to_be_bytes().to_vec()
}

fn owner_of(text: &str) -> Result<Chain> {
    match text {
        "instance" => Ok(Chain::Instance),
        organization => Ok(Chain::Organization(id(organization)?)),
    }
}

impl Tx {
    /// Sealed values that are not under a key version, in the order of their rows.
    pub(crate) async fn values_not_under(
        &mut self,
        owner: Chain,
        column: SealedColumn,
        version: u32,
        (after_id, after_version): &Position,
        limit: BatchLimit,
    ) -> Result<Vec<(SealedRow, Vec<u8>)>> {
        let name = column.spelling();
        // Without the values, which together may be larger than memory.
        let sql = format!(
            "select {id}, {version}, {secret}, {is_file}, cast(length({column}) as bigint) from {table} \
             where {owned} and {column} is not null and substr({column}, 3, 4) is distinct from $2 and ({id}, {version}) > ($3, $4) \
             order by {id}, {version} limit $5",
            id = name.id,
            version = name.version,
            secret = name.secret,
            is_file = name.is_file,
            column = name.column,
            table = name.table,
            owned = name.owned,
        );
        let found: Vec<(String, i64, i64, i64, i64)> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(owner.owner())
            .bind(named(version))
            .bind(after_id)
            .bind(after_version)
            .bind(i64::from(limit.rows))
            .fetch_all(self.connection())
            .await?;
        let (mut values, mut bytes) = (Vec::new(), 0);
        for (row, version, secret, is_file, length) in found {
            if bytes >= limit.bytes {
                break;
            }
            bytes += length;
            let row = SealedRow {
                id: id(&row)?,
                version: count(version),
                secret: secret != 0,
                is_file: is_file != 0,
            };
            if let Some(value) = self.sealed_value(owner, column, &row).await? {
                values.push((row, value));
            }
        }
        Ok(values)
    }

    /// True when a value is still the one that was read.
    pub(crate) async fn is_as_read(
        &mut self,
        owner: Chain,
        column: SealedColumn,
        row: &SealedRow,
        former: &[u8],
    ) -> Result<bool> {
        let present = self.sealed_value(owner, column, row).await?;
        Ok(present.is_some_and(|present| present == former))
    }

    async fn sealed_value(
        &mut self,
        owner: Chain,
        column: SealedColumn,
        row: &SealedRow,
    ) -> Result<Option<Vec<u8>>> {
        let name = column.spelling();
        let sql = format!(
            "select {} from {} where {} and {} = $2 and {} = $3",
            name.column, name.table, name.owned, name.id, name.version
        );
        let found: Option<(Option<Vec<u8>>,)> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(owner.owner())
            .bind(row.id.to_string())
            .bind(number(row.version))
            .fetch_optional(self.connection())
            .await?;
        Ok(found.and_then(|(value,)| value))
    }

    /// How many sealed values name each key version of an owner. None stands for values that name no version at all.
    pub(crate) async fn values_by_key_version(
        &mut self,
        owner: Chain,
    ) -> Result<BTreeMap<Option<u32>, u64>> {
        let mut values = BTreeMap::new();
        for column in SealedColumn::of(owner) {
            let name = column.spelling();
            let sql = format!(
                "select substr({column}, 3, 4), count(*) from {table} where {owned} and {column} is not null group by substr({column}, 3, 4)",
                column = name.column,
                table = name.table,
                owned = name.owned,
            );
            let found: Vec<(Option<Vec<u8>>, i64)> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
                .bind(owner.owner())
                .fetch_all(self.connection())
                .await?;
            for (bytes, rows) in found {
                let version = bytes.and_then(|bytes| bytes.try_into().ok());
                *values.entry(version.map(u32::from_be_bytes)).or_default() += count(rows);
            }
        }
        Ok(values)
    }

    /// How many sessions and links each version of the instance's key is needed for. They were hashed, so they cannot be
    /// moved to another key: they end. An invitation counts as long as it could be extended. While the set-up link waits,
    /// nobody knows which version it needs, so it needs all.
    pub(crate) async fn links_by_key_version(
        &mut self,
        owner: Chain,
    ) -> Result<BTreeMap<u32, u64>> {
        if owner != Chain::Instance {
            return Ok(BTreeMap::new());
        }
        let found: Vec<(i64, i64)> = sqlx::query_as(
            "select key_version, count(*) from session group by key_version union all \
             select key_version, count(*) from invitation where accepted_at is null and revoked_at is null and declined_at is null group by key_version \
             union all select version, cast(1 as bigint) from layer_key where owner = 'instance' \
             and exists (select 1 from instance where completed_at is null and setup_hash is not null)",
        )
        .fetch_all(self.connection())
        .await?;
        let mut links = BTreeMap::new();
        for (version, rows) in found {
            *links.entry(super::small(version)).or_default() += count(rows);
        }
        Ok(links)
    }

    /// True when a set-up link or an invitation is stored under this hash.
    pub(crate) async fn link_exists(&mut self, hash: &[u8; 32]) -> Result<bool> {
        let row: Option<(i64,)> = sqlx::query_as(
            "select cast(1 as bigint) from invitation where token_hash = $1 union all select cast(1 as bigint) from instance where setup_hash = $1",
        )
        .bind(hash.to_vec())
        .fetch_optional(self.connection())
        .await?;
        Ok(row.is_some())
    }

    /// The active key of every owner: the instance's first, then by organization.
    pub(crate) async fn active_keys(&mut self) -> Result<Vec<ActiveKeyRow>> {
        let rows: Vec<(String, i64, i64, i64)> = sqlx::query_as(
            "select owner, version, encryptions, created_at from layer_key where active = 1 \
             order by case when owner = 'instance' then 0 else 1 end, owner",
        )
        .fetch_all(self.connection())
        .await?;
        rows.into_iter()
            .map(|(owner, version, encryptions, created_at)| {
                Ok(ActiveKeyRow {
                    owner: owner_of(&owner)?,
                    version,
                    encryptions: count(encryptions),
                    created_at: at(created_at),
                })
            })
            .collect()
    }

    /// Whose older keys are still there: the instance first, then by organization.
    pub(crate) async fn owners_of_older_keys(&mut self) -> Result<Vec<Chain>> {
        let rows: Vec<(String,)> = sqlx::query_as(
            "select owner from layer_key where active = 0 group by owner \
             order by case when owner = 'instance' then 0 else 1 end, owner",
        )
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(|(owner,)| owner_of(owner)).collect()
    }

    /// Every key of every owner, wrapped.
    pub(crate) async fn all_layer_keys(&mut self) -> Result<Vec<(Chain, LayerKeyRow)>> {
        let owners: Vec<(String,)> =
            sqlx::query_as("select distinct owner from layer_key order by owner")
                .fetch_all(self.connection())
                .await?;
        let mut keys = Vec::new();
        for (owner,) in owners {
            let owner = owner_of(&owner)?;
            let rows = self.layer_keys(owner).await?;
            keys.extend(rows.into_iter().map(|row| (owner, row)));
        }
        Ok(keys)
    }

    /// How many keys there are, and how many of them are not wrapped by this root key.
    pub(crate) async fn keys_not_under_root(&mut self, root: &str) -> Result<(u64, u64)> {
        let (all, others): (i64, i64) = sqlx::query_as(
            "select count(*), coalesce(cast(sum(case when root_key_id = $1 then 0 else 1 end) as bigint), 0) from layer_key",
        )
        .bind(root)
        .fetch_one(self.connection())
        .await?;
        Ok((count(all), count(others)))
    }

    /// Slug and name of an organization, also of one that waits for its end: its keys are there as long as it is.
    pub(crate) async fn key_owner_name(
        &mut self,
        organization: OrganizationId,
    ) -> Result<Option<(String, String)>> {
        Ok(
            sqlx::query_as("select slug, name from organization where id = $1")
                .bind(organization.to_string())
                .fetch_optional(self.connection())
                .await?,
        )
    }
}

impl WriteTx {
    /// Puts a value sealed anew in place of the one that was read. False when the row changed meanwhile: then what is
    /// there now is newer, and stays.
    pub(crate) async fn exchange_value(
        &mut self,
        owner: Chain,
        column: SealedColumn,
        row: &SealedRow,
        former: &[u8],
        value: Vec<u8>,
    ) -> Result<bool> {
        let name = column.spelling();
        let sql = format!(
            "update {table} set {column} = $5 where {owned} and {id} = $2 and {version} = $3 and {column} = $4",
            table = name.table,
            column = name.column,
            owned = name.owned,
            id = name.id,
            version = name.version,
        );
        let done = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(owner.owner())
            .bind(row.id.to_string())
            .bind(number(row.version))
            .bind(former)
            .bind(value)
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Takes the active key of an owner out of use for new values. Another one must follow in the same transaction.
    pub(crate) async fn retire_layer_key(&mut self, owner: Chain) -> Result<()> {
        sqlx::query("update layer_key set active = 0 where owner = $1 and active = 1")
            .bind(owner.owner())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Destroys a retired key.
    pub(crate) async fn delete_layer_key(&mut self, owner: Chain, version: u32) -> Result<()> {
        sqlx::query("delete from layer_key where owner = $1 and version = $2 and active = 0")
            .bind(owner.owner())
            .bind(i64::from(version))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Keeps a key under another root key. False when it changed meanwhile.
    pub(crate) async fn rewrap_layer_key(
        &mut self,
        owner: Chain,
        former: &LayerKeyRow,
        wrapped: Vec<u8>,
        root: &str,
    ) -> Result<bool> {
        let done = sqlx::query(
            "update layer_key set wrapped = $4, root_key_id = $5 where owner = $1 and version = $2 and wrapped = $3",
        )
        .bind(owner.owner())
        .bind(former.version)
        .bind(&former.wrapped)
        .bind(wrapped)
        .bind(root)
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Notes which root key the store belongs to.
    pub(crate) async fn set_root_key(&mut self, root: &str) -> Result<()> {
        sqlx::query("update instance set root_key_id = $1 where id = 1")
            .bind(root)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
