use domain::{EnvironmentId, Scope, VariableId, VariableKey, VariableKind, resolve::Defined};

use super::{Tx, WriteTx, at, id, variable_versions::Cause, word};
use crate::{Granted, Level, Result, permits};

/// A variable, as stored: its value sealed.
#[derive(Clone, Debug)]
pub struct VariableRow {
    /// Its id.
    pub id: VariableId,
    /// Where it is defined.
    pub scope: Scope,
    /// The id of the project, environment or service it is defined at.
    pub level_id: String,
    /// Its key.
    pub key: String,
    /// How it comes to its value.
    pub kind: VariableKind,
    /// Never shown again?
    pub secret: bool,
    /// Where a file is mounted.
    pub mount_path: Option<String>,
    /// Free text.
    pub description: String,
    /// Are `{{KEY}}` in its value put in?
    pub interpolate: bool,
    /// The keys its value mentions. Kept in the clear, so that nothing is opened to find who uses what.
    pub mentions: Vec<String>,
    /// Counts changes.
    pub version: u64,
    /// The sealed value.
    pub value: Vec<u8>,
    /// The sealed hint.
    pub hint: Option<Vec<u8>>,
    /// When it last changed.
    pub updated_at: domain::Timestamp,
    /// Who changed it.
    pub updated_by: String,
}

impl Defined for VariableRow {
    fn key(&self) -> &str {
        &self.key
    }
    fn scope(&self) -> Scope {
        self.scope
    }
}
impl Defined for &VariableRow {
    fn key(&self) -> &str {
        &self.key
    }
    fn scope(&self) -> Scope {
        self.scope
    }
}

/// What a write puts into the row; the same for a new variable and a changed one.
pub struct VariableWrite<'a> {
    pub(crate) id: VariableId,
    pub(crate) key: &'a VariableKey,
    pub(crate) kind: VariableKind,
    pub(crate) secret: bool,
    pub(crate) mount_path: Option<&'a str>,
    pub(crate) description: &'a str,
    pub(crate) interpolate: bool,
    pub(crate) mentions: String,
    pub(crate) version: u64,
    pub(crate) value: Vec<u8>,
    pub(crate) hint: Option<Vec<u8>>,
    pub(crate) by: &'a str,
    pub(crate) at: domain::Timestamp,
    pub(crate) cause: Cause,
}

/// The ids of a level and everything above it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LevelIds {
    /// The project.
    pub project: String,
    /// The environment.
    pub environment: Option<String>,
    /// The service.
    pub service: Option<String>,
}

impl From<&Level> for LevelIds {
    fn from(level: &Level) -> Self {
        Self {
            project: level.project().id.to_string(),
            environment: level
                .environment()
                .map(|environment| environment.id.to_string()),
            service: level.service().map(|service| service.id.to_string()),
        }
    }
}

const VARIABLE: &str = "select id, scope, level_id, key, kind, secret, mount_path, description, interpolate, mentions, version, value, hint, updated_at, updated_by from variable";

type VariableColumns = (
    String,
    String,
    String,
    String,
    String,
    i64,
    Option<String>,
    String,
    i64,
    String,
    i64,
    Vec<u8>,
    Option<Vec<u8>>,
    i64,
    String,
);

fn variable_row(row: VariableColumns) -> Result<VariableRow> {
    let (
        variable,
        scope,
        level_id,
        key,
        kind,
        secret,
        mount_path,
        description,
        interpolate,
        mentions,
        version,
        value,
        hint,
        updated_at,
        updated_by,
    ) = row;
    Ok(VariableRow {
        id: id(&variable)?,
        scope: word(&scope)?,
        level_id,
        key,
        kind: word(&kind)?,
        secret: secret != 0,
        mount_path,
        description,
        interpolate: interpolate != 0,
        mentions: keys(&mentions),
        version: super::count(version),
        value,
        hint,
        updated_at: at(updated_at),
        updated_by,
    })
}

/// Keys as they are stored: apart by spaces, which no key has.
pub(super) fn keys(stored: &str) -> Vec<String> {
    stored.split_whitespace().map(str::to_owned).collect()
}

/// A definition in a project, as far as it takes part in who mentions whom.
#[derive(Clone, Debug)]
pub(crate) struct MentionRow {
    pub id: VariableId,
    pub key: String,
    pub kind: VariableKind,
    pub scope: Scope,
    pub level_id: String,
    pub mentions: Vec<String>,
}

/// A file in a project, as far as its place goes.
#[derive(Clone, Debug)]
pub(crate) struct MountRow {
    pub key: String,
    pub level_id: String,
    /// The environment it is in, for files of environments and services.
    pub environment_id: Option<String>,
    pub path: String,
}

