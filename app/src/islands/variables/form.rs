use std::{collections::HashMap, rc::Rc};

use domain::Scope;
use leptos::ev;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlFormElement, HtmlInputElement, HtmlTextAreaElement};

use super::{
    advice::{
        Verdict, about_key, assignment, length, oddity, sounds_secret, suggested_key, tidied,
    },
    dom::{by_id, mark, scopes, show, write},
};
use crate::islands::browser::{all, all_in, first_in, focus, hear, set, target, target_within};

/// A key that is visible from this page.
struct Definition {
    scopes: Vec<Scope>,
    secret: bool,
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
                this.split_assignment(event);
                this.judge();
            }
        }
    };
    hear(ev::change, {
        let changed = changed.clone();
        move |event| changed(&event)
    });
    hear(ev::input, move |event| changed(&event));
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
    let secret = row
        .get_attribute("data-kinds")
        .is_some_and(|kinds| kinds.split(' ').any(|kind| kind == "secret"));
    Some((
        row.get_attribute("data-key")?,
        Definition {
            scopes: scopes(row),
            secret,
        },
    ))
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
        mark(&self.form, "data-hides", hides);
        mark(
            &self.form,
            "data-secret",
            hides && base.is_some_and(|base| base.secret),
        );
        if let Some(tick) = by_id::<HtmlInputElement>("overrides").filter(|_| !hides) {
            tick.set_checked(false);
        }
    }

    fn judge_value(&self) {
        let Some(field) = self.value_field() else {
            return;
        };
        let value = field.value();
        let kind = self.chosen("kind");
        let is_file = kind.as_deref() == Some("file") || self.form.has_attribute("data-file");
        let (too_long, words) = length(&value, is_file);
        if let Some(count) = by_id::<Element>("value-count") {
            set(&count, "class", if too_long { "-bad" } else { "" });
            write(Some(&count), &words);
        }
        self.advise("value", if is_file { None } else { oddity(&value) });
        let plain = kind.as_deref() == Some("plain") && !self.form.has_attribute("data-hides");
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

    /// A pasted `KEY=value` fills both fields.
    fn split_assignment(&self, event: &Event) {
        let (Some(key), Some(value)) = (self.key_field(), self.value_field()) else {
            return;
        };
        let field: &Element = &key;
        let typed = key.value();
        if target(event).as_ref() == Some(field)
            && value.value().is_empty()
            && let Some((name, content)) = assignment(&typed)
        {
            key.set_value(name);
            value.set_value(&tidied(content));
            focus(&value);
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
