//! Use cases of accounts: sign in, refresh, sign out, create a user.

use std::{net::IpAddr, sync::Arc, time::Duration};

use base::{Clock, Ids};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use kernel::{
    auth::{AccessToken, Actor, Principal, Role},
    crypto::hash_token,
    db::{Tx, constraint},
    event::{Audience, NewEvent},
    http::Problem,
    realtime::ACCESS_CHANGED,
};
use secrecy::{ExposeSecret, SecretString};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{AccountError, SESSION_DAYS, SignIn, User, normalise_email, store};
use crate::{App, teams};

/// Sign-in attempts per account and minute. Counted before the hash is computed.
const ATTEMPTS_PER_ACCOUNT: u64 = 20;
/// Sign-in attempts per network address and minute: a whole office may share one.
const ATTEMPTS_PER_ADDRESS: u64 = 300;
/// A hash nobody's password has, so that an unknown user costs the same time as a known one. Cost 12, as real ones.
const NOBODY: &str = "$2b$12$KIXQx0oC5ZpX4kzqYb9lUuJm5nq1x0mC0c9p3bqzS6jvE4wGgqS1e";
/// Longest password bcrypt reads to its end.
const MAX_PASSWORD_BYTES: usize = 72;

/// The user behind an access token, as they were at most the cache's life time ago.
pub async fn authenticate(app: &App, token: &str) -> Result<Principal, Problem> {
    let claims = app.tokens.verify(token, app.now()).ok_or_else(Problem::unauthenticated)?;
    match app.principals.get(&claims.sid).await.filter(|p| p.user_id == claims.sub) {
        Some(known) => Ok(Principal { token_expires_at: expiry(&claims)?, ..known }),
        None => look_up(app, &claims).await,
    }
}

/// The user behind an access token, as of this moment.
pub async fn authenticate_now(app: &App, token: &str) -> Result<Principal, Problem> {
    let claims = app.tokens.verify(token, app.now()).ok_or_else(Problem::unauthenticated)?;
    look_up(app, &claims).await
}

async fn look_up(app: &App, claims: &AccessToken) -> Result<Principal, Problem> {
    let mut conn = app.db.read().await?;
    let row = store::live_session(&mut conn, claims.sid, app.now()).await?.filter(|r| r.user_id == claims.sub);
    let row = row.ok_or_else(Problem::unauthenticated)?;
    let role = Role::parse(&row.role).ok_or_else(|| Problem::internal("a user has an unknown role"))?;
    let principal = Principal {
        user_id: row.user_id,
        name: row.name.into(),
        role,
        team_ids: row.team_ids.into(),
        session_id: claims.sid,
        token_expires_at: expiry(claims)?,
        restricted: false,
    };
    app.principals.insert(claims.sid, principal.clone()).await;
    Ok(principal)
}

/// A user whose work goes on without them, with the rights they have now; `None` when they may not sign in any more.
pub async fn absent(app: &App, conn: &mut PgConnection, user_id: Uuid) -> Result<Option<Actor>, Problem> {
    let Some(row) = store::active_user(conn, user_id).await? else { return Ok(None) };
    let role = Role::parse(&row.role).ok_or_else(|| Problem::internal("a user has an unknown role"))?;
    Ok(Some(Actor::absent(Principal {
        user_id: row.user_id,
        name: row.name.into(),
        role,
        team_ids: row.team_ids.into(),
        session_id: Uuid::nil(),
        token_expires_at: app.now(),
        restricted: false,
    })))
}

fn expiry(claims: &AccessToken) -> Result<base::Time, Problem> {
    chrono::DateTime::from_timestamp(claims.exp, 0).ok_or_else(Problem::unauthenticated)
}

/// Signs in with e-mail and password.
pub(super) async fn login(
    app: &App,
    email: &str,
    password: SecretString,
    address: IpAddr,
    user_agent: Option<&str>,
) -> Result<SignIn, AccountError> {
    let email = normalise_email(email);
    // Hashed, for the bus is no place for e-mail addresses.
    throttle(app, &format!("login:account:{}", hex::encode(hash_token(email.as_bytes()))), ATTEMPTS_PER_ACCOUNT).await?;
    throttle(app, &format!("login:address:{address}"), ATTEMPTS_PER_ADDRESS).await?;
    let row = store::user_by_email(&mut *app.db.read().await?, &email).await?;
    let hash = row.as_ref().and_then(|r| r.password_hash.clone()).unwrap_or_else(|| NOBODY.to_owned());
    let matches = verify_password(app, password, hash).await?;
    let Some(row) = row.filter(|r| matches && r.active) else {
        metrics::counter!("sign_ins_total", "outcome" => "refused").increment(1);
        tracing::warn!(%address, "a sign-in was refused");
        return Err(AccountError::InvalidCredentials);
    };

    let now = app.now();
    let (session_id, refresh_until) = (app.new_id(), now + chrono::Duration::days(SESSION_DAYS));
    let user_agent = user_agent.map(|agent| agent.chars().take(300).collect::<String>());
    let mut tx = app.db.begin().await?;
    store::insert_session(&mut tx, session_id, row.id, user_agent.as_deref(), now, refresh_until).await?;
    let refresh_token = issue_refresh_token(app, &mut tx, session_id).await?;
    let sign_in = sign_in(app, &mut tx, row, session_id, refresh_token, refresh_until).await?;
    tx.commit().await?;
    metrics::counter!("sign_ins_total", "outcome" => "ok").increment(1);
    Ok(sign_in)
}

