use leptos::prelude::*;

/// To be built.
#[component]
pub fn NewOrganizationPage() -> impl IntoView { view! { <main id="main"><h1>"NewOrganizationPage"</h1></main> } }
/// To be built.
#[component]
pub fn OverviewPage() -> impl IntoView { view! { <main id="main"><h1>"OverviewPage"</h1></main> } }
