//! What a page shows when it cannot be shown.

use super::{Code, Fact, Facts, MaybeText};
use leptos::prelude::*;

/// A page that says what happened, why and what to do: 404, 403, 500. Inside the shell or alone.
#[component]
pub fn ErrorPage(
    /// The HTTP status.
    status: u16,
    /// What happened: "No access to Members".
    #[prop(into)]
    title: String,
    /// What the person lacks: "Manage members & roles".
    #[prop(optional, into)]
    missing: MaybeText,
    /// Their role here.
    #[prop(optional, into)]
    role: MaybeText,
    /// Who can give it or do it for them.
    #[prop(optional, into)]
    who_can: MaybeText,
    /// For the operator's log.
    #[prop(optional, into)]
    request_id: MaybeText,
    /// Where to go instead.
    #[prop(optional, into)]
    actions: ViewFnOnce,
    /// Why, and what to do.
    children: Children,
) -> impl IntoView {
    let facts: Vec<Fact> = [
        ("Missing permission", missing),
        ("Your role here", role),
        ("Who can help", who_can),
    ]
    .into_iter()
    .filter_map(|(term, text)| text.shown().map(|text| Fact::new(term, text)))
    .chain(
        request_id
            .shown()
            .map(|id| Fact::new("Request", view! { <Code>{id}</Code> })),
    )
    .collect();
    let has_facts = !facts.is_empty();
    view! {
        <div class="wrong">
            <p class="wrong-status">{status}</p>
            <h1 class="page-title" tabindex="-1">{title}</h1>
            <div class="wrong-text">{children()}</div>
            {has_facts.then(|| view! { <Facts facts/> })}
            <div class="wrong-actions">{actions.run()}</div>
        </div>
    }
    .into_any()
}
