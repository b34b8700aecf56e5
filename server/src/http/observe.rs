use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::field::Empty;
use tracing::{Instrument as _, Span};

use super::Site;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives the request an id, and the log one line about it. The route is logged as its template: a raw URL may hold
/// tokens, names and addresses.
pub async fn observe(State(site): State<Site>, mut request: Request, next: Next) -> Response {
    let id = site.service().request_id();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("(none)", MatchedPath::as_str);
    let span =
        tracing::info_span!("request", %id, route, method = %request.method(), actor = Empty);
    request.extensions_mut().insert(id);
    let started = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    if let Ok(value) = HeaderValue::try_from(id.to_string()) {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    let status = response.status().as_u16();
    let duration_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    span.in_scope(|| tracing::info!(status, duration_us, "answered"));
    response
}

/// Adds who is asking to the request's span, by id.
pub fn note_actor(caller: &service::Caller) {
    if let Some(person) = caller.person() {
        Span::current().record("actor", tracing::field::display(person));
    }
}
