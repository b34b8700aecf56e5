//! The doors of Organization Settings: general and clusters.

use std::str::FromStr;

use domain::ApiError;
use leptos::prelude::*;
use service::ops::{ClusterForm, GeneralSettings};

use crate::context::{answer, caller, flash, redirect, service};

/// An id that cannot be one names nothing.
pub(super) fn id<T: FromStr>(text: &str) -> Result<T, ApiError> {
    text.parse().map_err(|_| ApiError::NotFound)
}

/// Saves the general settings.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "organization/edit")]
pub async fn edit_organization(
    organization: String,
    version: u64,
    name: String,
    #[server(default)] description: String,
    #[server(default)] website: String,
    #[server(default)] contact_emails: String,
    #[server(default)] back: String,
) -> Result<(), ApiError> {
    let form = GeneralSettings {
        name,
        description,
        website,
        contact_emails,
        version,
    };
    answer(
        service()
            .edit_organization(&caller(), id(&organization)?, &form)
            .await,
    )
    .await?;
    flash("Organization settings saved.");
    redirect(&back);
    Ok(())
}

/// Adds a cluster entry.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "cluster/create")]
pub async fn create_cluster(
    organization: String,
    name: String,
    #[server(default)] provider: String,
    #[server(default)] region: String,
    #[server(default)] description: String,
    #[server(default)] back: String,
) -> Result<(), ApiError> {
    let form = ClusterForm {
        name,
        provider,
        region,
        description,
    };
    answer(
        service()
            .create_cluster(&caller(), id(&organization)?, &form)
            .await,
    )
    .await?;
    flash(&format!("Cluster {} added.", form.name.trim()));
    redirect(&back);
    Ok(())
}

/// Saves a cluster entry.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "cluster/edit")]
pub async fn edit_cluster(
    organization: String,
    cluster: String,
    version: u64,
    name: String,
    #[server(default)] provider: String,
    #[server(default)] region: String,
    #[server(default)] description: String,
    #[server(default)] back: String,
) -> Result<(), ApiError> {
    let form = ClusterForm {
        name,
        provider,
        region,
        description,
    };
    answer(
        service()
            .edit_cluster(&caller(), id(&organization)?, id(&cluster)?, &form, version)
            .await,
    )
    .await?;
    flash("Cluster saved.");
    redirect(&back);
    Ok(())
}

/// Deletes a cluster entry.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "cluster/delete")]
pub async fn delete_cluster(
    organization: String,
    cluster: String,
    #[server(default)] back: String,
) -> Result<(), ApiError> {
    answer(
        service()
            .delete_cluster(&caller(), id(&organization)?, id(&cluster)?)
            .await,
    )
    .await?;
    flash("Cluster deleted.");
    redirect(&back);
    Ok(())
}
