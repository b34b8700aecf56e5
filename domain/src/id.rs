//! Typed identifiers. An id is never authority: holding one gives no right to anything.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps an identifier that was made elsewhere.
            #[must_use]
            pub const fn new(id: Uuid) -> Self { Self(id) }
            /// The bare identifier, for storage and associated data.
            #[must_use]
            pub const fn uuid(self) -> Uuid { self.0 }
        }
        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self { Self(id) }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.hyphenated().fmt(f) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0.hyphenated())
            }
        }
        /// Accepts only the lower-case hyphenated form, so one object has one address.
        impl FromStr for $name {
            type Err = MalformedId;
            fn from_str(text: &str) -> Result<Self, MalformedId> { parse_canonical(text).map(Self) }
        }
    )+};
}

ids! {
    /// A tenant.
    OrganizationId,
    /// A human being with an account on this instance.
    PersonId,
    /// One signed-in browser.
    SessionId,
    /// An offer of membership.
    InvitationId,
    /// A place environments run on.
    ClusterId,
    /// A project of an organization.
    ProjectId,
    /// An environment of a project.
    EnvironmentId,
    /// An application, container, job or database of an environment.
    ServiceId,
    /// A custom role.
    RoleId,
    /// A variable, whatever its scope.
    VariableId,
    /// Something kept for its creator to read for a few minutes.
    HandoverId,
    /// One HTTP request or one operator command.
    RequestId,
}

/// The text is not a lower-case hyphenated UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier")]
pub struct MalformedId;

fn parse_canonical(text: &str) -> Result<Uuid, MalformedId> {
    let id = Uuid::try_parse(text).map_err(|_| MalformedId)?;
    let mut buffer = Uuid::encode_buffer();
    if id.hyphenated().encode_lower(&mut buffer) == text {
        Ok(id)
    } else {
        Err(MalformedId)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_object_has_one_spelling() {
        let canonical = "01890a5d-ac96-774b-bcce-b302099a8057";
        assert_eq!(
            canonical.parse::<ProjectId>().map(|id| id.to_string()),
            Ok(canonical.to_owned())
        );
        for other in [
            "01890A5D-AC96-774B-BCCE-B302099A8057",
            "01890a5dac96774bbcceb302099a8057",
            "",
            "x",
            "{01890a5d-ac96-774b-bcce-b302099a8057}",
        ] {
            assert_eq!(other.parse::<ProjectId>(), Err(MalformedId), "{other}");
        }
    }
}
