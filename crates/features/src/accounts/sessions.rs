//! Sessions: who is behind a token, and how sessions end. One that ends is worthless on every node within a second: what a node remembers
//! of it lives shorter than that, and its sockets are told.

use base::Time;
use chrono::TimeDelta;
use kernel::{
    audit::Record,
    auth::{AccessToken, Actor, Principal},
    db::Tx,
    event::{Audience, NewEvent},
    http::Problem,
    realtime::ACCESS_CHANGED,
};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::{
    AccountError,
    device::device,
    store,
    users::{self, TwoFactor},
};
use crate::App;

/// How long a remembered sign-in lasts without being used.
pub const SESSION_DAYS: i64 = 30;
/// How long one lasts that is not to be remembered, in hours without use.
const UNREMEMBERED_HOURS: i64 = 12;
/// How exactly it is kept when a session was last used, in seconds: a write at most this often.
const USE_PRECISION: i64 = 60;

/// A session as its owner sees it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct Session {
    /// Its id.
    pub id: Uuid,
    /// It is the one that asks.
    pub current: bool,
    /// "Firefox on Linux".
    pub device: String,
    /// The network address that it began at.
    pub address: Option<String>,
    /// When it began.
    pub created_at: Time,
    /// When it was last used, to the minute.
    pub last_used_at: Time,
}

/// Until when a session holds that began then and is used now: for a while without use, and never beyond `age`, however much it is used. So
/// what was stolen, or left open on a machine that others use, is worth something for a time only.
pub(super) fn holds_until(began: Time, now: Time, remember: bool, age: TimeDelta) -> Time {
    let unused = if remember { TimeDelta::days(SESSION_DAYS) } else { TimeDelta::hours(UNREMEMBERED_HOURS) };
    (now + unused).min(began + age)
}

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
    let now = app.now();
    let mut conn = app.db.read().await?;
    let row = store::sessions::live(&mut conn, claims.sid, now).await?.filter(|r| r.user_id == claims.sub);
    let row = row.ok_or_else(Problem::unauthenticated)?;
    let role = users::role(&row.role)?;
    let required = users::two_factor(&mut conn, &app.public_url, role, row.two_factor).await? == TwoFactor::Required;
    let unless_since = now - TimeDelta::seconds(USE_PRECISION);
    if row.last_used_at < unless_since {
        store::sessions::used(&mut conn, claims.sid, row.user_id, now, unless_since).await?;
    }
    let principal = Principal {
        user_id: row.user_id,
        name: row.name.into(),
        role,
        team_ids: row.team_ids.into(),
        session_id: claims.sid,
        token_expires_at: expiry(claims)?,
        restricted: required,
    };
    // Whoever sets up their second factor is let in at once, on every node: nobody remembers that they were not.
    if !principal.restricted {
        app.principals.insert(claims.sid, principal.clone()).await;
    }
    Ok(principal)
}

fn expiry(claims: &AccessToken) -> Result<Time, Problem> {
    chrono::DateTime::from_timestamp(claims.exp, 0).ok_or_else(Problem::unauthenticated)
}

/// The user and the session that act.
pub(super) fn acting(actor: &Actor) -> Result<(Uuid, Uuid), AccountError> {
    actor.principal().map(|p| (p.user_id, p.session_id)).ok_or(AccountError::SessionEnded)
}

/// The sessions of the actor.
pub(super) async fn page(
    app: &App,
    actor: &Actor,
    after: Option<(bool, Time, Uuid)>,
    limit: i64,
) -> Result<Vec<Session>, AccountError> {
    let (user_id, current) = acting(actor)?;
    let mut conn = app.db.read().await?;
    let rows = store::sessions::page(&mut conn, user_id, current, app.now(), after, limit).await?;
    Ok(rows
        .into_iter()
        .map(|row| Session {
            id: row.id,
            current: row.current,
            device: device(row.user_agent.as_deref()),
            address: row.address,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
        })
        .collect())
}

/// Ends one session of the actor.
pub(super) async fn end_own(app: &App, actor: &Actor, id: Uuid) -> Result<(), AccountError> {
    let (user_id, _) = acting(actor)?;
    let mut tx = app.db.begin().await?;
    if !store::sessions::end(&mut tx, id, user_id, "ended by the user", app.now()).await? {
        return Err(AccountError::NotFound);
    }
    tell_ended(app, &mut tx, user_id, id);
    tx.record(app.now(), &Record::by(actor, "session.ended").about("user", user_id, actor.name()).with("session_id", id));
    tx.commit().await?;
    app.principals.invalidate(&id).await;
    Ok(())
}

/// Ends all sessions of the actor but the one that asks.
pub(super) async fn end_others(app: &App, actor: &Actor) -> Result<(), AccountError> {
    let (user_id, current) = acting(actor)?;
    let mut tx = app.db.begin().await?;
    let ended = end_all(app, &mut tx, user_id, Some(current), "ended by the user").await?;
    if !ended.is_empty() {
        tx.record(
            app.now(),
            &Record::by(actor, "session.ended").about("user", user_id, actor.name()).with("sessions", ended.len()),
        );
    }
    tx.commit().await?;
    forget(app, &ended).await;
    Ok(())
}

/// Ends the sessions of a user, but for one, and tells their sockets on every node. What this node remembers of them is for [`forget`],
/// after the commit.
pub async fn end_all(
    app: &App,
    tx: &mut Tx,
    user_id: Uuid,
    except: Option<Uuid>,
    why: &'static str,
) -> Result<Vec<Uuid>, AccountError> {
    let ended = store::sessions::end_all(tx, user_id, except, why, app.now()).await?;
    for id in &ended {
        tell_ended(app, tx, user_id, *id);
    }
    Ok(ended)
}

/// Forgets what this node remembers of sessions. The other nodes do within a second by themselves.
pub async fn forget(app: &App, sessions: &[Uuid]) {
    for id in sessions {
        app.principals.invalidate(id).await;
    }
}

/// Closes the sockets of a session.
pub(super) fn tell_ended(app: &App, tx: &mut Tx, user_id: Uuid, session_id: Uuid) {
    let audience = Audience { user_ids: vec![user_id], ..Audience::default() };
    tx.emit(NewEvent::new(app.now(), ACCESS_CHANGED, audience, &serde_json::json!({ "session_id": session_id })));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_unused_or_old_whichever_is_first() {
        let began = chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let after = |used: i64, remember: bool, age: i64| {
            (holds_until(began, began + TimeDelta::hours(used), remember, TimeDelta::days(age)) - began).num_hours()
        };
        assert_eq!(after(0, true, 90), 30 * 24);
        assert_eq!(after(100, true, 90), 100 + 30 * 24, "it is used, and goes on");
        assert_eq!(after(100, true, 30), 30 * 24, "but not for ever");
        assert_eq!(after(30 * 24 - 1, false, 30), 30 * 24);
        assert_eq!(after(5, false, 30), 5 + 12);
        assert_eq!(after(0, false, 1), 12);
        assert_eq!(after(40 * 24, true, 30), 30 * 24, "where the age was made less meanwhile, it is over");
    }
}
