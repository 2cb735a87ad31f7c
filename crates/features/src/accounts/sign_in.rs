//! Signing in with e-mail, password and, where one is set up, a second factor.

use std::net::IpAddr;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use kernel::{
    audit::Record,
    crypto::hash_token,
    db::Tx,
    event::{Audience, NewEvent},
    realtime::SESSION_STARTED,
};
use secrecy::SecretString;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    AccountError, device::device, mails, normalise_email, passwords, profile, profile::Me, sessions, store,
    store::credentials::Credentials, throttle, two_factor,
};
use crate::App;

/// Longest user agent that is kept, in characters.
const LONGEST_AGENT: usize = 300;

/// A signed-in browser: what login and refresh hand out.
pub(super) struct SignIn {
    pub user: Me,
    pub access_token: String,
    pub expires_in: u64,
    pub refresh_token: String,
    /// Whether the browser keeps the cookie when it is closed.
    pub remember: bool,
}

/// What somebody shows who wants to sign in.
pub(super) struct Attempt {
    pub email: String,
    pub password: SecretString,
    /// The six digits, or a recovery code.
    pub totp: Option<String>,
    pub remember: bool,
}

/// Where they come from.
pub(super) struct Origin {
    pub address: IpAddr,
    pub user_agent: Option<String>,
}

/// An account in the keys of counters: hashed, for the bus is no place for e-mail addresses.
pub(super) fn account_key(email: &str) -> String {
    hex::encode(hash_token(normalise_email(email).as_bytes()))
}

/// Signs in.
pub(super) async fn login(app: &App, attempt: Attempt, from: Origin) -> Result<SignIn, AccountError> {
    throttle::SIGN_INS.take_from(app, from.address).await?;
    let known = check_password(app, &attempt.email, attempt.password, from.address).await?;
    let code = attempt.totp.as_deref().map(str::trim).filter(|code| !code.is_empty());
    if known.two_factor {
        let Some(_) = code else { return Err(AccountError::TotpRequired) };
        throttle::CODES.take(app, &known.id.simple().to_string()).await?;
    }

    let now = app.now();
    let mut tx = app.db.begin().await?;
    if !store::credentials::lock_unchanged(&mut tx, &known).await? {
        return Err(AccountError::InvalidCredentials);
    }
    if let (true, Some(code)) = (known.two_factor, code) {
        let named = Record::from(Some(from.address), "two_factor.recovery_used").as_user(known.id, &known.name);
        if !two_factor::use_code(app, &mut tx, known.id, code, named).await? {
            tx.rollback().await?;
            let locked = throttle::CODES.is_used_up(app, &known.id.simple().to_string()).await;
            refused(app, Some(&known), &attempt.email, from.address, if locked { "locked" } else { "code" }).await?;
            return Err(AccountError::TotpWrong);
        }
    }
    let session_id = app.new_id();
    let agent: Option<String> = from.user_agent.map(|agent| agent.chars().take(LONGEST_AGENT).collect());
    let address = from.address.to_string();
    let device = device(agent.as_deref());
    notice(app, &mut tx, &known, session_id, &device, &address).await?;
    store::sessions::insert(
        &mut tx,
        &store::sessions::NewSession {
            id: session_id,
            user_id: known.id,
            user_agent: agent.as_deref(),
            address: &address,
            remember: attempt.remember,
            now,
            expires_at: sessions::holds_until(now, now, attempt.remember, app.session_age),
        },
    )
    .await?;
    let refresh_token = issue_refresh_token(app, &mut tx, session_id).await?;
    let record = Record::from(Some(from.address), "sign_in.ok").as_user(known.id, &known.name);
    tx.record(now, &record.about("user", known.id, &known.name).with("device", &device).with("session_id", session_id));
    let sign_in = hand_out(app, &mut tx, known.id, session_id, refresh_token, attempt.remember).await?;
    tx.commit().await?;
    throttle::SIGN_IN_FAILURES.forget(app, &account_key(&attempt.email)).await;
    throttle::CODES.forget(app, &known.id.simple().to_string()).await;
    metrics::counter!("sign_ins_total", "outcome" => "ok").increment(1);
    Ok(sign_in)
}

