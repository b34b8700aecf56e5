//! The command line.

mod admin;
mod demo;
mod doctor;
mod keys;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{Config, EnvironmentSecrets, Settings};
use crate::exit::{Exit, Failure};
use crate::{say, telemetry};

/// Numbers a script can act on.
const EXIT_CODES: &str = "Exit codes: 0 done, 1 failed, 2 usage, 3 configuration, 4 data in use by another process, 5 address to \
                          listen on, 6 root key, 7 database of a newer version, 8 data directory, 9 database";

/// A self-hosted console for roles, variables and secrets, and who did what.
#[derive(Parser)]
#[command(name = "gatehouse", version, after_help = EXIT_CODES, subcommand_required = true, arg_required_else_help = true)]
struct CommandLine {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the console
    Serve,
    /// Serve a sample organization from a directory of its own, and say who can sign in
    Demo,
    /// What operators do without signing in; works beside a running server
    #[command(subcommand)]
    Admin(Admin),
    /// How old the keys are, and new ones; works beside a running server
    #[command(subcommand)]
    Keys(Keys),
    /// Explain the configuration and what is wrong with it. Changes nothing
    Doctor,
}

#[derive(Subcommand)]
enum Admin {
    /// Make an organization and its owner's account; the password is read from standard input
    CreateOwner {
        /// The owner's e-mail address
        #[arg(long)]
        email: String,
        /// The owner's name
        #[arg(long)]
        name: String,
        /// The organization's name
        #[arg(long)]
        organization: String,
    },
}

#[derive(Subcommand)]
enum Keys {
    /// For each owner: the active version, its age and use, and how many values are still under older versions
    Status,
    /// Make new keys: for everybody, or for one owner. A running server moves the values over in the background
    Rotate {
        /// For one organization alone, by its slug
        #[arg(long, value_name = "SLUG", conflicts_with = "instance")]
        organization: Option<String>,
        /// For the instance alone: passwords, sessions, links, mail
        #[arg(long)]
        instance: bool,
    },
    /// Exchange the root key: --root-key-file names the new one
    RotateRoot {
        /// File with the root key in use until now
        #[arg(long, value_name = "FILE")]
        previous_root_key_file: PathBuf,
    },
}

/// Runs what the command line asks for.
#[must_use]
pub fn main() -> ExitCode {
    let line = CommandLine::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return cannot_start(&error),
    };
    match runtime.block_on(run(line)) {
        Ok(code) => code,
        Err(failure) => end(failure),
    }
}

/// Says why not even the command line could be looked at.
#[must_use]
pub fn cannot_start(error: &std::io::Error) -> ExitCode {
    end(Failure::new(
        Exit::Failed,
        format!("Cannot start: {error}."),
    ))
}

fn end(failure: Failure) -> ExitCode {
    say::note(&failure.message);
    failure.exit.into()
}

async fn run(line: CommandLine) -> Result<ExitCode, Failure> {
    let secrets = EnvironmentSecrets::read();
    if matches!(line.command, Command::Doctor) {
        return Ok(doctor::run(line.settings, secrets).await);
    }
    let settings = match line.command {
        Command::Demo => demo::separate(line.settings),
        _ => line.settings,
    };
    let config = Config::check(settings, secrets)?;
    telemetry::start(&config.log);
    match line.command {
        Command::Serve => serve::run(config).await?,
        Command::Demo => demo::run(config).await?,
        Command::Admin(Admin::CreateOwner {
            email,
            name,
            organization,
        }) => admin::create_owner(&config, email, name, organization).await?,
        Command::Keys(command) => keys::run(config, command).await?,
        Command::Doctor => {}
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn settings_may_stand_before_or_behind_the_command() {
        for line in [
            ["gatehouse", "--listen", "127.0.0.1:1", "serve"],
            ["gatehouse", "serve", "--listen", "127.0.0.1:1"],
        ] {
            assert_eq!(
                CommandLine::try_parse_from(line)
                    .unwrap()
                    .settings
                    .web
                    .listen,
                "127.0.0.1:1"
            );
        }
    }

    #[test]
    fn the_help_shows_no_secret_of_the_environment() {
        let help = CommandLine::command().render_long_help().to_string();
        assert!(
            help.contains("GATEHOUSE_SMTP_URL") && !help.contains("GATEHOUSE_SMTP_URL="),
            "{help}"
        );
    }
}
