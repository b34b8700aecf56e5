//! Buttons, and links that look like them.

use super::text::{classes, fresh_id};
use super::{Icon, IconName, MaybeText};
use leptos::either::Either;
use leptos::prelude::*;

/// How much a button asks for attention. One `Primary` per view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// The one thing this view is for.
    Primary,
    /// An ordinary action.
    #[default]
    Secondary,
    /// An action beside others, without a border.
    Quiet,
    /// Confirms a deletion: only in a dialog that names what goes.
    Danger,
    /// Leads to a deletion.
    DangerQuiet,
}

impl Look {
    const fn class(self) -> &'static str {
        match self {
            Self::Primary => "-primary",
            Self::Secondary => "",
            Self::Quiet => "-quiet",
            Self::Danger => "-danger",
            Self::DangerQuiet => "-danger-quiet",
        }
    }
}

/// Height of a control: 28, 32 or 40 px; never under 44 for a finger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Size {
    /// Inside table rows.
    Small,
    /// Everywhere else.
    #[default]
    Regular,
    /// Sign-in and the like, full width of its form.
    Wide,
}

impl Size {
    const fn class(self) -> &'static str {
        match self {
            Self::Small => "-small",
            Self::Regular => "",
            Self::Wide => "-wide",
        }
    }
}

/// A button that does something on this page. `type="button"` unless `submit`.
///
/// Further attributes and handlers go on the element: `attr:popovertarget="id"`, `on:click=…`.
#[component]
pub fn Button(
    #[prop(optional)] look: Look,
    #[prop(optional)] size: Size,
    #[prop(optional)] icon: Option<IconName>,
    /// Whether it submits its form.
    #[prop(optional)]
    submit: bool,
    /// Why it cannot be used; shown on hover, focus and tap.
    #[prop(optional, into)]
    refused: MaybeText,
    children: Children,
) -> impl IntoView {
    let class = classes(&["btn", look.class(), size.class()]);
    let inner = view! { {icon.map(|name| view! { <Icon name/> })} <span class="btn-text">{children()}</span> };
    match refused.shown() {
        None => {
            let kind = if submit { "submit" } else { "button" };
            Either::Left(view! { <button type=kind class=class>{inner}</button> })
        }
        Some(reason) => Either::Right(refused_button(class, reason, inner.into_any())),
    }
}

/// The stand-in of a button that may not be used: focusable, inert, explained.
fn refused_button(class: String, reason: String, inner: AnyView) -> impl IntoView {
    let id = fresh_id("why");
    view! {
        <span class="why">
            <button type="button" class=class aria-disabled="true" aria-describedby=id.clone()>{inner}</button>
            <span class="why-text" role="tooltip" id=id>{reason}</span>
        </span>
    }
}

/// A link that looks like a button: for everything that has a page or a dialog of its own.
#[component]
pub fn ButtonLink(
    /// Where it leads.
    #[prop(into)]
    href: String,
    #[prop(optional)] look: Look,
    #[prop(optional)] size: Size,
    #[prop(optional)] icon: Option<IconName>,
    /// Why it cannot be followed; shown on hover, focus and tap.
    #[prop(optional, into)]
    refused: MaybeText,
    children: Children,
) -> impl IntoView {
    let class = classes(&["btn", look.class(), size.class()]);
    let inner = view! { {icon.map(|name| view! { <Icon name/> })} <span class="btn-text">{children()}</span> };
    match refused.shown() {
        None => Either::Left(view! { <a class=class href=href>{inner}</a> }),
        Some(reason) => Either::Right(refused_button(class, reason, inner.into_any())),
    }
}

/// A button with a picture only; its name is read out and shown on hover.
#[component]
pub fn IconButton(
    icon: IconName,
    /// What it does, with the object: `Copy DATABASE_URL`.
    #[prop(into)]
    label: String,
    #[prop(default = Look::Quiet)] look: Look,
    #[prop(default = Size::Small)] size: Size,
) -> impl IntoView {
    let class = classes(&["btn", "-icon", look.class(), size.class()]);
    view! {
        <button type="button" class=class aria-label=label.clone() title=label>
            <Icon name=icon/>
        </button>
    }
}

/// A link with a picture only.
#[component]
pub fn IconLink(
    icon: IconName,
    /// Where it leads, with the object: `Edit DATABASE_URL`.
    #[prop(into)]
    label: String,
    #[prop(into)] href: String,
    #[prop(default = Look::Quiet)] look: Look,
    #[prop(default = Size::Small)] size: Size,
) -> impl IntoView {
    let class = classes(&["btn", "-icon", look.class(), size.class()]);
    view! {
        <a class=class href=href aria-label=label.clone() title=label>
            <Icon name=icon/>
        </a>
    }
}

/// The button that sends a form. While `busy` it keeps its width, says so and sends nothing a second time.
#[component]
pub fn SubmitButton(
    #[prop(default = Look::Primary)] look: Look,
    #[prop(optional)] size: Size,
    #[prop(optional)] icon: Option<IconName>,
    /// Whether the form is on its way: an island passes its action's `pending`.
    #[prop(optional, into)]
    busy: Option<Signal<bool>>,
    /// Why the form cannot be sent.
    #[prop(optional, into)]
    refused: MaybeText,
    children: Children,
) -> impl IntoView {
    let class = classes(&["btn", look.class(), size.class()]);
    let inner = view! { {icon.map(|name| view! { <Icon name/> })} <span class="btn-text">{children()}</span> };
    if let Some(reason) = refused.shown() {
        return Either::Right(refused_button(class, reason, inner.into_any()));
    }
    let is_busy = move || busy.is_some_and(|busy| busy.get());
    Either::Left(view! {
        <button
            type="submit"
            class=class
            aria-busy=move || is_busy().then_some("true")
            aria-disabled=move || is_busy().then_some("true")
        >
            {inner}
            <span class="btn-busy" aria-hidden="true">
                <Icon name=IconName::Busy/>
            </span>
        </button>
    })
}

/// A button that copies a text that is not secret. Its picture turns into a tick when it has.
#[component]
pub fn CopyButton(
    /// What it copies.
    #[prop(into)]
    text: String,
    /// What that is called: `DATABASE_URL`, `organization ID`.
    #[prop(into)]
    name: String,
) -> impl IntoView {
    let label = format!("Copy {name}");
    view! { <IconButton icon=IconName::Copy label attr:data-copy=text attr:data-copy-name=name/> }
}

/// A button that shows what is typed into the masked control of this id, and hides it again.
#[component]
pub fn RevealButton(
    #[prop(into)] control: String,
    /// What it shows: "password", "value".
    #[prop(into)]
    name: String,
) -> impl IntoView {
    let label = format!("Show {name}");
    view! { <IconButton icon=IconName::Eye label attr:data-reveal=control attr:aria-pressed="false"/> }
}
