use domain::{
    ApiError, BuiltInRole, Permission, RoleRef,
    view::{NamedPerson, RoleSummary},
};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::{
    components::*,
    context::{answer, caller, service, set_status},
    pages::{Address, At, ConsoleContext, Page, console_page},
};

use Permission as P;

/// The 18 permissions by what they are about.
const GROUPS: [(&str, &[Permission]); 4] = [
    (
        "Organization",
        &[
            P::OrganizationRead,
            P::OrganizationEdit,
            P::OrganizationDelete,
            P::BillingManage,
            P::MembersManage,
            P::TokensManage,
            P::AuditRead,
        ],
    ),
    (
        "Infrastructure and set-up",
        &[P::ClustersManage, P::SetupManage],
    ),
    (
        "Projects",
        &[P::ProjectRead, P::ProjectEdit, P::ProjectCreate],
    ),
    (
        "Environments and services",
        &[
            P::EnvironmentRead,
            P::EnvironmentEdit,
            P::EnvironmentCreate,
            P::VariablesEdit,
            P::Deploy,
            P::Shell,
        ],
    ),
];

/// The roles and who may do what.
#[component]
pub fn RolesPage() -> impl IntoView {
    console_page(At::Settings("roles"), move |context| async move {
        let organization = context.here.organization.id;
        let members = answer(service().roles(&caller(), organization).await).await?;
        let you = BuiltInRole::ALL
            .into_iter()
            .position(|role| role.label() == context.organization_rights.role);
        let groups = GROUPS
            .into_iter()
            .map(|(title, permissions)| group(title, permissions))
            .collect::<Vec<_>>();
        let columns = BuiltInRole::ALL
            .map(|role| role.label().to_owned())
            .to_vec();
        let note = match you {
            Some(_) => "Your role is marked. Transferring ownership is the owner's alone.",
            None => "Transferring ownership is the owner's alone.",
        };
        let matrix = match you {
            Some(current) => view! { <PermissionTable caption="Permissions of the built-in roles" columns groups current note /> }.into_any(),
            None => view! { <PermissionTable caption="Permissions of the built-in roles" columns groups note /> }.into_any(),
        };
        let content = view! {
            <PageHead title="Roles">"What each role may do. Every member has exactly one; a change counts from their next click."</PageHead>
            {role_table(&context, &members)}
            <section class="page-section stack" aria-labelledby="permissions">
                <h2 class="card-title" id="permissions">"Permissions"</h2>
                <div>{matrix}</div>
            </section>
        };
        Ok(Page::new("Roles", content))
    })
}

fn group(title: &str, permissions: &[Permission]) -> PermissionGroup {
    let rows = permissions
        .iter()
        .map(|permission| PermissionRow {
            permission: permission.label().to_owned(),
            granted: BuiltInRole::ALL.map(|role| role.has(*permission)).to_vec(),
        })
        .collect();
    PermissionGroup {
        title: title.to_owned(),
        rows,
    }
}

fn role_table(context: &ConsoleContext, roles: &[RoleSummary]) -> AnyView {
    let settings = format!("{}/settings", context.here.path());
    let columns = vec![
        Column::new("Role", CellKind::Lead),
        Column::new("What it is for", CellKind::Wide),
        Column::new("Permissions", CellKind::Plain),
        Column::new("Members", CellKind::Plain),
    ];
    let rows = BuiltInRole::ALL
        .into_iter()
        .map(|role| {
            let held = roles.iter().find(|one| one.role == RoleRef::BuiltIn(role)).map_or(0, |one| one.members as usize);
            let permissions = Permission::ALL.into_iter().filter(|permission| role.has(*permission)).count();
            let filtered = Address::new(format!("{settings}/members")).with("role_filter", role.code()).href();
            let page = format!("{settings}/roles/{}", role.code());
            let label = format!("{} with the role {}", counted(held, "member", "members"), role.label());
            view! {
                <Row>
                    <LeadCell><a href=page>{role.label()}</a><Badge>"Built-in"</Badge></LeadCell>
                    <Cell kind=CellKind::Wide>{role.summary()}</Cell>
                    <Cell label="Permissions">{format!("{permissions} of {}", Permission::ALL.len())}</Cell>
                    <Cell label="Members">
                        {if held == 0 { view! { <span class="faint">"nobody"</span> }.into_any() } else { view! { <a href=filtered aria-label=label>{held}</a> }.into_any() }}
                    </Cell>
                </Row>
            }
        })
        .collect_view();
    view! { <DataTable caption="Roles" columns>{rows}</DataTable> }.into_any()
}

