//! Controls whose form is sent as soon as they change: filters.

use leptos::ev;
use wasm_bindgen::JsCast;
use web_sys::HtmlFormElement;

use super::browser::{hear, target_within};

/// Listens for changes of them.
pub fn listen() {
    hear(ev::change, |event| {
        let form = target_within(&event, "[data-autosubmit]")
            .and_then(|control| control.closest("form").ok().flatten());
        if let Some(form) = form.and_then(|form| form.dyn_into::<HtmlFormElement>().ok()) {
            let _ = form.request_submit();
        }
    });
}