impl Tx {
    /// Where the files of a project are mounted.
    pub(crate) async fn mounted_in(
        &mut self,
        project: &crate::ProjectTarget,
    ) -> Result<Vec<MountRow>> {
        let rows: Vec<(String, String, Option<String>, String)> = sqlx::query_as(
            "select key, level_id, environment_id, mount_path from variable where organization_id = $1 and project_id = $2 and mount_path is not null order by key, id",
        )
        .bind(project.organization.id.to_string())
        .bind(project.id.to_string())
        .fetch_all(self.connection())
        .await?;
        Ok(rows
            .into_iter()
            .map(|(key, level_id, environment_id, path)| MountRow {
                key,
                level_id,
                environment_id,
                path,
            })
            .collect())
    }

    /// Every definition of a project with the keys it mentions.
    pub(crate) async fn mentions_in(
        &mut self,
        project: &crate::ProjectTarget,
    ) -> Result<Vec<MentionRow>> {
        type Columns = (String, String, String, String, String, String);
        let rows: Vec<Columns> = sqlx::query_as(
            "select id, key, kind, scope, level_id, mentions from variable where organization_id = $1 and project_id = $2 order by key, id",
        )
        .bind(project.organization.id.to_string())
        .bind(project.id.to_string())
        .fetch_all(self.connection())
        .await?;
        rows.into_iter()
            .map(|(variable, key, kind, scope, level_id, mentions)| {
                Ok(MentionRow {
                    id: id(&variable)?,
                    key,
                    kind: word(&kind)?,
                    scope: word(&scope)?,
                    level_id,
                    mentions: keys(&mentions),
                })
            })
            .collect()
    }

    /// Every definition visible from a level: its own and those above. The caller has proved that it may read the level.
    pub(crate) async fn variables_visible_from(
        &mut self,
        level: &Level,
    ) -> Result<Vec<VariableRow>> {
        let ids = LevelIds::from(level);
        let none = String::new();
        let sql = format!(
            "{VARIABLE} where organization_id = $1 and level_id in ($2, $3, $4) order by key"
        );
        let rows: Vec<VariableColumns> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(level.project().organization.id.to_string())
            .bind(&ids.project)
            .bind(ids.environment.as_ref().unwrap_or(&none))
            .bind(ids.service.as_ref().unwrap_or(&none))
            .fetch_all(self.connection())
            .await?;
        rows.into_iter().map(variable_row).collect()
    }

    /// Every definition at a project and at these of its environments. The caller has proved that it may read all of them.
    pub(crate) async fn variables_of_environments(
        &mut self,
        project: &crate::ProjectTarget,
        environments: &[EnvironmentId],
    ) -> Result<Vec<VariableRow>> {
        let places: String = (0..environments.len())
            .map(|place| format!(", ${}", place + 3))
            .collect();
        let sql = format!(
            "{VARIABLE} where organization_id = $1 and level_id in ($2{places}) order by key, id"
        );
        let mut query = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(project.organization.id.to_string())
            .bind(project.id.to_string());
        for environment in environments {
            query = query.bind(environment.to_string());
        }
        let rows: Vec<VariableColumns> = query.fetch_all(self.connection()).await?;
        rows.into_iter().map(variable_row).collect()
    }

    /// One variable of the organization.
    pub(crate) async fn variable(
        &mut self,
        organization: domain::OrganizationId,
        variable: VariableId,
    ) -> Result<Option<VariableRow>> {
        let sql = format!("{VARIABLE} where organization_id = $1 and id = $2");
        let row: Option<VariableColumns> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(organization.to_string())
            .bind(variable.to_string())
            .fetch_optional(self.connection())
            .await?;
        row.map(variable_row).transpose()
    }

    /// How many variables are defined at exactly this level.
    pub(crate) async fn variable_count(&mut self, level: &Level) -> Result<u32> {
        let (count,): (i64,) = sqlx::query_as(
            "select count(*) from variable where organization_id = $1 and level_id = $2",
        )
        .bind(level.project().organization.id.to_string())
        .bind(level.id())
        .fetch_one(self.connection())
        .await?;
        Ok(super::small(count))
    }

    /// The narrower definitions of a key below a level, by the name of where they are.
    pub(crate) async fn definitions_below(
        &mut self,
        level: &Level,
        key: &str,
    ) -> Result<Vec<(VariableId, Scope, String)>> {
        let column = match level {
            Level::Project(_) => "project_id",
            Level::Environment(_) => "environment_id",
            Level::Service(_) => return Ok(Vec::new()),
        };
        let sql = format!(
            "select v.id, v.scope, coalesce(s.name, e.name, '') from variable v \
             left join environment e on e.organization_id = v.organization_id and e.id = v.environment_id \
             left join service s on s.organization_id = v.organization_id and s.id = v.service_id \
             where v.organization_id = $1 and v.{column} = $2 and v.level_id <> $2 and v.key = $3 order by v.scope, 3, v.id"
        );
        let rows: Vec<(String, String, String)> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(level.project().organization.id.to_string())
            .bind(level.id())
            .bind(key)
            .fetch_all(self.connection())
            .await?;
        rows.into_iter()
            .map(|(variable, scope, name)| Ok((id(&variable)?, word(&scope)?, name)))
            .collect()
    }

