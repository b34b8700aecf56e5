//! The way in: layers around the console's pages and server functions. From the outside in:
//!
//! 1. [`observe`]: a request id, one span, one log line.
//! 2. [`headers`]: what browsers are told on every response.
//! 3. [`refusal`]: turns every refusal below it into a page or a problem document; catches panics.
//! 4. [`limits`]: deadline, sizes, canonical paths, known hosts.
//! 5. [`origin`]: nothing is changed at another site's request.
//! 6. [`admission`]: who is asking, and whether this door is theirs. A route without an entry in [`routes`] is closed.

mod admission;
pub mod connections;
mod downloads;
mod fixed;
pub mod functions;
mod headers;
mod limits;
mod observe;
mod origin;
mod pages;
mod refusal;
pub mod routes;
mod site;

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use tower_http::catch_panic::CatchPanicLayer;

pub use refusal::Refusal;
use routes::{Route, RouteGaps, RouteTable};
pub use site::{Site, SiteOptions};

/// The whole server: the console, its functions, its files and the fixed routes, behind all layers.
///
/// # Errors
/// The route table and what the console offers differ. The server must not run then.
pub fn app(site: &Site) -> Result<Router, RouteGaps> {
    let pages = pages::patterns(site);
    routes::check(routes::ROUTES, &pages, &functions::registered())?;
    let routes = fixed::router(site)
        .merge(crate::assets::routes())
        .merge(pages::router(site, &pages))
        .merge(functions::router(site))
        .merge(downloads::router(site));
    Ok(layered(site, routes, routes::ROUTES.to_vec()))
}

/// Any routes behind all layers, closed except for what `table` opens.
pub fn layered(site: &Site, routes: Router, table: Vec<Route>) -> Router {
    let doors = admission::Doors {
        site: site.clone(),
        table: Arc::new(RouteTable::new(table)),
    };
    routes
        .fallback(|| async { Refusal::not_found() })
        .method_not_allowed_fallback(|| async { Refusal::method_not_allowed() })
        .layer(from_fn_with_state(doors, admission::admit))
        .layer(from_fn_with_state(site.clone(), origin::check))
        .layer(from_fn_with_state(site.clone(), limits::check))
        .layer(CatchPanicLayer::custom(refusal::after_panic))
        .layer(from_fn(refusal::shape))
        .layer(from_fn_with_state(site.clone(), headers::dress))
        .layer(from_fn_with_state(site.clone(), observe::observe))
}
