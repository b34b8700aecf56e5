//! `gatehouse demo`: a sample organization, in a directory of its own.

use std::collections::HashSet;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;

use service::{Clock as _, FixedClock, SystemClock};
use vault::password::PasswordParameters;

use super::serve;
use crate::bootstrap::{self, DataDir};
use crate::config::{Config, Settings};
use crate::demo::{Account, PASSWORD, seed};
use crate::exit::{Exit, Failure};
use crate::say;

const DATA_DIR: &str = "./gatehouse-demo";
const ROOT_KEY_FILE: &str = "./gatehouse-demo.key";
/// Who can sign in, for the next start. Sample passwords, of a sample.
const ACCOUNTS_FILE: &str = "who-can-sign-in.txt";

/// The same settings, away from real data unless the operator says where.
#[must_use]
pub fn separate(mut settings: Settings) -> Settings {
    settings
        .storage
        .data_dir
        .get_or_insert_with(|| DATA_DIR.into());
    settings
        .storage
        .root_key_file
        .get_or_insert_with(|| ROOT_KEY_FILE.into());
    // The sample's people must not get mail, and the sample is small enough for a file.
    settings.mail.smtp_url = None;
    settings.storage.database_url = None;
    settings
}

/// Fills the directory the first time, then serves it.
///
/// # Errors
/// As serving; and when the directory holds something else.
pub async fn run(config: Config) -> Result<(), Failure> {
    let data = DataDir::prepare(&config.storage.data_dir)?;
    let accounts = data.path().join(ACCOUNTS_FILE);
    if !accounts.exists() {
        fill(&config, &data, &accounts).await?;
    }
    let text = fs::read_to_string(&accounts).map_err(|error| failed(&error))?;
    say::line(text);
    serve::run(config).await
}

async fn fill(config: &Config, data: &DataDir, accounts: &Path) -> Result<(), Failure> {
    let lock = data.lock()?;
    let clock = Arc::new(FixedClock::at(SystemClock.now()));
    let service = bootstrap::open_at(
        config,
        data,
        &lock,
        config.web.listen,
        clock.clone(),
        PasswordParameters::FLOOR,
    )
    .await?;
    if !service
        .needs_setup()
        .await
        .map_err(|error| failed(&error))?
    {
        let shown = data.path().display();
        return Err(Failure::new(
            Exit::DataDirectory,
            format!(
                "{shown} holds something else, or half a sample. Choose another place with --data-dir, or delete it."
            ),
        ));
    }
    say::note("Making the sample organization, once:");
    let made = seed(&service, &clock, |step| say::note(format!("  {step}")))
        .await
        .map_err(|error| failed(&error))?;
    service.close().await;
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(accounts)
        .map_err(|error| failed(&error))?;
    file.write_all(in_words(&made).as_bytes())
        .map_err(|error| failed(&error))
}

/// One account of each role.
fn in_words(accounts: &[Account]) -> String {
    let mut seen = HashSet::new();
    let lines = accounts
        .iter()
        .filter(|account| seen.insert(account.role))
        .map(|account| {
            format!(
                "  {:<16} {:<24} {}\n",
                account.role, account.email, account.name
            )
        });
    format!(
        "Sign in as any of these; the password is {PASSWORD} for all of them:\n{}",
        lines.collect::<String>()
    )
}

fn failed(error: &dyn std::fmt::Display) -> Failure {
    Failure::new(Exit::Failed, format!("Cannot make the sample: {error}."))
}
