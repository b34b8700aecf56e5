//! The list of members: search, filters, pages, and what can be done with several at once.

use domain::{
    OrganizationId, Permission, RoleRef, Timestamp,
    view::{MemberPage, MemberView, Rights, RoleSummary},
};
use leptos::prelude::*;
use service::ops::MEMBERS_PER_PAGE;

use super::asked::{ACTIVITIES, Asked};
use crate::{
    components::*,
    context::service,
    pages::{Address, ConsoleContext, hidden},
};

/// The form that ticks and bulk buttons belong to; it is apart from the table, whose rows hold menus.
const BULK: &str = "bulk";

pub fn list(
    members: &MemberPage,
    asked: &Asked,
    page: &Address,
    list: &Address,
    context: &ConsoleContext,
    roles: &[RoleSummary],
    fresh: bool,
) -> AnyView {
    let rights = &context.organization_rights;
    let manages = rights.may(Permission::MembersManage);
    let organization = context.here.organization.id;
    let table = if members.members.is_empty() {
        no_match(members.total as usize, page.href())
    } else {
        table(members, asked, list, rights)
    };
    let kept = filters_of(asked, page).without("q").hidden();
    let (action, value) = (page.href(), asked.search.clone());
    let search = view! {
        <SearchForm action label="Search members" value placeholder="Search name or email" shortcut="/">{kept}</SearchForm>
    };
    let filters = view! {
        {role_filter(asked.role, roles, &filters_of(asked, page))}
        {activity_filter(asked.activity, &filters_of(asked, page))}
        {if fresh { export_form(organization, asked) } else { export_link(list) }}
    };
    view! {
        <Toolbar>{search} {filters}</Toolbar>
        {manages.then(|| bulk_bar(list))}
        {table}
    }
    .into_any()
}

/// The list with its filters, on its first page.
fn filters_of(asked: &Asked, page: &Address) -> Address {
    asked.list(page).without("after").without("before")
}

/// What is listed, as a file. It is a form because taking a list along is noted in the audit log.
fn export_form(organization: OrganizationId, asked: &Asked) -> AnyView {
    let role = asked.role.map(|role| role.to_string()).unwrap_or_default();
    let (search, activity) = (asked.search.clone(), asked.activity.unwrap_or_default());
    view! {
        <form method="post" action="/download/members" class="toolbar-end">
            {hidden("organization", organization)} {hidden("q", search)} {hidden("role_filter", role)} {hidden("activity", activity)}
            <SubmitButton look=Look::Quiet icon=IconName::Download>"Export CSV"</SubmitButton>
        </form>
    }
    .into_any()
}

/// The way to the export when the password has to be given again.
fn export_link(list: &Address) -> AnyView {
    let href = list.flag("export").href();
    view! {
        <div class="toolbar-end"><ButtonLink href look=Look::Quiet icon=IconName::Download>"Export CSV"</ButtonLink></div>
    }
    .into_any()
}

fn bulk_bar(list: &Address) -> AnyView {
    let kept = list.hidden();
    let action = list.path().to_owned();
    view! {
        <form id=BULK method="get" action=action class="bulk" aria-label="With the selected members">
            {kept}
            <button type="submit" class="btn -small" name="do" value="role">
                <Icon name=IconName::Shield /><span class="btn-text">"Change role of selected"</span>
            </button>
            <button type="submit" class="btn -small -danger-quiet" name="do" value="remove">
                <Icon name=IconName::UserRemove /><span class="btn-text">"Remove selected"</span>
            </button>
        </form>
    }
    .into_any()
}

fn table(members: &MemberPage, asked: &Asked, list: &Address, rights: &Rights) -> AnyView {
    let now = service().now();
    let manages = rights.may(Permission::MembersManage);
    let rows = members
        .members
        .iter()
        .map(|member| row(member, asked, list, rights, now))
        .collect_view();
    let mut columns = vec![
        Column::new("Person", CellKind::Lead),
        Column::new("Role", CellKind::Plain),
        Column::new("Last active", CellKind::Meta),
        Column::new("Joined", CellKind::Spare),
        Column::new("Actions", CellKind::Actions),
    ];
    if manages {
        columns.insert(0, Column::new("Select", CellKind::Select));
    }
    let step = |name: &'static str, person: Option<domain::PersonId>| {
        let first = list.without("after").without("before");
        person.map(|person| first.with(name, person.to_string()).href())
    };
    let (previous, next) = (step("before", members.before), step("after", members.after));
    let summary = summary(members, asked);
    let foot = move || {
        if previous.is_none() && next.is_none() {
            view! { <p class="table-foot">{summary}</p> }.into_any()
        } else {
            view! { <Pager summary previous next /> }.into_any()
        }
    };
    view! { <DataTable caption="Members" columns foot>{rows}</DataTable> }.into_any()
}

