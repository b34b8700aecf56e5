//! What pages and server functions know of the request they answer, and what they say beside their content:
//! status, cookies, where to go next. Only on the server; the server provides it with every request.
//!
//! Pages: `let page = answer(service().project(&caller(), …).await).await?`. Server functions:
//! `answer(service().rename(&caller(), …).await).await?; flash("Saved."); redirect("/o/acme"); Ok(())`.

use domain::ApiError;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use leptos::context::{provide_context, use_context};
use leptos_axum::ResponseOptions;
use server_fn::redirect::REDIRECT_HEADER;
use service::ops::SignedIn;
use service::{Actor, Caller, Service};

use crate::components::Theme;

/// How long a message waits for the page that shows it, in seconds.
const FLASH_SECONDS: i64 = 30;
/// Longest message, in characters.
const FLASH_LIMIT: usize = 200;
const FLASH: &str = "gatehouse_flash";
const THEME: &str = "gatehouse_theme";
/// A choice of look is kept for a year.
const THEME_SECONDS: i64 = 365 * 24 * 60 * 60;
/// Longest address that `next` may carry.
const NEXT_LIMIT: usize = 2048;
/// What signing out leaves in the browser: nothing (security reference, 4.1).
const CLEAR_SITE_DATA: HeaderValue = HeaderValue::from_static(r#""cache", "cookies", "storage""#);

/// How this instance names and protects its cookies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cookies {
    /// True when people reach the instance over TLS. Plain HTTP exists only on the machine itself.
    pub secure: bool,
}

impl Cookies {
    /// The session's cookie. Browsers accept the `__Host-` prefix only with `Secure`, `Path=/` and no `Domain`.
    #[must_use]
    pub const fn session(self) -> &'static str {
        if self.secure {
            "__Host-gatehouse_session"
        } else {
            "gatehouse_session"
        }
    }

    fn set(self, name: &str, value: &str, max_age: i64) -> HeaderValue {
        let secure = if self.secure { "; Secure" } else { "" };
        let text =
            format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age}{secure}");
        let mut header =
            HeaderValue::try_from(text).expect("names and encoded values are visible ASCII");
        header.set_sensitive(true);
        header
    }

    fn forget(self, name: &str) -> HeaderValue {
        self.set(name, "", 0)
    }
}

/// The value of a cookie, when the request has it.
#[must_use]
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value)
}

/// Makes the functions of this module work. Called by the server, for every page and server function.
pub fn provide(service: Service, cookies: Cookies) {
    provide_context(service);
    provide_context(cookies);
}

/// Every use case.
///
/// # Panics
/// Outside a request.
#[must_use]
pub fn service() -> Service {
    use_context().expect("the server provides the service with every request")
}

/// Who is asking. The server put them into the request before anything else ran.
#[must_use]
pub fn caller() -> Caller {
    use_context::<Parts>()
        .and_then(|parts| parts.extensions.get::<Caller>().cloned())
        .unwrap_or_else(|| Caller {
            actor: Actor::Nobody,
            ..Caller::system("outside a request", service().request_id())
        })
}

/// Answers with this status instead of 200.
///
/// Server functions need not: the server derives theirs from the error they return.
pub fn set_status(status: u16) {
    if let (Some(response), Ok(status)) = (response(), StatusCode::from_u16(status)) {
        response.set_status(status);
    }
}

/// What the asker is told of an operation's result. A failure is logged here, once; a page takes on its status.
///
/// # Errors
/// What the operation failed with, in the words for the wire.
pub async fn answer<T>(result: service::Result<T>) -> Result<T, ApiError> {
    result.map_err(|error| {
        let error = error.for_wire(caller().request);
        if is_page() {
            set_status(error.status());
        }
        error
    })
}

/// As [`answer`], for a server function whose form is on a page that sends no `Referer` because its URL holds a
/// token (`/setup`, `/invite/…`): without WebAssembly a failure leads back to `page`.
///
/// # Errors
/// As [`answer`].
pub async fn answer_at<T>(page: &str, result: service::Result<T>) -> Result<T, ApiError> {
    let answer = answer(result).await;
    if answer.is_err() && accepts_html() {
        set_header(header::LOCATION, path_value(page));
    }
    answer
}

/// Sends the browser to `path` once this page or server function is done. Code after it still runs.
///
/// With WebAssembly the islands follow the redirect, without it the browser does.
pub fn redirect(path: &str) {
    set_header(header::LOCATION, path_value(path));
    if is_page() || accepts_html() {
        set_status(StatusCode::SEE_OTHER.as_u16());
    } else {
        set_header(
            HeaderName::from_static(REDIRECT_HEADER),
            HeaderValue::from_static(""),
        );
    }
}

