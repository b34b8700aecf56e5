//! The server functions: decode, call one operation, say where to go next. No decision is taken here.
//!
//! They are named (`/rpc/<area>/<verb>`), never hashed. Arguments are flat form fields. Each succeeds with a redirect, but for those
//! that only tell something.

#![allow(
    clippy::too_many_arguments,
    reason = "the arguments are the flat fields of a form"
)]
#![allow(
    missing_docs,
    reason = "every argument becomes a public field of a struct that only its form fills in"
)]

pub mod account;
pub mod compare;
pub mod members;
pub mod organization;
pub mod registry;
pub mod role_levels;
pub mod roles;
pub mod search;
pub mod settings;
pub mod variables;
