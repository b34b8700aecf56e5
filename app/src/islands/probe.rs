//! Proves that islands come to life; goes away with the first real one.

use leptos::prelude::*;

/// A button that counts its clicks.
#[island]
pub fn Probe() -> impl IntoView {
    let clicks = RwSignal::new(0);
    view! {
        <button type="button" on:click=move |_| clicks.update(|n| *n += 1)>
            "Clicked " {clicks} " times"
        </button>
    }
}
