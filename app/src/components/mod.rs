//! The building blocks of the console: what every page and island is put together from.
//!
//! Blocks take plain data and give markup with its meaning in it (labels, roles, states); they know no operation and
//! hold no decision. Most are rendered on the server only; none needs a script to be usable. Their looks are in
//! `style/`, one file per block, and `examples/gallery.rs` shows every one of them in every state.
//!
//! Conventions:
//! - A slot (`actions`, `footer`, …) takes a closure: `actions=|| view! { … }`.
//! - Optional wording is [`MaybeText`]: pass `"text"`, a `String` or an `Option<String>`.
//! - `refused="why"` turns a control into one that stays visible and focusable but does nothing, and explains itself.
//! - Class names: `block`, `block-part`, variant `-variant`; states are attributes (`aria-current`, `data-selected`).

#![allow(
    missing_docs,
    reason = "every prop becomes a public field; one whose name says it all needs no sentence"
)]

mod badge;
mod button;
mod card;
mod chart;
mod choice;
mod diff;
mod error_page;
mod feedback;
mod field;
mod gate;
mod icon;
mod icon_paths;
mod ladder;
mod matrix;
mod menu;
mod overlay;
mod palette;
mod preview;
mod rail;
mod shell;
mod table;
mod text;
mod text_diff;
mod time;
mod toolbar;

pub use badge::*;
pub use button::*;
pub use card::*;
pub use chart::*;
pub use choice::*;
pub use diff::*;
pub use error_page::*;
pub use feedback::*;
pub use field::*;
pub use gate::*;
pub use icon::*;
pub use icon_paths::IconName;
pub use ladder::*;
pub use matrix::*;
pub use menu::*;
pub use overlay::*;
pub use palette::*;
pub use preview::*;
pub use rail::*;
pub use shell::*;
pub use table::*;
pub use text::{MaybeText, counted};
pub use text_diff::text_diff;
pub use time::*;
pub use toolbar::*;
