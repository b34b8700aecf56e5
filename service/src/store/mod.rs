//! The only SQL. One text serves SQLite and PostgreSQL; only the migrations differ.
//!
//! Reads are methods of [`Tx`], writes are methods of [`WriteTx`] that take a proof and read the ids from it.

mod accounts;
mod audit;
mod clusters;
mod event_search;
mod health;
mod keys;
mod members;
mod organizations;
mod outbox;
mod pool;
mod registry;
mod roles;
mod rotation;
mod sealed_columns;
mod search;
mod throttle;
mod tx;
mod variable_versions;
mod variables;

pub(crate) use accounts::{NewPerson, NewSession};
pub use accounts::{PersonRow, SessionRow};
pub(crate) use audit::UsedRow;
pub use audit::{Cursor, EventFilter, EventRow};
pub use clusters::ClusterRow;
pub(crate) use clusters::ClusterState;
pub(crate) use keys::LayerKeyRow;
pub(crate) use members::NewInvitation;
pub use members::{Activity, INVITATIONS_LISTED, InvitationRow, MemberCursor, MemberFilter};
pub(crate) use organizations::OrganizationEdit;
pub use organizations::OrganizationRow;
pub use outbox::OutboxRow;
pub use pool::{MigrationState, Store};
pub use registry::{EnvironmentRow, NewService, ProjectRow, ServiceRow};
pub(crate) use roles::NewRoleState;
pub use roles::{RoleRow, RoleState};
pub(crate) use rotation::{ActiveKeyRow, BatchLimit, Position, SealedRow};
pub(crate) use sealed_columns::SealedColumn;
pub(crate) use search::{FoundRow, Sight};
pub(crate) use throttle::ThrottleRow;
pub use tx::{Chain, Tx, WriteTx};
pub(crate) use variable_versions::Cause;
pub use variable_versions::{SealedVersion, VersionCursor, VersionRow};
pub use variables::{LevelIds, VariableRow, VariableWrite};
pub(crate) use variables::{MentionRow, MountRow};

use std::str::FromStr;

use domain::Timestamp;
use uuid::Uuid;

use crate::{Error, Result};

/// Reads a stored identifier.
pub(crate) fn id<T: From<Uuid>>(text: &str) -> Result<T> {
    Uuid::try_parse(text)
        .map(T::from)
        .map_err(|_| Error::Malformed("identifier"))
}

/// Reads a stored word of a closed list.
pub(crate) fn word<T: FromStr>(text: &str) -> Result<T> {
    text.parse().map_err(|_| Error::Malformed("word"))
}

/// Reads a stored moment.
pub(crate) const fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

/// Reads a stored count or version.
pub(crate) fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
/// Reads a small stored count.
pub(crate) fn small(number: i64) -> u32 {
    u32::try_from(number).unwrap_or_default()
}
/// Stores a count or version.
pub(crate) fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
