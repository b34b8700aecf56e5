//! Small marks beside names: state, kind, scope, role, person.

use super::text::classes;
use super::{Icon, IconName, MaybeText};
use domain::{EnvironmentType, Hint, MASK, Scope};
use leptos::prelude::*;

/// What a colour says. Status colours mean status and nothing else, and the words always say it too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// A fact.
    #[default]
    Neutral,
    /// The current, the chosen, the informative.
    Accent,
    /// As it should be.
    Ok,
    /// Needs a look.
    Warn,
    /// Wrong, refused or about to be lost.
    Bad,
}

impl Tone {
    /// The variant class of this tone.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Neutral => "-neutral",
            Self::Accent => "-accent",
            Self::Ok => "-ok",
            Self::Warn => "-warn",
            Self::Bad => "-bad",
        }
    }
}

/// One or two words in a small box.
#[component]
pub fn Badge(
    #[prop(optional)] tone: Tone,
    #[prop(optional)] icon: Option<IconName>,
    children: Children,
) -> impl IntoView {
    let class = classes(&["badge", tone.class()]);
    view! { <span class=class>{icon.map(|name| view! { <Icon name/> })}{children()}</span> }
        .into_any()
}

/// The variant class of an environment type's colours.
pub(super) const fn environment_class(kind: EnvironmentType) -> &'static str {
    match kind {
        EnvironmentType::Production => "-production",
        EnvironmentType::Staging => "-staging",
        EnvironmentType::Development => "-development",
        EnvironmentType::Preview => "-preview",
    }
}

/// The letter of an environment type in its own shape, so that it reads without colour. Hidden from assistive
/// technology: the word or the environment's name stands beside it.
#[component]
pub fn EnvironmentShape(kind: EnvironmentType) -> impl IntoView {
    let (outline, letter) = match kind {
        EnvironmentType::Production => ("M10 .8 19.2 10 10 19.2.8 10Z", "P"),
        EnvironmentType::Staging => (
            "M4.5 1.5h11a3 3 0 0 1 3 3v11a3 3 0 0 1-3 3h-11a3 3 0 0 1-3-3v-11a3 3 0 0 1 3-3Z",
            "S",
        ),
        EnvironmentType::Development => ("M10 1a9 9 0 1 1 0 18 9 9 0 0 1 0-18Z", "D"),
        EnvironmentType::Preview => ("M10 1.8a8.2 8.2 0 1 1 0 16.4 8.2 8.2 0 0 1 0-16.4Z", "V"),
    };
    let class = classes(&["env-shape", environment_class(kind)]);
    view! {
        <svg class=class viewBox="0 0 20 20" aria-hidden="true">
            <path d=outline></path>
            <text x="10" y="13.6" text-anchor="middle">{letter}</text>
        </svg>
    }
    .into_any()
}

/// An environment type: its shape and its word.
#[component]
pub fn EnvironmentChip(kind: EnvironmentType) -> impl IntoView {
    let class = classes(&["env-chip", environment_class(kind)]);
    view! { <span class=class><EnvironmentShape kind/>{kind.label()}</span> }.into_any()
}

/// The scope of a variable. An environment's scope wears the colours of its type.
#[component]
pub fn ScopeBadge(
    scope: Scope,
    /// The type of the environment, for a variable of environment scope.
    #[prop(optional_no_strip)]
    environment: Option<EnvironmentType>,
) -> impl IntoView {
    let class = match scope {
        Scope::BuiltIn | Scope::Project => "-neutral",
        Scope::Environment => environment.map_or("-neutral", environment_class),
        Scope::Service => "-accent",
    };
    view! { <span class=classes(&["badge", class])>{scope.label()}</span> }.into_any()
}

/// The name of a role. Custom roles are outlined.
#[component]
pub fn RoleBadge(
    #[prop(into)] name: String,
    /// Whether the organization made this role itself.
    #[prop(optional)]
    custom: bool,
) -> impl IntoView {
    let class = classes(&["badge", "-role", if custom { "-custom" } else { "" }]);
    view! { <span class=class><Icon name=IconName::Shield/>{name}</span> }.into_any()
}

/// Who acts: the shape of an avatar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AvatarKind {
    /// A person: round, with initials.
    #[default]
    Person,
    /// An API or runtime token: square, with a key.
    Token,
    /// Gatehouse itself: square, with its gear.
    System,
}

