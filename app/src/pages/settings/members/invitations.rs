//! The list of invitations, with what became of them.

use domain::{
    RoleRef, Timestamp,
    view::{InvitationState, InvitationView},
};
use leptos::prelude::*;

use service::store::INVITATIONS_LISTED;

use crate::{components::*, pages::Address};

pub fn list(
    invitations: &[InvitationView],
    list: &Address,
    now: Timestamp,
    invite: Option<String>,
) -> AnyView {
    if invitations.is_empty() {
        return view! {
            <Card flush=true>
                <EmptyState
                    kind=EmptyKind::NoneYet
                    title="No invitations"
                    icon=IconName::Mail
                    actions=move || invite.map(|href| view! { <ButtonLink href icon=IconName::UserAdd>"Invite member"</ButtonLink> })
                >
                    "Whom you invite is listed here, with what became of it."
                </EmptyState>
            </Card>
        }
        .into_any();
    }
    let columns = vec![
        Column::new("Email", CellKind::Lead),
        Column::new("Role", CellKind::Plain),
        Column::new("Invited by", CellKind::Plain),
        Column::new("Sent", CellKind::Spare),
        Column::new("Expires", CellKind::Meta),
        Column::new("Status", CellKind::Plain),
        Column::new("Actions", CellKind::Actions),
    ];
    let rows = invitations
        .iter()
        .map(|invitation| row(invitation, list, now))
        .collect_view();
    let ends = invitations.len() >= INVITATIONS_LISTED;
    view! {
        <DataTable caption="Invitations" columns>{rows}</DataTable>
        {ends.then(|| view! { <p class="faint">{format!("The latest {INVITATIONS_LISTED}. The audit log has all of them.")}</p> })}
    }
    .into_any()
}

const fn tone(state: InvitationState) -> Tone {
    match state {
        InvitationState::Pending => Tone::Accent,
        InvitationState::Void | InvitationState::Expired => Tone::Warn,
        InvitationState::Accepted => Tone::Ok,
        InvitationState::Revoked | InvitationState::Declined => Tone::Neutral,
    }
}

fn row(invitation: &InvitationView, list: &Address, now: Timestamp) -> AnyView {
    let open = invitation.state.is_open();
    let state = invitation.state.label();
    let tone = tone(invitation.state);
    let custom = matches!(invitation.role, RoleRef::Custom(_));
    let void = (invitation.state == InvitationState::Void)
        .then_some("Its sender may not invite to this role any more. Resend it, or revoke it.");
    let actions = open.then(|| actions(invitation, list));
    let InvitationView {
        email,
        role_name,
        invited_by,
        sent_at,
        expires_at,
        ..
    } = invitation.clone();
    view! {
        <Row>
            <LeadCell>{breakable(&email)}</LeadCell>
            <Cell label="Role"><RoleBadge name=role_name custom /></Cell>
            <Cell label="Invited by">{invited_by}</Cell>
            <Cell kind=CellKind::Spare label="Sent"><Time at=sent_at now=now /></Cell>
            <Cell kind=CellKind::Meta label="Expires">{open.then(|| view! { <Time at=expires_at now=now /> })}</Cell>
            <Cell label="Status"><Badge tone>{state}</Badge> {void.map(|why| view! { <p class="faint">{why}</p> })}</Cell>
            <Cell kind=CellKind::Actions>{actions}</Cell>
        </Row>
    }
    .into_any()
}

fn actions(invitation: &InvitationView, list: &Address) -> AnyView {
    let id = invitation.id.to_string();
    let to = |name: &'static str| list.with(name, id.clone()).href();
    let label = format!("Actions for {}", invitation.email);
    let (resend, extend, role, revoke) =
        (to("resend"), to("extend"), to("invited_role"), to("revoke"));
    view! {
        <Menu id=format!("invitation-{id}") label size=Size::Small>
            <MenuLink href=resend icon=IconName::Send>"Resend"</MenuLink>
            <MenuLink href=extend icon=IconName::Clock>"Extend"</MenuLink>
            <MenuLink href=role icon=IconName::Shield>"Change role"</MenuLink>
            <MenuRule />
            <MenuLink href=revoke icon=IconName::Forbidden danger=true>"Revoke"</MenuLink>
        </Menu>
    }
    .into_any()
}
