//! Files people take along. Each is asked for with a form, because taking it is noted in the audit log.

use axum::Router;
use axum::extract::rejection::FormRejection;
use axum::extract::{DefaultBodyLimit, Extension, Form, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use domain::{ApiError, LevelRef, RequestId, import::Format};
use serde::Deserialize;
use service::{Caller, store::MemberFilter};

use super::limits::body_limit;
use super::{Refusal, Site};

const CSV: &str = "text/csv; charset=utf-8";
/// Every download, as the route table names it.
pub const DOWNLOADS: [&str; 2] = [MEMBERS, VARIABLES];
const MEMBERS: &str = "/download/members";
const VARIABLES: &str = "/download/variables";

/// The routes.
pub fn router(site: &Site) -> Router {
    Router::new()
        .route(MEMBERS, post(members))
        .route(VARIABLES, post(variables))
        .layer(DefaultBodyLimit::max(body_limit(MEMBERS)))
        .with_state(site.clone())
}

/// The state of the list that the button is on.
#[derive(Deserialize)]
struct MembersForm {
    organization: String,
    #[serde(default)]
    q: String,
    #[serde(default)]
    role_filter: String,
    #[serde(default)]
    activity: String,
}

async fn members(
    State(site): State<Site>,
    Extension(caller): Extension<Caller>,
    Extension(id): Extension<RequestId>,
    form: Result<Form<MembersForm>, FormRejection>,
) -> Response {
    let Ok(Form(form)) = form else {
        return Refusal::of(ApiError::BadRequest).into_response();
    };
    let Ok(organization) = form.organization.parse() else {
        return Refusal::not_found().into_response();
    };
    let now = site.service().now();
    let filter = MemberFilter::of_words(&form.q, &form.role_filter, &form.activity, now);
    match site
        .service()
        .export_members(&caller, organization, &filter)
        .await
    {
        Ok(csv) => (
            [
                (CONTENT_TYPE, CSV),
                (CONTENT_DISPOSITION, "attachment; filename=\"members.csv\""),
            ],
            csv,
        )
            .into_response(),
        Err(error) => Refusal::of(error.for_wire(id)).into_response(),
    }
}

/// Which variables, and how they are written.
#[derive(Deserialize)]
struct VariablesForm {
    organization: String,
    level_scope: String,
    level_id: String,
    #[serde(default)]
    format: String,
    #[serde(default)]
    part: String,
}

async fn variables(
    State(site): State<Site>,
    Extension(caller): Extension<Caller>,
    Extension(id): Extension<RequestId>,
    form: Result<Form<VariablesForm>, FormRejection>,
) -> Response {
    let Ok(Form(form)) = form else {
        return Refusal::of(ApiError::BadRequest).into_response();
    };
    let level = LevelRef::parse(&form.level_scope, &form.level_id);
    let (Ok(organization), Ok(level)) = (form.organization.parse(), level) else {
        return Refusal::not_found().into_response();
    };
    let here_only = form.part == "scope";
    let exported = site
        .service()
        .export_variables(&caller, organization, level, &form.format, here_only)
        .await;
    match exported {
        Ok((format, text)) => {
            let (kind, name) = match format {
                Format::Dotenv => ("text/plain; charset=utf-8", "variables.env"),
                Format::Json => ("application/json", "variables.json"),
                Format::Yaml => ("application/yaml; charset=utf-8", "variables.yaml"),
            };
            let disposition = format!("attachment; filename=\"{name}\"");
            (
                [
                    (CONTENT_TYPE, kind.to_owned()),
                    (CONTENT_DISPOSITION, disposition),
                ],
                text,
            )
                .into_response()
        }
        Err(error) => Refusal::of(error.for_wire(id)).into_response(),
    }
}
