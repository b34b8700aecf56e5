//! Surfaces that group what belongs together.

use super::MaybeText;
use super::text::classes;
use leptos::prelude::*;

/// A surface with an optional head. `flush` lets a table or list run to its edges.
#[component]
pub fn Card(
    #[prop(optional, into)] title: MaybeText,
    /// One line under the title.
    #[prop(optional, into)]
    note: MaybeText,
    #[prop(optional)] flush: bool,
    /// Marks the place where things are destroyed.
    #[prop(optional)]
    danger: bool,
    /// Buttons at the end of the head.
    #[prop(optional, into)]
    actions: ViewFnOnce,
    children: Children,
) -> impl IntoView {
    let class = classes(&[
        "card",
        if flush { "-flush" } else { "" },
        if danger { "-danger" } else { "" },
    ]);
    let head = title.shown().map(|title| {
        view! {
            <header class="card-head">
                <div>
                    <h2 class="card-title">{title}</h2>
                    {note.shown().map(|note| view! { <p class="card-note">{note}</p> })}
                </div>
                <div class="card-actions">{actions.run()}</div>
            </header>
        }
    });
    view! { <section class=class>{head}<div class="card-body">{children()}</div></section> }
        .into_any()
}

/// One figure of an overview, leading to the page behind it.
#[component]
pub fn Figure(
    /// What is counted.
    #[prop(into)]
    label: String,
    #[prop(into)] value: String,
    #[prop(into)] href: String,
    /// What to know about it.
    #[prop(optional, into)]
    note: MaybeText,
) -> impl IntoView {
    view! {
        <a class="figure" href=href>
            <span class="figure-label">{label}</span>
            <span class="figure-value">{value}</span>
            {note.shown().map(|note| view! { <span class="figure-note">{note}</span> })}
        </a>
    }
    .into_any()
}

/// One row of a [`Facts`] list.
pub struct Fact {
    term: String,
    detail: AnyView,
}

impl Fact {
    /// A term with anything that can be shown.
    pub fn new(term: impl Into<String>, detail: impl IntoView) -> Self {
        Self {
            term: term.into(),
            detail: detail.into_any(),
        }
    }
}

/// Terms and what they are, in two columns.
#[component]
pub fn Facts(facts: Vec<Fact>) -> impl IntoView {
    view! {
        <dl class="facts">
            {facts
                .into_iter()
                .map(|fact| view! { <div class="fact"><dt>{fact.term}</dt><dd>{fact.detail}</dd></div> })
                .collect_view()}
        </dl>
    }
    .into_any()
}
