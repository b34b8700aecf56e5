//! What is done to members and invitations: each a form at an address of its own.

use domain::{
    BuiltInRole, Permission, RoleRef,
    view::{InvitationView, MemberView, Rights},
};
use leptos::prelude::*;
use service::OrganizationTarget;

use crate::{
    components::*,
    pages::{Address, Failure, form_error, hidden},
};

pub const INVITE: &str = "/rpc/members/invite";
pub const CHANGE_ROLE: &str = "/rpc/members/change-role";
pub const REMOVE: &str = "/rpc/members/remove";
pub const RESEND: &str = "/rpc/members/resend-invitation";
pub const REVOKE: &str = "/rpc/members/revoke-invitation";

/// Offers a membership. The role that can do least is chosen until somebody chooses another.
pub fn invite(
    organization: &OrganizationTarget,
    rights: &Rights,
    list: &Address,
    failure: &Failure,
) -> AnyView {
    let within = |role: BuiltInRole| {
        Permission::ALL
            .into_iter()
            .all(|permission| !role.has(permission) || rights.may(permission))
    };
    let cards = BuiltInRole::ASSIGNABLE
        .into_iter()
        .map(|role| {
            let card = RadioCard::new(role.code(), role.label(), role.summary());
            if within(role) {
                card
            } else {
                card.refused("You can only give roles within your own rights.")
            }
        })
        .collect::<Vec<_>>();
    let back = Address::new(format!("/o/{}/settings/members", organization.slug))
        .with("tab", "invitations")
        .href();
    let body = view! {
        {form_error(failure)}
        {hidden("organization", organization.id)}
        {hidden("back", back)}
        <TextField
            label="Email"
            name="email"
            kind=InputKind::Email
            error=failure.field("email")
            hint="The invitation is for this address alone."
            autocomplete="off"
            max_length=254
            required=true
            autofocus=true
        />
        <RadioCards legend="Role" name="role" cards value=BuiltInRole::Viewer.code() error=failure.field("role") required=true />
    };
    let note = format!("To {}. The link works once, for 7 days.", organization.name);
    let close = list.href();
    let cancel = close.clone();
    view! {
        <Panel title="Invite member" note close>
            <form class="panel-form" method="post" action=INVITE>
                <PanelBody>{body}</PanelBody>
                <PanelFoot>
                    <ButtonLink href=cancel look=Look::Quiet>"Cancel"</ButtonLink>
                    <SubmitButton icon=IconName::Send>"Send invitation"</SubmitButton>
                </PanelFoot>
            </form>
        </Panel>
    }
    .into_any()
}

/// Gives another role, after saying what that gives and takes.
pub fn change_role(
    organization: &OrganizationTarget,
    member: &MemberView,
    list: &Address,
    failure: &Failure,
) -> AnyView {
    let current = match member.role {
        RoleRef::BuiltIn(role) => Some(role),
        RoleRef::Custom(_) => None,
    };
    let choices = BuiltInRole::ASSIGNABLE
        .into_iter()
        .map(|role| Choice::new(role.code(), role.label()))
        .collect::<Vec<_>>();
    let changes = BuiltInRole::ASSIGNABLE
        .into_iter()
        .map(|role| role_change(current, role))
        .collect_view();
    let body = view! {
        {form_error(failure)}
        {hidden("organization", organization.id)}
        {hidden("person", member.id)}
        {hidden("back", list.href())}
        <Select label="Role" name="role" choices value=current.map(BuiltInRole::code) error=failure.field("role") required=true />
        {member
            .is_you
            .then(|| view! { <Note tone=Tone::Warn>"This is you. Without “Manage members & roles” you cannot take your role back."</Note> })}
        <div aria-live="polite">{changes}</div>
    };
    let close = list.href();
    let cancel = close.clone();
    view! {
        <Dialog title=format!("Change role of {}", member.name) note=member.email.clone() close>
            <form class="panel-form role-form" method="post" action=CHANGE_ROLE>
                <PanelBody>{body}</PanelBody>
                <PanelFoot>
                    <ButtonLink href=cancel look=Look::Quiet>"Cancel"</ButtonLink>
                    <SubmitButton>"Change role"</SubmitButton>
                </PanelFoot>
            </form>
        </Dialog>
    }
    .into_any()
}

/// What one choice of role would mean. The style sheet shows the block of the chosen role.
fn role_change(from: Option<BuiltInRole>, to: BuiltInRole) -> AnyView {
    let held = |permission| from.is_some_and(|role| role.has(permission));
    let gained = Permission::ALL
        .into_iter()
        .filter(|permission| to.has(*permission) && !held(*permission))
        .collect();
    let lost = Permission::ALL
        .into_iter()
        .filter(|permission| !to.has(*permission) && held(*permission))
        .collect();
    let same = from == Some(to);
    view! {
        <div class="role-change" data-role=to.code()>
            <p>{to.summary()} " " {if same { "This is the role they have now." } else { "It counts from their next click." }}</p>
            {role_effects("Gains", Change::Added, gained)}
            {role_effects("Loses", Change::Removed, lost)}
        </div>
    }
    .into_any()
}

fn role_effects(verb: &str, change: Change, permissions: Vec<Permission>) -> AnyView {
    let title = format!(
        "{verb} {}",
        counted(permissions.len(), "permission", "permissions")
    );
    let effects: Vec<_> = permissions
        .into_iter()
        .map(|permission| EffectLine::new(change, permission.label()))
        .collect();
    (!effects.is_empty())
        .then(|| view! { <div class="role-effects"><h3>{title}</h3><Effects effects /></div> })
        .into_any()
}

/// Ends a membership, after naming what goes with it.
pub fn remove(
    organization: &OrganizationTarget,
    member: &MemberView,
    list: &Address,
    failure: &Failure,
) -> AnyView {
    let message = if member.is_you {
        format!(
            "You leave {} at once and see nothing of it any more. Your account stays.",
            organization.name
        )
    } else {
        format!(
            "{} ({}) loses access to {} from their next click. Their account stays, and so does what they did in the audit log.",
            member.name, member.email, organization.name
        )
    };
    let follows = vec!["Invitations they sent and nobody accepted yet stop working".to_owned()];
    let back = if member.is_you {
        "/".to_owned()
    } else {
        list.href()
    };
    let body = view! {
        {form_error(failure)}
        {hidden("organization", organization.id)}
        {hidden("person", member.id)}
        {hidden("back", back)}
        <Consequences message list=follows />
    };
    let submit = view! { <SubmitButton look=Look::Danger>"Remove member"</SubmitButton> };
    confirm(
        format!("Remove {}", member.name),
        REMOVE,
        list,
        body,
        submit,
    )
}

/// Sends a new link.
pub fn resend(
    organization: &OrganizationTarget,
    invitation: &InvitationView,
    list: &Address,
    failure: &Failure,
) -> AnyView {
    let message = format!(
        "{} gets a new link as {}. It works for 7 days.",
        invitation.email, invitation.role_name
    );
    let follows = vec!["The link that was sent before stops working".to_owned()];
    let body = view! {
        {form_error(failure)}
        {hidden("organization", organization.id)}
        {hidden("invitation", invitation.id)}
        {hidden("back", list.href())}
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
        {form_error(failure)}
        {hidden("organization", organization.id)}
        {hidden("invitation", invitation.id)}
        {hidden("back", list.href())}
        <Consequences message list=Vec::new() />
    };
    let submit = view! { <SubmitButton look=Look::Danger>"Revoke invitation"</SubmitButton> };
    confirm("Revoke invitation".to_owned(), REVOKE, list, body, submit)
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
