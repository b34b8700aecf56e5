//! Rows, their levels, and how a project's head row and its types stay in step.

use std::time::Duration;

use leptos::ev;
use leptos::prelude::set_timeout;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement};

use super::{bar, filter};
use crate::islands::browser::{all, all_in, first_in, hear, set, target_within, unset};

/// The code of the head row for Full access, as `rpc::role_levels` has it.
pub const FULL: &str = "FULL";
/// What every type of a project with Full access includes.
const WITHIN_FULL: &str = "MANAGER";
/// A radio group of the matrix.
pub const GROUP: &str = "#role-editor fieldset.levels";

/// Hears every choice, and the button that takes them all back.
pub fn listen() {
    hear(ev::change, |event| {
        if let Some(group) = target_within(&event, GROUP) {
            chosen(&group);
            bar::refresh();
        }
    });
    hear(ev::input, |event| {
        if target_within(&event, "#role-editor .role-identity").is_some() {
            bar::refresh();
        }
    });
    hear(ev::reset, |event| {
        if target_within(&event, "#role-editor").is_some() {
            // The browser resets after it has told.
            set_timeout(all_again, Duration::ZERO);
        }
    });
    hear(ev::click, |event| {
        let button = target_within(&event, "[data-set-all]");
        if let Some(level) = button.and_then(|button| button.get_attribute("data-set-all")) {
            set_all(&level);
        }
    });
    // The browser may have filled in choices of an earlier visit.
    all_again();
}

/// Brings everything that follows from the levels up to date.
fn all_again() {
    for group in all(GROUP) {
        mark(&group);
    }
    for project in all(".role-project") {
        follow_types(&project);
        mark_head(&project);
    }
    bar::refresh();
}

/// Sets all projects the filter shows.
fn set_all(level: &str) {
    for project in all("#role-editor .role-project:not([hidden])") {
        if let Some(group) = head_of(&project) {
            choose(&group, level);
            chosen(&group);
        }
    }
    if let Some(menu) = crate::islands::browser::first("#role-set-all:popover-open")
        .and_then(|menu| menu.dyn_into::<HtmlElement>().ok())
    {
        let _ = menu.hide_popover();
    }
    bar::refresh();
}

/// What follows from a choice in this group.
pub fn chosen(group: &Element) {
    mark(group);
    let Some(project) = project_of(group) else {
        return;
    };
    if is_head(group) {
        follow_head(&project, &level(group));
    } else {
        follow_types(&project);
    }
    mark_head(&project);
    filter::recheck(&project);
}

/// The project around a row.
pub fn project_of(group: &Element) -> Option<Element> {
    group.closest(".role-project").ok().flatten()
}

fn is_head(group: &Element) -> bool {
    group.closest(".-head").ok().flatten().is_some()
}

fn head_of(project: &Element) -> Option<Element> {
    first_in(project, ".-head fieldset.levels")
}

fn types_of(project: &Element) -> Vec<Element> {
    all_in(project, ".-type fieldset.levels")
}

/// The code of the chosen level; empty where none is.
pub fn level(group: &Element) -> String {
    first_in(group, "input:checked")
        .and_then(|radio| radio.get_attribute("value"))
        .unwrap_or_default()
}

/// The radios of a group, from the lowest level up.
pub fn radios(group: &Element) -> Vec<HtmlInputElement> {
    all_in(group, "input")
        .into_iter()
        .filter_map(|radio| radio.dyn_into().ok())
        .collect()
}

/// Chooses a level; false where the group has no such one.
pub fn choose(group: &Element, level: &str) -> bool {
    let radio = radios(group)
        .into_iter()
        .find(|radio| radio.value() == level);
    if let Some(radio) = &radio {
        radio.set_checked(true);
    }
    radio.is_some()
}

/// All types get the level of the head row.
fn follow_head(project: &Element, level: &str) {
    let level = if level == FULL { WITHIN_FULL } else { level };
    for group in types_of(project) {
        choose(&group, level);
        mark(&group);
    }
    note_mixed(project, false);
}

/// The head row shows what all types have; nothing where they differ.
fn follow_types(project: &Element) {
    let Some(head) = head_of(project) else { return };
    if level(&head) == FULL {
        return note_mixed(project, false);
    }
    let levels: Vec<String> = types_of(project).iter().map(level).collect();
    let same = levels
        .first()
        .filter(|first| levels.iter().all(|level| level == *first));
    match same {
        Some(same) => {
            choose(&head, same);
        }
        None => radios(&head)
            .iter()
            .for_each(|radio| radio.set_checked(false)),
    }
    note_mixed(project, same.is_none());
}

fn note_mixed(project: &Element, mixed: bool) {
    if let Some(label) = first_in(project, ".role-mixed") {
        show(&label, mixed);
    }
}

/// Marks a row whose level is not the saved one. Head rows are marked by [`mark_head`].
fn mark(group: &Element) {
    if !is_head(group) {
        let saved = group.get_attribute("data-saved").unwrap_or_default();
        note_changed(group, level(group) != saved);
    }
}

/// Of a head row only Full access is a change of its own, and then its types are none.
fn mark_head(project: &Element) {
    let Some(head) = head_of(project) else { return };
    let was_full = head.get_attribute("data-saved").as_deref() == Some(FULL);
    let is_full = level(&head) == FULL;
    note_changed(&head, was_full != is_full);
    for group in types_of(project) {
        if was_full || is_full {
            note_changed(&group, false);
        } else {
            mark(&group);
        }
    }
}

fn note_changed(group: &Element, changed: bool) {
    if changed {
        set(group, "data-changed", "");
    } else {
        unset(group, "data-changed");
    }
    let row = group.closest("tr").ok().flatten();
    if let Some(dot) = row.and_then(|row| first_in(&row, ".role-changed")) {
        show(&dot, changed);
    }
}

/// Shows or hides an element.
pub fn show(element: &Element, shown: bool) {
    if shown {
        unset(element, "hidden");
    } else {
        set(element, "hidden", "");
    }
}
