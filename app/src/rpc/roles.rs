//! The doors to custom roles. Editing goes through a review: what the editor sends is kept beside the role, and
//! saving takes the fingerprint of what the review showed.

use std::collections::HashMap;

use domain::{ApiError, SubmittedPassword};
use leptos::prelude::*;
use service::ops::RoleForm;

use super::{role_levels, settings::id};
use crate::context::{answer, caller, flash, redirect, service};

/// The page a person looks at an edit on.
fn review(page: &str) -> String {
    format!("{page}?review")
}

/// Makes a role and goes to its editor. `back` is the list of roles.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "roles/create")]
pub async fn create_role(
    organization: String,
    name: String,
    #[server(default)] description: String,
    #[server(default)] start_from: String,
    #[server(default)] password: SubmittedPassword,
    #[server(default)] back: String,
) -> Result<(), ApiError> {
    let role = answer(
        service()
            .create_role(
                &caller(),
                id(&organization)?,
                &name,
                &description,
                &start_from,
                password,
            )
            .await,
    )
    .await?;
    flash(&format!("Role {} made. Choose what it gives.", name.trim()));
    redirect(&format!("{back}/{role}"));
    Ok(())
}

/// Keeps an edit and goes to its review. `back` is the role's page, here and below.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "roles/draft")]
pub async fn draft_role(
    organization: String,
    role: String,
    version: u64,
    name: String,
    #[server(default)] description: String,
    #[server(default)] levels: HashMap<String, String>,
    #[server(default)] back: String,
) -> Result<(), ApiError> {
    let mut form = RoleForm {
        name,
        description,
        version,
        ..RoleForm::default()
    };
    role_levels::read(&levels, &mut form)?;
    answer(
        service()
            .draft_role(&caller(), id(&organization)?, id(&role)?, &form)
            .await,
    )
    .await?;
    redirect(&review(&back));
    Ok(())
}

/// Throws an edit away.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "roles/discard")]
pub async fn discard_role_draft(
    organization: String,
    role: String,
    #[server(default)] back: String,
) -> Result<(), ApiError> {
    answer(
        service()
            .discard_role_draft(&caller(), id(&organization)?, id(&role)?)
            .await,
    )
    .await?;
    flash("The changes are discarded.");
    redirect(&back);
    Ok(())
}

/// Saves an edit. When the world has moved since the review, back to it: it shows how things stand now.
///
/// # Errors
/// As the operation, but for a conflict.
#[server(prefix = "/rpc", endpoint = "roles/save")]
pub async fn save_role(
    organization: String,
    role: String,
    over: u64,
    #[server(default)] fingerprint: String,
    #[server(default)] back: String,
) -> Result<(), ApiError> {
    let saved = service()
        .save_role(
            &caller(),
            id(&organization)?,
            id(&role)?,
            &fingerprint,
            over,
        )
        .await;
    match answer(saved).await {
        Ok(_) => {
            flash("Saved. It counts from their next click.");
            redirect(&back);
            Ok(())
        }
        Err(ApiError::Conflict { .. }) => {
            redirect(&format!("{}&moved", review(&back)));
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// Starts an edit that makes a role what it was, and goes to its review.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "roles/restore")]
pub async fn restore_role(
    organization: String,
    role: String,
    version: u64,
    #[server(default)] back: String,
) -> Result<(), ApiError> {
    answer(
        service()
            .restore_role(&caller(), id(&organization)?, id(&role)?, version)
            .await,
    )
    .await?;
    redirect(&review(&back));
    Ok(())
}

/// Deletes a role. `to` is who takes over where it is in use; then the role's name is typed, too.
///
/// # Errors
/// As the operation; the typed name is another.
#[server(prefix = "/rpc", endpoint = "roles/delete")]
pub async fn delete_role(
    organization: String,
    role: String,
    #[server(default)] to: String,
    #[server(default)] fingerprint: String,
    #[server(default)] confirm: String,
    #[server(default)] back: String,
) -> Result<(), ApiError> {
    let (organization, role) = (id(&organization)?, id(&role)?);
    let name = answer(service().role(&caller(), organization, role).await)
        .await?
        .saved
        .name;
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    answer(
        service()
            .delete_role(
                &caller(),
                organization,
                role,
                given(&to).as_deref(),
                given(&fingerprint).as_deref(),
                Some(&confirm),
            )
            .await,
    )
    .await?;
    flash(&format!("Role {name} deleted."));
    redirect(&back);
    Ok(())
}
