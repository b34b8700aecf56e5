//! Panels and dialogs: server-rendered, each at an address of its own, left by a link.
//!
//! A page that shows one passes it to [`AppShell`](super::AppShell) as `overlay`, a [`Dialog`] with `modal`, which makes
//! everything behind it inert without a script.

use super::text::{classes, fresh_id};
use super::{Icon, IconName, MaybeText, Tone};
use leptos::prelude::*;

/// A form or details at the side of a page that stays usable where there are 1280 px, over it where there are fewer,
/// and the whole screen under 720. The child is usually `form.panel-form` with a [`PanelBody`] and a [`PanelFoot`].
#[component]
pub fn Panel(
    #[prop(into)] title: String,
    /// The page without the panel.
    #[prop(into)]
    close: String,
    /// One line under the title.
    #[prop(optional, into)]
    note: MaybeText,
    children: Children,
) -> impl IntoView {
    let id = fresh_id("panel");
    view! {
        <a class="veil -panel" href=close.clone() tabindex="-1" aria-hidden="true"></a>
        <dialog class="panel" open aria-labelledby=id data-close=close>
            <OverlayHead id=id.clone() title=title note=note close=close.clone()/>
            {children()}
        </dialog>
    }
    .into_any()
}

#[component]
fn OverlayHead(id: String, title: String, note: MaybeText, close: String) -> impl IntoView {
    view! {
        <div class="overlay-head">
            <div>
                <h2 class="overlay-title" id=id>{title}</h2>
                {note.shown().map(|note| view! { <p class="overlay-note">{note}</p> })}
            </div>
            <a class="btn -icon -quiet overlay-close" href=close aria-label="Close" title="Close (Esc)">
                <Icon name=IconName::Close/>
            </a>
        </div>
    }
    .into_any()
}

/// The part of a panel or dialog that scrolls.
#[component]
pub fn PanelBody(children: Children) -> impl IntoView {
    view! { <div class="overlay-body">{children()}</div> }.into_any()
}

/// The buttons of a panel or dialog; always in view.
#[component]
pub fn PanelFoot(
    /// At the other end: a deletion, a link.
    #[prop(optional, into)]
    aside: ViewFnOnce,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="overlay-foot">
            <div class="overlay-aside">{aside.run()}</div>
            {children()}
        </div>
    }
    .into_any()
}

/// A question or a short form in front of everything. The child is usually `form.panel-form` with a [`PanelBody`] and a
/// [`PanelFoot`].
#[component]
pub fn Dialog(
    #[prop(into)] title: String,
    /// The page without the dialog.
    #[prop(into)]
    close: String,
    #[prop(optional, into)] note: MaybeText,
    /// 720 instead of 480 px.
    #[prop(optional)]
    wide: bool,
    children: Children,
) -> impl IntoView {
    let id = fresh_id("dialog");
    view! {
        <a class="veil" href=close.clone() tabindex="-1" aria-hidden="true"></a>
        <dialog
            class=classes(&["dialog", if wide { "-wide" } else { "" }])
            open
            aria-modal="true"
            aria-labelledby=id
            data-close=close
        >
            <OverlayHead id=id.clone() title=title note=note close=close.clone()/>
            {children()}
        </dialog>
    }
    .into_any()
}

/// What follows from a deletion or another step that is hard to take back, as the body of a confirm dialog: a sentence,
/// the list of what else is affected, and (as children) the field for the typed name where the step asks for one.
#[component]
pub fn Consequences(
    /// What is about to happen, naming the object.
    #[prop(into)]
    message: String,
    /// What else goes with it, one line each.
    list: Vec<String>,
    #[prop(default = Tone::Bad)] tone: Tone,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <p class="prose">{message}</p>
        {(!list.is_empty())
            .then(|| {
                view! {
                    <ul class=classes(&["consequences", tone.class()])>
                        {list
                            .into_iter()
                            .map(|line| view! { <li><Icon name=IconName::Minus/><span>{line}</span></li> })
                            .collect_view()}
                    </ul>
                }
            })}
        {children.map(|children| children())}
    }
    .into_any()
}