/// Whose e-mail and password these are. Same answer and same work for somebody unknown.
async fn check_password(app: &App, email: &str, password: SecretString, address: IpAddr) -> Result<Credentials, AccountError> {
    let account = account_key(email);
    let seat = passwords::seat(&app.hashing).await?;
    throttle::SIGN_IN_FAILURES.check(app, &account).await?;
    let known = find(&mut *app.db.read().await?, email).await?;
    let hash = known.as_ref().and_then(|known| known.password_hash.clone());
    let (right, seat) = passwords::is_right(seat, password, hash).await?;
    match known {
        Some(known) if right && known.active => Ok(known),
        known => {
            let locked = throttle::SIGN_IN_FAILURES.failed(app, &account).await;
            drop(seat);
            refused(app, known.as_ref(), email, address, if locked { "locked" } else { "password" }).await?;
            Err(AccountError::InvalidCredentials)
        }
    }
}

/// Who has this e-mail, if anybody.
pub(super) async fn find(conn: &mut PgConnection, email: &str) -> Result<Option<Credentials>, sqlx::Error> {
    let email = normalise_email(email);
    // No address has these, and the database does not take all of them.
    if email.contains(char::is_control) { Ok(None) } else { store::credentials::by_email(conn, &email).await }
}

/// An e-mail that nobody has, as it is recorded.
fn shown(email: &str) -> String {
    normalise_email(email).chars().filter(|c| !c.is_control()).take(320).collect()
}

/// Tells the audit log of a sign-in that failed.
async fn refused(
    app: &App,
    known: Option<&Credentials>,
    email: &str,
    address: IpAddr,
    why: &'static str,
) -> Result<(), AccountError> {
    metrics::counter!("sign_ins_total", "outcome" => "refused").increment(1);
    tracing::warn!(%address, why, "a sign-in was refused");
    let record = Record::from(Some(address), if why == "locked" { "sign_in.locked" } else { "sign_in.refused" });
    let record = match known {
        Some(known) => record.about("user", known.id, &known.name).with("reason", if known.active { why } else { "deactivated" }),
        // Only what looks like an address: some type their password into the wrong field.
        None if email.contains('@') => record.with("reason", "unknown").with("email", shown(email)),
        None => record.with("reason", "unknown"),
    };
    let mut tx = app.db.begin().await?;
    tx.record(app.now(), &record);
    tx.commit().await?;
    Ok(())
}

/// Lets the user know on their other screens, and by mail when nobody has signed in with this device from there before.
async fn notice(
    app: &App,
    tx: &mut Tx,
    known: &Credentials,
    session_id: Uuid,
    device_now: &str,
    address: &str,
) -> Result<(), AccountError> {
    let now = app.now();
    let data = serde_json::json!({ "session_id": session_id, "device": device_now, "address": address, "at": now });
    let audience = Audience { user_ids: vec![known.id], ..Audience::default() };
    tx.emit(NewEvent::new(now, SESSION_STARTED, audience, &data));
    if app.mailer.is_none() || !profile::notifications(tx, known.id).await?.sign_ins {
        return Ok(());
    }
    let (agents, any) = store::sessions::seen_from(tx, known.id, address).await?;
    let seen = agents.iter().any(|agent| device(Some(agent)) == device_now);
    // The very first sign-in is no news to whoever does it.
    if any && !seen {
        mails::sign_in(app, tx, &known.name, &known.email, device_now, address).await?;
    }
    Ok(())
}

/// A fresh refresh token of the session. Only its hash is kept.
pub(super) async fn issue_refresh_token(app: &App, tx: &mut Tx, session_id: Uuid) -> Result<String, AccountError> {
    let token = BASE64_URL_SAFE_NO_PAD.encode(app.ids.token());
    store::refresh::insert(tx, &hash_token(token.as_bytes()), session_id, app.now()).await?;
    Ok(token)
}

/// What the browser gets.
pub(super) async fn hand_out(
    app: &App,
    tx: &mut Tx,
    user_id: Uuid,
    session_id: Uuid,
    refresh_token: String,
    remember: bool,
) -> Result<SignIn, AccountError> {
    let access_token = app.tokens.issue(user_id, session_id, app.now()).map_err(AccountError::internal)?;
    let user = profile::me(app, tx, user_id).await?;
    Ok(SignIn { user, access_token, expires_in: app.tokens.lifetime().as_secs(), refresh_token, remember })
}
