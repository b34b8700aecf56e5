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
    /// The disk failed during a commit, so nothing is written any more.
    #[error(
        "the disk failed while a change was being saved; nothing is written until the server is restarted on a sound disk"
    )]
    WritesStopped,
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
            Self::Store(_) if self.is_damage() => {
                tracing::error!(%request, error = %self, "the database is damaged: restore it from a backup");
                ApiError::IntegrityFailure { request }
            }
            Self::Store(_)
            | Self::Seal(_)
            | Self::Malformed(_)
            | Self::WritesStopped
            | Self::Internal(_) => {
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

/// SQLITE_IOERR and its extended codes. PostgreSQL's codes are longer, and it looks after its disk itself.
pub(crate) fn is_disk_failure(error: &sqlx::Error) -> bool {
    code(error)
        .filter(|code| code.len() < 5)
        .and_then(|code| code.parse::<u32>().ok())
        .is_some_and(|code| code & 0xff == 10)
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

#[cfg(test)]
pub(crate) mod tests {
    use std::{borrow::Cow, error::Error as StdError, fmt};

    use sqlx::error::{DatabaseError, ErrorKind};

    use super::*;

    /// What an engine says when something goes wrong that a test cannot bring about.
    #[derive(Debug)]
    struct Said(&'static str);

    impl fmt::Display for Said {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }
    impl StdError for Said {}
    impl DatabaseError for Said {
        fn message(&self) -> &str {
            self.0
        }
        fn code(&self) -> Option<Cow<'_, str>> {
            Some(self.0.into())
        }
        fn as_error(&self) -> &(dyn StdError + Send + Sync + 'static) {
            self
        }
        fn as_error_mut(&mut self) -> &mut (dyn StdError + Send + Sync + 'static) {
            self
        }
        fn into_error(self: Box<Self>) -> Box<dyn StdError + Send + Sync + 'static> {
            self
        }
        fn kind(&self) -> ErrorKind {
            ErrorKind::Other
        }
    }

    /// An error with this code of SQLite or PostgreSQL.
    pub(crate) fn with_code(code: &'static str) -> sqlx::Error {
        sqlx::Error::Database(Box::new(Said(code)))
    }

    #[test]
    fn a_database_found_damaged_while_running_is_called_that() {
        let request = RequestId::new(uuid::Uuid::nil());
        for code in ["11", "267", "26", "XX001"] {
            assert_eq!(
                Error::Store(with_code(code)).for_wire(request),
                ApiError::IntegrityFailure { request },
                "{code}"
            );
        }
        assert_eq!(
            Error::Store(with_code("1")).for_wire(request),
            ApiError::Internal { request }
        );
    }

    #[test]
    fn a_failing_disk_is_told_from_other_failures() {
        for code in ["10", "266", "778", "1034", "8714"] {
            assert!(is_disk_failure(&with_code(code)), "{code}");
        }
        for code in ["13", "5", "11", "40P01", "53002", "53770"] {
            assert!(!is_disk_failure(&with_code(code)), "{code}");
        }
        assert!(!is_disk_failure(&sqlx::Error::PoolTimedOut));
    }
}
