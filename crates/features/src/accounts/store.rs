//! SQL of accounts.

pub(super) mod colleagues;
pub(super) mod people;

use base::Time;
use sqlx::PgConnection;
use uuid::Uuid;

pub(super) struct UserRow {
    pub id: Uuid,
    pub name: String,
    pub email: String,
    pub role: String,
    pub active: bool,
    /// None: invited, has not chosen a password yet.
    pub password_hash: Option<String>,
}

pub(super) async fn user_by_email(conn: &mut PgConnection, email: &str) -> Result<Option<UserRow>, sqlx::Error> {
    sqlx::query_as!(UserRow, "select id, name, email, role, active, password_hash from app_user where lower(email) = $1", email)
        .fetch_optional(conn)
        .await
}

pub(super) async fn user(conn: &mut PgConnection, id: Uuid) -> Result<Option<UserRow>, sqlx::Error> {
    sqlx::query_as!(UserRow, "select id, name, email, role, active, password_hash from app_user where id = $1", id)
        .fetch_optional(conn)
        .await
}

pub(super) async fn insert_user(conn: &mut PgConnection, row: &UserRow, now: Time) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into app_user (id, name, email, role, active, password_hash, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $7)",
        row.id,
        row.name,
        row.email,
        row.role,
        row.active,
        row.password_hash,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) struct SessionRow {
    pub user_id: Uuid,
    pub name: String,
    pub role: String,
    pub team_ids: Vec<Uuid>,
}

/// A session that still holds, with what its user is now.
pub(super) async fn live_session(
    conn: &mut PgConnection,
    session_id: Uuid,
    now: Time,
) -> Result<Option<SessionRow>, sqlx::Error> {
    sqlx::query_as!(
        SessionRow,
        r#"select u.id as user_id, u.name, u.role,
                  array(select m.team_id from team_member m where m.user_id = u.id order by m.team_id) as "team_ids!"
             from session s join app_user u on u.id = s.user_id
            where s.id = $1 and s.ended_at is null and s.expires_at > $2 and u.active"#,
        session_id,
        now
    )
    .fetch_optional(conn)
    .await
}

pub(super) async fn insert_session(
    conn: &mut PgConnection,
    id: Uuid,
    user_id: Uuid,
    user_agent: Option<&str>,
    now: Time,
    expires_at: Time,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into session (id, user_id, user_agent, created_at, last_used_at, expires_at) values ($1, $2, $3, $4, $4, $5)",
        id,
        user_id,
        user_agent,
        now,
        expires_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn insert_refresh_token(
    conn: &mut PgConnection,
    hash: &[u8],
    session_id: Uuid,
    now: Time,
) -> Result<(), sqlx::Error> {
    sqlx::query!("insert into refresh_token (hash, session_id, issued_at) values ($1, $2, $3)", hash, session_id, now)
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) struct RefreshRow {
    pub session_id: Uuid,
    pub user_id: Uuid,
    pub expires_at: Time,
    pub ended: bool,
    pub consumed: bool,
    pub successor: Option<Vec<u8>>,
}

/// The token with its session, whose row is locked so that parallel refreshes come one after the other.
pub(super) async fn lock_refresh_token(conn: &mut PgConnection, hash: &[u8]) -> Result<Option<RefreshRow>, sqlx::Error> {
    let session_id = sqlx::query_scalar!(
        "select s.id from session s where s.id = (select session_id from refresh_token where hash = $1) for update",
        hash
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(_) = session_id else { return Ok(None) };
    // Read after the lock: what another refresh changed meanwhile is seen.
    sqlx::query_as!(
        RefreshRow,
        r#"select t.session_id, s.user_id, s.expires_at, s.ended_at is not null as "ended!", t.consumed_at is not null as "consumed!", t.successor
             from refresh_token t join session s on s.id = t.session_id where t.hash = $1"#,
        hash
    )
    .fetch_optional(conn)
    .await
}

pub(super) async fn is_consumed(conn: &mut PgConnection, hash: &[u8]) -> Result<bool, sqlx::Error> {
    Ok(sqlx::query_scalar!(r#"select consumed_at is not null as "consumed!" from refresh_token where hash = $1"#, hash)
        .fetch_optional(conn)
        .await?
        .unwrap_or(true))
}

pub(super) async fn consume(conn: &mut PgConnection, hash: &[u8], successor: &[u8], now: Time) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update refresh_token set consumed_at = coalesce(consumed_at, $3), successor = $2 where hash = $1",
        hash,
        successor,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn touch_session(conn: &mut PgConnection, id: Uuid, now: Time, expires_at: Time) -> Result<(), sqlx::Error> {
    sqlx::query!("update session set last_used_at = $2, expires_at = $3 where id = $1", id, now, expires_at)
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn end_session(conn: &mut PgConnection, id: Uuid, why: &str, now: Time) -> Result<(), sqlx::Error> {
    sqlx::query!("update session set ended_at = $3, ended_why = $2 where id = $1 and ended_at is null", id, why, now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Forgets sessions that ended or expired before then; their tokens go with them.
pub(super) async fn forget_sessions(conn: &mut PgConnection, before: Time) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from session where coalesce(ended_at, expires_at) < $1", before).execute(conn).await?;
    Ok(())
}

/// An active user as they are now: `session_id` and time are of no session.
pub(super) async fn active_user(conn: &mut PgConnection, user_id: Uuid) -> Result<Option<SessionRow>, sqlx::Error> {
    sqlx::query_as!(
        SessionRow,
        r#"select u.id as user_id, u.name, u.role,
                  array(select m.team_id from team_member m where m.user_id = u.id order by m.team_id) as "team_ids!"
             from app_user u where u.id = $1 and u.active"#,
        user_id
    )
    .fetch_optional(conn)
    .await
}
