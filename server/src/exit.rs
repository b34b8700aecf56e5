//! How the program ends. Scripts and service managers rely on the numbers; README lists them.

use std::fmt;
use std::process::ExitCode;

/// Why the program ended, as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// What was asked for could not be done.
    Failed = 1,
    /// The command line could not be understood. Given by the command line parser itself.
    Usage = 2,
    /// The configuration is missing something, or weak.
    Configuration = 3,
    /// Another process uses this data directory.
    Locked = 4,
    /// The address to listen on cannot be had.
    Port = 5,
    /// The root key is missing, unsafe, or not the one of this data.
    RootKey = 6,
    /// The database was written by a newer version.
    NewerSchema = 7,
    /// The data directory cannot be used.
    DataDirectory = 8,
    /// The database cannot be reached, or is damaged.
    Database = 9,
}

impl Exit {
    /// The number, from the number: for replies that crossed a socket.
    #[must_use]
    pub const fn from_number(number: u8) -> Self {
        match number {
            2 => Self::Usage,
            3 => Self::Configuration,
            4 => Self::Locked,
            5 => Self::Port,
            6 => Self::RootKey,
            7 => Self::NewerSchema,
            8 => Self::DataDirectory,
            9 => Self::Database,
            _ => Self::Failed,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A sentence for the operator: what happened and what to do, and the number to end with.
#[derive(Debug, PartialEq, Eq)]
pub struct Failure {
    /// The number.
    pub exit: Exit,
    /// The sentence.
    pub message: String,
}

impl Failure {
    /// A failure of this kind.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}
