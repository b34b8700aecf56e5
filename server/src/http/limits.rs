//! What is too much, and what is not for us (security reference, 10 and 6.2).

use app::context::percent_decoded;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_LENGTH, HOST};
use axum::http::{HeaderMap, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::{Refusal, Site};

/// Longest address, in bytes.
const URI_LIMIT: usize = 8 * 1024;
/// All headers together, in bytes.
const HEADER_LIMIT: usize = 16 * 1024;
/// Bodies of forms with a password: hashing has its own limit, reading should not cost more than that.
const ACCOUNT_BODY_LIMIT: usize = 16 * 1024;
/// Bodies that may hold a file variable.
const VARIABLE_BODY_LIMIT: usize = 1536 * 1024;
/// Bodies that may hold a file to import, every character of it encoded. What is too long is told by the operation.
const IMPORT_BODY_LIMIT: usize = 4 * 1024 * 1024;
/// All other bodies.
const BODY_LIMIT: usize = 256 * 1024;
/// The most a body for this path may hold.
pub fn body_limit(path: &str) -> usize {
    if path.starts_with("/rpc/account/") {
        ACCOUNT_BODY_LIMIT
    } else if path.starts_with("/rpc/variables/read-") {
        IMPORT_BODY_LIMIT
    } else if path.starts_with("/rpc/variables/") {
        VARIABLE_BODY_LIMIT
    } else {
        BODY_LIMIT
    }
}

/// Refuses what is too long, too big, too slow, or meant for somebody else.
pub async fn check(State(site): State<Site>, request: Request, next: Next) -> Response {
    match refuse(&site, request.uri(), request.headers()) {
        Some(refusal) => refusal.into_response(),
        None => match tokio::time::timeout(site.deadline(), next.run(request)).await {
            Ok(response) => response,
            Err(_) => Refusal::too_slow().into_response(),
        },
    }
}

fn refuse(site: &Site, uri: &Uri, headers: &HeaderMap) -> Option<Refusal> {
    let length = |text: Option<&str>| text.map_or(0, str::len);
    if length(uri.path_and_query().map(|whole| whole.as_str())) > URI_LIMIT {
        return Some(Refusal::uri_too_long());
    }
    if headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 4)
        .sum::<usize>()
        > HEADER_LIMIT
    {
        return Some(Refusal::headers_too_large());
    }
    if !is_for(site, uri, headers) {
        return Some(Refusal::misdirected());
    }
    if !is_canonical(uri.path()) {
        return Some(Refusal::not_found());
    }
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|announced| announced > body_limit(uri.path())) {
        return Some(Refusal::body_too_large());
    }
    None
}

/// Exactly one `Host`, one of ours; and the same in the request line, should it name one.
fn is_for(site: &Site, uri: &Uri, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return false;
    };
    host.to_str().is_ok_and(|host| site.is_called(host))
        && uri
            .authority()
            .is_none_or(|authority| site.is_called(authority.as_str()))
}

/// One object, one address: router, layers and pages must not read a path in different ways.
fn is_canonical(path: &str) -> bool {
    path == "/"
        || path
            .strip_prefix('/')
            .is_some_and(|rest| rest.split('/').all(is_plain_segment))
}

fn is_plain_segment(segment: &str) -> bool {
    let Some(decoded) = percent_decoded(segment) else {
        return false;
    };
    !matches!(decoded.as_str(), "" | "." | "..")
        && !decoded.contains(|c: char| c == '/' || c == '\\' || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_one_spelling() {
        for good in [
            "/",
            "/sign-in",
            "/o/acme/p/shop",
            "/pkg/0123/gatehouse.css",
            "/o/caf%C3%A9",
            "/a..b/...",
            "/.well-known/security.txt",
        ] {
            assert!(is_canonical(good), "{good}");
        }
        let bad = [
            "",
            "*",
            "//",
            "/o//acme",
            "/o/acme/",
            "/./o",
            "/o/..",
            "/o/../x",
            "/o/%2e%2e/x",
            "/o/%2E",
            "/o/a%2Fb",
            "/o/a%2fb",
            "/o/a%5cb",
            "/o/a\\b",
            "/o/%00",
            "/o/%0a",
            "/o/%",
            "/o/%4",
            "/o/%zz",
            "/o/%+1",
            "/o/%ff",
        ];
        for bad in bad {
            assert!(!is_canonical(bad), "{bad}");
        }
    }

    #[test]
    fn forms_with_passwords_are_small_and_files_may_be_large() {
        assert_eq!(body_limit("/rpc/account/sign-in"), 16 * 1024);
        assert_eq!(body_limit("/rpc/variables/save"), 1536 * 1024);
        assert_eq!(body_limit("/rpc/variables/read-import"), 4096 * 1024);
        assert_eq!(body_limit("/rpc/members/invite"), 256 * 1024);
        assert_eq!(body_limit("/rpc/accounts"), 256 * 1024);
    }
}
