//! What these two islands need of the document beyond [`crate::islands::browser`].

use domain::Scope;
use leptos::prelude::{document, window};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlElement, UrlSearchParams};

/// The element of this id.
pub fn by_id<T: JsCast>(id: &str) -> Option<T> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

/// Shows or hides the element of this id.
pub fn show(id: &str, shown: bool) {
    if let Some(element) = by_id::<HtmlElement>(id) {
        element.set_hidden(!shown);
    }
}

/// Writes a text; nothing where it stands already, so that nobody hears it twice.
pub fn write(element: Option<&Element>, text: &str) {
    if let Some(element) = element
        && element.text_content().as_deref() != Some(text)
    {
        element.set_text_content(Some(text));
    }
}

/// Gives an element an attribute, or takes it away.
pub fn mark(element: &Element, name: &str, marked: bool) {
    // Refused only for a name that is none.
    let _ = if marked {
        element.set_attribute(name, "")
    } else {
        element.remove_attribute(name)
    };
}

/// Changes one parameter of the page's address without loading anything.
pub fn set_parameter(name: &str, value: &str) {
    let location = window().location();
    let (Ok(path), Ok(search), Ok(history)) =
        (location.pathname(), location.search(), window().history())
    else {
        return;
    };
    // Browsers refuse when it changes too often; the next change brings it up to date.
    let _ = history.replace_state_with_url(
        &JsValue::NULL,
        "",
        Some(&with_parameter(&path, &search, name, value)),
    );
}

/// An address with one parameter changed; absent when empty.
pub fn with_parameter(path: &str, search: &str, name: &str, value: &str) -> String {
    let Ok(parameters) = UrlSearchParams::new_with_str(search) else {
        return path.to_owned();
    };
    if value.is_empty() {
        parameters.delete(name);
    } else {
        parameters.set(name, value);
    }
    let search = String::from(parameters.to_string());
    if search.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{search}")
    }
}

/// The scopes named by an attribute of a row, narrowest first.
pub fn scopes(row: &Element) -> Vec<Scope> {
    let codes = row.get_attribute("data-defined").unwrap_or_default();
    codes
        .split(' ')
        .filter_map(|code| code.parse().ok())
        .collect()
}
