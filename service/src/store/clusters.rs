//! Cluster entries.

use domain::{ClusterId, ClusterName, OrganizationId, Timestamp, comparison_key};

use super::{Tx, WriteTx, at, count, id, number};
use crate::{ClusterTarget, Granted, OrganizationTarget, Result, permits};

/// A cluster entry, as stored.
#[derive(Clone, Debug)]
pub struct ClusterRow {
    /// Its id.
    pub id: ClusterId,
    /// Its name.
    pub name: String,
    /// The provider's code.
    pub provider: String,
    /// The provider's region.
    pub region: String,
    /// Free text.
    pub description: String,
    /// Since when.
    pub created_at: Timestamp,
    /// Counts edits.
    pub version: u64,
}

/// A cluster entry as it shall be.
pub(crate) struct ClusterState<'a> {
    pub name: &'a ClusterName,
    pub provider: &'a str,
    pub region: &'a str,
    pub description: &'a str,
}

impl Tx {
    /// The cluster entries of an organization by name.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn clusters(
        &mut self,
        proof: &Granted<permits::ReadOrganization>,
    ) -> Result<Vec<ClusterRow>> {
        type Columns = (String, String, String, String, String, i64, i64);
        let rows: Vec<Columns> = sqlx::query_as(
            "select id, name, provider, region, description, created_at, version from cluster where organization_id = $1 order by name_key",
        )
        .bind(proof.target().id.to_string())
        .fetch_all(self.connection())
        .await?;
        rows.into_iter()
            .map(
                |(cluster, name, provider, region, description, created, version)| {
                    Ok(ClusterRow {
                        id: id(&cluster)?,
                        name,
                        provider,
                        region,
                        description,
                        created_at: at(created),
                        version: count(version),
                    })
                },
            )
            .collect()
    }

    /// The cluster of this id.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn find_cluster(
        &mut self,
        organization: &OrganizationTarget,
        cluster: ClusterId,
    ) -> Result<Option<ClusterTarget>> {
        let row: Option<(String,)> =
            sqlx::query_as("select name from cluster where organization_id = $1 and id = $2")
                .bind(organization.id.to_string())
                .bind(cluster.to_string())
                .fetch_optional(self.connection())
                .await?;
        Ok(row.map(|(name,)| ClusterTarget {
            organization: organization.clone(),
            id: cluster,
            name,
        }))
    }
}

impl WriteTx {
    pub(crate) async fn insert_cluster(
        &mut self,
        proof: &Granted<permits::ManageClusters>,
        cluster: ClusterId,
        state: &ClusterState<'_>,
        now: Timestamp,
    ) -> Result<()> {
        sqlx::query(
            "insert into cluster (organization_id, id, name, name_key, provider, region, description, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(proof.target().id.to_string())
        .bind(cluster.to_string())
        .bind(state.name.as_str())
        .bind(comparison_key(state.name.as_str()))
        .bind(state.provider)
        .bind(state.region)
        .bind(state.description)
        .bind(now.micros())
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Saves a cluster entry. False when somebody saved since `version` was read.
    pub(crate) async fn update_cluster(
        &mut self,
        proof: &Granted<permits::EditCluster>,
        state: &ClusterState<'_>,
        version: u64,
    ) -> Result<bool> {
        let done = sqlx::query(
            "update cluster set name = $4, name_key = $5, provider = $6, region = $7, description = $8, version = version + 1 \
             where organization_id = $1 and id = $2 and version = $3",
        )
        .bind(proof.organization().id.to_string())
        .bind(proof.target().id.to_string())
        .bind(number(version))
        .bind(state.name.as_str())
        .bind(comparison_key(state.name.as_str()))
        .bind(state.provider)
        .bind(state.region)
        .bind(state.description)
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Deletes a cluster entry. The database refuses while an environment is on it.
    pub(crate) async fn delete_cluster(
        &mut self,
        proof: &Granted<permits::ManageClusters>,
        cluster: ClusterId,
    ) -> Result<()> {
        sqlx::query("delete from cluster where organization_id = $1 and id = $2")
            .bind(proof.target().id.to_string())
            .bind(cluster.to_string())
            .execute(self.connection())
            .await?;
        Ok(())
    }
}

impl Tx {
    /// Whether an id is a cluster of this organization, and its name.
    pub(crate) async fn cluster_name(
        &mut self,
        organization: OrganizationId,
        cluster: ClusterId,
    ) -> Result<Option<String>> {
        let row: Option<(String,)> =
            sqlx::query_as("select name from cluster where organization_id = $1 and id = $2")
                .bind(organization.to_string())
                .bind(cluster.to_string())
                .fetch_optional(self.connection())
                .await?;
        Ok(row.map(|(name,)| name))
    }
}
