//! The operations of the service on a real database, one file per area. One program, so that it is linked once and
//! its tests share the cores.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
#![allow(missing_docs, reason = "the names of tests are sentences")]

mod common;

mod access_sequences;
mod access_under_fire;
mod accounts;
mod architecture;
mod audit;
mod changes;
mod compare;
mod event_filters;
mod invitations;
mod inviting;
mod isolation;
mod members;
mod members_at_once;
mod mentions;
mod organizations;
mod outbox;
mod ownership;
mod permissions;
mod promote;
mod reencryption;
mod registry;
mod roles;
mod rotation;
mod search;
mod sessions;
mod setup;
mod store;
mod tampering;
mod variables;
mod versions;
