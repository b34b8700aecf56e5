//! What the browser loads: it brings the islands of the page to life, and nothing else.

use leptos::logging::error;
use leptos::prelude::window;
use leptos::server_fn::redirect::set_redirect_hook;
use wasm_bindgen::prelude::wasm_bindgen;

// Names the crate so that the linker keeps its islands, which the page's script calls by name.
use app as _;

/// Called by the script of the page, once, before the islands.
#[wasm_bindgen]
pub fn hydrate() {
    std::panic::set_hook(Box::new(|panic| error!("{panic}")));
    // A server function that redirects shows its target page, as the same form does without WebAssembly.
    // `Err` only says that a hook is in place already, which would be this one.
    let _ = set_redirect_hook(navigate);
    leptos::mount::hydrate_islands();
}

fn navigate(to: &str) {
    if window().location().assign(to).is_err() {
        error!("cannot open {to}");
    }
}
