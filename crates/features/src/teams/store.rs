//! SQL of teams.

use base::Time;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Team;

pub(super) async fn of_user(conn: &mut PgConnection, user_id: Uuid) -> Result<Vec<Team>, sqlx::Error> {
    sqlx::query_as!(
        Team,
        "select t.id, t.name, t.color from team t join team_member m on m.team_id = t.id where m.user_id = $1 order by lower(t.name)",
        user_id
    )
    .fetch_all(conn)
    .await
}

pub(super) async fn page(conn: &mut PgConnection, after: Option<&str>, limit: i64) -> Result<Vec<Team>, sqlx::Error> {
    sqlx::query_as!(
        Team,
        "select id, name, color from team where $1::text is null or lower(name) > $1 order by lower(name) limit $2",
        after,
        limit
    )
    .fetch_all(conn)
    .await
}

/// The teams among these ids.
pub async fn by_ids(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Team>, sqlx::Error> {
    sqlx::query_as!(Team, "select id, name, color from team where id = any($1) order by lower(name)", ids).fetch_all(conn).await
}

/// Creates a team. Its name is unique without regard to case (`team_name_key`).
pub async fn create(conn: &mut PgConnection, id: Uuid, name: &str, color: &str, now: Time) -> Result<(), sqlx::Error> {
    sqlx::query!("insert into team (id, name, color, created_at) values ($1, $2, $3, $4)", id, name, color, now)
        .execute(conn)
        .await?;
    Ok(())
}

/// The team of that name, created with `id` if it is missing.
pub async fn ensure(conn: &mut PgConnection, id: Uuid, name: &str, color: &str, now: Time) -> Result<Uuid, sqlx::Error> {
    sqlx::query!(
        "insert into team (id, name, color, created_at) values ($1, $2, $3, $4) on conflict (lower(name)) do nothing",
        id,
        name,
        color,
        now
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query_scalar!("select id from team where lower(name) = lower($1)", name).fetch_one(conn).await
}

/// Puts a user into a team; nothing happens when they are in it.
pub async fn add_member(conn: &mut PgConnection, team_id: Uuid, user_id: Uuid, now: Time) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into team_member (team_id, user_id, created_at) values ($1, $2, $3) on conflict do nothing",
        team_id,
        user_id,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// One team.
pub async fn by_id(conn: &mut PgConnection, id: Uuid) -> Result<Option<Team>, sqlx::Error> {
    sqlx::query_as!(Team, "select id, name, color from team where id = $1", id).fetch_optional(conn).await
}
