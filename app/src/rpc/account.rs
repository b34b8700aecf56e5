//! The doors in front: set-up, signing in and out, invitations, and the look of the console.

use domain::{ApiError, SubmittedPassword};
use http::header::REFERER;
use http::request::Parts;
use leptos::prelude::*;
use service::ops::{Joining, SignedIn};

use super::settings::id;
use crate::components::Theme;
use crate::context::{
    answer, answer_at, caller, clear_session_cookie, flash, percent_encoded, redirect, safe_next,
    service, set_session_cookie, set_theme,
};

/// The first account and organization.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "account/setup")]
pub async fn set_up(
    #[server(default)] token: String,
    #[server(default)] name: String,
    #[server(default)] email: String,
    #[server(default)] password: SubmittedPassword,
    #[server(default)] organization: String,
) -> Result<(), ApiError> {
    let page = format!("/setup?token={}", percent_encoded(&token));
    let done = service()
        .complete_setup(&caller(), &token, &name, &email, password, &organization)
        .await;
    let signed_in = answer_at(&page, done).await?;
    flash("Your account and organization are ready.");
    let_in(&signed_in, "");
    Ok(())
}

/// Signs in.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "account/sign-in")]
pub async fn sign_in(
    #[server(default)] email: String,
    #[server(default)] password: SubmittedPassword,
    #[server(default)] next: String,
) -> Result<(), ApiError> {
    let signed_in = answer(service().sign_in(&caller(), &email, password).await).await?;
    let_in(&signed_in, &next);
    Ok(())
}

/// Signs out, and takes from the browser what it keeps of this site.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "account/sign-out")]
pub async fn sign_out(#[server(default)] next: String) -> Result<(), ApiError> {
    answer(service().sign_out(&caller()).await).await?;
    clear_session_cookie();
    redirect(safe_next(&next).unwrap_or("/sign-in"));
    Ok(())
}

/// Gives the password again, for what takes a fresh proof; then back to where that is.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "account/step-up")]
pub async fn step_up(
    #[server(default)] password: SubmittedPassword,
    #[server(default)] back: String,
) -> Result<(), ApiError> {
    answer(service().give_password(&caller(), password).await).await?;
    flash("Thank you. Go on: for ten minutes you will not be asked again.");
    redirect(safe_next(&back).unwrap_or("/"));
    Ok(())
}

/// Accepts an invitation. `mode` is `new`, `existing` or `signed-in`.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "account/accept-invitation")]
pub async fn accept_invitation(
    token: String,
    mode: String,
    #[server(default)] name: String,
    #[server(default)] password: SubmittedPassword,
) -> Result<(), ApiError> {
    let page = format!("/invite/{}", percent_encoded(&token));
    let joining = match mode.as_str() {
        "new" => Joining::NewAccount { name, password },
        "existing" => Joining::ExistingAccount { password },
        "signed-in" => Joining::SignedIn,
        _ => return Err(ApiError::BadRequest),
    };
    let signed_in = answer_at(
        &page,
        service()
            .accept_invitation(&caller(), &token, joining)
            .await,
    )
    .await?;
    flash("Invitation accepted. You are in.");
    let_in(&signed_in, "");
    Ok(())
}

/// Turns an invitation down.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "account/decline-invitation")]
pub async fn decline_invitation(token: String) -> Result<(), ApiError> {
    let page = format!("/invite/{}", percent_encoded(&token));
    answer_at(&page, service().decline_invitation(&caller(), &token).await).await?;
    redirect("/invite/declined");
    Ok(())
}

/// Stands for everything one holds in an organization right now; an open page asks whether that is still so.
///
/// # Errors
/// `NotFound` for whoever does not belong any more.
#[server(prefix = "/rpc", endpoint = "account/access")]
pub async fn access_stamp(organization: String) -> Result<String, ApiError> {
    answer(service().access_stamp(&caller(), id(&organization)?).await).await
}

/// Gives this browser another look, and shows the same page again.
///
/// # Errors
/// None.
#[server(prefix = "/rpc", endpoint = "account/theme")]
pub async fn choose_theme(
    #[server(default)] theme: String,
    #[server(default)] next: String,
) -> Result<(), ApiError> {
    set_theme(match theme.as_str() {
        "light" => Theme::Light,
        "dark" => Theme::Dark,
        _ => Theme::System,
    });
    let back = safe_next(&next).map(str::to_owned).or_else(came_from);
    redirect(&back.unwrap_or_default());
    Ok(())
}

/// Starts the session, and goes where the person wanted to go, else to their first organization.
fn let_in(signed_in: &SignedIn, next: &str) {
    set_session_cookie(signed_in);
    let home = signed_in
        .organization
        .as_ref()
        .map_or("/organizations/new".to_owned(), |slug| format!("/o/{slug}"));
    redirect(safe_next(next).unwrap_or(&home));
}

/// Path and query of the page the form was on.
fn came_from() -> Option<String> {
    let parts = use_context::<Parts>()?;
    let referer = parts.headers.get(REFERER)?.to_str().ok()?;
    let (_, rest) = referer.split_once("://")?;
    safe_next(&rest[rest.find('/')?..]).map(str::to_owned)
}
