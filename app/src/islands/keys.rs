//! Keys that work everywhere on a page.

use leptos::ev;
use wasm_bindgen::JsCast;
use web_sys::{HtmlFormElement, HtmlInputElement, KeyboardEvent};

use super::browser::{first, focus, hear, is_typed_into, target};

/// `/` goes to the page's search, Ctrl or Command with Enter sends the form of the panel.
pub fn listen() {
    hear(ev::keydown, |event| {
        let done = match event.key().as_str() {
            _ if event.is_composing() || event.default_prevented() => None,
            "/" => search(&event),
            "Enter" if event.ctrl_key() || event.meta_key() => send(&event),
            _ => None,
        };
        if done.is_some() {
            event.prevent_default();
        }
    });
}

fn search(event: &KeyboardEvent) -> Option<()> {
    let modified = event.ctrl_key() || event.meta_key() || event.alt_key();
    let typing = target(event).is_some_and(|element| is_typed_into(&element));
    let free = !modified && !typing;
    if !free {
        return None;
    }
    let field = first("main [role=search] input")?;
    focus(&field);
    field.dyn_ref::<HtmlInputElement>()?.select();
    Some(())
}

fn send(event: &KeyboardEvent) -> Option<()> {
    let around = target(event).and_then(|element| element.closest("form").ok().flatten());
    let form = around
        .or_else(|| first("dialog[open] form"))?
        .dyn_into::<HtmlFormElement>()
        .ok()?;
    form.request_submit().ok()
}
