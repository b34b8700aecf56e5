//! What is too much, and what is meant for somebody else.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;

use std::time::Duration;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::routing::get as route;
use common::*;
use server::http::layered;
use server::{Audience, Door, Route};

async fn status_for_host(house: &House, host: &str) -> StatusCode {
    send(
        &house.app(),
        with(without(get("/healthz"), "host"), "host", host),
    )
    .await
    .status
}

#[tokio::test]
async fn only_known_hosts_are_served() {
    let house = House::at("https://gatehouse.example", |_| {}).await;
    for host in [
        "gatehouse.example",
        "GATEHOUSE.example",
        "localhost:3000",
        "127.0.0.1:3000",
        "[::1]:3000",
    ] {
        assert_eq!(
            status_for_host(&house, host).await,
            StatusCode::OK,
            "{host}"
        );
    }
    for host in [
        "evil.example",
        "gatehouse.example:8443",
        "gatehouse.example.evil.example",
        "localhost",
        "localhost:3001",
        "",
        "a@gatehouse.example",
    ] {
        assert_eq!(
            status_for_host(&house, host).await,
            StatusCode::MISDIRECTED_REQUEST,
            "{host}"
        );
    }
}

#[tokio::test]
async fn an_instance_on_the_network_is_not_called_localhost() {
    let house = House::at("https://gatehouse.example", |options| {
        options.listen = "192.0.2.7:3000".parse().unwrap()
    })
    .await;
    assert_eq!(
        status_for_host(&house, "gatehouse.example").await,
        StatusCode::OK
    );
    assert_eq!(
        status_for_host(&house, "192.0.2.7:3000").await,
        StatusCode::OK
    );
    assert_eq!(
        status_for_host(&house, "localhost:3000").await,
        StatusCode::MISDIRECTED_REQUEST
    );
}

#[tokio::test]
async fn a_request_names_its_host_exactly_once() {
    let house = House::new().await;
    let app = house.app();
    assert_eq!(
        send(&app, without(get("/healthz"), "host")).await.status,
        StatusCode::MISDIRECTED_REQUEST
    );
    assert_eq!(
        send(&app, with(get("/healthz"), "host", HOST)).await.status,
        StatusCode::MISDIRECTED_REQUEST
    );
    assert_eq!(
        send(&app, get("http://evil.example/healthz")).await.status,
        StatusCode::MISDIRECTED_REQUEST
    );
    assert_eq!(
        send(&app, get("http://localhost:3000/healthz"))
            .await
            .status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn forwarded_hosts_change_nothing() {
    let house = House::new().await;
    let asked = with(
        with(get("/"), "x-forwarded-host", "evil.example"),
        "forwarded",
        "host=evil.example",
    );
    let answer = send(&house.app(), asked).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (StatusCode::SEE_OTHER, "/setup")
    );
}

#[tokio::test]
async fn long_addresses_and_large_headers_are_refused() {
    let house = House::new().await;
    let app = house.app();
    let path = |length: usize| format!("/sign-in?next={}", "a".repeat(length));
    assert_eq!(send(&app, get(&path(7_000))).await.status, StatusCode::OK);
    assert_eq!(
        send(&app, get(&path(8_193))).await.status,
        StatusCode::URI_TOO_LONG
    );
    let large = |length: usize| with(get("/healthz"), "x-large", &"a".repeat(length));
    assert_eq!(send(&app, large(16_000)).await.status, StatusCode::OK);
    assert_eq!(
        send(&app, large(16_400)).await.status,
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
    );
}

#[tokio::test]
async fn bodies_are_refused_by_what_they_announce() {
    let house = House::new().await;
    let app = house.app();
    for (path, limit) in [
        ("/rpc/account/sign-in", 16 * 1024),
        ("/rpc/variables/add", 1536 * 1024),
        ("/rpc/members/invite", 256 * 1024),
        ("/sign-in", 256 * 1024),
    ] {
        let announcing = |length: usize| {
            with(
                post(path, ""),
                header::CONTENT_LENGTH.as_str(),
                &length.to_string(),
            )
        };
        assert_eq!(
            send(&app, announcing(limit + 1)).await.status,
            StatusCode::PAYLOAD_TOO_LARGE,
            "{path}"
        );
        assert_ne!(
            send(&app, announcing(limit)).await.status,
            StatusCode::PAYLOAD_TOO_LARGE,
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_path_has_one_spelling() {
    let house = House::new().await;
    let app = house.app();
    for path in [
        "//sign-in",
        "/sign-in/",
        "/./sign-in",
        "/o/../sign-in",
        "/%2e%2e/sign-in",
        "/o%2Facme",
        "/sign-in%5c",
        "/sign-in%00",
        "/sign%2",
        "/%ff",
    ] {
        let answer = send(&app, get(path)).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.header("location"), "", "{path}");
    }
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_given_up() {
    let house = House::at("http://localhost:3000", |options| {
        options.deadline = Duration::from_millis(1)
    })
    .await;
    let routes = Router::new().route("/slow", route(std::future::pending::<()>));
    let app = layered(
        &house.site,
        routes,
        vec![Route {
            door: Door::Fixed,
            pattern: "/slow",
            audience: Audience::Public,
        }],
    );
    let answer = send(&app, get("/slow")).await;
    assert_eq!(
        (answer.status, answer.header("retry-after")),
        (StatusCode::SERVICE_UNAVAILABLE, "5")
    );
}
