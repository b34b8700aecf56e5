//! What is done to members and invitations: each a form at an address of its own. Changes of access show first
//! what they give and take; the form carries the fingerprint of what was shown.

use domain::{
    RoleRef,
    view::{AccessPreview, InvitationView, MemberView, RoleSummary},
};
use leptos::prelude::*;
use service::{
    OrganizationTarget,
    ops::{INVITATION_DAYS, UNASKED},
};

use super::invite::days;
use crate::{
    components::*,
    context::{caller, service},
    pages::{Address, Failure, form_error, hidden},
};

pub const CHANGE_ROLE: &str = "/rpc/members/change-role";
pub const REMOVE: &str = "/rpc/members/remove";
pub const RESEND: &str = "/rpc/members/resend-invitation";
pub const REVOKE: &str = "/rpc/members/revoke-invitation";
pub const EXTEND: &str = "/rpc/members/extend-invitation";
pub const INVITED_ROLE: &str = "/rpc/members/change-invited-role";

fn ids(people: &[MemberView]) -> String {
    let ids: Vec<String> = people.iter().map(|one| one.id.to_string()).collect();
    ids.join(",")
}

fn named(people: &[MemberView]) -> String {
    match people {
        [one] => one.name.clone(),
        many => format!("{} members", many.len()),
    }
}

/// What a preview could not be made for, in the words of the operation.
fn previewed(preview: service::Result<AccessPreview>) -> Result<AccessPreview, domain::ApiError> {
    preview.map_err(|error| error.for_wire(caller().request))
}

/// Roles that may be given, as choices.
fn role_choices(roles: &[RoleSummary]) -> Vec<Choice> {
    roles
        .iter()
        .filter(|role| role.may_give && !role.role.is_owner())
        .map(|role| Choice::new(role.role.to_string(), role.name.clone()))
        .collect()
}

/// Gives another role: first the choice, then what it gives and takes, then the button that does it.
pub async fn change_role(
    organization: &OrganizationTarget,
    people: &[MemberView],
    roles: &[RoleSummary],
    to: Option<&str>,
    list: &Address,
    failure: &Failure,
) -> Option<AnyView> {
    let first = people.first()?;
    let ids: Vec<_> = people.iter().map(|one| one.id).collect();
    let preview = match to {
        Some(role) => Some(previewed(
            service()
                .preview_roles(&caller(), organization.id, &ids, role)
                .await,
        )),
        None => None,
    };
    let current = people
        .iter()
        .all(|one| one.role == first.role)
        .then(|| first.role.to_string());
    let chosen = to.map(str::to_owned).or(current);
    let you = people.iter().any(|one| one.is_you).then(|| {
        view! { <Note tone=Tone::Warn>"This includes you. Without “Manage members & roles” you cannot take your role back."</Note> }
    });
    let choice = choose_role(people, roles, chosen.as_deref(), list);
    let outcome = match preview {
        None => None,
        Some(Err(error)) => {
            let message = error.to_string();
            Some(view! { <FormError message /> }.into_any())
        }
        Some(Ok(preview)) => {
            let role = to.unwrap_or_default().to_owned();
            let asked = typed_name(organization, people, failure);
            Some(confirm_role(
                organization,
                people,
                role,
                preview,
                asked,
                list,
            ))
        }
    };
    let body = view! { {form_error(failure)} {you} {choice} };
    let close = list.href();
    let title = format!("Change role of {}", named(people));
    let note = match people {
        [one] => one.email.clone(),
        _ => String::new(),
    };
    let foot = outcome.is_none().then(|| {
        let cancel = close.clone();
        view! { <PanelFoot><ButtonLink href=cancel look=Look::Quiet>"Cancel"</ButtonLink></PanelFoot> }
    });
    Some(
        view! { <Dialog title note close><PanelBody>{body}</PanelBody>{outcome}{foot}</Dialog> }
            .into_any(),
    )
}

