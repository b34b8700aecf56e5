//! Says what is wrong with a form where the server would have said it: beside the fields, and above the form.

use std::cmp::Ordering;

use domain::{ApiError, FieldError};
use leptos::ev;
use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlFormElement, HtmlInputElement, Node};

use super::browser::{all_in, first_in, flash, focus, from_template, hear, set, target, unset};

/// An error leaves as soon as its field is corrected.
pub fn listen() {
    hear(ev::input, |event| {
        if let Some(control) = target(&event) {
            clear_field(&control);
        }
    });
}

/// Takes all errors off a form.
pub fn clear(form: &Element) {
    for control in all_in(form, "[aria-invalid=true]") {
        clear_field(&control);
    }
    for alert in all_in(form, ".note[role=alert]") {
        alert.remove();
    }
}

/// Shows an error, and moves the focus to where it is to be put right.
pub fn show(form: &HtmlFormElement, error: &ApiError) {
    if matches!(error, ApiError::WrongCredentials) {
        forget_passwords(form);
    }
    let fields = match error {
        ApiError::Invalid { fields } => fields.as_slice(),
        _ => &[],
    };
    let mut placed: Vec<(Element, &FieldError)> = fields
        .iter()
        .filter_map(|field| Some((control(form, &field.field)?, field)))
        .collect();
    // From the top down, whatever was checked first.
    placed.sort_by(|(one, _), (other, _)| {
        let before = one.compare_document_position(other) & Node::DOCUMENT_POSITION_FOLLOWING != 0;
        if before {
            Ordering::Less
        } else {
            Ordering::Greater
        }
    });
    let alone = fields.len() == 1;
    for (control, field) in &placed {
        mark(control, &field.message, alone);
    }
    // One wrong field says it all itself; everything else is said above the form too.
    let alert = if alone && placed.len() == 1 {
        None
    } else {
        above(form, &error.to_string(), fields, &placed)
    };
    if let Some(goal) = placed.first().map(|(control, _)| control.clone()).or(alert) {
        focus(&goal);
    }
}

/// The visible control of this name: of a group, the chosen or the first one.
fn control(form: &HtmlFormElement, name: &str) -> Option<Element> {
    let elements = form.elements();
    let named: Vec<Element> = (0..elements.length())
        .filter_map(|index| elements.item(index))
        .filter(|element| element.get_attribute("name").as_deref() == Some(name))
        .filter(|element| {
            element
                .matches("input:not([type=hidden]), select, textarea")
                .unwrap_or(false)
        })
        .collect();
    let chosen = named.iter().find(|element| {
        element
            .dyn_ref::<HtmlInputElement>()
            .is_some_and(HtmlInputElement::checked)
    });
    chosen.or(named.first()).cloned()
}

/// The part of the page that belongs to a control: its label, hint and error.
fn slot(control: &Element) -> Option<Element> {
    control.closest(".field, .check").ok().flatten()
}

/// What names the error to assistive technology: the group of a radio, else the control itself.
fn described(control: &Element, slot: &Element) -> Element {
    if slot.matches("fieldset").unwrap_or(false) {
        slot.clone()
    } else {
        control.clone()
    }
}

fn mark(control: &Element, message: &str, alone: bool) {
    clear_field(control);
    set(control, "aria-invalid", "true");
    let (Some(slot), Some(note)) = (slot(control), from_template("template-field-error")) else {
        return;
    };
    if let Some(text) = first_in(&note, "span") {
        text.set_text_content(Some(message));
    }
    let hint = first_in(&slot, ".field-hint");
    if let Some(hint) = &hint {
        set(hint, "hidden", "");
    }
    let stem = hint
        .and_then(|hint| Some(hint.id().strip_suffix("-hint")?.to_owned()))
        .unwrap_or_else(|| control.id());
    let id = format!("{stem}-error");
    note.set_id(&id);
    if alone {
        set(&note, "role", "alert");
    }
    describe(
        &described(control, &slot),
        &format!("{stem}-hint"),
        Some(&id),
    );
    // A tick has its notes beside it, under its label.
    let place = first_in(&slot, ":scope > div:has(> .check-label)").unwrap_or(slot);
    let _ = place.append_with_node_1(&note);
}

