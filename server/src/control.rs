//! Orders to a running server: one line of JSON each way over `<data>/control.sock`. Who may open the socket's
//! directory may give orders; that is the user the server runs as, and root.

mod keys;

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::{ApiError, SubmittedPassword};
use serde::{Deserialize, Serialize};
use service::{Caller, Service};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use vault::RootKey;

use crate::bootstrap::{DataDir, sentence};
use crate::exit::{Exit, Failure};
use crate::worker::told_to_stop;

const SOCKET: &str = "control.sock";
/// Longest order, in bytes.
const LINE_LIMIT: u64 = 64 * 1024;
/// Longest reply, in bytes: one line about each of some ten thousand organizations.
const REPLY_LIMIT: u64 = 2 * 1024 * 1024;
/// An order and its execution together.
const DEADLINE: Duration = Duration::from_secs(30);

/// What an operator can ask for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case", deny_unknown_fields)]
pub enum Order {
    /// An organization and its owner's account.
    CreateOwner {
        /// The owner's address.
        email: String,
        /// The owner's name.
        name: String,
        /// The organization's name.
        organization: String,
        /// The owner's password.
        password: SubmittedPassword,
    },
    /// How things stand with the keys.
    KeyStatus,
    /// New keys: for one organization, for the instance, or for everybody.
    RotateKeys {
        /// The organization's slug.
        organization: Option<String>,
        /// The instance alone.
        instance: bool,
    },
    /// Another root key. Files, since no key is sent anywhere.
    RotateRootKey {
        /// Where the new one is.
        current: PathBuf,
        /// Where the one in use until now is.
        previous: PathBuf,
    },
}

/// What came of it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum Reply {
    /// It was done.
    Done {
        /// A sentence about it.
        message: String,
    },
    /// It was not done.
    Failed {
        /// The number for the command to end with.
        exit: u8,
        /// Why.
        message: String,
    },
}

impl Reply {
    fn failed(message: impl Into<String>) -> Self {
        Self::Failed {
            exit: Exit::Failed as u8,
            message: message.into(),
        }
    }
}

/// Does what the operator asks for, as the system.
pub async fn execute(service: &Service, order: Order) -> Reply {
    let request = service.request_id();
    match order {
        Order::CreateOwner {
            email,
            name,
            organization,
            password,
        } => {
            let caller = Caller::system("admin create-owner", request);
            match service
                .create_owner(&caller, &name, &email, password, &organization)
                .await
            {
                Ok(_) => Reply::Done {
                    message: format!(
                        "Created the organization {organization} and its owner {email}."
                    ),
                },
                Err(error) => Reply::failed(in_words(&error.for_wire(request))),
            }
        }
        Order::KeyStatus => keys::status(service).await,
        Order::RotateKeys {
            organization,
            instance,
        } => keys::rotate(service, organization.as_deref(), instance).await,
        Order::RotateRootKey { current, previous } => {
            keys::rotate_root(service, &current, &previous).await
        }
    }
}

/// A root key from its file.
///
/// # Errors
/// It is missing, unsafe or no key.
pub fn read_root_key(path: &Path) -> Result<RootKey, Failure> {
    RootKey::read_file(path)
        .map_err(|error| Failure::new(Exit::RootKey, sentence(&error.to_string())))
}

/// An error with everything it says about single fields.
fn in_words(error: &ApiError) -> String {
    match error {
        ApiError::Invalid { fields } => fields
            .iter()
            .map(|field| format!("{}: {}", field.field, field.message))
            .collect::<Vec<_>>()
            .join("\n"),
        other => other.to_string(),
    }
}

/// The server's end. Goes away when dropped.
pub struct ControlSocket(PathBuf);

impl ControlSocket {
    /// Listens for orders until `stop` turns true. Only the holder of the data's lock may call this, so a socket that
    /// is there already was left behind. A server without its socket works all the same, and says so.
    #[must_use]
    pub fn open(data: &DataDir, service: Service, stop: watch::Receiver<bool>) -> Option<Self> {
        let path = data.path().join(SOCKET);
        match bind(&path) {
            Ok(listener) => {
                tokio::spawn(accept(listener, service, stop));
                Some(Self(path))
            }
            Err(error) => {
                tracing::warn!(%error, "admin commands will not work beside this server: its socket cannot be opened");
                None
            }
        }
    }
}

impl Drop for ControlSocket {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn bind(path: &PathBuf) -> io::Result<UnixListener> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

async fn accept(listener: UnixListener, service: Service, mut stop: watch::Receiver<bool>) {
    loop {
        let stream = tokio::select! {
            () = told_to_stop(&mut stop) => return,
            accepted = listener.accept() => accepted,
        };
        if let Ok((stream, _)) = stream {
            let service = service.clone();
            tokio::spawn(async move {
                if tokio::time::timeout(DEADLINE, converse(stream, &service))
                    .await
                    .is_err()
                {
                    tracing::warn!("an order took too long");
                }
            });
        }
    }
}

async fn converse(stream: UnixStream, service: &Service) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    (&mut stream).take(LINE_LIMIT).read_line(&mut line).await?;
    let reply = match serde_json::from_str(&line) {
        Ok(order) => execute(service, order).await,
        // The text of the parser could repeat what was sent.
        Err(_) => Reply::failed(
            "The running server does not know this order; it may be another version of Gatehouse.",
        ),
    };
    let text = serde_json::to_string(&reply)?;
    stream
        .get_mut()
        .write_all(format!("{text}\n").as_bytes())
        .await
}

/// Gives an order to the server that holds the data.
///
/// # Errors
/// Nobody answers.
pub async fn send(data: &DataDir, order: &Order) -> Result<Reply, Failure> {
    match tokio::time::timeout(DEADLINE, exchange(data, order)).await {
        Ok(Ok(reply)) => Ok(reply),
        Ok(Err(error)) => Err(no_answer(data, &error.to_string())),
        Err(_) => Err(no_answer(data, "it takes too long")),
    }
}

async fn exchange(data: &DataDir, order: &Order) -> io::Result<Reply> {
    let mut stream = BufReader::new(UnixStream::connect(data.path().join(SOCKET)).await?);
    let text = serde_json::to_string(order)?;
    stream
        .get_mut()
        .write_all(format!("{text}\n").as_bytes())
        .await?;
    let mut line = String::new();
    (&mut stream).take(REPLY_LIMIT).read_line(&mut line).await?;
    serde_json::from_str(&line).map_err(io::Error::from)
}

fn no_answer(data: &DataDir, why: &str) -> Failure {
    let shown = data.path().display();
    Failure::new(
        Exit::Locked,
        format!(
            "Another process uses the data directory {shown}, but takes no orders ({why}). If it is a Gatehouse server, look at its log."
        ),
    )
}
