//! One-time links: an invitation, or a new password for a forgotten one. Both are 256 bits of chance of which only the hash is kept, hold
//! once and for a while, and end when a newer one is made.

use std::net::IpAddr;

use base::Time;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use kernel::{audit::Record, crypto::hash_token, db::Tx, job};
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use uuid::Uuid;

use super::{
    AccountError, jobs, mails, normalise_email, passwords, profile, sessions,
    sign_in::{self, account_key},
    store, throttle,
};
use crate::App;

/// How long an invitation holds, in days.
const INVITE_DAYS: i64 = 7;
/// How long the link for a new password holds, in hours.
const RESET_HOURS: i64 = 1;

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Choosing the first password.
    Invite,
    /// Choosing another one.
    Reset,
}

impl Purpose {
    const fn as_str(self) -> &'static str {
        match self {
            Purpose::Invite => "invite",
            Purpose::Reset => "reset",
        }
    }

    /// The page of the app that the link opens.
    const fn page(self) -> &'static str {
        match self {
            Purpose::Invite => "welcome",
            Purpose::Reset => "reset",
        }
    }

    fn holds_until(self, now: Time) -> Time {
        now + match self {
            Purpose::Invite => chrono::Duration::days(INVITE_DAYS),
            Purpose::Reset => chrono::Duration::hours(RESET_HOURS),
        }
    }
}

/// What a link that holds is good for.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "LinkInfo")]
pub(super) struct Looked {
    /// Choosing the first password, or another one.
    pub purpose: Purpose,
    /// Whose.
    pub name: String,
    /// What they sign in with.
    pub email: String,
    /// Until when it holds.
    pub expires_at: Time,
}

/// Makes a link for a user, in place of their older ones: its address, to be shown or mailed once, and until when it holds. `by` is the
/// user who asked for it. The token is behind the `#`, which browsers send to no server and servers write into no log.
pub async fn make(
    app: &App,
    tx: &mut Tx,
    user_id: Uuid,
    purpose: Purpose,
    by: Option<Uuid>,
) -> Result<(String, Time), AccountError> {
    let token = BASE64_URL_SAFE_NO_PAD.encode(app.ids.token());
    let expires_at = keep(app, tx, &token, user_id, purpose, by).await?.ok_or_else(|| AccountError::internal("a token twice"))?;
    Ok((url(app, &token, purpose), expires_at))
}

/// Keeps the link of a token; `None` when that was done before.
async fn keep(
    app: &App,
    tx: &mut Tx,
    token: &str,
    user_id: Uuid,
    purpose: Purpose,
    by: Option<Uuid>,
) -> Result<Option<Time>, AccountError> {
    let now = app.now();
    let expires_at = purpose.holds_until(now);
    let hash = hash_token(token.as_bytes());
    let new = store::links::NewLink { hash: &hash, user_id, purpose: purpose.as_str(), created_by: by, now, expires_at };
    Ok(store::links::insert(tx, &new).await?.then_some(expires_at))
}

fn url(app: &App, token: &str, purpose: Purpose) -> String {
    format!("{}/{}#{token}", app.public_url, purpose.page())
}

/// What a link is good for, without using it up.
pub(super) async fn look(app: &App, token: &SecretString, address: IpAddr) -> Result<Looked, AccountError> {
    throttle::LINKS.take_from(app, address).await?;
    let hash = hash_token(token.expose_secret().as_bytes());
    let link = store::links::live(&mut *app.db.read().await?, &hash, app.now()).await?.ok_or(AccountError::LinkInvalid)?;
    let purpose = if link.purpose == Purpose::Invite.as_str() { Purpose::Invite } else { Purpose::Reset };
    Ok(Looked { purpose, name: link.name, email: link.email, expires_at: link.expires_at })
}

/// Sets the password of whoever holds the link, and uses it up. All their sessions end, and what locked the account is forgotten.
pub(super) async fn set_password(
    app: &App,
    token: &SecretString,
    password: SecretString,
    address: IpAddr,
) -> Result<(), AccountError> {
    throttle::LINKS.take_from(app, address).await?;
    let hash = hash_token(token.expose_secret().as_bytes());
    let link = store::links::live(&mut *app.db.read().await?, &hash, app.now()).await?.ok_or(AccountError::LinkInvalid)?;
    passwords::check(password.expose_secret(), &[&link.name, &link.email])?;
    // Before the transaction: hashing takes long, and transactions are short.
    let password_hash = passwords::hash_in_pool(app, password).await?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    if !store::links::consume(&mut tx, &hash, link.user_id, now).await? {
        return Err(AccountError::LinkInvalid);
    }
    store::links::end_of(&mut tx, link.user_id, None, now).await?;
    store::credentials::set_password(&mut tx, link.user_id, &password_hash, now).await?;
    let ended = sessions::end_all(app, &mut tx, link.user_id, None, "password reset").await?;
    let record = Record::from(Some(address), "password.reset").as_user(link.user_id, &link.name);
    tx.record(now, &record.about("user", link.user_id, &link.name).with("purpose", &link.purpose));
    // Whoever was invited is there from now on.
    profile::tell(app, &mut tx, link.user_id).await?;
    if link.purpose != Purpose::Invite.as_str() {
        mails::password_changed(app, &mut tx, &link.name, &link.email).await?;
    }
    tx.commit().await?;
    sessions::forget(app, &ended).await;
    throttle::SIGN_IN_FAILURES.forget(app, &account_key(&link.email)).await;
    Ok(())
}

/// Somebody has forgotten their password. Whether there is such an account shows neither in the answer nor in its time: what depends on
/// it is done later, by a job.
pub(super) async fn forgotten(app: &App, email: &str, address: IpAddr) -> Result<(), AccountError> {
    throttle::FORGOTTEN.take_from(app, address).await?;
    let email: String = normalise_email(email).chars().take(320).collect();
    if app.mailer.is_none() || throttle::FORGOTTEN_MAILS.take(app, &account_key(&email)).await.is_err() {
        return Ok(());
    }
    let token = BASE64_URL_SAFE_NO_PAD.encode(app.ids.token());
    let job = jobs::Forgotten::seal(app, &email, &token, address)?;
    let mut tx = app.db.begin().await?;
    job::enqueue::<App, _>(app.db.pool(), &mut tx, job).await.map_err(AccountError::internal)?;
    tx.commit().await?;
    Ok(())
}

/// Sends the link for a new password to whoever has this e-mail, if anybody does. Done twice it does no more than once.
pub(super) async fn send_forgotten(app: &App, email: &str, token: &str, address: IpAddr) -> Result<(), AccountError> {
    let mut tx = app.db.begin().await?;
    let Some(user) = sign_in::find(&mut tx, email).await?.filter(|user| user.active) else { return Ok(()) };
    // Whoever was invited and has no password yet is invited anew: nobody else can shorten their invitation by asking for this.
    let purpose = if user.password_hash.is_none() { Purpose::Invite } else { Purpose::Reset };
    let Some(expires_at) = keep(app, &mut tx, token, user.id, purpose, None).await? else { return Ok(()) };
    mails::link(app, &mut tx, &user.name, &user.email, purpose, &url(app, token, purpose), expires_at).await?;
    tx.record(app.now(), &Record::from(Some(address), "password.reset_asked").about("user", user.id, &user.name));
    tx.commit().await?;
    Ok(())
}
