//! Buttons that copy.

use std::time::Duration;

use leptos::ev;
use leptos::prelude::{document, set_timeout, window};
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;
use web_sys::Element;

use super::browser::{first_in, flash, from_template, hear, say, target_within, value_of};

const BUTTONS: &str = "[data-copy], [data-copy-from]";
/// How long a button says that it has copied.
const SHOWN: Duration = Duration::from_secs(2);

/// Listens for clicks on them.
pub fn listen() {
    hear(ev::click, |event| {
        if let Some(button) = target_within(&event, BUTTONS) {
            event.prevent_default();
            spawn_local(copy(button));
        }
    });
}

async fn copy(button: Element) {
    let Some(text) = wanted(&button) else { return };
    let copied = match window().navigator().clipboard() {
        // Browsers have no clipboard on pages that came over plain HTTP from another machine.
        clipboard if clipboard.is_undefined() => false,
        clipboard => JsFuture::from(clipboard.write_text(&text)).await.is_ok(),
    };
    if !copied {
        let message = "This browser did not allow copying. Select the text and copy it by hand.";
        if !flash(message) {
            say(message);
        }
        return;
    }
    let name = button.get_attribute("data-copy-name").unwrap_or_default();
    say(format!("Copied {name}").trim_end());
    show_done(&button);
}

fn wanted(button: &Element) -> Option<String> {
    button.get_attribute("data-copy").or_else(|| {
        let source = document().get_element_by_id(&button.get_attribute("data-copy-from")?)?;
        value_of(&source).or_else(|| source.text_content())
    })
}

/// The button's picture is a tick for a moment.
fn show_done(button: &Element) {
    let (Some(icon), Some(done)) = (first_in(button, "svg"), from_template("template-done")) else {
        return;
    };
    let _ = icon.replace_with_with_node_1(&done);
    set_timeout(
        move || {
            let _ = done.replace_with_with_node_1(&icon);
        },
        SHOWN,
    );
}
