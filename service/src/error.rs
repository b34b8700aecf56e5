use domain::{ApiError, RequestId};

/// What an operation can fail with, for the house. [`Error::for_wire`] makes of it what the asker is told.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The asker is told exactly this.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// The database refused or failed.
    #[error("database: {0}")]
    Store(#[from] sqlx::Error),
    /// A stored ciphertext cannot be opened: damaged, swapped or under an unknown key.
    #[error("integrity of {table} {row}: {cause}")]
    Integrity {
        /// Which table.
        table: &'static str,
        /// Which row, never the value.
        row: String,
        /// What failed.
        cause: vault::OpenError,
    },
    /// Something could not be sealed.
    #[error("sealing: {0}")]
    Seal(#[from] vault::SealError),
    /// A stored row makes no sense.
    #[error("stored {0} is malformed")]
    Malformed(&'static str),
    /// Background work failed.
    #[error("{0}")]
    Internal(String),
}

/// The result of an operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// What the asker is told. The cause is logged here, once, under the request's id.
    #[must_use]
    pub fn for_wire(self, request: RequestId) -> ApiError {
        match self {
            Self::Api(error) => error,
            Self::Store(error) if is_full(&error) => {
                tracing::error!(%request, "the disk is full");
                ApiError::StorageFull
            }
            Self::Store(error) if is_busy(&error) => {
                tracing::warn!(%request, %error, "the database is busy");
                ApiError::Busy
            }
            Self::Integrity { .. } => {
                tracing::error!(%request, error = %self, "integrity failure");
                ApiError::IntegrityFailure { request }
            }
            Self::Store(_) | Self::Seal(_) | Self::Malformed(_) | Self::Internal(_) => {
                tracing::error!(%request, error = %self, "operation failed");
                ApiError::Internal { request }
            }
        }
    }
    /// A refusal by a rule, in a sentence.
    #[must_use]
    pub fn refused(reason: impl Into<String>) -> Self {
        Self::Api(ApiError::Refused {
            reason: reason.into(),
        })
    }
    /// A clash with the present state, in a sentence.
    #[must_use]
    pub fn conflict(reason: impl Into<String>) -> Self {
        Self::Api(ApiError::Conflict {
            reason: reason.into(),
        })
    }
    /// True when a unique constraint refused the row.
    #[must_use]
    pub fn is_duplicate(&self) -> bool {
        matches!(self, Self::Store(sqlx::Error::Database(error)) if error.is_unique_violation())
    }
    /// True when the engine finds its own file damaged, or no database at all.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Store(error) if matches!(code(error).as_deref(), Some("11" | "267" | "523" | "779" | "26" | "XX001" | "XX002")))
    }
    /// True when a row is still referred to.
    #[must_use]
    pub fn is_in_use(&self) -> bool {
        matches!(self, Self::Store(sqlx::Error::Database(error)) if error.is_foreign_key_violation())
    }
}

fn code(error: &sqlx::Error) -> Option<String> {
    match error {
        sqlx::Error::Database(error) => error.code().map(std::borrow::Cow::into_owned),
        _ => None,
    }
}

/// SQLITE_FULL, or PostgreSQL's disk_full.
fn is_full(error: &sqlx::Error) -> bool {
    matches!(code(error).as_deref(), Some("13" | "53100"))
}

/// SQLITE_BUSY and its extended codes, PostgreSQL's serialization failure and deadlock, or no free connection.
fn is_busy(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::PoolTimedOut)
        || matches!(
            code(error).as_deref(),
            Some("5" | "261" | "517" | "773" | "40001" | "40P01")
        )
}