/// The first step: which role. A form of its own, so that the address says what is shown.
fn choose_role(
    people: &[MemberView],
    roles: &[RoleSummary],
    chosen: Option<&str>,
    list: &Address,
) -> AnyView {
    let kept = list.hidden();
    let action = list.path().to_owned();
    let which = match people {
        [one] => hidden("role", one.id),
        many => {
            let ticks = many.iter().map(|one| hidden("m", one.id)).collect_view();
            view! { {hidden("do", "role")} {ticks} }.into_any()
        }
    };
    let choices = role_choices(roles);
    let chosen = chosen.map(str::to_owned);
    view! {
        <form class="choose" method="get" action=action>
            {kept} {which}
            <Select label="Role" name="to" choices value=chosen required=true />
            <SubmitButton look=Look::Secondary>"Show what changes"</SubmitButton>
        </form>
    }
    .into_any()
}

/// The second step: what it does, and the button that does it.
fn confirm_role(
    organization: &OrganizationTarget,
    people: &[MemberView],
    role: String,
    preview: AccessPreview,
    asked: Option<AnyView>,
    list: &Address,
) -> AnyView {
    let fields = view! {
        {hidden("organization", organization.id)}
        {hidden("people", ids(people))}
        {hidden("role", role)}
        {hidden("fingerprint", preview.fingerprint.clone())}
        {hidden("back", list.href())}
    };
    let now = service().now();
    let cancel = list.href();
    view! {
        <form class="panel-form" method="post" action=CHANGE_ROLE>
            <PanelBody>
                {fields}
                <section aria-label="What changes"><AccessPreviewList preview now /></section>
                {asked}
            </PanelBody>
            <PanelFoot>
                <ButtonLink href=cancel look=Look::Quiet>"Cancel"</ButtonLink>
                <SubmitButton>"Change role"</SubmitButton>
            </PanelFoot>
        </form>
    }
    .into_any()
}

/// Ends memberships, after naming what goes with them.
pub async fn remove(
    organization: &OrganizationTarget,
    people: &[MemberView],
    list: &Address,
    failure: &Failure,
) -> Option<AnyView> {
    let first = people.first()?;
    let found: Vec<_> = people.iter().map(|one| one.id).collect();
    let preview = previewed(
        service()
            .preview_removal(&caller(), organization.id, &found)
            .await,
    );
    let preview = match preview {
        Ok(preview) => preview,
        Err(error) => return Some(refused_dialog("Remove member", &error.to_string(), list)),
    };
    let message = match people {
        [one] if one.is_you => format!(
            "You leave {} at once and see nothing of it any more. Your account stays.",
            organization.name
        ),
        [one] => format!(
            "{} ({}) loses access to {} from their next click. Their account stays, and so does what they did in the audit log.",
            one.name, one.email, organization.name
        ),
        many => format!(
            "{} members lose access to {} from their next click. Their accounts stay, and so does what they did in the audit log.",
            many.len(),
            organization.name
        ),
    };
    let follows = vec!["Invitations they sent and nobody accepted yet stop working".to_owned()];
    let back = if people.iter().any(|one| one.is_you) {
        "/".to_owned()
    } else {
        list.href()
    };
    let now = service().now();
    let fingerprint = preview.fingerprint.clone();
    let body = view! {
        {form_error(failure)}
        {hidden("organization", organization.id)}
        {hidden("people", ids(people))}
        {hidden("fingerprint", fingerprint)}
        {hidden("back", back)}
        <Consequences message list=follows />
        <details class="more">
            <summary>"What they can do now"</summary>
            <AccessPreviewList preview now />
        </details>
        {typed_name(organization, people, failure)}
    };
    let title = match people {
        [_] => format!("Remove {}", first.name),
        many => format!("Remove {} members", many.len()),
    };
    let word = if people.len() == 1 {
        "Remove member".to_owned()
    } else {
        title.clone()
    };
    let submit = view! { <SubmitButton look=Look::Danger>{word}</SubmitButton> };
    Some(confirm(title, REMOVE, list, body, submit))
}

/// Many at once take the organization's name, typed.
fn typed_name(
    organization: &OrganizationTarget,
    people: &[MemberView],
    failure: &Failure,
) -> Option<AnyView> {
    let name = organization.name.clone();
    let (label, copied) = (format!("Type {name} to confirm"), name.clone());
    (people.len() > UNASKED).then(|| {
        view! {
            <TextField
                label
                name="confirm"
                error=failure.field("confirm")
                hint=format!("This changes {} members at once.", people.len())
                autocomplete="off"
                required=true
                end=move || view! { <CopyButton text=copied.clone() name=format!("the name {copied}") /> }
            />
        }
        .into_any()
    })
}

