//! Custom roles: what they give, what they gave before, and edits under review.

use std::collections::{BTreeMap, HashMap};

use domain::{
    BuiltInRole, ClusterId, ClusterLevel, EnvironmentId, EnvironmentType, Grants, OrganizationId,
    PersonId, ProjectAccess, RoleId, RoleMatrix, RoleName, RoleRef, Timestamp, access::World,
    comparison_key,
};

use super::{Tx, WriteTx, at, count, id, number, small, word};
use crate::{Error, Granted, Result, permits};

/// A custom role, without its matrix.
#[derive(Clone, Debug)]
pub struct RoleRow {
    /// Its id.
    pub id: RoleId,
    /// Its name.
    pub name: String,
    /// Free text.
    pub description: String,
    /// Since when it is as it is.
    pub updated_at: Timestamp,
    /// Who made it so.
    pub updated_by: String,
    /// Counts edits.
    pub version: u64,
}

/// What a role was at one version, or would be after an edit under review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleState {
    /// The version; for an edit, the one it started from.
    pub version: u64,
    /// Its name.
    pub name: String,
    /// Free text.
    pub description: String,
    /// What it gives.
    pub matrix: RoleMatrix,
    /// When it was saved.
    pub at: Timestamp,
    /// Who saved it; empty for an edit.
    pub by: String,
}

type RoleColumns = (String, String, String, i64, String, i64);
type StateColumns = (i64, String, String, String, i64, String);

const ROLE: &str = "select id, name, description, updated_at, updated_by, version from custom_role where organization_id = $1";

fn role_row((role, name, description, updated, by, version): RoleColumns) -> Result<RoleRow> {
    Ok(RoleRow {
        id: id(&role)?,
        name,
        description,
        updated_at: at(updated),
        updated_by: by,
        version: count(version),
    })
}

fn state_row((version, name, description, matrix, saved, by): StateColumns) -> Result<RoleState> {
    Ok(RoleState {
        version: count(version),
        name,
        description,
        matrix: serde_json::from_str(&matrix).map_err(|_| Error::Malformed("role"))?,
        at: at(saved),
        by,
    })
}

/// The two columns that say which role somebody has.
pub(super) fn role_columns(role: RoleRef) -> (&'static str, Option<String>) {
    match role {
        RoleRef::BuiltIn(role) => (role.code(), None),
        RoleRef::Custom(id) => ("custom", Some(id.to_string())),
    }
}

/// Reads the two columns back.
pub(super) fn role_of_columns(role: &str, custom: Option<&str>) -> Result<RoleRef> {
    match custom {
        Some(custom) => Ok(RoleRef::Custom(id(custom)?)),
        None => Ok(RoleRef::BuiltIn(word(role)?)),
    }
}

fn named<T: From<uuid::Uuid>>(rows: Vec<(String, String)>) -> Result<Vec<(T, String)>> {
    rows.into_iter()
        .map(|(object, name)| Ok((id(&object)?, name)))
        .collect()
}

