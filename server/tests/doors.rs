//! Every door, from the route table: who gets in, and what strangers are told.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;

use std::collections::BTreeSet;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use axum::routing::get as route;
use common::*;
use domain::{LevelRef, SubmittedPassword};
use server::http::layered;
use server::{Audience, Door, Route, routes};

/// The anonymous surface (AC-17). A new line here is a decision: everybody in the network gets an answer.
const PUBLIC: &[&str] = &[
    "/",
    "/.well-known/security.txt",
    "/favicon.svg",
    "/healthz",
    "/invite/{token}",
    "/pkg/{hash}/{*name}",
    "/robots.txt",
    "/setup",
    "/sign-in",
];
/// As above, of server functions.
const PUBLIC_FUNCTIONS: &[&str] = &[
    "/rpc/account/accept-invitation",
    "/rpc/account/decline-invitation",
    "/rpc/account/setup",
    "/rpc/account/sign-in",
];

/// A path of this pattern, with something in place of what varies.
fn path_of(route: &Route) -> String {
    let segments = route.pattern.split('/').map(|segment| {
        if segment.starts_with('{') {
            "00000000-0000-7000-8000-000000000000"
        } else {
            segment
        }
    });
    segments.collect::<Vec<_>>().join("/")
}

fn knock(route: &Route) -> Request<Body> {
    match route.door {
        Door::Function | Door::Download => post(&path_of(route), ""),
        Door::Page | Door::Fixed | Door::Asset => get(&path_of(route)),
    }
}

#[test]
fn the_anonymous_surface_is_the_published_list() {
    let public: BTreeSet<&str> = routes()
        .iter()
        .filter(|route| route.audience == Audience::Public)
        .map(|route| route.pattern)
        .collect();
    let published: BTreeSet<&str> = PUBLIC.iter().chain(PUBLIC_FUNCTIONS).copied().collect();
    assert_eq!(public, published);
}

#[tokio::test]
async fn strangers_are_refused_at_every_other_door() {
    let house = House::new().await;
    house.owner().await;
    let app = house.app();
    for route in routes()
        .iter()
        .filter(|route| route.audience != Audience::Public)
    {
        let answer = send(&app, knock(route)).await;
        match route.door {
            Door::Function | Door::Download => {
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", route.pattern);
                assert_eq!(
                    answer.json()["code"],
                    "unauthenticated",
                    "{}",
                    route.pattern
                );
            }
            Door::Page | Door::Fixed | Door::Asset => {
                assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", route.pattern);
                assert!(
                    answer.header("location").starts_with("/sign-in?next=%2F"),
                    "{}",
                    route.pattern
                );
            }
        }
    }
}

#[tokio::test]
async fn every_public_door_answers_strangers() {
    let house = House::new().await;
    let app = house.app();
    for route in routes()
        .iter()
        .filter(|route| route.audience == Audience::Public)
    {
        let answer = send(&app, knock(route)).await;
        // A wrong password is an answer; being sent away to sign in is not.
        assert!(
            !answer.text.contains("unauthenticated"),
            "{}",
            route.pattern
        );
        assert!(
            !answer.header("location").starts_with("/sign-in?"),
            "{}",
            route.pattern
        );
    }
}

#[tokio::test]
async fn an_old_or_invented_session_is_a_stranger() {
    let house = House::new().await;
    let owner = house.owner().await;
    let app = house.app();
    let visit = |cookie: String| send(&app, with(get("/o/acme"), "cookie", &cookie));
    assert_ne!(
        visit(cookie(&owner)).await.header("location"),
        "/sign-in?next=%2Fo%2Facme"
    );
    house
        .service
        .sign_out(
            &house
                .nobody()
                .signed_in(owner.person.clone(), Some(session_of(&house, &owner).await)),
        )
        .await
        .unwrap();
    for cookie in [
        cookie(&owner),
        "gatehouse_session=".to_owned(),
        "gatehouse_session=x".to_owned(),
        format!("gatehouse_session={}", "A".repeat(43)),
    ] {
        assert_eq!(
            visit(cookie.clone()).await.header("location"),
            "/sign-in?next=%2Fo%2Facme",
            "{cookie}"
        );
    }
}

async fn session_of(house: &House, signed_in: &service::ops::SignedIn) -> domain::SessionId {
    house
        .service
        .authenticate(signed_in.token.expose())
        .await
        .unwrap()
        .unwrap()
        .1
}

#[tokio::test]
async fn a_site_with_tls_takes_no_session_from_a_plain_cookie() {
    let house = House::at("https://gatehouse.example", |_| {}).await;
    let owner = house.owner().await;
    let app = house.app();
    let visit = async |name: &str| {
        let asked = with(
            get("/organizations/new"),
            "cookie",
            &format!("{name}={}", owner.token.expose()),
        );
        send(&app, asked).await.status
    };
    assert_eq!(visit("gatehouse_session").await, StatusCode::SEE_OTHER);
    assert_eq!(visit("__Host-gatehouse_session").await, StatusCode::OK);
}

#[tokio::test]
async fn the_way_back_leads_only_to_this_site() {
    let house = House::new().await;
    let app = house.app();
    let location = async |path: &str| send(&app, get(path)).await.header("location").to_owned();
    assert_eq!(
        location("/o/acme?tab=a&b=%20c").await,
        "/sign-in?next=%2Fo%2Facme%3Ftab%3Da%26b%3D%2520c"
    );
    assert_eq!(
        location(&format!("/o/acme?x={}", "a".repeat(3_000))).await,
        "/sign-in"
    );
}

