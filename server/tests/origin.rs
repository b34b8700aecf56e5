//! Nothing is changed at another site's request.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, StatusCode};
use axum::routing::any;
use common::*;
use server::http::layered;
use server::{Audience, Door, Route};

/// A site where every method of one route answers 200.
fn open_door(house: &House) -> Router {
    let routes = Router::new().route("/door", any(|| async { "through" }));
    layered(
        &house.site,
        routes,
        vec![Route {
            door: Door::Fixed,
            pattern: "/door",
            audience: Audience::Public,
        }],
    )
}

#[tokio::test]
async fn what_the_browser_says_about_the_sender_decides() {
    let house = House::new().await;
    let app = open_door(&house);
    let (ours, foreign, null) = ("http://localhost:3000", "https://evil.example", "null");
    let cookie = "gatehouse_theme=dark";
    /// What the browser says of the sender, the origin, a cookie; whether it is let through.
    type Case = (
        Option<&'static str>,
        Option<&'static str>,
        Option<&'static str>,
        bool,
    );
    let cases: &[Case] = &[
        // Sec-Fetch-Site, Origin, Cookie, let through
        (Some("same-origin"), Some(ours), Some(cookie), true),
        (Some("same-origin"), Some(null), Some(cookie), true),
        (Some("same-origin"), None, Some(cookie), true),
        (Some("same-site"), Some(ours), Some(cookie), false),
        (Some("cross-site"), Some(ours), Some(cookie), false),
        (Some("cross-site"), Some(foreign), None, false),
        (Some("none"), None, Some(cookie), false),
        (Some(""), Some(ours), None, false),
        (None, Some(ours), Some(cookie), true),
        (None, Some(ours), None, true),
        (None, Some(foreign), Some(cookie), false),
        (None, Some(foreign), None, false),
        (None, Some(null), Some(cookie), false),
        (
            None,
            Some("http://localhost:3000.evil.example"),
            Some(cookie),
            false,
        ),
        (None, Some("https://localhost:3000"), Some(cookie), false),
        (None, None, Some(cookie), false),
        (None, None, None, true),
    ];
    for method in [
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        "PURGE".parse().unwrap(),
    ] {
        for (site, origin, cookie, through) in cases {
            let mut asked = request(method.clone(), "/door")
                .body(Body::empty())
                .unwrap();
            for (name, value) in [
                ("sec-fetch-site", site),
                ("origin", origin),
                ("cookie", cookie),
            ] {
                if let Some(value) = value {
                    asked = with(asked, name, value);
                }
            }
            let answer = send(&app, asked).await;
            let expected = if *through {
                StatusCode::OK
            } else {
                StatusCode::FORBIDDEN
            };
            assert_eq!(
                answer.status, expected,
                "{method} {site:?} {origin:?} {cookie:?}"
            );
        }
    }
}

#[tokio::test]
async fn one_bad_header_among_good_ones_is_enough() {
    let house = House::new().await;
    let app = open_door(&house);
    let twice = with(post("/door", ""), "sec-fetch-site", "cross-site");
    assert_eq!(send(&app, twice).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn reading_needs_no_proof() {
    let house = House::new().await;
    let app = open_door(&house);
    let asked = with(
        with(get("/door"), "sec-fetch-site", "cross-site"),
        "cookie",
        "a=b",
    );
    assert_eq!(send(&app, asked).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_session_and_a_token_are_one_credential_too_many() {
    let house = House::new().await;
    let app = open_door(&house);
    let both = |cookie: &str| {
        with(
            with(get("/door"), "cookie", cookie),
            "authorization",
            "Bearer x",
        )
    };
    assert_eq!(
        send(&app, both("gatehouse_session=x")).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        send(&app, both("gatehouse_theme=dark")).await.status,
        StatusCode::OK,
        "a look is no credential"
    );
}
