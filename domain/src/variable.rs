use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{EnvironmentId, ProjectId, ServiceId, name::NameError};

/// Largest value of a variable.
pub const VALUE_LIMIT_BYTES: usize = 64 * 1024;
/// Largest content of a file variable.
pub const FILE_LIMIT_BYTES: usize = 1024 * 1024;
/// Most variables defined at one project, environment or service.
pub const VARIABLES_PER_SCOPE: u32 = 1_000;

/// A closed list with one code for store and API, and one label for people.
macro_rules! coded {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal, $label:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $code)] $variant,)+ }

        impl $name {
            /// All of them, in display order.
            pub const ALL: [Self; [$($code),+].len()] = [$(Self::$variant),+];
            /// The name in store and API.
            #[must_use]
            pub const fn code(self) -> &'static str { match self { $(Self::$variant => $code),+ } }
            /// The name on the screen.
            #[must_use]
            pub const fn label(self) -> &'static str { match self { $(Self::$variant => $label),+ } }
        }
        impl FromStr for $name {
            type Err = NameError;
            fn from_str(code: &str) -> Result<Self, NameError> {
                Self::ALL.into_iter().find(|one| one.code().eq_ignore_ascii_case(code)).ok_or(NameError("Choose one from the list."))
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(self.label()) }
        }
    };
}

pub(crate) use coded;

coded! {
    /// What an environment is for. Decides who may touch it under a custom role.
    EnvironmentType {
        /// What customers use.
        Production = "PRODUCTION", "Production";
        /// The rehearsal.
        Staging = "STAGING", "Staging";
        /// Where work happens.
        Development = "DEVELOPMENT", "Development";
        /// Short-lived, usually one per change.
        Preview = "PREVIEW", "Preview";
    }
}

coded! {
    /// What a service is.
    ServiceKind {
        /// Built from a repository.
        Application = "APPLICATION", "Application";
        /// Run from an image.
        Container = "CONTAINER", "Container";
        /// Run on a schedule or at an event.
        Job = "JOB", "Job";
        /// A database.
        Database = "DATABASE", "Database";
    }
}

coded! {
    /// Where a variable is defined. Ordered: the later wins.
    Scope {
        /// Generated from the registry itself.
        BuiltIn = "BUILT_IN", "Built-in";
        /// Reaches every environment and service of a project.
        Project = "PROJECT", "Project";
        /// Reaches every service of an environment.
        Environment = "ENVIRONMENT", "Environment";
        /// One service alone.
        Service = "SERVICE", "Service";
    }
}

coded! {
    /// How a variable comes to its value.
    VariableKind {
        /// A value of its own.
        Value = "VALUE", "Value";
        /// A value that is mounted as a file.
        File = "FILE", "File";
        /// Another key for an existing variable.
        Alias = "ALIAS", "Alias";
        /// A new value at a narrower scope.
        Override = "OVERRIDE", "Override";
        /// Generated and read-only.
        BuiltIn = "BUILT_IN", "Built-in";
    }
}

coded! {
    /// What made a version of a variable.
    VersionKind {
        /// It was added.
        Created = "CREATED", "Added";
        /// Something about it was changed.
        Edited = "EDITED", "Changed";
        /// A former version was brought back.
        Restored = "RESTORED", "Restored";
        /// It was deleted.
        Deleted = "DELETED", "Deleted";
    }
}

/// A place where variables are defined, by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LevelRef {
    /// A project.
    Project(ProjectId),
    /// An environment.
    Environment(EnvironmentId),
    /// A service.
    Service(ServiceId),
}

impl LevelRef {
    /// Reads a level as forms send it: the scope's code and the id.
    ///
    /// # Errors
    /// Either of them is malformed.
    pub fn parse(scope: &str, id: &str) -> Result<Self, NameError> {
        const BAD: NameError = NameError("Choose a scope from the list.");
        match scope.parse::<Scope>()? {
            Scope::Project => id.parse().map(Self::Project).map_err(|_| BAD),
            Scope::Environment => id.parse().map(Self::Environment).map_err(|_| BAD),
            Scope::Service => id.parse().map(Self::Service).map_err(|_| BAD),
            Scope::BuiltIn => Err(BAD),
        }
    }
    /// The scope of variables defined here.
    #[must_use]
    pub const fn scope(&self) -> Scope {
        match self {
            Self::Project(_) => Scope::Project,
            Self::Environment(_) => Scope::Environment,
            Self::Service(_) => Scope::Service,
        }
    }
    /// The id, as forms send it.
    #[must_use]
    pub fn id(&self) -> String {
        match self {
            Self::Project(id) => id.to_string(),
            Self::Environment(id) => id.to_string(),
            Self::Service(id) => id.to_string(),
        }
    }
}