impl Tx {
    /// What exists in the organization, as far as access goes: clusters and projects by name.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn world(&mut self, organization: OrganizationId) -> Result<World> {
        let clusters: Vec<(String, String)> = sqlx::query_as(
            "select id, name from cluster where organization_id = $1 order by name_key, id",
        )
        .bind(organization.to_string())
        .fetch_all(self.connection())
        .await?;
        let projects: Vec<(String, String)> = sqlx::query_as(
            "select id, name from project where organization_id = $1 order by name_key, id",
        )
        .bind(organization.to_string())
        .fetch_all(self.connection())
        .await?;
        Ok(World {
            clusters: named(clusters)?,
            projects: named(projects)?,
        })
    }

    /// Of which type each environment is.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn environment_kinds(
        &mut self,
        organization: OrganizationId,
    ) -> Result<BTreeMap<EnvironmentId, EnvironmentType>> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("select id, kind from environment where organization_id = $1")
                .bind(organization.to_string())
                .fetch_all(self.connection())
                .await?;
        rows.into_iter()
            .map(|(environment, kind)| Ok((id(&environment)?, word(&kind)?)))
            .collect()
    }

    /// The organization's custom roles by name.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn custom_roles(
        &mut self,
        proof: &Granted<permits::ReadOrganization>,
    ) -> Result<Vec<RoleRow>> {
        let rows: Vec<RoleColumns> =
            sqlx::query_as(sqlx::AssertSqlSafe(format!("{ROLE} order by name_key")))
                .bind(proof.target().id.to_string())
                .fetch_all(self.connection())
                .await?;
        rows.into_iter().map(role_row).collect()
    }

    /// One custom role of the organization.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn custom_role(
        &mut self,
        organization: OrganizationId,
        role: RoleId,
    ) -> Result<Option<RoleRow>> {
        let row: Option<RoleColumns> =
            sqlx::query_as(sqlx::AssertSqlSafe(format!("{ROLE} and id = $2")))
                .bind(organization.to_string())
                .bind(role.to_string())
                .fetch_optional(self.connection())
                .await?;
        row.map(role_row).transpose()
    }

    /// The custom role of this name, in the form that names are compared in.
    pub(crate) async fn role_by_name(
        &mut self,
        proof: &Granted<permits::ManageMembers>,
        name_key: &str,
    ) -> Result<Option<RoleId>> {
        let row: Option<(String,)> = sqlx::query_as(
            "select id from custom_role where organization_id = $1 and name_key = $2",
        )
        .bind(proof.target().id.to_string())
        .bind(name_key)
        .fetch_optional(self.connection())
        .await?;
        row.map(|(role,)| id(&role)).transpose()
    }

    /// What a custom role gives.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn role_matrix(
        &mut self,
        organization: OrganizationId,
        role: RoleId,
    ) -> Result<RoleMatrix> {
        let mut one = self.matrices(organization, Some(role)).await?;
        Ok(one.remove(&role).unwrap_or_default())
    }

    /// What each custom role gives; a role that gives nothing is not named.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn role_matrices(
        &mut self,
        organization: OrganizationId,
    ) -> Result<HashMap<RoleId, RoleMatrix>> {
        self.matrices(organization, None).await
    }

    async fn matrices(
        &mut self,
        organization: OrganizationId,
        only: Option<RoleId>,
    ) -> Result<HashMap<RoleId, RoleMatrix>> {
        let only = only.map(|role| role.to_string()).unwrap_or_default();
        let mut matrices: HashMap<RoleId, RoleMatrix> = HashMap::new();
        let clusters: Vec<(String, String, String)> = sqlx::query_as(
            "select role_id, cluster_id, level from custom_role_cluster where organization_id = $1 and ($2 = '' or role_id = $2)",
        )
        .bind(organization.to_string())
        .bind(&only)
        .fetch_all(self.connection())
        .await?;
        for (role, cluster, level) in clusters {
            let matrix = matrices.entry(id(&role)?).or_default();
            matrix.set_cluster(id(&cluster)?, word(&level)?);
        }
        let projects: Vec<(String, String, String, String)> = sqlx::query_as(
            "select role_id, project_id, kind, level from custom_role_project where organization_id = $1 and ($2 = '' or role_id = $2)",
        )
        .bind(organization.to_string())
        .bind(&only)
        .fetch_all(self.connection())
        .await?;
        for (role, project, kind, level) in projects {
            let matrix = matrices.entry(id(&role)?).or_default();
            let project = id(&project)?;
            let access = if kind == WHOLE_PROJECT {
                ProjectAccess::Full
            } else {
                matrix
                    .project(project)
                    .with_level(word(&kind)?, word(&level)?)
            };
            matrix.set_project(project, access);
        }
        Ok(matrices)
    }

    /// The custom roles that give more than reading on a cluster, by name.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn roles_on_cluster(
        &mut self,
        proof: &Granted<permits::ManageClusters>,
        cluster: ClusterId,
    ) -> Result<Vec<String>> {
        let rows: Vec<(String,)> = sqlx::query_as(
            "select r.name from custom_role_cluster c join custom_role r on r.organization_id = c.organization_id and r.id = c.role_id \
             where c.organization_id = $1 and c.cluster_id = $2 order by r.name_key",
        )
        .bind(proof.target().id.to_string())
        .bind(cluster.to_string())
        .fetch_all(self.connection())
        .await?;
        Ok(rows.into_iter().map(|(name,)| name).collect())
    }

    /// What members with this role hold. Nothing for a custom role that does not exist.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn grants_of_role(
        &mut self,
        organization: OrganizationId,
        role: RoleRef,
    ) -> Result<Grants> {
        match role {
            RoleRef::BuiltIn(role) => Ok(Grants::built_in(role)),
            RoleRef::Custom(role) => Ok(match self.custom_role(organization, role).await? {
                Some(_) => self.role_matrix(organization, role).await?.grants(),
                None => Grants::none(),
            }),
        }
    }

    /// The name of a role on the screen.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn role_name(
        &mut self,
        organization: OrganizationId,
        role: RoleRef,
    ) -> Result<Option<String>> {
        match role {
            RoleRef::BuiltIn(role) => Ok(Some(role.label().to_owned())),
            RoleRef::Custom(role) => Ok(self
                .custom_role(organization, role)
                .await?
                .map(|role| role.name)),
        }
    }

    /// How many members have each role.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn members_by_role(
        &mut self,
        proof: &Granted<permits::ReadOrganization>,
    ) -> Result<HashMap<RoleRef, u32>> {
        let rows: Vec<(String, Option<String>, i64, i64)> = sqlx::query_as(
            "select m.role, m.role_id, cast(sum(case when o.owner_id = m.person_id then 1 else 0 end) as bigint), count(*) \
             from membership m join organization o on o.id = m.organization_id where m.organization_id = $1 group by m.role, m.role_id",
        )
        .bind(proof.target().id.to_string())
        .fetch_all(self.connection())
        .await?;
        let mut counts = HashMap::new();
        for (role, custom, owners, all) in rows {
            counts.insert(
                role_of_columns(&role, custom.as_deref())?,
                small(all - owners),
            );
            *counts
                .entry(RoleRef::BuiltIn(BuiltInRole::Owner))
                .or_default() += small(owners);
        }
        Ok(counts)
    }

    /// How many open invitations offer each custom role.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn invitations_by_role(
        &mut self,
        proof: &Granted<permits::ManageMembers>,
    ) -> Result<HashMap<RoleRef, u32>> {
        let rows: Vec<(String, Option<String>, i64)> = sqlx::query_as(
            "select role, role_id, count(*) from invitation where organization_id = $1 \
             and accepted_at is null and revoked_at is null and declined_at is null group by role, role_id",
        )
        .bind(proof.target().id.to_string())
        .fetch_all(self.connection())
        .await?;
        rows.into_iter()
            .map(|(role, custom, count)| {
                Ok((role_of_columns(&role, custom.as_deref())?, small(count)))
            })
            .collect()
    }

    /// The people with this role, by name: id and name.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn role_holders(
        &mut self,
        proof: &Granted<permits::ReadOrganization>,
        role: RoleRef,
    ) -> Result<Vec<(PersonId, String)>> {
        let (code, custom) = role_columns(role);
        let owner = i64::from(role.is_owner());
        let rows: Vec<(String, String)> = sqlx::query_as(
            "select p.id, p.name from membership m join person p on p.id = m.person_id join organization o on o.id = m.organization_id \
             where m.organization_id = $1 and (($4 = 1 and o.owner_id = p.id) or ($4 = 0 and o.owner_id <> p.id and m.role = $2 and coalesce(m.role_id, '') = $3)) \
             order by p.name_key, p.id",
        )
        .bind(proof.target().id.to_string())
        .bind(code)
        .bind(custom.unwrap_or_default())
        .bind(owner)
        .fetch_all(self.connection())
        .await?;
        rows.into_iter()
            .map(|(person, name)| Ok((id(&person)?, name)))
            .collect()
    }

    /// What a role was, newest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn role_versions(
        &mut self,
        proof: &Granted<permits::ManageMembers>,
        role: RoleId,
    ) -> Result<Vec<RoleState>> {
        let rows: Vec<StateColumns> = sqlx::query_as(
            "select version, name, description, matrix, at, by from custom_role_version where organization_id = $1 and role_id = $2 \
             order by version desc limit 50",
        )
        .bind(proof.target().id.to_string())
        .bind(role.to_string())
        .fetch_all(self.connection())
        .await?;
        rows.into_iter().map(state_row).collect()
    }

    /// The edit of a role that a person is reviewing.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn role_draft(
        &mut self,
        proof: &Granted<permits::ManageMembers>,
        role: RoleId,
        person: PersonId,
    ) -> Result<Option<RoleState>> {
        let row: Option<StateColumns> = sqlx::query_as(
            "select base_version, name, description, matrix, at, '' from custom_role_draft \
             where organization_id = $1 and role_id = $2 and person_id = $3",
        )
        .bind(proof.target().id.to_string())
        .bind(role.to_string())
        .bind(person.to_string())
        .fetch_optional(self.connection())
        .await?;
        row.map(state_row).transpose()
    }
}

