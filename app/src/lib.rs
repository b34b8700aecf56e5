//! The console: what people see and touch.
//!
//! Pages are rendered on the server only (feature `ssr`); the parts of a page that react without a round trip are
//! *islands*, compiled for the server, which renders them, and for the browser, which brings them to life
//! (feature `hydrate`). There is no client-side router: links load pages.
//!
//! Every change is a plain HTML form that posts to a server function of [`rpc`]. Without a script the browser sends it;
//! with WebAssembly one island ([`islands::Enhancer`]) sends every form and shows what is wrong beside the fields. Either
//! way a form that worked ends in a redirect to the page to show next.

// Markup is one type per page, as deep as its elements are nested.
#![recursion_limit = "256"]

pub mod components;
pub mod islands;

#[cfg(feature = "ssr")]
pub mod context;
#[cfg(feature = "ssr")]
mod pages;
#[cfg(feature = "ssr")]
pub mod rpc;
#[cfg(feature = "ssr")]
mod shell;

#[cfg(feature = "ssr")]
pub use pages::App;
#[cfg(feature = "ssr")]
pub use shell::shell;

/// The name of the files the browser loads: `gatehouse.js`, `gatehouse.wasm` (or `gatehouse_bg.wasm`), `gatehouse.css`.
pub const OUTPUT_NAME: &str = "gatehouse";
