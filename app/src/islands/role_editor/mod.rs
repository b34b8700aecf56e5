//! The editor of a custom role: counts what is not saved, keeps a project's head row and its types in step, filters
//! while one types, and knows the keys of a matrix. It only enlivens what the server rendered and renders nothing.
//!
//! It listens to the document as a whole, not to each of several hundred radio groups.

#[cfg(feature = "hydrate")]
mod bar;
#[cfg(feature = "hydrate")]
mod filter;
#[cfg(feature = "hydrate")]
mod keys;
#[cfg(feature = "hydrate")]
mod rows;

use leptos::prelude::*;

/// Brings the matrix of the page to life.
#[island]
pub fn RoleEditor() -> impl IntoView {
    #[cfg(feature = "hydrate")]
    {
        rows::listen();
        filter::listen();
        keys::listen();
        bar::refresh();
    }
}
