//! What this process does to itself before anything else: its memory holds keys, and its files are for one user.

use std::io;

use rustix::fs::Mode;
use rustix::process::{Resource, Rlimit, setrlimit, umask};

/// Switches core dumps off, and makes files that are created without a mode of their own private.
///
/// # Errors
/// The system refuses to switch core dumps off.
pub fn harden() -> io::Result<()> {
    umask(Mode::RWXG | Mode::RWXO);
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Core, none)?;
    not_dumpable()
}

/// The limit does not hold where the system pipes dumps to a program, as many distributions do. This does; it also keeps
/// other processes of the same user from reading the memory and the environment.
#[cfg(target_os = "linux")]
fn not_dumpable() -> io::Result<()> {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    Ok(set_dumpable_behavior(DumpableBehavior::NotDumpable)?)
}

#[cfg(not(target_os = "linux"))]
fn not_dumpable() -> io::Result<()> {
    Ok(())
}
