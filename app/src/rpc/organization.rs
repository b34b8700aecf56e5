//! The doors of what only owners do: making, handing over, deleting and restoring organizations.

use domain::{ApiError, SubmittedPassword};
use leptos::prelude::*;

use super::settings::id;
use crate::context::{answer, caller, flash, redirect, service};

/// A further organization, owned by whoever makes it.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "organization/create")]
pub async fn create_organization(#[server(default)] organization: String) -> Result<(), ApiError> {
    let slug = answer(
        service()
            .create_organization(&caller(), &organization)
            .await,
    )
    .await?;
    flash(&format!("Organization {} created.", organization.trim()));
    redirect(&format!("/o/{slug}"));
    Ok(())
}

/// Makes somebody else the owner.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "organization/transfer")]
pub async fn transfer_ownership(
    organization: String,
    #[server(default)] person: String,
    #[server(default)] confirm: String,
    #[server(default)] password: SubmittedPassword,
    #[server(default)] back: String,
) -> Result<(), ApiError> {
    let (organization, to) = (id(&organization)?, id(&person)?);
    answer(
        service()
            .transfer_ownership(&caller(), organization, to, &confirm, password)
            .await,
    )
    .await?;
    flash("Ownership transferred. You are Admin now.");
    redirect(&back);
    Ok(())
}

/// Locks an organization, to be destroyed after seven days.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "organization/delete")]
pub async fn delete_organization(
    organization: String,
    #[server(default)] confirm: String,
    #[server(default)] exported: String,
    #[server(default)] password: SubmittedPassword,
) -> Result<(), ApiError> {
    let organization = id(&organization)?;
    let exported = !exported.is_empty();
    answer(
        service()
            .delete_organization(&caller(), organization, &confirm, exported, password)
            .await,
    )
    .await?;
    flash("The organization is locked. You can restore it here for seven days.");
    redirect("/organizations/new");
    Ok(())
}

/// Brings a deleted organization back.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "organization/restore")]
pub async fn restore_organization(organization: String) -> Result<(), ApiError> {
    let restored = answer(
        service()
            .restore_organization(&caller(), id(&organization)?)
            .await,
    )
    .await?;
    flash("The organization is back as it was.");
    redirect(&format!("/o/{}", restored.slug));
    Ok(())
}
