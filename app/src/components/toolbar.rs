//! What stands between a page's head and its content: tabs, search, filters.

use super::text::classes;
use super::{Icon, IconName, MaybeText};
use leptos::either::Either;
use leptos::prelude::*;

/// One of a page's [`Tabs`].
#[derive(Clone, Debug, Default)]
pub struct Tab {
    /// The word.
    pub label: String,
    /// Where it leads.
    pub href: String,
    /// Whether this is the page one is on.
    pub current: bool,
    /// How many things are behind it.
    pub count: Option<usize>,
}

impl Tab {
    /// A tab without a count.
    #[must_use]
    pub fn new(label: impl Into<String>, href: impl Into<String>, current: bool) -> Self {
        Self {
            label: label.into(),
            href: href.into(),
            current,
            count: None,
        }
    }

    /// The same tab with a count.
    #[must_use]
    pub fn count(mut self, count: usize) -> Self {
        self.count = Some(count);
        self
    }
}

/// The pages that belong to one object, as links.
#[component]
pub fn Tabs(
    /// What the tabs belong to: "Service api".
    #[prop(into)]
    label: String,
    tabs: Vec<Tab>,
) -> impl IntoView {
    view! {
        <nav class="tabs" aria-label=label>
            {tabs
                .into_iter()
                .map(|tab| {
                    view! {
                        <a class="tab" href=tab.href aria-current=tab.current.then_some("page")>
                            {tab.label}
                            {tab.count.map(|count| view! { <span class="count">{count}</span> })}
                        </a>
                    }
                })
                .collect_view()}
        </nav>
    }
    .into_any()
}

/// The line above a list: search, view, filters, in this order.
#[component]
pub fn Toolbar(children: Children) -> impl IntoView {
    view! { <div class="toolbar">{children()}</div> }.into_any()
}

/// A search field in a form that reloads the page with it.
#[component]
pub fn SearchForm(
    /// The page to load; its other state goes in as hidden fields (children).
    #[prop(into)]
    action: String,
    /// Name of the field: "Search variables".
    #[prop(into)]
    label: String,
    #[prop(default = String::from("q"), into)] name: String,
    #[prop(optional, into)] value: MaybeText,
    #[prop(optional, into)] placeholder: MaybeText,
    /// The key that jumps here, where one does.
    #[prop(optional, into)]
    shortcut: MaybeText,
    /// Whether the page begins with it.
    #[prop(optional)]
    autofocus: bool,
    #[prop(optional)] max_length: Option<usize>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <form class="search" method="get" action=action role="search">
            <Icon name=IconName::Search/>
            <input
                class="search-input"
                type="search"
                name=name
                aria-label=label
                value=value.0
                placeholder=placeholder.0
                maxlength=max_length.map(|most| most.to_string())
                autocomplete="off"
                spellcheck="false"
                autofocus=autofocus
            />
            {shortcut.shown().map(|key| view! { <kbd class="kbd" aria-hidden="true">{key}</kbd> })}
            {children.map(|children| children())}
        </form>
    }
    .into_any()
}

/// A filter: its name and what it is set to. With children it opens them in a popover (links or a form); with `clear`
/// it has a button that takes it off.
#[component]
pub fn FilterChip(
    /// Id of the popover, unique on the page.
    #[prop(into)]
    id: String,
    /// The quality filtered by: "Event type".
    #[prop(into)]
    name: String,
    /// What it is set to.
    #[prop(optional, into)]
    value: MaybeText,
    /// The address of the same list without this filter.
    #[prop(optional, into)]
    clear: MaybeText,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let value = value.shown();
    let set = value.is_some();
    let spoken = value.clone().unwrap_or_default();
    let text = view! {
        <span class="filter-name">{name.clone()}</span>
        {value.map(|value| view! { <span class="filter-value">{value}</span> })}
    };
    let remove = clear.shown().map(|href| {
        let label = format!("Remove filter {name}: {spoken}");
        view! { <a class="filter-clear" href=href aria-label=label.clone() title=label><Icon name=IconName::Close/></a> }
    });
    let body = match children {
        None => Either::Left(view! { <span class="filter-text">{text}</span> }),
        Some(children) => Either::Right(view! {
            <button type="button" class="filter-text menu-button" popovertarget=id.clone()>
                {text}
                <Icon name=IconName::ChevronDown/>
            </button>
            <div class="menu-list" id=id popover="auto" role="group" aria-label=name>{children()}</div>
        }),
    };
    view! { <div class=classes(&["filter", "menu"]) data-set=set.then_some("")>{body}{remove}</div> }.into_any()
}

/// What is selected in a list, and what can be done with all of it.
#[component]
pub fn SelectionBar(
    /// "3 selected, 2 of them deletable".
    #[prop(into)]
    message: String,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="selection" role="region" aria-label="Selection">
            <p role="status">{message}</p>
            <div class="selection-actions">{children()}</div>
        </div>
    }
    .into_any()
}
