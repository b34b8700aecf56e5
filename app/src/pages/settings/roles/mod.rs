//! Roles: the list, the built-in ones, and the editor of those an organization defines.
//!
//! An edit is never saved from the editor: it becomes a draft of the person who made it, the review shows what it does
//! to whom, and saving carries the fingerprint of that review. Every state is an address: `?edit`, `?review`,
//! `?compare=…` on a role's page, `?new`, `?delete=…` on the list.

mod builtin;
mod compare;
mod delete;
mod editor;
mod history;
mod list;
mod matrix;
mod people;
mod review;

use domain::{ApiError, Permission, RoleRef, view::RoleSummary};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::{
    components::Choice,
    context::{answer, caller, service, set_status},
    pages::{Address, At, ConsoleContext, Failure, console_page},
};

const CREATE: &str = "/rpc/roles/create";
const DRAFT: &str = "/rpc/roles/draft";
const DISCARD: &str = "/rpc/roles/discard";
const SAVE: &str = "/rpc/roles/save";
const RESTORE: &str = "/rpc/roles/restore";
const DELETE: &str = "/rpc/roles/delete";

/// The roles and who may do what.
#[component]
pub fn RolesPage() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let asked = list::Asked {
        new: query
            .get("new")
            .map(|_| query.get("from").unwrap_or_default()),
        delete: query.get("delete").and_then(|role| role.parse().ok()),
        to: query.get("to").filter(|to| !to.is_empty()),
        created: Failure::of(CREATE),
        deleted: Failure::of(DELETE),
    };
    console_page(At::Settings("roles"), move |context| async move {
        list::page(&context, asked).await
    })
}

/// What the address of a custom role's page asks for.
struct Asked {
    compare: Option<String>,
    review: bool,
    moved: bool,
    edit: bool,
    filter: matrix::Filter,
    drafted: Failure,
    saved: Failure,
    restored: Failure,
}

/// One role: what it gives and who holds it.
#[component]
pub fn RolePage() -> impl IntoView {
    let code = use_params_map()
        .get_untracked()
        .get("role")
        .unwrap_or_default();
    let query = use_query_map().get_untracked();
    let has = |name: &str| query.get(name).is_some();
    let asked = Asked {
        compare: query.get("compare"),
        review: has("review"),
        moved: has("moved"),
        edit: has("edit"),
        filter: matrix::Filter {
            text: query.get("q").unwrap_or_default().trim().to_owned(),
            customised: has("customised"),
            open: query.get("types").map(|types| types == "all"),
        },
        drafted: Failure::of(DRAFT),
        saved: Failure::of(SAVE),
        restored: Failure::of(RESTORE),
    };
    console_page(At::Settings("roles"), move |context| async move {
        match code.parse::<RoleRef>() {
            Ok(RoleRef::BuiltIn(role)) => builtin::page(&context, role, asked.compare).await,
            Ok(RoleRef::Custom(role)) if asked.review => review::page(&context, role, asked).await,
            Ok(RoleRef::Custom(role)) => editor::page(&context, role, asked).await,
            Err(_) => {
                set_status(ApiError::NotFound.status());
                Err(ApiError::NotFound)
            }
        }
    })
}

/// The list of roles.
fn roles_path(context: &ConsoleContext) -> Address {
    Address::new(format!("{}/settings/roles", context.here.path()))
}

/// The page of one role.
fn role_path(context: &ConsoleContext, role: RoleRef) -> Address {
    Address::new(format!("{}/settings/roles/{role}", context.here.path()))
}

/// The members with one role.
fn with_role(context: &ConsoleContext, role: RoleRef) -> Address {
    Address::new(format!("{}/settings/members", context.here.path()))
        .with("role_filter", role.to_string())
}

/// Why the reader cannot change this role; none when they can.
fn why_not(context: &ConsoleContext, within_rights: bool) -> Option<String> {
    context
        .organization_rights
        .why_not(Permission::MembersManage)
        .or_else(|| {
            (!within_rights).then(|| {
                "It gives more than you hold, so somebody who holds it all must.".to_owned()
            })
        })
}

/// All roles, for a page that has the right to read the organization.
async fn all_roles(context: &ConsoleContext) -> Result<Vec<RoleSummary>, ApiError> {
    answer(
        service()
            .roles(&caller(), context.here.organization.id)
            .await,
    )
    .await
}

/// Roles to choose from.
fn choices<'a>(roles: impl Iterator<Item = &'a RoleSummary>) -> Vec<Choice> {
    roles
        .map(|role| Choice::new(role.role.to_string(), role.name.clone()))
        .collect()
}