fn clear_field(control: &Element) {
    let Some(slot) = slot(control) else { return };
    let owner = described(control, &slot);
    for note in all_in(&slot, ".field-error") {
        note.remove();
        let id = note.id();
        let hint = format!("{}-hint", id.strip_suffix("-error").unwrap_or(&id));
        let is_there = document().get_element_by_id(&hint).is_some();
        describe(&owner, &id, is_there.then_some(hint.as_str()));
    }
    for hint in all_in(&slot, ".field-hint[hidden]") {
        unset(&hint, "hidden");
    }
    for invalid in all_in(&slot, "[aria-invalid=true]") {
        unset(&invalid, "aria-invalid");
    }
}

/// Puts one note in the place of another in what describes a control; what else describes it stays.
fn describe(owner: &Element, gone: &str, come: Option<&str>) {
    let before = owner.get_attribute("aria-describedby").unwrap_or_default();
    let rest = before.split_whitespace().filter(|id| *id != gone);
    let ids: Vec<&str> = come.into_iter().chain(rest).collect();
    if ids.is_empty() {
        unset(owner, "aria-describedby");
    } else {
        set(owner, "aria-describedby", &ids.join(" "));
    }
}

/// The message above the form, or at the edge of the page for a form that is only a button.
fn above(
    form: &HtmlFormElement,
    message: &str,
    fields: &[FieldError],
    placed: &[(Element, &FieldError)],
) -> Option<Element> {
    if is_only_a_button(form) && flash(message) {
        return None;
    }
    let alert = from_template("template-form-error")?;
    first_in(&alert, ".note-body > p")?.set_text_content(Some(message));
    if !fields.is_empty() {
        let _ = first_in(&alert, ".note-body")?.append_with_node_1(list(fields, placed)?.as_ref());
    }
    put_above(form, &alert);
    Some(alert)
}

/// A form in a menu or a row, with no place for a message.
fn is_only_a_button(form: &Element) -> bool {
    let within = form.closest("dialog, main.gate-form").ok().flatten();
    within.is_none() && !has_fields(form)
}

/// Is there anything in it that a person filled in?
pub fn has_fields(form: &Element) -> bool {
    first_in(form, "input:not([type=hidden]), select, textarea").is_some()
}

fn put_above(form: &Element, alert: &Element) {
    let place = first_in(form, ".overlay-body").unwrap_or_else(|| form.clone());
    let _ = place.prepend_with_node_1(alert);
}

/// Says above the form that the session is over, and how to go on without losing what is in it.
pub fn show_signed_out(form: &Element) -> Option<()> {
    let alert = from_template("template-form-error")?;
    let text = first_in(&alert, ".note-body > p")?;
    let link = document().create_element("a").ok()?;
    set(&link, "href", "/sign-in");
    set(&link, "target", "_blank");
    set(&link, "rel", "noopener");
    link.set_text_content(Some("Sign in in another tab"));
    text.set_text_content(Some("You are signed out. "));
    let _ = text.append_with_node_1(&link);
    let _ = text.append_with_str_1(", then save again.");
    put_above(form, &alert);
    focus(&alert);
    Some(())
}

/// Every wrong field, as a link to its control where it has one.
fn list(fields: &[FieldError], placed: &[(Element, &FieldError)]) -> Option<Element> {
    let list = document().create_element("ul").ok()?;
    list.set_class_name("note-list");
    for field in fields {
        let item = document().create_element("li").ok()?;
        let control = placed
            .iter()
            .find(|(_, at)| at.field == field.field)
            .map(|(control, _)| control.id());
        match control.filter(|id| !id.is_empty()) {
            Some(id) => {
                let link = document().create_element("a").ok()?;
                set(&link, "href", &format!("#{id}"));
                link.set_text_content(Some(&field.message));
                let _ = item.append_with_node_1(&link);
            }
            None => item.set_text_content(Some(&field.message)),
        }
        let _ = list.append_with_node_1(&item);
    }
    Some(list)
}

/// A password that does not fit is typed anew, not corrected.
fn forget_passwords(form: &Element) {
    for input in all_in(form, "input[autocomplete=current-password]") {
        if let Some(input) = input.dyn_ref::<HtmlInputElement>() {
            input.set_value("");
        }
    }
}
