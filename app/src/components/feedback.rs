//! What the console says back: notes, errors, messages after an action, empty and waiting places.

use super::text::classes;
use super::{Icon, IconName, MaybeText, Tone};
use domain::FieldError;
use leptos::prelude::*;

/// The picture that goes with a tone.
const fn tone_icon(tone: Tone) -> IconName {
    match tone {
        Tone::Neutral | Tone::Accent => IconName::Info,
        Tone::Ok => IconName::CircleCheck,
        Tone::Warn => IconName::Warning,
        Tone::Bad => IconName::CircleAlert,
    }
}

/// A remark in the flow of the page.
#[component]
pub fn Note(
    #[prop(default = Tone::Accent)] tone: Tone,
    /// A first line in bold.
    #[prop(optional, into)]
    title: MaybeText,
    /// Links or buttons below the text.
    #[prop(optional, into)]
    actions: ViewFnOnce,
    children: Children,
) -> impl IntoView {
    view! {
        <div class=classes(&["note", tone.class()])>
            <Icon name=tone_icon(tone)/>
            <div class="note-body">
                {title.shown().map(|title| view! { <p class="note-title">{title}</p> })}
                <div>{children()}</div>
                <div class="note-actions">{actions.run()}</div>
            </div>
        </div>
    }
    .into_any()
}

/// Says above a form why it was not taken, with links to the fields.
#[component]
pub fn FormError(
    /// What happened, in a sentence.
    #[prop(into)]
    message: String,
    /// The fields to look at, when more than one: each a link to the control whose id is the field's name.
    #[prop(optional)]
    fields: Vec<FieldError>,
) -> impl IntoView {
    view! {
        <div class="note -bad" role="alert" tabindex="-1">
            <Icon name=IconName::CircleAlert/>
            <div class="note-body">
                <p>{message}</p>
                {(!fields.is_empty())
                    .then(|| {
                        view! {
                            <ul class="note-list">
                                {fields
                                    .into_iter()
                                    .map(|field| {
                                        view! { <li><a href=format!("#{}", field.field)>{field.message}</a></li> }
                                    })
                                    .collect_view()}
                            </ul>
                        }
                    })}
            </div>
        </div>
    }
    .into_any()
}

/// What the last action did, after its redirect. Leaves after twelve seconds, not while looked at; a bad one stays.
#[component]
pub fn Flash(
    #[prop(default = Tone::Ok)] tone: Tone,
    /// What happened: "DATABASE_URL saved".
    #[prop(into)]
    message: String,
    /// One follow-up: Undo, a link to the event.
    #[prop(optional, into)]
    action: ViewFnOnce,
) -> impl IntoView {
    view! {
        <div class=classes(&["flash", tone.class()]) role="status">
            <Icon name=tone_icon(tone)/>
            <span class="flash-text">{message}</span>
            <span class="flash-action">{action.run()}</span>
        </div>
    }
    .into_any()
}

/// Sticks to the lower edge of a form with changes that are not saved.
#[component]
pub fn UnsavedBar(
    /// "2 unsaved changes".
    #[prop(into)]
    message: String,
    /// What saving means.
    #[prop(optional, into)]
    note: MaybeText,
    /// Discard, Review, Save.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="unsaved" role="region" aria-label="Unsaved changes">
            <p class="unsaved-text" role="status">
                <strong>{message}</strong>
                {note.shown().map(|note| view! { <span class="unsaved-note">{note}</span> })}
            </p>
            <div class="unsaved-actions">{children()}</div>
        </div>
    }
    .into_any()
}

/// Why a list shows nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmptyKind {
    /// There is none yet.
    NoneYet,
    /// The filter leaves none.
    NoMatch,
    /// The person may not see them.
    NoPermission,
    /// They could not be read.
    Failed,
}

/// The place of a list that shows nothing: why, and what to do about it.
#[component]
pub fn EmptyState(
    kind: EmptyKind,
    /// What is missing: "No variables yet".
    #[prop(into)]
    title: String,
    /// In place of the picture that goes with the kind.
    #[prop(optional)]
    icon: Option<IconName>,
    /// Add the first, clear the filter, try again.
    #[prop(optional, into)]
    actions: ViewFnOnce,
    /// One sentence.
    children: Children,
) -> impl IntoView {
    let (class, usual) = match kind {
        EmptyKind::NoneYet => ("", IconName::Empty),
        EmptyKind::NoMatch => ("", IconName::Search),
        EmptyKind::NoPermission => ("", IconName::Lock),
        EmptyKind::Failed => ("-bad", IconName::CircleAlert),
    };
    view! {
        <div class=classes(&["empty", class]) role=(kind == EmptyKind::Failed).then_some("alert")>
            <span class="empty-icon"><Icon name=icon.unwrap_or(usual)/></span>
            <p class="empty-title">{title}</p>
            <div class="empty-text">{children()}</div>
            <div class="empty-actions">{actions.run()}</div>
        </div>
    }
    .into_any()
}

/// Grey lines in the shape of the list to come.
#[component]
pub fn Skeleton(
    /// How many rows.
    #[prop(default = 5)]
    rows: usize,
) -> impl IntoView {
    view! {
        <div class="skeleton" aria-busy="true">
            <span class="sr">"Loading"</span>
            {(0..rows).map(|_| view! { <span class="skeleton-row"><i></i><i></i><i></i></span> }).collect_view()}
        </div>
    }
    .into_any()
}
