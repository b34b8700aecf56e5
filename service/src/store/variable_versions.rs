//! What variables were. The rows outlive their variables and go with the place these were defined at.

use std::collections::HashMap;

use domain::{LevelRef, OrganizationId, Scope, Timestamp, VariableId, VariableKind, VersionKind};
use sqlx::{Row, any::AnyRow};

use super::{
    Tx, WriteTx, at, count, id, number,
    variables::{LevelIds, VariableWrite, keys},
    word,
};
use crate::{Error, Granted, Level, Result, permits};

/// Why there is a new version of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// It is the first.
    Created,
    /// Somebody changed the variable.
    Edited {
        /// Was a value entered? What was entered for a secret is compared with nothing, so this is what the form meant.
        value: bool,
    },
    /// Somebody brought a former version back.
    Restored {
        /// Its number.
        from: u64,
        /// Is its value another one than the present?
        value: bool,
    },
}

impl Cause {
    const fn kind(self) -> VersionKind {
        match self {
            Self::Created => VersionKind::Created,
            Self::Edited { .. } => VersionKind::Edited,
            Self::Restored { .. } => VersionKind::Restored,
        }
    }
    const fn new_value(self) -> bool {
        match self {
            Self::Created => true,
            Self::Edited { value } | Self::Restored { value, .. } => value,
        }
    }
    fn restored_from(self) -> Option<i64> {
        match self {
            Self::Restored { from, .. } => Some(number(from)),
            Self::Created | Self::Edited { .. } => None,
        }
    }
}

/// A state of a variable, without its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionRow {
    /// Of which variable.
    pub variable: VariableId,
    /// Its number.
    pub version: u64,
    /// Where it was defined.
    pub scope: Scope,
    /// The id of the project, environment or service it was defined at.
    pub level_id: String,
    /// Its key.
    pub key: String,
    /// How it came to its value.
    pub kind: VariableKind,
    /// Secret at the time, or made one since.
    pub secret: bool,
    /// Where the file was mounted.
    pub mount_path: Option<String>,
    /// Free text.
    pub description: String,
    /// Were `{{KEY}}` in its value put in?
    pub interpolate: bool,
    /// The keys its value mentioned.
    pub mentions: Vec<String>,
    /// Since when it was like this.
    pub at: Timestamp,
    /// Who made it so.
    pub by: String,
    /// What happened.
    pub what: VersionKind,
    /// Was a value entered or brought back?
    pub new_value: bool,
    /// Was it made a secret?
    pub made_secret: bool,
    /// The version that was brought back.
    pub restored_from: Option<u64>,
    /// Does the description differ from the version before?
    pub new_description: bool,
    /// Does the path?
    pub new_mount_path: bool,
    /// Does what is put in?
    pub new_interpolate: bool,
}

impl VersionRow {
    /// Where it was defined.
    ///
    /// # Errors
    /// The row makes no sense.
    pub fn level(&self) -> Result<LevelRef> {
        LevelRef::parse(self.scope.code(), &self.level_id).map_err(|_| Error::Malformed("scope"))
    }
    /// Is this the end of it?
    #[must_use]
    pub fn is_deletion(&self) -> bool {
        self.what == VersionKind::Deleted
    }
}

/// The sealed value of a former state, and what it takes to open it.
#[derive(Clone, Debug)]
pub struct SealedVersion {
    /// Its number.
    pub version: u64,
    /// Secret at the time, or made secret since.
    pub secret: bool,
    /// Mounted as a file at the time?
    pub is_file: bool,
    /// The sealed value.
    pub value: Vec<u8>,
}

/// A place in the list of changes, which is sorted from the newest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VersionCursor {
    /// When the change was.
    pub at: Timestamp,
    /// Of which variable.
    pub variable: VariableId,
    /// Which version it made.
    pub version: u64,
}

