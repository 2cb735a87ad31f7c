//! Sessions.

use base::Time;
use sqlx::PgConnection;
use uuid::Uuid;

pub(in crate::accounts) struct LiveSession {
    pub user_id: Uuid,
    pub name: String,
    pub role: String,
    pub two_factor: bool,
    pub last_used_at: Time,
    pub team_ids: Vec<Uuid>,
}

/// A session that still holds, with what its user is now.
pub(in crate::accounts) async fn live(
    conn: &mut PgConnection,
    session_id: Uuid,
    now: Time,
) -> Result<Option<LiveSession>, sqlx::Error> {
    sqlx::query_as!(
        LiveSession,
        r#"select u.id as user_id, u.name, u.role, u.totp_since is not null as "two_factor!", s.last_used_at,
                  array(select m.team_id from team_member m where m.user_id = u.id order by m.team_id) as "team_ids!"
             from session s join app_user u on u.id = s.user_id
            where s.id = $1 and s.ended_at is null and s.expires_at > $2 and u.active"#,
        session_id,
        now
    )
    .fetch_optional(conn)
    .await
}

pub(in crate::accounts) struct NewSession<'a> {
    pub id: Uuid,
    pub user_id: Uuid,
    pub user_agent: Option<&'a str>,
    pub address: &'a str,
    pub remember: bool,
    pub now: Time,
    pub expires_at: Time,
}

pub(in crate::accounts) async fn insert(conn: &mut PgConnection, new: &NewSession<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into session (id, user_id, user_agent, address, remember, created_at, last_used_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $6, $7)",
        new.id,
        new.user_id,
        new.user_agent,
        new.address,
        new.remember,
        new.now,
        new.expires_at
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("update app_user set last_seen_at = $2 where id = $1", new.user_id, new.now).execute(conn).await?;
    Ok(())
}

/// The user agents of the sessions that the user had from this address; and whether they had any from anywhere.
pub(in crate::accounts) async fn seen_from(
    conn: &mut PgConnection,
    user_id: Uuid,
    address: &str,
) -> Result<(Vec<String>, bool), sqlx::Error> {
    let agents = sqlx::query_scalar!(
        r#"select distinct coalesce(user_agent, '') as "agent!" from session where user_id = $1 and address = $2 limit 100"#,
        user_id,
        address
    )
    .fetch_all(&mut *conn)
    .await?;
    let any = sqlx::query_scalar!(r#"select exists (select from session where user_id = $1) as "any!""#, user_id)
        .fetch_one(conn)
        .await?;
    Ok((agents, any))
}

/// The session was refreshed.
pub(in crate::accounts) async fn refreshed(
    conn: &mut PgConnection,
    id: Uuid,
    now: Time,
    expires_at: Time,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update session set last_used_at = greatest(last_used_at, $2), expires_at = $3 where id = $1",
        id,
        now,
        expires_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The session is in use. Rows that somebody is changing are left alone: nobody waits for this, and the next use says it again.
pub(in crate::accounts) async fn used(
    conn: &mut PgConnection,
    id: Uuid,
    user_id: Uuid,
    now: Time,
    unless_since: Time,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with used as (
             update session set last_used_at = $3
              where id = (select id from session where id = $1 and last_used_at < $4 for update skip locked)
         )
         update app_user set last_seen_at = $3
          where id = (select id from app_user where id = $2 and (last_seen_at is null or last_seen_at < $4) for no key update skip locked)",
        id,
        user_id,
        now,
        unless_since
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends one session of the user; whether there was one to end.
pub(in crate::accounts) async fn end(
    conn: &mut PgConnection,
    id: Uuid,
    user_id: Uuid,
    why: &str,
    now: Time,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update session set ended_at = $4, ended_why = $3 where id = $1 and user_id = $2 and ended_at is null",
        id,
        user_id,
        why,
        now
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends the sessions of the user, but for one; which they were.
pub(in crate::accounts) async fn end_all(
    conn: &mut PgConnection,
    user_id: Uuid,
    except: Option<Uuid>,
    why: &str,
    now: Time,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "update session set ended_at = $4, ended_why = $3
          where user_id = $1 and id is distinct from $2 and ended_at is null and expires_at > $4
        returning id",
        user_id,
        except,
        why,
        now
    )
    .fetch_all(conn)
    .await
}

pub(in crate::accounts) struct SessionRow {
    pub id: Uuid,
    pub current: bool,
    pub user_agent: Option<String>,
    pub address: Option<String>,
    pub created_at: Time,
    pub last_used_at: Time,
}

/// The user's sessions that hold: the current one first, then those used last.
pub(in crate::accounts) async fn page(
    conn: &mut PgConnection,
    user_id: Uuid,
    current: Uuid,
    now: Time,
    after: Option<(bool, Time, Uuid)>,
    limit: i64,
) -> Result<Vec<SessionRow>, sqlx::Error> {
    let (after_current, after_used, after_id) = after.map_or((None, None, None), |(c, u, i)| (Some(c), Some(u), Some(i)));
    sqlx::query_as!(
        SessionRow,
        r#"select id, id = $2 as "current!", user_agent, address, created_at, last_used_at
             from session
            where user_id = $1 and ended_at is null and expires_at > $3
              and ($4::boolean is null or (id = $2, last_used_at, id) < ($4, $5, $6))
            order by id = $2 desc, last_used_at desc, id desc
            limit $7"#,
        user_id,
        current,
        now,
        after_current,
        after_used,
        after_id,
        limit
    )
    .fetch_all(conn)
    .await
}

/// Forgets sessions that ended or expired before then; their tokens go with them.
pub(in crate::accounts) async fn forget(conn: &mut PgConnection, before: Time) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from session where coalesce(ended_at, expires_at) < $1", before).execute(conn).await?;
    Ok(())
}
