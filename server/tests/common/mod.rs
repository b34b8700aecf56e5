//! A whole instance in memory, and the few verbs that tests speak to it with.

#![allow(dead_code, reason = "every test program uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderName, Method, Request, StatusCode, header};
use domain::SubmittedPassword;
use server::config::PublicUrl;
use server::{Site, SiteOptions};
use service::mail::Transport;
use service::ops::SignedIn;
use service::store::Store;
use service::{Caller, Entropy, Options, Service, SystemClock};
use tempfile::TempDir;
use tower::ServiceExt as _;
use vault::RootKey;
use vault::password::PasswordParameters;

/// The store in its folder.
const STORE: &str = "test.db";
pub const HOST: &str = "localhost:3000";
pub const PASSWORD: &str = "violet-harbour-lantern-42";
pub const EMAIL: &str = "olive@acme.example";

/// A store of its own, and the site in front of it.
pub struct House {
    pub site: Site,
    pub service: Service,
    furnished: Furnished,
}

/// A folder with a store to open, and the key it was made with.
pub struct Furnished {
    files: TempDir,
    root_key: String,
}

impl Furnished {
    /// An empty one.
    pub fn empty() -> Self {
        let key = Entropy::from_system()
            .with(|rng| RootKey::generate(rng))
            .to_base64();
        Self {
            files: tempfile::tempdir().unwrap(),
            root_key: key.expose_str().unwrap().to_owned(),
        }
    }

    /// The same once more, when nobody has it open.
    pub fn copy(&self) -> Self {
        let files = tempfile::tempdir().unwrap();
        std::fs::copy(self.files.path().join(STORE), files.path().join(STORE)).unwrap();
        Self {
            files,
            root_key: self.root_key.clone(),
        }
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl House {
    /// An empty instance, as `serve` opens it by default.
    pub async fn new() -> Self {
        Self::at("http://localhost:3000", |_| {}).await
    }

    /// An instance that is called something else, or differs in other ways.
    pub async fn at(public_url: &str, change: impl FnOnce(&mut SiteOptions)) -> Self {
        Self::with(Furnished::empty(), public_url, change).await
    }

    /// As [`new`](Self::new), with a store that may have something in it.
    pub async fn in_store(store: Furnished) -> Self {
        Self::with(store, "http://localhost:3000", |_| {}).await
    }

    async fn with(
        furnished: Furnished,
        public_url: &str,
        change: impl FnOnce(&mut SiteOptions),
    ) -> Self {
        let files = furnished.files.path();
        let store = Store::connect(&Store::sqlite_url(&files.join(STORE)))
            .await
            .unwrap();
        let options = Options {
            public_url: public_url.to_owned(),
            transport: Transport::folder(files.to_owned(), "gatehouse@localhost").unwrap(),
            passwords: PasswordParameters::for_tests(),
        };
        let root = RootKey::from_base64(&furnished.root_key).unwrap();
        let service = Service::open(
            store,
            root,
            Arc::new(SystemClock),
            Entropy::from_system(),
            options,
        )
        .await
        .unwrap();
        let mut options = SiteOptions {
            service: service.clone(),
            public_url: PublicUrl::parse(public_url).unwrap(),
            listen: "127.0.0.1:3000".parse().unwrap(),
            trusted_proxies: Vec::new(),
            security_contact: None,
            deadline: SiteOptions::DEADLINE,
        };
        change(&mut options);
        Self {
            site: Site::new(options),
            service,
            furnished,
        }
    }

    /// Leaves the store behind, complete in its file.
    pub async fn leave(self) -> Furnished {
        self.service.close().await;
        self.furnished
    }

    /// The whole router.
    pub fn app(&self) -> Router {
        server::app(&self.site).unwrap()
    }

    /// Somebody who is not signed in.
    pub fn nobody(&self) -> Caller {
        Caller {
            actor: service::Actor::Nobody,
            ..Caller::system("test", self.service.request_id())
        }
    }

    /// The organization “Acme” and its owner, signed in.
    pub async fn owner(&self) -> SignedIn {
        let password = || SubmittedPassword::new(PASSWORD.to_owned());
        let operator = Caller::system("test", self.service.request_id());
        self.service
            .create_owner(&operator, "Olive Tran", EMAIL, password(), "Acme")
            .await
            .unwrap();
        self.service
            .sign_in(&self.nobody(), EMAIL, password())
            .await
            .unwrap()
    }
}

/// The cookie of a signed-in person on a plain loopback site.
pub fn cookie(signed_in: &SignedIn) -> String {
    format!("gatehouse_session={}", signed_in.token.expose())
}

/// A request as a browser's navigation would send it.
pub fn request(method: Method, path: &str) -> http::request::Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, HOST)
}

pub fn get(path: &str) -> Request<Body> {
    request(Method::GET, path)
        .header(header::ACCEPT, "text/html")
        .body(Body::empty())
        .unwrap()
}

/// A form as an island posts it.
pub fn post(path: &str, form: &str) -> Request<Body> {
    posting(path, form, "application/json")
}

/// A form as the browser itself posts it.
pub fn submit(path: &str, form: &str) -> Request<Body> {
    posting(path, form, "text/html,application/xhtml+xml,*/*;q=0.8")
}

fn posting(path: &str, form: &str, accept: &str) -> Request<Body> {
    request(Method::POST, path)
        .header(header::ACCEPT, accept)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .body(Body::from(form.to_owned()))
        .unwrap()
}

/// A request with one more header.
pub fn with(mut request: Request<Body>, name: &str, value: &str) -> Request<Body> {
    let name: HeaderName = name.parse().unwrap();
    request.headers_mut().append(name, value.parse().unwrap());
    request
}

/// A request without a header.
pub fn without(mut request: Request<Body>, name: &str) -> Request<Body> {
    request.headers_mut().remove(name);
    request
}

pub async fn send(app: &Router, request: Request<Body>) -> Answer {
    let response = app.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    Answer {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8_lossy(&bytes).into_owned(),
    }
}

impl Answer {
    /// The value of a header; empty when there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }
}
