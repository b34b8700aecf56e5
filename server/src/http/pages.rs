//! The console's pages: rendered whole before the first byte, so that status and redirects are settled.

use app::context::provide;
use axum::Router;
use axum::routing::get;
use leptos_axum::{
    generate_route_list_with_exclusions_and_ssg_and_context, render_app_async_with_context,
};

use super::routes::{ROUTES, page_entry};
use super::{Site, headers};

/// The server answers this one itself: it only ever redirects.
const START: &str = "/";

/// Every page that the console offers, as a pattern.
pub fn patterns(site: &Site) -> Vec<String> {
    let (list, _) =
        generate_route_list_with_exclusions_and_ssg_and_context(document, None, context(site));
    list.iter()
        .map(|page| page.path().to_owned())
        .filter(|path| path != START)
        .collect()
}

/// The pages, under the patterns of the route table.
pub fn router(site: &Site, patterns: &[String]) -> Router {
    patterns.iter().fold(Router::new(), |router, pattern| {
        let pattern = page_entry(ROUTES, pattern).map_or(pattern.as_str(), |entry| entry.pattern);
        let context = context(site);
        let render = render_app_async_with_context(
            move || {
                context();
                headers::allow_own_scripts();
            },
            document,
        );
        router.route(pattern, get(render))
    })
}

fn document() -> impl leptos::IntoView {
    app::shell(crate::assets::leptos_options())
}

fn context(site: &Site) -> impl Fn() + Clone + Send + Sync + 'static {
    let (service, cookies) = (site.service().clone(), site.cookies());
    move || provide(service.clone(), cookies)
}
