//! The operations of the service on a real database, one file per area. One program, so that it is linked once and
//! its tests share the cores.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
#![allow(missing_docs, reason = "the names of tests are sentences")]

mod common;

mod accounts;
mod architecture;
mod audit;
mod event_filters;
mod invitations;
mod members;
mod organizations;
mod outbox;
mod permissions;
mod registry;
mod sessions;
mod setup;
mod store;
mod tampering;
mod variables;
