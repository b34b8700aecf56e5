//! Files that are chosen or dropped: their text goes into a field.

use leptos::ev;
use leptos::prelude::document;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Event, HtmlInputElement, HtmlTextAreaElement};

use super::browser::{focus, hear, target_within};

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
    let file = input.dyn_into::<HtmlInputElement>().ok()?.files()?.get(0)?;
    spawn_local(async move {
        let text = JsFuture::from(file.text()).await;
        if let Some(text) = text.ok().and_then(|text| text.as_string()) {
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
