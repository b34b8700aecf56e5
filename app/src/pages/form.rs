use leptos::prelude::*;

use super::Failure;
use crate::components::FormError;

/// What a form sends along without showing it.
pub fn hidden(name: &'static str, value: impl ToString) -> AnyView {
    view! { <input type="hidden" name=name value=value.to_string() /> }.into_any()
}

/// Why a form was not taken, above its fields; of several wrong fields, a link to each.
pub fn form_error(failure: &Failure) -> impl IntoView + use<> {
    let fields = failure.fields();
    let fields = if fields.len() > 1 { fields } else { Vec::new() };
    failure
        .summary()
        .map(|message| view! { <FormError message fields /> })
}
