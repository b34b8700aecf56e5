//! All variables of one scope as a text.

use domain::ApiError;
use leptos::prelude::*;

use super::{Here, files::level_fields};
use crate::{
    components::*,
    context::{answer, caller, service},
    pages::{Failure, Page, form_error, hidden},
};

pub const READ: &str = "/rpc/variables/read-text";

/// The page with the text.
pub async fn page(here: &Here, failure: &Failure) -> Result<Page, ApiError> {
    let level = here.level.reference();
    let text = service()
        .scope_text(&caller(), here.organization, level)
        .await;
    let text = answer(text).await?;
    let rows = text.text.lines().count().clamp(12, 40);
    let scope = here.level.scope().label().to_lowercase();
    let error = failure.field("text");
    // Browsers drop a line break that comes first in a text area.
    let value = format!("\n{}", text.text);
    let fields = view! {
        {level_fields(here)} {hidden("base", text.base)}
        {form_error(failure)}
        <Note>
            {format!("This text is all that this {scope} defines itself: what you take out is deleted. A comment above a line is its description. ")}
            <Code>"<unchanged>"</Code> " keeps a secret, a file or an alias as it is; write a value in its place to replace it."
        </Note>
        <TextArea label="Variables as text" name="text" rows=u8::try_from(rows).unwrap_or(40) code=true value error />
    };
    let back = here.close();
    let title = format!("Edit {} as text", here.level.name());
    let content = view! {
        <PageHead title=title.clone()>"The next step shows what would change. Nothing is saved before."</PageHead>
        <form class="stack text-editor" method="post" action=READ autocomplete="off" data-guard="">
            {fields}
            <div class="form-foot">
                <ButtonLink href=back look=Look::Quiet>"Cancel"</ButtonLink>
                <SubmitButton>"Review changes"</SubmitButton>
            </div>
        </form>
    };
    Ok(Page::new(title, content))
}
