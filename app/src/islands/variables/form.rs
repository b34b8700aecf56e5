use std::{collections::HashMap, rc::Rc};

use domain::{Scope, sounds_secret};
use leptos::ev;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlFormElement, HtmlInputElement, HtmlTextAreaElement, InputEvent};

use super::{
    advice::{Verdict, about_key, assignment, length, oddity, suggested_key, tidied},
    dom::{by_id, mark, scopes, show, write},
};
use crate::islands::browser::{all, all_in, first_in, focus, hear, set, target, target_within};

/// A key that is visible from this page.
struct Definition {
    scopes: Vec<Scope>,
    secret: bool,
    file: bool,
}

/// The form in the panel, and what the page knows already.
struct Form {
    form: HtmlFormElement,
    definitions: HashMap<String, Definition>,
}

pub fn enliven() {
    let Some(form) = by_id::<HtmlFormElement>("variable-form") else {
        return;
    };
    let definitions = all("#variables tr[data-key]")
        .iter()
        .filter_map(definition)
        .collect();
    let this = Rc::new(Form { form, definitions });
    this.judge();
    let changed = {
        let this = this.clone();
        move |event: &Event| {
            if target(event).is_some_and(|target| this.form.contains(Some(&target))) {
                this.split_typed(event);
                this.judge();
            }
        }
    };
    hear(ev::change, {
        let changed = changed.clone();
        move |event| changed(&event)
    });
    hear(ev::input, move |event| changed(&event));
    hear(ev::beforeinput, {
        let this = this.clone();
        move |event| this.paste(&event)
    });
    hear(ev::click, move |event| {
        let pressed = target_within(&event, "#variable-form [data-advice]")
            .and_then(|button| button.get_attribute("data-advice"));
        match pressed.as_deref() {
            Some("key") => this.fix_key(),
            Some("value") => this.tidy_value(),
            Some("secret") => this.choose_secret(),
            _ => {}
        }
    });
}

fn definition(row: &Element) -> Option<(String, Definition)> {
    let kinds = row.get_attribute("data-kinds").unwrap_or_default();
    let is = |kind: &str| kinds.split(' ').any(|own| own == kind);
    Some((
        row.get_attribute("data-key")?,
        Definition {
            scopes: scopes(row),
            secret: is("secret"),
            file: is("file"),
        },
    ))
}

/// A text that comes from elsewhere as a whole.
fn is_paste(event: &InputEvent) -> bool {
    matches!(
        event.input_type().as_str(),
        "insertFromPaste" | "insertFromDrop"
    )
}

impl Form {
    /// None where the key is settled: the form then carries it hidden.
    fn key_field(&self) -> Option<HtmlInputElement> {
        by_id("key")
    }
    fn value_field(&self) -> Option<HtmlTextAreaElement> {
        by_id("value")
    }
    fn chosen(&self, name: &str) -> Option<String> {
        first_in(&self.form, &format!("[name={name}]:checked"))?
            .dyn_into::<HtmlInputElement>()
            .ok()
            .map(|radio| radio.value())
    }

    fn judge(&self) {
        self.judge_key();
        self.judge_value();
    }

    fn judge_key(&self) {
        let Some(field) = self.key_field() else {
            return;
        };
        let key = field.value().trim().to_owned();
        let known = self.definitions.get(&key);
        let offered = all_in(&self.form, "[name=scope]").len();
        let chosen = self
            .chosen("scope")
            .and_then(|scope| scope.parse::<Scope>().ok())
            .filter(|_| !key.is_empty());
        let verdict = chosen.map(|chosen| {
            about_key(
                &key,
                chosen,
                known.map_or(&[], |known| &known.scopes),
                offered,
            )
        });
        if let Some(hint) = by_id::<Element>("key-hint") {
            let usual = hint.get_attribute("data-usual").unwrap_or_default();
            let (class, text) = match &verdict {
                None => ("field-hint", usual),
                Some((Verdict::Free, text)) => ("field-hint -ok", text.clone()),
                Some((Verdict::Known | Verdict::Hides, text)) => ("field-hint -note", text.clone()),
                Some((Verdict::Bad, text)) => ("field-hint -bad", text.clone()),
            };
            set(&hint, "class", class);
            write(Some(&hint), &text);
        }
        let fix = suggested_key(&key);
        show("key-fix", fix.is_some());
        write(
            by_id("key-fix").as_ref(),
            &format!("Use {}", fix.unwrap_or_default()),
        );
        self.hide_what_the_base_decides(matches!(verdict, Some((Verdict::Hides, _))), known);
    }

