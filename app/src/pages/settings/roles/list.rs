//! The list of roles and the form for a new one.

use domain::{ApiError, BuiltInRole, Permission, RoleId, RoleRef, Timestamp, view::RoleSummary};
use leptos::prelude::*;

use super::{
    CREATE, all_roles, builtin, choices, delete, role_path, roles_path, why_not, with_role,
};
use crate::{
    components::*,
    context::{answer, caller, service},
    pages::{Address, ConsoleContext, Failure, Page, form_error, hidden, password_field},
};

/// What the address asks for.
pub struct Asked {
    /// The form for a new role, started from this one.
    pub new: Option<String>,
    /// The dialog that deletes this role.
    pub delete: Option<RoleId>,
    /// Who takes over from it.
    pub to: Option<String>,
    /// Why the role was not made.
    pub created: Failure,
    /// Why it was not deleted.
    pub deleted: Failure,
}

/// Longest description of a role.
pub const DESCRIPTION: usize = 255;

/// The page.
pub async fn page(context: &ConsoleContext, asked: Asked) -> Result<Page, ApiError> {
    let roles = all_roles(context).await?;
    let why = context
        .organization_rights
        .why_not(Permission::MembersManage);
    let list = roles_path(context);
    let panel = match &asked.new {
        Some(from) if why.is_none() => {
            let asks = answer(service().needs_step_up(&caller()).await).await?;
            let password = asks.then(|| password_field(&asked.created));
            Some(new_role(context, &roles, from, password, &asked.created))
        }
        _ => None,
    };
    let dialog = match asked.delete {
        Some(role) if why.is_none() => delete::dialog(context, &roles, role, &asked).await?,
        _ => None,
    };
    let new = list.flag("new").href();
    let mine = BuiltInRole::ALL
        .into_iter()
        .find(|role| role.label() == context.organization_rights.role);
    let content = view! {
        <PageHead
            title="Roles"
            actions=move || view! { <ButtonLink href=new look=Look::Primary icon=IconName::Plus refused=why>"New role"</ButtonLink> }
        >
            "What each role may do. Every member has exactly one; a change counts from their next click."
        </PageHead>
        {table(context, &roles)}
        {builtin::permissions(mine)}
    };
    Ok(Page::new("Roles", content).panel(panel).dialog(dialog))
}

fn table(context: &ConsoleContext, roles: &[RoleSummary]) -> AnyView {
    let invitations = roles.iter().any(|role| role.invitations.is_some());
    let mut columns = vec![
        Column::new("Role", CellKind::Lead),
        Column::new("Members", CellKind::Plain),
    ];
    if invitations {
        columns.push(Column::new("Open invitations", CellKind::Plain));
    }
    columns.extend([
        Column::new("Updated", CellKind::Meta),
        Column::new("Actions", CellKind::Actions),
    ]);
    let now = service().now();
    let rows = roles
        .iter()
        .map(|role| row(context, role, now))
        .collect_view();
    view! { <DataTable caption="Roles" columns>{rows}</DataTable> }.into_any()
}

fn row(context: &ConsoleContext, role: &RoleSummary, now: Timestamp) -> AnyView {
    let actions = menu(context, role);
    let custom = role.role.custom().is_some();
    let page = role_path(context, role.role).href();
    let filtered = with_role(context, role.role).href();
    let members = role.members as usize;
    let label = format!(
        "{} with the role {}",
        counted(members, "member", "members"),
        role.name
    );
    let updated = role.updated.clone();
    let invitations = role.invitations;
    let (name, description) = (role.name.clone(), role.description.clone());
    view! {
        <Row id=format!("role-{}", role.role)>
            <LeadCell note=description>
                <a href=page>{name}</a>
                {if custom {
                    view! { <Badge tone=Tone::Accent>"Custom"</Badge> }.into_any()
                } else {
                    view! { <Badge>"Built-in"</Badge> }.into_any()
                }}
            </LeadCell>
            <Cell label="Members">
                {if members == 0 {
                    view! { <span class="faint">"nobody"</span> }.into_any()
                } else {
                    view! { <a href=filtered aria-label=label>{members}</a> }.into_any()
                }}
            </Cell>
            {invitations.map(|count| view! { <Cell label="Open invitations">{count}</Cell> })}
            <Cell kind=CellKind::Meta label="Updated">
                {match updated {
                    Some((at, by)) => view! { <Time at now=now /> " by " {by} }.into_any(),
                    None => "never".into_any(),
                }}
            </Cell>
            <Cell kind=CellKind::Actions>{actions}</Cell>
        </Row>
    }
    .into_any()
}