/// One role: what it may do, and who holds it.
#[component]
pub fn RolePage() -> impl IntoView {
    let code = use_params_map()
        .get_untracked()
        .get("role")
        .unwrap_or_default();
    console_page(At::Settings("roles"), move |context| async move {
        let Ok(role) = code.parse::<BuiltInRole>() else {
            set_status(ApiError::NotFound.status());
            return Err(ApiError::NotFound);
        };
        let organization = context.here.organization.id;
        let holders = answer(
            service()
                .role_holders(&caller(), organization, RoleRef::BuiltIn(role))
                .await,
        )
        .await?;
        let settings = format!("{}/settings", context.here.path());
        let roles = format!("{settings}/roles");
        let groups = GROUPS
            .into_iter()
            .map(|(title, permissions)| granted(role, title, permissions))
            .collect_view();
        let filtered = Address::new(format!("{settings}/members"))
            .with("role_filter", role.code())
            .href();
        let content = view! {
            <PageHead
                title=role.label()
                mark=|| view! { <Badge>"Built-in"</Badge> }
                actions=move || view! { <ButtonLink href=roles icon=IconName::ArrowLeft look=Look::Quiet>"All roles"</ButtonLink> }
            >
                {role.summary()}
            </PageHead>
            <div class="stack">
                <Card title="What it may do" note="The same everywhere in the organization. Built-in roles cannot be changed.">
                    <div class="grants">{groups}</div>
                </Card>
                {holders_card(role, holders, filtered)}
            </div>
        };
        Ok(Page::new(role.label(), content))
    })
}

fn granted(role: BuiltInRole, title: &'static str, permissions: &[Permission]) -> AnyView {
    let items = permissions
        .iter()
        .map(|permission| {
            let yes = role.has(*permission);
            view! {
                <li class="grant" data-granted=yes.then_some("")>
                    <Icon name=if yes { IconName::Check } else { IconName::Minus } />
                    <span>{permission.label()} <span class="sr">{if yes { ": yes" } else { ": no" }}</span></span>
                </li>
            }
        })
        .collect_view();
    view! { <section><h3 class="grants-title">{title}</h3><ul>{items}</ul></section> }.into_any()
}

/// How many people a role's page names.
const NAMED: usize = 24;

fn holders_card(role: BuiltInRole, holders: Vec<NamedPerson>, filtered: String) -> AnyView {
    let count = holders.len();
    let note = match (role, count) {
        (BuiltInRole::Owner, _) => {
            "Exactly one person; it moves only by transferring ownership.".to_owned()
        }
        (_, 0) => String::new(),
        (_, count) => counted(count, "person", "people"),
    };
    let people = holders
        .into_iter()
        .take(NAMED)
        .map(|member| view! { <li><Who name=member.name /></li> })
        .collect_view();
    view! {
        <Card title="Who holds it" note actions=move || (count > 0).then(|| view! { <ButtonLink href=filtered size=Size::Small>"Show in Members"</ButtonLink> })>
            {if count == 0 {
                view! { <p class="faint">"Nobody has this role."</p> }.into_any()
            } else {
                view! { <ul class="people">{people}</ul> }.into_any()
            }}
            {(count > NAMED).then(|| view! { <p class="faint">{format!("and {} more", count - NAMED)}</p> })}
        </Card>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_stands_in_exactly_one_group() {
        for permission in Permission::ALL {
            let times = GROUPS
                .iter()
                .flat_map(|(_, permissions)| permissions.iter())
                .filter(|one| **one == permission)
                .count();
            assert_eq!(times, 1, "{}", permission.code());
        }
    }
}
