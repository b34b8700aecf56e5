use leptos::prelude::*;

/// To be built.
#[component]
pub fn AuditPage() -> impl IntoView { view! { <main id="main"><h1>"AuditPage"</h1></main> } }
/// To be built.
#[component]
pub fn HistoryPage() -> impl IntoView { view! { <main id="main"><h1>"HistoryPage"</h1></main> } }
