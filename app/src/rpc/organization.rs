//! The door that makes organizations.

use domain::ApiError;
use leptos::prelude::*;

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
