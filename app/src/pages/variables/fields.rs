//! The fields the forms of this page share.

use domain::view::ScopeChoice;
use leptos::{attr::custom::custom_attribute, prelude::*};

use super::Here;
use crate::{components::*, islands::variables::VariableForm, pages::Failure};

/// What a form sends along without showing it.
pub fn hidden(name: &'static str, value: impl ToString) -> AnyView {
    let value = value.to_string();
    view! { <input type="hidden" name=name value=value /> }.into_any()
}

/// Why the form was not taken, above its fields.
pub fn form_error(failure: &Failure) -> AnyView {
    failure
        .summary()
        .map(|message| view! { <FormError message /> })
        .into_any()
}

/// What the value's field starts with and says.
#[derive(Clone, Debug, Default)]
pub struct ValueField {
    /// The present value of a plain variable.
    pub value: String,
    /// Under the field.
    pub hint: String,
    /// Dots instead of characters, whatever type is chosen.
    pub masked: bool,
    /// Has a button that shows masked characters.
    pub reveal: bool,
    /// From a failure.
    pub error: Option<String>,
}

/// The value: several lines in the typewriter face, kept from spell checkers and password managers.
pub fn value_field(field: ValueField) -> AnyView {
    let ValueField {
        value,
        hint,
        masked,
        reveal,
        error,
    } = field;
    let described = if error.is_some() {
        "value-error"
    } else {
        "value-hint"
    };
    let class = if masked {
        "input -area -code variable-value -secret"
    } else {
        "input -area -code variable-value"
    };
    // Browsers drop a line break that comes first in a text area.
    let value = if value.starts_with('\n') {
        format!("\n{value}")
    } else {
        value
    };
    let invalid = error.is_some().then_some("true");
    let note = match error {
        Some(error) => view! { <FieldNotes id="value" error /> }.into_any(),
        None => ().into_any(),
    };
    view! {
        <div class="field">
            <div class="field-head">
                <label class="field-label" for="value">"Value"</label>
                {reveal.then(|| view! { <span class="value-reveal"><RevealButton control="value" name="value" /></span> })}
            </div>
            <textarea
                class=class
                id="value"
                name="value"
                rows="3"
                spellcheck="false"
                autocapitalize="off"
                autocomplete="off"
                {..custom_attribute("autocorrect", "off")}
                data-1p-ignore="true"
                data-lpignore="true"
                aria-invalid=invalid
                aria-describedby=described
            >
                {value}
            </textarea>
            <p class="field-hint" id="value-hint" hidden=invalid.is_some()><span id="value-count"></span>" "{hint}</p>
            {note}
            {advice("value", Tone::Warn, "Trim it")}
        </div>
    }
    .into_any()
}

/// A place for a remark with the step it proposes; empty until the browser has something to say.
pub fn advice(about: &'static str, tone: Tone, step: &'static str) -> AnyView {
    let class = if tone == Tone::Warn {
        "note -warn advice"
    } else {
        "note -accent advice"
    };
    view! {
        <div class=class id=format!("advice-{about}") role="status" hidden>
            <span id=format!("advice-{about}-text")></span>
            <button type="button" class="advice-step" data-advice=about>{step}</button>
        </div>
    }
    .into_any()
}

/// Where it is defined, with what that reaches.
pub fn scope_cards(here: &Here, choices: &[ScopeChoice], error: Option<String>) -> AnyView {
    let own = here.level.scope();
    // The present level is proposed, else the narrowest that is allowed.
    let allowed = || {
        choices
            .iter()
            .rev()
            .filter(|choice| choice.locked.is_none())
    };
    let chosen = allowed()
        .find(|choice| choice.scope == own)
        .or_else(|| allowed().next())
        .map(|choice| value_of(choice.scope));
    let cards = choices
        .iter()
        .map(|choice| {
            let card = RadioCard::new(
                value_of(choice.scope),
                choice.name.clone(),
                choice.consequence.clone(),
            );
            let card = match here
                .environment
                .filter(|_| choice.scope == domain::Scope::Environment)
            {
                Some(kind) => card.in_environment(kind),
                None => card,
            };
            match &choice.locked {
                Some(reason) => card.refused(reason.clone()),
                None => card,
            }
        })
        .collect();
    view! { <RadioCards legend="Scope" name="scope" cards value=chosen error=error /> }.into_any()
}

fn value_of(scope: domain::Scope) -> String {
    scope.code().to_lowercase()
}

/// What a variable is for.
pub fn description(value: &str, failure: &Failure) -> AnyView {
    view! {
        <TextField label="Description" name="description" value=value.to_owned() optional=true max_length=255 autocomplete="off" error=failure.field("description") />
    }
    .into_any()
}

/// A form in a panel, with Cancel and Save.
#[derive(Default)]
pub struct FormPanel {
    pub title: String,
    pub note: Option<String>,
    pub close: String,
    pub action: &'static str,
    /// Its value is a secret's, whatever is chosen.
    pub secret: bool,
    /// Its value is a file's, whatever is chosen.
    pub file: bool,
    /// Its key is defined at a wider scope.
    pub hides: bool,
    pub fields: Vec<AnyView>,
    /// At the other end of the buttons.
    pub aside: Option<AnyView>,
}

impl FormPanel {
    pub fn view(self) -> AnyView {
        let Self {
            title,
            note,
            close,
            action,
            secret,
            file,
            hides,
            fields,
            aside,
        } = self;
        let (mark, cancel) = (|marked: bool| marked.then_some(""), close.clone());
        view! {
            <Panel title note close>
                <form
                    class="panel-form variable-form"
                    id="variable-form"
                    method="post"
                    action=action
                    autocomplete="off"
                    data-secret=mark(secret)
                    data-file=mark(file)
                    data-hides=mark(hides)
                >
                    <PanelBody>{fields}</PanelBody>
                    <PanelFoot aside=move || aside>
                        <ButtonLink href=cancel look=Look::Quiet>"Cancel"</ButtonLink>
                        <SubmitButton>"Save"</SubmitButton>
                    </PanelFoot>
                </form>
                <VariableForm />
            </Panel>
        }
        .into_any()
    }
}
