//! Files that are chosen or dropped: their text goes into a field.

use leptos::ev;
use leptos::prelude::document;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Event, HtmlInputElement, HtmlTextAreaElement};

use super::browser::{flash, focus, hear, target_within};

/// What is said of a file that is no text, or text of another kind.
const NOT_UTF_8: &str =
    "This file is not UTF-8, so it was not read. Save it as UTF-8 and choose it again.";

/// Listens for choices.
pub fn listen() {
    hear(ev::change, |event| {
        let _ = chosen(&event);
    });
}

fn chosen(event: &Event) -> Option<()> {
    let input = target_within(event, "input[type=file][data-into]")?;
    let area = document()
        .get_element_by_id(&input.get_attribute("data-into")?)?
        .dyn_into::<HtmlTextAreaElement>()
        .ok()?;
    let input = input.dyn_into::<HtmlInputElement>().ok()?;
    let file = input.files()?.get(0)?;
    spawn_local(async move {
        let text = JsFuture::from(file.text()).await;
        if let Some(text) = text.ok().and_then(|text| text.as_string()) {
            // What the browser puts where bytes are no UTF-8.
            if text.contains(char::REPLACEMENT_CHARACTER) {
                // Choosing the same file again would be no change otherwise.
                input.set_value("");
                flash(NOT_UTF_8);
                return;
            }
            area.set_value(&text);
            focus(&area);
            // So that leaving the page asks first.
            if let Ok(event) = Event::new("input") {
                let _ = area.dispatch_event(&event);
            }
        }
    });
    Some(())
}
