//! Server functions: each error has its own status, and forms without WebAssembly find their way.

#![allow(
    missing_docs,
    reason = "every argument of a server function becomes a public field"
)]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;

use app::context::{self, answer, answer_at, flash, redirect, take_flash};
use axum::Router;
use axum::http::StatusCode;
use common::*;
use domain::{ApiError, Permission, RequestId, SubmittedPassword};
use leptos::prelude::*;
use leptos::server_fn::error::ServerFnUrlError;
use server::http::{functions, layered};
use server::{Audience, Door, Route};

const TABLE: &[Route] = &[
    open("/rpc/test/fail"),
    open("/rpc/test/fail-at"),
    open("/rpc/test/go"),
    open("/rpc/test/stay"),
    open("/rpc/test/break"),
    open("/rpc/account/test-sign-in"),
    open("/rpc/test/sign-out"),
    Route {
        door: Door::Function,
        pattern: "/rpc/test/who",
        audience: Audience::SignedIn,
    },
];

const fn open(pattern: &'static str) -> Route {
    Route {
        door: Door::Function,
        pattern,
        audience: Audience::Public,
    }
}

fn app(house: &House) -> Router {
    layered(&house.site, functions::router(&house.site), TABLE.to_vec())
}

/// Fails as it is told.
#[server(prefix = "/rpc", endpoint = "test/fail")]
pub async fn fail(code: String) -> Result<(), ApiError> {
    answer(Err(error_named(&code).into())).await
}

/// As [`fail`], from a page that sends no `Referer`.
#[server(prefix = "/rpc", endpoint = "test/fail-at")]
pub async fn fail_at(code: String) -> Result<(), ApiError> {
    answer_at("/setup?token=abc", Err(error_named(&code).into())).await
}

/// Says something and goes somewhere.
#[server(prefix = "/rpc", endpoint = "test/go")]
pub async fn go(to: String) -> Result<(), ApiError> {
    flash("Saved.");
    redirect(&to);
    Ok(())
}

/// Says nothing about where to go.
#[server(prefix = "/rpc", endpoint = "test/stay")]
pub async fn stay() -> Result<Option<String>, ApiError> {
    Ok(take_flash())
}

/// Breaks.
#[server(prefix = "/rpc", endpoint = "test/break")]
pub async fn break_down() -> Result<(), ApiError> {
    panic!("broken on purpose")
}

/// Signs in.
#[server(prefix = "/rpc", endpoint = "account/test-sign-in")]
pub async fn test_sign_in(email: String, password: SubmittedPassword) -> Result<(), ApiError> {
    let signed_in = answer(
        context::service()
            .sign_in(&context::caller(), &email, password)
            .await,
    )
    .await?;
    context::set_session_cookie(&signed_in);
    redirect("/o/acme");
    Ok(())
}

/// Signs out.
#[server(prefix = "/rpc", endpoint = "test/sign-out")]
pub async fn test_sign_out() -> Result<(), ApiError> {
    answer(context::service().sign_out(&context::caller()).await).await?;
    context::clear_session_cookie();
    redirect("/sign-in");
    Ok(())
}

/// Tells who is asking.
#[server(prefix = "/rpc", endpoint = "test/who")]
pub async fn who() -> Result<String, ApiError> {
    Ok(context::caller().name().to_owned())
}

fn errors() -> Vec<(&'static str, ApiError, u16)> {
    let request = RequestId::new(uuid::Uuid::from_u128(7));
    vec![
        ("unauthenticated", ApiError::Unauthenticated, 401),
        ("wrong_credentials", ApiError::WrongCredentials, 401),
        (
            "forbidden",
            ApiError::Forbidden {
                permission: Permission::MembersManage,
                who: None,
            },
            403,
        ),
        (
            "refused",
            ApiError::Refused {
                reason: "Not while it rains.".to_owned(),
            },
            409,
        ),
        ("not_found", ApiError::NotFound, 404),
        ("invalid", ApiError::field("name", "Enter a name."), 422),
        (
            "conflict",
            ApiError::Conflict {
                reason: "Somebody was faster.".to_owned(),
            },
            409,
        ),
        ("throttled", ApiError::Throttled { seconds: 9 }, 429),
        ("link_void", ApiError::LinkVoid, 410),
        ("busy", ApiError::Busy, 503),
        ("storage_full", ApiError::StorageFull, 507),
        (
            "integrity_failure",
            ApiError::IntegrityFailure { request },
            500,
        ),
        ("internal", ApiError::Internal { request }, 500),
        ("bad_request", ApiError::BadRequest, 400),
        ("unreachable", ApiError::Unreachable, 502),
    ]
}

