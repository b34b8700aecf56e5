use domain::{
    ApiError, ClusterId, ClusterName, EventType, Invalid, Lineage, NameError, OrganizationId,
    audit::Change, can_see, parse_description, view::ClusterView,
};

use crate::{
    Caller, Result, Service,
    audit::{EventTarget, NewEvent},
    permits,
    store::Chain,
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
        name: &str,
        provider: &str,
        region: &str,
        description: &str,
    ) -> Result<ClusterId> {
        let mut tx = self.store.write().await?;
        let seen = tx.belongs(caller, organization).await?;
        let proof = tx
            .authorize::<permits::ManageClusters>(caller, seen.target().clone())
            .await?;
        let mut invalid = Invalid::new();
        let name = invalid.check("name", ClusterName::parse(name));
        let provider = invalid.check("provider", parse_provider(provider));
        let region = invalid.check("region", parse_region(region));
        let description = invalid.check("description", parse_description(description));
        let (Some(name), Some(provider), Some(region), Some(description)) =
            (name, provider, region, description)
        else {
            return Err(invalid.into_error().into());
        };
        let id: ClusterId = self.id();
        match tx
            .insert_cluster(
                &proof,
                id,
                &name,
                provider,
                &region,
                &description,
                self.now(),
            )
            .await
        {
            Err(error) if error.is_duplicate() => {
                return Err(ApiError::field("name", "Another cluster has this name.").into());
            }
            other => other?,
        }
        let target = EventTarget::object(domain::TargetType::Cluster, id, name.as_str());
        let change = Change::none()
            .set("name", name.as_str())
            .set("provider", provider)
            .set("region", region);
        tx.commit(
            caller,
            self.now(),
            Chain::Organization(organization),
            NewEvent::done(EventType::Create, target, change),
        )
        .await?;
        Ok(id)
    }
}
