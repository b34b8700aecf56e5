//! One island for every form: it posts without leaving the page, so that nothing typed is lost when something is wrong.
//! The server renders the same forms with the same slots for errors; without a script the browser posts them itself.

use leptos::prelude::*;

/// Listens to the whole document. Renders nothing.
#[island]
pub fn Enhancer() -> impl IntoView {
    #[cfg(feature = "hydrate")]
    browser::listen();
}

#[cfg(feature = "hydrate")]
mod browser {
    pub fn listen() {}
}
