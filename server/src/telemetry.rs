//! The log: one line an event, as text or JSON, on standard error. What never goes in: values, tokens, cookies,
//! addresses of people, bodies, raw URLs.

use std::panic::{self, PanicHookInfo};

use tracing_subscriber::EnvFilter;

use crate::config::Log;

/// Starts logging, once per process.
pub fn start(log: &Log) {
    let filter = EnvFilter::try_new(&log.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false);
    let started = if log.json {
        builder
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .try_init()
    } else {
        builder
            .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
            .try_init()
    };
    // `Err` says that somebody else in this process did it, as in tests.
    if started.is_ok() {
        panic::set_hook(Box::new(log_panic));
    }
}

/// Only fixed texts are logged: a formatted one could hold what somebody typed.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let text = panic
        .payload()
        .downcast_ref::<&'static str>()
        .copied()
        .unwrap_or("(text withheld)");
    let place = panic
        .location()
        .map(ToString::to_string)
        .unwrap_or_default();
    tracing::error!(place, "panic: {text}");
}
