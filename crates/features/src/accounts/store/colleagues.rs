//! SQL of colleagues.

use sqlx::PgConnection;
use uuid::Uuid;

pub(in crate::accounts) struct ColleagueRow {
    pub id: Uuid,
    pub name: String,
    pub role: String,
    pub active: bool,
    pub photo_token: Option<String>,
    pub member: bool,
}

/// The members of a team, whether they are active or not, and whoever active has one of these roles.
pub(in crate::accounts) async fn of_team(
    conn: &mut PgConnection,
    team_id: Option<Uuid>,
    roles: &[String],
) -> Result<Vec<ColleagueRow>, sqlx::Error> {
    sqlx::query_as!(
        ColleagueRow,
        r#"select u.id, u.name, u.role, u.active, u.photo_token, m.user_id is not null as "member!"
             from app_user u
             left join team_member m on m.user_id = u.id and m.team_id = $1
            where m.user_id is not null or (u.active and u.role = any($2))
            order by lower(u.name), u.id"#,
        team_id,
        roles
    )
    .fetch_all(conn)
    .await
}

/// Active members of any of these teams, or of all; whether they are members of this one.
pub(in crate::accounts) async fn within(
    conn: &mut PgConnection,
    team_id: Option<Uuid>,
    team_ids: &[Uuid],
    all: bool,
    limit: i64,
) -> Result<Vec<ColleagueRow>, sqlx::Error> {
    sqlx::query_as!(
        ColleagueRow,
        r#"select u.id, u.name, u.role, u.active, u.photo_token, m.user_id is not null as "member!"
             from app_user u
             left join team_member m on m.user_id = u.id and m.team_id = $1
            where u.active and ($3 or u.id in (select k.user_id from team_member k where k.team_id = any($2)))
            order by lower(u.name), u.id limit $4"#,
        team_id,
        team_ids,
        all,
        limit
    )
    .fetch_all(conn)
    .await
}

/// These users; whether they are members of this team.
pub(in crate::accounts) async fn by_ids(
    conn: &mut PgConnection,
    ids: &[Uuid],
    team_id: Option<Uuid>,
) -> Result<Vec<ColleagueRow>, sqlx::Error> {
    sqlx::query_as!(
        ColleagueRow,
        r#"select u.id, u.name, u.role, u.active, u.photo_token, m.user_id is not null as "member!"
             from app_user u
             left join team_member m on m.user_id = u.id and m.team_id = $2
            where u.id = any($1)"#,
        ids,
        team_id
    )
    .fetch_all(conn)
    .await
}
