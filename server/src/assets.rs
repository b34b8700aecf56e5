//! The console's files, embedded in the binary and served below `/pkg/<hash>/`.
//!
//! The hash covers all files, so a URL never changes its content and browsers may keep it for good. Every file is
//! compressed once, when the console is built; a request only chooses among the forms. (Crates that embed files
//! compress them again, at build or start, or leave the choice of a form to the caller.)

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use axum::response::IntoResponse as _;
use axum::routing::get;
use leptos::config::LeptosOptions;

// HASH and ASSETS, written by build.rs.
include!(concat!(env!("OUT_DIR"), "/site.rs"));

const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const NOT_AT_ALL: HeaderValue = HeaderValue::from_static("no-store");

struct Asset {
    name: &'static str,
    identity: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

/// Whether the binary carries the console's files. Without them pages are readable but bare; say so in the log.
#[must_use]
pub const fn embedded() -> bool {
    !ASSETS.is_empty()
}

/// What the document needs to know to link the files.
#[must_use]
pub fn leptos_options() -> LeptosOptions {
    LeptosOptions::builder()
        .output_name(app::OUTPUT_NAME)
        .site_pkg_dir(format!("pkg/{HASH}"))
        .build()
}

/// The one route of the files, for GET and HEAD. It needs no session.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/pkg/{hash}/{*name}", get(serve))
}

async fn serve(Path((hash, name)): Path<(String, String)>, headers: HeaderMap) -> Response<Body> {
    let asset = ASSETS
        .iter()
        .find(|asset| hash == HASH && name == asset.name);
    asset.map_or_else(not_found, |asset| asset.response(&headers))
}

fn not_found() -> Response<Body> {
    (StatusCode::NOT_FOUND, [(CACHE_CONTROL, NOT_AT_ALL)]).into_response()
}

impl Asset {
    fn response(&self, request: &HeaderMap) -> Response<Body> {
        let (encoding, bytes) = match self.negotiate(request) {
            Some((encoding, bytes)) => (Some(encoding), bytes),
            None => (None, self.identity),
        };
        let mut response = Body::from(bytes).into_response();
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static(content_type(self.name)),
        );
        headers.insert(CACHE_CONTROL, FOREVER);
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if let Some(encoding) = encoding {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        response
    }

    /// The smallest form the browser accepts, or `None` for the file as it is.
    fn negotiate(&self, request: &HeaderMap) -> Option<(&'static str, &'static [u8])> {
        [("br", self.brotli), ("gzip", self.gzip)]
            .into_iter()
            .filter_map(|(encoding, bytes)| Some((encoding, bytes?)))
            .find(|(encoding, _)| accepts(request, encoding))
    }
}

/// Whether `Accept-Encoding` allows the coding (RFC 9110, 12.5.3): named, or covered by `*`, and not with weight 0.
fn accepts(request: &HeaderMap, coding: &str) -> bool {
    let weight_of = |wanted: &str| {
        request
            .get_all(ACCEPT_ENCODING)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(|item| item.split_once(';').unwrap_or((item, "")))
            .find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted))
            .map(|(_, parameter)| weight(parameter))
    };
    weight_of(coding).or_else(|| weight_of("*")).unwrap_or(0.0) > 0.0
}

/// The number in `q=0.5`; 1 when there is none. What is not a number refuses the coding.
fn weight(parameter: &str) -> f32 {
    match parameter.trim().strip_prefix(['q', 'Q']) {
        None => 1.0,
        Some(rest) => rest
            .trim_start_matches([' ', '='])
            .trim()
            .parse()
            .unwrap_or(0.0),
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use axum::body::to_bytes;
    use axum::http::{Method, Request};
    use tower::ServiceExt as _;

    use super::*;

    const SCRIPT: Asset = Asset {
        name: "gatehouse.js",
        identity: b"raw",
        brotli: Some(b"br"),
        gzip: Some(b"gz"),
    };

    fn asking(accept: &[&'static str]) -> HeaderMap {
        accept
            .iter()
            .map(|value| (ACCEPT_ENCODING, HeaderValue::from_static(value)))
            .collect()
    }

    fn form_for(accept: &[&'static str]) -> &'static str {
        SCRIPT
            .negotiate(&asking(accept))
            .map_or("identity", |(encoding, _)| encoding)
    }

    #[test]
    fn brotli_is_preferred_to_gzip_and_gzip_to_nothing() {
        assert_eq!(form_for(&["gzip, deflate, br, zstd"]), "br");
        assert_eq!(form_for(&["br;q=0.1, gzip;q=1.0"]), "br");
        assert_eq!(form_for(&["gzip, deflate"]), "gzip");
        assert_eq!(form_for(&["deflate"]), "identity");
        assert_eq!(form_for(&[]), "identity");
    }

    #[test]
    fn a_coding_with_weight_zero_is_refused() {
        assert_eq!(form_for(&["br;q=0, gzip"]), "gzip");
        assert_eq!(form_for(&["BR; Q=0.000, gzip;q=0"]), "identity");
        assert_eq!(form_for(&["br;q=nonsense"]), "identity");
    }

    #[test]
    fn an_asterisk_stands_for_every_coding_that_is_not_named() {
        assert_eq!(form_for(&["*"]), "br");
        assert_eq!(form_for(&["br;q=0, *;q=0.5"]), "gzip");
        assert_eq!(form_for(&["*;q=0"]), "identity");
    }

    #[test]
    fn several_headers_count_as_one_list() {
        assert_eq!(form_for(&["deflate", "gzip"]), "gzip");
    }

    #[test]
    fn a_file_without_compressed_forms_is_sent_as_it_is() {
        let image = Asset {
            name: "mark.png",
            identity: b"raw",
            brotli: None,
            gzip: None,
        };
        assert!(image.negotiate(&asking(&["br, gzip"])).is_none());
    }

    #[tokio::test]
    async fn a_file_says_what_it_is_and_may_be_kept_for_good() {
        let response = SCRIPT.response(&asking(&["gzip"]));
        let headers = response.headers();
        assert_eq!(headers[CONTENT_TYPE], "text/javascript; charset=utf-8");
        assert_eq!(headers[CONTENT_ENCODING], "gzip");
        assert_eq!(
            headers[CACHE_CONTROL],
            "public, max-age=31536000, immutable"
        );
        assert_eq!(headers[VARY], "accept-encoding");
        assert_eq!(to_bytes(response.into_body(), 99).await.unwrap(), "gz");
    }

    async fn request(method: Method, path: &str) -> Response<Body> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .body(Body::empty())
            .unwrap();
        routes::<()>().oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn unknown_names_and_other_hashes_are_not_found_and_not_kept() {
        for path in [
            &format!("/pkg/{HASH}/nothing.js"),
            "/pkg/0000/gatehouse.js",
            "/pkg/0000/../x",
        ] {
            let response = request(Method::GET, path).await;
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
            assert_eq!(response.headers()[CACHE_CONTROL], "no-store", "{path}");
        }
    }

    #[tokio::test]
    async fn every_embedded_file_answers_get_and_head() {
        for asset in ASSETS {
            let path = format!("/pkg/{HASH}/{}", asset.name);
            let head = request(Method::HEAD, &path).await;
            assert_eq!(head.status(), StatusCode::OK, "{path}");
            assert!(to_bytes(head.into_body(), 0).await.unwrap().is_empty());
            let get = request(Method::GET, &path).await;
            assert_eq!(
                to_bytes(get.into_body(), usize::MAX).await.unwrap(),
                asset.identity,
                "{path}"
            );
        }
    }
}
