//! The invariants of ARCHITECTURE.md that no type can hold.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::{
    fs,
    path::{Path, PathBuf},
};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// Every Rust file below a folder of the workspace, with its text.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut folders = vec![workspace().join(folder)];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                files.push((path, text));
            }
        }
    }
    assert!(!files.is_empty(), "{folder} has no sources");
    files
}

#[test]
fn sql_is_only_in_the_store() {
    for (path, text) in sources("service/src") {
        if !path.starts_with(workspace().join("service/src/store")) {
            for word in ["sqlx::query", "select ", "insert into", "delete from"] {
                assert!(!text.contains(word), "{}: {word}", path.display());
            }
        }
    }
    for crate_name in ["domain", "vault", "app", "frontend", "server"] {
        let manifest = fs::read_to_string(workspace().join(crate_name).join("Cargo.toml")).unwrap();
        let dependencies = manifest.split("[dev-dependencies]").next().unwrap();
        assert!(
            !dependencies.contains("sqlx"),
            "{crate_name} depends on sqlx"
        );
    }
}

#[test]
fn the_domain_has_no_async_code_no_clock_and_no_files() {
    for (path, text) in sources("domain/src") {
        for word in [
            "async fn",
            ".await",
            "SystemTime",
            "Instant::now",
            "std::fs",
            "std::net",
            "rand::",
        ] {
            assert!(!text.contains(word), "{}: {word}", path.display());
        }
    }
}

#[test]
fn commits_without_an_event_are_the_known_ones() {
    let mut reasons: Vec<String> = sources("service/src")
        .iter()
        .flat_map(|(_, text)| {
            text.match_indices(".commit_unaudited(\"")
                .map(|(at, call)| {
                    text[at + call.len()..]
                        .split('"')
                        .next()
                        .unwrap()
                        .to_owned()
                })
                .collect::<Vec<_>>()
        })
        .collect();
    reasons.sort();
    reasons.dedup();
    assert_eq!(
        reasons,
        [
            "changes under review",
            "expiry",
            "last active",
            "last seen",
            "mail delivery",
            "password given again",
            "re-encryption",
            "role edit under review",
            "set-up link"
        ]
    );
}

#[test]
fn doors_do_not_touch_the_store() {
    for folder in ["app/src", "server/src"] {
        for (path, text) in sources(folder) {
            for word in ["WriteTx", ".store().write", "Granted<"] {
                assert!(!text.contains(word), "{}: {word}", path.display());
            }
        }
    }
}

#[test]
fn no_page_carries_style_attributes() {
    for (path, text) in sources("app/src") {
        for word in [" style=\"", " style=format", " style=move", " onclick=\""] {
            assert!(!text.contains(word), "{}: {word}", path.display());
        }
    }
}
