use leptos::prelude::*;

/// To be built.
#[component]
pub fn GeneralPage() -> impl IntoView { view! { <main id="main"><h1>"GeneralPage"</h1></main> } }
/// To be built.
#[component]
pub fn MembersPage() -> impl IntoView { view! { <main id="main"><h1>"MembersPage"</h1></main> } }
/// To be built.
#[component]
pub fn RolesPage() -> impl IntoView { view! { <main id="main"><h1>"RolesPage"</h1></main> } }
/// To be built.
#[component]
pub fn RolePage() -> impl IntoView { view! { <main id="main"><h1>"RolePage"</h1></main> } }
/// To be built.
#[component]
pub fn ClustersPage() -> impl IntoView { view! { <main id="main"><h1>"ClustersPage"</h1></main> } }
