//! Nothing typed is lost silently: leaving a changed form asks first, in the browser's own words.

use std::cell::RefCell;

use leptos::ev;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement, HtmlOptionElement, HtmlTextAreaElement};

use super::browser::{all, all_in, first_in, hear, target};

/// The forms that are not left behind without asking.
const GUARDED: &str = "[data-close] form, form[data-guard]";

thread_local! {
    /// The form whose contents are on their way or have arrived, so that it may be left.
    static SENT: RefCell<Option<Element>> = const { RefCell::new(None) };
}

/// Guards the forms of panels and dialogs, and those that ask for it. Covers links, Escape, back, and closing the tab.
pub fn listen() {
    hear(ev::beforeunload, |event| {
        if holds_something() {
            event.prevent_default();
            event.set_return_value("changed");
        }
    });
    // A form that the browser sends itself keeps what was typed.
    hear(ev::submit, |event| {
        if !event.default_prevented()
            && let Some(sent) = target(&event)
        {
            release(&sent);
        }
    });
    hear(ev::pageshow, |_| SENT.set(None));
}

/// Leaving this form is what the person wants. False when another one would lose something, as a panel does when the
/// filter beside it is sent: then the browser is going to ask.
pub fn release(sent: &Element) -> bool {
    SENT.set(Some(sent.clone()));
    !holds_something()
}

/// Would anything be lost by leaving?
fn holds_something() -> bool {
    let sent = SENT.with_borrow(Clone::clone);
    all(GUARDED)
        .iter()
        .filter(|form| Some(*form) != sent.as_ref())
        .any(is_changed)
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
    control
        .dyn_ref::<HtmlOptionElement>()
        .is_some_and(|option| option.selected() && !option.default_selected() && !is_usual(option))
}

/// Without a chosen default the browser shows the first entry of a select, which is then not a change.
fn is_usual(option: &HtmlOptionElement) -> bool {
    let has_default = option
        .closest("select")
        .ok()
        .flatten()
        .is_some_and(|select| first_in(&select, "option[selected]").is_some());
    option.index() == 0 && !has_default
}
