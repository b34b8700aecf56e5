use domain::{ApiError, NAME_LIMIT};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::{PASSWORD_RULE, password_field, problem};
use crate::components::*;
use crate::context::{answer, redirect, service, set_status};
use crate::pages::{Failure, form_error, hidden};

const SET_UP: &str = "/rpc/account/setup";

/// The first account and organization, with the link that the server printed.
#[component]
pub fn SetupPage() -> impl IntoView {
    let token = use_query_map()
        .get_untracked()
        .get("token")
        .unwrap_or_default();
    let failure = Failure::of(SET_UP);
    Suspend::new(async move {
        match state(&token).await {
            Ok(State::Done) => {
                redirect("/sign-in");
                ().into_any()
            }
            Ok(State::Open) => form(&token, &failure),
            Ok(State::NoLink) => explanation(None),
            Err(ApiError::LinkVoid) => explanation(Some(
                "This set-up link does not work any more: a newer one was printed.",
            )),
            Err(error) => problem(&error),
        }
    })
}

enum State {
    /// There are accounts already.
    Done,
    /// The link works.
    Open,
    /// Somebody came without a link.
    NoLink,
}

async fn state(token: &str) -> Result<State, ApiError> {
    if !answer(service().needs_setup().await).await? {
        return Ok(State::Done);
    }
    if token.is_empty() {
        set_status(403);
        return Ok(State::NoLink);
    }
    answer(service().check_setup_link(token).await).await?;
    Ok(State::Open)
}

fn form(token: &str, failure: &Failure) -> AnyView {
    let head = (form_error(failure), hidden("token", token));
    let password = password_field(
        "Password",
        "new-password",
        Some(PASSWORD_RULE),
        true,
        failure,
    );
    let wrong = |field: &str| failure.field(field);
    let (wrong_name, wrong_email, wrong_organization) =
        (wrong("name"), wrong("email"), wrong("organization"));
    view! {
        <Title text="Set up — Gatehouse" />
        <Gate title="Set up Gatehouse" intro=|| "The first account owns the first organization. Everybody else comes by invitation.">
            <form class="form" method="post" action=SET_UP>
                {head}
                <TextField
                    label="Your name"
                    name="name"
                    error=wrong_name
                    autocomplete="name"
                    max_length=NAME_LIMIT
                    required=true
                    autofocus=true
                />
                <TextField
                    label="Email"
                    name="email"
                    kind=InputKind::Email
                    error=wrong_email
                    autocomplete="username"
                    max_length=254
                    required=true
                />
                {password}
                <TextField
                    label="Organization"
                    name="organization"
                    error=wrong_organization
                    hint="What your company or team is called. It can be renamed."
                    autocomplete="organization"
                    max_length=NAME_LIMIT
                    required=true
                />
                <SubmitButton size=Size::Wide>"Create organization"</SubmitButton>
            </form>
        </Gate>
    }
    .into_any()
}

/// For whoever has no link that works.
fn explanation(wrong: Option<&'static str>) -> AnyView {
    view! {
        <Title text="Set up — Gatehouse" />
        <Gate title="Set up Gatehouse" intro=|| "This instance has no account yet. The first one is made with a set-up link.">
            {wrong.map(|wrong| view! { <Note tone=Tone::Warn>{wrong}</Note> })}
            <div class="stack">
                <p>"Gatehouse prints the link where it runs, right after it has started:"</p>
                <pre class="gate-sample">"Nobody has an account yet. Open this link\nonce to make the first one:\nhttps://…/setup?token=…"</pre>
                <p>
                    "Each start prints a new link and ends the one before. To get one, restart " <Code>"gatehouse serve"</Code>
                    " and look at its output, or at the log of the service or container it runs in."
                </p>
                <p>"Without a browser, " <Code>"gatehouse admin create-owner"</Code> " makes the first account."</p>
            </div>
        </Gate>
    }
    .into_any()
}
