//! One-time links.

use base::Time;
use sqlx::PgConnection;
use uuid::Uuid;

pub(in crate::accounts) struct NewLink<'a> {
    pub hash: &'a [u8],
    pub user_id: Uuid,
    pub purpose: &'a str,
    pub created_by: Option<Uuid>,
    pub now: Time,
    pub expires_at: Time,
}

/// Keeps a new link, in place of the user's older ones; `false` when it was kept already.
pub(in crate::accounts) async fn insert(conn: &mut PgConnection, new: &NewLink<'_>) -> Result<bool, sqlx::Error> {
    // The user's row decides which of two links made at once is the newer one.
    sqlx::query!("select id from app_user where id = $1 for no key update", new.user_id).fetch_optional(&mut *conn).await?;
    let done = sqlx::query!(
        "insert into one_time_link (hash, user_id, purpose, created_by, created_at, expires_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (hash) do nothing",
        new.hash,
        new.user_id,
        new.purpose,
        new.created_by,
        new.now,
        new.expires_at
    )
    .execute(&mut *conn)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    end_of(conn, new.user_id, Some(new.hash), new.now).await?;
    Ok(true)
}

/// Ends the user's links, but for one.
pub(in crate::accounts) async fn end_of(
    conn: &mut PgConnection,
    user_id: Uuid,
    except: Option<&[u8]>,
    now: Time,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update one_time_link set used_at = $3 where user_id = $1 and hash is distinct from $2 and used_at is null",
        user_id,
        except,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(in crate::accounts) struct LinkRow {
    pub user_id: Uuid,
    pub name: String,
    pub email: String,
    pub purpose: String,
    pub expires_at: Time,
}

/// A link that holds: neither used nor too old, and its user may sign in.
pub(in crate::accounts) async fn live(conn: &mut PgConnection, hash: &[u8], now: Time) -> Result<Option<LinkRow>, sqlx::Error> {
    sqlx::query_as!(
        LinkRow,
        "select l.user_id, u.name, u.email, l.purpose, l.expires_at
           from one_time_link l join app_user u on u.id = l.user_id
          where l.hash = $1 and l.used_at is null and l.expires_at > $2 and u.active",
        hash,
        now
    )
    .fetch_optional(conn)
    .await
}

/// Uses a link up; `false` when somebody was faster, or it does not hold any more.
pub(in crate::accounts) async fn consume(
    conn: &mut PgConnection,
    hash: &[u8],
    user_id: Uuid,
    now: Time,
) -> Result<bool, sqlx::Error> {
    // The user first, as everybody who touches their links takes it.
    let active = sqlx::query_scalar!("select active from app_user where id = $1 for no key update", user_id)
        .fetch_optional(&mut *conn)
        .await?;
    if active != Some(true) {
        return Ok(false);
    }
    let done = sqlx::query!(
        "update one_time_link set used_at = $3 where hash = $1 and user_id = $2 and used_at is null and expires_at > $3",
        hash,
        user_id,
        now
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Forgets links that were used or ran out before then.
pub(in crate::accounts) async fn forget(conn: &mut PgConnection, before: Time) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from one_time_link where coalesce(used_at, expires_at) < $1", before).execute(conn).await?;
    Ok(())
}
