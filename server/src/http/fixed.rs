//! What the server answers itself.

use axum::Router;
use axum::extract::{Extension, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use domain::RequestId;
use service::Caller;

use super::admission::{see_other, sign_in};
use super::{Refusal, Site};

const TEXT: &str = "text/plain; charset=utf-8";
/// Nothing of a console belongs into a search engine.
const ROBOTS: &str = "User-agent: *\nDisallow: /\n";
const FAVICON: &str = include_str!("../../../frontend/public/favicon.svg");
/// RFC 9116 wants less than a year.
const SECURITY_TXT_DAYS: i64 = 180;

/// The routes, all public.
pub fn router(site: &Site) -> Router {
    Router::new()
        .route("/", get(start))
        .route("/healthz", get(|| async { ([(CONTENT_TYPE, TEXT)], "ok") }))
        .route(
            "/robots.txt",
            get(|| async { ([(CONTENT_TYPE, TEXT)], ROBOTS) }),
        )
        .route(
            "/favicon.svg",
            get(|| async { ([(CONTENT_TYPE, "image/svg+xml")], FAVICON) }),
        )
        .route("/.well-known/security.txt", get(security_txt))
        .with_state(site.clone())
}

/// Where to begin: set-up, sign-in, or the first organization.
async fn start(
    State(site): State<Site>,
    Extension(caller): Extension<Caller>,
    Extension(id): Extension<RequestId>,
) -> Response {
    match first_page(&site, &caller).await {
        Ok(path) => see_other(&path),
        Err(error) => Refusal::of(error.for_wire(id)).into_response(),
    }
}

async fn first_page(site: &Site, caller: &Caller) -> service::Result<String> {
    if caller.person().is_none() {
        let page = if site.service().needs_setup().await? {
            "/setup".to_owned()
        } else {
            sign_in(None)
        };
        return Ok(page);
    }
    let organizations = site.service().organizations(caller).await?;
    Ok(organizations.first().map_or_else(
        || "/organizations/new".to_owned(),
        |first| format!("/o/{}", first.slug),
    ))
}

async fn security_txt(State(site): State<Site>) -> Response {
    let Some(contact) = site.security_contact() else {
        return Refusal::not_found().into_response();
    };
    let expires = site.service().now().plus_days(SECURITY_TXT_DAYS).rfc3339();
    let text = format!(
        "Contact: {contact}\nExpires: {expires}\nCanonical: {}/.well-known/security.txt\n",
        site.origin()
    );
    ([(CONTENT_TYPE, TEXT)], text).into_response()
}