    /// Another file variable that one and the same service would mount at this path.
    pub(crate) async fn path_is_taken(
        &mut self,
        level: &Level,
        path: &str,
        key: &str,
    ) -> Result<Option<String>> {
        let ids = LevelIds::from(level);
        let below = match level {
            Level::Project(_) => "project_id = $2",
            Level::Environment(_) => "(environment_id = $3 or level_id = $2)",
            Level::Service(_) => "level_id in ($2, $3, $4)",
        };
        let none = String::new();
        let sql = format!(
            "select key from variable where organization_id = $1 and mount_path = $5 and key <> $6 and ({below} or level_id in ($2, $3, $4)) limit 1"
        );
        let row: Option<(String,)> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(level.project().organization.id.to_string())
            .bind(&ids.project)
            .bind(ids.environment.as_ref().unwrap_or(&none))
            .bind(ids.service.as_ref().unwrap_or(&none))
            .bind(path)
            .bind(key)
            .fetch_optional(self.connection())
            .await?;
        Ok(row.map(|(key,)| key))
    }

    /// The last change of a variable in each environment of the organization: environment id, when, who.
    pub(crate) async fn last_changes(
        &mut self,
        organization: domain::OrganizationId,
    ) -> Result<Vec<(String, i64, String)>> {
        Ok(sqlx::query_as(
            "select v.environment_id, v.updated_at, v.updated_by from variable v join \
             (select environment_id, max(updated_at) as newest from variable where organization_id = $1 and environment_id is not null group by environment_id) n \
             on n.environment_id = v.environment_id and n.newest = v.updated_at where v.organization_id = $1",
        )
        .bind(organization.to_string())
        .fetch_all(self.connection())
        .await?)
    }
}

impl WriteTx {
    /// A new variable at exactly the level the proof was given for.
    pub(crate) async fn insert_variable(
        &mut self,
        proof: &Granted<permits::EditVariables>,
        variable: &VariableWrite<'_>,
    ) -> Result<()> {
        let level = proof.target();
        let ids = LevelIds::from(level);
        sqlx::query(
            "insert into variable (organization_id, id, project_id, environment_id, service_id, scope, level_id, key, kind, secret, mount_path, description, \
             version, value, hint, created_at, updated_at, updated_by, interpolate, mentions) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16, $17, $18, $19)",
        )
        .bind(proof.organization().id.to_string())
        .bind(variable.id.to_string())
        .bind(&ids.project)
        .bind(&ids.environment)
        .bind(&ids.service)
        .bind(level.scope().code())
        .bind(level.id())
        .bind(variable.key.as_str())
        .bind(variable.kind.code())
        .bind(i64::from(variable.secret))
        .bind(variable.mount_path)
        .bind(variable.description)
        .bind(super::number(variable.version))
        .bind(&variable.value)
        .bind(&variable.hint)
        .bind(variable.at.micros())
        .bind(variable.by)
        .bind(i64::from(variable.interpolate))
        .bind(&variable.mentions)
        .execute(self.connection())
        .await?;
        self.insert_version(proof, variable).await
    }

    /// Changes a variable of exactly the level the proof was given for. False when somebody saved meanwhile.
    pub(crate) async fn update_variable(
        &mut self,
        proof: &Granted<permits::EditVariables>,
        variable: &VariableWrite<'_>,
    ) -> Result<bool> {
        let done = sqlx::query(
            "update variable set key = $5, secret = $6, mount_path = $7, description = $8, version = $9, value = $10, hint = $11, updated_at = $12, updated_by = $13, interpolate = $14, mentions = $15 \
             where organization_id = $1 and level_id = $2 and id = $3 and version = $4",
        )
        .bind(proof.organization().id.to_string())
        .bind(proof.target().id())
        .bind(variable.id.to_string())
        .bind(super::number(variable.version - 1))
        .bind(variable.key.as_str())
        .bind(i64::from(variable.secret))
        .bind(variable.mount_path)
        .bind(variable.description)
        .bind(super::number(variable.version))
        .bind(&variable.value)
        .bind(&variable.hint)
        .bind(variable.at.micros())
        .bind(variable.by)
        .bind(i64::from(variable.interpolate))
        .bind(&variable.mentions)
        .execute(self.connection())
        .await?;
        if done.rows_affected() != 1 {
            return Ok(false);
        }
        self.insert_version(proof, variable).await?;
        Ok(true)
    }

    /// Deletes a variable of exactly the level the proof was given for. What it was stays, with a last version that says
    /// who deleted it when.
    pub(crate) async fn delete_variable(
        &mut self,
        proof: &Granted<permits::EditVariables>,
        variable: VariableId,
        by: &str,
        moment: domain::Timestamp,
    ) -> Result<bool> {
        self.insert_deletion(proof, variable, by, moment).await?;
        let done = sqlx::query(
            "delete from variable where organization_id = $1 and level_id = $2 and id = $3",
        )
        .bind(proof.organization().id.to_string())
        .bind(proof.target().id())
        .bind(variable.to_string())
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }
}
