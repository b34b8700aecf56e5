//! The binary's parts: configuration, command line, HTTP layers, worker.
//!
//! What it is for: turning an operator's decisions into a running [`service::Service`], and requests into calls of
//! its operations. What it refuses to know: SQL, permissions and cryptography. It decides who may knock at which
//! door ([`http::routes`]), never what they may do behind it.
//!
//! The whole router runs in memory: `server::app(&Site::new(…))?.oneshot(request)`.

pub mod assets;
pub mod bootstrap;
pub mod cli;
pub mod config;
pub mod control;
mod demo;
pub mod exit;
pub mod http;
pub mod process;
mod say;
mod telemetry;
pub mod worker;

pub use http::routes::{Audience, Door, Route};
pub use http::{Site, SiteOptions, app};

/// Every door of the server and for whom it is, for tests and documents.
#[must_use]
pub const fn routes() -> &'static [Route] {
    http::routes::ROUTES
}
