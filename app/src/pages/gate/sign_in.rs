use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::{beginning, password_field, problem};
use crate::components::*;
use crate::context::{caller, redirect, safe_next};
use crate::pages::{Failure, form_error, hidden};

const SIGN_IN: &str = "/rpc/account/sign-in";

/// Sign in with e-mail and password. Whoever is in already goes on.
#[component]
pub fn SignInPage() -> impl IntoView {
    let next = use_query_map()
        .get_untracked()
        .get("next")
        .unwrap_or_default();
    let next = safe_next(&next).unwrap_or_default().to_owned();
    let failure = Failure::of(SIGN_IN);
    Suspend::new(async move {
        if caller().person().is_none() {
            return form(&next, &failure);
        }
        if !next.is_empty() {
            redirect(&next);
            return ().into_any();
        }
        match beginning().await {
            Ok(path) => {
                redirect(&path);
                ().into_any()
            }
            Err(error) => problem(&error),
        }
    })
}

fn form(next: &str, failure: &Failure) -> AnyView {
    let head = (form_error(failure), hidden("next", next));
    let password = password_field("Password", "current-password", None, false, failure);
    let wrong_email = failure.field("email");
    view! {
        <Title text="Sign in — Gatehouse" />
        <Gate title="Sign in to Gatehouse" foot=|| "Accounts come by invitation. Ask an Owner or Admin of your organization.">
            <form class="form" method="post" action=SIGN_IN>
                {head}
                <TextField
                    label="Email"
                    name="email"
                    kind=InputKind::Email
                    error=wrong_email
                    autocomplete="username"
                    max_length=254
                    autofocus=true
                />
                {password}
                <SubmitButton size=Size::Wide>"Sign in"</SubmitButton>
            </form>
        </Gate>
    }
    .into_any()
}
