//! What browsers are told, on every kind of answer.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;

use axum::Router;
use axum::routing::get as route;
use common::*;
use server::http::layered;
use server::{Audience, Door, Route};

async fn broken() -> &'static str {
    panic!("broken on purpose")
}

async fn answers(house: &House) -> Vec<(&'static str, Answer)> {
    let app = house.app();
    let breaking = layered(
        &house.site,
        Router::new().route("/broken", route(broken)),
        vec![Route {
            door: Door::Page,
            pattern: "/broken",
            audience: Audience::Public,
        }],
    );
    let stranger = without(get("/"), "host");
    vec![
        ("page", send(&app, get("/sign-in")).await),
        ("redirect", send(&app, get("/o/acme")).await),
        ("text", send(&app, get("/healthz")).await),
        ("missing page", send(&app, get("/nope")).await),
        ("missing file", send(&app, get("/pkg/0/x.js")).await),
        ("problem", send(&app, get("/api/organization")).await),
        ("wrong method", send(&app, post("/sign-in", "")).await),
        (
            "cross-site",
            send(
                &app,
                with(
                    without(post("/rpc/a/b", ""), "sec-fetch-site"),
                    "sec-fetch-site",
                    "cross-site",
                ),
            )
            .await,
        ),
        ("no host", send(&app, stranger).await),
        ("panic", send(&breaking, get("/broken")).await),
    ]
}

#[tokio::test]
async fn every_answer_carries_every_header() {
    let house = House::new().await;
    for (kind, answer) in answers(&house).await {
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{kind}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{kind}");
        assert_eq!(
            answer.header("cross-origin-opener-policy"),
            "same-origin",
            "{kind}"
        );
        assert_eq!(
            answer.header("cross-origin-resource-policy"),
            "same-origin",
            "{kind}"
        );
        assert_eq!(
            answer.header("permissions-policy"),
            "camera=(), microphone=(), geolocation=()",
            "{kind}"
        );
        assert_eq!(answer.header("cache-control"), "no-store", "{kind}");
        assert!(
            answer
                .header("content-security-policy")
                .starts_with("default-src 'none'"),
            "{kind}"
        );
        assert!(
            answer
                .header("content-security-policy")
                .contains("frame-ancestors 'none'"),
            "{kind}"
        );
        assert_eq!(answer.header("x-request-id").len(), 36, "{kind}");
        assert_eq!(
            answer.header("strict-transport-security"),
            "",
            "{kind}: plain HTTP promises no TLS"
        );
        assert_eq!(answer.header("server"), "", "{kind}");
        assert!(!answer.text.contains("on purpose"), "{kind}");
    }
}

#[tokio::test]
async fn a_site_with_tls_insists_on_it() {
    let house = House::at("https://gatehouse.example", |_| {}).await;
    let answer = send(&house.app(), get("/healthz")).await;
    assert_eq!(
        answer.header("strict-transport-security"),
        "max-age=63072000; includeSubDomains"
    );
}

#[tokio::test]
async fn a_page_allows_its_own_scripts_by_a_fresh_nonce() {
    let house = House::new().await;
    let app = house.app();
    let mut nonces = Vec::new();
    for _ in 0..2 {
        let answer = send(&app, get("/sign-in")).await;
        let policy = answer.header("content-security-policy").to_owned();
        let nonce = policy
            .split("script-src 'nonce-")
            .nth(1)
            .unwrap()
            .split('\'')
            .next()
            .unwrap()
            .to_owned();
        assert_eq!(nonce.len(), 22, "128 bits");
        assert!(
            answer.text.contains(&format!("nonce=\"{nonce}\"")),
            "{}",
            answer.text
        );
        for part in [
            "'strict-dynamic' 'wasm-unsafe-eval'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "object-src 'none'",
        ] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(
            !policy.contains("unsafe-inline") && !policy.contains("http"),
            "{policy}"
        );
        nonces.push(nonce);
    }
    assert_ne!(nonces[0], nonces[1]);
}

#[tokio::test]
async fn data_is_never_a_document() {
    let house = House::new().await;
    let answer = send(&house.app(), get("/api/organization")).await;
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(
        answer.header("content-security-policy"),
        "default-src 'none'; frame-ancestors 'none'; sandbox"
    );
}

#[tokio::test]
async fn pages_with_a_token_in_their_address_tell_nobody() {
    let house = House::new().await;
    let app = house.app();
    for path in ["/setup", "/setup?token=x", "/invite/x"] {
        assert_eq!(
            send(&app, get(path)).await.header("referrer-policy"),
            "no-referrer",
            "{path}"
        );
    }
    for path in ["/setup-guide", "/invitex", "/sign-in"] {
        assert_eq!(
            send(&app, get(path)).await.header("referrer-policy"),
            "same-origin",
            "{path}"
        );
    }
}

#[tokio::test]
async fn two_requests_have_two_ids() {
    let house = House::new().await;
    let app = house.app();
    let (one, other) = (
        send(&app, get("/healthz")).await,
        send(&app, with(get("/healthz"), "x-request-id", "mine")).await,
    );
    assert_ne!(one.header("x-request-id"), other.header("x-request-id"));
    assert_ne!(other.header("x-request-id"), "mine");
}

#[tokio::test]
async fn text_says_its_character_set() {
    let house = House::at("http://localhost:3000", |options| {
        options.security_contact = Some("mailto:s@acme.example".to_owned())
    })
    .await;
    let app = house.app();
    for (path, kind) in [
        ("/healthz", "text/plain; charset=utf-8"),
        ("/robots.txt", "text/plain; charset=utf-8"),
        ("/.well-known/security.txt", "text/plain; charset=utf-8"),
        ("/favicon.svg", "image/svg+xml"),
        ("/sign-in", "text/html; charset=utf-8"),
        ("/nope", "text/html; charset=utf-8"),
    ] {
        assert_eq!(
            send(&app, get(path)).await.header("content-type"),
            kind,
            "{path}"
        );
    }
}