fn refused_dialog(title: &'static str, message: &str, list: &Address) -> AnyView {
    let close = list.href();
    let (cancel, message) = (close.clone(), message.to_owned());
    view! {
        <Dialog title close>
            <PanelBody><FormError message /></PanelBody>
            <PanelFoot><ButtonLink href=cancel attr:autofocus=true>"Back"</ButtonLink></PanelFoot>
        </Dialog>
    }
    .into_any()
}

/// Sends a new link.
pub fn resend(
    organization: &OrganizationTarget,
    invitation: &InvitationView,
    list: &Address,
    failure: &Failure,
) -> AnyView {
    let message = format!(
        "{} gets a new link as {}.",
        invitation.email, invitation.role_name
    );
    let follows = vec!["The link that was sent before stops working".to_owned()];
    let body = view! {
        {about(organization, invitation, list, failure)}
        <Consequences message list=follows tone=Tone::Warn />
    };
    let submit = view! { <SubmitButton icon=IconName::Send>"Resend invitation"</SubmitButton> };
    confirm("Resend invitation".to_owned(), RESEND, list, body, submit)
}

/// Takes an invitation back.
pub fn revoke(
    organization: &OrganizationTarget,
    invitation: &InvitationView,
    list: &Address,
    failure: &Failure,
) -> AnyView {
    let message = format!(
        "{} can no longer join {} with the link that was sent.",
        invitation.email, organization.name
    );
    let body = view! {
        {about(organization, invitation, list, failure)}
        <Consequences message list=Vec::new() />
    };
    let submit = view! { <SubmitButton look=Look::Danger>"Revoke invitation"</SubmitButton> };
    confirm("Revoke invitation".to_owned(), REVOKE, list, body, submit)
}

/// Lets the link that was sent work longer.
pub fn extend(
    organization: &OrganizationTarget,
    invitation: &InvitationView,
    list: &Address,
    failure: &Failure,
) -> AnyView {
    let error = failure.field("days");
    let body = view! {
        {about(organization, invitation, list, failure)}
        <p>{format!("The link that {} has works from now on for:", invitation.email)}</p>
        <Select label="Link works for" name="days" choices=days() value=INVITATION_DAYS.to_string() error />
    };
    let submit = view! { <SubmitButton>"Extend invitation"</SubmitButton> };
    confirm("Extend invitation".to_owned(), EXTEND, list, body, submit)
}

/// Lets an invitation give another role.
pub fn invited_role(
    organization: &OrganizationTarget,
    invitation: &InvitationView,
    roles: &[RoleSummary],
    list: &Address,
    failure: &Failure,
) -> AnyView {
    let error = failure.field("role");
    let current: RoleRef = invitation.role;
    let body = view! {
        {about(organization, invitation, list, failure)}
        <p>{format!("{} joins with this role. The link stays the same.", invitation.email)}</p>
        <Select label="Role" name="role" choices=role_choices(roles) value=current.to_string() error required=true />
    };
    let submit = view! { <SubmitButton>"Change role"</SubmitButton> };
    confirm(
        "Change the role of an invitation".to_owned(),
        INVITED_ROLE,
        list,
        body,
        submit,
    )
}

/// Which invitation a form is about.
fn about(
    organization: &OrganizationTarget,
    invitation: &InvitationView,
    list: &Address,
    failure: &Failure,
) -> AnyView {
    view! {
        {form_error(failure)}
        {hidden("organization", organization.id)}
        {hidden("invitation", invitation.id)}
        {hidden("back", list.href())}
    }
    .into_any()
}

/// A question with the way out where the focus is.
fn confirm(
    title: String,
    action: &'static str,
    list: &Address,
    body: impl IntoView + 'static,
    submit: impl IntoView + 'static,
) -> AnyView {
    let close = list.href();
    let cancel = close.clone();
    view! {
        <Dialog title close>
            <form class="panel-form" method="post" action=action>
                <PanelBody>{body}</PanelBody>
                <PanelFoot>
                    <ButtonLink href=cancel attr:autofocus=true>"Cancel"</ButtonLink>
                    {submit}
                </PanelFoot>
            </form>
        </Dialog>
    }
    .into_any()
}
