//! Variables from and into files.

use leptos::prelude::*;
use service::ops::VariablesView;

use super::{
    Here,
    fields::{form_error, hidden, scope_cards},
};
use crate::{components::*, pages::Failure};

pub const READ: &str = "/rpc/variables/read-import";
const DOWNLOAD: &str = "/download/variables";

/// The project, environment or service a form is about.
pub fn level_fields(here: &Here) -> AnyView {
    let level = here.level.reference();
    view! {
        {hidden("organization", here.organization)}
        {hidden("level_scope", level.scope().code())}
        {hidden("level_id", level.id())}
        {hidden("back", here.address.path())}
    }
    .into_any()
}

/// A file, pasted or chosen.
pub fn import_dialog(here: &Here, list: &VariablesView, failure: &Failure) -> AnyView {
    let close = here.close();
    let cancel = close.clone();
    let formats = vec![
        Segment::new("", "Detect"),
        Segment::new("DOTENV", ".env"),
        Segment::new("JSON", "JSON"),
        Segment::new("YAML", "YAML"),
    ];
    let (level, wrong) = (level_fields(here), form_error(failure));
    let scopes = scope_cards(here, &list.scopes, failure.field("scope"));
    let (format, text) = (failure.field("format"), failure.field("text"));
    view! {
        <Dialog title="Import variables" note="Nothing is saved before you have seen what it would change" close wide=true>
            <form class="panel-form" method="post" action=READ autocomplete="off">
                <PanelBody>
                    {level} {wrong}
                    <div class="field file-drop">
                        <label class="field-label" for="import-file">"File"</label>
                        <input class="input" id="import-file" type="file" accept=".env,.json,.yaml,.yml,.txt,text/*" data-into="text" />
                        <p class="field-hint">"Choose one or drop it here. Its text appears below."</p>
                    </div>
                    <div class="import-text">
                        <TextArea label="Variables" name="text" rows=10 code=true required=true placeholder="DATABASE_URL=postgres://…" error=text />
                    </div>
                    <Segmented legend="Format" name="format" parts=formats value="" error=format />
                    {scopes}
                </PanelBody>
                <PanelFoot>
                    <ButtonLink href=cancel look=Look::Quiet>"Cancel"</ButtonLink>
                    <SubmitButton>"Review"</SubmitButton>
                </PanelFoot>
            </form>
        </Dialog>
    }
    .into_any()
}

/// What is plain, as a file to take along.
pub fn export_dialog(here: &Here) -> AnyView {
    let close = here.close();
    let cancel = close.clone();
    let formats = vec![
        Segment::new("DOTENV", ".env"),
        Segment::new("JSON", "JSON"),
        Segment::new("YAML", "YAML"),
    ];
    let scope = here.level.scope().label().to_lowercase();
    let parts = vec![
        Segment::new("effective", "Everything it sees"),
        Segment::new("scope", format!("This {scope} only")),
    ];
    let level = level_fields(here);
    view! {
        <Dialog title="Export variables" note="Noted in the audit log" close>
            <form class="panel-form" method="post" action=DOWNLOAD>
                <PanelBody>
                    {level}
                    <p>"Plain values as they are written. Secrets are named without their value; in JSON, which has no comments, they are left out. Files are left out."</p>
                    <Segmented legend="Format" name="format" parts=formats value="DOTENV" />
                    <Segmented legend="Variables" name="part" parts=parts value="effective" />
                </PanelBody>
                <PanelFoot>
                    <ButtonLink href=cancel look=Look::Quiet>"Close"</ButtonLink>
                    <SubmitButton icon=IconName::Download>"Download"</SubmitButton>
                </PanelFoot>
            </form>
        </Dialog>
    }
    .into_any()
}
