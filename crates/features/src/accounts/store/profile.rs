//! How somebody likes MAX.

use base::Time;
use sqlx::PgConnection;
use uuid::Uuid;

pub(in crate::accounts) struct ProfileRow {
    pub name: String,
    pub language: String,
    pub time_zone: Option<String>,
    pub signature: String,
    pub theme: String,
    pub density: String,
    pub single_keys: bool,
    pub notifications: serde_json::Value,
}

pub(in crate::accounts) async fn get(conn: &mut PgConnection, user_id: Uuid) -> Result<Option<ProfileRow>, sqlx::Error> {
    sqlx::query_as!(
        ProfileRow,
        "select name, language, time_zone, signature, theme, density, single_keys, notifications from app_user where id = $1",
        user_id
    )
    .fetch_optional(conn)
    .await
}

/// The same, locked for a change.
pub(in crate::accounts) async fn lock(conn: &mut PgConnection, user_id: Uuid) -> Result<Option<ProfileRow>, sqlx::Error> {
    sqlx::query_as!(
        ProfileRow,
        "select name, language, time_zone, signature, theme, density, single_keys, notifications
           from app_user where id = $1 for no key update",
        user_id
    )
    .fetch_optional(conn)
    .await
}

pub(in crate::accounts) async fn put(
    conn: &mut PgConnection,
    user_id: Uuid,
    row: &ProfileRow,
    now: Time,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update app_user set name = $2, language = $3, time_zone = $4, signature = $5, theme = $6, density = $7, single_keys = $8,
                notifications = $9, updated_at = $10
          where id = $1",
        user_id,
        row.name,
        row.language,
        row.time_zone,
        row.signature,
        row.theme,
        row.density,
        row.single_keys,
        row.notifications,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}