fn error_named(code: &str) -> ApiError {
    errors()
        .into_iter()
        .find(|(name, ..)| *name == code)
        .map(|(_, error, _)| error)
        .unwrap()
}

#[tokio::test]
async fn each_error_answers_with_its_own_status_and_reads_back() {
    let house = House::new().await;
    let app = app(&house);
    for (code, error, status) in errors() {
        let answer = send(&app, post("/rpc/test/fail", &format!("code={code}"))).await;
        assert_eq!(answer.status.as_u16(), status, "{code}");
        assert_eq!(answer.json()["code"], code);
        assert_eq!(
            serde_json::from_str::<ApiError>(&answer.text).unwrap(),
            error
        );
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(answer.header("location"), "", "{code}");
    }
    assert_eq!(
        send(&app, post("/rpc/test/fail", "code=throttled"))
            .await
            .header("retry-after"),
        "9"
    );
}

#[tokio::test]
async fn a_form_without_webassembly_comes_back_to_its_page_with_the_error() {
    let house = House::new().await;
    let app = app(&house);
    for (code, error, _) in errors() {
        let form = with(
            submit("/rpc/test/fail", &format!("code={code}")),
            "referer",
            "http://localhost:3000/o/acme?new=project",
        );
        let answer = send(&app, form).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{code}");
        let location = answer.header("location");
        let rest = location
            .strip_prefix("/o/acme?new=project&__path=%2Frpc%2Ftest%2Ffail&__err=")
            .unwrap_or_else(|| panic!("{location}"));
        assert_eq!(read_back(rest), error);
    }
}

/// The error as the page it leads to would read it.
fn read_back(encoded: &str) -> ApiError {
    let text = context::percent_decoded(encoded).unwrap();
    ServerFnUrlError::<ApiError>::decode_err(&text)
}

#[tokio::test]
async fn a_form_whose_page_sends_no_referer_says_where_to_go() {
    let house = House::new().await;
    let answer = send(&app(&house), submit("/rpc/test/fail-at", "code=invalid")).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let rest = answer
        .header("location")
        .strip_prefix("/setup?token=abc&__path=%2Frpc%2Ftest%2Ffail-at&__err=")
        .unwrap()
        .to_owned();
    assert_eq!(read_back(&rest), ApiError::field("name", "Enter a name."));
}

#[tokio::test]
async fn without_a_page_to_go_back_to_the_error_is_a_page() {
    let house = House::new().await;
    let app = app(&house);
    for form in [
        submit("/rpc/test/fail", "code=conflict"),
        with(
            submit("/rpc/test/fail", "code=conflict"),
            "referer",
            "https://evil.example/",
        ),
    ] {
        let answer = send(&app, form).await;
        assert_eq!(answer.status, StatusCode::CONFLICT);
        assert!(
            answer.text.starts_with("<!DOCTYPE html>")
                && answer.text.contains("Somebody was faster."),
            "{}",
            answer.text
        );
    }
}

#[tokio::test]
async fn success_leads_to_the_next_page_with_and_without_webassembly() {
    let house = House::new().await;
    let app = app(&house);
    let form = send(&app, submit("/rpc/test/go", "to=%2Fo%2Facme")).await;
    assert_eq!(
        (form.status, form.header("location")),
        (StatusCode::SEE_OTHER, "/o/acme")
    );
    assert!(
        form.header("set-cookie")
            .starts_with("gatehouse_flash=Saved.; Path=/; HttpOnly; SameSite=Lax; Max-Age=30")
    );
    let island = send(&app, post("/rpc/test/go", "to=%2Fo%2Facme")).await;
    assert_eq!(
        (island.status, island.header("location")),
        (StatusCode::OK, "/o/acme")
    );
    assert!(island.headers.contains_key("serverfnredirect"));
}

#[tokio::test]
async fn no_redirect_leaves_this_site() {
    let house = House::new().await;
    let app = app(&house);
    for to in [
        "https%3A%2F%2Fevil.example",
        "%2F%2Fevil.example",
        "%2F%5Cevil.example",
    ] {
        assert_eq!(
            send(&app, submit("/rpc/test/go", &format!("to={to}")))
                .await
                .header("location"),
            "/",
            "{to}"
        );
    }
    let elsewhere = with(
        submit("/rpc/test/stay", ""),
        "referer",
        "https://evil.example/o/acme",
    );
    assert_eq!(send(&app, elsewhere).await.header("location"), "/");
}

