//! The only place that writes to the terminal. What is said here is for the operator; everything about requests
//! goes to the log, on standard error too, but with its own format.

use std::io::{self, Write as _};

/// A line of result, on standard output. Nobody reading any more is no reason to fail.
pub fn line(text: impl AsRef<str>) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{}", text.as_ref()).and_then(|()| out.flush());
}

/// A line about what went wrong or is going on, on standard error.
pub fn note(text: impl AsRef<str>) {
    let _ = writeln!(io::stderr().lock(), "{}", text.as_ref());
}

/// Asks for one line at the terminal.
pub fn prompt(text: impl AsRef<str>) {
    let mut err = io::stderr().lock();
    let _ = write!(err, "{}", text.as_ref()).and_then(|()| err.flush());
}