#[tokio::test]
async fn what_is_not_in_the_table_is_closed_even_to_the_owner() {
    let house = House::new().await;
    let owner = house.owner().await;
    let app = layered(
        &house.site,
        Router::new().route("/forgotten", route(|| async { "open" })),
        Vec::new(),
    );
    for asked in [
        get("/forgotten"),
        with(get("/forgotten"), "cookie", &cookie(&owner)),
        get("/o"),
        get("/rpc"),
        post("/rpc/no/such", ""),
    ] {
        assert_eq!(send(&app, asked).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn unknown_paths_answer_strangers_and_members_alike() {
    let house = House::new().await;
    let owner = house.owner().await;
    let app = house.app();
    for path in [
        "/nope",
        "/o",
        "/o/acme/settings/nope",
        "/api",
        "/api/organization/1",
        "/rpc/nope",
    ] {
        let (stranger, member) = (
            send(&app, get(path)).await,
            send(&app, with(get(path), "cookie", &cookie(&owner))).await,
        );
        assert_eq!(
            (stranger.status, member.status),
            (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND),
            "{path}"
        );
    }
}

#[tokio::test]
async fn methods_a_door_does_not_have_are_refused() {
    let house = House::new().await;
    let app = house.app();
    assert_eq!(
        send(&app, post("/sign-in", "")).await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
    assert_eq!(
        send(&app, post("/healthz", "")).await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
    let trace = request(Method::TRACE, "/healthz")
        .header("sec-fetch-site", "same-origin")
        .body(Body::empty())
        .unwrap();
    assert_eq!(
        send(&app, trace).await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
    for route in routes().iter().filter(|route| route.door == Door::Function) {
        assert_ne!(
            send(&app, get(route.pattern)).await.status,
            StatusCode::OK,
            "{}",
            route.pattern
        );
    }
}

#[tokio::test]
async fn the_start_page_knows_where_to_begin() {
    let house = House::new().await;
    let app = house.app();
    let start = async |cookie: &str| {
        send(&app, with(get("/"), "cookie", cookie))
            .await
            .header("location")
            .to_owned()
    };
    assert_eq!(start("a=b").await, "/setup");
    let owner = house.owner().await;
    assert_eq!(start("a=b").await, "/sign-in");
    assert_eq!(start(&cookie(&owner)).await, "/o/acme");
}

#[tokio::test]
async fn health_is_one_word_for_everybody() {
    let house = House::new().await;
    let answer = send(&house.app(), get("/healthz")).await;
    assert_eq!(
        (answer.status, answer.text.as_str()),
        (StatusCode::OK, "ok")
    );
}

#[tokio::test]
async fn security_txt_exists_when_there_is_somebody_to_tell() {
    let silent = House::new().await;
    assert_eq!(
        send(&silent.app(), get("/.well-known/security.txt"))
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    let house = House::at("http://localhost:3000", |options| {
        options.security_contact = Some("mailto:security@acme.example".to_owned())
    })
    .await;
    let text = send(&house.app(), get("/.well-known/security.txt"))
        .await
        .text;
    assert!(
        text.contains("Contact: mailto:security@acme.example\n")
            && text.contains("\nExpires: 20")
            && text.contains("Canonical: http://localhost:3000/"),
        "{text}"
    );
}

#[tokio::test]
async fn whoever_cannot_be_recognized_for_a_fault_is_let_in_nowhere() {
    let house = House::new().await;
    let owner = house.owner().await;
    let app = house.app();
    house.service.close().await;
    let answer = send(&app, with(get("/o/acme"), "cookie", &cookie(&owner))).await;
    assert!(answer.status.is_server_error(), "{}", answer.status);
    assert_eq!(send(&app, get("/healthz")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_wrong_password_leaves_no_session() {
    let house = House::new().await;
    house.owner().await;
    let wrong = house
        .service
        .sign_in(
            &house.nobody(),
            EMAIL,
            SubmittedPassword::new("no".to_owned()),
        )
        .await;
    assert!(wrong.is_err());
}

#[tokio::test]
async fn a_form_that_is_no_text_is_refused_and_nothing_of_it_is_kept() {
    let house = House::new().await;
    let owner = house.owner().await;
    let you = house.nobody().signed_in(owner.person.clone(), None);
    let organization = house.service.organizations(&you).await.unwrap()[0].id;
    house
        .service
        .create_project(&you, organization, "shop", "")
        .await
        .unwrap();
    let project = house.service.projects(&you, organization).await.unwrap()[0].id;
    let app = house.app();
    let add = async |key: &str, value: &str| {
        let form = format!(
            "organization={organization}&level_scope=PROJECT&level_id={project}&scope=PROJECT&key={key}&kind=plain&value={value}"
        );
        let form = with(post("/rpc/variables/add", &form), "cookie", &cookie(&owner));
        send(&app, form).await
    };
    let answer = add("BROKEN", "a%FFb").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text);
    assert_eq!(answer.json()["code"], "bad_request");
    let answer = add("SOUND", "a+%C3%A9").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let list = house
        .service
        .variables(&you, organization, LevelRef::Project(project))
        .await
        .unwrap()
        .variables;
    let kept: Vec<_> = list
        .iter()
        .map(|one| (one.key.as_str(), one.value.as_deref()))
        .collect();
    assert_eq!(kept, [("SOUND", Some("a é"))]);
}
