//! The doors of Organization Settings.

use std::str::FromStr;

use domain::{ApiError, BuiltInRole};
use leptos::prelude::*;
use service::ops::{GeneralSettings, Invited};

use crate::context::{answer, caller, flash, redirect, service};

/// An id that cannot be one names nothing.
fn id<T: FromStr>(text: &str) -> Result<T, ApiError> {
    text.parse().map_err(|_| ApiError::NotFound)
}

/// Where a mail went.
fn sent(invited: &Invited, message: &str) -> String {
    if invited.link.is_some() {
        format!(
            "{message} No mail server is set up, so the mail is a file in the server's outbox folder."
        )
    } else {
        message.to_owned()
    }
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

/// Offers a membership by mail.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "members/invite")]
pub async fn invite_member(
    organization: String,
    email: String,
    role: String,
    #[server(default)] back: String,
) -> Result<(), ApiError> {
    let invited = answer(
        service()
            .invite(&caller(), id(&organization)?, &email, &role)
            .await,
    )
    .await?;
    flash(&sent(
        &invited,
        &format!("Invitation for {} sent.", email.trim()),
    ));
    redirect(&back);
    Ok(())
}

/// Gives a member another role.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "members/change-role")]
pub async fn change_member_role(
    organization: String,
    person: String,
    role: String,
    #[server(default)] back: String,
) -> Result<(), ApiError> {
    answer(
        service()
            .change_role(&caller(), id(&organization)?, id(&person)?, &role)
            .await,
    )
    .await?;
    let label = role.parse().map_or("changed", BuiltInRole::label);
    flash(&format!(
        "The role is {label} now. It counts from the next click."
    ));
    redirect(&back);
    Ok(())
}

/// Ends a membership.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "members/remove")]
pub async fn remove_member(
    organization: String,
    person: String,
    #[server(default)] back: String,
) -> Result<(), ApiError> {
    answer(
        service()
            .remove_member(&caller(), id(&organization)?, id(&person)?)
            .await,
    )
    .await?;
    flash("Member removed.");
    redirect(&back);
    Ok(())
}

/// Sends a new link for an invitation.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "members/resend-invitation")]
pub async fn resend_invitation(
    organization: String,
    invitation: String,
    #[server(default)] back: String,
) -> Result<(), ApiError> {
    let invited = answer(
        service()
            .resend_invitation(&caller(), id(&organization)?, id(&invitation)?)
            .await,
    )
    .await?;
    flash(&sent(
        &invited,
        "New link sent; the one before stopped working.",
    ));
    redirect(&back);
    Ok(())
}

/// Takes an invitation back.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "members/revoke-invitation")]
pub async fn revoke_invitation(
    organization: String,
    invitation: String,
    #[server(default)] back: String,
) -> Result<(), ApiError> {
    answer(
        service()
            .revoke_invitation(&caller(), id(&organization)?, id(&invitation)?)
            .await,
    )
    .await?;
    flash("Invitation revoked.");
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
    answer(
        service()
            .create_cluster(
                &caller(),
                id(&organization)?,
                &name,
                &provider,
                &region,
                &description,
            )
            .await,
    )
    .await?;
    flash(&format!("Cluster {} added.", name.trim()));
    redirect(&back);
    Ok(())
}
