//! Who may do what, as a table of ticks.

use super::{Icon, IconName, MaybeText};
use leptos::prelude::*;

/// A permission and the roles that hold it.
#[derive(Clone, Debug)]
pub struct PermissionRow {
    /// The permission in words: "Manage members & roles".
    pub permission: String,
    /// One per column.
    pub granted: Vec<bool>,
}

/// Permissions that belong together.
#[derive(Clone, Debug)]
pub struct PermissionGroup {
    /// What they are about.
    pub title: String,
    /// The permissions.
    pub rows: Vec<PermissionRow>,
}

/// Permissions down, roles across. Head and first column stay in view.
#[component]
pub fn PermissionTable(
    /// What the table shows; read out, not shown.
    #[prop(into)]
    caption: String,
    /// Names of the roles.
    columns: Vec<String>,
    groups: Vec<PermissionGroup>,
    /// The role to stress, by its place.
    #[prop(optional)]
    current: Option<usize>,
    /// Head of the first column.
    #[prop(default = String::from("Permission"), into)]
    corner: String,
    /// Below the table.
    #[prop(optional, into)]
    note: MaybeText,
) -> impl IntoView {
    let span = (columns.len() + 1).to_string();
    let marked = move |place: usize| (current == Some(place)).then_some("true");
    view! {
        <div class="matrix-frame" tabindex="0" role="region" aria-label=caption>
            <table class="matrix">
                <caption class="sr">{caption.clone()}</caption>
                <thead>
                    <tr>
                        <th class="matrix-corner" scope="col">{corner}</th>
                        {columns
                            .iter()
                            .enumerate()
                            .map(|(place, name)| {
                                view! { <th class="matrix-role" scope="col" data-current=marked(place)>{name.clone()}</th> }
                            })
                            .collect_view()}
                    </tr>
                </thead>
                {groups
                    .into_iter()
                    .map(|group| {
                        view! {
                            <tbody>
                                <tr class="matrix-group">
                                    <th scope="rowgroup" colspan=span.clone()><span>{group.title}</span></th>
                                </tr>
                                {group.rows.into_iter().map(|row| permission_row(row, marked)).collect_view()}
                            </tbody>
                        }
                    })
                    .collect_view()}
            </table>
        </div>
        {note.shown().map(|note| view! { <p class="matrix-note">{note}</p> })}
    }
    .into_any()
}

fn permission_row(
    row: PermissionRow,
    marked: impl Fn(usize) -> Option<&'static str> + Copy,
) -> impl IntoView {
    view! {
        <tr class="matrix-row">
            <th scope="row">{row.permission}</th>
            {row
                .granted
                .into_iter()
                .enumerate()
                .map(|(place, granted)| {
                    view! {
                        <td class="matrix-cell" data-current=marked(place)>
                            {if granted {
                                view! { <span class="matrix-yes"><Icon name=IconName::Check/></span><span class="sr">"yes"</span> }.into_any()
                            } else {
                                view! { <span class="matrix-no" aria-hidden="true">"–"</span><span class="sr">"no"</span> }.into_any()
                            }}
                        </td>
                    }
                })
                .collect_view()}
        </tr>
    }
    .into_any()
}