/// What differs from the version before is told by the database, which has both at hand.
const VERSION: &str = "select o.variable_id, o.version, o.scope, o.level_id, o.key, o.kind, o.secret, o.mount_path, o.description, \
    o.interpolate, o.mentions, o.at, o.by, o.what, o.new_value, o.made_secret, o.restored_from, \
    cast(case when p.description <> o.description then 1 else 0 end as bigint), \
    cast(case when p.version is not null and coalesce(p.mount_path, '') <> coalesce(o.mount_path, '') then 1 else 0 end as bigint), \
    cast(case when p.interpolate <> o.interpolate then 1 else 0 end as bigint) \
    from variable_version o left join variable_version p \
    on p.organization_id = o.organization_id and p.variable_id = o.variable_id and p.version = o.version - 1";

fn version_row(row: &AnyRow) -> Result<VersionRow> {
    let text = |index: usize| row.try_get::<String, _>(index);
    let integer = |index: usize| row.try_get::<i64, _>(index);
    let flag = |index: usize| integer(index).map(|number| number != 0);
    Ok(VersionRow {
        variable: id(&text(0)?)?,
        version: count(integer(1)?),
        scope: word(&text(2)?)?,
        level_id: text(3)?,
        key: text(4)?,
        kind: word(&text(5)?)?,
        secret: flag(6)?,
        mount_path: row.try_get(7)?,
        description: text(8)?,
        interpolate: flag(9)?,
        mentions: keys(&text(10)?),
        at: at(integer(11)?),
        by: text(12)?,
        what: word(&text(13)?)?,
        new_value: flag(14)?,
        made_secret: flag(15)?,
        restored_from: row.try_get::<Option<i64>, _>(16)?.map(count),
        new_description: flag(17)?,
        new_mount_path: flag(18)?,
        new_interpolate: flag(19)?,
    })
}

