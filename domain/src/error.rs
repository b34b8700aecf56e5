use serde::{Deserialize, Serialize};

use crate::{Permission, RequestId};

/// One thing wrong with one field of a form. Says what to do, never what was typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The field's name in the form.
    pub field: String,
    /// A sentence for the person.
    pub message: String,
}

impl FieldError {
    /// A sentence about one field.
    #[must_use]
    pub fn new(field: &str, message: impl Into<String>) -> Self {
        Self {
            field: field.to_owned(),
            message: message.into(),
        }
    }
}

/// Every answer that is not the one asked for, as it crosses the wire.
/// It never carries a submitted value: without WebAssembly it travels in a URL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum ApiError {
    /// Nobody is signed in.
    #[error("Sign in first.")]
    Unauthenticated,
    /// E-mail and password do not belong together, or there is no such account: one answer for both.
    #[error("Email or password is not right.")]
    WrongCredentials,
    /// In sight, but not allowed.
    #[error("You may not do this: it needs “{}”{}.", permission.label(), who.as_ref().map(|who| format!(" ({who})")).unwrap_or_default())]
    Forbidden {
        /// The permission that is missing.
        permission: Permission,
        /// The roles that have it.
        who: Option<String>,
    },
    /// Refused by a rule that no permission lifts.
    #[error("{reason}")]
    Refused {
        /// A sentence: what happened and what to do.
        reason: String,
    },
    /// There is no such thing, or the caller may not know that there is.
    #[error("There is nothing here, or you may not see it.")]
    NotFound,
    /// The form needs corrections; all of them at once.
    #[error("{}", summary(fields))]
    Invalid {
        /// What to correct, in the order of the form.
        fields: Vec<FieldError>,
    },
    /// Somebody else changed it meanwhile, or the name is taken.
    #[error("{reason}")]
    Conflict {
        /// A sentence: what changed and what to do.
        reason: String,
    },
    /// Too many attempts.
    #[error("Too many attempts. Try again in {seconds} seconds.")]
    Throttled {
        /// How long to wait.
        seconds: u32,
    },
    /// A link that is unknown, used, revoked or too old.
    #[error("This link does not work any more. Ask for a new one.")]
    LinkVoid,
    /// The server is doing as much as it can.
    #[error("The server is busy. Try again in a few seconds.")]
    Busy,
    /// The disk is full.
    #[error("The server's disk is full, so nothing can be saved. Tell whoever runs it.")]
    StorageFull,
    /// The stored value fails its integrity check.
    #[error(
        "This value failed its integrity check and was not used. Tell whoever runs the server (request {request})."
    )]
    IntegrityFailure {
        /// Names the log line with the cause.
        request: RequestId,
    },
    /// The cause is in the server's log, once.
    #[error(
        "Something went wrong on our side. Nothing was changed. Mention request {request} when you report it."
    )]
    Internal {
        /// Names the log line with the cause.
        request: RequestId,
    },
    /// The request itself could not be read.
    #[error("The request could not be read. Reload the page and try again.")]
    BadRequest,
    /// The browser could not reach the server.
    #[error("The server could not be reached. What you typed is still here; try again.")]
    Unreachable,
}

fn summary(fields: &[FieldError]) -> String {
    match fields {
        [] => "Some fields need attention.".to_owned(),
        [only] => only.message.clone(),
        many => format!("{} fields need attention.", many.len()),
    }
}

impl ApiError {
    /// The HTTP status this answer is sent with.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Unauthenticated | Self::WrongCredentials => 401,
            Self::Forbidden { .. } => 403,
            Self::NotFound => 404,
            Self::Invalid { .. } => 422,
            Self::Conflict { .. } | Self::Refused { .. } => 409,
            Self::Throttled { .. } => 429,
            Self::LinkVoid => 410,
            Self::Busy => 503,
            Self::StorageFull => 507,
            Self::IntegrityFailure { .. } | Self::Internal { .. } => 500,
            Self::BadRequest => 400,
            Self::Unreachable => 502,
        }
    }
    /// A sentence about one field.
    #[must_use]
    pub fn field(field: &str, message: impl Into<String>) -> Self {
        Self::Invalid {
            fields: vec![FieldError::new(field, message)],
        }
    }
    /// What to say beside the field of this name, if anything.
    #[must_use]
    pub fn for_field(&self, name: &str) -> Option<&str> {
        match self {
            Self::Invalid { fields } => fields
                .iter()
                .find(|error| error.field == name)
                .map(|error| error.message.as_str()),
            _ => None,
        }
    }
}

/// Collects everything wrong with a form, so that people correct it once.
#[derive(Debug, Default)]
pub struct Invalid(Vec<FieldError>);

impl Invalid {
    /// Nothing wrong yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
    /// Notes a wrong field.
    pub fn add(&mut self, field: &str, message: impl Into<String>) {
        self.0.push(FieldError::new(field, message));
    }
    /// Keeps the value of a field that parsed, notes the reason of one that did not.
    pub fn check<T, E: std::fmt::Display>(
        &mut self,
        field: &str,
        parsed: Result<T, E>,
    ) -> Option<T> {
        parsed
            .map_err(|reason| self.add(field, reason.to_string()))
            .ok()
    }
    /// True when nothing was noted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// The error to answer with.
    #[must_use]
    pub fn into_error(self) -> ApiError {
        ApiError::Invalid { fields: self.0 }
    }
    /// Ok when nothing was noted.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] with every noted field.
    pub fn finish(self) -> Result<(), ApiError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(self.into_error())
        }
    }
}

/// How a server function's own failures, outside any operation, are told.
#[cfg(feature = "server-fn")]
impl server_fn::error::FromServerFnError for ApiError {
    type Encoder = server_fn::codec::JsonEncoding;

    fn from_server_fn_error(error: server_fn::error::ServerFnErrorErr) -> Self {
        use server_fn::error::ServerFnErrorErr as E;
        match error {
            E::Request(_) | E::UnsupportedRequestMethod(_) => Self::Unreachable,
            E::Args(_) | E::MissingArg(_) | E::Deserialization(_) => Self::BadRequest,
            E::Registration(_)
            | E::ServerError(_)
            | E::MiddlewareError(_)
            | E::Serialization(_)
            | E::Response(_) => Self::Internal {
                request: RequestId::new(uuid::Uuid::nil()),
            },
        }
    }
}
