//! What the operator decides: flags and environment variables, read once and checked before anything is touched.
//!
//! [`Settings`] is what was typed, [`Config`] what it means. Everything missing or weak is said at once, in
//! sentences. Secrets print redacted.

#![allow(
    rustdoc::bare_urls,
    rustdoc::broken_intra_doc_links,
    reason = "these comments are the help that the command line prints"
)]

mod public_url;
mod secret;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::Args;
use vault::{RootKey, Token};

pub use public_url::PublicUrl;
pub use secret::Secret;

use crate::exit::{Exit, Failure};

/// The root key as base64, from the environment only. Weaker than a file: it can be read from the process's
/// environment for as long as it runs, because taking a variable out of one's own environment is not safe in a
/// program with threads.
const ROOT_KEY_VARIABLE: &str = "GATEHOUSE_ROOT_KEY";
/// The first set-up link's token, from the environment only, for unattended installations.
const SETUP_TOKEN_VARIABLE: &str = "GATEHOUSE_SETUP_TOKEN";

/// Where the console is served and what it is called from outside.
#[derive(Args, Clone, Debug)]
pub struct WebSettings {
    /// IP address and port to listen on
    #[arg(
        long,
        env = "GATEHOUSE_LISTEN",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:3000",
        global = true,
        hide_env_values = true
    )]
    pub listen: String,
    /// Where people reach this instance, as https://gatehouse.example [default: http://localhost and the port, when it listens on this machine only]
    #[arg(
        long,
        env = "GATEHOUSE_PUBLIC_URL",
        value_name = "URL",
        global = true,
        hide_env_values = true
    )]
    pub public_url: Option<String>,
    /// IP addresses of proxies whose X-Forwarded-For is believed, separated by commas [default: none]
    #[arg(
        long,
        env = "GATEHOUSE_TRUSTED_PROXIES",
        value_name = "ADDRESSES",
        global = true,
        hide_env_values = true
    )]
    pub trusted_proxies: Option<String>,
    /// Whom to tell about a vulnerability, as mailto:security@example.com; makes /.well-known/security.txt
    #[arg(
        long,
        env = "GATEHOUSE_SECURITY_CONTACT",
        value_name = "URI",
        global = true,
        hide_env_values = true
    )]
    pub security_contact: Option<String>,
}

/// Where data and keys are.
#[derive(Args, Clone, Debug)]
pub struct StorageSettings {
    /// Directory for everything Gatehouse writes [default: ./gatehouse-data]
    #[arg(
        long,
        env = "GATEHOUSE_DATA_DIR",
        value_name = "DIRECTORY",
        global = true,
        hide_env_values = true
    )]
    pub data_dir: Option<PathBuf>,
    /// sqlite:// or postgres:// URL [default: gatehouse.db in the data directory]
    #[arg(
        long,
        env = "GATEHOUSE_DATABASE_URL",
        value_name = "URL",
        global = true,
        hide_env_values = true
    )]
    pub database_url: Option<Secret>,
    /// File with the root key, outside the data directory; created with an empty database. Or set GATEHOUSE_ROOT_KEY (weaker) [default: ./gatehouse-root.key]
    #[arg(
        long,
        env = "GATEHOUSE_ROOT_KEY_FILE",
        value_name = "FILE",
        global = true,
        hide_env_values = true
    )]
    pub root_key_file: Option<PathBuf>,
}

/// How mail leaves.
#[derive(Args, Clone, Debug)]
pub struct MailSettings {
    /// smtps://user:password@host, or smtp://host?tls=required [default: mails become files in the data directory]
    #[arg(
        long,
        env = "GATEHOUSE_SMTP_URL",
        value_name = "URL",
        global = true,
        hide_env_values = true
    )]
    pub smtp_url: Option<Secret>,
    /// Sender of mails [default: Gatehouse <no-reply@ and the public host>]
    #[arg(
        long,
        env = "GATEHOUSE_MAIL_FROM",
        value_name = "ADDRESS",
        global = true,
        hide_env_values = true
    )]
    pub mail_from: Option<String>,
}

/// What is logged.
#[derive(Args, Clone, Debug)]
pub struct LogSettings {
    /// Filter of log lines, as info or warn,server=debug
    #[arg(
        long,
        env = "GATEHOUSE_LOG",
        value_name = "FILTER",
        default_value = "info",
        global = true,
        hide_env_values = true
    )]
    pub log: String,
    /// text or json
    #[arg(
        long,
        env = "GATEHOUSE_LOG_FORMAT",
        value_name = "FORMAT",
        default_value = "text",
        global = true,
        hide_env_values = true
    )]
    pub log_format: String,
}

