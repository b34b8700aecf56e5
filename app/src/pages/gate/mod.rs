//! The pages in front of the gate: set-up, sign-in, invitation, and what is shown where nothing is.

mod invitation;
mod set_up;
mod sign_in;

pub use invitation::InvitationPage;
pub use set_up::SetupPage;
pub use sign_in::SignInPage;

use domain::ApiError;
use leptos::prelude::*;
use leptos_meta::Title;

use super::{Failure, hidden};
use crate::components::*;
use crate::context::{answer, caller, redirect, service, set_status};

const SIGN_OUT: &str = "/rpc/account/sign-out";
/// What a new password must be, as the operation checks it.
const PASSWORD_RULE: &str =
    "15 characters or more. A few words in a row are easy to remember and hard to guess.";

/// Leads to where one begins. The server usually has done so before.
#[component]
pub fn StartPage() -> impl IntoView {
    Suspend::new(async move {
        match beginning().await {
            Ok(path) => {
                redirect(&path);
                ().into_any()
            }
            Err(error) => problem(&error),
        }
    })
}

/// Set-up, sign-in, or the first organization of whoever is signed in.
async fn beginning() -> Result<String, ApiError> {
    if caller().person().is_none() {
        let new = answer(service().needs_setup().await).await?;
        return Ok(if new { "/setup" } else { "/sign-in" }.to_owned());
    }
    let organizations = answer(service().organizations(&caller()).await).await?;
    Ok(organizations
        .first()
        .map_or("/organizations/new".to_owned(), |first| {
            format!("/o/{}", first.slug)
        }))
}

/// There is no such page.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    set_status(404);
    view! {
        <Title text="Not found — Gatehouse" />
        <main class="page" id="main">{super::frame::error_content(&ApiError::NotFound)}</main>
    }
}

/// A page that could not be made at all.
fn problem(error: &ApiError) -> AnyView {
    view! {
        <Title text="This did not work — Gatehouse" />
        <main class="page" id="main">{super::frame::error_content(error)}</main>
    }
    .into_any()
}

/// A password with a button that shows it. `marked` says that it is required, where that is not plain.
fn password_field(
    label: &'static str,
    autocomplete: &'static str,
    hint: Option<&'static str>,
    marked: bool,
    failure: &Failure,
) -> impl IntoView + use<> {
    view! {
        <TextField
            label
            name="password"
            kind=InputKind::Password
            autocomplete
            hint
            error=failure.field("password")
            required=marked
            end=|| view! { <RevealButton control="password" name="password" /> }
        />
    }
}

fn sign_out_form(label: &'static str, next: &str) -> impl IntoView + use<> {
    view! {
        <form method="post" action=SIGN_OUT>
            {hidden("next", next)} <SubmitButton look=Look::Secondary size=Size::Wide>{label}</SubmitButton>
        </form>
    }
}
