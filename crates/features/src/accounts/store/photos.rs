//! Photos of users.

use base::Time;
use sqlx::PgConnection;
use uuid::Uuid;

/// Keeps a photo in place of the one before.
pub(in crate::accounts) async fn put(
    conn: &mut PgConnection,
    user_id: Uuid,
    token: &str,
    kind: &str,
    bytes: &[u8],
    now: Time,
) -> Result<(), sqlx::Error> {
    sqlx::query!("update app_user set photo_token = $2, updated_at = $3 where id = $1", user_id, token, now)
        .execute(&mut *conn)
        .await?;
    sqlx::query!(
        "insert into user_photo (token, user_id, kind, bytes, created_at) values ($1, $2, $3, $4, $5)
         on conflict (user_id) do update set token = $1, kind = $3, bytes = $4, created_at = $5",
        token,
        user_id,
        kind,
        bytes,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes the photo away.
pub(in crate::accounts) async fn remove(conn: &mut PgConnection, user_id: Uuid, now: Time) -> Result<(), sqlx::Error> {
    sqlx::query!("update app_user set photo_token = null, updated_at = $2 where id = $1", user_id, now)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("delete from user_photo where user_id = $1", user_id).execute(conn).await?;
    Ok(())
}

pub(in crate::accounts) struct PhotoRow {
    pub kind: String,
    pub bytes: Vec<u8>,
}

pub(in crate::accounts) async fn get(conn: &mut PgConnection, token: &str) -> Result<Option<PhotoRow>, sqlx::Error> {
    sqlx::query_as!(PhotoRow, "select kind, bytes from user_photo where token = $1", token).fetch_optional(conn).await
}