/// Everything as it was typed.
#[derive(Args, Clone, Debug)]
pub struct Settings {
    /// Where the console is served.
    #[command(flatten)]
    pub web: WebSettings,
    /// Where data and keys are.
    #[command(flatten)]
    pub storage: StorageSettings,
    /// How mail leaves.
    #[command(flatten)]
    pub mail: MailSettings,
    /// What is logged.
    #[command(flatten)]
    pub log: LogSettings,
}

/// What may only come from the environment: a command line is visible to every user of the machine.
#[derive(Clone, Debug, Default)]
pub struct EnvironmentSecrets {
    /// The root key.
    pub root_key: Option<Secret>,
    /// The first set-up link's token.
    pub setup_token: Option<Secret>,
}

impl EnvironmentSecrets {
    /// Reads the process's environment.
    #[must_use]
    pub fn read() -> Self {
        let read = |name| std::env::var(name).ok().map(Secret::from);
        Self {
            root_key: read(ROOT_KEY_VARIABLE),
            setup_token: read(SETUP_TOKEN_VARIABLE),
        }
    }
}

/// Where the root key comes from.
#[derive(Debug)]
pub enum RootKeySource {
    /// From the environment.
    Given(RootKey),
    /// From this file, which an empty database gets made.
    File(PathBuf),
}

/// Where the console is served.
#[derive(Clone, Debug)]
pub struct Web {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// What it is called from outside, unless that follows from the address.
    pub public_url: Option<PublicUrl>,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Whom to tell about a vulnerability.
    pub security_contact: Option<String>,
}

impl Web {
    /// What the instance is called from outside, once it is known which port it got.
    #[must_use]
    pub fn public_url(&self, bound: SocketAddr) -> PublicUrl {
        self.public_url
            .clone()
            .unwrap_or_else(|| PublicUrl::on_this_machine(bound.port()))
    }
}

/// Where data and keys are.
#[derive(Debug)]
pub struct Storage {
    /// The data directory.
    pub data_dir: PathBuf,
    /// Another database than the file in it.
    pub database_url: Option<Secret>,
    /// The root key.
    pub root_key: RootKeySource,
}

/// How mail leaves.
#[derive(Debug)]
pub struct Mail {
    /// The mail server; none writes files.
    pub smtp_url: Option<Secret>,
    /// The sender.
    pub from: Option<String>,
}

/// What is logged.
#[derive(Clone, Debug)]
pub struct Log {
    /// Which lines.
    pub filter: String,
    /// One JSON object a line.
    pub json: bool,
}

/// Everything the operator decided, checked.
#[derive(Debug)]
pub struct Config {
    /// Where the console is served.
    pub web: Web,
    /// Where data and keys are.
    pub storage: Storage,
    /// How mail leaves.
    pub mail: Mail,
    /// What is logged.
    pub log: Log,
    /// The first set-up link's token.
    pub setup_token: Option<Token>,
}

impl Config {
    /// Makes sense of what was typed.
    ///
    /// # Errors
    /// One sentence for each thing that is missing or weak.
    pub fn check(settings: Settings, secrets: EnvironmentSecrets) -> Result<Self, Failure> {
        let mut problems = Problems::default();
        let web = web(settings.web, &mut problems);
        let storage = storage(settings.storage, secrets.root_key, &mut problems);
        let log = log(settings.log, &mut problems);
        let setup_token = problems.keep(setup_token(secrets.setup_token)).flatten();
        let mail = Mail {
            smtp_url: settings.mail.smtp_url.filter(|url| !url.is_empty()),
            from: settings.mail.mail_from.filter(|from| !from.is_empty()),
        };
        match (web, storage, log) {
            (Some(web), Some(storage), Some(log)) if problems.0.is_empty() => Ok(Self {
                web,
                storage,
                mail,
                log,
                setup_token,
            }),
            _ => Err(problems.into_failure()),
        }
    }
}

/// Everything wrong so far.
#[derive(Default)]
struct Problems(Vec<String>);

impl Problems {
    fn keep<T>(&mut self, result: Result<T, String>) -> Option<T> {
        result.map_err(|problem| self.0.push(problem)).ok()
    }
    fn into_failure(self) -> Failure {
        let list: Vec<String> = self
            .0
            .iter()
            .map(|problem| format!("  - {problem}"))
            .collect();
        Failure::new(
            Exit::Configuration,
            format!("The configuration needs attention:\n{}", list.join("\n")),
        )
    }
}

