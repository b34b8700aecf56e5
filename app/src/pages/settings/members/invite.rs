//! The form that invites several people at once, and what became of each address.

use domain::{
    BuiltInRole, DESCRIPTION_LIMIT, RoleRef,
    view::{InvitationResult, InviteOutcome, RoleSummary},
};
use leptos::prelude::*;
use service::{OrganizationTarget, ops::INVITATION_DAYS};

use crate::{
    components::*,
    pages::{Address, Failure, copy_button, form_error, hidden},
};

pub const INVITE: &str = "/rpc/members/invite";

/// How long links work, as the form offers it.
const DAYS: [(i64, &str); 5] = [
    (1, "1 day"),
    (3, "3 days"),
    (INVITATION_DAYS, "7 days"),
    (14, "14 days"),
    (30, "30 days"),
];

/// The choices of days, for this form and for extending.
pub fn days() -> Vec<Choice> {
    DAYS.iter()
        .map(|(days, words)| Choice::new(days.to_string(), *words))
        .collect()
}

/// Roles as cards; those beyond one's own rights cannot be chosen, and say why.
fn cards(roles: &[RoleSummary]) -> Vec<RadioCard> {
    let built_in = BuiltInRole::ASSIGNABLE.map(RoleRef::BuiltIn);
    let first = built_in
        .iter()
        .filter_map(|role| roles.iter().find(|one| one.role == *role));
    let own = roles
        .iter()
        .filter(|one| matches!(one.role, RoleRef::Custom(_)));
    first
        .chain(own)
        .map(|role| {
            let note = if role.description.is_empty() {
                "A role of this organization.".to_owned()
            } else {
                role.description.clone()
            };
            let card = RadioCard::new(role.role.to_string(), role.name.clone(), note);
            if role.may_give {
                card
            } else {
                card.refused("You can only give roles within your own rights.")
            }
        })
        .collect()
}

/// Offers memberships. The role that can do least is chosen until somebody chooses another.
pub fn panel(
    organization: &OrganizationTarget,
    roles: &[RoleSummary],
    list: &Address,
    failure: &Failure,
) -> AnyView {
    let back = Address::new(format!("/o/{}/settings/members", organization.slug))
        .with("tab", "invitations")
        .href();
    let cards = cards(roles);
    let emails = view! {
        {form_error(failure)}
        {hidden("organization", organization.id)}
        {hidden("back", back)}
        <TextArea
            label="Email"
            name="emails"
            error=failure.field("emails")
            hint="One or more, apart by commas or line breaks. A role behind a colon is for that one alone: ana@acme.example: DevOps"
            rows=3
            required=true
        />
    };
    let rest = view! {
        <RadioCards legend="Role" name="role" cards value=BuiltInRole::Viewer.code() error=failure.field("role") required=true />
        <Select label="Link works for" name="days" choices=days() value=INVITATION_DAYS.to_string() error=failure.field("days") />
        <TextArea
            label="Note"
            name="note"
            error=failure.field("note")
            hint="Goes into the mail as you write it."
            max_length=DESCRIPTION_LIMIT
            rows=2
            optional=true
        />
    };
    let note = format!(
        "To {}. Each link works once, for one address.",
        organization.name
    );
    let close = list.href();
    let cancel = close.clone();
    view! {
        <Panel title="Invite member" note close>
            <form class="panel-form" method="post" action=INVITE>
                <PanelBody>{emails} {rest}</PanelBody>
                <PanelFoot>
                    <ButtonLink href=cancel look=Look::Quiet>"Cancel"</ButtonLink>
                    <SubmitButton icon=IconName::Send>"Send invitation"</SubmitButton>
                </PanelFoot>
            </form>
        </Panel>
    }
    .into_any()
}

/// What became of each address; with the link where no mail server delivers it.
pub fn results(results: &[InvitationResult], list: &Address) -> AnyView {
    let sent = results
        .iter()
        .filter(|one| one.outcome == InviteOutcome::Sent)
        .count();
    let links: Vec<String> = results.iter().filter_map(|one| one.link.clone()).collect();
    let lines = results.iter().map(line).collect_view();
    let warning = (!links.is_empty()).then(|| {
        view! {
            <Note tone=Tone::Warn title="Hand over the links yourself">
                "No mail server is set up. Each link works once, for its address alone; this page shows them to you for ten minutes."
            </Note>
        }
    });
    let all = (links.len() > 1).then(|| view! { <Button icon=IconName::Copy attr:data-copy=links.join("\n")>"Copy all links"</Button> });
    let note = format!(
        "{} of {}",
        sent,
        counted(results.len(), "address", "addresses")
    );
    let close = list.without("results").href();
    let done = close.clone();
    view! {
        <Panel title="Invitations sent" note close>
            <PanelBody>
                {warning}
                <ul class="results">{lines}</ul>
                {all}
            </PanelBody>
            <PanelFoot><ButtonLink href=done look=Look::Primary>"Done"</ButtonLink></PanelFoot>
        </Panel>
    }
    .into_any()
}

fn line(result: &InvitationResult) -> AnyView {
    let fine = result.outcome == InviteOutcome::Sent;
    let words = if fine && result.link.is_some() {
        "Invitation made."
    } else {
        result.outcome.sentence()
    };
    let (email, role) = (result.email.clone(), result.role_name.clone());
    let link = result.link.clone().map(|link| {
        let copy = copy_button(format!("Copy link for {email}"), link.clone());
        view! { <span class="copied"><Code>{link}</Code>{copy}</span> }
    });
    view! {
        <li class="result" data-fine=fine.then_some("")>
            <Icon name=if fine { IconName::CircleCheck } else { IconName::Warning } />
            <div>
                <p><b>{breakable(&email)}</b> {(!role.is_empty()).then(|| format!(" as {role}"))}</p>
                <p class="faint">{words}</p>
                {link}
            </div>
        </li>
    }
    .into_any()
}