async fn throttle(app: &App, key: &str, limit: u64) -> Result<(), AccountError> {
    let window = Duration::from_secs(60);
    if app.bus.increment(key, window).await <= limit {
        return Ok(());
    }
    metrics::counter!("sign_ins_total", "outcome" => "throttled").increment(1);
    Err(AccountError::Throttled { retry_after: window })
}

/// Trades a refresh token for the next one. A token used a second time ends the session, except when its successor was never used: then
/// the answer was lost on the way, and a new successor takes its place.
pub(super) async fn refresh(app: &App, token: &str) -> Result<SignIn, AccountError> {
    let now = app.now();
    let hash = hash_token(token.as_bytes());
    let mut tx = app.db.begin().await?;
    let row = store::lock_refresh_token(&mut tx, &hash).await?.ok_or(AccountError::SessionEnded)?;
    if row.ended || row.expires_at <= now {
        return Err(AccountError::SessionEnded);
    }
    if row.consumed {
        let successor_used = match &row.successor {
            Some(successor) => store::is_consumed(&mut tx, successor).await?,
            None => true,
        };
        if successor_used {
            tracing::warn!(session_id = %row.session_id, user_id = %row.user_id, "a refresh token was used twice; its session was ended");
            end(app, &mut tx, row.session_id, row.user_id, "refresh token reused").await?;
            tx.commit().await?;
            return Err(AccountError::SessionEnded);
        }
    }
    let user = store::user(&mut tx, row.user_id).await?.filter(|u| u.active).ok_or(AccountError::SessionEnded)?;
    let refresh_until = now + chrono::Duration::days(SESSION_DAYS);
    let next = issue_refresh_token(app, &mut tx, row.session_id).await?;
    let next_hash = hash_token(next.as_bytes());
    if let (true, Some(lost)) = (row.consumed, &row.successor) {
        // The successor that never arrived must not become a second live branch.
        store::consume(&mut tx, lost, &next_hash, now).await?;
    }
    store::consume(&mut tx, &hash, &next_hash, now).await?;
    store::touch_session(&mut tx, row.session_id, now, refresh_until).await?;
    let sign_in = sign_in(app, &mut tx, user, row.session_id, next, refresh_until).await?;
    tx.commit().await?;
    Ok(sign_in)
}

/// Ends the session of a refresh token. An unknown token is no error: the browser wanted to be signed out, and is.
pub(super) async fn logout(app: &App, token: &str) -> Result<(), AccountError> {
    let mut tx = app.db.begin().await?;
    if let Some(row) = store::lock_refresh_token(&mut tx, &hash_token(token.as_bytes())).await?
        && !row.ended
    {
        end(app, &mut tx, row.session_id, row.user_id, "signed out").await?;
        tx.commit().await?;
        app.principals.invalidate(&row.session_id).await;
    }
    Ok(())
}

async fn end(app: &App, tx: &mut Tx, session_id: Uuid, user_id: Uuid, why: &str) -> Result<(), sqlx::Error> {
    let now = app.now();
    store::end_session(tx, session_id, why, now).await?;
    let audience = Audience { user_ids: vec![user_id], ..Audience::default() };
    tx.emit(NewEvent::new(now, ACCESS_CHANGED, audience, &serde_json::json!({ "session_id": session_id })));
    Ok(())
}

/// Who the actor is, in full.
pub(super) async fn me(app: &App, user_id: Uuid) -> Result<User, AccountError> {
    let mut conn = app.db.read().await?;
    let row = store::user(&mut conn, user_id).await?.ok_or(AccountError::SessionEnded)?;
    to_user(row, teams::of_user(&mut conn, user_id).await?)
}

/// A user to create.
#[derive(Debug)]
pub struct NewUser {
    /// How they are shown.
    pub name: String,
    /// What they sign in with.
    pub email: String,
    /// Their role.
    pub role: Role,
    /// Their password, 12 characters at least and 72 bytes at most.
    pub password: SecretString,
}

/// What making a user takes: less than an application, so that the command line can do it too.
#[derive(Clone)]
pub struct Maker {
    /// Ids.
    pub ids: Ids,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Cost of password hashes.
    pub bcrypt_cost: u32,
}

impl std::fmt::Debug for Maker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Maker")
    }
}

impl Maker {
    /// The application's.
    pub fn of(app: &App) -> Self {
        Self { ids: app.ids.clone(), clock: app.clock.clone(), bcrypt_cost: app.bcrypt_cost }
    }
}

