//! Shows the rows one looks for while one types. Without a script the same form asks the server.

use std::{cell::RefCell, time::Duration};

use leptos::ev;
use leptos::prelude::{debounce, window};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlFormElement, HtmlInputElement, UrlSearchParams};

use super::rows::{level, show};
use crate::islands::browser::{all, first, first_in, hear, target, target_within};

/// How long after the last key the address follows.
const PAUSE: Duration = Duration::from_millis(200);
const FORM: &str = "role-filter";

/// Hears the search, the switch, and the links that show or hide all types.
pub fn listen() {
    let follow = RefCell::new(debounce(PAUSE, |()| remember()));
    hear(ev::input, move |event| {
        let ours = target(&event).is_some_and(|control| {
            matches!(control.id().as_str(), "role-search" | "role-customised")
        });
        if ours {
            apply();
            (follow.borrow_mut())(());
        }
    });
    hear(ev::submit, |event| {
        let form = event
            .target()
            .and_then(|form| form.dyn_into::<HtmlFormElement>().ok());
        // Everything it would ask the server is shown already.
        if form.is_some_and(|form| form.id() == FORM) {
            event.prevent_default();
            apply();
        }
    });
    hear(ev::click, |event| {
        let modified = event.ctrl_key() || event.meta_key() || event.shift_key();
        let link = target_within(&event, "a[data-types]").filter(|_| !modified);
        if let Some(types) = link.and_then(|link| link.get_attribute("data-types")) {
            event.prevent_default();
            open_all(types == "all");
        }
    });
}

fn control(id: &str) -> Option<HtmlInputElement> {
    first(&format!("#{id}"))?.dyn_into().ok()
}

fn wanted() -> (String, bool) {
    let text = control("role-search").map(|field| field.value().trim().to_lowercase());
    let customised = control("role-customised").is_some_and(|switch| switch.checked());
    (text.unwrap_or_default(), customised)
}

fn apply() {
    let (text, customised) = wanted();
    let projects = all(".role-project");
    let mut found = 0;
    for project in &projects {
        let name = project.get_attribute("data-name").unwrap_or_default();
        let shown = name.contains(&text) && (!customised || is_customised(project));
        found += usize::from(shown);
        show(project, shown);
    }
    for cluster in all(".role-row[data-default]:not(.-head)") {
        show(&cluster, !customised || is_customised(&cluster));
    }
    let filtered = !text.is_empty() || customised;
    if let Some(line) = first("#role-found") {
        let text = match (filtered, found) {
            (false, _) => String::new(),
            (true, 0) => "No project matches.".to_owned(),
            (true, found) => format!("{found} of {} projects", projects.len()),
        };
        line.set_text_content(Some(&text));
    }
}

/// A row that was customised just now counts at once; one that was taken back stays until the filter changes, so that
/// nothing vanishes under the pointer.
pub fn recheck(project: &Element) {
    let (text, customised) = wanted();
    let name = project.get_attribute("data-name").unwrap_or_default();
    if customised && name.contains(&text) && is_customised(project) {
        show(project, true);
    }
}

/// Is anything of this project or cluster not at its default? Of a project its head row tells.
fn is_customised(row: &Element) -> bool {
    let head = if row.has_attribute("data-default") {
        Some(row.clone())
    } else {
        first_in(row, "[data-default]")
    };
    head.is_some_and(|head| {
        let default = head.get_attribute("data-default").unwrap_or_default();
        level(&head) != default
    })
}

fn open_all(open: bool) {
    for toggle in all(".role-toggle") {
        if let Some(toggle) = toggle.dyn_ref::<HtmlInputElement>() {
            toggle.set_checked(open);
        }
    }
}

/// The address says what is shown, so that a reload shows it again.
fn remember() {
    let location = window().location();
    let (Ok(path), Ok(search), Ok(history)) =
        (location.pathname(), location.search(), window().history())
    else {
        return;
    };
    let Ok(query) = UrlSearchParams::new_with_str(&search) else {
        return;
    };
    let (text, customised) = wanted();
    query.delete("q");
    query.delete("customised");
    if !text.is_empty() {
        query.set("q", &text);
    }
    if customised {
        query.set("customised", "");
    }
    let query = String::from(query.to_string());
    let address = if query.is_empty() {
        path
    } else {
        format!("{path}?{query}")
    };
    // Browsers refuse when it changes too often; the next change brings it up to date.
    let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&address));
}
