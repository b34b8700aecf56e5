//! Every building block in every state, and a few whole pages, as static HTML to look at.
//!
//! ```text
//! cargo run -p gatehouse-app --features ssr --example gallery > gallery.html
//! cargo run -p gatehouse-app --features ssr --example gallery variables dark > variables.html
//! ```
//!
//! Pages: `blocks` (the default), `variables`, `panel`, `dialog`, `audit`, `members`, `roles`, `sign-in`, `error`, `empty`.

#![allow(clippy::print_stdout, reason = "the page goes to standard output")]

mod blocks;
mod data;
mod pages;

use leptos::prelude::*;

fn main() {
    let mut words = std::env::args().skip(1);
    let page = words.next().unwrap_or_else(|| "blocks".to_owned());
    let theme = words.next();
    let owner = Owner::new();
    let body = owner.with(|| match page.as_str() {
        "variables" => pages::variables(pages::Over::Nothing),
        "panel" => pages::variables(pages::Over::Panel),
        "dialog" => pages::variables(pages::Over::Dialog),
        "audit" => pages::audit(),
        "members" => pages::members(),
        "roles" => pages::roles(),
        "sign-in" => pages::sign_in(),
        "error" => pages::error(),
        "empty" => pages::empty(),
        _ => blocks::blocks(),
    });
    let document = owner.with(|| {
        view! {
            <html lang="en" data-theme=theme>
                <head>
                    <meta charset="utf-8"/>
                    <meta name="viewport" content="width=device-width, initial-scale=1"/>
                    <meta name="color-scheme" content="light dark"/>
                    <title>{format!("{page} — Gatehouse")}</title>
                    <style inner_html=stylesheet()></style>
                </head>
                <body>{body}</body>
            </html>
        }
        .to_html()
    });
    println!("<!doctype html>{document}");
}

/// `style/main.css` with its imports put in their place, so that the page is one file.
fn stylesheet() -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../style/");
    let read = |name: &str| std::fs::read_to_string(format!("{folder}{name}")).unwrap_or_default();
    read("main.css")
        .lines()
        .map(|line| {
            match line
                .strip_prefix("@import \"")
                .and_then(|rest| rest.split_once("\" layer("))
            {
                Some((name, layer)) => format!(
                    "@layer {} {{\n{}}}\n",
                    layer.trim_end_matches(");"),
                    read(name)
                ),
                None => format!("{line}\n"),
            }
        })
        .collect()
}
