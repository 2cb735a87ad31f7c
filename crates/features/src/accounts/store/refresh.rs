//! Refresh tokens: a chain per session, each consumed for the next.

use base::Time;
use sqlx::PgConnection;
use uuid::Uuid;

pub(in crate::accounts) async fn insert(
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

pub(in crate::accounts) struct RefreshRow {
    pub session_id: Uuid,
    pub user_id: Uuid,
    pub user_name: String,
    pub user_active: bool,
    pub remember: bool,
    pub created_at: Time,
    pub expires_at: Time,
    pub ended: bool,
    pub consumed: bool,
    pub successor: Option<Vec<u8>>,
}

/// The token with its session, whose row is locked so that parallel refreshes come one after the other.
pub(in crate::accounts) async fn lock(conn: &mut PgConnection, hash: &[u8]) -> Result<Option<RefreshRow>, sqlx::Error> {
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
        r#"select t.session_id, s.user_id, u.name as user_name, u.active as user_active, s.remember, s.created_at, s.expires_at,
                  s.ended_at is not null as "ended!", t.consumed_at is not null as "consumed!", t.successor
             from refresh_token t join session s on s.id = t.session_id join app_user u on u.id = s.user_id where t.hash = $1"#,
        hash
    )
    .fetch_optional(conn)
    .await
}

pub(in crate::accounts) async fn is_consumed(conn: &mut PgConnection, hash: &[u8]) -> Result<bool, sqlx::Error> {
    Ok(sqlx::query_scalar!(r#"select consumed_at is not null as "consumed!" from refresh_token where hash = $1"#, hash)
        .fetch_optional(conn)
        .await?
        .unwrap_or(true))
}

pub(in crate::accounts) async fn consume(
    conn: &mut PgConnection,
    hash: &[u8],
    successor: &[u8],
    now: Time,
) -> Result<(), sqlx::Error> {
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
