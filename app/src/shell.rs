//! The document around every page.

use leptos::config::LeptosOptions;
use leptos::prelude::*;
use leptos_meta::MetaTags;

use crate::{context::theme, islands::Enhancer, pages::App};

/// The whole HTML document: head with the assets of this build, body with the page.
///
/// Scripts carry the nonce of the request, which the server also puts into the `Content-Security-Policy` header.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let assets = format!("/{}", options.site_pkg_dir);
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme().attribute()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <link rel="icon" type="image/svg+xml" href=format!("{assets}/favicon.svg") />
                <link rel="stylesheet" href=format!("{assets}/{}.css", options.output_name) />
                <HydrationScripts options islands=true />
                <MetaTags />
            </head>
            <body>
                <App />
                <Enhancer />
            </body>
        </html>
    }
}
