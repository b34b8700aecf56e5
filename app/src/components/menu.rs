//! Menus: a button and a list of links and buttons in the browser's own popover, which needs no script to open, close
//! on Escape or a click elsewhere, and give the focus back.

use super::text::classes;
use super::{Icon, IconName, Look, MaybeText, Size};
use leptos::either::Either;
use leptos::prelude::*;

/// A button that opens a list of actions. The children are [`MenuLink`]s, [`MenuButton`]s and forms holding one.
#[component]
pub fn Menu(
    /// Id of the list, unique on the page.
    #[prop(into)]
    id: String,
    /// Name of the list, and of the button unless `text` is shown, with the object: "Actions for DATABASE_URL".
    #[prop(into)]
    label: String,
    /// Shown on the button; a picture alone otherwise.
    #[prop(optional, into)]
    text: MaybeText,
    #[prop(default = IconName::More)] icon: IconName,
    #[prop(default = Look::Quiet)] look: Look,
    #[prop(optional)] size: Size,
    children: Children,
) -> impl IntoView {
    let shown = text.shown();
    let name = shown.is_none().then(|| label.clone());
    let shape = if shown.is_some() { "" } else { "-icon" };
    let look = match look {
        Look::Primary => "-primary",
        Look::Secondary => "",
        Look::Quiet => "-quiet",
        Look::Danger => "-danger",
        Look::DangerQuiet => "-danger-quiet",
    };
    let size = if size == Size::Small { "-small" } else { "" };
    view! {
        <div class="menu">
            <button
                type="button"
                class=classes(&["btn", "menu-button", shape, look, size])
                popovertarget=id.clone()
                aria-label=name.clone()
                title=name
            >
                {match shown {
                    Some(text) => {
                        Either::Left(view! { <span class="btn-text">{text}</span><Icon name=IconName::ChevronDown/> })
                    }
                    None => Either::Right(view! { <Icon name=icon/> }),
                }}
            </button>
            <div class="menu-list" id=id popover="auto" role="group" aria-label=label>
                {children()}
            </div>
        </div>
    }
    .into_any()
}

/// An entry that leads somewhere.
#[component]
pub fn MenuLink(
    #[prop(into)] href: String,
    #[prop(optional)] icon: Option<IconName>,
    /// Leads to a deletion.
    #[prop(optional)]
    danger: bool,
    /// The page one is on, or the chosen one.
    #[prop(optional)]
    current: bool,
    /// Why it cannot be followed; written below the entry.
    #[prop(optional, into)]
    refused: MaybeText,
    children: Children,
) -> impl IntoView {
    let class = classes(&["menu-item", if danger { "-danger" } else { "" }]);
    let reason = refused.shown();
    let allowed = reason.is_none();
    view! {
        <a
            class=class
            href=allowed.then_some(href)
            role=(!allowed).then_some("link")
            tabindex=(!allowed).then_some("0")
            aria-disabled=(!allowed).then_some("true")
            aria-current=current.then_some("true")
        >
            {icon.map(|name| view! { <Icon name/> })}
            <span class="menu-text">
                {children()} {reason.map(|reason| view! { <span class="menu-note">{reason}</span> })}
            </span>
            {current.then(|| view! { <Icon name=IconName::Check/> })}
        </a>
    }
    .into_any()
}

/// An entry that sends the form around it.
#[component]
pub fn MenuButton(
    #[prop(optional)] icon: Option<IconName>,
    #[prop(optional)] danger: bool,
    #[prop(optional, into)] name: MaybeText,
    #[prop(optional, into)] value: MaybeText,
    children: Children,
) -> impl IntoView {
    let class = classes(&["menu-item", if danger { "-danger" } else { "" }]);
    view! {
        <button type="submit" class=class name=name.0 value=value.0>
            {icon.map(|name| view! { <Icon name/> })}
            <span class="menu-text">{children()}</span>
        </button>
    }
    .into_any()
}

/// A line between groups of entries.
#[component]
pub fn MenuRule() -> impl IntoView {
    view! { <hr class="menu-rule"/> }.into_any()
}

/// The name of the entries below it.
#[component]
pub fn MenuHeading(children: Children) -> impl IntoView {
    view! { <p class="menu-heading">{children()}</p> }.into_any()
}
