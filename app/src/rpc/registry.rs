//! The doors of projects, environments and services.
//!
//! `place` is the path of what the object is in, as `/o/acme/p/shop`: where the redirect to it starts from.

use std::str::FromStr;

use domain::ApiError;
use leptos::prelude::*;
use service::ops::ServiceForm;

use crate::context::{answer, caller, flash, redirect, service};

/// An id that cannot be one names nothing.
fn id<T: FromStr>(text: &str) -> Result<T, ApiError> {
    text.parse().map_err(|_| ApiError::NotFound)
}

/// A new project.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "project/create")]
pub async fn create_project(
    organization: String,
    #[server(default)] name: String,
    #[server(default)] description: String,
    #[server(default)] place: String,
) -> Result<(), ApiError> {
    let slug = answer(
        service()
            .create_project(&caller(), id(&organization)?, &name, &description)
            .await,
    )
    .await?;
    flash(&format!("Project {} created.", name.trim()));
    redirect(&format!("{place}/p/{slug}/overview"));
    Ok(())
}

/// Renames or describes a project.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "project/edit")]
pub async fn edit_project(
    organization: String,
    project: String,
    version: u64,
    #[server(default)] name: String,
    #[server(default)] description: String,
    #[server(default)] place: String,
) -> Result<(), ApiError> {
    let edited = service()
        .edit_project(
            &caller(),
            id(&organization)?,
            id(&project)?,
            &name,
            &description,
            version,
        )
        .await;
    let slug = answer(edited).await?;
    flash("Project settings saved.");
    redirect(&format!("{place}/p/{slug}/settings"));
    Ok(())
}

/// Deletes a project with everything in it.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "project/delete")]
pub async fn delete_project(
    organization: String,
    project: String,
    #[server(default)] confirm: String,
    #[server(default)] place: String,
) -> Result<(), ApiError> {
    answer(
        service()
            .delete_project(&caller(), id(&organization)?, id(&project)?, &confirm)
            .await,
    )
    .await?;
    flash(&format!("Project {} deleted.", confirm.trim()));
    redirect(&place);
    Ok(())
}

/// A new environment on a cluster.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "environment/create")]
pub async fn create_environment(
    organization: String,
    project: String,
    #[server(default)] name: String,
    #[server(default)] kind: String,
    #[server(default)] cluster: String,
    #[server(default)] place: String,
) -> Result<(), ApiError> {
    let created = service()
        .create_environment(
            &caller(),
            id(&organization)?,
            id(&project)?,
            &name,
            &kind,
            &cluster,
        )
        .await;
    let slug = answer(created).await?;
    flash(&format!("Environment {} created.", name.trim()));
    redirect(&format!("{place}/e/{slug}/overview"));
    Ok(())
}

/// Renames an environment.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "environment/edit")]
pub async fn edit_environment(
    organization: String,
    environment: String,
    version: u64,
    #[server(default)] name: String,
    #[server(default)] place: String,
) -> Result<(), ApiError> {
    let edited = service()
        .edit_environment(
            &caller(),
            id(&organization)?,
            id(&environment)?,
            &name,
            version,
        )
        .await;
    let slug = answer(edited).await?;
    flash("Environment settings saved.");
    redirect(&format!("{place}/e/{slug}/settings"));
    Ok(())
}

/// Deletes an environment with everything in it.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "environment/delete")]
pub async fn delete_environment(
    organization: String,
    environment: String,
    #[server(default)] confirm: String,
    #[server(default)] place: String,
) -> Result<(), ApiError> {
    answer(
        service()
            .delete_environment(&caller(), id(&organization)?, id(&environment)?, &confirm)
            .await,
    )
    .await?;
    flash(&format!("Environment {} deleted.", confirm.trim()));
    redirect(&format!("{place}/overview"));
    Ok(())
}

/// A new service.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "service/create")]
pub async fn create_service(
    organization: String,
    environment: String,
    #[server(default)] name: String,
    #[server(default)] kind: String,
    #[server(default)] description: String,
    #[server(default)] place: String,
) -> Result<(), ApiError> {
    let form = ServiceForm {
        name,
        kind,
        description,
    };
    let slug = answer(
        service()
            .create_service(&caller(), id(&organization)?, id(&environment)?, &form)
            .await,
    )
    .await?;
    flash(&format!("Service {} created.", form.name.trim()));
    redirect(&format!("{place}/s/{slug}/overview"));
    Ok(())
}

/// Renames or describes a service.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "service/edit")]
pub async fn edit_service(
    organization: String,
    service: String,
    version: u64,
    #[server(default)] name: String,
    #[server(default)] description: String,
    #[server(default)] place: String,
) -> Result<(), ApiError> {
    let edited = crate::context::service()
        .edit_service(
            &caller(),
            id(&organization)?,
            id(&service)?,
            &name,
            &description,
            version,
        )
        .await;
    let slug = answer(edited).await?;
    flash("Service settings saved.");
    redirect(&format!("{place}/s/{slug}/settings"));
    Ok(())
}

/// Deletes a service with its variables.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "service/delete")]
pub async fn delete_service(
    organization: String,
    service: String,
    #[server(default)] confirm: String,
    #[server(default)] place: String,
) -> Result<(), ApiError> {
    answer(
        crate::context::service()
            .delete_service(&caller(), id(&organization)?, id(&service)?, &confirm)
            .await,
    )
    .await?;
    flash(&format!("Service {} deleted.", confirm.trim()));
    redirect(&format!("{place}/overview"));
    Ok(())
}
