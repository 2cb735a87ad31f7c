//! SQL of close reasons.

use base::Time;
use sqlx::PgConnection;
use uuid::Uuid;

use super::CloseReason;

/// All there are: they are few.
pub(super) async fn all(conn: &mut PgConnection) -> Result<Vec<CloseReason>, sqlx::Error> {
    sqlx::query_as!(CloseReason, "select id, key, name, active, position from close_reason order by position, lower(name)")
        .fetch_all(conn)
        .await
}

/// All there are, locked: one admin at a time changes the list.
pub(super) async fn lock_all(conn: &mut PgConnection) -> Result<Vec<CloseReason>, sqlx::Error> {
    sqlx::query_as!(CloseReason, "select id, key, name, active, position from close_reason order by id for update")
        .fetch_all(conn)
        .await
}

pub(super) async fn insert(conn: &mut PgConnection, row: &CloseReason, now: Time) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into close_reason (id, key, name, active, position, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $6)",
        row.id,
        row.key,
        row.name,
        row.active,
        row.position,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn update(conn: &mut PgConnection, row: &CloseReason, now: Time) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update close_reason set name = $2, active = $3, position = $4, updated_at = $5 where id = $1",
        row.id,
        row.name,
        row.active,
        row.position,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn exists(conn: &mut PgConnection, id: Uuid) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select exists (select from close_reason where id = $1) as "there!""#, id).fetch_one(conn).await
}
