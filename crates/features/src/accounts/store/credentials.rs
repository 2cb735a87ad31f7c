//! What somebody signs in with.

use base::Time;
use sqlx::PgConnection;
use uuid::Uuid;

/// What is known of somebody who wants to sign in.
pub(in crate::accounts) struct Credentials {
    pub id: Uuid,
    pub name: String,
    pub email: String,
    pub active: bool,
    /// None: invited, has not chosen one yet.
    pub password_hash: Option<String>,
    pub two_factor: bool,
}

pub(in crate::accounts) async fn by_email(conn: &mut PgConnection, email: &str) -> Result<Option<Credentials>, sqlx::Error> {
    sqlx::query_as!(
        Credentials,
        r#"select id, name, email, active, password_hash, totp_since is not null as "two_factor!" from app_user where lower(email) = $1"#,
        email
    )
    .fetch_optional(conn)
    .await
}

pub(in crate::accounts) async fn by_id(conn: &mut PgConnection, id: Uuid) -> Result<Option<Credentials>, sqlx::Error> {
    sqlx::query_as!(
        Credentials,
        r#"select id, name, email, active, password_hash, totp_since is not null as "two_factor!" from app_user where id = $1"#,
        id
    )
    .fetch_optional(conn)
    .await
}

/// Locks the user, and answers whether they are what they were when their password was checked. Whoever changes it or switches them off
/// comes before, and is seen here, or comes after, and ends the session that is made under this lock.
pub(in crate::accounts) async fn lock_unchanged(conn: &mut PgConnection, known: &Credentials) -> Result<bool, sqlx::Error> {
    let row = sqlx::query!(
        r#"select active, password_hash, totp_since is not null as "two_factor!" from app_user where id = $1 for no key update"#,
        known.id
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.is_some_and(|row| row.active && row.password_hash == known.password_hash && row.two_factor == known.two_factor))
}

/// Sets the password, if it still is the one with the hash `old`.
pub(in crate::accounts) async fn change_password(
    conn: &mut PgConnection,
    id: Uuid,
    old: Option<&str>,
    new: &str,
    now: Time,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update app_user set password_hash = $3, updated_at = $4 where id = $1 and password_hash is not distinct from $2 and active",
        id,
        old,
        new,
        now
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Sets the password, whatever it was.
pub(in crate::accounts) async fn set_password(
    conn: &mut PgConnection,
    id: Uuid,
    new: &str,
    now: Time,
) -> Result<(), sqlx::Error> {
    sqlx::query!("update app_user set password_hash = $2, updated_at = $3 where id = $1", id, new, now).execute(conn).await?;
    Ok(())
}