/// A person's initials in a circle, or the picture of a token. Hidden from assistive technology: show the name beside it,
/// or set `named` where there is no room for it.
#[component]
pub fn Avatar(
    /// Full name.
    #[prop(into)]
    name: String,
    #[prop(optional)] kind: AvatarKind,
    /// Gives the picture the name as its text alternative and hover text.
    #[prop(optional)]
    named: bool,
) -> impl IntoView {
    let (class, inner) = match kind {
        AvatarKind::Person => ("avatar", initials(&name).into_any()),
        AvatarKind::Token => (
            "avatar -machine",
            view! { <Icon name=IconName::Key/> }.into_any(),
        ),
        AvatarKind::System => (
            "avatar -machine",
            view! { <Icon name=IconName::Settings/> }.into_any(),
        ),
    };
    view! {
        <span
            class=class
            role=named.then_some("img")
            aria-label=named.then(|| name.clone())
            title=named.then(|| name.clone())
            aria-hidden=(!named).then_some("true")
        >
            {inner}
        </span>
    }
    .into_any()
}

/// A person or a token with its picture. In a narrow table the picture stands for the name.
#[component]
pub fn Who(
    /// Full name.
    #[prop(into)]
    name: String,
    #[prop(optional)] kind: AvatarKind,
    /// A second line, such as the e-mail address; the name then always shows.
    #[prop(optional, into)]
    note: MaybeText,
) -> impl IntoView {
    let note = note.shown();
    let part = if note.is_some() {
        "who-text"
    } else {
        "who-text who-name"
    };
    let title = name.clone();
    view! {
        <span class="who" title=title>
            <Avatar name=name.clone() kind/>
            <span class=part>
                {name} {note.map(|note| view! { <span class="cell-note">{note}</span> })}
            </span>
        </span>
    }
    .into_any()
}

/// First letters of the first and the last word; of an e-mail address, its first letter.
fn initials(name: &str) -> String {
    let mut words = name
        .split_whitespace()
        .filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = words.next();
    let last = words.next_back();
    first
        .into_iter()
        .chain(last)
        .flat_map(char::to_uppercase)
        .collect()
}

/// A key on the keyboard.
#[component]
pub fn Kbd(children: Children) -> impl IntoView {
    view! { <kbd class="kbd">{children()}</kbd> }.into_any()
}

/// A key, an id or a value in the text.
#[component]
pub fn Code(children: Children) -> impl IntoView {
    view! { <code class="code">{children()}</code> }.into_any()
}

/// The key of a variable; a long one breaks after its underscores.
#[component]
pub fn KeyName(#[prop(into)] key: String) -> impl IntoView {
    view! { <span class="key">{breakable(&key)}</span> }.into_any()
}

/// A name without spaces (a key, an event type, an address) that may go on in the next line after `_ - . / @`.
#[must_use]
pub fn breakable(name: &str) -> AnyView {
    name.split_inclusive(['_', '-', '.', '/', '@'])
        .map(|part| view! { {part.to_owned()} <wbr/> })
        .collect_view()
        .into_any()
}

/// Another variable mentioned in a value: `{{KEY}}`. A broken one says so.
#[component]
pub fn Reference(
    #[prop(into)] key: String,
    /// Whether the key does not exist in this scope.
    #[prop(optional)]
    broken: bool,
) -> impl IntoView {
    let class = classes(&["ref", if broken { "-broken" } else { "" }]);
    view! {
        <span class=class>
            {broken.then(|| view! { <Icon name=IconName::Warning/><span class="sr">"Broken reference: "</span> })}
            {key}
        </span>
    }
    .into_any()
}

/// A stored secret: a mask of fixed length, with the first and last characters where the server knows them.
#[component]
pub fn Mask(#[prop(optional_no_strip)] hint: Option<Hint>) -> impl IntoView {
    let (first, last) = hint.map(|hint| (hint.first, hint.last)).unzip();
    view! {
        <span class="mask">
            <span class="sr">"hidden value "</span>
            {first}
            <span class="mask-dots" aria-hidden="true">{MASK}</span>
            {last.map(|last| view! { <span class="sr">" … "</span>{last} })}
        </span>
    }
    .into_any()
}