/// The name a program reads a variable by. Case-sensitive, as in every operating system that matters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VariableKey(String);

impl VariableKey {
    /// Longest key, in characters.
    pub const LIMIT: usize = 255;

    /// Reads a key that a person or client chose.
    ///
    /// # Errors
    /// Says which rule it breaks: the alphabet, the length, or a reserved beginning.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let text = text.trim();
        let Some(first) = text.bytes().next() else {
            return Err(NameError("Enter a key, for example DATABASE_URL."));
        };
        if text.len() > Self::LIMIT {
            return Err(NameError("Use at most 255 characters."));
        }
        if first.is_ascii_digit() {
            return Err(NameError("A key cannot start with a digit."));
        }
        if !text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        {
            return Err(NameError("Use letters, digits and underscores only."));
        }
        if text.starts_with("__") {
            return Err(NameError(
                "Keys starting with two underscores are reserved.",
            ));
        }
        if text.len() >= 7 && text[..7].eq_ignore_ascii_case("QOVERY_") {
            return Err(NameError(
                "Keys starting with QOVERY_ are reserved for built-in variables.",
            ));
        }
        Ok(Self(text.to_owned()))
    }
    /// Takes a generated or stored key, which may carry the reserved prefix.
    #[must_use]
    pub const fn trusted(text: String) -> Self {
        Self(text)
    }
    /// The key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// True when the key's words are those of a credential: the form then suggests a secret.
    #[must_use]
    pub fn sounds_secret(key: &str) -> bool {
        let key = key.to_ascii_uppercase();
        key.split('_').any(|word| {
            matches!(
                word,
                "PASSWORD"
                    | "PASSWD"
                    | "PWD"
                    | "SECRET"
                    | "TOKEN"
                    | "CREDENTIAL"
                    | "CREDENTIALS"
                    | "PRIVATE"
                    | "APIKEY"
                    | "DSN"
            )
        }) || key.ends_with("_KEY")
    }
}

impl fmt::Display for VariableKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a file variable appears inside the running service.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MountPath(String);

impl MountPath {
    /// Longest path, in bytes.
    pub const LIMIT: usize = 1024;

    /// Reads an absolute path to a file.
    ///
    /// # Errors
    /// Says which rule it breaks: absolute, no `.` or `..`, no empty part, names a file.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(NameError(
                "Enter the path of the file, for example /etc/app/config.yaml.",
            ));
        }
        if !text.starts_with('/') {
            return Err(NameError(
                "The path must be absolute: start it with a slash.",
            ));
        }
        if text.len() > Self::LIMIT {
            return Err(NameError("Use at most 1024 characters."));
        }
        if text.chars().any(char::is_control) {
            return Err(NameError("Leave out control characters."));
        }
        if text[1..]
            .split('/')
            .any(|part| part.is_empty() || part == "." || part == "..")
        {
            return Err(NameError("Name a file, without empty parts, “.” or “..”."));
        }
        Ok(Self(text.to_owned()))
    }
    /// The path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MountPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_are_what_every_shell_can_export() {
        for good in ["A", "_a", "DATABASE_URL", "a1", &"K".repeat(255)] {
            assert!(VariableKey::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            " ",
            "1A",
            "A-B",
            "A B",
            "Ä",
            "A=B",
            "__A",
            "QOVERY_X",
            "qovery_x",
            &"K".repeat(256),
            "A\0",
        ] {
            assert!(VariableKey::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn mount_paths_stay_where_they_are_put() {
        for good in ["/a", "/etc/app/config.yaml", "/..data/x"] {
            assert!(MountPath::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "", "a", "/", "/a/", "/a/../b", "/./a", "//a", "/a\nb", "/a/..",
        ] {
            assert!(MountPath::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn credentials_are_recognized_by_their_names() {
        for key in ["DATABASE_PASSWORD", "API_KEY", "github_token", "SENTRY_DSN"] {
            assert!(VariableKey::sounds_secret(key), "{key}");
        }
        for key in ["LOG_LEVEL", "KEYBOARD", "TOKENIZER", "PORT"] {
            assert!(!VariableKey::sounds_secret(key), "{key}");
        }
    }

    proptest! {
        #[test]
        fn reading_a_key_never_panics(text in any::<String>()) { let _ = VariableKey::parse(&text); let _ = MountPath::parse(&text); }
    }
}