fn web(settings: WebSettings, problems: &mut Problems) -> Option<Web> {
    let given = settings.public_url.filter(|url| !url.is_empty());
    let public_url = match given {
        Some(url) => problems
            .keep(
                PublicUrl::parse(&url)
                    .map_err(|problem| format!("GATEHOUSE_PUBLIC_URL: {problem}")),
            )
            .map(Some),
        None => Some(None),
    };
    let listen = problems.keep(listen(&settings.listen));
    let trusted_proxies = problems.keep(proxies(
        settings.trusted_proxies.as_deref().unwrap_or_default(),
    ));
    let security_contact = problems.keep(security_contact(settings.security_contact));
    let (listen, public_url) = (listen?, public_url?);
    if public_url.is_none() && !listen.ip().is_loopback() {
        problems.0.push(format!(
            "GATEHOUSE_PUBLIC_URL is missing: {listen} can be reached from other machines, so links in mails and cookies need the \
             address people type, as https://gatehouse.example"
        ));
    }
    Some(Web {
        listen,
        public_url,
        trusted_proxies: trusted_proxies?,
        security_contact: security_contact?,
    })
}

fn listen(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("GATEHOUSE_LISTEN: “{text}” is not an IP address and port, as 127.0.0.1:3000 or [::1]:3000"))
}

fn proxies(text: &str) -> Result<Vec<IpAddr>, String> {
    let parse = |part: &str| {
        part.parse()
            .map_err(|_| format!("GATEHOUSE_TRUSTED_PROXIES: “{part}” is not an IP address"))
    };
    text.split([',', ' '])
        .filter(|part| !part.is_empty())
        .map(parse)
        .collect()
}

fn security_contact(given: Option<String>) -> Result<Option<String>, String> {
    let Some(contact) = given.filter(|contact| !contact.is_empty()) else {
        return Ok(None);
    };
    let known = ["mailto:", "https://", "tel:"]
        .iter()
        .any(|scheme| contact.starts_with(scheme));
    if known && contact.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(Some(contact))
    } else {
        Err(
            "GATEHOUSE_SECURITY_CONTACT must start with mailto:, https:// or tel: (RFC 9116)"
                .to_owned(),
        )
    }
}

fn storage(
    settings: StorageSettings,
    given: Option<Secret>,
    problems: &mut Problems,
) -> Option<Storage> {
    let database_url = settings.database_url.filter(|url| !url.is_empty());
    let known = |url: &Secret| {
        ["sqlite:", "postgres:", "postgresql:"]
            .iter()
            .any(|scheme| url.expose().starts_with(scheme))
    };
    if database_url.as_ref().is_some_and(|url| !known(url)) {
        problems
            .0
            .push("GATEHOUSE_DATABASE_URL must start with sqlite:// or postgres://".to_owned());
    }
    let file = settings
        .root_key_file
        .filter(|path| !path.as_os_str().is_empty());
    let root_key = match (given.filter(|key| !key.is_empty()), file) {
        (Some(_), Some(_)) => Err(format!(
            "{ROOT_KEY_VARIABLE} and GATEHOUSE_ROOT_KEY_FILE are both set; keep the file and unset the variable"
        )),
        (Some(key), None) => RootKey::from_base64(key.expose())
            .map(RootKeySource::Given)
            .map_err(|error| format!("{ROOT_KEY_VARIABLE}: {error}")),
        (None, file) => Ok(RootKeySource::File(
            file.unwrap_or_else(|| "./gatehouse-root.key".into()),
        )),
    };
    let root_key = problems.keep(root_key)?;
    let data_dir = settings
        .data_dir
        .filter(|path| !path.as_os_str().is_empty())
        .unwrap_or_else(|| "./gatehouse-data".into());
    Some(Storage {
        data_dir,
        database_url,
        root_key,
    })
}

fn setup_token(given: Option<Secret>) -> Result<Option<Token>, String> {
    let Some(text) = given.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    Token::parse(text.expose()).map(Some).ok_or_else(|| {
        format!(
            "{SETUP_TOKEN_VARIABLE} must be 43 characters of base64url, which nobody can guess. \
             Make one with: head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '='"
        )
    })
}

