//! `gatehouse doctor`: everything that has to be right, in words. Changes nothing, and works beside a running server.

use std::process::ExitCode;

use service::mail::Transport;
use service::store::{MigrationState, Store};
use tokio::net::TcpListener;

use crate::bootstrap::{self, DataDir};
use crate::config::{Config, EnvironmentSecrets, Settings};
use crate::exit::{Exit, Failure};
use crate::say;

/// One thing looked at: what it is, and what was found.
struct Finding {
    about: &'static str,
    found: Result<String, String>,
}

/// Looks at everything and says what it found.
pub async fn run(settings: Settings, secrets: EnvironmentSecrets) -> ExitCode {
    let config = match Config::check(settings, secrets) {
        Ok(config) => config,
        Err(failure) => {
            say::line(failure.message);
            return Exit::Configuration.into();
        }
    };
    let findings = examine(&config).await;
    for finding in &findings {
        let (mark, text) = match &finding.found {
            Ok(text) => ("ok  ", text),
            Err(text) => ("BAD ", text),
        };
        say::line(format!("{mark} {:<14} {text}", finding.about));
    }
    let bad = findings
        .iter()
        .filter(|finding| finding.found.is_err())
        .count();
    if bad == 0 {
        say::line("\nEverything is as it should be.");
        return ExitCode::SUCCESS;
    }
    say::line(format!(
        "\n{bad} to look at; each line above says what to do."
    ));
    Exit::Failed.into()
}

async fn examine(config: &Config) -> Vec<Finding> {
    let mut findings = vec![Finding {
        about: "configuration",
        found: Ok(address(config)),
    }];
    let data = match DataDir::existing(&config.storage.data_dir) {
        Ok(data) => data,
        Err(_) if !config.storage.data_dir.exists() => {
            findings.push(Finding {
                about: "data",
                found: Ok(format!(
                    "{} will be created at the first start",
                    config.storage.data_dir.display()
                )),
            });
            findings.push(port(config, false).await);
            return findings;
        }
        Err(failure) => {
            findings.push(Finding {
                about: "data",
                found: Err(failure.message),
            });
            return findings;
        }
    };
    let running = data.is_in_use();
    let used = if running {
        "in use by a running server"
    } else {
        "not in use"
    };
    findings.push(Finding {
        about: "data",
        found: Ok(format!("{}, {used}", data.path().display())),
    });
    findings.extend(stored(config, &data).await);
    findings.push(mail(config, &data).await);
    findings.push(port(config, running).await);
    findings
}

fn address(config: &Config) -> String {
    let public = config.web.public_url(config.web.listen);
    let proxies = match config.web.trusted_proxies.as_slice() {
        [] => "no proxy is trusted".to_owned(),
        some => format!("{} trusted proxies", some.len()),
    };
    format!("people reach it at {public}; {proxies}")
}

async fn stored(config: &Config, data: &DataDir) -> Vec<Finding> {
    let (storage, url) = (
        &config.storage,
        bootstrap::database_url(&config.storage, data),
    );
    if bootstrap::is_new(storage, data) {
        let key = bootstrap::inspect_root_key(storage, data, None).await;
        return vec![
            Finding {
                about: "database",
                found: Ok("will be created at the first start".to_owned()),
            },
            finding("root key", key),
        ];
    }
    match bootstrap::connect(&url).await {
        Err(failure) => vec![finding("database", Err(failure))],
        Ok(store) => {
            let key = bootstrap::inspect_root_key(storage, data, Some(&store)).await;
            let findings = vec![
                Finding {
                    about: "database",
                    found: condition(&store).await,
                },
                finding("root key", key),
            ];
            store.close().await;
            findings
        }
    }
}

async fn condition(store: &Store) -> Result<String, String> {
    let unreadable = |error: service::Error| format!("cannot be read: {error}");
    if !store.quick_check().await.map_err(unreadable)? {
        return Err("the file is damaged; restore it from a backup".to_owned());
    }
    match store.migration_state().await.map_err(unreadable)? {
        MigrationState::Empty => Ok("empty; the first start fills it".to_owned()),
        MigrationState::Behind => {
            Ok("of an older version; the next start brings it up to date".to_owned())
        }
        MigrationState::Current => Ok("complete and up to date".to_owned()),
        MigrationState::Newer => {
            Err("of a newer version of Gatehouse; install that version".to_owned())
        }
    }
}

async fn mail(config: &Config, data: &DataDir) -> Finding {
    if config.mail.smtp_url.is_none() {
        return Finding {
            about: "mail",
            found: Ok(format!(
                "no mail server: mails become files in {}",
                bootstrap::outbox(data).display()
            )),
        };
    }
    let public = config.web.public_url(config.web.listen);
    let found = match bootstrap::transport(&config.mail, data, &public) {
        Err(failure) => Err(failure.message),
        Ok(Transport::Folder { .. }) => Ok("mails become files".to_owned()),
        Ok(Transport::Smtp { server, from }) => match server.test_connection().await {
            Ok(true) => Ok(format!("the mail server answers; mails come from {from}")),
            Ok(false) => {
                Err("the mail server answers, but refuses; check GATEHOUSE_SMTP_URL".to_owned())
            }
            Err(error) => Err(format!(
                "the mail server does not answer: {error}; check GATEHOUSE_SMTP_URL"
            )),
        },
    };
    Finding {
        about: "mail",
        found,
    }
}

async fn port(config: &Config, running: bool) -> Finding {
    let address = config.web.listen;
    let found = match TcpListener::bind(address).await {
        Ok(_) => Ok(format!("{address} is free")),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse && running => Ok(format!(
            "{address} is in use, as it should be while the server runs"
        )),
        Err(error) => Err(format!(
            "cannot listen on {address}: {error}; choose another with --listen"
        )),
    };
    Finding {
        about: "address",
        found,
    }
}

fn finding(about: &'static str, found: Result<String, Failure>) -> Finding {
    Finding {
        about,
        found: found.map_err(|failure| failure.message),
    }
}