fn summary(members: &MemberPage, asked: &Asked) -> String {
    let shown = members.members.len();
    let all = counted(members.total as usize, "member", "members");
    let whole = members.before.is_none() && members.after.is_none();
    match (whole, asked.filters()) {
        (true, _) => format!("Showing {shown} of {all}"),
        (false, false) => format!("{shown} of {all}, {MEMBERS_PER_PAGE} on a page"),
        (false, true) => format!("{shown} on this page, of {all} before filters"),
    }
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

fn role_filter(chosen: Option<RoleRef>, roles: &[RoleSummary], list: &Address) -> AnyView {
    let any = list.without("role_filter").href();
    let links = roles
        .iter()
        .map(|role| {
            let href = list.with("role_filter", role.role.to_string()).href();
            let (name, count) = (role.name.clone(), role.members);
            view! { <MenuLink href current=chosen == Some(role.role)>{name} " " <span class="count">{count}</span></MenuLink> }
        })
        .collect_view();
    let value = roles
        .iter()
        .find(|role| Some(role.role) == chosen)
        .map(|role| role.name.clone());
    view! {
        <FilterChip id="filter-role" name="Role" value clear=chosen.map(|_| any.clone())>
            <MenuLink href=any current=chosen.is_none()>"Any role"</MenuLink>
            {links}
        </FilterChip>
    }
    .into_any()
}

fn activity_filter(chosen: Option<&'static str>, list: &Address) -> AnyView {
    let any = list.without("activity").href();
    let links = ACTIVITIES
        .into_iter()
        .map(|(value, words)| view! { <MenuLink href=list.with("activity", value).href() current=chosen == Some(value)>{words}</MenuLink> })
        .collect_view();
    let value = ACTIVITIES
        .into_iter()
        .find(|(value, _)| Some(*value) == chosen)
        .map(|(_, words)| words);
    view! {
        <FilterChip id="filter-activity" name="Last activity" value clear=chosen.map(|_| any.clone())>
            <MenuLink href=any current=chosen.is_none()>"Any time"</MenuLink>
            {links}
        </FilterChip>
    }
    .into_any()
}

fn row(
    member: &MemberView,
    asked: &Asked,
    list: &Address,
    rights: &Rights,
    now: Timestamp,
) -> AnyView {
    let manages = rights.may(Permission::MembersManage);
    let you = member.is_you;
    let access = format!("{}/{}", list.path(), member.id);
    let reads_access = manages || you;
    let active = member.last_active_at;
    let custom = matches!(member.role, RoleRef::Custom(_));
    let tick = manages.then(|| tick(member, asked));
    let actions = actions(member, list, rights, &access);
    let MemberView {
        name,
        email,
        role_name,
        joined_at,
        ..
    } = member.clone();
    let who = if reads_access {
        view! { <a class="who-link" href=access><Who name note=email /></a> }.into_any()
    } else {
        view! { <Who name note=email /> }.into_any()
    };
    view! {
        <Row>
            {tick}
            <LeadCell>
                {who}
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
            {actions}
        </Row>
    }
    .into_any()
}

/// The owner has none: nothing here can be done with them. Oneself is changed alone.
fn tick(member: &MemberView, asked: &Asked) -> AnyView {
    let label = format!("Select {}", member.name);
    let (id, checked) = (member.id.to_string(), asked.ticked.contains(&member.id));
    let box_ = (!member.is_owner && !member.is_you).then(|| {
        view! { <input class="check-box" type="checkbox" form=BULK name="m" value=id checked=checked aria-label=label /> }
    });
    view! { <Cell kind=CellKind::Select>{box_}</Cell> }.into_any()
}

fn actions(member: &MemberView, list: &Address, rights: &Rights, access: &str) -> AnyView {
    let not_allowed = rights.why_not(Permission::MembersManage);
    let owner = |words: &str| member.is_owner.then(|| words.to_owned());
    let keep_role = not_allowed
        .clone()
        .or_else(|| owner("The owner's role moves only by transferring ownership."));
    let keep = not_allowed
        .clone()
        .or_else(|| owner("The owner cannot be removed."));
    let hide_access = not_allowed.filter(|_| !member.is_you);
    let id = member.id.to_string();
    let (role_href, remove_href) = (
        list.with("role", id.clone()).href(),
        list.with("remove", id.clone()).href(),
    );
    let (label, menu, access) = (
        format!("Actions for {}", member.name),
        format!("member-{id}"),
        access.to_owned(),
    );
    view! {
        <Cell kind=CellKind::Actions>
            <Menu id=menu label size=Size::Small>
                <MenuLink href=access icon=IconName::Key refused=hide_access>"What they can do"</MenuLink>
                <MenuLink href=role_href icon=IconName::Shield refused=keep_role>"Change role"</MenuLink>
                <MenuRule />
                <MenuLink href=remove_href icon=IconName::UserRemove danger=true refused=keep>"Remove member"</MenuLink>
            </Menu>
        </Cell>
    }
    .into_any()
}
