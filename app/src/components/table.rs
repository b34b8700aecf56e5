//! Tables that turn into cards where they have less than 620 px, and stay tables for assistive technology.

use super::text::classes;
use super::{Icon, IconName, MaybeText};
use leptos::prelude::*;

/// The order a column is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sorted {
    /// Smallest, first or oldest on top.
    Ascending,
    /// Largest, last or newest on top.
    Descending,
}

/// The place of a cell, in the table and in the card it becomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CellKind {
    /// Its label and its content on a line of the card.
    #[default]
    Plain,
    /// The name of the row: first line of the card.
    Lead,
    /// A line of the card without a label.
    Wide,
    /// A date, a count: grey; with its label on a line of the card.
    Meta,
    /// As `Meta`, but only where there is room: absent in a narrow table.
    Spare,
    /// A short grey fact, such as a time; top right in the card of a row without actions.
    Corner,
    /// The tick that selects the row.
    Select,
    /// Buttons and menu, at the end; top right in the card.
    Actions,
}

impl CellKind {
    const fn class(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Lead => "-lead",
            Self::Wide => "-wide",
            Self::Meta => "-meta",
            Self::Spare => "-meta -spare",
            Self::Corner => "-corner",
            Self::Select => "-select",
            Self::Actions => "-actions",
        }
    }
}

/// The head of a column.
#[derive(Clone, Debug)]
pub struct Column {
    label: String,
    kind: CellKind,
    sort: Option<(String, Option<Sorted>)>,
    tick_all: Option<String>,
}

impl Column {
    /// A column that is not sorted by. Its cells have the same kind.
    #[must_use]
    pub fn new(label: impl Into<String>, kind: CellKind) -> Self {
        Self {
            label: label.into(),
            kind,
            sort: None,
            tick_all: None,
        }
    }

    /// A column whose head is a link to the same page in (the other) order.
    #[must_use]
    pub fn sorted(mut self, href: impl Into<String>, now: Option<Sorted>) -> Self {
        self.sort = Some((href.into(), now));
        self
    }

    /// A column of ticks with one of this name in its head that sets them all; it takes a script, and is absent without.
    #[must_use]
    pub fn tick_all(mut self, name: impl Into<String>) -> Self {
        self.tick_all = Some(name.into());
        self
    }
}

/// A table in a surface of its own. Rows are [`Row`]s. For a list without entries
/// show a flush [`Card`](super::Card) with an [`EmptyState`](super::EmptyState) in its place.
#[component]
pub fn DataTable(
    /// What the table lists; read out, not shown.
    #[prop(into)]
    caption: String,
    columns: Vec<Column>,
    /// Above the head, inside the surface: a chart, a selection bar.
    #[prop(optional, into)]
    top: ViewFnOnce,
    /// Below the rows: the pager.
    #[prop(optional, into)]
    foot: ViewFnOnce,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="table-frame">
            {top.run()}
            <table class="table" role="table">
                <caption class="sr">{caption}</caption>
                <thead role="rowgroup">
                    <tr role="row">{columns.into_iter().map(column_head).collect_view()}</tr>
                </thead>
                <tbody role="rowgroup">{children()}</tbody>
            </table>
            {foot.run()}
        </div>
    }
    .into_any()
}

fn column_head(column: Column) -> impl IntoView {
    let class = classes(&["table-head", column.kind.class()]);
    let silent = matches!(column.kind, CellKind::Actions | CellKind::Select);
    let label = column.label.clone();
    let sorted = column.sort.as_ref().and_then(|(_, now)| *now);
    let order = match sorted {
        Some(Sorted::Ascending) => Some("ascending"),
        Some(Sorted::Descending) => Some("descending"),
        None => None,
    };
    let arrow = match sorted {
        Some(Sorted::Descending) => IconName::ChevronDown,
        Some(Sorted::Ascending) => IconName::ChevronUp,
        None => IconName::Switch,
    };
    let tick_all = column.tick_all.map(|name| {
        view! { <input class="check-box tick-all" type="checkbox" autocomplete="off" aria-label=name data-tick-all="" /> }
    });
    view! {
        <th class=class scope="col" role="columnheader" aria-sort=order>
            {match column.sort {
                Some((href, _)) => view! { <a class="table-sort" href=href>{label}<Icon name=arrow/></a> }.into_any(),
                None if silent => view! { <span class="sr">{label}</span> {tick_all} }.into_any(),
                None => label.into_any(),
            }}
        </th>
    }
    .into_any()
}