/// The address to go on to after signing in, when it is one of ours: a path from the root, never another site.
#[must_use]
pub fn safe_next(next: &str) -> Option<&str> {
    let ours = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && next.len() <= NEXT_LIMIT
        && next.bytes().all(|byte| byte.is_ascii_graphic());
    ours.then_some(next)
}

/// Gives the browser its session.
pub fn set_session_cookie(signed_in: &SignedIn) {
    let lifetime = signed_in.expires_at.seconds_since(service().now());
    let cookies = cookies();
    append_cookie(cookies.set(cookies.session(), signed_in.token.expose(), lifetime));
}

/// Takes the session from the browser, with everything else it keeps of this site.
pub fn clear_session_cookie() {
    let cookies = cookies();
    append_cookie(cookies.forget(cookies.session()));
    set_header(HeaderName::from_static("clear-site-data"), CLEAR_SITE_DATA);
}

/// Keeps a sentence for the next page, as "Saved.": at most 200 characters, and never a value of a variable.
pub fn flash(message: &str) {
    let message: String = message.chars().take(FLASH_LIMIT).collect();
    append_cookie(cookies().set(FLASH, &percent_encoded(&message), FLASH_SECONDS));
}

/// The sentence the former request left, which is then gone.
#[must_use]
pub fn take_flash() -> Option<String> {
    let message = request_cookie(FLASH)
        .and_then(|text| percent_decoded(&text))
        .filter(|message| message.chars().count() <= FLASH_LIMIT)?;
    append_cookie(cookies().forget(FLASH));
    Some(message)
}

/// The look this browser was given.
#[must_use]
pub fn theme() -> Theme {
    match request_cookie(THEME).as_deref() {
        Some("light") => Theme::Light,
        Some("dark") => Theme::Dark,
        _ => Theme::System,
    }
}

/// Gives this browser a look.
pub fn set_theme(theme: Theme) {
    append_cookie(cookies().set(THEME, theme.value(), THEME_SECONDS));
}

fn cookies() -> Cookies {
    // Without the server's word the stricter names hold.
    use_context().unwrap_or(Cookies { secure: true })
}

fn response() -> Option<ResponseOptions> {
    use_context()
}

fn set_header(name: HeaderName, value: HeaderValue) {
    if let Some(response) = response() {
        response.insert_header(name, value);
    }
}

fn append_cookie(value: HeaderValue) {
    if let Some(response) = response() {
        response.append_header(header::SET_COOKIE, value);
    }
}

fn request_cookie(name: &str) -> Option<String> {
    let parts = use_context::<Parts>()?;
    cookie(&parts.headers, name).map(str::to_owned)
}

/// Pages are what is fetched with GET; server functions are posted to.
fn is_page() -> bool {
    use_context::<Parts>().is_some_and(|parts| parts.method != Method::POST)
}

/// A form sent by the browser itself, not by an island.
fn accepts_html() -> bool {
    use_context::<Parts>().is_some_and(|parts| {
        let accept = parts.headers.get(header::ACCEPT);
        accept
            .is_some_and(|accept| String::from_utf8_lossy(accept.as_bytes()).contains("text/html"))
    })
}

/// A `Location` on this site; the start page for anything else.
fn path_value(path: &str) -> HeaderValue {
    safe_next(path)
        .and_then(|path| HeaderValue::from_str(path).ok())
        .unwrap_or(HeaderValue::from_static("/"))
}

/// Text with everything but letters, digits and `-_.~` percent-encoded: for cookies and parts of a query.
#[must_use]
pub fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
        encoded
    })
}