/// The word for Full access where an environment type stands otherwise.
const WHOLE_PROJECT: &str = "ALL";

/// A role as it shall be.
pub(crate) struct NewRoleState<'a> {
    pub id: RoleId,
    pub name: &'a RoleName,
    pub description: &'a str,
    pub matrix: &'a RoleMatrix,
    pub by: &'a str,
    pub now: Timestamp,
}

impl WriteTx {
    pub(crate) async fn insert_role(
        &mut self,
        proof: &Granted<permits::ManageMembers>,
        role: &NewRoleState<'_>,
    ) -> Result<()> {
        sqlx::query(
            "insert into custom_role (organization_id, id, name, name_key, description, created_at, updated_at, updated_by) \
             values ($1, $2, $3, $4, $5, $6, $6, $7)",
        )
        .bind(proof.target().id.to_string())
        .bind(role.id.to_string())
        .bind(role.name.as_str())
        .bind(comparison_key(role.name.as_str()))
        .bind(role.description)
        .bind(role.now.micros())
        .bind(role.by)
        .execute(self.connection())
        .await?;
        self.write_levels(proof, role).await?;
        self.keep_role_version(proof, role, 1).await
    }

    /// Saves a role, if it still has the version the edit started from.
    pub(crate) async fn update_role_state(
        &mut self,
        proof: &Granted<permits::ManageMembers>,
        role: &NewRoleState<'_>,
        version: u64,
    ) -> Result<bool> {
        let done = sqlx::query(
            "update custom_role set name = $4, name_key = $5, description = $6, updated_at = $7, updated_by = $8, version = version + 1 \
             where organization_id = $1 and id = $2 and version = $3",
        )
        .bind(proof.target().id.to_string())
        .bind(role.id.to_string())
        .bind(number(version))
        .bind(role.name.as_str())
        .bind(comparison_key(role.name.as_str()))
        .bind(role.description)
        .bind(role.now.micros())
        .bind(role.by)
        .execute(self.connection())
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        for table in ["custom_role_cluster", "custom_role_project"] {
            sqlx::query(sqlx::AssertSqlSafe(format!(
                "delete from {table} where organization_id = $1 and role_id = $2"
            )))
            .bind(proof.target().id.to_string())
            .bind(role.id.to_string())
            .execute(self.connection())
            .await?;
        }
        self.write_levels(proof, role).await?;
        self.keep_role_version(proof, role, version + 1).await?;
        Ok(true)
    }

