//! The rules of Gatehouse, and nothing else: names, permissions, roles, the access decision,
//! variables and their resolution, masks, the audit vocabulary, and what crosses the wire.
//!
//! This crate is compiled for the server and for the browser, so that both follow one truth.
//! It refuses to know databases, networks, clocks, randomness and async code: time comes in as a
//! [`Timestamp`], identifiers are handed in, and every function here is pure.
//!
//! ```
//! use domain::{BuiltInRole, Grants, Lineage, Permission, decide};
//!
//! let viewer = Grants::built_in(BuiltInRole::Viewer);
//! assert!(decide(&viewer, Permission::ProjectRead, &Lineage::organization()).is_allowed());
//! assert!(!decide(&viewer, Permission::ProjectEdit, &Lineage::organization()).is_allowed());
//! ```

pub mod access;
pub mod audit;
pub mod builtin;
mod custom_role;
pub mod effective;
mod error;
#[cfg(feature = "import")]
pub mod export;
mod id;
#[cfg(feature = "import")]
pub mod import;
pub mod interpolation;
pub mod invitees;
mod mask;
mod name;
mod permission;
mod policy;
pub mod resolve;
mod role;
pub mod search;
mod secrecy;
mod submitted;
mod timestamp;
mod variable;
pub mod view;

pub use audit::{EventType, Outcome, TargetType, Tool};
pub use custom_role::{MatrixChange, ProjectAccess, ROLE_NAME_LIMIT, RoleMatrix, RoleName};
pub use error::{ApiError, FieldError, Invalid};
pub use id::*;
pub use mask::{Hint, MASK};
pub use name::*;
pub use permission::Permission;
pub use policy::{
    Decision, Grant, Grants, Lineage, Refusal, can_see, decide, includes, may_give, who_may,
};
pub use role::{BuiltInRole, ClusterLevel, ProjectLevel, RoleRef, UnknownRole};
pub use secrecy::sounds_secret;
pub use submitted::{SubmittedPassword, SubmittedValue};
pub use timestamp::Timestamp;
pub use variable::{
    EnvironmentType, FILE_LIMIT_BYTES, LevelRef, MountPath, Scope, ServiceKind, VALUE_LIMIT_BYTES,
    VARIABLES_PER_SCOPE, VariableKey, VariableKind, VersionKind,
};