/// A row of a [`DataTable`].
#[component]
pub fn Row(
    /// Whether its details are open beside or below.
    #[prop(optional)]
    selected: bool,
    /// For links to it: `#row-…`.
    #[prop(optional, into)]
    id: MaybeText,
    children: Children,
) -> impl IntoView {
    view! { <tr class="row" role="row" id=id.0 data-selected=selected.then_some("")>{children()}</tr> }.into_any()
}

/// A cell. `label` repeats the column's head in front of it where the row is a card.
#[component]
pub fn Cell(
    #[prop(optional)] kind: CellKind,
    #[prop(optional, into)] label: MaybeText,
    children: Children,
) -> impl IntoView {
    view! {
        <td class=classes(&["cell", kind.class()]) role="cell" data-label=label.shown()>
            {children()}
        </td>
    }
    .into_any()
}

/// The cell that names its row, as a row header.
#[component]
pub fn LeadCell(
    /// A second line: a description, a path.
    #[prop(optional, into)]
    note: MaybeText,
    children: Children,
) -> impl IntoView {
    view! {
        <th class="cell -lead" scope="row" role="rowheader">
            <span class="lead">{children()}</span>
            {note.shown().map(|note| view! { <span class="cell-note">{note}</span> })}
        </th>
    }
    .into_any()
}

/// A row below another with its details, over the full width.
#[component]
pub fn DetailRow(
    /// How many columns the table has.
    span: usize,
    children: Children,
) -> impl IntoView {
    view! {
        <tr class="row-detail" role="row">
            <td role="cell" colspan=span.to_string()>{children()}</td>
        </tr>
    }
    .into_any()
}

/// Steps through a list that is paged by cursor.
#[component]
pub fn Pager(
    /// "Showing 25 of about 1 240".
    #[prop(into)]
    summary: String,
    /// Address of the page before; none on the first.
    #[prop(optional, into)]
    previous: MaybeText,
    /// Address of the page after; none on the last.
    #[prop(optional, into)]
    next: MaybeText,
    /// What the page before is called; a list by time says "Newer".
    #[prop(default = "Previous")]
    previous_word: &'static str,
    /// What the page after is called.
    #[prop(default = "Next")]
    next_word: &'static str,
    /// Further choices, such as the page size.
    #[prop(optional, into)]
    more: ViewFnOnce,
) -> impl IntoView {
    view! {
        <nav class="pager" aria-label="Pages">
            <p class="pager-summary">{summary}</p>
            {more.run()}
            <div class="pager-steps">
                {step(previous, "prev", previous_word, IconName::ChevronLeft)} {step(next, "next", next_word, IconName::ChevronRight)}
            </div>
        </nav>
    }
    .into_any()
}

fn step(href: MaybeText, rel: &'static str, word: &'static str, icon: IconName) -> impl IntoView {
    let href = href.shown();
    let ends = href.is_none().then_some("true");
    let role = href.is_none().then_some("link");
    let after = rel == "next";
    view! {
        <a class="btn -small" rel=rel href=href role=role aria-disabled=ends>
            {(!after).then(|| view! { <Icon name=icon/> })}
            <span class="btn-text">{word}</span>
            {after.then(|| view! { <Icon name=icon/> })}
        </a>
    }
    .into_any()
}