    /// An override has the type of what it hides, so there is nothing to choose.
    fn hide_what_the_base_decides(&self, hides: bool, base: Option<&Definition>) {
        let base = base.filter(|_| hides);
        mark(&self.form, "data-hides", hides);
        mark(
            &self.form,
            "data-secret",
            base.is_some_and(|base| base.secret),
        );
        mark(&self.form, "data-file", base.is_some_and(|base| base.file));
        if let Some(tick) = by_id::<HtmlInputElement>("overrides").filter(|_| !hides) {
            tick.set_checked(false);
        }
    }

    fn judge_value(&self) {
        let Some(field) = self.value_field() else {
            return;
        };
        let value = field.value();
        // What is chosen of an override is hidden and does not count.
        let kind = self
            .chosen("kind")
            .filter(|_| !self.form.has_attribute("data-hides"));
        let is_file = kind.as_deref() == Some("file") || self.form.has_attribute("data-file");
        let (too_long, words) = length(&value, is_file);
        if let Some(count) = by_id::<Element>("value-count") {
            set(&count, "class", if too_long { "-bad" } else { "" });
            write(Some(&count), &words);
        }
        self.advise("value", if is_file { None } else { oddity(&value) });
        let plain = kind.as_deref() == Some("plain");
        let key = self
            .key_field()
            .map(|field| field.value())
            .unwrap_or_default();
        self.advise(
            "secret",
            if plain {
                sounds_secret(key.trim(), &value)
            } else {
                None
            },
        );
    }

    fn advise(&self, about: &str, advice: Option<&str>) {
        show(&format!("advice-{about}"), advice.is_some());
        write(
            by_id(&format!("advice-{about}-text")).as_ref(),
            advice.unwrap_or_default(),
        );
    }

    /// A pasted `KEY=value` fills both fields. Read before it arrives: the field for the key cuts what is long and
    /// makes one line of several.
    fn paste(&self, event: &InputEvent) {
        let text = event.data().filter(|_| is_paste(event));
        if text.is_some_and(|text| self.split_assignment(event, &text)) {
            event.prevent_default();
            self.judge();
        }
    }

    /// Fills both fields from `KEY=value` in the one for the key. The value stays as it is: [`oddity`] speaks up.
    fn split_assignment(&self, event: &Event, text: &str) -> bool {
        let (Some(key), Some(value)) = (self.key_field(), self.value_field()) else {
            return false;
        };
        let field: &Element = &key;
        let fits = target(event).as_ref() == Some(field) && value.value().is_empty();
        let Some((name, content)) = assignment(text).filter(|_| fits) else {
            return false;
        };
        key.set_value(name);
        value.set_value(content);
        focus(&value);
        true
    }

    /// The same for one that is typed, or written by a program.
    fn split_typed(&self, event: &Event) {
        let pasted = event.dyn_ref::<InputEvent>().is_some_and(is_paste);
        if !pasted && let Some(key) = self.key_field() {
            self.split_assignment(event, &key.value());
        }
    }

    fn fix_key(&self) {
        let Some(field) = self.key_field() else {
            return;
        };
        if let Some(key) = suggested_key(&field.value()) {
            field.set_value(&key);
            self.judge();
        }
        focus(&field);
    }

    fn tidy_value(&self) {
        let Some(field) = self.value_field() else {
            return;
        };
        field.set_value(&tidied(&field.value()));
        self.judge();
        focus(&field);
    }

    fn choose_secret(&self) {
        if let Some(radio) = by_id::<HtmlInputElement>("kind-secret") {
            radio.set_checked(true);
            self.judge();
            focus(&radio);
        }
    }
}
