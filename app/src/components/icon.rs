//! Pictures that accompany words.

use super::IconName;
use leptos::prelude::*;

/// A 16 px stroke picture. It is hidden from assistive technology: the words beside it, or the control's name, say it.
#[component]
pub fn Icon(
    /// Which picture.
    name: IconName,
) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" inner_html=name.drawing()></svg>
    }
}

/// The sign of Gatehouse: a gate with its portcullis down, in a square of the accent colour.
#[component]
pub fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 28 28" aria-hidden="true">
            <rect width="28" height="28" rx="6"></rect>
            <path d="M7 21.5V13a7 7 0 0 1 14 0v8.5M11.5 21.5V12M16.5 21.5V12M7 16.5h14"></path>
        </svg>
    }
}
