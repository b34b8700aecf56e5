//! The doors of the page that compares environments.

use std::collections::HashMap;

use domain::{ApiError, EnvironmentId};
use leptos::prelude::*;
use service::ops::PromotionForm;

use super::settings::id;
use crate::context::{answer, caller, flash, redirect, service};

/// The environments a form is about, apart by commas.
fn environments(text: &str) -> Result<Vec<EnvironmentId>, ApiError> {
    text.split(',')
        .filter(|part| !part.is_empty())
        .map(id)
        .collect()
}

/// The page a form came from, with something more in its address.
fn page_with(back: &str, more: &str) -> String {
    let sign = if back.contains('?') { '&' } else { '?' };
    format!("{back}{sign}{more}")
}

/// Asks which secrets are equal, and goes to the page that says so.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "variables/compare")]
pub async fn compare_secrets(
    organization: String,
    #[server(default)] environments: String,
    #[server(default)] back: String,
) -> Result<(), ApiError> {
    let environments = self::environments(&environments)?;
    let asked = answer(
        service()
            .compare_secrets(&caller(), id(&organization)?, &environments)
            .await,
    )
    .await?;
    redirect(&page_with(&back, &format!("compared={asked}")));
    Ok(())
}

/// Copies what is ticked to another environment. When a value moved meanwhile, the review is shown again as things are
/// now.
///
/// # Errors
/// As the operation.
#[server(prefix = "/rpc", endpoint = "variables/promote")]
pub async fn promote_variables(
    organization: String,
    from: String,
    to: String,
    #[server(default)] only: String,
    #[server(default)] take: HashMap<String, String>,
    #[server(default)] fingerprint: String,
    #[server(default)] to_name: String,
    #[server(default)] review: String,
    #[server(default)] back: String,
) -> Result<(), ApiError> {
    let form = PromotionForm {
        from: id(&from)?,
        to: id(&to)?,
        only: (!only.is_empty()).then_some(only),
        keys: take.into_keys().collect(),
        fingerprint,
    };
    let done = service()
        .promote(&caller(), id(&organization)?, &form)
        .await;
    match answer(done).await {
        Ok(count) => {
            let what = match (count, form.keys.first()) {
                (1, Some(key)) => key.clone(),
                (many, _) => format!("{many} variables"),
            };
            flash(&format!("{what} copied to {to_name}."));
            redirect(&back);
            Ok(())
        }
        Err(ApiError::Conflict { .. }) => {
            redirect(&page_with(&review, "moved"));
            Ok(())
        }
        Err(error) => Err(error),
    }
}
