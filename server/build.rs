//! Embeds the console's files into the binary.
//!
//! `scripts/build-site` writes them; this lists them for `assets.rs`, each with its compressed forms, and computes
//! one hash over all of them, which becomes part of their URL. Without them (a plain `cargo check` or `cargo test`)
//! the list is empty.

use std::collections::BTreeMap;
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::hash::{DefaultHasher, Hasher as _};
use std::io;
use std::path::{Path, PathBuf};

fn main() -> io::Result<()> {
    let site = site_dir();
    // Cargo reruns a build script forever when it watches a path that does not exist.
    fs::create_dir_all(&site)?;
    println!("cargo::rerun-if-env-changed=GATEHOUSE_SITE_DIR");
    println!("cargo::rerun-if-changed={}", site.display());

    let mut files = BTreeMap::new();
    collect(&site, &site, &mut files)?;
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::write(out.join("site.rs"), listing(&files)?)
}

/// `GATEHOUSE_SITE_DIR`, or `site` in the target directory.
fn site_dir() -> PathBuf {
    if let Some(dir) = env::var_os("GATEHOUSE_SITE_DIR") {
        return dir.into();
    }
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let target = env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    workspace.join(target).join("site")
}

/// Adds every file below `dir`, under its name relative to `root`.
fn collect(root: &Path, dir: &Path, files: &mut BTreeMap<String, PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else if let Some(name) = path.strip_prefix(root).ok().and_then(Path::to_str) {
            files.insert(name.to_owned(), path.canonicalize()?);
        }
    }
    Ok(())
}

/// The Rust source of the list. Compressed forms are entries of their file, not files of their own.
fn listing(files: &BTreeMap<String, PathBuf>) -> io::Result<String> {
    let mut hasher = DefaultHasher::new();
    let mut assets = String::new();
    for (name, path) in files {
        if name.ends_with(".br") || name.ends_with(".gz") {
            continue;
        }
        hasher.write(name.as_bytes());
        hasher.write(&fs::read(path)?);
        let form = |path: &Path| format!("include_bytes!({path:?})");
        let compressed = |suffix: &str| match files.get(&format!("{name}.{suffix}")) {
            Some(path) => format!("Some({})", form(path)),
            None => "None".to_owned(),
        };
        let (brotli, gzip) = (compressed("br"), compressed("gz"));
        let identity = form(path);
        writeln!(
            assets,
            "    Asset {{ name: {name:?}, identity: {identity}, brotli: {brotli}, gzip: {gzip} }},"
        )
        .expect("writing to a string cannot fail");
    }
    let hash = hasher.finish();
    Ok(format!(
        "const HASH: &str = \"{hash:016x}\";\nstatic ASSETS: &[Asset] = &[\n{assets}];\n"
    ))
}
