//! The pictures of the rows, drawn once for the page and used by each row: two thousand rows are half as long.

use leptos::prelude::*;

use crate::components::IconName;

const USED: [(IconName, &str); 8] = [
    (IconName::Variable, "i-plain"),
    (IconName::Lock, "i-secret"),
    (IconName::File, "i-file"),
    (IconName::Copy, "i-copy"),
    (IconName::More, "i-more"),
    (IconName::Edit, "i-edit"),
    (IconName::Override, "i-override"),
    (IconName::Trash, "i-delete"),
];

/// The drawings, to be put somewhere before their first use.
pub fn sprite() -> impl IntoView {
    view! {
        <svg class="sprite" width="0" height="0" aria-hidden="true">
            {USED.map(|(icon, id)| view! { <symbol id=id viewBox="0 0 24 24" inner_html=icon.drawing()></symbol> }).collect_view()}
        </svg>
    }
}

/// One of them; as [`Icon`](crate::components::Icon).
pub fn picture(icon: IconName) -> impl IntoView {
    let id = USED
        .iter()
        .find(|(used, _)| *used == icon)
        .map_or("", |(_, id)| id);
    view! { <svg class="icon" aria-hidden="true"><use href=format!("#{id}")></use></svg> }
}
