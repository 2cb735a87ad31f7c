//! SQL of saved views.

use base::Time;
use sqlx::PgConnection;
use uuid::Uuid;

/// A view as it is kept.
#[derive(Debug, Clone)]
pub(super) struct ViewRow {
    pub id: Uuid,
    pub owner_id: Uuid,
    pub owner_name: String,
    pub name: String,
    pub shared: String,
    pub team_id: Option<Uuid>,
    pub filter: serde_json::Value,
    pub sort: String,
}

/// The views of a user: their own, those of their teams (of all teams for whoever sees all), everybody's. By name.
pub(super) async fn of_user(
    conn: &mut PgConnection,
    user_id: Uuid,
    teams: &[Uuid],
    all_teams: bool,
) -> Result<Vec<ViewRow>, sqlx::Error> {
    sqlx::query_as!(
        ViewRow,
        "select v.id, v.owner_id, u.name as owner_name, v.name, v.shared, v.team_id, v.filter, v.sort
           from saved_view v join app_user u on u.id = v.owner_id
          where v.owner_id = $1 or (v.shared = 'team' and ($3 or v.team_id = any($2))) or v.shared = 'everybody'
          order by lower(v.name), v.id",
        user_id,
        teams,
        all_teams
    )
    .fetch_all(conn)
    .await
}

/// One view, locked.
pub(super) async fn lock(conn: &mut PgConnection, id: Uuid) -> Result<Option<ViewRow>, sqlx::Error> {
    sqlx::query_as!(
        ViewRow,
        "select v.id, v.owner_id, u.name as owner_name, v.name, v.shared, v.team_id, v.filter, v.sort
           from saved_view v join app_user u on u.id = v.owner_id where v.id = $1 for update of v",
        id
    )
    .fetch_optional(conn)
    .await
}

/// How many views a user has made. The user's row is locked, so that two at once do not both find room.
pub(super) async fn count_of(conn: &mut PgConnection, owner_id: Uuid) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!("select 1 as one from app_user where id = $1 for no key update", owner_id)
        .fetch_optional(&mut *conn)
        .await?;
    sqlx::query_scalar!(r#"select count(*) as "count!" from saved_view where owner_id = $1"#, owner_id).fetch_one(conn).await
}

/// Writes a view, new or changed.
pub(super) async fn put(conn: &mut PgConnection, row: &ViewRow, now: Time) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into saved_view (id, owner_id, name, shared, team_id, filter, sort, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $8)
         on conflict (id) do update set name = excluded.name, shared = excluded.shared, team_id = excluded.team_id, filter = excluded.filter,
                                        sort = excluded.sort, updated_at = excluded.updated_at",
        row.id,
        row.owner_id,
        row.name,
        row.shared,
        row.team_id,
        row.filter,
        row.sort,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn delete(conn: &mut PgConnection, id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from saved_view where id = $1", id).execute(conn).await?;
    Ok(())
}

/// Who has a view in their list.
pub(super) async fn readers(conn: &mut PgConnection, row: &ViewRow) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select u.id from app_user u
          where u.active
            and (u.id = $1 or $2 = 'everybody'
                 or ($2 = 'team' and (u.role = 'admin' or exists (select from team_member m where m.team_id = $3 and m.user_id = u.id))))",
        row.owner_id,
        row.shared,
        row.team_id
    )
    .fetch_all(conn)
    .await
}
