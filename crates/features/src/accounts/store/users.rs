//! Users as others see them.

use base::Time;
use sqlx::PgConnection;
use uuid::Uuid;

pub(in crate::accounts) struct UserRow {
    pub name: String,
    pub email: String,
    pub role: String,
    pub active: bool,
    /// Not: invited, has not chosen one yet.
    pub has_password: bool,
    pub two_factor: bool,
    pub photo_token: Option<String>,
    pub last_seen_at: Option<Time>,
    pub created_at: Time,
}

pub(in crate::accounts) async fn user(conn: &mut PgConnection, id: Uuid) -> Result<Option<UserRow>, sqlx::Error> {
    sqlx::query_as!(
        UserRow,
        r#"select name, email, role, active, password_hash is not null as "has_password!", totp_since is not null as "two_factor!",
                  photo_token, last_seen_at, created_at
             from app_user where id = $1"#,
        id
    )
    .fetch_optional(conn)
    .await
}

pub(in crate::accounts) async fn id_by_email(conn: &mut PgConnection, email: &str) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("select id from app_user where lower(email) = $1", email).fetch_optional(conn).await
}

pub(in crate::accounts) struct NewRow {
    pub id: Uuid,
    pub name: String,
    pub email: String,
    pub role: String,
    /// None: invited.
    pub password_hash: Option<String>,
}

pub(in crate::accounts) async fn insert_user(conn: &mut PgConnection, row: &NewRow, now: Time) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into app_user (id, name, email, role, password_hash, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $6)",
        row.id,
        row.name,
        row.email,
        row.role,
        row.password_hash,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}
