use domain::view::InvitationOffer;
use domain::{ApiError, BuiltInRole, NAME_LIMIT, Permission};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use super::{PASSWORD_RULE, password_field, problem, sign_out_form};
use crate::components::*;
use crate::context::{answer, caller, service};
use crate::pages::{Failure, form_error, hidden};

const DECLINE: &str = "/rpc/account/decline-invitation";
/// What stands in the place of a token once an invitation was turned down.
const DECLINED: &str = "declined";
const ACCEPT: &str = "/rpc/account/accept-invitation";

/// What a mailed link offers, and the form that accepts it.
#[component]
pub fn InvitationPage() -> impl IntoView {
    let token = use_params_map()
        .get_untracked()
        .get("token")
        .unwrap_or_default();
    let failure = Failure::of(ACCEPT);
    Suspend::new(async move {
        if token == DECLINED {
            return declined();
        }
        match answer(service().invitation_offer(&caller(), &token).await).await {
            Ok(offer) => page(&token, &offer, &failure),
            Err(ApiError::LinkVoid) => void(),
            Err(error) => problem(&error),
        }
    })
}

fn page(token: &str, offer: &InvitationOffer, failure: &Failure) -> AnyView {
    let title = format!("Join {}", offer.organization);
    let (inviter, organization) = (offer.invited_by.clone(), offer.organization.clone());
    let form = match &offer.signed_in_as_other {
        Some(other) => other_account(token, other, &offer.email),
        None => accept_form(token, offer, failure),
    };
    let terms = terms(offer);
    let decline = view! {
        <form method="post" action=DECLINE class="decline">
            {hidden("token", token)} <SubmitButton look=Look::Quiet size=Size::Wide>"Decline invitation"</SubmitButton>
        </form>
    };
    view! {
        <Title text=format!("{title} — Gatehouse") />
        <Gate title intro=move || view! { <b>{inviter}</b> " invites you to " <b>{organization}</b> "." }>
            {terms} {form} {decline}
        </Gate>
    }
    .into_any()
}

/// What one would accept.
fn terms(offer: &InvitationOffer) -> impl IntoView + use<> {
    let (role, summary) = (offer.role_name.clone(), offer.role_summary.clone());
    let mut facts = vec![
        Fact::new("For", offer.email.clone()),
        Fact::new(
            "Role",
            view! { <RoleBadge name=role /> {(!summary.is_empty()).then(|| view! { <p class="terms-note">{summary}</p> })} },
        ),
        Fact::new("Open until", view! { <Time at=offer.expires_at /> " UTC" }),
    ];
    if !offer.note.is_empty() {
        facts.push(Fact::new(
            "Note",
            view! { <p class="prose">{offer.note.clone()}</p> },
        ));
    }
    let built_in = BuiltInRole::ASSIGNABLE
        .into_iter()
        .find(|role| role.label() == offer.role_name);
    let more = built_in.map(|role| {
        view! {
            <details class="terms-more">
                <summary>"What this role can do"</summary>
                <ul class="terms-list">
                    {Permission::ALL
                        .into_iter()
                        .filter(|permission| role.has(*permission))
                        .map(|permission| view! { <li><Icon name=IconName::Check />{permission.label()}</li> })
                        .collect_view()}
                </ul>
            </details>
        }
    });
    view! { <div class="terms"><Facts facts /> {more}</div> }
}

fn accept_form(token: &str, offer: &InvitationOffer, failure: &Failure) -> AnyView {
    let (mode, fields) = if offer.signed_in {
        ("signed-in", ().into_any())
    } else if offer.has_account {
        ("existing", view! { {email_field(&offer.email)} {password_field("Password", "current-password", Some("The one of your Gatehouse account."), false, failure)} }.into_any())
    } else {
        ("new", new_account(&offer.email, failure))
    };
    let button = if mode == "new" {
        "Create account and join"
    } else {
        "Accept invitation"
    };
    view! {
        <form class="form" method="post" action=ACCEPT>
            {form_error(failure)} {hidden("token", token)} {hidden("mode", mode)} {fields}
            <SubmitButton size=Size::Wide>{button}</SubmitButton>
        </form>
    }
    .into_any()
}

fn new_account(email: &str, failure: &Failure) -> AnyView {
    view! {
        <TextField
            label="Your name"
            name="name"
            error=failure.field("name")
            autocomplete="name"
            max_length=NAME_LIMIT
            required=true
            autofocus=true
        />
        {email_field(email)}
        {password_field("Password", "new-password", Some(PASSWORD_RULE), true, failure)}
    }
    .into_any()
}

/// For password stores, and for the person: the invitation is for this address and no other.
fn email_field(email: &str) -> impl IntoView + use<> {
    view! {
        <TextField label="Email" name="email" kind=InputKind::Email value=email.to_owned() autocomplete="username" readonly=true />
    }
}

fn other_account(token: &str, other: &str, invited: &str) -> AnyView {
    let sign_out = sign_out_form("Sign out and continue", &format!("/invite/{token}"));
    let (other, invited) = (other.to_owned(), invited.to_owned());
    view! {
        <Note tone=Tone::Warn title="This invitation is for another address">
            "You are signed in as " <b>{other}</b> ", but it was sent to " <b>{invited}</b> "."
        </Note>
        {sign_out}
    }
    .into_any()
}

fn declined() -> AnyView {
    view! {
        <Title text="Invitation declined — Gatehouse" />
        <Gate title="Invitation declined">
            <p>"You joined nothing, and the link works no more. Whoever invited you sees that you declined."</p>
        </Gate>
    }
    .into_any()
}

fn void() -> AnyView {
    view! {
        <Title text="Invitation — Gatehouse" />
        <Gate title="This invitation does not work any more" foot=|| view! { "Accepted it before? " <a href="/sign-in">"Sign in"</a> }>
            <div class="stack">
                <p>"An invitation works once and for a few days. This one was used, taken back, replaced by a newer one, or it is too old."</p>
                <p>"Look for a newer mail, or ask the person who invited you to send it again."</p>
            </div>
        </Gate>
    }
    .into_any()
}
