//! SQL of people who are to hear of something.

use sqlx::PgConnection;
use uuid::Uuid;

pub(in crate::accounts) struct PersonRow {
    pub id: Uuid,
    pub name: String,
    pub role: String,
    pub two_factor: bool,
    pub team_ids: Vec<Uuid>,
}

/// The active users among these, and the active members of these teams.
pub(in crate::accounts) async fn active(
    conn: &mut PgConnection,
    ids: &[Uuid],
    team_ids: &[Uuid],
) -> Result<Vec<PersonRow>, sqlx::Error> {
    sqlx::query_as!(
        PersonRow,
        r#"select u.id, u.name, u.role, u.totp_since is not null as "two_factor!",
                  array(select m.team_id from team_member m where m.user_id = u.id) as "team_ids!"
             from app_user u
            where u.active and (u.id = any($1) or u.id in (select m.user_id from team_member m where m.team_id = any($2)))
            order by u.id"#,
        ids,
        team_ids
    )
    .fetch_all(conn)
    .await
}

/// The active users who are members of the team or have one of these roles; all of them where there is no team.
pub(in crate::accounts) async fn concerned(
    conn: &mut PgConnection,
    team_id: Option<Uuid>,
    roles: &[String],
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select u.id from app_user u
          where u.active and ($1::uuid is null or u.role = any($2)
                              or exists (select from team_member m where m.user_id = u.id and m.team_id = $1))
          order by u.id",
        team_id,
        roles
    )
    .fetch_all(conn)
    .await
}

/// The tokens of these users' photos.
pub(in crate::accounts) async fn photo_tokens(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<(Uuid, String)>, sqlx::Error> {
    let rows =
        sqlx::query!(r#"select id, photo_token as "token!" from app_user where id = any($1) and photo_token is not null"#, ids)
            .fetch_all(conn)
            .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.token)).collect())
}
