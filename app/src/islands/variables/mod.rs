//! The variables page: a search without a round trip, and a form that thinks along. Both only enliven what the server
//! rendered and works without them; they render nothing themselves.

pub mod advice;
pub mod search;

#[cfg(feature = "hydrate")]
mod dom;
#[cfg(feature = "hydrate")]
mod form;
#[cfg(feature = "hydrate")]
mod list;

use leptos::prelude::*;

/// Filters the rows while one types, opens ladders in place and ticks all rows at once.
#[island]
pub fn VariableList() -> impl IntoView {
    #[cfg(feature = "hydrate")]
    list::enliven();
}

/// Judges the key and the value while they are typed.
#[island]
pub fn VariableForm() -> impl IntoView {
    #[cfg(feature = "hydrate")]
    form::enliven();
}
