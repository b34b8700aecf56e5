//! Answers that no page and no operation gives: what a layer refused, and what broke.
//!
//! A layer answers with a [`Refusal`]; [`shape`] writes it as the asker can read it: a small page for people, a
//! problem document (RFC 9457) for programs. Its `code` and fields are those of [`ApiError`], so that an island
//! reads every answer in the same way.

use std::any::Any;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::{ApiError, RequestId};
use serde_json::{Map, Value};

/// How long a program should wait when the server is busy, in seconds.
const PAUSE: u32 = 5;

/// Why a request is not answered.
#[derive(Clone, Debug)]
pub struct Refusal {
    status: StatusCode,
    /// None is "something went wrong", completed with the request's id.
    error: Option<ApiError>,
}

impl Refusal {
    fn because(status: StatusCode, reason: &str) -> Self {
        Self {
            status,
            error: Some(ApiError::Refused {
                reason: reason.to_owned(),
            }),
        }
    }
    /// An operation's refusal.
    #[must_use]
    pub fn of(error: ApiError) -> Self {
        let status =
            StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self {
            status,
            error: Some(error),
        }
    }
    /// Something broke.
    #[must_use]
    pub const fn internal() -> Self {
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            error: None,
        }
    }
    /// Nothing there, or nothing to know about.
    #[must_use]
    pub fn not_found() -> Self {
        Self::of(ApiError::NotFound)
    }
    /// There, but not for this method.
    #[must_use]
    pub fn method_not_allowed() -> Self {
        Self::because(
            StatusCode::METHOD_NOT_ALLOWED,
            "This address does not do that.",
        )
    }
    /// Another site's form, or a program with a browser's cookie.
    #[must_use]
    pub fn cross_site() -> Self {
        Self::because(
            StatusCode::FORBIDDEN,
            "This request did not come from a page of this site. Reload the page and try again.",
        )
    }
    /// One request, one credential.
    #[must_use]
    pub fn two_credentials() -> Self {
        Self::because(
            StatusCode::BAD_REQUEST,
            "A request carries either a session or an API token, not both.",
        )
    }
    /// For a host this instance is not called.
    #[must_use]
    pub fn misdirected() -> Self {
        Self::because(
            StatusCode::MISDIRECTED_REQUEST,
            "This instance is not called by that name. Open it at its configured address.",
        )
    }
    /// More than an address needs.
    #[must_use]
    pub fn uri_too_long() -> Self {
        Self::because(StatusCode::URI_TOO_LONG, "The address is too long.")
    }
    /// More than headers need.
    #[must_use]
    pub fn headers_too_large() -> Self {
        Self::because(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "The request's headers are too large. Delete this site's cookies and try again.",
        )
    }
    /// More than the form can hold.
    #[must_use]
    pub fn body_too_large() -> Self {
        Self::because(
            StatusCode::PAYLOAD_TOO_LARGE,
            "This is too large to be saved here.",
        )
    }
    /// The deadline passed. Whatever was not committed is undone.
    #[must_use]
    pub fn too_slow() -> Self {
        Self {
            status: StatusCode::SERVICE_UNAVAILABLE,
            error: Some(ApiError::Busy),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// What a panic answers. The panic itself was logged where it happened.
pub fn after_panic(_panic: Box<dyn Any + Send>) -> Response {
    Refusal::internal().into_response()
}

/// Writes refusals as pages or problem documents.
pub async fn shape(request: Request, next: Next) -> Response {
    let for_people = !is_for_programs(request.uri().path(), request.headers());
    let theme = app::context::cookie(request.headers(), "gatehouse_theme")
        .filter(|theme| matches!(*theme, "light" | "dark"))
        .map(str::to_owned);
    let id = request.extensions().get::<RequestId>().copied();
    let mut response = next.run(request).await;
    let (Some(refusal), Some(id)) = (response.extensions_mut().remove::<Refusal>(), id) else {
        return response;
    };
    let error = refusal.error.unwrap_or(ApiError::Internal { request: id });
    if let Some(pause) = pause(&error) {
        response.headers_mut().insert(RETRY_AFTER, pause.into());
    }
    let (kind, body) = if for_people {
        (
            "text/html; charset=utf-8",
            page(refusal.status, &error, id, theme.as_deref()),
        )
    } else {
        (
            "application/problem+json",
            problem(refusal.status, &error, id),
        )
    };
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    *response.body_mut() = Body::from(body);
    response
}

/// True for the API, and for programs calling server functions and downloads.
fn is_for_programs(path: &str, headers: &HeaderMap) -> bool {
    let under = |prefix: &str| {
        path.strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    under("/api") || ((under("/rpc") || under("/download")) && !accepts_html(headers))
}

/// A browser that navigates, with or without a form.
pub fn accepts_html(headers: &HeaderMap) -> bool {
    headers
        .get(ACCEPT)
        .is_some_and(|accept| String::from_utf8_lossy(accept.as_bytes()).contains("text/html"))
}

const fn pause(error: &ApiError) -> Option<u32> {
    match error {
        ApiError::Throttled { seconds } => Some(*seconds),
        ApiError::Busy => Some(PAUSE),
        _ => None,
    }
}

/// The error's own fields, and those of RFC 9457.
pub fn problem(status: StatusCode, error: &ApiError, id: RequestId) -> String {
    let mut fields = match serde_json::to_value(error) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    fields.insert("type".to_owned(), "about:blank".into());
    fields.insert("title".to_owned(), title(status).into());
    fields.insert("detail".to_owned(), error.to_string().into());
    fields.insert("status".to_owned(), status.as_u16().into());
    fields.insert("request_id".to_owned(), id.to_string().into());
    Value::Object(fields).to_string()
}

/// A page that needs nothing but the style sheet.
fn page(status: StatusCode, error: &ApiError, id: RequestId, theme: Option<&str>) -> String {
    let options = crate::assets::leptos_options();
    let (assets, name) = (&options.site_pkg_dir, &options.output_name);
    let theme = theme
        .map(|theme| format!(" data-theme=\"{theme}\""))
        .unwrap_or_default();
    let (status, title, text) = (status.as_u16(), title(status), escaped(&error.to_string()));
    format!(
        "<!DOCTYPE html><html lang=\"en\"{theme}><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{title} · Gatehouse</title><link rel=\"icon\" type=\"image/svg+xml\" href=\"/favicon.svg\">\
         <link rel=\"stylesheet\" href=\"/{assets}/{name}.css\"></head><body><main id=\"main\"><div class=\"wrong\"><p class=\"wrong-status\">{status}</p>\
         <h1 class=\"page-title\">{title}</h1><div class=\"wrong-text\"><p>{text}</p></div><dl class=\"facts\"><dt>Request</dt><dd><code>{id}</code></dd></dl>\
         <div class=\"wrong-actions\"><a class=\"btn\" href=\"/\">Go to the start page</a></div></div></main></body></html>"
    )
}

/// Reasons are our own sentences, but may name things that people named.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

const fn title(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 => "The request could not be read",
        401 => "Sign in first",
        403 => "Not allowed",
        404 => "Nothing here",
        405 => "Not possible here",
        409 => "Not possible now",
        410 => "This link does not work any more",
        413 => "Too large",
        414 | 431 => "Too long",
        421 => "Wrong address",
        422 => "Some fields need attention",
        429 => "Too many attempts",
        503 => "The server is busy",
        507 => "The disk is full",
        _ => "Something went wrong",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn id() -> RequestId {
        RequestId::new(uuid::Uuid::from_u128(7))
    }

    #[test]
    fn a_problem_reads_back_as_the_error_it_was_made_from() {
        let errors = [
            ApiError::Unauthenticated,
            ApiError::NotFound,
            ApiError::Busy,
            ApiError::Throttled { seconds: 9 },
            ApiError::Internal { request: id() },
            ApiError::Refused {
                reason: "No.".to_owned(),
            },
            ApiError::field("email", "Look at it."),
        ];
        for error in errors {
            let text = problem(StatusCode::BAD_REQUEST, &error, id());
            assert_eq!(
                serde_json::from_str::<ApiError>(&text).unwrap(),
                error,
                "{text}"
            );
            let fields: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(
                (&fields["status"], &fields["request_id"]),
                (&400.into(), &id().to_string().into())
            );
        }
    }

    #[test]
    fn a_page_shows_text_as_text() {
        let error = ApiError::Refused {
            reason: "<script>alert(\"1\")</script>".to_owned(),
        };
        let html = page(StatusCode::CONFLICT, &error, id(), Some("dark"));
        assert!(!html.contains("<script") && html.contains("&lt;script&gt;"));
        assert!(html.contains("data-theme=\"dark\"") && html.contains(&id().to_string()));
    }

    #[test]
    fn programs_get_documents_and_people_get_pages() {
        let browser: HeaderMap = [(
            ACCEPT,
            HeaderValue::from_static("text/html,application/xhtml+xml"),
        )]
        .into_iter()
        .collect();
        assert!(
            is_for_programs("/api", &browser) && is_for_programs("/api/organization", &browser)
        );
        assert!(
            is_for_programs("/rpc/a/b", &HeaderMap::new())
                && !is_for_programs("/rpc/a/b", &browser)
        );
        assert!(
            !is_for_programs("/apis", &HeaderMap::new())
                && !is_for_programs("/o/acme", &HeaderMap::new())
        );
    }
}
