//! The application: every use case of Gatehouse, once. Pages, server functions, the REST API and the
//! command line all call the operations of [`Service`], and hold no decision of their own.
//!
//! The shape of every operation is the same. It opens a transaction, turns ids into a [`Granted`] proof
//! (the only way to a store write), changes rows, and commits together with its audit event, because
//! [`WriteTx`](store::WriteTx) has no other commit. This crate refuses to know HTTP, HTML and the process
//! it runs in: time, randomness, keys and transports are handed in.

pub mod audit;
mod authz;
mod caller;
mod clock;
mod entropy;
mod error;
mod hashing;
mod keys;
pub mod mail;
mod network;
pub mod ops;
mod service;
pub mod store;

pub use authz::{
    ClusterTarget, EnvironmentTarget, Granted, Level, OrganizationTarget, Permit, ProjectTarget,
    ServiceTarget, permits,
};
pub use caller::{Actor, Caller};
pub use clock::{Clock, FixedClock, SystemClock};
pub use entropy::Entropy;
pub use error::{Error, Result};
pub use network::network_block;
pub use service::{OpenError, Options, Service};
