use std::{cell::RefCell, rc::Rc, time::Duration};

use domain::{Scope, VariableKey};
use leptos::{
    ev,
    prelude::{debounce, window},
};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlAnchorElement, HtmlElement, HtmlInputElement, MouseEvent};

use super::{
    advice::suggested_key,
    dom::{by_id, mark, scopes, set_parameter, show, with_parameter, write},
    search::{Facts, Query, contains, count, toggled},
};
use crate::islands::browser::{
    all, all_in, first, first_in, focus, hear, set, target, target_within, unset,
};

/// How long after the last key the address follows.
const PAUSE: Duration = Duration::from_millis(200);

/// A row and what it can be found by.
struct Line {
    row: HtmlElement,
    ladder: Option<HtmlElement>,
    facts: Facts,
}

/// The list's search field, and its rows once somebody searches.
struct List {
    field: HtmlInputElement,
    here_only: bool,
    lines: RefCell<Vec<Line>>,
}

pub fn enliven() {
    let Some(page) = by_id::<Element>("variables") else {
        return;
    };
    let Some(field) = first_in(&page, ".search-input")
        .and_then(|field| field.dyn_into::<HtmlInputElement>().ok())
    else {
        return;
    };
    let here_only = page.get_attribute("data-view").as_deref() == Some("scope");
    let list = Rc::new(List {
        field,
        here_only,
        lines: RefCell::default(),
    });

    let follow = RefCell::new(debounce(PAUSE, |text: String| {
        set_parameter("q", text.trim())
    }));
    hear(ev::input, {
        let list = list.clone();
        move |event| {
            if list.is_typed_into(&event) {
                list.filter();
                (follow.borrow_mut())(list.field.value());
            }
        }
    });
    hear(ev::submit, {
        let list = list.clone();
        move |event| {
            if target(&event).is_some_and(|form| form.contains(Some(&list.field))) {
                event.prevent_default();
            }
        }
    });
    hear(ev::change, |event| {
        if let Some(tick) = target_within(&event, "#variables [data-tick-all]") {
            tick_shown(is_ticked(&tick));
        }
        if target_within(&event, "#variables").is_some() {
            count_ticks();
        }
    });
    hear(ev::click, move |event| list.click(&event));
    // The browser may bring a page back with its ticks.
    count_ticks();
}

impl List {
    fn is_typed_into(&self, event: &web_sys::Event) -> bool {
        let field: &Element = &self.field;
        target(event).as_ref() == Some(field)
    }

    /// Shows the rows that match what is typed.
    fn filter(&self) {
        let text = self.field.value();
        let query = Query::parse(&text);
        let mut lines = self.lines.borrow_mut();
        if lines.is_empty() {
            *lines = all("#variables tr[data-key]")
                .into_iter()
                .filter_map(|row| Line::of(row, self.here_only))
                .collect();
        }
        let mut shown = 0;
        for line in lines.iter() {
            let found = query.matches(&line.facts);
            shown += usize::from(found);
            line.show(found);
        }
        write(
            by_id("variables-count").as_ref(),
            &count(shown, lines.len()),
        );
        show_headings();
        count_ticks();
        show("variables-table", shown > 0);
        show("variables-none", shown == 0);
        offer_to_add(&text);
        for entry in all("#variables [data-qualifier]") {
            let chosen = entry
                .get_attribute("data-qualifier")
                .is_some_and(|qualifier| contains(&text, &qualifier));
            if chosen {
                set(&entry, "aria-current", "true")
            } else {
                unset(&entry, "aria-current")
            }
        }
        come_back_here(&text);
    }

    fn search(&self, text: &str) {
        self.field.set_value(text);
        self.filter();
        set_parameter("q", text.trim());
    }

    fn click(&self, event: &MouseEvent) {
        if event.ctrl_key() || event.meta_key() || event.shift_key() || event.button() != 0 {
            return;
        }
        if let Some(entry) = target_within(event, "#variables [data-qualifier]") {
            event.prevent_default();
            if let Some(list) =
                first("#variables-filter").and_then(|list| list.dyn_into::<HtmlElement>().ok())
            {
                let _ = list.hide_popover();
            }
            self.search(&toggled(
                &self.field.value(),
                &entry.get_attribute("data-qualifier").unwrap_or_default(),
            ));
        } else if target_within(event, "#variables [data-clear]").is_some() {
            event.prevent_default();
            self.search("");
            focus(&self.field);
        } else if let Some(link) = target_within(event, "[data-ladder]") {
            event.prevent_default();
            turn(&link);
        } else if let Some(link) = target_within(event, "a[href]")
            .and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok())
        {
            self.carry(&link);
        }
    }

    /// A link of this page leads to the list as it is filtered now, not as it was when the page was made.
    fn carry(&self, link: &HtmlAnchorElement) {
        let own = window()
            .location()
            .pathname()
            .is_ok_and(|path| path == link.pathname());
        if own
            && link.hash().is_empty()
            && !link.has_attribute("data-fresh")
            && !self.lines.borrow().is_empty()
        {
            link.set_href(&with_parameter(
                &link.pathname(),
                &link.search(),
                "q",
                self.field.value().trim(),
            ));
        }
    }
}

