use domain::{
    BuiltInRole, InvitationId, Permission, PersonId, RoleRef, Timestamp,
    view::{InvitationState, InvitationView, MemberView, Rights},
};
use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, params::ParamsMap};

use super::{members_dialogs as dialogs, view_only};
use crate::{
    components::*,
    context::{answer, caller, service},
    pages::{Address, At, ConsoleContext, Failure, Page, console_page},
};

/// What the address asks for.
struct Asked {
    invitations: bool,
    search: String,
    role_filter: Option<BuiltInRole>,
    open: Open,
}

/// What lies over the lists.
enum Open {
    Nothing,
    Invite,
    ChangeRole(PersonId),
    Remove(PersonId),
    Resend(InvitationId),
    Revoke(InvitationId),
}

impl Asked {
    fn of(query: &ParamsMap) -> Self {
        let text = |name: &str| query.get(name).unwrap_or_default();
        let open = if query.get("invite").is_some() {
            Open::Invite
        } else if let Ok(person) = text("role").parse() {
            Open::ChangeRole(person)
        } else if let Ok(person) = text("remove").parse() {
            Open::Remove(person)
        } else if let Ok(invitation) = text("resend").parse() {
            Open::Resend(invitation)
        } else if let Ok(invitation) = text("revoke").parse() {
            Open::Revoke(invitation)
        } else {
            Open::Nothing
        };
        Self {
            invitations: text("tab") == "invitations",
            search: text("q").trim().to_owned(),
            role_filter: text("role_filter").parse().ok(),
            open,
        }
    }

    fn shows(&self, member: &MemberView) -> bool {
        let search = self.search.to_lowercase();
        let found = member.name.to_lowercase().contains(&search)
            || member.email.to_lowercase().contains(&search);
        found
            && self
                .role_filter
                .is_none_or(|role| member.role == RoleRef::BuiltIn(role))
    }
}

/// The failures a form of this page may come back with.
struct Failures {
    invite: Failure,
    change_role: Failure,
    remove: Failure,
    resend: Failure,
    revoke: Failure,
}

/// Who belongs to the organization, as what, and who is invited.
#[component]
pub fn MembersPage() -> impl IntoView {
    let asked = Asked::of(&use_query_map().get_untracked());
    let failures = Failures {
        invite: Failure::of(dialogs::INVITE),
        change_role: Failure::of(dialogs::CHANGE_ROLE),
        remove: Failure::of(dialogs::REMOVE),
        resend: Failure::of(dialogs::RESEND),
        revoke: Failure::of(dialogs::REVOKE),
    };
    console_page(At::Settings("members"), move |context| async move {
        page(context, asked, failures).await
    })
}

