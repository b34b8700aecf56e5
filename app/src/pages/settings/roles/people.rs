//! Who holds a role.

use domain::{RoleRef, view::NamedPerson};
use leptos::prelude::*;

use super::with_role;
use crate::{components::*, pages::ConsoleContext};

/// How many people a role's page names.
const NAMED: usize = 24;

/// The people who hold a role, and the way to the list of them.
pub fn holders_card(
    context: &ConsoleContext,
    role: RoleRef,
    holders: Vec<NamedPerson>,
    note: Option<String>,
) -> AnyView {
    let count = holders.len();
    let filtered = with_role(context, role).href();
    let note = note.or_else(|| (count > 0).then(|| counted(count, "person", "people")));
    let people = holders
        .into_iter()
        .take(NAMED)
        .map(|person| view! { <li><Who name=person.name /></li> })
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
