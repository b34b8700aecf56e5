//! Nothing typed is lost silently: leaving a changed form asks first, in the browser's own words.

use std::sync::atomic::{AtomicBool, Ordering};

use leptos::ev;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement, HtmlOptionElement, HtmlTextAreaElement};

use super::browser::{all, all_in, hear};

/// What was typed has arrived, so it may be left.
static RELEASED: AtomicBool = AtomicBool::new(false);

/// Guards the forms of panels and dialogs, and those that ask for it. Covers links, Escape, back, and closing the tab.
pub fn listen() {
    hear(ev::beforeunload, |event| {
        if !RELEASED.load(Ordering::Relaxed)
            && all("[data-close] form, form[data-guard]")
                .iter()
                .any(is_changed)
        {
            event.prevent_default();
            event.set_return_value("changed");
        }
    });
    // A form that the browser sends itself keeps what was typed.
    hear(ev::submit, |event| {
        if !event.default_prevented() {
            release();
        }
    });
    hear(ev::pageshow, |_| RELEASED.store(false, Ordering::Relaxed));
}

/// From here on leaving is what the person wants.
pub fn release() {
    RELEASED.store(true, Ordering::Relaxed);
}

fn is_changed(form: &Element) -> bool {
    // A control that belongs to another form, such as a filter, stands here but is not sent with this one.
    all_in(form, "input:not([type=hidden], [form]), textarea, option")
        .iter()
        .any(differs)
}

/// True when a control is not as the server sent it.
fn differs(control: &Element) -> bool {
    if let Some(input) = control.dyn_ref::<HtmlInputElement>() {
        return match input.type_().as_str() {
            "checkbox" | "radio" => input.checked() != input.default_checked(),
            _ => input.value() != input.default_value(),
        };
    }
    if let Some(area) = control.dyn_ref::<HtmlTextAreaElement>() {
        return area
            .default_value()
            .is_ok_and(|before| area.value() != before);
    }
    // Without a chosen default the browser shows the first entry, which is then not a change.
    control
        .dyn_ref::<HtmlOptionElement>()
        .is_some_and(|option| option.selected() && !option.default_selected() && option.index() > 0)
}
