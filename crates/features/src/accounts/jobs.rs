//! Background work of accounts: forgotten passwords, mails, and forgetting what ended long ago.

use std::net::IpAddr;

use base64::{Engine, prelude::BASE64_STANDARD};
use kernel::job::{Job, Jobs};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{AccountError, links, mails::SendMail, store};
use crate::App;

/// How long an ended session or link is kept, in days, for whoever asks what happened.
const KEEP_DAYS: i64 = 90;

/// Forgets old sessions and their tokens, and old links.
#[derive(Debug, Serialize, Deserialize)]
struct ForgetSessions {}

impl Job<App> for ForgetSessions {
    const NAME: &'static str = "accounts:forget_sessions";

    async fn run(self, app: App) -> anyhow::Result<()> {
        let mut tx = app.db.begin().await?;
        let before = app.now() - chrono::Duration::days(KEEP_DAYS);
        store::sessions::forget(&mut tx, before).await?;
        store::links::forget(&mut tx, before).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Somebody says that they forgot a password. Sealed, for anybody may type any address, and the token will open an account.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Forgotten {
    /// What it is sealed for.
    id: Uuid,
    /// In base64.
    sealed: String,
}

#[derive(Serialize, Deserialize)]
struct Ask {
    email: String,
    token: String,
    address: IpAddr,
}

impl Forgotten {
    pub(super) fn seal(app: &App, email: &str, token: &str, address: IpAddr) -> Result<Self, AccountError> {
        let ask = Ask { email: email.to_owned(), token: token.to_owned(), address };
        let id = app.new_id();
        let plain = serde_json::to_vec(&ask).map_err(AccountError::internal)?;
        let sealed = app.vault.seal(&plain, &aad(id), &app.ids).map_err(AccountError::internal)?;
        Ok(Self { id, sealed: BASE64_STANDARD.encode(sealed) })
    }
}

fn aad(id: Uuid) -> Vec<u8> {
    [b"forgotten:".as_slice(), id.as_bytes()].concat()
}

impl Job<App> for Forgotten {
    const NAME: &'static str = "accounts:forgotten_password";

    async fn run(self, app: App) -> anyhow::Result<()> {
        let sealed = BASE64_STANDARD.decode(&self.sealed)?;
        let ask: Ask = serde_json::from_slice(&app.vault.open(&sealed, &aad(self.id))?)?;
        links::send_forgotten(&app, &ask.email, &ask.token, ask.address).await?;
        Ok(())
    }
}

pub(super) fn jobs(jobs: Jobs<App>) -> Jobs<App> {
    jobs.regularly::<ForgetSessions>("41 3 * * *").define::<Forgotten>().define::<SendMail>()
}
