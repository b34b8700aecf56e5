//! Controls whose form is sent as soon as one is chosen by mouse or touch: filters.

use std::cell::Cell;
use std::rc::Rc;

use leptos::ev;
use wasm_bindgen::JsCast;
use web_sys::HtmlFormElement;

use super::browser::{hear, target_within};

/// Listens for changes of them. An arrow key on a closed list is a change too, on the way to what somebody looks for:
/// who uses the keyboard sends the form with its button.
pub fn listen() {
    let pointed = Rc::new(Cell::new(false));
    hear(ev::pointerdown, {
        let pointed = pointed.clone();
        move |_| pointed.set(true)
    });
    hear(ev::keydown, {
        let pointed = pointed.clone();
        move |_| pointed.set(false)
    });
    hear(ev::change, move |event| {
        let form = target_within(&event, "[data-autosubmit]")
            .filter(|_| pointed.get())
            .and_then(|control| control.closest("form").ok().flatten());
        if let Some(form) = form.and_then(|form| form.dyn_into::<HtmlFormElement>().ok()) {
            let _ = form.request_submit();
        }
    });
}
