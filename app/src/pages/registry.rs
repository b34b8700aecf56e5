use leptos::prelude::*;

/// To be built.
#[component]
pub fn ProjectPage() -> impl IntoView { view! { <main id="main"><h1>"ProjectPage"</h1></main> } }
/// To be built.
#[component]
pub fn EnvironmentPage() -> impl IntoView { view! { <main id="main"><h1>"EnvironmentPage"</h1></main> } }
/// To be built.
#[component]
pub fn ServicePage() -> impl IntoView { view! { <main id="main"><h1>"ServicePage"</h1></main> } }
/// To be built.
#[component]
pub fn SettingsPage() -> impl IntoView { view! { <main id="main"><h1>"SettingsPage"</h1></main> } }
