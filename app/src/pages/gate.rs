use leptos::prelude::*;

/// To be built.
#[component]
pub fn NotFoundPage() -> impl IntoView { view! { <main id="main"><h1>"NotFoundPage"</h1></main> } }
/// To be built.
#[component]
pub fn StartPage() -> impl IntoView { view! { <main id="main"><h1>"StartPage"</h1></main> } }
/// To be built.
#[component]
pub fn SetupPage() -> impl IntoView { view! { <main id="main"><h1>"SetupPage"</h1></main> } }
/// To be built.
#[component]
pub fn SignInPage() -> impl IntoView { view! { <main id="main"><h1>"SignInPage"</h1></main> } }
/// To be built.
#[component]
pub fn InvitationPage() -> impl IntoView { view! { <main id="main"><h1>"InvitationPage"</h1></main> } }
