//! Panels and dialogs: focus goes in with them, back to what opened them, and Escape closes them.

use leptos::ev;
use leptos::prelude::{document, window};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlAnchorElement, Storage};

use super::browser::{all, all_in, first, first_in, focus, hear, set, unset};

const OPEN: &str = "dialog[open][data-close]";
/// Under this width a panel lies over the page, as in `style/overlay.css`.
const OVER_THE_PAGE: &str = "(width < 1280px)";
/// Where the tab remembers what opened a panel, and how far the page behind it was scrolled.
const OPENER: &str = "gatehouse-opener";
const SCROLLED: &str = "gatehouse-scrolled";

/// Looks at what the page was loaded with.
pub fn enter() {
    match first(OPEN) {
        Some(overlay) => {
            scroll_back();
            remember(&overlay);
            settle(&overlay);
            keep_out(&overlay);
        }
        None => {
            give_back();
        }
    }
    hear(ev::pagehide, |_| {
        note_scroll();
    });
    hear(ev::keydown, |event| {
        let composing = event.is_composing() || event.default_prevented();
        // A menu, and the palette, close before what is behind them.
        if event.key() == "Escape" && !composing && first(":popover-open, :modal").is_none() {
            close();
        }
    });
}

/// Follows the address without the overlay; unsaved changes are asked about by [`super::guard`].
fn close() {
    if let Some(address) = first(OPEN).and_then(|overlay| overlay.get_attribute("data-close")) {
        let _ = window().location().assign(&address);
    }
}

/// Focus on the first wrong field, what asks for it, Cancel where something is destroyed, or the first field.
fn settle(overlay: &Element) {
    let inside = |selector: &str| first_in(overlay, selector);
    if let Some(wrong) = inside("[aria-invalid=true]") {
        return focus(&wrong);
    }
    let here = document()
        .active_element()
        .is_some_and(|active| overlay.contains(Some(&active)));
    if here {
        return;
    }
    let careful = || inside("button.-danger").and_then(|_| inside(".overlay-foot a.btn"));
    let field = || {
        inside("[role=alert]")
            .or_else(|| inside("input:not([type=hidden], [readonly]), select, textarea"))
    };
    if let Some(goal) = inside("[autofocus]")
        .or_else(careful)
        .or_else(field)
        .or_else(|| inside(".overlay-close"))
    {
        focus(&goal);
    }
}

/// Where a panel covers the page, what is behind it cannot be reached, as with a dialog.
fn keep_out(overlay: &Element) {
    let covered = all(".rail, .app-main");
    let modal = overlay.matches(".dialog").unwrap_or(false);
    let apply = move || {
        let narrow = window()
            .match_media(OVER_THE_PAGE)
            .ok()
            .flatten()
            .is_some_and(|query| query.matches());
        for part in &covered {
            if modal || narrow {
                set(part, "inert", "")
            } else {
                unset(part, "inert")
            }
        }
    };
    apply();
    hear(ev::resize, move |_| apply());
}

fn storage() -> Option<Storage> {
    window().session_storage().ok().flatten()
}

fn here() -> String {
    let location = window().location();
    [location.pathname(), location.search()]
        .map(Result::unwrap_or_default)
        .concat()
}

fn remember(overlay: &Element) {
    // Only an overlay that was opened from its own page has an opener there.
    if let (Some(storage), true) = (storage(), overlay.has_attribute("data-close")) {
        let _ = storage.set_item(OPENER, &here());
    }
}

/// After closing or saving, the focus is where it was before: on the link that opened the overlay, or the button of the
/// menu with it. Where both are gone, as after a deletion, it is on the page's heading.
fn give_back() -> Option<()> {
    let storage = storage()?;
    let address = storage.get_item(OPENER).ok()??;
    let _ = storage.remove_item(OPENER);
    scroll_back();
    let opened = |link: &&Element| {
        link.dyn_ref::<HtmlAnchorElement>()
            .is_some_and(|link| format!("{}{}", link.pathname(), link.search()) == address)
    };
    let links = all_in(&first("main")?, "a[href]");
    let link = links.iter().find(opened);
    let reached = link.is_some_and(|link| {
        takes_focus(link) || menu_of(link).is_some_and(|button| takes_focus(&button))
    });
    if !reached {
        focus_heading();
    }
    Some(())
}

/// Moves the focus there. False for what cannot be seen: a row that is filtered out, an entry of a closed menu.
fn takes_focus(element: &Element) -> bool {
    focus(element);
    document().active_element().as_ref() == Some(element)
}

/// Moves the focus back to what had it; to the button of its menu where that is closed by now.
pub fn return_to(element: &Element) {
    if !takes_focus(element)
        && let Some(button) = menu_of(element)
    {
        focus(&button);
    }
}

/// The button that opens the menu this is an entry of.
fn menu_of(entry: &Element) -> Option<Element> {
    let menu = entry.closest("[popover]").ok()??;
    first(&format!("[popovertarget=\"{}\"]", menu.id()))
}

fn focus_heading() {
    if let Some(heading) = first("main h1") {
        set(&heading, "tabindex", "-1");
        focus(&heading);
    }
}

fn note_scroll() -> Option<()> {
    let place = format!(
        "{} {}",
        window().location().pathname().ok()?,
        window().scroll_y().ok()?
    );
    storage()?.set_item(SCROLLED, &place).ok()
}

/// Opening and closing loads the page anew; it should not jump.
fn scroll_back() -> Option<()> {
    let noted = storage()?.get_item(SCROLLED).ok()??;
    let (path, y) = noted.split_once(' ')?;
    if path == window().location().pathname().ok()? {
        window().scroll_to_with_x_and_y(0.0, y.parse().ok()?);
    }
    Some(())
}
