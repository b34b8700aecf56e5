//! The doors to members and invitations.

use domain::{ApiError, PersonId, view::InviteOutcome};
use leptos::prelude::*;
use service::ops::{Confirmed, InviteForm, Invited};

use super::settings::id;
use crate::context::{answer, caller, flash, redirect, service};

/// The people a form is about, apart by commas.
fn people(text: &str) -> Result<Vec<PersonId>, ApiError> {
    text.split(',')
        .filter(|part| !part.is_empty())
        .map(id)
        .collect()
}

/// What was on the form.
fn confirmed<'a>(fingerprint: &'a str, typed_name: &'a str) -> Confirmed<'a> {
    Confirmed {
        fingerprint: (!fingerprint.is_empty()).then_some(fingerprint),
        typed_name,
    }
}

/// Where mails went, and where to look at what became of each address.
fn tell(invited: &Invited, back: &str, sent: &str) {
    let missed = invited
        .results
        .iter()
        .any(|one| one.outcome != InviteOutcome::Sent);
    if invited.handover.is_none() || !missed {
        flash(sent);
    }
    match invited.handover {
        Some(results) => {
            let sign = if back.contains('?') { '&' } else { '?' };
            redirect(&format!("{back}{sign}results={results}"));
        }
        None => redirect(back),
    }
}

/// Offers memberships by mail.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "members/invite")]
pub async fn invite_member(
    organization: String,
    #[server(default)] emails: String,
    #[server(default)] role: String,
    #[server(default)] days: String,
    #[server(default)] note: String,
    #[server(default)] back: String,
) -> Result<(), ApiError> {
    let form = InviteForm {
        emails,
        role,
        note,
        days,
    };
    let invited = answer(service().invite(&caller(), id(&organization)?, &form).await).await?;
    let sent = match invited.results.as_slice() {
        [one] => format!("Invitation for {} sent.", one.email),
        several => format!("{} invitations sent.", several.len()),
    };
    tell(&invited, &back, &sent);
    Ok(())
}

/// Gives members another role.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "members/change-role")]
pub async fn change_member_role(
    organization: String,
    #[server(default)] people: String,
    #[server(default)] role: String,
    #[server(default)] fingerprint: String,
    #[server(default)] confirm: String,
    #[server(default)] back: String,
) -> Result<(), ApiError> {
    let organization = id(&organization)?;
    let people = self::people(&people)?;
    let shown = confirmed(&fingerprint, &confirm);
    answer(
        service()
            .change_roles(&caller(), organization, &people, &role, Some(shown))
            .await,
    )
    .await?;
    flash("Role changed. It counts from their next click.");
    redirect(&back);
    Ok(())
}

/// Ends memberships.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "members/remove")]
pub async fn remove_member(
    organization: String,
    #[server(default)] people: String,
    #[server(default)] fingerprint: String,
    #[server(default)] confirm: String,
    #[server(default)] back: String,
) -> Result<(), ApiError> {
    let people = self::people(&people)?;
    let shown = confirmed(&fingerprint, &confirm);
    answer(
        service()
            .remove_members(&caller(), id(&organization)?, &people, Some(shown))
            .await,
    )
    .await?;
    flash(match people.len() {
        1 => "Member removed.",
        _ => "Members removed.",
    });
    redirect(&back);
    Ok(())
}

/// Ends one's own membership.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "members/leave")]
pub async fn leave_organization(organization: String) -> Result<(), ApiError> {
    answer(service().leave(&caller(), id(&organization)?).await).await?;
    flash("You left the organization.");
    redirect("/");
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
    tell(
        &invited,
        &back,
        "New link sent; the one before stopped working.",
    );
    Ok(())
}

/// Lets an invitation work longer.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "members/extend-invitation")]
pub async fn extend_invitation(
    organization: String,
    invitation: String,
    #[server(default)] days: String,
    #[server(default)] back: String,
) -> Result<(), ApiError> {
    answer(
        service()
            .extend_invitation(&caller(), id(&organization)?, id(&invitation)?, &days)
            .await,
    )
    .await?;
    flash("Invitation extended.");
    redirect(&back);
    Ok(())
}

/// Lets an invitation give another role.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "members/change-invited-role")]
pub async fn change_invited_role(
    organization: String,
    invitation: String,
    #[server(default)] role: String,
    #[server(default)] back: String,
) -> Result<(), ApiError> {
    answer(
        service()
            .change_invited_role(&caller(), id(&organization)?, id(&invitation)?, &role)
            .await,
    )
    .await?;
    flash("The invitation gives another role now.");
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
