//! Asking for the password again, before something that takes a fresh proof (security reference, 4.1).

use leptos::prelude::*;

use super::{Address, Failure, form_error, hidden};
use crate::components::*;

/// Where the form goes.
pub const STEP_UP: &str = "/rpc/account/step-up";

/// The password of who is signed in, as a field.
pub fn password_field(failure: &Failure) -> AnyView {
    let error = failure.field("password");
    view! {
        <TextField
            label="Your password"
            name="password"
            kind=InputKind::Password
            error
            autocomplete="current-password"
            required=true
        />
    }
    .into_any()
}

/// Asks for the password, then leads back to the list, where what was refused works for ten minutes.
pub fn step_up_dialog(purpose: &'static str, list: &Address, failure: &Failure) -> AnyView {
    let close = list.href();
    let (cancel, back) = (close.clone(), hidden("back", list.href()));
    let (wrong, password) = (form_error(failure), password_field(failure));
    view! {
        <Dialog title="Confirm that it is you" close>
            <form class="panel-form" method="post" action=STEP_UP>
                <PanelBody>
                    {wrong}
                    {back}
                    <p>{purpose} " takes your password, if it is more than ten minutes since you gave it."</p>
                    {password}
                </PanelBody>
                <PanelFoot>
                    <ButtonLink href=cancel look=Look::Quiet>"Cancel"</ButtonLink>
                    <SubmitButton>"Confirm"</SubmitButton>
                </PanelFoot>
            </form>
        </Dialog>
    }
    .into_any()
}
