use domain::{OrganizationId, OrganizationName, PersonId, Timestamp};

use super::{Tx, WriteTx, id};
use crate::{Granted, OrganizationTarget, Result, ops::InventoryCounts, permits};

/// An organization's row.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OrganizationRow {
    /// Its id.
    pub id: String,
    /// Its slug.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Free text.
    pub description: String,
    /// A link.
    pub website: String,
    /// A JSON list.
    pub contact_emails: String,
    /// The plan's code.
    pub plan: String,
    /// Days of audit log.
    pub retention_days: i64,
    /// The one owner.
    pub owner_id: String,
    /// Since when.
    pub created_at: i64,
    /// Counts edits.
    pub version: i64,
    /// The owner's name.
    pub owner_name: String,
}

/// What the general settings form changes.
pub(crate) struct OrganizationEdit<'a> {
    pub name: &'a OrganizationName,
    pub description: &'a str,
    pub website: &'a str,
    pub contact_emails: &'a str,
    pub version: u64,
}

impl Tx {
    /// The organization of this id.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn find_organization(
        &mut self,
        organization: OrganizationId,
    ) -> Result<Option<OrganizationTarget>> {
        let row: Option<(String, String)> = sqlx::query_as(
            "select slug, name from organization where id = $1 and deleted_at is null",
        )
        .bind(organization.to_string())
        .fetch_optional(self.connection())
        .await?;
        Ok(row.map(|(slug, name)| OrganizationTarget {
            id: organization,
            slug,
            name,
        }))
    }

    /// The organization of this slug, or of one it had before.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn organization_by_slug(&mut self, slug: &str) -> Result<Option<OrganizationTarget>> {
        let row: Option<(String, String, String)> = sqlx::query_as(
            "select id, slug, name from organization where deleted_at is null and (slug = $1 or id in (select target_id from former_slug where parent = '' and slug = $1)) \
             order by case when slug = $1 then 0 else 1 end limit 1",
        )
        .bind(slug)
        .fetch_optional(self.connection())
        .await?;
        row.map(|(organization, slug, name)| {
            Ok(OrganizationTarget {
                id: id(&organization)?,
                slug,
                name,
            })
        })
        .transpose()
    }

    /// Everything about an organization that its settings page shows.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn organization_row(
        &mut self,
        proof: &Granted<permits::ReadOrganization>,
    ) -> Result<OrganizationRow> {
        Ok(sqlx::query_as(
            "select o.id, o.slug, o.name, o.description, o.website, o.contact_emails, o.plan, o.retention_days, o.owner_id, o.created_at, o.version, \
             p.name as owner_name from organization o join person p on p.id = o.owner_id where o.id = $1",
        )
        .bind(proof.target().id.to_string())
        .fetch_one(self.connection())
        .await?)
    }

    /// How much there is in an organization.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn inventory(
        &mut self,
        proof: &Granted<permits::DeleteOrganization>,
    ) -> Result<InventoryCounts> {
        let row: (i64, i64, i64, i64, i64) = sqlx::query_as(
            "select (select count(*) from project where organization_id = $1), (select count(*) from environment where organization_id = $1), \
             (select count(*) from service where organization_id = $1), (select count(*) from variable where organization_id = $1), \
             (select count(*) from membership where organization_id = $1)",
        )
        .bind(proof.target().id.to_string())
        .fetch_one(self.connection())
        .await?;
        Ok(InventoryCounts {
            projects: super::small(row.0),
            environments: super::small(row.1),
            services: super::small(row.2),
            variables: super::small(row.3),
            members: super::small(row.4),
        })
    }

    /// Deleted organizations of an owner: id, name, since when.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn deleted_organizations_of(
        &mut self,
        owner: PersonId,
    ) -> Result<Vec<(OrganizationId, String, Timestamp)>> {
        let rows: Vec<(String, String, i64)> = sqlx::query_as(
            "select id, name, deleted_at from organization where owner_id = $1 and deleted_at is not null order by name_key",
        )
        .bind(owner.to_string())
        .fetch_all(self.connection())
        .await?;
        rows.into_iter()
            .map(|(organization, name, since)| Ok((id(&organization)?, name, super::at(since))))
            .collect()
    }

    /// Organizations deleted before a moment: id and name.
    pub(crate) async fn organizations_deleted_before(
        &mut self,
        moment: Timestamp,
    ) -> Result<Vec<(OrganizationId, String)>> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("select id, name from organization where deleted_at <= $1 order by id")
                .bind(moment.micros())
                .fetch_all(self.connection())
                .await?;
        rows.into_iter()
            .map(|(organization, name)| Ok((id(&organization)?, name)))
            .collect()
    }

    /// True when an organization already goes by this slug.
    pub(crate) async fn organization_slug_is_taken(&mut self, slug: &str) -> Result<bool> {
        let row: Option<(i64,)> = sqlx::query_as("select 1 from organization where slug = $1 union all select 1 from former_slug where parent = '' and slug = $1")
            .bind(slug)
            .fetch_optional(self.connection())
            .await?;
        Ok(row.is_some())
    }

    /// How many days of audit log an organization keeps.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn retention_days(&mut self, organization: OrganizationId) -> Result<u32> {
        let (days,): (i64,) =
            sqlx::query_as("select retention_days from organization where id = $1")
                .bind(organization.to_string())
                .fetch_one(self.connection())
                .await?;
        Ok(super::small(days))
    }
}

