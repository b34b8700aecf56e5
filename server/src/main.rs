//! The `gatehouse` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    // First of all: once there are threads and keys it would be late.
    if let Err(error) = server::process::harden() {
        return server::cli::cannot_start(&error);
    }
    server::cli::main()
}
