//! The one island every page has.

use leptos::prelude::*;

use crate::components::{FieldNotes, Flash, FormError, Icon, IconName, Tone};

/// Brings the plain HTML of a page to life. Shows nothing itself; the templates are what it shows things with.
#[component]
pub fn Enhancer() -> impl IntoView {
    view! {
        <template id="template-field-error"><FieldNotes id="template" error="-" /></template>
        <template id="template-form-error"><FormError message="" /></template>
        <template id="template-flash"><Flash tone=Tone::Bad message="" /></template>
        <template id="template-done"><Icon name=IconName::Check /></template>
        <p class="sr" id="live" role="status"></p>
        <Listener />
    }
}

/// Listens to the whole document. Renders nothing.
#[island]
fn Listener() -> impl IntoView {
    #[cfg(feature = "hydrate")]
    {
        use super::{
            autosubmit, copy, files, form_errors, forms, guard, keys, overlay, palette, reveal,
        };

        forms::listen();
        form_errors::listen();
        guard::listen();
        overlay::enter();
        palette::listen();
        keys::listen();
        copy::listen();
        files::listen();
        reveal::listen();
        autosubmit::listen();
        super::browser::announce_ready();
    }
}
