//! The keys of the matrix beyond the browser's own: Tab goes from row to row and the arrows choose without a script.
//!
//! Home and End choose the first and last level, Shift with the arrow down copies the level to the next row that is
//! shown, Enter and the arrows open and close a project's types, Ctrl or Command with S goes to the review.

use leptos::ev;
use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlFormElement, HtmlInputElement, KeyboardEvent};

use super::{
    bar,
    rows::{GROUP, choose, chosen, level, radios},
};
use crate::islands::browser::{all_in, first, hear, target, target_within};

/// Hears the keys.
pub fn listen() {
    hear(ev::keydown, |event| {
        if event.is_composing() || event.default_prevented() {
            return;
        }
        let done = in_group(&event)
            .or_else(|| on_toggle(&event))
            .or_else(|| review(&event));
        if done.is_some() {
            event.prevent_default();
        }
    });
}

fn in_group(event: &KeyboardEvent) -> Option<()> {
    let group = target_within(event, GROUP)?;
    match event.key().as_str() {
        "Home" => take(&group, radios(&group).first()?),
        "End" => take(&group, radios(&group).last()?),
        "ArrowDown" if event.shift_key() => copy_down(&group),
        _ => return None,
    }
    Some(())
}

fn take(group: &Element, radio: &HtmlInputElement) {
    radio.set_checked(true);
    let _ = radio.focus();
    chosen(group);
    bar::refresh();
}

/// The next row that is shown and has this level gets it, and the focus.
fn copy_down(group: &Element) {
    let level = level(group);
    let Some(table) = group.closest("table").ok().flatten() else {
        return;
    };
    let next = all_in(&table, "fieldset.levels")
        .into_iter()
        .skip_while(|one| one != group)
        .skip(1)
        .filter(is_shown)
        .find(|one| choose(one, &level));
    if let Some(next) = next {
        if let Some(radio) = radios(&next).iter().find(|radio| radio.checked()) {
            let _ = radio.focus();
        }
        chosen(&next);
        bar::refresh();
    }
}

fn is_shown(group: &Element) -> bool {
    group
        .dyn_ref::<HtmlElement>()
        .is_some_and(|group| group.offset_parent().is_some())
}

fn on_toggle(event: &KeyboardEvent) -> Option<()> {
    let toggle = target(event)?.dyn_into::<HtmlInputElement>().ok()?;
    if !toggle.class_list().contains("role-toggle") {
        return None;
    }
    let open = match event.key().as_str() {
        "Enter" => !toggle.checked(),
        "ArrowRight" => true,
        "ArrowLeft" => false,
        _ => return None,
    };
    toggle.set_checked(open);
    Some(())
}

fn review(event: &KeyboardEvent) -> Option<()> {
    let asked = event.key() == "s" && (event.ctrl_key() || event.meta_key());
    let form = first("#role-editor").filter(|_| asked)?;
    let typing = document().active_element();
    // Where nothing is changed the key stays the browser's.
    let changed = first(".role-bar:not([data-count='0'])").is_some();
    if !changed || typing.is_none() {
        return None;
    }
    form.dyn_into::<HtmlFormElement>()
        .ok()?
        .request_submit()
        .ok()
}
