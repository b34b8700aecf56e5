use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! submitted {
    ($($(#[$doc:meta])* $name:ident),+) => {$(
        $(#[$doc])*
        #[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes over what was typed.
            #[must_use]
            pub const fn new(text: String) -> Self { Self(text) }
            /// What was typed, to be checked or sealed at once.
            #[must_use]
            pub fn expose(&self) -> &str { &self.0 }
            /// What was typed, without a copy.
            #[must_use]
            pub fn into_inner(self) -> String { self.0 }
        }
        impl From<String> for $name {
            fn from(text: String) -> Self { Self(text) }
        }
        /// Never shows the content: the arguments of server functions derive Debug.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str("(submitted)") }
        }
    )+};
}

submitted! {
    /// A variable's value as somebody typed it into a form.
    SubmittedValue,
    /// A password as somebody typed it into a form.
    SubmittedPassword
}
