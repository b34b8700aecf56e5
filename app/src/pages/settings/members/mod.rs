//! Who belongs to the organization, as what, and who is invited.

mod asked;
mod dialogs;
mod invitations;
mod invite;
mod list;
mod person;

pub use person::PersonPage;

use domain::{
    ApiError, InvitationId, Permission, PersonId,
    view::{InvitationView, MemberView, RoleSummary},
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::view_only;
use crate::{
    components::*,
    context::{answer, caller, service},
    pages::{Address, At, ConsoleContext, Failure, Page, STEP_UP, console_page, step_up_dialog},
};
use asked::{Asked, Open};

/// The failures a form of this page may come back with.
struct Failures {
    invite: Failure,
    change_role: Failure,
    remove: Failure,
    resend: Failure,
    revoke: Failure,
    extend: Failure,
    invited_role: Failure,
    step_up: Failure,
}

/// Who belongs to the organization, as what, and who is invited.
#[component]
pub fn MembersPage() -> impl IntoView {
    let asked = Asked::of(&use_query_map().get_untracked());
    let failures = Failures {
        invite: Failure::of(invite::INVITE),
        change_role: Failure::of(dialogs::CHANGE_ROLE),
        remove: Failure::of(dialogs::REMOVE),
        resend: Failure::of(dialogs::RESEND),
        revoke: Failure::of(dialogs::REVOKE),
        extend: Failure::of(dialogs::EXTEND),
        invited_role: Failure::of(dialogs::INVITED_ROLE),
        step_up: Failure::of(STEP_UP),
    };
    console_page(At::Settings("members"), move |context| async move {
        page(context, asked, failures).await
    })
}

async fn page(context: ConsoleContext, asked: Asked, failures: Failures) -> Result<Page, ApiError> {
    let organization = context.here.organization.id;
    let rights = &context.organization_rights;
    let manages = rights.may(Permission::MembersManage);
    let roles = answer(service().roles(&caller(), organization).await).await?;
    // Asking for invitations without the right to see them is answered by the operation.
    let invitations = if manages || asked.invitations {
        answer(service().invitations(&caller(), organization).await).await?
    } else {
        Vec::new()
    };
    let open = invitations
        .iter()
        .filter(|invitation| invitation.state.is_open())
        .count();

    let page = Address::new(format!("{}/settings/members", context.here.path()));
    let list = asked.list(&page);
    let invite = manages.then(|| list.flag("invite").href());
    let mut tabs = vec![
        Tab::new("Members", page.href(), !asked.invitations).count(context.member_count as usize),
    ];
    if manages {
        let href = page.with("tab", "invitations").href();
        tabs.push(Tab::new("Invitations", href, asked.invitations).count(open));
    }
    let now = service().now();
    let name = context.here.organization.name.clone();
    let body = if asked.invitations {
        invitations::list(&invitations, &list, now, invite.clone())
    } else {
        let members = answer(
            service()
                .members(&caller(), organization, &asked.filter(), asked.cursor)
                .await,
        )
        .await?;
        let fresh = !answer(service().needs_step_up(&caller()).await).await?;
        list::list(&members, &asked, &page, &list, &context, &roles, fresh)
    };
    let (panel, dialog) = if matches!(asked.open, Open::Export) {
        let dialog = step_up_dialog("Exporting the list", &list, &failures.step_up);
        (None, Some(dialog))
    } else if manages {
        overlay(&context, &asked, &failures, &invitations, &roles, &list).await?
    } else {
        (None, None)
    };
    let content = view! {
        <PageHead
            title="Members"
            view_only=view_only(rights, Permission::MembersManage)
            actions=move || invite.map(|href| view! { <ButtonLink href look=Look::Primary icon=IconName::UserAdd>"Invite member"</ButtonLink> })
        >
            "Everybody who belongs to " {name} ", and what they are here."
        </PageHead>
        {(tabs.len() > 1).then(|| view! { <Tabs label="Members" tabs /> })}
        {body}
    };
    let title = if asked.invitations {
        "Invitations"
    } else {
        "Members"
    };
    Ok(Page::new(title, content).panel(panel).dialog(dialog))
}

type Overlay = (Option<AnyView>, Option<AnyView>);

/// The panel and the dialog the address asks for. Whoever may not use them is shown neither.
async fn overlay(
    context: &ConsoleContext,
    asked: &Asked,
    failures: &Failures,
    invitations: &[InvitationView],
    roles: &[RoleSummary],
    list: &Address,
) -> Result<Overlay, ApiError> {
    let organization = &context.here.organization;
    let invitation = |id: InvitationId| invitations.iter().find(|invitation| invitation.id == id);
    let dialog = match &asked.open {
        Open::Nothing | Open::Export => return Ok((None, None)),
        Open::Invite => {
            let panel = invite::panel(organization, roles, list, &failures.invite);
            return Ok((Some(panel), None));
        }
        Open::Results(id) => {
            let results = answer(
                service()
                    .invitation_results(&caller(), organization.id, *id)
                    .await,
            )
            .await;
            return Ok((
                results.ok().map(|results| invite::results(&results, list)),
                None,
            ));
        }
        Open::ChangeRole(people) => {
            let people = found(organization.id, people).await;
            let to = asked.to.as_deref();
            dialogs::change_role(
                organization,
                &people,
                roles,
                to,
                list,
                &failures.change_role,
            )
            .await
        }
        Open::Remove(people) => {
            let people = found(organization.id, people).await;
            dialogs::remove(organization, &people, list, &failures.remove).await
        }
        Open::Resend(id) => invitation(*id)
            .map(|found| dialogs::resend(organization, found, list, &failures.resend)),
        Open::Revoke(id) => invitation(*id)
            .map(|found| dialogs::revoke(organization, found, list, &failures.revoke)),
        Open::Extend(id) => invitation(*id)
            .map(|found| dialogs::extend(organization, found, list, &failures.extend)),
        Open::InvitedRole(id) => invitation(*id).map(|found| {
            dialogs::invited_role(organization, found, roles, list, &failures.invited_role)
        }),
    };
    Ok((None, dialog))
}

/// Those of these people who can be changed: members but the owner.
async fn found(organization: domain::OrganizationId, people: &[PersonId]) -> Vec<MemberView> {
    let mut members = Vec::new();
    for person in people {
        if let Ok(member) = service().member(&caller(), organization, *person).await
            && !member.is_owner
        {
            members.push(member);
        }
    }
    members
}
