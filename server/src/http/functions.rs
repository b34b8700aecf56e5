//! The console's server functions: forms posted by islands, or by the browser itself.
//!
//! Leptos answers every failure with 500, and leads forms without WebAssembly back to their `Referer` with the error
//! in the query. Here the failure gets its own status and becomes a problem document, and no redirect leaves this
//! site.

use app::context::{percent_encoded, provide};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION, REFERER};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use domain::{ApiError, RequestId};
use leptos::server_fn::error::SERVER_FN_ERROR_HEADER;
use leptos_axum::handle_server_fns_with_context;

use super::admission::{local_path, see_other};
use super::limits::body_limit;
use super::refusal::accepts_html;
use super::{Refusal, Site};

/// Errors are short; more than this is none of ours.
const ERROR_LIMIT: usize = 64 * 1024;
/// The content type of forms.
const FORM: &str = "application/x-www-form-urlencoded";

/// Every server function linked into this program, with its method.
pub fn registered() -> Vec<(String, Method)> {
    leptos::server_fn::axum::server_fn_paths()
        .map(|(path, method)| (path.to_owned(), method))
        .collect()
}

/// The functions, each under its own path.
pub fn router(site: &Site) -> Router {
    registered()
        .into_iter()
        .filter(|(_, method)| *method == Method::POST)
        .fold(Router::new(), |router, (path, _)| {
            router.route(&path, post(call))
        })
        .with_state(site.clone())
}

async fn call(State(site): State<Site>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let form = Form {
        by_browser: accepts_html(&parts.headers),
        has_referer: parts.headers.contains_key(REFERER),
        path,
    };
    let Some(id) = parts.extensions.get::<RequestId>().copied() else {
        return Refusal::internal().into_response();
    };
    // Leptos would read the whole body, however large.
    let Ok(body) = to_bytes(body, body_limit(&form.path)).await else {
        return Refusal::body_too_large().into_response();
    };
    // Leptos would put replacement characters in place of what is no text, and they would be saved.
    if is_form(&parts.headers) && !is_text(&body) {
        return Refusal::of(ApiError::BadRequest).into_response();
    }
    let (service, cookies) = (site.service().clone(), site.cookies());
    let context = move || provide(service.clone(), cookies);
    let response =
        handle_server_fns_with_context(context, Request::from_parts(parts, Body::from(body)))
            .await
            .into_response();
    if response.headers().contains_key(SERVER_FN_ERROR_HEADER) {
        failed(&site, &form, id, response).await
    } else {
        done(&site, &form, response)
    }
}

/// Is the body what browsers and islands send?
fn is_form(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok()?.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case(FORM))
}

/// Is a form UTF-8 behind its encoding? A percent sign without two digits stands for itself, as everywhere on the web.
fn is_text(form: &[u8]) -> bool {
    let mut bytes = Vec::with_capacity(form.len());
    let mut rest = form;
    while let [first, tail @ ..] = rest {
        let encoded = match first {
            b'%' => tail.get(..2).and_then(byte_of),
            _ => None,
        };
        bytes.push(encoded.unwrap_or(*first));
        rest = match encoded {
            Some(_) => &tail[2..],
            None => tail,
        };
    }
    std::str::from_utf8(&bytes).is_ok()
}

/// The byte that two hexadecimal digits stand for.
fn byte_of(digits: &[u8]) -> Option<u8> {
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// How a function was called.
struct Form {
    by_browser: bool,
    has_referer: bool,
    path: String,
}

/// A form without WebAssembly goes on to the next page; an island is told where that is.
fn done(site: &Site, form: &Form, mut response: Response) -> Response {
    if let Some(location) = response.headers().get(LOCATION) {
        let local = local_path(site, location).and_then(|path| HeaderValue::from_str(&path).ok());
        response
            .headers_mut()
            .insert(LOCATION, local.unwrap_or(HeaderValue::from_static("/")));
    }
    if form.by_browser && response.status() == StatusCode::FOUND {
        *response.status_mut() = StatusCode::SEE_OTHER;
    }
    response
}

/// The error with its status, or the way back to the form with the error in the query.
async fn failed(site: &Site, form: &Form, id: RequestId, response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let error = to_bytes(body, ERROR_LIMIT)
        .await
        .ok()
        .and_then(|text| serde_json::from_slice::<ApiError>(&text).ok());
    let Some(error) = error else {
        return Refusal::internal().into_response();
    };
    let mut answer = match back_to_form(site, form, &error, parts.headers.remove(LOCATION)) {
        Some(page) => see_other(&page),
        None => Refusal::of(error).into_response(),
    };
    tracing::debug!(%id, status = answer.status().as_u16(), "server function refused");
    // Cookies and the like that the function set before it failed.
    for name in [CONTENT_TYPE, CONTENT_LENGTH] {
        parts.headers.remove(name);
    }
    answer.headers_mut().extend(parts.headers);
    answer
}

/// The page the form is on, which shows the error. Without a known page there is only the error itself.
fn back_to_form(
    site: &Site,
    form: &Form,
    error: &ApiError,
    location: Option<HeaderValue>,
) -> Option<String> {
    if !form.by_browser {
        return None;
    }
    let page = local_path(site, &location?)?;
    if page == "/" && !form.has_referer {
        return None;
    }
    if page.contains("__err=") {
        return Some(page);
    }
    let encoded = URL_SAFE.encode(serde_json::to_string(error).ok()?);
    let separator = if page.contains('?') { '&' } else { '?' };
    Some(format!(
        "{page}{separator}__path={}&__err={}",
        percent_encoded(&form.path),
        percent_encoded(&encoded)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_text_when_it_is_utf_8_behind_its_encoding() {
        for good in [
            "",
            "a=b+c",
            "a=%C3%A9&b=%e2%82%ac",
            "a=é",
            "a=100%",
            "a=%+1&b=%4",
            "a=%zz",
        ] {
            assert!(is_text(good.as_bytes()), "{good}");
        }
        for bad in ["a=%FF", "a=%C3", "a=%C3&b=%A9", "a=%ED%A0%80", "%ff=1"] {
            assert!(!is_text(bad.as_bytes()), "{bad}");
        }
        assert!(!is_text(b"a=\xff"));
    }
}
