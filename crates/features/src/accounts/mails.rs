//! What MAX writes to its users: texts, and the job that sends them. A mail lies sealed in the job table, for it may hold a link that
//! opens an account.

use base::Time;
use base64::{Engine, prelude::BASE64_STANDARD};
use connect::mail::{Mail, MailError};
use kernel::{
    db::Tx,
    job::{self, Job},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{AccountError, links::Purpose};
use crate::{App, settings};

/// How long a notice is worth sending, in days.
const NOTICE_DAYS: i64 = 1;

/// A mail on its way.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SendMail {
    /// Its id, and what it is sealed for.
    id: Uuid,
    /// When it was written.
    at: Time,
    /// After this nobody has use for it.
    not_after: Time,
    /// What it says and to whom, sealed, in base64.
    sealed: String,
}

#[derive(Serialize, Deserialize)]
struct Letter {
    to_name: String,
    to_address: String,
    subject: String,
    text: String,
}

impl Job<App> for SendMail {
    const NAME: &'static str = "accounts:send_mail";

    async fn run(self, app: App) -> anyhow::Result<()> {
        let Some(mailer) = &app.mailer else {
            tracing::warn!("a mail is dropped, for no mail server is set any more");
            return Ok(());
        };
        if app.now() > self.not_after {
            tracing::warn!(id = %self.id, "a mail is dropped that could not be sent in time");
            return Ok(());
        }
        let sealed = BASE64_STANDARD.decode(&self.sealed)?;
        let letter: Letter = serde_json::from_slice(&app.vault.open(&sealed, &aad(self.id))?)?;
        let mail = Mail {
            id: self.id,
            at: self.at,
            to_name: letter.to_name,
            to_address: letter.to_address,
            subject: letter.subject,
            text: letter.text,
        };
        match mailer.send(&mail).await {
            Ok(()) => {
                metrics::counter!("mails_total", "outcome" => "sent").increment(1);
                Ok(())
            }
            Err(error) if error.is_final() => {
                // The server's words may hold the address, so they are not logged.
                tracing::warn!(id = %self.id, "a mail was refused for good");
                metrics::counter!("mails_total", "outcome" => "refused").increment(1);
                Ok(())
            }
            Err(error) => {
                metrics::counter!("mails_total", "outcome" => "deferred").increment(1);
                Err(match error {
                    // Said to this mail, so its words may hold the address; the job table and the log are no place for it.
                    MailError::Deferred { code, .. } => anyhow::anyhow!("the mail server does not take a mail now ({code})"),
                    other => other.into(),
                })
            }
        }
    }
}

fn aad(id: Uuid) -> Vec<u8> {
    [b"mail:".as_slice(), id.as_bytes()].concat()
}

/// Sends a one-time link; whether there is a mail server to do it.
pub async fn link(
    app: &App,
    tx: &mut Tx,
    name: &str,
    email: &str,
    purpose: Purpose,
    url: &str,
    expires_at: Time,
) -> Result<bool, AccountError> {
    let company = settings::company_name(tx).await?;
    let until = expires_at.format("%-d %B %Y, %H:%M UTC");
    let (subject, text) = match purpose {
        Purpose::Invite => (
            format!("Your invitation to {company}"),
            format!(
                "Hello {name},\n\nan account was made for you at {company}. Choose a password to begin:\n\n{url}\n\n\
                 The link works once, until {until}. After that, ask your admin for a new one."
            ),
        ),
        Purpose::Reset => (
            format!("A new password for {company}"),
            format!(
                "Hello {name},\n\nhere you can choose a new password for your account at {company}:\n\n{url}\n\n\
                 The link works once, until {until}. If you did not ask for it, you need do nothing: your password stays as it is."
            ),
        ),
    };
    send(app, tx, name, email, subject, text, expires_at).await
}

/// Tells somebody of a sign-in that they may not have made.
pub(super) async fn sign_in(
    app: &App,
    tx: &mut Tx,
    name: &str,
    email: &str,
    device: &str,
    address: &str,
) -> Result<(), AccountError> {
    let company = settings::company_name(tx).await?;
    let at = app.now().format("%-d %B %Y, %H:%M UTC");
    let text = format!(
        "Hello {name},\n\nsomebody signed in to your account at {company} in a way we have not seen before:\n\n\
         {device}\nfrom {address}\non {at}\n\n\
         If that was you, all is well. If not, change your password at once and end that session in your settings:\n\n{}",
        app.public_url
    );
    send(app, tx, name, email, format!("New sign-in to {company}"), text, app.now() + chrono::Duration::days(NOTICE_DAYS))
        .await?;
    Ok(())
}

/// Tells somebody that their password is another one.
pub(super) async fn password_changed(app: &App, tx: &mut Tx, name: &str, email: &str) -> Result<(), AccountError> {
    let company = settings::company_name(tx).await?;
    let at = app.now().format("%-d %B %Y, %H:%M UTC");
    let text = format!(
        "Hello {name},\n\nthe password of your account at {company} was changed on {at}.\n\n\
         If that was you, all is well. If not, tell your admin at once."
    );
    let until = app.now() + chrono::Duration::days(NOTICE_DAYS);
    send(app, tx, name, email, format!("Your password for {company} was changed"), text, until).await?;
    Ok(())
}

/// Puts a mail on its way when the transaction commits; whether there is a mail server for it.
async fn send(
    app: &App,
    tx: &mut Tx,
    name: &str,
    email: &str,
    subject: String,
    text: String,
    not_after: Time,
) -> Result<bool, AccountError> {
    if app.mailer.is_none() {
        return Ok(false);
    }
    let letter = Letter { to_name: name.to_owned(), to_address: email.to_owned(), subject, text };
    let id = app.new_id();
    let plain = serde_json::to_vec(&letter).map_err(AccountError::internal)?;
    let sealed = app.vault.seal(&plain, &aad(id), &app.ids).map_err(AccountError::internal)?;
    let job = SendMail { id, at: app.now(), not_after, sealed: BASE64_STANDARD.encode(sealed) };
    job::enqueue::<App, _>(app.db.pool(), tx, job).await.map_err(AccountError::internal)?;
    Ok(true)
}
