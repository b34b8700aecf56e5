//! Form fields with a visible label, a hint below and an error that takes the hint's place.
//!
//! Ids follow the field's: `key` → `key-hint`, `key-error`. An island that renders its own `input` inside [`Field`] sets
//! `id`, `aria-describedby=describedby(…)` and `aria-invalid` itself.

use super::text::classes;
use super::{Icon, IconName, MaybeText};
use leptos::prelude::*;

/// The `aria-describedby` of the control in a field, from what the field shows.
#[must_use]
pub fn describedby(id: &str, has_hint: bool, has_error: bool) -> Option<String> {
    match (has_hint, has_error) {
        (_, true) => Some(format!("{id}-error")),
        (true, false) => Some(format!("{id}-hint")),
        (false, false) => None,
    }
}

/// Label, control, hint or error. The control is the child and carries `id`.
#[component]
pub fn Field(
    /// Id of the control inside.
    #[prop(into)]
    id: String,
    #[prop(into)] label: String,
    #[prop(optional, into)] hint: MaybeText,
    #[prop(optional, into)] error: MaybeText,
    /// Writes "required" beside the label.
    #[prop(optional)]
    required: bool,
    /// Writes "optional" beside the label.
    #[prop(optional)]
    optional: bool,
    children: Children,
) -> impl IntoView {
    let mark = if required {
        Some("required")
    } else {
        optional.then_some("optional")
    };
    view! {
        <div class="field">
            <div class="field-head">
                <label class="field-label" for=id.clone()>{label}</label>
                {mark.map(|mark| view! { <span class="field-mark" aria-hidden="true">{mark}</span> })}
            </div>
            {children()}
            <FieldNotes id=id hint=hint error=error/>
        </div>
    }
    .into_any()
}

/// The line under a control: its error, else its hint.
#[component]
pub fn FieldNotes(
    #[prop(into)] id: String,
    #[prop(optional, into)] hint: MaybeText,
    #[prop(optional, into)] error: MaybeText,
) -> impl IntoView {
    if let Some(error) = error.shown() {
        return Some(
            view! {
                <p class="field-error" id=format!("{id}-error")>
                    <Icon name=IconName::CircleAlert/>
                    <span>{error}</span>
                </p>
            }
            .into_any(),
        );
    }
    hint.shown()
        .map(|hint| view! { <p class="field-hint" id=format!("{id}-hint")>{hint}</p> }.into_any())
}

/// The `type` of a one-line input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InputKind {
    /// Any text.
    #[default]
    Text,
    /// An e-mail address.
    Email,
    /// A web address.
    Url,
    /// A password; masked by the browser.
    Password,
    /// A whole number.
    Number,
    /// A point in time, in the browser's own picker.
    DateTime,
}

impl InputKind {
    const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Email => "email",
            Self::Url => "url",
            Self::Password => "password",
            Self::Number => "number",
            Self::DateTime => "datetime-local",
        }
    }
}

/// A one-line field with its label.
#[component]
pub fn TextField(
    /// Id of the control; its name unless given.
    #[prop(optional, into)]
    id: MaybeText,
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    #[prop(optional)] kind: InputKind,
    #[prop(optional, into)] value: MaybeText,
    #[prop(optional, into)] hint: MaybeText,
    #[prop(optional, into)] error: MaybeText,
    #[prop(optional, into)] autocomplete: MaybeText,
    #[prop(optional, into)] placeholder: MaybeText,
    #[prop(optional)] max_length: Option<usize>,
    #[prop(optional)] required: bool,
    #[prop(optional)] optional: bool,
    #[prop(optional)] readonly: bool,
    /// Set in the typewriter face: keys, values, ids.
    #[prop(optional)]
    code: bool,
    /// The first field of a page or dialog.
    #[prop(optional)]
    autofocus: bool,
    /// What stands inside the box at its end: a button, a unit.
    #[prop(optional, into)]
    end: ViewFnOnce,
) -> impl IntoView {
    let id = id.shown().unwrap_or_else(|| name.clone());
    let described = describedby(&id, hint.is_some(), error.is_some());
    let invalid = error.is_some().then_some("true");
    view! {
        <Field id=id.clone() label=label hint=hint error=error required=required optional=optional>
            <span class="control">
                <input
                    class=classes(&["input", if code { "-code" } else { "" }])
                    id=id
                    name=name
                    type=kind.name()
                    value=value.0
                    autocomplete=autocomplete.0
                    placeholder=placeholder.0
                    maxlength=max_length.map(|n| n.to_string())
                    required=required
                    readonly=readonly
                    autofocus=autofocus
                    spellcheck=code.then_some("false")
                    autocapitalize=code.then_some("off")
                    aria-invalid=invalid
                    aria-describedby=described
                />
                <span class="control-end">{end.run()}</span>
            </span>
        </Field>
    }
    .into_any()
}

