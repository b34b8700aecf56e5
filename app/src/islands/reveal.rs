//! Buttons that show what is typed into a masked control.

use leptos::ev;
use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement};

use super::browser::{hear, set, target_within};

/// Listens for clicks on them.
pub fn listen() {
    hear(ev::click, |event| {
        let button = target_within(&event, "[data-reveal]");
        let control = button
            .as_ref()
            .and_then(|button| document().get_element_by_id(&button.get_attribute("data-reveal")?));
        if let (Some(button), Some(control)) = (button, control) {
            turn(&button, &control);
        }
    });
}

fn turn(button: &Element, control: &Element) {
    let reveal = button.get_attribute("aria-pressed").as_deref() != Some("true");
    set(
        button,
        "aria-pressed",
        if reveal { "true" } else { "false" },
    );
    match control.dyn_ref::<HtmlInputElement>() {
        Some(input) => input.set_type(if reveal { "text" } else { "password" }),
        None => {
            let _ = control.class_list().toggle_with_force("-masked", !reveal);
        }
    }
}