    async fn write_levels(
        &mut self,
        proof: &Granted<permits::ManageMembers>,
        role: &NewRoleState<'_>,
    ) -> Result<()> {
        for (cluster, level) in role.matrix.clusters() {
            if level == ClusterLevel::ReadOnly {
                continue;
            }
            sqlx::query("insert into custom_role_cluster (organization_id, role_id, cluster_id, level) values ($1, $2, $3, $4)")
                .bind(proof.target().id.to_string())
                .bind(role.id.to_string())
                .bind(cluster.to_string())
                .bind(level.code())
                .execute(self.connection())
                .await?;
        }
        for (project, access) in role.matrix.projects() {
            let rows = match access {
                ProjectAccess::Full => vec![(WHOLE_PROJECT, "FULL")],
                ProjectAccess::PerType(_) => EnvironmentType::ALL
                    .into_iter()
                    .map(|kind| (kind, access.level(kind)))
                    .filter(|(_, level)| *level > domain::ProjectLevel::NoAccess)
                    .map(|(kind, level)| (kind.code(), level.code()))
                    .collect(),
            };
            for (kind, level) in rows {
                sqlx::query("insert into custom_role_project (organization_id, role_id, project_id, kind, level) values ($1, $2, $3, $4, $5)")
                    .bind(proof.target().id.to_string())
                    .bind(role.id.to_string())
                    .bind(project.to_string())
                    .bind(kind)
                    .bind(level)
                    .execute(self.connection())
                    .await?;
            }
        }
        Ok(())
    }