impl WriteTx {
    /// A new organization belongs to whoever makes it; there is nothing yet to have a right on.
    pub(crate) async fn insert_organization(
        &mut self,
        target: &OrganizationTarget,
        name_key: &str,
        owner: PersonId,
        now: Timestamp,
    ) -> Result<()> {
        sqlx::query(
            "insert into organization (id, slug, name, name_key, plan, retention_days, owner_id, created_at) values ($1, $2, $3, $4, 'ENTERPRISE', 365, $5, $6)",
        )
        .bind(target.id.to_string())
        .bind(&target.slug)
        .bind(&target.name)
        .bind(name_key)
        .bind(owner.to_string())
        .bind(now.micros())
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Every organization starts with one registry entry, which API clients expect.
    pub(crate) async fn insert_default_registry(
        &mut self,
        organization: OrganizationId,
        id: uuid::Uuid,
        now: Timestamp,
    ) -> Result<()> {
        sqlx::query("insert into container_registry (organization_id, id, name, kind, url, created_at) values ($1, $2, 'Docker Hub', 'DOCKER_HUB', 'https://docker.io', $3)")
            .bind(organization.to_string())
            .bind(id.to_string())
            .bind(now.micros())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Saves the general settings. False when somebody saved since `version` was read.
    pub(crate) async fn update_organization(
        &mut self,
        proof: &Granted<permits::EditOrganization>,
        edit: &OrganizationEdit<'_>,
    ) -> Result<bool> {
        let done = sqlx::query(
            "update organization set name = $3, name_key = $4, description = $5, website = $6, contact_emails = $7, version = version + 1 \
             where id = $1 and version = $2",
        )
        .bind(proof.target().id.to_string())
        .bind(super::number(edit.version))
        .bind(edit.name.as_str())
        .bind(domain::comparison_key(edit.name.as_str()))
        .bind(edit.description)
        .bind(edit.website)
        .bind(edit.contact_emails)
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Hides an organization from everybody. Sessions stay: people may belong elsewhere.
    pub(crate) async fn lock_organization(
        &mut self,
        proof: &Granted<permits::DeleteOrganization>,
        now: Timestamp,
    ) -> Result<()> {
        sqlx::query("update organization set deleted_at = $2 where id = $1 and deleted_at is null")
            .bind(proof.target().id.to_string())
            .bind(now.micros())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Brings it back. Not a proof: nobody holds a right in a deleted organization, so the statement asks for the owner itself.
    pub(crate) async fn unlock_organization(
        &mut self,
        organization: OrganizationId,
        owner: PersonId,
    ) -> Result<bool> {
        let done = sqlx::query(
            "update organization set deleted_at = null where id = $1 and owner_id = $2 and deleted_at is not null",
        )
        .bind(organization.to_string())
        .bind(owner.to_string())
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Destroys a deleted organization and its keys, if it is still deleted since before a moment. Called by the worker alone.
    pub(crate) async fn erase_organization(
        &mut self,
        organization: OrganizationId,
        deleted_before: Timestamp,
    ) -> Result<bool> {
        let due: Option<(i64,)> =
            sqlx::query_as("select 1 from organization where id = $1 and deleted_at <= $2")
                .bind(organization.to_string())
                .bind(deleted_before.micros())
                .fetch_optional(self.connection())
                .await?;
        if due.is_none() {
            return Ok(false);
        }
        // In this order: PostgreSQL asks after each table of a cascade whether anything still points into it, which
        // environments do at clusters, members and invitations at roles.
        for statement in [
            "delete from layer_key where owner = $1",
            "delete from former_slug where target_id = $1 or parent = $1 or parent in (select id from project where organization_id = $1 \
             union all select id from environment where organization_id = $1)",
            "delete from project where organization_id = $1",
            "delete from membership where organization_id = $1",
            "delete from invitation where organization_id = $1",
            "delete from organization where id = $1",
        ] {
            sqlx::query(statement)
                .bind(organization.to_string())
                .execute(self.connection())
                .await?;
        }
        Ok(true)
    }
}