#[tokio::test]
async fn a_form_that_says_nothing_comes_back_to_its_page() {
    let house = House::new().await;
    let form = with(
        submit("/rpc/test/stay", ""),
        "referer",
        "http://localhost:3000/o/acme?a=b",
    );
    let answer = send(&app(&house), form).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (StatusCode::SEE_OTHER, "/o/acme?a=b")
    );
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_a_bad_request() {
    let house = House::new().await;
    let answer = send(&app(&house), post("/rpc/test/fail", "kode=x")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.json()["code"], "bad_request");
}

#[tokio::test]
async fn a_body_is_measured_while_it_is_read() {
    let house = House::new().await;
    let app = app(&house);
    let long = format!("email={}&password=x", "a".repeat(16 * 1024));
    assert_eq!(
        send(&app, post("/rpc/account/test-sign-in", &long))
            .await
            .status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
}

#[tokio::test]
async fn a_panic_is_one_failed_request_and_no_more() {
    let house = House::new().await;
    let app = app(&house);
    let broken = send(&app, post("/rpc/test/break", "")).await;
    assert_eq!(broken.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(broken.json()["code"], "internal");
    assert_eq!(broken.json()["request"], broken.header("x-request-id"));
    assert!(!broken.text.contains("purpose"));
    assert_eq!(
        send(&app, post("/rpc/test/stay", "")).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn the_session_cookie_is_closed_to_scripts_and_other_sites() {
    let house = House::new().await;
    house.owner().await;
    let form = format!("email={EMAIL}&password={PASSWORD}");
    let answer = send(&app(&house), submit("/rpc/account/test-sign-in", &form)).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (StatusCode::SEE_OTHER, "/o/acme")
    );
    let cookie = answer.header("set-cookie");
    let (pair, attributes) = cookie.split_once(';').unwrap();
    assert_eq!(pair.strip_prefix("gatehouse_session=").unwrap().len(), 43);
    let age = attributes
        .strip_prefix(" Path=/; HttpOnly; SameSite=Lax; Max-Age=")
        .unwrap();
    assert!(
        (43_190..=43_200).contains(&age.parse::<u32>().unwrap()),
        "{age}"
    );
}

#[tokio::test]
async fn with_tls_the_cookie_is_bound_to_the_host() {
    let house = House::at("https://gatehouse.example", |_| {}).await;
    house.owner().await;
    let form = format!("email={EMAIL}&password={PASSWORD}");
    let answer = send(&app(&house), submit("/rpc/account/test-sign-in", &form)).await;
    let cookie = answer.header("set-cookie");
    assert!(
        cookie.starts_with("__Host-gatehouse_session=")
            && cookie.ends_with("; Secure")
            && !cookie.contains("Domain"),
        "{cookie}"
    );
}

#[tokio::test]
async fn a_session_opens_doors_until_it_is_ended() {
    let house = House::new().await;
    let owner = house.owner().await;
    let app = app(&house);
    let asked = || with(post("/rpc/test/who", ""), "cookie", &cookie(&owner));
    assert_eq!(send(&app, asked()).await.json(), "Olive Tran");
    assert_eq!(
        send(&app, post("/rpc/test/who", "")).await.status,
        StatusCode::UNAUTHORIZED
    );
    let out = send(
        &app,
        with(submit("/rpc/test/sign-out", ""), "cookie", &cookie(&owner)),
    )
    .await;
    assert_eq!(
        out.header("clear-site-data"),
        "\"cache\", \"cookies\", \"storage\""
    );
    assert!(
        out.header("set-cookie").starts_with("gatehouse_session=; ")
            && out.header("set-cookie").contains("Max-Age=0")
    );
    assert_eq!(send(&app, asked()).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_stranger_with_a_browser_is_shown_where_to_sign_in() {
    let house = House::new().await;
    let app = app(&house);
    let form = || submit("/rpc/test/who", "");
    let location = async |form| send(&app, form).await.header("location").to_owned();
    assert_eq!(location(form()).await, "/sign-in");
    assert_eq!(
        location(with(
            form(),
            "referer",
            "http://localhost:3000/o/acme?new=x"
        ))
        .await,
        "/sign-in?next=%2Fo%2Facme%3Fnew%3Dx"
    );
    assert_eq!(
        location(with(form(), "referer", "https://evil.example/o/acme")).await,
        "/sign-in"
    );
}

#[tokio::test]
async fn a_message_is_shown_once() {
    let house = House::new().await;
    let app = app(&house);
    let answer = send(
        &app,
        with(
            post("/rpc/test/stay", ""),
            "cookie",
            "gatehouse_flash=Saved%21",
        ),
    )
    .await;
    assert_eq!(answer.json(), "Saved!");
    assert!(
        answer
            .header("set-cookie")
            .starts_with("gatehouse_flash=; ")
            && answer.header("set-cookie").contains("Max-Age=0")
    );
}
