use domain::view::VariableView;
use leptos::prelude::*;
use service::ops::{Impact, VariablesView};

use super::{
    Here,
    list::ladder,
    value::{Known, kind_label, parts},
};
use crate::{components::*, islands::variables::advice::size};

/// A variable to be read: for those who may not change it, and for one that is defined at a wider scope.
pub fn panel(
    here: &Here,
    list: &VariablesView,
    variable: &VariableView,
    impact: &Impact,
) -> AnyView {
    let known = Known::of(list);
    let hidden = list.hidden.get(&variable.id).map_or(&[][..], Vec::as_slice);
    let title = variable.key.clone();
    let note = kind_label(variable);
    let ladder = (!hidden.is_empty()).then(|| ladder(here, variable, hidden, &known));
    let body = (
        whole(variable, &known),
        facts(here, list, variable, impact),
        ladder,
    );
    let foot = (!variable.defined_here).then(|| foot(here, list, variable));
    view! { <Panel title note close=here.close()><PanelBody>{body}</PanelBody>{foot}</Panel> }
        .into_any()
}

/// What can be done here about a variable of a wider scope.
fn foot(here: &Here, list: &VariablesView, variable: &VariableView) -> AnyView {
    let can_override = list
        .scopes
        .iter()
        .any(|choice| choice.scope > variable.scope && choice.locked.is_none());
    let over = can_override.then(|| here.with("override", variable.id));
    let at_home = here
        .page_of(variable.scope)
        .with("edit", variable.id.to_string())
        .href();
    let label = format!("Edit in {}", variable.scope.label().to_lowercase());
    let refused = variable.locked.clone();
    if over.is_none() && refused.is_some() {
        return ().into_any();
    }
    view! {
        <PanelFoot>
            <ButtonLink href=at_home icon=IconName::Edit refused>{label}</ButtonLink>
            {over.map(|href| view! { <ButtonLink href look=Look::Primary icon=IconName::Override>"Override here"</ButtonLink> })}
        </PanelFoot>
    }
    .into_any()
}

/// All of a value, over as many lines as it has.
fn whole(variable: &VariableView, known: &Known<'_>) -> AnyView {
    let id = format!("whole-{}", variable.id);
    let copy = variable.value.as_ref().filter(|value| !value.is_empty()).map(|value| {
        let verbatim = value.contains("{{").then(|| value.clone());
        let from = verbatim.is_none().then(|| id.clone());
        let (label, key) = (format!("Copy {}", variable.key), variable.key.clone());
        view! {
            <button type="button" class="btn -icon -quiet -small" aria-label=label.clone() title=label data-copy=verbatim data-copy-from=from data-copy-name=key>
                <Icon name=IconName::Copy />
            </button>
        }
    });
    let value = match (variable.secret, variable.value.as_deref()) {
        (true, _) => view! { <Mask hint=variable.hint.clone() /> }.into_any(),
        (false, None | Some("")) => view! { <span class="faint">"empty"</span> }.into_any(),
        (false, Some(value)) => {
            view! { <span id=id.clone()>{parts(value, known)}</span> }.into_any()
        }
    };
    let note = match (variable.secret, variable.is_file) {
        (true, _) => Some("Never shown again after saving.".to_owned()),
        (false, true) => variable.size.map(size),
        (false, false) => None,
    };
    view! {
        <div class="field">
            <div class="field-head"><p class="field-label">"Value"</p>{copy}</div>
            <div class="whole-value">{value}</div>
            {note.map(|note| view! { <p class="field-hint">{note}</p> })}
        </div>
    }
    .into_any()
}

/// Where it is defined, what it is for, who changed it last.
pub fn facts(
    here: &Here,
    list: &VariablesView,
    variable: &VariableView,
    impact: &Impact,
) -> AnyView {
    let (scope, environment, place) = (
        variable.scope,
        here.environment,
        here.level
            .with_parents()
            .into_iter()
            .find(|level| level.scope() == variable.scope),
    );
    let reach = list
        .scopes
        .iter()
        .find(|choice| choice.scope == scope)
        .map(|choice| choice.consequence.clone());
    let reach = reach.map(|reach| view! { <span class="faint">{format!(", {reach}")}</span> });
    let place = place
        .map(|level| level.name().to_owned())
        .unwrap_or_default();
    let (at, now, by) = (variable.updated_at, here.now, variable.updated_by.clone());
    let history = here.with("history", variable.id);
    let mut facts = vec![Fact::new(
        "Scope",
        view! { <ScopeBadge scope environment /> " " {place} {reach} },
    )];
    if let Some(path) = variable.mount_path.clone() {
        facts.push(Fact::new("Mount path", view! { <Code>{path}</Code> }));
    }
    if !variable.description.is_empty() {
        facts.push(Fact::new("Description", variable.description.clone()));
    }
    for (label, names) in [
        ("Used by", &impact.used_by),
        ("Overridden in", &impact.overridden),
    ] {
        if !names.is_empty() {
            facts.push(Fact::new(label, first_few(names)));
        }
    }
    facts.push(Fact::new(
        "Updated",
        view! { <Time at now style=TimeStyle::Minute /> {format!(", {by} · ")} <a href=history>"History"</a> },
    ));
    view! { <Facts facts /> }.into_any()
}

/// Some of many names.
fn first_few(names: &[String]) -> String {
    const NAMED: usize = 6;
    let shown = names[..names.len().min(NAMED)].join(", ");
    match names.len() {
        0..=NAMED => shown,
        many => format!("{shown} and {} more", many - NAMED),
    }
}
