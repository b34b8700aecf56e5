use leptos::prelude::*;

use crate::components::{IconButton, IconName};

/// A button that copies `text`; `label` says what: "Copy organization ID". An island acts on `data-copy`.
pub fn copy_button(label: impl Into<String>, text: impl Into<String>) -> AnyView {
    let (label, text) = (label.into(), text.into());
    view! { <IconButton icon=IconName::Copy label attr:data-copy=text /> }.into_any()
}