/// A field of several lines with its label. Grows with its text where the browser can.
#[component]
pub fn TextArea(
    /// Id of the control; its name unless given.
    #[prop(optional, into)]
    id: MaybeText,
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    #[prop(optional, into)] value: MaybeText,
    #[prop(optional, into)] hint: MaybeText,
    #[prop(optional, into)] error: MaybeText,
    #[prop(optional, into)] placeholder: MaybeText,
    #[prop(optional)] max_length: Option<usize>,
    #[prop(default = 3)] rows: u8,
    #[prop(optional)] required: bool,
    #[prop(optional)] optional: bool,
    /// Set in the typewriter face, without spelling marks.
    #[prop(optional)]
    code: bool,
    /// Typed characters show as dots; no browser or extension is asked to keep them.
    #[prop(optional)]
    secret: bool,
) -> impl IntoView {
    let id = id.shown().unwrap_or_else(|| name.clone());
    let described = describedby(&id, hint.is_some(), error.is_some());
    let invalid = error.is_some().then_some("true");
    let plain = code || secret;
    let class = classes(&[
        "input",
        "-area",
        if plain { "-code" } else { "" },
        if secret { "-masked" } else { "" },
    ]);
    view! {
        <Field id=id.clone() label=label hint=hint error=error required=required optional=optional>
            <textarea
                class=class
                id=id
                name=name
                rows=rows.to_string()
                placeholder=placeholder.0
                maxlength=max_length.map(|n| n.to_string())
                required=required
                spellcheck=plain.then_some("false")
                autocapitalize=plain.then_some("off")
                autocomplete=plain.then_some("off")
                data-1p-ignore=secret.then_some("true")
                aria-invalid=invalid
                aria-describedby=described
            >
                {value.0}
            </textarea>
        </Field>
    }
    .into_any()
}

/// One entry of a [`Select`].
#[derive(Clone, Debug)]
pub struct Choice {
    /// What the form sends.
    pub value: String,
    /// What the person reads.
    pub label: String,
}

impl Choice {
    /// An entry from its value and wording.
    #[must_use]
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
        }
    }
}

/// A native select with its label: for up to about seven choices that rarely change.
#[component]
pub fn Select(
    /// Id of the control; its name unless given.
    #[prop(optional, into)]
    id: MaybeText,
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    choices: Vec<Choice>,
    /// The chosen value. Without one the first entry is "Choose …" and sends nothing.
    #[prop(optional, into)]
    value: MaybeText,
    #[prop(optional, into)] hint: MaybeText,
    #[prop(optional, into)] error: MaybeText,
    #[prop(optional)] required: bool,
    #[prop(optional)] optional: bool,
) -> impl IntoView {
    let id = id.shown().unwrap_or_else(|| name.clone());
    let described = describedby(&id, hint.is_some(), error.is_some());
    let invalid = error.is_some().then_some("true");
    let chosen = value.shown();
    let none = chosen.is_none();
    view! {
        <Field id=id.clone() label=label hint=hint error=error required=required optional=optional>
            <span class="control -select">
                <select class="input" id=id name=name required=required aria-invalid=invalid aria-describedby=described>
                    {none.then(|| view! { <option value="" selected>"Choose…"</option> })}
                    {choices
                        .into_iter()
                        .map(|choice| {
                            let selected = chosen.as_deref() == Some(choice.value.as_str());
                            view! { <option value=choice.value selected=selected>{choice.label}</option> }
                        })
                        .collect_view()}
                </select>
                <Icon name=IconName::ChevronDown/>
            </span>
        </Field>
    }
    .into_any()
}

/// A value that was removed from a list while editing: one chip of a chips field.
///
/// An island renders these before its `input.chips-input` inside `div.chips`.
#[component]
pub fn Chip(
    #[prop(into)] text: String,
    /// What is wrong with it.
    #[prop(optional, into)]
    problem: MaybeText,
    /// The button that takes it out again: an island gives it its handler, a plain form a name and value.
    #[prop(optional, into)]
    remove: ViewFnOnce,
) -> impl IntoView {
    let class = classes(&["chip", if problem.is_some() { "-bad" } else { "" }]);
    view! {
        <span class=class>
            {text}
            {problem.shown().map(|problem| view! { <span class="chip-problem">{problem}</span> })}
            {remove.run()}
        </span>
    }
    .into_any()
}