    async fn keep_role_version(
        &mut self,
        proof: &Granted<permits::ManageMembers>,
        role: &NewRoleState<'_>,
        version: u64,
    ) -> Result<()> {
        sqlx::query(
            "insert into custom_role_version (organization_id, role_id, version, name, description, matrix, at, by) values ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(proof.target().id.to_string())
        .bind(role.id.to_string())
        .bind(number(version))
        .bind(role.name.as_str())
        .bind(role.description)
        .bind(matrix_text(role.matrix)?)
        .bind(role.now.micros())
        .bind(role.by)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Keeps an edit for its review. The former one of the same person is replaced.
    pub(crate) async fn keep_role_draft(
        &mut self,
        proof: &Granted<permits::ManageMembers>,
        role: &NewRoleState<'_>,
        person: PersonId,
        base_version: u64,
    ) -> Result<()> {
        sqlx::query(
            "insert into custom_role_draft (organization_id, role_id, person_id, base_version, name, description, matrix, at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (organization_id, role_id, person_id) do update set \
             base_version = excluded.base_version, name = excluded.name, description = excluded.description, matrix = excluded.matrix, at = excluded.at",
        )
        .bind(proof.target().id.to_string())
        .bind(role.id.to_string())
        .bind(person.to_string())
        .bind(number(base_version))
        .bind(role.name.as_str())
        .bind(role.description)
        .bind(matrix_text(role.matrix)?)
        .bind(role.now.micros())
        .execute(self.connection())
        .await?;
        Ok(())
    }

    pub(crate) async fn delete_role_draft(
        &mut self,
        proof: &Granted<permits::ManageMembers>,
        role: RoleId,
        person: PersonId,
    ) -> Result<()> {
        sqlx::query("delete from custom_role_draft where organization_id = $1 and role_id = $2 and person_id = $3")
            .bind(proof.target().id.to_string())
            .bind(role.to_string())
            .bind(person.to_string())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Gives everybody who has a role, or is invited to it, another one.
    pub(crate) async fn reassign_role(
        &mut self,
        proof: &Granted<permits::ManageMembers>,
        from: RoleId,
        to: RoleRef,
    ) -> Result<()> {
        let (code, custom) = role_columns(to);
        for statement in [
            "update membership set role = $3, role_id = $4 where organization_id = $1 and role_id = $2",
            "update invitation set role = $3, role_id = $4 where organization_id = $1 and role_id = $2 \
             and accepted_at is null and revoked_at is null and declined_at is null",
        ] {
            sqlx::query(statement)
                .bind(proof.target().id.to_string())
                .bind(from.to_string())
                .bind(code)
                .bind(custom.clone())
                .execute(self.connection())
                .await?;
        }
        Ok(())
    }

    /// Deletes a role. Invitations to it that are over keep its name; the database refuses while anybody has it.
    pub(crate) async fn delete_role(
        &mut self,
        proof: &Granted<permits::ManageMembers>,
        role: RoleId,
    ) -> Result<()> {
        for statement in [
            // The word in `role` gives nobody anything any more; `role_label` is what lists show.
            "update invitation set role = 'viewer', role_id = null, \
             role_label = (select name from custom_role r where r.organization_id = $1 and r.id = $2) \
             where organization_id = $1 and role_id = $2 \
             and (accepted_at is not null or revoked_at is not null or declined_at is not null)",
            "delete from custom_role where organization_id = $1 and id = $2",
        ] {
            sqlx::query(statement)
                .bind(proof.target().id.to_string())
                .bind(role.to_string())
                .execute(self.connection())
                .await?;
        }
        Ok(())
    }
}

fn matrix_text(matrix: &RoleMatrix) -> Result<String> {
    serde_json::to_string(matrix).map_err(|_| Error::Malformed("role"))
}
