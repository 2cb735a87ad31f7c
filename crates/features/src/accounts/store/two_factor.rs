//! The second factor and its recovery codes.

use base::Time;
use sqlx::PgConnection;
use uuid::Uuid;

pub(in crate::accounts) struct Factor {
    pub name: String,
    pub email: String,
    pub role: String,
    /// Sealed.
    pub secret: Option<Vec<u8>>,
    /// Not: a secret was handed out, and no code of it shown yet.
    pub on: bool,
}

pub(in crate::accounts) async fn factor(conn: &mut PgConnection, user_id: Uuid) -> Result<Option<Factor>, sqlx::Error> {
    sqlx::query_as!(
        Factor,
        r#"select name, email, role, totp_secret as secret, totp_since is not null as "on!" from app_user where id = $1"#,
        user_id
    )
    .fetch_optional(conn)
    .await
}

/// Keeps a secret whose first code is still to come; `false` when one is in use.
pub(in crate::accounts) async fn begin(
    conn: &mut PgConnection,
    user_id: Uuid,
    secret: &[u8],
    now: Time,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update app_user set totp_secret = $2, totp_last_step = null, updated_at = $3 where id = $1 and totp_since is null",
        user_id,
        secret,
        now
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Its first code was shown: it counts from now on. `false` when it is another secret by now, or counts already.
pub(in crate::accounts) async fn confirm(
    conn: &mut PgConnection,
    user_id: Uuid,
    secret: &[u8],
    step: i64,
    now: Time,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update app_user set totp_since = $4, totp_last_step = $3, updated_at = $4
          where id = $1 and totp_secret = $2 and totp_since is null",
        user_id,
        secret,
        step,
        now
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Uses the code of a step up, and those of the steps before it; `false` when it was.
pub(in crate::accounts) async fn use_step(conn: &mut PgConnection, user_id: Uuid, step: i64) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update app_user set totp_last_step = $2
          where id = $1 and totp_since is not null and (totp_last_step is null or totp_last_step < $2)",
        user_id,
        step
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes the second factor away, with its recovery codes; `false` when there was none.
pub(in crate::accounts) async fn remove(conn: &mut PgConnection, user_id: Uuid, now: Time) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update app_user set totp_secret = null, totp_since = null, totp_last_step = null, updated_at = $2
          where id = $1 and totp_since is not null",
        user_id,
        now
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("delete from recovery_code where user_id = $1", user_id).execute(conn).await?;
    Ok(done.rows_affected() == 1)
}

/// Replaces the recovery codes.
pub(in crate::accounts) async fn replace_codes(
    conn: &mut PgConnection,
    user_id: Uuid,
    hashes: &[Vec<u8>],
) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from recovery_code where user_id = $1", user_id).execute(&mut *conn).await?;
    sqlx::query!("insert into recovery_code (user_id, hash) select $1, unnest($2::bytea[])", user_id, hashes)
        .execute(conn)
        .await?;
    Ok(())
}

/// Uses a recovery code up; `false` when it is none, or was used.
pub(in crate::accounts) async fn use_code(
    conn: &mut PgConnection,
    user_id: Uuid,
    hash: &[u8],
    now: Time,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update recovery_code set used_at = $3 where user_id = $1 and hash = $2 and used_at is null",
        user_id,
        hash,
        now
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Recovery codes that are left.
pub(in crate::accounts) async fn codes_left(conn: &mut PgConnection, user_id: Uuid) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"select count(*) as "left!" from recovery_code where user_id = $1 and used_at is null"#, user_id)
        .fetch_one(conn)
        .await
}