async fn page(
    context: ConsoleContext,
    asked: Asked,
    failures: Failures,
) -> Result<Page, domain::ApiError> {
    let organization = context.here.organization.id;
    let rights = &context.organization_rights;
    let manages = rights.may(Permission::MembersManage);
    let members = answer(service().members(&caller(), organization).await).await?;
    // Asking for invitations without the right to see them is answered by the operation.
    let invitations = if manages || asked.invitations {
        answer(service().invitations(&caller(), organization).await).await?
    } else {
        Vec::new()
    };

    let page = Address::new(format!("{}/settings/members", context.here.path()));
    let tab = if asked.invitations {
        page.with("tab", "invitations")
    } else {
        page.clone()
    };
    let list = tab.with("q", asked.search.clone()).with(
        "role_filter",
        asked.role_filter.map(BuiltInRole::code).unwrap_or_default(),
    );
    let invite = manages.then(|| list.flag("invite").href());
    let mut tabs = vec![Tab::new("Members", page.href(), !asked.invitations).count(members.len())];
    if manages {
        tabs.push(
            Tab::new(
                "Invitations",
                page.with("tab", "invitations").href(),
                asked.invitations,
            )
            .count(invitations.len()),
        );
    }
    let now = service().now();
    let name = context.here.organization.name.clone();
    let (panel, dialog) = overlay(&context, &asked, &failures, &members, &invitations, &list);
    let body = if asked.invitations {
        invitation_list(&invitations, &list, now, invite.clone())
    } else {
        member_list(&members, &asked, &page, &list, rights, now)
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
    Ok(Page::new(
        if asked.invitations {
            "Invitations"
        } else {
            "Members"
        },
        content,
    )
    .panel(panel)
    .dialog(dialog))
}

/// The panel and the dialog the address asks for. Whoever may not use them is shown neither.
fn overlay(
    context: &ConsoleContext,
    asked: &Asked,
    failures: &Failures,
    members: &[MemberView],
    invitations: &[InvitationView],
    list: &Address,
) -> (Option<AnyView>, Option<AnyView>) {
    if !context.organization_rights.may(Permission::MembersManage) {
        return (None, None);
    }
    let organization = &context.here.organization;
    let member = |id: PersonId| {
        members
            .iter()
            .find(|member| member.id == id && !member.is_owner)
    };
    let invitation = |id: InvitationId| invitations.iter().find(|invitation| invitation.id == id);
    match asked.open {
        Open::Nothing => (None, None),
        Open::Invite => (
            Some(dialogs::invite(
                organization,
                &context.organization_rights,
                list,
                &failures.invite,
            )),
            None,
        ),
        Open::ChangeRole(id) => (
            None,
            member(id).map(|member| {
                dialogs::change_role(organization, member, list, &failures.change_role)
            }),
        ),
        Open::Remove(id) => (
            None,
            member(id).map(|member| dialogs::remove(organization, member, list, &failures.remove)),
        ),
        Open::Resend(id) => (
            None,
            invitation(id).map(|invitation| {
                dialogs::resend(organization, invitation, list, &failures.resend)
            }),
        ),
        Open::Revoke(id) => (
            None,
            invitation(id).map(|invitation| {
                dialogs::revoke(organization, invitation, list, &failures.revoke)
            }),
        ),
    }
}

fn member_list(
    members: &[MemberView],
    asked: &Asked,
    page: &Address,
    list: &Address,
    rights: &Rights,
    now: Timestamp,
) -> AnyView {
    let shown: Vec<&MemberView> = members
        .iter()
        .filter(|member| asked.shows(member))
        .collect();
    let summary = format!(
        "Showing {} of {}",
        shown.len(),
        counted(members.len(), "member", "members")
    );
    let rows = shown
        .iter()
        .map(|member| member_row(member, list, rights, now))
        .collect_view();
    let columns = vec![
        Column::new("Person", CellKind::Lead),
        Column::new("Role", CellKind::Plain),
        Column::new("Last active", CellKind::Meta),
        Column::new("Joined", CellKind::Spare),
        Column::new("Actions", CellKind::Actions),
    ];
    let table = if shown.is_empty() {
        no_match(members.len(), page.href())
    } else {
        view! { <DataTable caption="Members" columns foot=move || view! { <p class="table-foot">{summary}</p> }>{rows}</DataTable> }.into_any()
    };
    let kept = page
        .with(
            "role_filter",
            asked.role_filter.map(BuiltInRole::code).unwrap_or_default(),
        )
        .hidden();
    let (action, value) = (page.href(), asked.search.clone());
    let filter = role_filter(asked.role_filter, list);
    view! {
        <Toolbar>
            <SearchForm action label="Search members" value placeholder="Search name or email" shortcut="/">{kept}</SearchForm>
            {filter}
        </Toolbar>
        {table}
    }
    .into_any()
}

fn no_match(members: usize, clear: String) -> AnyView {
    view! {
        <Card flush=true>
            <EmptyState kind=EmptyKind::NoMatch title="No member matches" actions=move || view! { <ButtonLink href=clear>"Clear filters"</ButtonLink> }>
                {counted(members, "member is", "members are")} " hidden by the filter."
            </EmptyState>
        </Card>
    }
    .into_any()
}

fn role_filter(chosen: Option<BuiltInRole>, list: &Address) -> AnyView {
    let any = list.without("role_filter").href();
    let links = BuiltInRole::ALL
        .into_iter()
        .map(|role| view! { <MenuLink href=list.with("role_filter", role.code()).href() current=chosen == Some(role)>{role.label()}</MenuLink> })
        .collect_view();
    view! {
        <FilterChip id="filter-role" name="Role" value=chosen.map(BuiltInRole::label) clear=chosen.map(|_| any.clone())>
            <MenuLink href=any current=chosen.is_none()>"Any role"</MenuLink>
            {links}
        </FilterChip>
    }
    .into_any()
}

fn member_row(member: &MemberView, list: &Address, rights: &Rights, now: Timestamp) -> AnyView {
    let not_allowed = rights.why_not(Permission::MembersManage);
    let keep_role = not_allowed.clone().or_else(|| {
        member
            .is_owner
            .then(|| "The owner's role moves only by transferring ownership.".to_owned())
    });
    let keep = not_allowed.or_else(|| {
        member
            .is_owner
            .then(|| "The owner cannot be removed.".to_owned())
    });
    let you = member.is_you;
    let (role_href, remove_href) = (
        list.with("role", member.id.to_string()).href(),
        list.with("remove", member.id.to_string()).href(),
    );
    let label = format!("Actions for {}", member.name);
    let menu = format!("member-{}", member.id);
    let active = member.last_active_at;
    let custom = matches!(member.role, RoleRef::Custom(_));
    let MemberView {
        name,
        email,
        role_name,
        joined_at,
        ..
    } = member.clone();
    view! {
        <Row>
            <LeadCell>
                <Who name note=email />
                {you.then(|| view! { <Badge>"You"</Badge> })}
            </LeadCell>
            <Cell label="Role"><RoleBadge name=role_name custom /></Cell>
            <Cell kind=CellKind::Meta label="Last active">
                {match active {
                    Some(at) => view! { <Time at now=now /> }.into_any(),
                    None => "never".into_any(),
                }}
            </Cell>
            <Cell kind=CellKind::Spare label="Joined"><Time at=joined_at style=TimeStyle::Day /></Cell>
            <Cell kind=CellKind::Actions>
                <Menu id=menu label size=Size::Small>
                    <MenuLink href=role_href icon=IconName::Shield refused=keep_role>"Change role"</MenuLink>
                    <MenuRule />
                    <MenuLink href=remove_href icon=IconName::UserRemove danger=true refused=keep>"Remove member"</MenuLink>
                </Menu>
            </Cell>
        </Row>
    }
    .into_any()
}

fn invitation_list(
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
                    title="No open invitations"
                    icon=IconName::Mail
                    actions=move || invite.map(|href| view! { <ButtonLink href icon=IconName::UserAdd>"Invite member"</ButtonLink> })
                >
                    "Invitations wait here until they are accepted, revoked or too old."
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
        .map(|invitation| invitation_row(invitation, list, now))
        .collect_view();
    view! { <DataTable caption="Invitations" columns>{rows}</DataTable> }.into_any()
}

fn invitation_row(invitation: &InvitationView, list: &Address, now: Timestamp) -> AnyView {
    let tone = match invitation.state {
        InvitationState::Pending => Tone::Accent,
        InvitationState::Expired => Tone::Warn,
        InvitationState::Accepted => Tone::Ok,
        InvitationState::Revoked => Tone::Neutral,
    };
    let id = invitation.id.to_string();
    let (resend, revoke) = (
        list.with("resend", id.clone()).href(),
        list.with("revoke", id.clone()).href(),
    );
    let state = invitation.state.label();
    let label = format!("Actions for {}", invitation.email);
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
            <Cell label="Role"><RoleBadge name=role_name /></Cell>
            <Cell label="Invited by">{invited_by}</Cell>
            <Cell kind=CellKind::Spare label="Sent"><Time at=sent_at now=now /></Cell>
            <Cell kind=CellKind::Meta label="Expires"><Time at=expires_at now=now /></Cell>
            <Cell label="Status"><Badge tone>{state}</Badge></Cell>
            <Cell kind=CellKind::Actions>
                <Menu id=format!("invitation-{id}") label size=Size::Small>
                    <MenuLink href=resend icon=IconName::Send>"Resend"</MenuLink>
                    <MenuRule />
                    <MenuLink href=revoke icon=IconName::Forbidden danger=true>"Revoke"</MenuLink>
                </Menu>
            </Cell>
        </Row>
    }
    .into_any()
}
