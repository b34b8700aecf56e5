use std::{io::Write, net::IpAddr, os::unix::fs::OpenOptionsExt, path::PathBuf};

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, MultiPart},
};
use uuid::Uuid;

use super::Mail;

/// How mail leaves the house.
pub enum Transport {
    /// Through a mail server.
    Smtp {
        /// The connection.
        server: Box<AsyncSmtpTransport<Tokio1Executor>>,
        /// The sender.
        from: Box<Mailbox>,
    },
    /// As `.eml` files in a folder, for instances without a mail server.
    Folder {
        /// The folder.
        path: PathBuf,
        /// The sender.
        from: Box<Mailbox>,
    },
}

/// Why a mail did not leave.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// Trying again makes no sense.
    #[error("refused: {0}")]
    Permanent(String),
    /// It may work later.
    #[error("{0}")]
    Temporary(String),
}

impl MailError {
    /// True when trying again makes no sense.
    #[must_use]
    pub const fn is_permanent(&self) -> bool {
        matches!(self, Self::Permanent(_))
    }
    /// What is kept beside the mail: the kind of failure, not the server's words.
    #[must_use]
    pub const fn class(&self) -> &'static str {
        match self {
            Self::Permanent(_) => "refused",
            Self::Temporary(_) => "unreachable",
        }
    }
}

impl Transport {
    /// A mail server by URL: `smtps://user:password@host` (implicit TLS), `smtp://host?tls=required` (STARTTLS), or
    /// plain `smtp://` for a server on this machine only.
    ///
    /// # Errors
    /// The URL or the sender cannot be read, or the URL would send mail unprotected over a network.
    pub fn smtp(url: &str, from: &str) -> Result<Self, String> {
        let rest = url
            .split_once("://")
            .map(|(_, rest)| rest)
            .ok_or("the SMTP URL needs smtps:// or smtp://")?;
        let protected = url.starts_with("smtps://") || url.contains("tls=required");
        if !protected && !is_this_machine(rest) {
            return Err("use smtps:// or ?tls=required: mail would travel unprotected".to_owned());
        }
        let server = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|error| format!("the SMTP URL cannot be used: {error}"))?
            .build();
        Ok(Self::Smtp {
            server: Box::new(server),
            from: Box::new(sender(from)?),
        })
    }

    /// A folder, which must exist.
    ///
    /// # Errors
    /// The sender cannot be read.
    pub fn folder(path: PathBuf, from: &str) -> Result<Self, String> {
        Ok(Self::Folder {
            path,
            from: Box::new(sender(from)?),
        })
    }

    /// True when mail reaches people by itself.
    #[must_use]
    pub const fn reaches_people(&self) -> bool {
        matches!(self, Self::Smtp { .. })
    }

    /// Sends one mail.
    ///
    /// # Errors
    /// Says whether trying again makes sense.
    pub async fn send(&self, id: Uuid, mail: &Mail) -> Result<(), MailError> {
        let (Self::Smtp { from, .. } | Self::Folder { from, .. }) = self;
        let message = message(from, id, mail)?;
        match self {
            Self::Smtp { server, .. } => match server.send(message).await {
                Ok(_) => Ok(()),
                Err(error) if error.is_permanent() => Err(MailError::Permanent(error.to_string())),
                Err(error) => Err(MailError::Temporary(error.to_string())),
            },
            Self::Folder { path, .. } => {
                let file = path.join(format!("{id}.eml"));
                let bytes = message.formatted();
                tokio::task::spawn_blocking(move || {
                    let mut file = std::fs::OpenOptions::new()
                        .write(true)
                        .create(true)
                        .truncate(true)
                        .mode(0o600)
                        .open(file)?;
                    file.write_all(&bytes)?;
                    file.sync_all()
                })
                .await
                .map_err(|error| MailError::Temporary(error.to_string()))?
                .map_err(|error| MailError::Temporary(error.to_string()))
            }
        }
    }
}

/// Whether the part of a URL after its scheme leads to a server on this machine.
fn is_this_machine(rest: &str) -> bool {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let place = authority.rsplit('@').next().unwrap_or_default();
    let host = match place.split_once(']') {
        Some((v6, _)) => v6.trim_start_matches('['),
        None => place.split(':').next().unwrap_or_default(),
    };
    host == "localhost"
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn sender(from: &str) -> Result<Mailbox, String> {
    from.parse()
        .map_err(|_| "the sender is not an e-mail address".to_owned())
}

fn message(from: &Mailbox, id: Uuid, mail: &Mail) -> Result<Message, MailError> {
    let broken = |error: &dyn std::fmt::Display| MailError::Permanent(error.to_string());
    let to = Mailbox::new(
        None,
        mail.to
            .parse()
            .map_err(|_| MailError::Permanent("the recipient is not an address".to_owned()))?,
    );
    Message::builder()
        .from(from.clone())
        .to(to)
        .subject(&mail.subject)
        .message_id(Some(format!("<{id}@gatehouse>")))
        .multipart(MultiPart::alternative_plain_html(
            mail.text.clone(),
            mail.html.clone(),
        ))
        .map_err(|error| broken(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_travels_unprotected_on_this_machine_alone() {
        for local in [
            "smtp://localhost:25",
            "smtp://127.0.0.1",
            "smtp://[::1]:2525",
            "smtp://user:p%40ss@localhost",
        ] {
            assert!(Transport::smtp(local, "a@example.com").is_ok(), "{local}");
        }
        for remote in [
            "smtp://mail.example",
            "smtp://[2001:db8::1]:25",
            "smtp://localhost@mail.example",
            "smtp://mail.example/?x=localhost",
            "smtp://localhost.example",
            "mail.example",
        ] {
            assert!(
                Transport::smtp(remote, "a@example.com").is_err(),
                "{remote}"
            );
        }
        for protected in ["smtps://mail.example", "smtp://[2001:db8::1]?tls=required"] {
            assert!(
                Transport::smtp(protected, "a@example.com").is_ok(),
                "{protected}"
            );
        }
    }
}