impl Tx {
    /// The versions of a variable before one, or all, from the newest on. The caller proves that it may read their level.
    pub(crate) async fn versions_of(
        &mut self,
        organization: OrganizationId,
        variable: VariableId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<VersionRow>> {
        let sql = format!(
            "{VERSION} where o.organization_id = $1 and o.variable_id = $2 and o.version < $3 order by o.version desc limit $4"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(organization.to_string())
            .bind(variable.to_string())
            .bind(before.map_or(i64::MAX, number))
            .bind(i64::from(limit))
            .fetch_all(self.connection())
            .await?;
        rows.iter().map(version_row).collect()
    }

    /// The newest version of a variable: of a deleted one, that it was deleted.
    pub(crate) async fn last_version(
        &mut self,
        organization: OrganizationId,
        variable: VariableId,
    ) -> Result<Option<VersionRow>> {
        let newest = self.versions_of(organization, variable, None, 1).await?;
        Ok(newest.into_iter().next())
    }

    /// One version of a variable.
    pub(crate) async fn version_of(
        &mut self,
        organization: OrganizationId,
        variable: VariableId,
        version: u64,
    ) -> Result<Option<VersionRow>> {
        let next = version.saturating_add(1);
        let found = self
            .versions_of(organization, variable, Some(next), 1)
            .await?;
        Ok(found.into_iter().find(|row| row.version == version))
    }

    /// The sealed value of a version; none where it says that the variable was deleted.
    pub(crate) async fn version_value(
        &mut self,
        organization: OrganizationId,
        variable: VariableId,
        version: u64,
    ) -> Result<Option<Vec<u8>>> {
        let row: Option<(Option<Vec<u8>>,)> = sqlx::query_as(
            "select value from variable_version where organization_id = $1 and variable_id = $2 and version = $3",
        )
        .bind(organization.to_string())
        .bind(variable.to_string())
        .bind(number(version))
        .fetch_optional(self.connection())
        .await?;
        Ok(row.and_then(|(value,)| value))
    }

    /// The changes of the variables defined at exactly this level, from the newest on. The caller has proved that it may
    /// read the level.
    pub(crate) async fn changes_at(
        &mut self,
        level: &Level,
        after: Option<VersionCursor>,
        limit: u32,
    ) -> Result<Vec<VersionRow>> {
        let sql = format!(
            "{VERSION} where o.organization_id = $1 and o.level_id = $2 and (o.at, o.variable_id, o.version) < ($3, $4, $5) \
             order by o.at desc, o.variable_id desc, o.version desc limit $6"
        );
        let (moment, variable, version) = match after {
            Some(cursor) => (
                cursor.at.micros(),
                cursor.variable.to_string(),
                number(cursor.version),
            ),
            None => (i64::MAX, String::new(), 0),
        };
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(level.project().organization.id.to_string())
            .bind(level.id())
            .bind(moment)
            .bind(variable)
            .bind(version)
            .bind(i64::from(limit))
            .fetch_all(self.connection())
            .await?;
        rows.iter().map(version_row).collect()
    }

    /// What was defined at exactly this level at a point in time, by key.
    pub(crate) async fn defined_at(
        &mut self,
        level: &Level,
        point: Timestamp,
    ) -> Result<Vec<VersionRow>> {
        let sql = format!(
            "{VERSION} where o.organization_id = $1 and o.level_id = $2 and o.at <= $3 and o.what <> 'DELETED' and o.version = \
             (select max(l.version) from variable_version l where l.organization_id = o.organization_id and l.variable_id = o.variable_id and l.at <= $3) \
             order by o.key"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(level.project().organization.id.to_string())
            .bind(level.id())
            .bind(point.micros())
            .fetch_all(self.connection())
            .await?;
        rows.iter().map(version_row).collect()
    }

    /// For each variable that was ever defined at this level: the version that last got another value.
    pub(crate) async fn last_values(&mut self, level: &Level) -> Result<HashMap<VariableId, u64>> {
        let rows: Vec<(String, i64)> = sqlx::query_as(
            "select variable_id, max(version) from variable_version where organization_id = $1 and level_id = $2 and new_value = 1 group by variable_id",
        )
        .bind(level.project().organization.id.to_string())
        .bind(level.id())
        .fetch_all(self.connection())
        .await?;
        rows.into_iter()
            .map(|(variable, version)| Ok((id(&variable)?, count(version))))
            .collect()
    }

    /// One former value of a variable, also of a deleted one. What became a secret later counts as one from its beginning.
    pub(crate) async fn variable_version(
        &mut self,
        organization: OrganizationId,
        variable: &str,
        version: u64,
    ) -> Result<Option<SealedVersion>> {
        let row: Option<(i64, i64, Option<String>, Vec<u8>)> = sqlx::query_as(
            "select o.version, (select max(s.secret) from variable_version s where s.organization_id = o.organization_id and s.variable_id = o.variable_id), \
             o.mount_path, o.value from variable_version o \
             where o.organization_id = $1 and o.variable_id = $2 and o.version = $3 and o.value is not null",
        )
        .bind(organization.to_string())
        .bind(variable)
        .bind(number(version))
        .fetch_optional(self.connection())
        .await?;
        Ok(row.map(|(version, secret, path, value)| SealedVersion {
            version: count(version),
            secret: secret != 0,
            is_file: path.is_some(),
            value,
        }))
    }

    /// The numbers of a variable's versions that are not sealed as secrets.
    pub(crate) async fn plain_versions(
        &mut self,
        organization: OrganizationId,
        variable: VariableId,
    ) -> Result<Vec<u64>> {
        let rows: Vec<(i64,)> = sqlx::query_as(
            "select version from variable_version where organization_id = $1 and variable_id = $2 and secret = 0 and value is not null order by version",
        )
        .bind(organization.to_string())
        .bind(variable.to_string())
        .fetch_all(self.connection())
        .await?;
        Ok(rows.into_iter().map(|(version,)| count(version)).collect())
    }
}

impl WriteTx {
    /// Keeps the state that a write makes.
    pub(super) async fn insert_version(
        &mut self,
        proof: &Granted<permits::EditVariables>,
        variable: &VariableWrite<'_>,
    ) -> Result<()> {
        let level = proof.target();
        let ids = LevelIds::from(level);
        sqlx::query(
            "insert into variable_version (organization_id, variable_id, version, project_id, environment_id, service_id, scope, level_id, key, kind, \
             secret, value, mount_path, description, interpolate, mentions, at, by, what, new_value, restored_from, made_secret) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, \
             coalesce((select case when p.secret = 0 and $11 = 1 then 1 else 0 end from variable_version p \
             where p.organization_id = $1 and p.variable_id = $2 and p.version = $3 - 1), 0))",
        )
        .bind(proof.organization().id.to_string())
        .bind(variable.id.to_string())
        .bind(number(variable.version))
        .bind(&ids.project)
        .bind(&ids.environment)
        .bind(&ids.service)
        .bind(level.scope().code())
        .bind(level.id())
        .bind(variable.key.as_str())
        .bind(variable.kind.code())
        .bind(i64::from(variable.secret))
        .bind(&variable.value)
        .bind(variable.mount_path)
        .bind(variable.description)
        .bind(i64::from(variable.interpolate))
        .bind(&variable.mentions)
        .bind(variable.at.micros())
        .bind(variable.by)
        .bind(variable.cause.kind().code())
        .bind(i64::from(variable.cause.new_value()))
        .bind(variable.cause.restored_from())
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Notes that a variable of exactly the level the proof was given for is about to go.
    pub(super) async fn insert_deletion(
        &mut self,
        proof: &Granted<permits::EditVariables>,
        variable: VariableId,
        by: &str,
        moment: Timestamp,
    ) -> Result<()> {
        let moment = self.moment(moment);
        sqlx::query(
            "insert into variable_version (organization_id, variable_id, version, project_id, environment_id, service_id, scope, level_id, key, kind, \
             secret, mount_path, description, interpolate, mentions, at, by, what, new_value, made_secret) \
             select organization_id, id, version + 1, project_id, environment_id, service_id, scope, level_id, key, kind, \
             secret, mount_path, description, interpolate, mentions, $4, $5, 'DELETED', 0, 0 \
             from variable where organization_id = $1 and level_id = $2 and id = $3",
        )
        .bind(proof.organization().id.to_string())
        .bind(proof.target().id())
        .bind(variable.to_string())
        .bind(moment.micros())
        .bind(by)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Makes a former state a secret, of a variable of exactly the level the proof was given for.
    pub(crate) async fn conceal_version(
        &mut self,
        proof: &Granted<permits::EditVariables>,
        variable: VariableId,
        version: u64,
        value: Vec<u8>,
    ) -> Result<()> {
        let done = sqlx::query(
            "update variable_version set secret = 1, value = $5 where organization_id = $1 and variable_id = $3 and version = $4 \
             and exists (select 1 from variable v where v.organization_id = $1 and v.level_id = $2 and v.id = $3)",
        )
        .bind(proof.organization().id.to_string())
        .bind(proof.target().id())
        .bind(variable.to_string())
        .bind(number(version))
        .bind(value)
        .execute(self.connection())
        .await?;
        if done.rows_affected() == 1 {
            Ok(())
        } else {
            Err(Error::Malformed("variable version"))
        }
    }

    /// Forgets what variables were that have been gone since before this moment.
    pub(crate) async fn prune_deleted_variables(&mut self, before: Timestamp) -> Result<()> {
        sqlx::query(
            "delete from variable_version where (organization_id, variable_id) in ( \
             select d.organization_id, d.variable_id from variable_version d where d.what = 'DELETED' and d.at < $1 \
             and not exists (select 1 from variable v where v.organization_id = d.organization_id and v.id = d.variable_id) \
             and not exists (select 1 from variable_version l where l.organization_id = d.organization_id and l.variable_id = d.variable_id and l.at >= $1))",
        )
        .bind(before.micros())
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
