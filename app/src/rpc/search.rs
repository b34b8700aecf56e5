//! The door of the palette. It reads, and is posted to as every server function is.

use domain::ApiError;
use leptos::prelude::*;

use super::settings::id;
use crate::{
    context::{answer, caller, service},
    pages::palette_options,
};

/// What the palette lists for what was typed, as markup.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "search/find")]
pub async fn find(organization: String, #[server(default)] q: String) -> Result<String, ApiError> {
    let found = service().search(&caller(), id(&organization)?, &q).await;
    answer(found).await.map(|found| palette_options(&found, &q))
}
