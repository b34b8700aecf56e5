//! Nothing is changed at another site's request (security reference, 4.2; ruling 3 of the design).

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, COOKIE, ORIGIN};
use axum::http::{HeaderMap, HeaderName, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::{Refusal, Site};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses unsafe requests that no page of this site sent, and requests with two credentials.
pub async fn check(State(site): State<Site>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    if headers.contains_key(AUTHORIZATION)
        && app::context::cookie(headers, site.cookies().session()).is_some()
    {
        return Refusal::two_credentials().into_response();
    }
    if is_unsafe(request.method()) && !comes_from_us(&site, headers) {
        return Refusal::cross_site().into_response();
    }
    next.run(request).await
}

/// Reading never changes anything, by the rules of this house.
fn is_unsafe(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// What the browser says about the sender decides. Browsers that say nothing send an `Origin`; programs send neither,
/// and are let through as long as they bring no cookie.
fn comes_from_us(site: &Site, headers: &HeaderMap) -> bool {
    let all = |name: HeaderName, expected: &str| {
        headers
            .get_all(name)
            .iter()
            .all(|value| value.as_bytes() == expected.as_bytes())
    };
    if headers.contains_key(SEC_FETCH_SITE) {
        return all(SEC_FETCH_SITE, "same-origin");
    }
    if headers.contains_key(ORIGIN) {
        return all(ORIGIN, site.origin());
    }
    !headers.contains_key(COOKIE)
}
