//! SQL of teams.

use base::Time;
use sqlx::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

use super::{Draft, Team, TeamView};

/// The teams a user belongs to, by name.
pub async fn of_user(conn: &mut PgConnection, user_id: Uuid) -> Result<Vec<Team>, sqlx::Error> {
    sqlx::query_as!(
        Team,
        "select t.id, t.name, t.color from team t join team_member m on m.team_id = t.id where m.user_id = $1 order by lower(t.name)",
        user_id
    )
    .fetch_all(conn)
    .await
}

pub(super) struct Row {
    pub id: Uuid,
    pub name: String,
    /// What lists are ordered by; unique.
    pub sort_name: String,
    pub color: String,
    pub description: String,
    pub member_count: i64,
    pub created_at: Time,
}

impl Row {
    pub(super) fn view(self) -> TeamView {
        TeamView {
            id: self.id,
            name: self.name,
            color: self.color,
            description: self.description,
            member_count: self.member_count,
            created_at: self.created_at,
        }
    }
}

/// Teams by name, after that one.
pub(super) async fn page(
    conn: &mut PgConnection,
    q: Option<&str>,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select t.id, t.name, lower(t.name) as "sort_name!", t.color, t.description, t.created_at,
                  (select count(*) from team_member m where m.team_id = t.id) as "member_count!"
             from team t
            where ($1::text is null or strpos(lower(t.name), lower($1)) > 0 or strpos(lower(t.description), lower($1)) > 0)
              and ($2::text is null or lower(t.name) > $2)
            order by lower(t.name) limit $3"#,
        q,
        after,
        limit
    )
    .fetch_all(conn)
    .await
}

/// One team.
pub async fn view(conn: &mut PgConnection, id: Uuid) -> Result<Option<TeamView>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select t.id, t.name, lower(t.name) as "sort_name!", t.color, t.description, t.created_at,
                  (select count(*) from team_member m where m.team_id = t.id) as "member_count!"
             from team t where t.id = $1"#,
        id
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Row::view))
}

/// Locks a team against other changes; whether there is one. People and conversations may join it meanwhile.
pub async fn lock(conn: &mut PgConnection, id: Uuid) -> Result<bool, sqlx::Error> {
    let found = sqlx::query_scalar!("select id from team where id = $1 for no key update", id).fetch_optional(conn).await?;
    Ok(found.is_some())
}

/// Locks a team so that nothing joins it meanwhile either; whether there is one.
pub async fn lock_to_delete(conn: &mut PgConnection, id: Uuid) -> Result<bool, sqlx::Error> {
    let found = sqlx::query_scalar!("select id from team where id = $1 for update", id).fetch_optional(conn).await?;
    Ok(found.is_some())
}

/// Who is in a team.
pub async fn member_ids(conn: &mut PgConnection, id: Uuid) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("select user_id from team_member where team_id = $1 order by user_id", id).fetch_all(conn).await
}

/// Every team's id by its name in lower case.
pub async fn ids_by_name(conn: &mut PgConnection) -> Result<HashMap<String, Uuid>, sqlx::Error> {
    let rows = sqlx::query!("select id, name from team").fetch_all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.name.to_lowercase(), row.id)).collect())
}

/// The teams among these ids.
pub async fn by_ids(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Team>, sqlx::Error> {
    sqlx::query_as!(Team, "select id, name, color from team where id = any($1) order by lower(name)", ids).fetch_all(conn).await
}

/// Creates a team. Its name is unique without regard to case (`team_name_key`).
pub async fn create(conn: &mut PgConnection, id: Uuid, team: &Draft, now: Time) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into team (id, name, color, description, created_at) values ($1, $2, $3, $4, $5)",
        id,
        team.name,
        team.color,
        team.description,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Changes a team.
pub async fn update(conn: &mut PgConnection, id: Uuid, team: &Draft) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update team set name = $2, color = $3, description = $4 where id = $1",
        id,
        team.name,
        team.color,
        team.description
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Deletes a team and lets its members go. What else belongs to it keeps it: their foreign keys say so.
pub async fn delete(conn: &mut PgConnection, id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from team_member where team_id = $1", id).execute(&mut *conn).await?;
    sqlx::query!("delete from team where id = $1", id).execute(conn).await?;
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

/// Puts a user into a team; whether they were not in it.
pub async fn add_member(conn: &mut PgConnection, team_id: Uuid, user_id: Uuid, now: Time) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into team_member (team_id, user_id, created_at) values ($1, $2, $3) on conflict do nothing",
        team_id,
        user_id,
        now
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Takes a user out of a team; whether they were in it.
pub async fn remove_member(conn: &mut PgConnection, team_id: Uuid, user_id: Uuid) -> Result<bool, sqlx::Error> {
    let done =
        sqlx::query!("delete from team_member where team_id = $1 and user_id = $2", team_id, user_id).execute(conn).await?;
    Ok(done.rows_affected() > 0)
}

/// One team.
pub async fn by_id(conn: &mut PgConnection, id: Uuid) -> Result<Option<Team>, sqlx::Error> {
    sqlx::query_as!(Team, "select id, name, color from team where id = $1", id).fetch_optional(conn).await
}
