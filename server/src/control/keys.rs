//! Orders about keys, and what is said of them.

use std::path::Path;

use domain::ApiError;
use service::ops::{KeyReport, KeyStatus, RotatedKey, RotationScope};
use service::{Caller, Service};

use super::{Reply, in_words, read_root_key};
use crate::exit::{Exit, Failure};

/// How things stand with the keys.
pub async fn status(service: &Service) -> Reply {
    let request = service.request_id();
    let caller = Caller::system("keys status", request);
    match service.key_report(&caller).await {
        Ok(report) => Reply::Done {
            message: told(service, &report),
        },
        Err(error) => Reply::failed(in_words(&error.for_wire(request))),
    }
}

/// New keys.
pub async fn rotate(service: &Service, organization: Option<&str>, instance: bool) -> Reply {
    let request = service.request_id();
    let caller = Caller::system("keys rotate", request);
    let scope = match (organization, instance) {
        (Some(slug), _) => RotationScope::Organization(slug),
        (None, true) => RotationScope::Instance,
        (None, false) => RotationScope::Everything,
    };
    match service.rotate_keys(&caller, scope).await {
        Ok(rotated) => Reply::Done {
            message: rotated_in_words(&rotated),
        },
        Err(error) => Reply::failed(match error.for_wire(request) {
            ApiError::NotFound => format!(
                "There is no organization {}.",
                organization.unwrap_or_default()
            ),
            other => in_words(&other),
        }),
    }
}

/// Another root key.
pub async fn rotate_root(service: &Service, current: &Path, previous: &Path) -> Reply {
    match exchange(service, current, previous).await {
        Ok(message) => Reply::Done { message },
        Err(failure) => Reply::Failed {
            exit: failure.exit as u8,
            message: failure.message,
        },
    }
}

async fn exchange(service: &Service, current: &Path, previous: &Path) -> Result<String, Failure> {
    let (new, old) = (read_root_key(current)?, read_root_key(previous)?);
    let from = old.id();
    let request = service.request_id();
    let caller = Caller::system("keys rotate-root", request);
    let done = service.rotate_root_key(&caller, new, old).await;
    let done = done.map_err(|error| {
        let error = error.for_wire(request);
        let exit = match error {
            ApiError::Refused { .. } => Exit::RootKey,
            _ => Exit::Failed,
        };
        Failure::new(exit, in_words(&error))
    })?;
    Ok(format!(
        "Keys under root key {from}: {before} before, {after} now. All are under {to}.\n\
         Start the server with {file} from now on, and keep a copy of it elsewhere. Keep the previous key as long as there are \
         backups from before.",
        before = done.before,
        after = done.after,
        to = done.current,
        file = current.display()
    ))
}

fn rotated_in_words(rotated: &[RotatedKey]) -> String {
    let mut lines: Vec<_> = rotated
        .iter()
        .map(|key| format!("{}: version {} seals from now on", key.owner, key.version))
        .collect();
    lines.push(
        "A running server moves the values over in the background; gatehouse keys status shows how far it is."
            .to_owned(),
    );
    lines.join("\n")
}

fn told(service: &Service, report: &KeyReport) -> String {
    let root = format!(
        "root key {}: wraps {}, {} under another root key",
        report.root_key_id,
        counted(report.keys - report.under_other_root, "key"),
        report.under_other_root
    );
    let owners = report.owners.iter().map(|owner| line(service, owner));
    std::iter::once(root)
        .chain(owners)
        .collect::<Vec<_>>()
        .join("\n")
}

fn line(service: &Service, key: &KeyStatus) -> String {
    let seconds = service.now().seconds_since(key.created_at);
    let days = u64::try_from(seconds / 86_400).unwrap_or_default();
    let mut line = format!(
        "{}: version {}, {} old, {}",
        key.owner,
        key.version,
        counted(days, "day"),
        counted(key.encryptions, "encryption"),
    );
    if key.older.is_empty() {
        return line;
    }
    let older: Vec<_> = key.older.iter().map(u32::to_string).collect();
    line += &format!(
        ", {} of {} under older versions (kept: {})",
        key.values_left,
        counted(key.values, "value"),
        older.join(", ")
    );
    match key.unreadable {
        0 => {}
        1 => line += ", one of them does not open and keeps its version (see the log)",
        several => {
            line += &format!(", {several} of them do not open and keep their version (see the log)")
        }
    }
    match key.links_left {
        0 => {}
        1 => line += ", one session or link keeps its version until it ends",
        several => {
            line += &format!(", {several} sessions and links keep their version until they end")
        }
    }
    line
}

fn counted(count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}
