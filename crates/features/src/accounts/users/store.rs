//! SQL of users as admins see them.

use base::Time;
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use crate::teams::Team;

/// A user with all that screens show.
pub(super) struct Row {
    pub id: Uuid,
    pub name: String,
    /// What lists are ordered by.
    pub sort_name: String,
    pub email: String,
    pub role: String,
    pub active: bool,
    pub status: String,
    pub has_two_factor: bool,
    pub photo_token: Option<String>,
    pub last_seen_at: Option<Time>,
    pub created_at: Time,
    pub teams: Json<Vec<Team>>,
}

/// Selects users: the columns, then the caller's tail.
macro_rules! select_users {
    ($tail:literal $(, $arg:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"select u.id, u.name, lower(u.name) as "sort_name!", u.email, u.role, u.active,
                      case when not u.active then 'deactivated' when u.password_hash is null then 'invited' else 'active' end as "status!",
                      u.totp_since is not null as "has_two_factor!", u.photo_token,
                      date_trunc('minute', greatest(u.last_seen_at, (select max(s.last_used_at) from session s
                                                                      where s.user_id = u.id and s.ended_at is null))) as last_seen_at,
                      u.created_at,
                      (select coalesce(json_agg(json_build_object('id', t.id, 'name', t.name, 'color', t.color) order by lower(t.name)), '[]')
                         from team_member m join team t on t.id = m.team_id where m.user_id = u.id) as "teams!: Json<Vec<Team>>"
                 from app_user u "# + $tail
            $(, $arg)*
        )
    };
}

pub(super) async fn one(conn: &mut PgConnection, id: Uuid) -> Result<Option<Row>, sqlx::Error> {
    select_users!("where u.id = $1", id).fetch_optional(conn).await
}

pub(super) struct NewRow<'a> {
    pub id: Uuid,
    pub name: &'a str,
    pub email: &'a str,
    pub role: &'a str,
    pub password_hash: Option<&'a str>,
}

pub(super) async fn insert(conn: &mut PgConnection, row: &NewRow<'_>, now: Time) -> Result<(), sqlx::Error> {
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

pub(super) async fn id_by_email(conn: &mut PgConnection, email: &str) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("select id from app_user where lower(email) = $1", email).fetch_optional(conn).await
}

/// Everybody who may see changes of users.
pub(super) async fn admin_ids(conn: &mut PgConnection) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("select id from app_user where role = 'admin' and active order by id").fetch_all(conn).await
}