/// Creates a user.
pub async fn create_user(maker: &Maker, tx: &mut Tx, new: NewUser) -> Result<Uuid, AccountError> {
    let name = new.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > 200 {
        return Err(AccountError::Invalid { field: "name", message: "Enter a name of 1 to 200 characters.".into() });
    }
    let email = new.email.trim().to_owned();
    let plausible = email
        .split_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.') && !email.contains(char::is_whitespace));
    if !plausible || email.len() > 320 {
        return Err(AccountError::Invalid {
            field: "email",
            message: "Enter an e-mail address such as ana@company.example.".into(),
        });
    }
    check_password(new.password.expose_secret())?;
    let row = store::UserRow {
        id: maker.ids.next(maker.clock.as_ref()),
        name,
        email: normalise_email(&email),
        role: new.role.as_str().to_owned(),
        active: true,
        password_hash: Some(hash_password(maker.bcrypt_cost, new.password).await?),
    };
    match store::insert_user(tx, &row, maker.clock.now()).await {
        Ok(()) => Ok(row.id),
        Err(error) if constraint(&error) == Some("app_user_email_key") => Err(AccountError::EmailTaken),
        Err(error) => Err(error.into()),
    }
}

/// The user of that e-mail, created if missing (sample data).
pub async fn ensure_user(app: &App, tx: &mut Tx, new: NewUser) -> Result<Uuid, AccountError> {
    match store::user_by_email(tx, &normalise_email(&new.email)).await? {
        Some(row) => Ok(row.id),
        None => create_user(&Maker::of(app), tx, new).await,
    }
}

fn check_password(password: &str) -> Result<(), AccountError> {
    let message = if password.chars().count() < 12 {
        "Use at least 12 characters; a few words you can remember are fine."
    } else if password.len() > MAX_PASSWORD_BYTES {
        "Use at most 72 bytes (72 plain letters; accents and emoji count for more)."
    } else {
        return Ok(());
    };
    Err(AccountError::Invalid { field: "password", message: message.into() })
}

async fn issue_refresh_token(app: &App, tx: &mut Tx, session_id: Uuid) -> Result<String, AccountError> {
    let token = BASE64_URL_SAFE_NO_PAD.encode(app.ids.token());
    store::insert_refresh_token(tx, &hash_token(token.as_bytes()), session_id, app.now()).await?;
    Ok(token)
}

async fn sign_in(
    app: &App,
    tx: &mut Tx,
    row: store::UserRow,
    session_id: Uuid,
    refresh_token: String,
    refresh_until: base::Time,
) -> Result<SignIn, AccountError> {
    let access_token = app.tokens.issue(row.id, session_id, app.now()).map_err(|e| AccountError::Internal(e.to_string()))?;
    let teams = teams::of_user(tx, row.id).await?;
    Ok(SignIn {
        user: to_user(row, teams)?,
        access_token,
        expires_in: app.tokens.lifetime().as_secs(),
        refresh_token,
        refresh_until,
    })
}

fn to_user(row: store::UserRow, teams: Vec<teams::Team>) -> Result<User, AccountError> {
    let role = Role::parse(&row.role).ok_or_else(|| AccountError::Internal(format!("unknown role {}", row.role)))?;
    Ok(User { id: row.id, name: row.name, email: row.email, role, active: row.active, teams })
}

async fn verify_password(app: &App, password: SecretString, hash: String) -> Result<bool, AccountError> {
    // A bounded number at once, so that logins cannot starve the rest.
    let _permit = Arc::clone(&app.hashing).acquire_owned().await.map_err(|e| AccountError::Internal(e.to_string()))?;
    blocking(move || {
        // bcrypt would look at the first 72 bytes only: a longer password is nobody's.
        let fits = password.expose_secret().len() <= MAX_PASSWORD_BYTES;
        let matches = bcrypt::verify(password.expose_secret(), &hash).unwrap_or(false);
        Ok(fits && matches)
    })
    .await
}

async fn hash_password(cost: u32, password: SecretString) -> Result<String, AccountError> {
    blocking(move || bcrypt::hash(password.expose_secret(), cost).map_err(|e| AccountError::Internal(e.to_string()))).await
}

/// Runs work off the runtime's threads.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, AccountError> + Send + 'static) -> Result<T, AccountError> {
    tokio::task::spawn_blocking(work).await.map_err(|e| AccountError::Internal(e.to_string()))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_long_enough_and_never_cut() {
        assert!(check_password("demo-password").is_ok());
        assert!(check_password(&"a".repeat(72)).is_ok());
        assert!(check_password("elevenchars").is_err());
        assert!(check_password(&"a".repeat(73)).is_err());
        assert!(check_password(&"é".repeat(37)).is_err(), "74 bytes");
    }

    #[test]
    fn the_stand_in_hash_is_a_real_one() {
        assert_eq!(bcrypt::verify("anything at all", NOBODY).ok(), Some(false));
    }
}
