use domain::{
    ApiError, ClusterId, ClusterName, EventType, Invalid, Lineage, NameError, OrganizationId,
    Permission, audit::Change, can_see, decide, parse_description, view::ClusterView,
};

use crate::{
    Caller, Error, Result, Service,
    audit::{EventTarget, NewEvent},
    permits,
    store::{Chain, ClusterState},
};

/// The providers the API knows, with the name people use.
pub const PROVIDERS: [(&str, &str); 11] = [
    ("AWS", "AWS"),
    ("GCP", "Google Cloud"),
    ("AZURE", "Azure"),
    ("SCW", "Scaleway"),
    ("OVH", "OVHcloud"),
    ("DO", "DigitalOcean"),
    ("HETZNER", "Hetzner"),
    ("CIVO", "Civo"),
    ("ORACLE", "Oracle Cloud"),
    ("IBM", "IBM Cloud"),
    ("ON_PREMISE", "On premise"),
];

fn parse_provider(code: &str) -> Result<&'static str, NameError> {
    PROVIDERS
        .iter()
        .map(|(known, _)| *known)
        .find(|known| *known == code)
        .ok_or(NameError("Choose a provider from the list."))
}

fn parse_region(text: &str) -> Result<String, NameError> {
    let text = text.trim();
    let sound = (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    if sound {
        Ok(text.to_owned())
    } else {
        Err(NameError("Enter a region, for example eu-west-3."))
    }
}

impl Service {
    /// The cluster entries of an organization.
    ///
    /// # Errors
    /// `NotFound` for strangers.
    pub async fn clusters(
        &self,
        caller: &Caller,
        organization: OrganizationId,
    ) -> Result<Vec<ClusterView>> {
        let mut tx = self.store.read().await?;
        let proof = tx.belongs(caller, organization).await?;
        let held = tx.grants(caller, organization).await?;
        let environments = tx.all_environments(organization).await?;
        let seen = |cluster: &str| {
            environments
                .iter()
                .filter(|one| {
                    one.cluster == cluster
                        && can_see(&held, &Lineage::environment(one.project_id, one.kind))
                })
                .count()
        };
        let rows = tx.clusters(&proof).await?;
        Ok(rows
            .into_iter()
            .map(|row| ClusterView {
                environment_count: u32::try_from(seen(&row.name)).unwrap_or(u32::MAX),
                id: row.id,
                name: row.name,
                provider: row.provider,
                region: row.region,
                description: row.description,
                created_at: row.created_at,
                version: row.version,
                editable: decide(&held, Permission::ClustersManage, &Lineage::cluster(row.id))
                    .is_allowed(),
                may_place: decide(
                    &held,
                    Permission::EnvironmentCreate,
                    &Lineage::cluster(row.id),
                )
                .is_allowed(),
            })
            .collect())
    }

    /// A new cluster entry. Gatehouse keeps the entry; it does not create anything at the provider.
    ///
    /// # Errors
    /// `Forbidden`, or every field that needs attention.
    pub async fn create_cluster(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        form: &ClusterForm,
    ) -> Result<ClusterId> {
        let mut tx = self.store.write().await?;
        let seen = tx.belongs(caller, organization).await?;
        let proof = tx
            .authorize::<permits::ManageClusters>(caller, seen.target().clone())
            .await?;
        let checked = checked(form)?;
        let id: ClusterId = self.id();
        name_is_free(
            tx.insert_cluster(&proof, id, &checked.state(), self.now())
                .await,
        )?;
        let target = EventTarget::object(domain::TargetType::Cluster, id, checked.name.as_str());
        let change = Change::none()
            .set("name", checked.name.as_str())
            .set("provider", checked.provider)
            .set("region", &*checked.region);
        tx.commit(
            caller,
            self.now(),
            Chain::Organization(organization),
            NewEvent::done(EventType::Create, target, change),
        )
        .await?;
        Ok(id)
    }

    /// Saves a cluster entry. Takes the right to manage clusters, or Full access to this one.
    ///
    /// # Errors
    /// `Forbidden`; every field that needs attention; a conflict when somebody saved meanwhile.
    pub async fn edit_cluster(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        cluster: ClusterId,
        form: &ClusterForm,
        version: u64,
    ) -> Result<()> {
        let mut tx = self.store.write().await?;
        let seen = tx.belongs(caller, organization).await?;
        let found = super::not_found(tx.find_cluster(seen.target(), cluster).await?)?;
        let proof = tx.authorize::<permits::EditCluster>(caller, found).await?;
        let before = super::not_found(
            tx.clusters(&seen)
                .await?
                .into_iter()
                .find(|row| row.id == cluster),
        )?;
        let checked = checked(form)?;
        if !name_is_free(tx.update_cluster(&proof, &checked.state(), version).await)? {
            return Err(Error::conflict(
                "Somebody changed this cluster meanwhile. Reload the page to see what it is now.",
            ));
        }
        let target =
            EventTarget::object(domain::TargetType::Cluster, cluster, checked.name.as_str());
        let change = Change::none()
            .field("name", &*before.name, checked.name.as_str())
            .field("provider", &*before.provider, checked.provider)
            .field("region", &*before.region, &*checked.region)
            .field("description", &*before.description, &*checked.description);
        tx.commit(
            caller,
            self.now(),
            Chain::Organization(organization),
            NewEvent::done(EventType::Update, target, change),
        )
        .await
    }

    /// The custom roles that lose a level when a cluster entry is deleted, by name.
    ///
    /// # Errors
    /// `Forbidden` without the right to manage clusters.
    pub async fn roles_on_cluster(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        cluster: ClusterId,
    ) -> Result<Vec<String>> {
        let mut tx = self.store.read().await?;
        let seen = tx.belongs(caller, organization).await?;
        let proof = tx
            .authorize::<permits::ManageClusters>(caller, seen.target().clone())
            .await?;
        tx.roles_on_cluster(&proof, cluster).await
    }

    /// Deletes a cluster entry on which no environment is placed.
    ///
    /// # Errors
    /// `Forbidden`; refused while environments are on it, also ones the caller does not see.
    pub async fn delete_cluster(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        cluster: ClusterId,
    ) -> Result<()> {
        let mut tx = self.store.write().await?;
        let seen = tx.belongs(caller, organization).await?;
        let found = super::not_found(tx.find_cluster(seen.target(), cluster).await?)?;
        let proof = tx
            .authorize::<permits::ManageClusters>(caller, seen.target().clone())
            .await?;
        match tx.delete_cluster(&proof, cluster).await {
            Err(error) if error.is_in_use() => {
                return Err(Error::refused(
                    "Environments are placed on this cluster. Delete them first.",
                ));
            }
            other => other?,
        }
        let target = EventTarget::object(domain::TargetType::Cluster, cluster, &found.name);
        tx.commit(
            caller,
            self.now(),
            Chain::Organization(organization),
            NewEvent::done(
                EventType::Delete,
                target,
                Change::none().gone("name", &*found.name),
            ),
        )
        .await
    }
}

/// What the form of a cluster entry sends.
#[derive(Clone, Debug, Default)]
pub struct ClusterForm {
    /// Its name.
    pub name: String,
    /// The provider's code.
    pub provider: String,
    /// The provider's region.
    pub region: String,
    /// Free text.
    pub description: String,
}

impl ClusterForm {
    /// A cluster of this name at a provider, in a region.
    #[must_use]
    pub fn new(name: &str, provider: &str, region: &str) -> Self {
        Self {
            name: name.to_owned(),
            provider: provider.to_owned(),
            region: region.to_owned(),
            description: String::new(),
        }
    }
}

struct Checked {
    name: ClusterName,
    provider: &'static str,
    region: String,
    description: String,
}

impl Checked {
    fn state(&self) -> ClusterState<'_> {
        ClusterState {
            name: &self.name,
            provider: self.provider,
            region: &self.region,
            description: &self.description,
        }
    }
}

fn checked(form: &ClusterForm) -> Result<Checked> {
    let mut invalid = Invalid::new();
    let name = invalid.check("name", ClusterName::parse(&form.name));
    let provider = invalid.check("provider", parse_provider(&form.provider));
    let region = invalid.check("region", parse_region(&form.region));
    let description = invalid.check("description", parse_description(&form.description));
    match (name, provider, region, description) {
        (Some(name), Some(provider), Some(region), Some(description)) => Ok(Checked {
            name,
            provider,
            region,
            description,
        }),
        _ => Err(invalid.into_error().into()),
    }
}

fn name_is_free<T>(saved: Result<T>) -> Result<T> {
    match saved {
        Err(error) if error.is_duplicate() => {
            Err(ApiError::field("name", "Another cluster has this name.").into())
        }
        other => other,
    }
}
