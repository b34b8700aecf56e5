//! The five roles every organization has: what they may do, and who holds them.

use domain::{ApiError, BuiltInRole, Permission, RoleRef};
use leptos::prelude::*;

use super::{compare, people::holders_card, role_path, roles_path};
use crate::{
    components::*,
    context::{answer, caller, service},
    pages::{ConsoleContext, Page},
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

/// Who may do what, all five beside each other. The reader's own role is marked, if it is one of them.
pub fn permissions(mine: Option<BuiltInRole>) -> AnyView {
    let groups = GROUPS
        .into_iter()
        .map(|(title, permissions)| group(title, permissions))
        .collect::<Vec<_>>();
    let columns = BuiltInRole::ALL
        .map(|role| role.label().to_owned())
        .to_vec();
    let current = BuiltInRole::ALL
        .into_iter()
        .position(|role| Some(role) == mine);
    let caption = "Permissions of the built-in roles";
    let matrix = match current {
        Some(current) => {
            let note = "Your role is marked. Transferring ownership is the owner's alone.";
            view! { <PermissionTable caption columns groups current note /> }.into_any()
        }
        None => {
            let note = "Transferring ownership is the owner's alone.";
            view! { <PermissionTable caption columns groups note /> }.into_any()
        }
    };
    view! {
        <section class="page-section stack" aria-labelledby="permissions">
            <h2 class="card-title" id="permissions">"Permissions"</h2>
            <div>{matrix}</div>
        </section>
    }
    .into_any()
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

/// The page of a built-in role.
pub async fn page(
    context: &ConsoleContext,
    role: BuiltInRole,
    compare_with: Option<String>,
) -> Result<Page, ApiError> {
    let organization = context.here.organization.id;
    let this = RoleRef::BuiltIn(role);
    let holders = answer(service().role_holders(&caller(), organization, this).await).await?;
    let (roles, here) = (roles_path(context), role_path(context, this));
    let groups = GROUPS
        .into_iter()
        .map(|(title, permissions)| granted(role, title, permissions))
        .collect_view();
    let comparing = here.flag("compare").href();
    let note = matches!(role, BuiltInRole::Owner)
        .then(|| "Exactly one person; it moves only by transferring ownership.".to_owned());
    let content = view! {
        <PageHead
            title=role.label()
            mark=|| view! { <Badge>"Built-in"</Badge> }
            actions=move || {
                view! {
                    <ButtonLink href=roles.href() icon=IconName::ArrowLeft look=Look::Quiet>"All roles"</ButtonLink>
                    <ButtonLink href=comparing icon=IconName::Compare>"Compare"</ButtonLink>
                }
            }
        >
            {role.summary()}
        </PageHead>
        <div class="stack">
            <Card title="What it may do" note="The same everywhere in the organization. Built-in roles cannot be changed.">
                <div class="grants">{groups}</div>
            </Card>
            {holders_card(context, this, holders, note)}
        </div>
    };
    let panel = compare::panel(context, this, role.label(), compare_with, &here).await?;
    Ok(Page::new(role.label(), content)
        .panel(panel)
        .under("Roles", roles_path(context).href()))
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
