use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    net::IpAddr,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

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

/// Why a mail did not leave. Holds no words of a mail server: they repeat addresses, and are written by somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// Trying again makes no sense.
    #[error("refused")]
    Permanent {
        /// The number a mail server answered with.
        code: Option<u16>,
    },
    /// It may work later.
    #[error("unreachable")]
    Temporary {
        /// The number a mail server answered with.
        code: Option<u16>,
    },
}

impl From<lettre::transport::smtp::Error> for MailError {
    fn from(error: lettre::transport::smtp::Error) -> Self {
        let code = error
            .status()
            .and_then(|status| status.to_string().parse().ok());
        if error.is_permanent() {
            Self::Permanent { code }
        } else {
            Self::Temporary { code }
        }
    }
}

impl MailError {
    /// True when trying again makes no sense.
    #[must_use]
    pub const fn is_permanent(&self) -> bool {
        matches!(self, Self::Permanent { .. })
    }
    /// What is kept beside the mail: the kind of failure, not the server's words.
    #[must_use]
    pub const fn class(&self) -> &'static str {
        match self {
            Self::Permanent { .. } => "refused",
            Self::Temporary { .. } => "unreachable",
        }
    }
    /// The number a mail server answered with, if it did.
    #[must_use]
    pub const fn code(&self) -> Option<u16> {
        match self {
            Self::Permanent { code } | Self::Temporary { code } => *code,
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
            Self::Smtp { server, .. } => Ok(server.send(message).await.map(drop)?),
            Self::Folder { path, .. } => {
                let (path, bytes) = (path.clone(), message.formatted());
                let written =
                    tokio::task::spawn_blocking(move || put_into(&path, id, &bytes)).await;
                match written {
                    Ok(Ok(())) => Ok(()),
                    Ok(Err(error)) => {
                        // The system's words: they name neither file nor person.
                        tracing::warn!(mail = %id, %error, "the mail folder cannot be written");
                        Err(MailError::Temporary { code: None })
                    }
                    Err(_) => Err(MailError::Temporary { code: None }),
                }
            }
        }
    }
}

/// Under its name a mail is there whole or not at all, also for whoever reads the folder meanwhile and after a power loss:
/// the outbox forgets it once this returns.
fn put_into(folder: &Path, id: Uuid, bytes: &[u8]) -> std::io::Result<()> {
    let part = folder.join(format!("{id}.eml.part"));
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&part, folder.join(format!("{id}.eml")))?;
    File::open(folder)?.sync_all()
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
    let broken = MailError::Permanent { code: None };
    let to = Mailbox::new(None, mail.to.parse().map_err(|_| broken)?);
    Message::builder()
        .from(from.clone())
        .to(to)
        .subject(&mail.subject)
        .message_id(Some(format!("<{id}@gatehouse>")))
        .multipart(MultiPart::alternative_plain_html(
            mail.text.clone(),
            mail.html.clone(),
        ))
        .map_err(|_| broken)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use std::{
        io::{BufRead, BufReader, Read},
        net::{TcpListener, TcpStream},
        thread,
    };

    use super::*;

    fn mail() -> Mail {
        Mail {
            to: "ana@acme.example".to_owned(),
            subject: "Hello".to_owned(),
            text: "new words".to_owned(),
            html: "<p>new words</p>".to_owned(),
        }
    }

    /// A mail server that refuses every recipient, in words of its own.
    fn refuse_recipients(stream: TcpStream) -> std::io::Result<()> {
        let mut answers = stream.try_clone()?;
        answers.write_all(b"220 mail.example\r\n")?;
        for line in BufReader::new(stream).lines() {
            let answer: &[u8] = match line?.get(..4) {
                Some("RCPT") => b"550 canary: ana@acme.example is unknown\r\n",
                _ => b"250 ok\r\n",
            };
            answers.write_all(answer)?;
        }
        Ok(())
    }

    #[tokio::test]
    async fn of_a_mail_servers_refusal_only_class_and_number_are_kept() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let server = thread::spawn(move || refuse_recipients(listener.accept().unwrap().0));
        let transport = Transport::smtp(&url, "gatehouse@example.com").unwrap();
        let error = transport.send(Uuid::nil(), &mail()).await.unwrap_err();
        drop(transport);
        let _ = server.join();
        assert_eq!((error.class(), error.code()), ("refused", Some(550)));
        assert!(!format!("{error} {error:?}").contains("canary"));
    }

    #[tokio::test]
    async fn a_mail_in_the_folder_is_replaced_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().join(format!("{}.eml", Uuid::nil()));
        fs::write(&name, "the old mail").unwrap();
        let mut reader = File::open(&name).unwrap();
        let transport =
            Transport::folder(folder.path().to_owned(), "gatehouse@example.com").unwrap();
        transport.send(Uuid::nil(), &mail()).await.unwrap();
        let mut read = String::new();
        reader.read_to_string(&mut read).unwrap();
        assert_eq!(read, "the old mail");
        assert!(fs::read_to_string(&name).unwrap().contains("new words"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

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
