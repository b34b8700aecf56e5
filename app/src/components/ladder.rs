//! Where a value comes from.

use super::MaybeText;
use super::text::classes;
use leptos::prelude::*;

/// A level at which a key may be set.
pub struct Rung {
    scope: String,
    value: AnyView,
    used: bool,
    note: String,
}

impl Rung {
    /// A level whose value a narrower one hides.
    pub fn hidden(scope: impl Into<String>, value: impl IntoView) -> Self {
        Self {
            scope: scope.into(),
            value: value.into_any(),
            used: false,
            note: "hidden".to_owned(),
        }
    }

    /// The level whose value counts.
    pub fn used(scope: impl Into<String>, value: impl IntoView) -> Self {
        Self {
            scope: scope.into(),
            value: value.into_any(),
            used: true,
            note: "used".to_owned(),
        }
    }

    /// A level at which the key is not set.
    pub fn unset(scope: impl Into<String>) -> Self {
        let dash = view! { <span class="faint">"not set"</span> };
        Self {
            scope: scope.into(),
            value: dash.into_any(),
            used: false,
            note: String::new(),
        }
    }
}

/// The levels at which a key is set, from the widest to the narrowest, and the one that counts. Children: what would
/// follow from taking the winner away.
#[component]
pub fn Ladder(
    #[prop(default = String::from("Where this value comes from"), into)] title: String,
    rungs: Vec<Rung>,
    /// Title of the children.
    #[prop(optional, into)]
    aside_title: MaybeText,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="ladder">
          <div class="ladder-columns">
            <div>
                <h2 class="ladder-title">{title}</h2>
                <ol class="ladder-list">
                    {rungs
                        .into_iter()
                        .map(|rung| {
                            view! {
                                <li class=classes(&["rung", if rung.used { "-used" } else { "" }])>
                                    <span class="rung-scope">{rung.scope}</span>
                                    <span class="rung-value">{rung.value}</span>
                                    <span class="rung-note">{rung.note}</span>
                                </li>
                            }
                        })
                        .collect_view()}
                </ol>
            </div>
            {children
                .map(|children| {
                    view! {
                        <div class="ladder-aside">
                            {aside_title.shown().map(|title| view! { <h2 class="ladder-title">{title}</h2> })}
                            {children()}
                        </div>
                    }
                })}
          </div>
        </div>
    }
    .into_any()
}