fn menu(context: &ConsoleContext, role: &RoleSummary) -> AnyView {
    let (list, page) = (roles_path(context), role_path(context, role.role));
    let manage = context
        .organization_rights
        .why_not(Permission::MembersManage);
    let change = why_not(context, role.may_give);
    let duplicate = list.flag("new").with("from", role.role.to_string()).href();
    let compare = page.flag("compare").href();
    let label = format!("Actions for {}", role.name);
    let custom = role.role.custom().map(|id| {
        (
            page.href(),
            list.with("delete", id.to_string()).href(),
            change.clone(),
        )
    });
    let (edit, remove) = match custom {
        Some((edit, delete, why)) => (Some((edit, why.clone())), Some((delete, why))),
        None => (None, None),
    };
    let copy = manage.or_else(|| (!role.may_give).then(|| change.unwrap_or_default()));
    view! {
        <Menu id=format!("menu-{}", role.role) label size=Size::Small>
            {edit.map(|(href, why)| view! { <MenuLink href icon=IconName::Edit refused=why>"Edit"</MenuLink> })}
            <MenuLink href=duplicate icon=IconName::Copy refused=copy>"Duplicate"</MenuLink>
            <MenuLink href=compare icon=IconName::Compare>"Compare"</MenuLink>
            {remove.map(|(href, why)| view! {
                <MenuRule />
                <MenuLink href icon=IconName::Trash danger=true refused=why>"Delete"</MenuLink>
            })}
        </Menu>
    }
    .into_any()
}

/// A new role: empty, or with what another gives.
fn new_role(
    context: &ConsoleContext,
    roles: &[RoleSummary],
    from: &str,
    password: Option<AnyView>,
    failure: &Failure,
) -> AnyView {
    let list = roles_path(context);
    let start = starts(roles);
    let chosen = from
        .parse::<RoleRef>()
        .ok()
        .and_then(|from| roles.iter().find(|role| role.role == from));
    let name = chosen
        .map(|role| format!("Copy of {}", role.name))
        .filter(|name| name.chars().count() <= domain::ROLE_NAME_LIMIT);
    let value = chosen.map(|role| role.role.to_string()).unwrap_or_default();
    let body = view! {
        {form_error(failure)}
        {hidden("organization", context.here.organization.id)}
        {hidden("back", list.href())}
        <TextField label="Name" name="name" value=name error=failure.field("name") max_length=domain::ROLE_NAME_LIMIT autocomplete="off" required=true autofocus=true />
        <TextArea label="Description" name="description" error=failure.field("description") max_length=DESCRIPTION optional=true />
        <StartFrom choices=start value error=failure.field("start_from") />
        {password}
    };
    let close = list.href();
    let cancel = close.clone();
    view! {
        <Panel title="New role" note="What it gives is chosen in the next step" close>
            <form class="panel-form" method="post" action=CREATE>
                <PanelBody>{body}</PanelBody>
                <PanelFoot>
                    <ButtonLink href=cancel look=Look::Quiet>"Cancel"</ButtonLink>
                    <SubmitButton>"Create role"</SubmitButton>
                </PanelFoot>
            </form>
        </Panel>
    }
    .into_any()
}

/// Blank, then what the reader may give.
fn starts(roles: &[RoleSummary]) -> Vec<Choice> {
    let mut start = vec![Choice::new("", "Blank")];
    start.extend(choices(roles.iter().filter(|role| role.may_give)));
    start
}

/// Like a [`Select`], with an empty value that is a choice of its own.
#[component]
fn StartFrom(choices: Vec<Choice>, value: String, error: Option<String>) -> impl IntoView {
    let hint = "A role started from a built-in one gets the highest levels within it.";
    let described = describedby("start_from", true, error.is_some());
    let invalid = error.is_some().then_some("true");
    view! {
        <Field id="start_from" label="Start from" hint error>
            <span class="control -select">
                <select class="input" id="start_from" name="start_from" aria-invalid=invalid aria-describedby=described>
                    {choices
                        .into_iter()
                        .map(|choice| {
                            let selected = choice.value == value;
                            view! { <option value=choice.value selected=selected>{choice.label}</option> }
                        })
                        .collect_view()}
                </select>
                <Icon name=IconName::ChevronDown/>
            </span>
        </Field>
    }
    .into_any()
}

/// The address of a role's deletion, from anywhere.
pub fn deletion(context: &ConsoleContext, role: RoleId) -> Address {
    roles_path(context).with("delete", role.to_string())
}
