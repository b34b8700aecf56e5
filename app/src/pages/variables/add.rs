use domain::view::VariableView;
use leptos::{attr::custom::custom_attribute, prelude::*};
use service::ops::VariablesView;

use super::{
    Asked, Here, Open,
    fields::{
        FormPanel, ValueField, advice, description, form_error, hidden, scope_cards, value_field,
    },
    own_lock,
    value::{Known, icon, kind_label, short},
};
use crate::{
    components::*,
    pages::{Address, Failure},
};

pub const ACTION: &str = "/rpc/variables/add";
pub const ALIAS: &str = "/rpc/variables/alias";

const KEY_HINT: &str = "Letters, digits and underscores, as in DATABASE_URL.";
const PLAIN_HINT: &str = "Shown to everybody who may read this page.";
const SECRET_HINT: &str = "Encrypted, never shown again. Only its first and last three characters stay visible, when it has 16 or more.";
const FILE_HINT: &str = "Mounted as a file where the service looks for it.";

/// Where a form that adds something comes from.
fn origin(here: &Here) -> AnyView {
    // What was just added has to be seen, whatever was searched for.
    origin_back_to(here, &here.address.without("q"))
}

fn origin_back_to(here: &Here, back: &Address) -> AnyView {
    let (level, back) = (here.level.reference(), back.href());
    view! {
        {hidden("organization", here.organization)}
        {hidden("level_scope", level.scope().code())}
        {hidden("level_id", level.id())}
        <input type="hidden" name="back" value=back data-fresh="" />
    }
    .into_any()
}

/// A plain variable of the very level, without a panel: key, value, Enter, and the next one. None where nothing can be
/// added, and beside the panel that adds.
pub fn quick(
    here: &Here,
    list: &VariablesView,
    asked: &Asked,
    failure: &Failure,
) -> Option<AnyView> {
    if own_lock(list).is_some() || matches!(asked.open, Open::Add { .. } | Open::Override(_)) {
        return None;
    }
    let alone = matches!(asked.open, Open::Nothing);
    let goes_on = alone && (asked.quick || failure.is_some());
    let origin = origin_back_to(here, &here.address.without("q").flag("quick"));
    let scope = hidden("scope", list.scope.code().to_lowercase());
    let wrong = form_error(failure);
    let key = quick_field("quick-key", "key", "New key", goes_on, failure);
    let value = quick_field("quick-value", "value", "New value", false, failure);
    Some(
        view! {
            <form class="quick-add" method="post" action=ACTION autocomplete="off" aria-label="Add a plain variable">
                {origin}
                {scope}
                {hidden("kind", "plain")}
                {wrong}
                {key}
                {value}
                <SubmitButton look=Look::Secondary>"Add"</SubmitButton>
            </form>
        }
        .into_any(),
    )
}

/// A field without room for a label above it.
fn quick_field(
    id: &'static str,
    name: &'static str,
    label: &'static str,
    autofocus: bool,
    failure: &Failure,
) -> AnyView {
    let error = failure.field(name);
    let invalid = error.is_some();
    let note = error.map(|error| view! { <FieldNotes id error /> });
    let is_key = name == "key";
    view! {
        <div class="field">
            <input
                class="input -code"
                id=id
                name=name
                type="text"
                aria-label=label
                placeholder=label
                required=is_key
                autofocus=autofocus
                maxlength=is_key.then_some("255")
                spellcheck="false"
                autocapitalize="off"
                autocomplete="off"
                {..custom_attribute("autocorrect", "off")}
                data-1p-ignore="true"
                data-lpignore="true"
                aria-invalid=invalid.then_some("true")
                aria-describedby=invalid.then(|| format!("{id}-error"))
            />
            {note}
        </div>
    }
    .into_any()
}

/// A new variable, secret or file.
pub fn panel(
    here: &Here,
    list: &VariablesView,
    kind: &str,
    key: &str,
    failure: &Failure,
) -> AnyView {
    let kind = if matches!(kind, "secret" | "file") {
        kind
    } else {
        "plain"
    };
    let value = ValueField {
        reveal: true,
        error: failure.field("value"),
        ..ValueField::default()
    };
    FormPanel {
        title: "Add variable".to_owned(),
        close: here.close(),
        action: ACTION,
        // Without a script the error asks for the tick.
        hides: failure
            .field("key")
            .is_some_and(|error| error.contains("Override")),
        fields: vec![
            origin(here),
            form_error(failure),
            key_field(key, failure),
            override_tick(),
            kind_field(kind, failure),
            file_fields(failure),
            value_field(value),
            scope_cards(here, &list.scopes, failure.field("scope")),
            description("", failure),
        ],
        ..FormPanel::default()
    }
    .view()
}

