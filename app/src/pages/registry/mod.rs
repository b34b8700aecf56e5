//! Projects, environments and services: what is in them, and their settings.

mod delete;
mod environment;
mod project;
mod service;
mod settings;

pub use environment::EnvironmentPage;
pub use project::ProjectPage;
pub use service::ServicePage;
pub use settings::SettingsPage;

use domain::Timestamp;
use leptos::prelude::*;

use super::Failure;
use crate::components::*;

const CREATE_ENVIRONMENT: &str = "/rpc/environment/create";
const CREATE_SERVICE: &str = "/rpc/service/create";

/// An id with a button that copies it.
fn id_fact(what: &str, id: &impl ToString) -> Fact {
    let (name, id) = (format!("{what} ID"), id.to_string());
    let shown = id.clone();
    Fact::new(
        "ID",
        view! { <span class="id"><Code>{shown}</Code><CopyButton text=id name /></span> },
    )
}

/// A description, or that there is none.
fn described(text: &str) -> AnyView {
    if text.is_empty() {
        view! { <span class="faint">"none"</span> }.into_any()
    } else {
        text.to_owned().into_any()
    }
}

/// When something last changed, and by whom.
fn last_change(change: Option<(Timestamp, String)>, now: Timestamp) -> AnyView {
    match change {
        Some((at, who)) => view! { <Time at now=now /> ", " {who} }.into_any(),
        None => view! { <span class="faint">"never"</span> }.into_any(),
    }
}

/// A count in a table: nothing is grey.
fn quantity(count: u32) -> AnyView {
    if count == 0 {
        view! { <span class="faint">"0"</span> }.into_any()
    } else {
        count.into_any()
    }
}

/// The name field every object has.
pub(super) fn name_field(
    failure: &Failure,
    value: Option<String>,
    hint: Option<String>,
) -> impl IntoView + use<> {
    let fresh = value.is_none();
    view! {
        <TextField
            label="Name"
            name="name"
            value
            hint
            error=failure.field("name")
            autocomplete="off"
            max_length=domain::NAME_LIMIT
            required=true
            autofocus=fresh
        />
    }
}

pub(super) fn description_field(failure: &Failure, value: String) -> impl IntoView + use<> {
    view! {
        <TextArea label="Description" name="description" value error=failure.field("description") max_length=domain::DESCRIPTION_LIMIT optional=true />
    }
}
