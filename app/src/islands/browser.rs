//! The few words in which the behaviours talk to the browser. Whatever is missing is `None`, never a panic.

use leptos::ev::EventDescriptor;
use leptos::prelude::{document, window_event_listener};
use wasm_bindgen::JsCast;
use web_sys::{
    Element, Event, HtmlElement, HtmlInputElement, HtmlSelectElement, HtmlTemplateElement,
    HtmlTextAreaElement, NodeList,
};

/// Hears an event wherever it happens in the document, for as long as the page lives.
pub fn hear<E>(event: E, react: impl Fn(E::EventType) + 'static)
where
    E: EventDescriptor + 'static,
    E::EventType: JsCast,
{
    let _for_ever = window_event_listener(event, react);
}

/// Where an event happened.
pub fn target(event: &Event) -> Option<Element> {
    event.target()?.dyn_into().ok()
}

/// The element an event happened in that fits the selector.
pub fn target_within(event: &Event, selector: &str) -> Option<Element> {
    target(event)?.closest(selector).ok().flatten()
}

/// The first element of the document that fits.
pub fn first(selector: &str) -> Option<Element> {
    document().query_selector(selector).ok().flatten()
}

/// The first element inside another that fits.
pub fn first_in(root: &Element, selector: &str) -> Option<Element> {
    root.query_selector(selector).ok().flatten()
}

/// All elements of the document that fit.
pub fn all(selector: &str) -> Vec<Element> {
    document()
        .query_selector_all(selector)
        .map(|list| elements(&list))
        .unwrap_or_default()
}

/// All elements inside another that fit.
pub fn all_in(root: &Element, selector: &str) -> Vec<Element> {
    root.query_selector_all(selector)
        .map(|list| elements(&list))
        .unwrap_or_default()
}

fn elements(list: &NodeList) -> Vec<Element> {
    (0..list.length())
        .filter_map(|index| list.get(index)?.dyn_into().ok())
        .collect()
}

/// Sets an attribute. The browser refuses only malformed names, which ours are not.
pub fn set(element: &Element, name: &str, value: &str) {
    let _ = element.set_attribute(name, value);
}

/// Takes an attribute off.
pub fn unset(element: &Element, name: &str) {
    let _ = element.remove_attribute(name);
}

/// Moves the focus.
pub fn focus(element: &Element) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        let _ = element.focus();
    }
}

/// What is typed into a control.
pub fn value_of(control: &Element) -> Option<String> {
    let input = control
        .dyn_ref::<HtmlInputElement>()
        .map(HtmlInputElement::value);
    let area = || {
        control
            .dyn_ref::<HtmlTextAreaElement>()
            .map(HtmlTextAreaElement::value)
    };
    let select = || {
        control
            .dyn_ref::<HtmlSelectElement>()
            .map(HtmlSelectElement::value)
    };
    input.or_else(area).or_else(select)
}

/// True where a person types, so that single keys are letters.
pub fn is_typed_into(element: &Element) -> bool {
    element
        .matches("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]")
        .unwrap_or(false)
}

/// A copy of what the server put into a template of the page.
pub fn from_template(id: &str) -> Option<Element> {
    let template = document()
        .get_element_by_id(id)?
        .dyn_into::<HtmlTemplateElement>()
        .ok()?;
    template
        .content()
        .first_element_child()?
        .clone_node_with_deep(true)
        .ok()?
        .dyn_into()
        .ok()
}

/// Tells assistive technology what just happened.
pub fn say(message: &str) {
    if let Some(live) = document().get_element_by_id("live") {
        live.set_text_content(Some(message));
    }
}

/// Shows a message at the edge of the page, as after a redirect. False where the page has no place for it.
pub fn flash(message: &str) -> bool {
    let (Some(region), Some(flash)) = (first(".flashes"), from_template("template-flash")) else {
        return false;
    };
    if let Some(text) = first_in(&flash, ".flash-text") {
        text.set_text_content(Some(message));
    }
    set(&flash, "role", "alert");
    region.replace_children_with_node_1(&flash);
    true
}

/// From here on buttons that need the script work; the style shows them.
pub fn announce_ready() {
    if let Some(html) = document().document_element() {
        set(&html, "data-ready", "");
    }
}
