//! What browsers are told on every response, errors and files included (security reference, 4.3).

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use leptos::context::use_context;
use leptos::nonce::use_nonce;
use leptos_axum::ResponseOptions;

use super::Site;

const ALWAYS: [(HeaderName, &str); 4] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=()",
    ),
];
const TWO_YEARS: HeaderValue = HeaderValue::from_static("max-age=63072000; includeSubDomains");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
/// For data: nothing in it is ever a document.
const DATA_POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; sandbox");
/// For everything else that is not a page of the console: our own style sheet and images at most.
const PLAIN_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
);

/// Adds what every response carries.
pub async fn dress(State(site): State<Site>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let (is_asset, holds_token) = (path.starts_with("/pkg/"), holds_token(path));
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // With `no-referrer` a form without WebAssembly could not be led back to its page.
    let referrer = if holds_token {
        "no-referrer"
    } else {
        "same-origin"
    };
    headers.insert(REFERRER_POLICY, HeaderValue::from_static(referrer));
    if site.is_secure() {
        headers.insert(STRICT_TRANSPORT_SECURITY, TWO_YEARS);
    }
    if !(is_asset && headers.contains_key(CACHE_CONTROL)) {
        headers.insert(CACHE_CONTROL, NO_STORE);
    }
    if !headers.contains_key(CONTENT_SECURITY_POLICY) {
        let policy = if is_json(headers) {
            DATA_POLICY
        } else {
            PLAIN_POLICY
        };
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// Pages whose URL must not be told to anybody, not even to our own server functions.
fn holds_token(path: &str) -> bool {
    path == "/setup" || path.starts_with("/invite/")
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .is_some_and(|kind| String::from_utf8_lossy(kind.as_bytes()).contains("json"))
}

/// Allows the scripts of this page alone, by the nonce that the document puts on them. Called while a page renders.
pub fn allow_own_scripts() {
    let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>()) else {
        return;
    };
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self' 'nonce-{nonce}'; \
         connect-src 'self'; img-src 'self' data:; font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; \
         object-src 'none'; frame-ancestors 'none'"
    );
    let policy = HeaderValue::try_from(policy).expect("a nonce is base64url");
    response.insert_header(CONTENT_SECURITY_POLICY, policy);
}