/// The text behind a percent-encoded one; none when it is not well-formed UTF-8 in well-formed encoding.
#[must_use]
pub fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = tail
            .get(..2)
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
        bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
        rest = tail.get(2..)?;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use leptos::prelude::Owner;

    use super::*;

    /// Runs `body` as a request with these headers would; what it put into the response.
    fn answering(
        method: Method,
        headers: &[(HeaderName, &str)],
        body: impl FnOnce(),
    ) -> (Option<u16>, HeaderMap) {
        let owner = Owner::new();
        owner.with(|| {
            let mut request = http::Request::builder().method(method);
            for (name, value) in headers {
                request = request.header(name, *value);
            }
            let (parts, ()) = request.body(()).unwrap().into_parts();
            let response = ResponseOptions::default();
            provide_context(parts);
            provide_context(response.clone());
            provide_context(Cookies { secure: true });
            body();
            let parts = response.0.read().unwrap();
            (
                parts.status.map(|status| status.as_u16()),
                parts.headers.clone(),
            )
        })
    }

    #[test]
    fn only_paths_of_this_site_are_followed() {
        for good in ["/", "/o/acme?tab=a&new=secret", "/o/acme%20x", "/a//b"] {
            assert_eq!(safe_next(good), Some(good));
        }
        for bad in [
            "",
            "o/acme",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a b",
            "/a\n",
            "/ä",
            "\\/x",
        ] {
            assert_eq!(safe_next(bad), None, "{bad:?}");
        }
        assert_eq!(safe_next(&format!("/{}", "a".repeat(NEXT_LIMIT))), None);
    }

    #[test]
    fn a_page_redirects_the_browser_itself() {
        let (status, headers) = answering(Method::GET, &[], || redirect("/o/acme"));
        assert_eq!(status, Some(303));
        assert_eq!(headers[header::LOCATION], "/o/acme");
    }

    #[test]
    fn a_form_without_webassembly_is_redirected_and_an_island_is_told_to() {
        let (status, _) = answering(
            Method::POST,
            &[(header::ACCEPT, "text/html,*/*;q=0.8")],
            || redirect("/o/acme"),
        );
        assert_eq!(status, Some(303));
        let (status, headers) = answering(
            Method::POST,
            &[(header::ACCEPT, "application/json")],
            || redirect("/o/acme"),
        );
        assert_eq!(status, None);
        assert_eq!(headers[header::LOCATION], "/o/acme");
        assert!(headers.contains_key(REDIRECT_HEADER));
    }

    #[test]
    fn no_redirect_leaves_this_site() {
        let (_, headers) = answering(Method::GET, &[], || redirect("https://evil.example/"));
        assert_eq!(headers[header::LOCATION], "/");
    }

    #[test]
    fn a_message_survives_until_it_is_taken() {
        let message = "Saved “PATH; HttpOnly=no” – 100 %\r\n";
        let (_, headers) = answering(Method::POST, &[], || flash(message));
        let set = headers[header::SET_COOKIE].to_str().unwrap();
        assert!(
            set.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=30; Secure"),
            "{set}"
        );
        let sent = set.split(';').next().unwrap();
        let (_, headers) = answering(
            Method::GET,
            &[(header::COOKIE, &format!("a=b; {sent}"))],
            || {
                assert_eq!(take_flash().as_deref(), Some(message));
            },
        );
        assert!(
            headers[header::SET_COOKIE]
                .to_str()
                .unwrap()
                .contains("Max-Age=0")
        );
    }

    #[test]
    fn messages_are_cut_and_foreign_ones_ignored() {
        let (_, headers) = answering(Method::POST, &[], || flash(&"ä".repeat(500)));
        assert_eq!(
            headers[header::SET_COOKIE]
                .to_str()
                .unwrap()
                .matches("%C3%A4")
                .count(),
            FLASH_LIMIT
        );
        for broken in [
            "gatehouse_flash=%",
            "gatehouse_flash=%zz",
            "gatehouse_flash=%ff",
            "other=Saved",
        ] {
            let _ = answering(Method::GET, &[(header::COOKIE, broken)], || {
                assert_eq!(take_flash(), None, "{broken}")
            });
        }
    }

    #[test]
    fn the_theme_is_one_of_three() {
        for (value, theme) in [
            ("light", Theme::Light),
            ("dark", Theme::Dark),
            ("system", Theme::System),
            ("pink", Theme::System),
        ] {
            let _ = answering(
                Method::GET,
                &[(header::COOKIE, &format!("gatehouse_theme={value}"))],
                || {
                    assert_eq!(crate::context::theme(), theme);
                },
            );
        }
    }

    #[test]
    fn signing_out_clears_what_the_browser_keeps() {
        let (_, headers) = answering(Method::POST, &[], clear_session_cookie);
        assert_eq!(
            headers[header::SET_COOKIE],
            "__Host-gatehouse_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Secure"
        );
        assert_eq!(
            headers["clear-site-data"],
            r#""cache", "cookies", "storage""#
        );
    }

    #[test]
    fn only_a_protected_instance_uses_the_host_prefix() {
        assert_eq!(
            Cookies { secure: true }.session(),
            "__Host-gatehouse_session"
        );
        assert_eq!(Cookies { secure: false }.session(), "gatehouse_session");
        assert!(
            !Cookies { secure: false }
                .set("a", "b", 1)
                .to_str()
                .unwrap()
                .contains("Secure")
        );
    }
}