fn log(settings: LogSettings, problems: &mut Problems) -> Option<Log> {
    let filter = tracing_subscriber::EnvFilter::try_new(&settings.log)
        .map(|_| settings.log.clone())
        .map_err(|_| {
            format!(
                "GATEHOUSE_LOG: “{}” is not a filter, as info or warn,server=debug",
                settings.log
            )
        });
    let json = match settings.log_format.as_str() {
        "text" => Ok(false),
        "json" => Ok(true),
        other => Err(format!(
            "GATEHOUSE_LOG_FORMAT: “{other}” is neither text nor json"
        )),
    };
    let (filter, json) = (problems.keep(filter), problems.keep(json));
    Some(Log {
        filter: filter?,
        json: json?,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        settings: Settings,
    }

    fn settings(flags: &[&str]) -> Settings {
        Line::try_parse_from(["gatehouse"].iter().chain(flags))
            .unwrap()
            .settings
    }

    fn check(flags: &[&str]) -> Result<Config, String> {
        Config::check(settings(flags), EnvironmentSecrets::default()).map_err(|failure| {
            assert_eq!(failure.exit, Exit::Configuration);
            failure.message
        })
    }

    #[test]
    fn the_defaults_serve_this_machine_only() {
        let config = check(&[]).unwrap();
        assert_eq!(config.web.listen.to_string(), "127.0.0.1:3000");
        assert_eq!(
            config.web.public_url(config.web.listen).to_string(),
            "http://localhost:3000"
        );
        assert!(config.web.trusted_proxies.is_empty());
        assert!(
            matches!(config.storage.root_key, RootKeySource::File(path) if path.ends_with("gatehouse-root.key"))
        );
    }

    #[test]
    fn the_public_url_follows_the_port_that_was_given_out() {
        let config = check(&["--listen", "127.0.0.1:0"]).unwrap();
        assert_eq!(
            config
                .web
                .public_url("127.0.0.1:4711".parse().unwrap())
                .to_string(),
            "http://localhost:4711"
        );
    }

    #[test]
    fn an_instance_for_others_needs_its_address() {
        assert!(
            check(&["--listen", "0.0.0.0:3000"])
                .unwrap_err()
                .contains("GATEHOUSE_PUBLIC_URL is missing")
        );
        assert!(
            check(&[
                "--listen",
                "0.0.0.0:3000",
                "--public-url",
                "https://gatehouse.example"
            ])
            .is_ok()
        );
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        let problems = check(&[
            "--listen",
            "localhost:3000",
            "--public-url",
            "http://gatehouse.example",
            "--trusted-proxies",
            "10.0.0.1,proxy",
            "--database-url",
            "mysql://x",
            "--log-format",
            "xml",
            "--log",
            "a=b=c",
            "--security-contact",
            "security@example.com",
        ])
        .unwrap_err();
        for name in [
            "LISTEN",
            "PUBLIC_URL",
            "TRUSTED_PROXIES",
            "DATABASE_URL",
            "LOG_FORMAT",
            "GATEHOUSE_LOG:",
            "SECURITY_CONTACT",
        ] {
            assert!(problems.contains(name), "{name} is not in:\n{problems}");
        }
    }

    #[test]
    fn proxies_are_a_list_of_addresses() {
        let config = check(&["--trusted-proxies", "10.0.0.1, ::1"]).unwrap();
        assert_eq!(config.web.trusted_proxies.len(), 2);
    }

    #[test]
    fn weak_secrets_are_refused_and_never_repeated() {
        let secrets = EnvironmentSecrets {
            root_key: Some("canary-key".to_owned().into()),
            setup_token: Some("canary-token".to_owned().into()),
        };
        let message = Config::check(settings(&[]), secrets).unwrap_err().message;
        assert!(
            message.contains("GATEHOUSE_ROOT_KEY") && message.contains("GATEHOUSE_SETUP_TOKEN"),
            "{message}"
        );
        assert!(!message.contains("canary"), "{message}");
    }

    #[test]
    fn two_root_keys_are_one_too_many() {
        let secrets = EnvironmentSecrets {
            root_key: Some(format!("{}=", "A".repeat(43)).into()),
            setup_token: None,
        };
        let message = Config::check(settings(&["--root-key-file", "/a"]), secrets.clone())
            .unwrap_err()
            .message;
        assert!(message.contains("both set"), "{message}");
        assert!(matches!(
            Config::check(settings(&[]), secrets)
                .unwrap()
                .storage
                .root_key,
            RootKeySource::Given(_)
        ));
    }

    #[test]
    fn secrets_print_redacted() {
        let secrets = EnvironmentSecrets {
            root_key: Some(format!("{}=", "A".repeat(43)).into()),
            setup_token: Some("B".repeat(42).add_a().into()),
        };
        let typed = settings(&[
            "--smtp-url",
            "smtps://me:canary@mail.example",
            "--database-url",
            "postgres://me:canary@db",
        ]);
        let shown = format!(
            "{typed:?} {secrets:?} {:?}",
            Config::check(typed.clone(), secrets.clone()).unwrap()
        );
        assert!(
            !shown.contains("canary") && !shown.contains("AAAA") && !shown.contains("BBBB"),
            "{shown}"
        );
    }

    trait AddA {
        fn add_a(self) -> String;
    }
    impl AddA for String {
        /// The last of 43 characters carries only four bits.
        fn add_a(self) -> String {
            self + "A"
        }
    }
}
