use leptos::prelude::*;

/// To be built.
#[component]
pub fn VariablesPage() -> impl IntoView { view! { <main id="main"><h1>"VariablesPage"</h1></main> } }
