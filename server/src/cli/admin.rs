//! `gatehouse admin`: what operators do without signing in. Beside a running server the order goes through its
//! socket, since only one process may write; otherwise the command opens the store itself.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _};

use crate::bootstrap::{self, DataDir};
use crate::config::Config;
use crate::control::{self, Order, Reply};
use crate::exit::{Exit, Failure};
use crate::say;

/// Longest password that is read; the longest accepted is shorter.
const PASSWORD_LIMIT: u64 = 4096;

/// Makes an organization and its owner.
///
/// # Errors
/// What was wrong with the input or the instance.
pub async fn create_owner(
    config: &Config,
    email: String,
    name: String,
    organization: String,
) -> Result<(), Failure> {
    let password = read_password()?;
    give(
        config,
        Order::CreateOwner {
            email,
            name,
            organization,
            password: password.into(),
        },
    )
    .await
}

/// Gives an order to the running server, or carries it out when there is none.
///
/// # Errors
/// What the instance says.
pub async fn give(config: &Config, order: Order) -> Result<(), Failure> {
    let data = DataDir::prepare(&config.storage.data_dir)?;
    let reply = match data.try_lock()? {
        None => control::send(&data, &order).await?,
        Some(lock) => {
            let service = bootstrap::open(config, &data, &lock, config.web.listen).await?;
            let reply = control::execute(&service, order).await;
            service.close().await;
            reply
        }
    };
    match reply {
        Reply::Done { message } => {
            say::line(message);
            Ok(())
        }
        Reply::Failed { exit, message } => Err(Failure::new(Exit::from_number(exit), message)),
    }
}

/// The first line of standard input.
fn read_password() -> Result<String, Failure> {
    let input = io::stdin();
    if input.is_terminal() {
        say::prompt("Password (it will be visible): ");
    }
    let mut line = String::new();
    input
        .lock()
        .take(PASSWORD_LIMIT)
        .read_line(&mut line)
        .map_err(|error| {
            Failure::new(
                Exit::Failed,
                format!("Cannot read the password from standard input: {error}."),
            )
        })?;
    let password = line.trim_end_matches(['\n', '\r']);
    if password.is_empty() {
        return Err(Failure::new(
            Exit::Usage,
            "The password is read from standard input, and there was none. Try: gatehouse admin create-owner … < password.txt",
        ));
    }
    Ok(password.to_owned())
}