/// So does a form that comes back to it.
fn come_back_here(text: &str) {
    let Ok(path) = window().location().pathname() else {
        return;
    };
    for field in all("input[name=back]:not([data-fresh])")
        .into_iter()
        .filter_map(|field| field.dyn_into::<HtmlInputElement>().ok())
    {
        let back = field.value();
        let (to, search) = back.split_once('?').unwrap_or((&back, ""));
        if to == path {
            field.set_value(&with_parameter(to, search, "q", text.trim()));
        }
    }
}

impl Line {
    fn of(row: Element, here_only: bool) -> Option<Self> {
        if here_only && !row.has_attribute("data-here") {
            return None;
        }
        // The hint of a secret is no text to search: only what stands in these places.
        let mut text = row.get_attribute("data-key").unwrap_or_default();
        for part in all_in(&row, ".cell-note, .value") {
            text.push('\n');
            text.push_str(&part.text_content().unwrap_or_default());
        }
        let kinds = row.get_attribute("data-kinds").unwrap_or_default();
        let scope = scopes(&row).first().copied().unwrap_or(Scope::BuiltIn);
        let ladder = row
            .next_element_sibling()
            .filter(|next| next.class_name() == "row-detail")
            .and_then(|next| next.dyn_into().ok());
        Some(Self {
            facts: Facts::new(&text, &kinds, scope),
            ladder,
            row: row.dyn_into().ok()?,
        })
    }

    fn show(&self, shown: bool) {
        if self.row.hidden() == shown {
            self.row.set_hidden(!shown);
        }
        if let Some(ladder) = &self.ladder {
            let open = first_in(&self.row, "[data-ladder][aria-expanded=true]").is_some();
            ladder.set_hidden(!(shown && open));
        }
    }
}

/// Where nothing matches, what was typed may be the key of a variable that is missing.
fn offer_to_add(text: &str) {
    let Some(link) = by_id::<HtmlAnchorElement>("variables-create") else {
        return;
    };
    let key = VariableKey::parse(text)
        .map(|key| key.as_str().to_owned())
        .ok()
        .or_else(|| suggested_key(text));
    link.set_hidden(key.is_none());
    if let Some(key) = key {
        write(first_in(&link, ".btn-text").as_ref(), &format!("Add {key}"));
        link.set_href(&with_parameter(
            &link.pathname(),
            &link.search(),
            "key",
            &key,
        ));
    }
}

/// A heading stays for as long as any of its rows does.
fn show_headings() {
    for heading in all("#variables [data-heads]") {
        let group = heading.get_attribute("data-heads").unwrap_or_default();
        let row = first(&format!(
            "#variables tr[data-group='{group}']:not([hidden])"
        ));
        mark(&heading, "hidden", row.is_none());
    }
}

fn is_ticked(tick: &Element) -> bool {
    tick.dyn_ref::<HtmlInputElement>()
        .is_some_and(HtmlInputElement::checked)
}

/// Ticks every row in sight, or none of them.
fn tick_shown(ticked: bool) {
    for tick in all("#variables tr[data-key]:not([hidden]) .check-box") {
        if let Some(tick) = tick.dyn_ref::<HtmlInputElement>() {
            tick.set_checked(ticked);
        }
    }
}

/// Says how many rows are ticked, in sight or not, and whether these are all in sight.
fn count_ticks() {
    let ticked = all("#variables tr[data-key] .check-box:checked").len();
    let left = first("#variables tr[data-key]:not([hidden]) .check-box:not(:checked)").is_some();
    if let Some(tick) = first("#variables [data-tick-all]")
        .and_then(|tick| tick.dyn_into::<HtmlInputElement>().ok())
    {
        tick.set_checked(ticked > 0 && !left);
    }
    let words = match ticked {
        0 => String::new(),
        count => format!("{count} selected"),
    };
    write(by_id("variables-ticked").as_ref(), &words);
}

/// Opens or closes the ladder below a row.
fn turn(link: &Element) {
    let id = link.get_attribute("data-ladder").unwrap_or_default();
    let open = link.get_attribute("aria-expanded").as_deref() != Some("true");
    set(link, "aria-expanded", if open { "true" } else { "false" });
    show(&format!("from-{id}"), open);
    set_parameter("open", if open { &id } else { "" });
}
