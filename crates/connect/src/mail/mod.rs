//! Mail out: invitations, forgotten passwords, notices to users. Over SMTP to the one server that the operator names; like the
//! database's, its address is the operator's word and passes no guard.
//!
//! What it promises:
//! * a mail is taken by the server, or there is an error that says whether trying again can help ([`MailError::is_final`]);
//! * it takes no longer than the time allowed, all steps together;
//! * passwords and mails travel encrypted, unless the server is on this machine or the operator said otherwise;
//! * nothing written in a name, an address or a subject becomes a header;
//! * a mail sent again after a doubtful end has the same `Message-ID`.
//!
//! Each mail has a connection of its own: mails are few, and one that is given up half-way leaves nothing behind.

mod error;
mod html;
mod message;
mod server;
#[cfg(test)]
mod tests;

use std::{fmt, sync::Arc, time::Duration};

use base::Time;
use lettre::{
    message::Mailbox,
    transport::smtp::{
        authentication::DEFAULT_MECHANISMS,
        client::{AsyncSmtpConnection, TlsParameters},
        extension::ClientId,
    },
};
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

pub use error::MailError;
use server::{Server, Tls};

/// How long the server is given to say good-bye.
const GOODBYE: Duration = Duration::from_secs(1);

/// Where mail goes out, and in whose name.
#[derive(Debug, Clone)]
pub struct MailOptions {
    /// `smtp://user:password@host:port` (587 unless told, STARTTLS) or `smtps://…` (465). A server on this machine need not offer
    /// STARTTLS; elsewhere `?tls=none` gives it up, and `?tls=required` asks for it here too.
    pub smtp_url: SecretString,
    /// The sender, as `MAX <max@example.com>` or an address alone.
    pub from: String,
    /// The longest a mail may take, all steps together.
    pub timeout: Duration,
}

impl MailOptions {
    /// The usual time-out, 15 seconds.
    pub fn new(smtp_url: SecretString, from: String) -> Self {
        Self { smtp_url, from, timeout: Duration::from_secs(15) }
    }
}

/// One mail to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Becomes the `Message-ID`: the same when the same mail is sent again, so that mail programs can tell.
    pub id: Uuid,
    /// Its date.
    pub at: Time,
    /// The recipient's name; empty if there is none.
    pub to_name: String,
    /// The recipient's address.
    pub to_address: String,
    /// The subject, one line.
    pub subject: String,
    /// What it says: paragraphs with an empty line between them. The HTML is made from it, with web addresses as links.
    pub text: String,
}

/// Sends mail. Cheap to clone.
#[derive(Clone)]
pub struct Mailer(Arc<Inner>);

struct Inner {
    server: Server,
    tls: Option<TlsParameters>,
    from: Mailbox,
    hello: ClientId,
    timeout: Duration,
}

impl Mailer {
    /// Reads the options; reaches for nobody. Errors with [`MailError::Settings`].
    pub fn new(options: &MailOptions) -> Result<Self, MailError> {
        let server = Server::parse(options.smtp_url.expose_secret()).map_err(MailError::Settings)?;
        let from = message::sender(&options.from).map_err(MailError::Settings)?;
        let tls = match server.tls {
            Tls::Never => None,
            Tls::FromTheStart | Tls::Required => Some(TlsParameters::new(server.host.clone())),
            // Nobody stands between this machine and itself, and its certificate seldom names localhost.
            Tls::Offered => Some(TlsParameters::builder(server.host.clone()).dangerous_accept_invalid_certs(true).build()),
        };
        let tls = tls.transpose().map_err(|e| MailError::Settings(format!("TLS cannot be set up: {e}")))?;
        Ok(Self(Arc::new(Inner { server, tls, from, hello: ClientId::default(), timeout: options.timeout })))
    }

    /// The server, as `host:port`.
    pub fn server(&self) -> String {
        format!("{}:{}", self.0.server.host, self.0.server.port)
    }

    /// Whether a password would travel to another machine in the clear, because the operator said `?tls=none`.
    pub fn tells_password(&self) -> bool {
        self.0.server.tls == Tls::Never && self.0.server.credentials.is_some() && !self.0.server.here
    }

    /// Hands one mail to the server. After an error that is not final it may have been sent all the same.
    pub async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let message = message::compose(&self.0.from, mail)?;
        let mut connection = self
            .in_time(async {
                let mut connection = self.0.connect().await?;
                connection.send(message.envelope(), &message.formatted()).await.map_err(|e| MailError::of_sending(&e))?;
                Ok(connection)
            })
            .await?;
        // The server has it; how it says good-bye changes nothing.
        let _ = tokio::time::timeout(GOODBYE, connection.abort()).await;
        Ok(())
    }

    /// Connects, says hello and signs in, and sends nothing. Answers whether the connection was encrypted.
    pub async fn check(&self) -> Result<bool, MailError> {
        let mut connection = self.in_time(self.0.connect()).await?;
        let encrypted = connection.is_encrypted();
        let _ = tokio::time::timeout(GOODBYE, connection.abort()).await;
        Ok(encrypted)
    }

    async fn in_time<T>(&self, work: impl Future<Output = Result<T, MailError>>) -> Result<T, MailError> {
        tokio::time::timeout(self.0.timeout, work).await.unwrap_or(Err(MailError::Timeout))
    }
}

impl Inner {
    async fn connect(&self) -> Result<AsyncSmtpConnection, MailError> {
        let at_once = if self.server.tls == Tls::FromTheStart { self.tls.clone() } else { None };
        let address = (self.server.host.as_str(), self.server.port);
        let mut connection = AsyncSmtpConnection::connect_tokio1(address, None, &self.hello, at_once, None)
            .await
            .map_err(|e| MailError::of_connecting(&e))?;
        if let Some(tls) = self.tls.clone() {
            if connection.can_starttls() {
                connection.starttls(tls, &self.hello).await.map_err(|e| MailError::of_connecting(&e))?;
            } else if self.server.tls == Tls::Required {
                let words =
                    "it offers no STARTTLS, without which everything could be read on the way; if that is right, add ?tls=none";
                return Err(MailError::Unreachable(words.to_owned()));
            }
        }
        if let Some(credentials) = &self.server.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await.map_err(|e| MailError::of_signing_in(&e))?;
        }
        Ok(connection)
    }
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailer").field("server", &self.server()).field("from", &self.0.from.to_string()).finish_non_exhaustive()
    }
}
