//! The binary's parts.
//!
//! This is the first, minimal version: it serves the console's document and files, to prove the build. The HTTP
//! layers, the router, the REST API, the worker and the command line take the place of [`router`]; what stays is
//! [`assets`] and how `content_security_policy` shares the request's nonce with the document.

pub mod assets;

use any_spawner::Executor;
use axum::Router;
use http::HeaderValue;
use http::header::CONTENT_SECURITY_POLICY;
use leptos::context::use_context;
use leptos::nonce::use_nonce;
use leptos_axum::{ResponseOptions, render_app_async_with_context};

/// Every route of the server.
pub fn router() -> Router {
    // Rendering spawns onto this executor. Whoever does not call `generate_route_list` has to set it.
    // `Err` says that it is set already.
    let _ = Executor::init_tokio();
    let document = || app::shell(assets::leptos_options());
    assets::routes().fallback(render_app_async_with_context(
        content_security_policy,
        document,
    ))
}

/// Allows the scripts of this response alone, by the nonce that the document puts on them.
fn content_security_policy() {
    let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>()) else {
        return;
    };
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; \
         connect-src 'self'; img-src 'self' data:; font-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'"
    );
    let policy = HeaderValue::try_from(policy).expect("a nonce is base64url");
    response.insert_header(CONTENT_SECURITY_POLICY, policy);
}