fn key_field(key: &str, failure: &Failure) -> AnyView {
    let error = failure.field("key");
    let invalid = error.is_some();
    let note = error.map(|error| view! { <FieldNotes id="key" error /> });
    view! {
        <div class="field">
            <div class="field-head"><label class="field-label" for="key">"Variable/Key"</label></div>
            <input
                class="input -code"
                id="key"
                name="key"
                type="text"
                value=key.to_owned()
                required
                autofocus=key.is_empty()
                maxlength="255"
                spellcheck="false"
                autocapitalize="off"
                autocomplete="off"
                {..custom_attribute("autocorrect", "off")}
                data-1p-ignore="true"
                data-lpignore="true"
                aria-invalid=invalid.then_some("true")
                aria-describedby=if invalid { "key-error" } else { "key-hint" }
            />
            <div class="key-notes">
                <p class="field-hint" id="key-hint" role="status" data-usual=KEY_HINT hidden=invalid>{KEY_HINT}</p>
                <button type="button" class="advice-step" id="key-fix" data-advice="key" hidden></button>
            </div>
            {note}
        </div>
    }
    .into_any()
}

/// Only for a key that a wider scope defines; without a script it is always there.
fn override_tick() -> AnyView {
    view! {
        <div class="when-hides">
            <Checkbox
                label="Override"
                name="overrides"
                hint="Another value for a key that a wider scope defines. It stays what it is there: plain, secret or a file at the same path."
            />
        </div>
    }
    .into_any()
}

fn kind_field(kind: &str, failure: &Failure) -> AnyView {
    let parts = vec![
        Segment::new("plain", "Plain"),
        Segment::new("secret", "Secret").icon(IconName::Lock),
        Segment::new("file", "File").icon(IconName::File),
    ];
    view! {
        <div class="unless-hides kind-field">
            <Segmented legend="Type" name="kind" parts value=kind.to_owned() error=failure.field("kind") />
            <p class="field-hint for-plain">{PLAIN_HINT}</p>
            <p class="field-hint for-secret">{SECRET_HINT}</p>
            <p class="field-hint for-file">{FILE_HINT}</p>
            {advice("secret", Tone::Accent, "Make it a secret")}
        </div>
    }
    .into_any()
}

fn file_fields(failure: &Failure) -> AnyView {
    view! {
        <div class="for-file unless-hides stack">
            <TextField
                label="Mount path"
                name="mount_path"
                code=true
                max_length=1024
                autocomplete="off"
                placeholder="/etc/app/config.yaml"
                error=failure.field("mount_path")
            />
            <Checkbox label="Content is secret" name="secret_file" hint="Encrypted, never shown again." />
            <Checkbox label="Leave {{KEY}} as it is" name="as_is" hint="For templates of other programs. Otherwise the values of other variables are put in." />
        </div>
    }
    .into_any()
}

/// Another value for what a wider scope defines.
pub fn override_panel(
    here: &Here,
    list: &VariablesView,
    base: &VariableView,
    failure: &Failure,
) -> AnyView {
    let narrower: Vec<_> = list
        .scopes
        .iter()
        .filter(|choice| choice.scope > base.scope)
        .cloned()
        .collect();
    let kind = if base.is_file {
        "file"
    } else if base.secret {
        "secret"
    } else {
        "plain"
    };
    let value = ValueField {
        masked: base.secret,
        reveal: base.secret,
        error: failure.field("value"),
        ..ValueField::default()
    };
    FormPanel {
        title: format!("Override {}", base.key),
        note: Some(format!("{} keeps its value", here.name_of(base.scope))),
        close: here.close(),
        action: ACTION,
        secret: base.secret,
        file: base.is_file,
        fields: vec![
            origin(here),
            hidden("key", &base.key),
            hidden("kind", kind),
            hidden("overrides", true),
            form_error(failure),
            base_facts(here, list, base),
            value_field(value),
            scope_cards(here, &narrower, failure.field("scope")),
            description(&base.description, failure),
        ],
        ..FormPanel::default()
    }
    .view()
}

/// Another key for what the level sees.
pub fn alias_panel(
    here: &Here,
    list: &VariablesView,
    target: &VariableView,
    failure: &Failure,
) -> AnyView {
    // Nowhere wider than where the target is seen.
    let scopes: Vec<_> = list
        .scopes
        .iter()
        .filter(|choice| choice.scope >= target.scope)
        .cloned()
        .collect();
    FormPanel {
        title: format!("Alias of {}", target.key),
        note: Some("Another key for the same value, whatever that becomes".to_owned()),
        close: here.close(),
        action: ALIAS,
        fields: vec![
            origin(here),
            hidden("target", &target.key),
            form_error(failure),
            failure
                .field("target")
                .map(|message| view! { <FormError message /> })
                .into_any(),
            key_field("", failure),
            scope_cards(here, &scopes, failure.field("scope")),
            description("", failure),
        ],
        ..FormPanel::default()
    }
    .view()
}

/// What is overridden, and what the override takes over from it.
fn base_facts(here: &Here, list: &VariablesView, base: &VariableView) -> AnyView {
    let (label, icon, value, scope) = (
        kind_label(base),
        icon(base),
        short(base, &Known::of(list)),
        base.scope,
    );
    let environment = here.environment;
    let mut facts = vec![
        Fact::new(
            "Type",
            view! { <span class="cluster"><Icon name=icon /> {label}</span> },
        ),
        Fact::new(
            "Now",
            view! { <span class="cluster">{value} <ScopeBadge scope environment /></span> },
        ),
    ];
    if let Some(path) = base.mount_path.clone() {
        facts.push(Fact::new("Mount path", view! { <Code>{path}</Code> }));
    }
    view! { <Facts facts /> }.into_any()
}
