//! The palette: Ctrl or Command with K, or the rail's link, opens a search over everything in front of the page. The
//! field keeps the focus while arrows choose among what the server lists; Enter follows, Escape closes.

use std::{cell::RefCell, time::Duration};

use leptos::ev;
use leptos::prelude::{debounce, document};
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, AbortSignal, Element, HtmlDialogElement, HtmlElement, HtmlInputElement,
    KeyboardEvent, MouseEvent, ScrollIntoViewOptions, ScrollLogicalPosition, UrlSearchParams,
};

use super::browser::{
    all_in, first, first_in, focus, from_template, hear, set, target, target_within, unset,
};
use super::{forms, overlay};

const ASK: &str = "/rpc/search/find";
/// How long after the last key the server is asked.
const PAUSE: Duration = Duration::from_millis(120);
const OPENER: &str = "a[data-palette]";
const OPTION: &str = "[role=option]";
const CHOSEN: &str = "[role=option][aria-selected=true]";
const UNREACHED: &str = "The search does not answer. Enter opens its own page.";

thread_local! {
    /// The question on its way, which the next one takes back.
    static ASKED: RefCell<Option<AbortController>> = const { RefCell::new(None) };
    /// What had the focus before.
    static BEFORE: RefCell<Option<Element>> = const { RefCell::new(None) };
}

/// Waits for what opens it. On pages without a palette nothing does.
pub fn listen() {
    hear(ev::keydown, |event| {
        if pressed(&event).is_some() {
            event.prevent_default();
        }
    });
    hear(ev::click, |event| {
        if clicked(&event).is_some() {
            event.prevent_default();
        }
    });
    let ask_soon = RefCell::new(debounce(PAUSE, |()| {
        let _ = ask();
    }));
    hear(ev::input, move |event| {
        if target(&event).is_some_and(|field| field.id() == "palette-field") {
            // What is listed belongs to what was typed before: Enter must not follow it.
            let _ = choose(None);
            (ask_soon.borrow_mut())(());
        }
    });
    // A page that the browser brings back as it was left should not be covered.
    hear(ev::pagehide, |_| {
        let _ = close();
    });
}

/// The palette while it is open.
fn palette() -> Option<HtmlDialogElement> {
    first("#palette[open]")?.dyn_into().ok()
}

fn field() -> Option<HtmlInputElement> {
    first("#palette-field")?.dyn_into().ok()
}

fn pressed(event: &KeyboardEvent) -> Option<()> {
    if event.is_composing() || event.default_prevented() {
        return None;
    }
    let command = event.ctrl_key() || event.meta_key();
    let other = event.alt_key() || event.shift_key();
    match event.key().as_str() {
        "k" if command && !other => close().or_else(open),
        _ if palette().is_none() || command || other => None,
        "Escape" => close(),
        "ArrowDown" => step(1),
        "ArrowUp" => step(-1),
        "Enter" if target(event)?.id() == "palette-field" => follow(),
        _ => None,
    }
}

fn clicked(event: &MouseEvent) -> Option<()> {
    if event.ctrl_key() || event.meta_key() || event.shift_key() || event.button() != 0 {
        return None;
    }
    if target_within(event, OPENER).is_some() {
        return open();
    }
    // What is beside the dialog belongs to the dialog.
    let beside = target(event).is_some_and(|element| element.id() == "palette");
    let closes = beside || target_within(event, "[data-palette-close]").is_some();
    closes.then(close).flatten()
}

fn open() -> Option<()> {
    let dialog = match first("#palette") {
        Some(dialog) => dialog,
        None => {
            let dialog = from_template("template-palette")?;
            document().body()?.append_child(&dialog).ok()?;
            dialog
        }
    };
    let dialog = dialog.dyn_into::<HtmlDialogElement>().ok()?;
    if dialog.open() {
        return Some(());
    }
    BEFORE.set(document().active_element());
    dialog.show_modal().ok()?;
    let field = field()?;
    focus(&field);
    field.select();
    ask()
}

/// Closes it and gives the focus back. None when it is not open.
fn close() -> Option<()> {
    let dialog = palette()?;
    take_back();
    dialog.close();
    if let Some(before) = BEFORE.take() {
        overlay::return_to(&before);
    }
    Some(())
}

/// Nobody waits for the last question any more.
fn take_back() {
    if let Some(asked) = ASKED.take() {
        asked.abort();
    }
}

fn ask() -> Option<()> {
    take_back();
    let organization = palette()?.get_attribute("data-organization")?;
    let body = UrlSearchParams::new().ok()?;
    body.append("organization", &organization);
    body.append("q", &field()?.value());
    let asked = AbortController::new().ok()?;
    let signal = asked.signal();
    ASKED.set(Some(asked));
    spawn_local(async move {
        let answer = listed(&body, &signal).await;
        if !signal.aborted() {
            let _ = show(answer.as_deref());
        }
    });
    Some(())
}

/// The list for what was typed, as markup from our own server; none when it does not answer.
async fn listed(body: &UrlSearchParams, signal: &AbortSignal) -> Option<String> {
    let response = forms::fetch_until(ASK, body, Some(signal)).await?;
    if !response.ok() {
        return None;
    }
    JsFuture::from(response.json().ok()?)
        .await
        .ok()?
        .as_string()
}

fn show(answer: Option<&str>) -> Option<()> {
    let list = first("#palette-list")?;
    list.set_inner_html(answer.unwrap_or_default());
    let found = all_in(&list, "[role=option]:not([data-aside])").len();
    let said = match (answer, found) {
        (None, _) => UNREACHED.to_owned(),
        (_, 0) => "Nothing found".to_owned(),
        (_, 1) => "1 result".to_owned(),
        _ => format!("{found} results"),
    };
    first("#palette-said")?.set_text_content(Some(&said));
    choose(first_in(&list, OPTION).as_ref())
}

/// Makes this option the one that Enter follows; none takes the choice away.
fn choose(option: Option<&Element>) -> Option<()> {
    let field = field()?;
    if let Some(former) = first(CHOSEN) {
        set(&former, "aria-selected", "false");
    }
    let Some(option) = option else {
        unset(&field, "aria-activedescendant");
        return Some(());
    };
    set(option, "aria-selected", "true");
    set(&field, "aria-activedescendant", &option.id());
    let nearest = ScrollIntoViewOptions::new();
    nearest.set_block(ScrollLogicalPosition::Nearest);
    option.scroll_into_view_with_scroll_into_view_options(&nearest);
    Some(())
}

/// To the next option or the one before; past an end to the other one.
fn step(by: i32) -> Option<()> {
    let options = all_in(&first("#palette-list")?, OPTION);
    let last = options.len().checked_sub(1)?;
    let chosen = options
        .iter()
        .position(|option| option.get_attribute("aria-selected").as_deref() == Some("true"));
    let next = match (chosen, by > 0) {
        (Some(place), true) if place < last => place + 1,
        (Some(place), false) if place > 0 => place - 1,
        (_, true) => 0,
        (_, false) => last,
    };
    choose(options.get(next))
}

/// Goes where the chosen option leads. None when there is none: then the form leads to the page of the search.
fn follow() -> Option<()> {
    first(CHOSEN)?.dyn_into::<HtmlElement>().ok()?.click();
    Some(())
}
