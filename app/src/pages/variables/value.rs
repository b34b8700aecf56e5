use domain::{
    Scope, VariableKind,
    interpolation::{Segment, segments},
    view::{Resolved, VariableView},
};
use leptos::prelude::*;
use service::ops::VariablesView;

use crate::{
    components::*,
    islands::variables::{advice::size, search::Facts},
};

/// The picture that tells its type.
pub fn icon(variable: &VariableView) -> IconName {
    match (variable.is_file, variable.secret) {
        (true, _) => IconName::File,
        (false, true) => IconName::Lock,
        (false, false) => IconName::Variable,
    }
}

/// Its type in words.
pub const fn kind_label(variable: &VariableView) -> &'static str {
    if variable.alias_of.is_some() {
        return "Alias";
    }
    match (variable.is_file, variable.secret) {
        (true, true) => "Secret file",
        (true, false) => "File",
        (false, true) => "Secret",
        (false, false) => "Plain",
    }
}

/// The words of `Facts`.
pub fn kinds(variable: &VariableView) -> String {
    let mut kinds = String::from(if variable.secret { "secret" } else { "plain" });
    if variable.is_file {
        kinds += " file";
    }
    if variable.alias_of.is_some() {
        kinds += " alias";
    }
    if variable.overrides.is_some() || variable.kind == VariableKind::Override {
        kinds += " override";
    }
    if variable.size == Some(0) {
        kinds += " empty";
    }
    kinds
}

/// What it can be found by: the same text the browser reads off its row.
pub fn facts(variable: &VariableView) -> Facts {
    let path = variable.mount_path.as_deref().unwrap_or_default();
    let value = variable
        .value
        .as_deref()
        .filter(|_| !variable.is_file)
        .unwrap_or_default();
    let text = [&variable.key, path, &variable.description, value].join("\n");
    Facts::new(&text, &kinds(variable), variable.scope)
}

/// Which references lead nowhere. Only a service resolves them: wider scopes may count on keys of narrower ones.
#[derive(Clone, Copy)]
pub struct Known<'a>(Option<&'a VariablesView>);

impl<'a> Known<'a> {
    pub const fn of(list: &'a VariablesView) -> Self {
        Self(Some(list))
    }
    /// Nothing is resolved, so nothing is said of references.
    pub const fn nothing() -> Self {
        Self(None)
    }
    fn is_broken(&self, key: &str) -> bool {
        let Some(list) = self.0.filter(|list| list.scope == Scope::Service) else {
            return false;
        };
        let is_in = |all: &[VariableView]| {
            all.binary_search_by(|variable| variable.key.as_str().cmp(key))
                .is_ok()
        };
        !is_in(&list.variables) && !is_in(&list.built_ins)
    }
    fn resolved(&self, variable: &VariableView) -> Option<&'a Resolved> {
        self.0?.resolved.get(&variable.id)
    }
}

/// What becomes of a value that mentions others.
fn becomes(variable: &VariableView, known: &Known<'_>) -> Option<AnyView> {
    Some(match known.resolved(variable)? {
        Resolved::Text(text) => {
            view! { <span class="value-becomes"><span aria-hidden="true">"= "</span><span class="sr">"becomes "</span>{text.clone()}</span> }.into_any()
        }
        Resolved::Secret => {
            view! { <span class="value-becomes"><Icon name=IconName::Lock /> "holds a secret, so it is one"</span> }.into_any()
        }
        Resolved::Broken(why) => {
            let why = why.clone();
            view! { <Badge tone=Tone::Bad icon=IconName::CircleAlert>{why}</Badge> }.into_any()
        }
    })
}

/// What a value is, on one line.
pub fn short(variable: &VariableView, known: &Known<'_>) -> AnyView {
    if variable.damaged {
        return view! { <Badge tone=Tone::Bad icon=IconName::CircleAlert>"Damaged: fails its integrity check"</Badge> }.into_any();
    }
    if let Some(target) = variable.alias_of.clone() {
        let mask = variable.secret.then(|| view! { <Mask hint=None /> });
        let becomes = becomes(variable, known).filter(|_| !variable.secret);
        return view! {
            <span class="value"><span aria-hidden="true">"→ "</span><span class="sr">"stands for "</span><KeyName key=target /></span>
            {mask}
            {becomes}
        }
        .into_any();
    }
    if variable.secret {
        return view! { <Mask hint=variable.hint.clone() /> }.into_any();
    }
    if variable.is_file {
        let words = size(variable.size.unwrap_or_default());
        return view! { <span class="file-size">{words}</span> }.into_any();
    }
    match variable.value.as_deref().unwrap_or_default() {
        "" => view! { <span class="faint">"empty"</span> }.into_any(),
        value => {
            let id = format!("value-{}", variable.id);
            let (parts, becomes) = (parts(value, known), becomes(variable, known));
            view! { <span class="value" id=id>{parts}</span> {becomes} }.into_any()
        }
    }
}

/// A value with its references as chips.
pub fn parts(value: &str, known: &Known<'_>) -> AnyView {
    if !value.contains("{{") {
        return value.to_owned().into_any();
    }
    segments(value)
        .iter()
        .map(|segment| match segment {
            Segment::Text(text) => (*text).to_owned().into_any(),
            Segment::Reference(raw) => {
                let broken = segment.key().is_some_and(|key| known.is_broken(key));
                view! { <Reference key=*raw broken /> }.into_any()
            }
        })
        .collect_view()
        .into_any()
}

/// The button that copies a plain value, where the list has all of it.
pub fn copy_button(variable: &VariableView) -> Option<AnyView> {
    let value = variable.value.as_ref().filter(|value| {
        !variable.is_file && !value.is_empty() && Some(value.len()) == variable.size
    })?;
    let key = variable.key.clone();
    let label = format!("Copy {key}");
    // A broken reference says so in words that are no part of the value.
    let verbatim = value.contains("{{").then(|| value.clone());
    let from = verbatim.is_none().then(|| format!("value-{}", variable.id));
    Some(
        view! {
            <button type="button" class="btn -icon -quiet -small" aria-label=label.clone() title=label data-copy=verbatim data-copy-from=from data-copy-name=key>
                <Icon name=IconName::Copy />
            </button>
        }
        .into_any(),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use domain::Timestamp;
    use leptos::prelude::Owner;

    use super::*;

    #[test]
    fn a_damaged_value_is_neither_empty_nor_masked() {
        for (secret, is_file) in [(false, false), (true, false), (false, true)] {
            let variable = VariableView {
                secret,
                is_file,
                damaged: true,
                ..plain()
            };
            let shown = Owner::new().with(|| short(&variable, &Known(None)).to_html());
            assert!(shown.contains("Damaged: fails its integrity check"));
            assert!(!kinds(&variable).contains("empty"));
        }
        let empty = VariableView {
            value: Some(String::new()),
            ..plain()
        };
        let shown = Owner::new().with(|| short(&empty, &Known(None)).to_html());
        assert!(shown.contains("empty"));
    }

    fn plain() -> VariableView {
        VariableView {
            id: "01234567-89ab-7def-8123-456789abcdef".parse().unwrap(),
            key: "KEY".to_owned(),
            kind: VariableKind::Value,
            scope: Scope::Service,
            secret: false,
            is_file: false,
            value: None,
            size: None,
            damaged: false,
            hint: None,
            mount_path: None,
            alias_of: None,
            interpolate: true,
            description: String::new(),
            version: 1,
            updated_at: Timestamp::default(),
            updated_by: String::new(),
            overrides: None,
            defined_here: true,
            locked: None,
        }
    }
}
