//! Before and after, and raw records.

use super::text::classes;
use leptos::prelude::*;

/// What happened to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is there now.
    Added,
    /// It was there before.
    Removed,
    /// It stayed.
    Same,
}

impl Change {
    const fn parts(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Added => ("-add", "+", "added"),
            Self::Removed => ("-del", "−", "removed"),
            Self::Same => ("", "", "unchanged"),
        }
    }
}

/// A line of a [`DiffView`]: a field and its value before or after.
pub struct DiffLine {
    change: Change,
    field: String,
    value: AnyView,
}

impl DiffLine {
    /// A line from the field's name and anything that shows the value; a secret's value is a [`Mask`](super::Mask).
    pub fn new(change: Change, field: impl Into<String>, value: impl IntoView) -> Self {
        Self {
            change,
            field: field.into(),
            value: value.into_any(),
        }
    }
}

/// Changed fields, one line per side.
#[component]
pub fn DiffView(
    /// What changed; read out, not shown.
    #[prop(into)]
    caption: String,
    lines: Vec<DiffLine>,
) -> impl IntoView {
    view! {
        <table class="diff">
            <caption class="sr">{caption}</caption>
            <thead class="sr">
                <tr><th scope="col">"Change"</th><th scope="col">"Field"</th><th scope="col">"Value"</th></tr>
            </thead>
            <tbody>
                {lines
                    .into_iter()
                    .map(|line| {
                        let (class, sign, word) = line.change.parts();
                        view! {
                            <tr class=classes(&["diff-line", class])>
                                <td class="diff-sign">
                                    <span aria-hidden="true">{sign}</span>
                                    <span class="sr">{word}</span>
                                </td>
                                <th class="diff-field" scope="row">{line.field}</th>
                                <td class="diff-value">{line.value}</td>
                            </tr>
                        }
                    })
                    .collect_view()}
            </tbody>
        </table>
    }
    .into_any()
}

/// A sentence about something gained or lost.
pub struct EffectLine {
    change: Change,
    text: AnyView,
}

impl EffectLine {
    /// A sentence from anything that can be shown.
    pub fn new(change: Change, text: impl IntoView) -> Self {
        Self {
            change,
            text: text.into_any(),
        }
    }
}

/// What a change gives to whom and takes from whom, in sentences.
#[component]
pub fn Effects(effects: Vec<EffectLine>) -> impl IntoView {
    view! {
        <ul class="effects">
            {effects
                .into_iter()
                .map(|effect| {
                    let (class, sign, word) = effect.change.parts();
                    view! {
                        <li class=classes(&["effect", class])>
                            <span class="diff-sign" aria-hidden="true">{sign}</span>
                            <span class="sr">{word}": "</span>
                            <div>{effect.text}</div>
                        </li>
                    }
                })
                .collect_view()}
        </ul>
    }
    .into_any()
}

/// A record as JSON text, to be read and selected; it scrolls inside its box and can be reached by keyboard.
#[component]
pub fn JsonView(
    /// What the record is: "Event as JSON".
    #[prop(into)]
    label: String,
    /// The text, indented.
    #[prop(into)]
    json: String,
) -> impl IntoView {
    view! { <pre class="json" tabindex="0" role="region" aria-label=label><code>{json}</code></pre> }.into_any()
}
