//! SQL of users as admins see them.

use base::Time;
use kernel::auth::Role;
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
                      date_trunc('minute', u.last_seen_at) as last_seen_at,
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
pub(in crate::accounts) async fn admin_ids(conn: &mut PgConnection) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("select id from app_user where role = 'admin' and active order by id").fetch_all(conn).await
}

pub(in crate::accounts) async fn active_ids(conn: &mut PgConnection) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("select id from app_user where active order by id").fetch_all(conn).await
}

/// What narrows a list; all of it must hold.
#[derive(Debug, Clone, Default)]
pub(super) struct Filter {
    /// In the name, the e-mail or the name of a team, without regard to case.
    pub q: Option<String>,
    pub role: Option<&'static str>,
    pub team_id: Option<Uuid>,
    pub status: Option<&'static str>,
}

/// Users by name, after that key.
pub(super) async fn page(
    conn: &mut PgConnection,
    filter: &Filter,
    after: Option<(String, Uuid)>,
    limit: i64,
) -> Result<Vec<Row>, sqlx::Error> {
    let (after_name, after_id) = after.unzip();
    select_users!(
        "where ($1::text is null or (lower(u.name), u.id) > ($1, $2))
           and ($3::text is null or u.role = $3)
           and ($4::text is null or $4 = case when not u.active then 'deactivated' when u.password_hash is null then 'invited' else 'active' end)
           and ($5::uuid is null or exists (select from team_member m where m.team_id = $5 and m.user_id = u.id))
           and ($6::text is null or strpos(lower(u.name), lower($6)) > 0 or strpos(lower(u.email), lower($6)) > 0
                or exists (select from team_member m join team t on t.id = m.team_id
                            where m.user_id = u.id and strpos(lower(t.name), lower($6)) > 0))
         order by lower(u.name), u.id
         limit $7",
        after_name,
        after_id,
        filter.role,
        filter.status,
        filter.team_id,
        filter.q,
        limit
    )
    .fetch_all(conn)
    .await
}

/// These users, by name.
pub(super) async fn many(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Row>, sqlx::Error> {
    select_users!("where u.id = any($1) order by lower(u.name), u.id", ids).fetch_all(conn).await
}

pub(super) struct Counts {
    pub active: i64,
    pub invited: i64,
    pub deactivated: i64,
    pub two_factor_on: i64,
}

pub(super) async fn counts(conn: &mut PgConnection) -> Result<Counts, sqlx::Error> {
    sqlx::query_as!(
        Counts,
        r#"select count(*) filter (where active and password_hash is not null) as "active!",
                  count(*) filter (where active and password_hash is null) as "invited!",
                  count(*) filter (where not active) as "deactivated!",
                  count(*) filter (where active and password_hash is not null and totp_since is not null) as "two_factor_on!"
             from app_user"#
    )
    .fetch_one(conn)
    .await
}

pub(super) async fn exists(conn: &mut PgConnection, id: Uuid) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select exists (select from app_user where id = $1) as "exists!""#, id).fetch_one(conn).await
}

/// A user whose row lock is held, with what decides whether MAX can be administered.
pub(super) struct Locked {
    pub id: Uuid,
    pub is_admin: bool,
    pub active: bool,
    pub has_password: bool,
}

/// Locks a user and, where that matters, everybody who administers, in the order of their ids: two admins who demote each other come one
/// after the other, and the second sees what the first did. The lock lets everybody go on working, for no key changes.
pub(super) async fn lock(conn: &mut PgConnection, id: Uuid, with_admins: bool) -> Result<Vec<Locked>, sqlx::Error> {
    sqlx::query_as!(
        Locked,
        r#"select id, role = 'admin' as "is_admin!", active, password_hash is not null as "has_password!"
             from app_user where id = $1 or ($2 and role = 'admin' and active) order by id for no key update"#,
        id,
        with_admins
    )
    .fetch_all(conn)
    .await
}

/// Whether a user may sign in, in a way that a deactivation has to wait for.
pub(super) async fn hold_active(conn: &mut PgConnection, id: Uuid) -> Result<bool, sqlx::Error> {
    let active = sqlx::query_scalar!("select active from app_user where id = $1 for share", id).fetch_optional(conn).await?;
    Ok(active.unwrap_or(false))
}

/// A user as they are to be.
pub(super) struct Changed {
    pub id: Uuid,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub active: bool,
}

pub(super) async fn update(conn: &mut PgConnection, user: &Changed, now: Time) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update app_user set name = $2, email = $3, role = $4, active = $5, updated_at = $6
          where id = $1 and (name, email, role, active) is distinct from ($2, $3, $4, $5)",
        user.id,
        user.name,
        user.email,
        user.role.as_str(),
        user.active,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The sessions of a user that still hold.
pub(in crate::accounts) async fn live_sessions(conn: &mut PgConnection, user_id: Uuid) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("select id from session where user_id = $1 and ended_at is null", user_id).fetch_all(conn).await
}

/// Those of these addresses that somebody has.
pub(super) async fn taken_emails(conn: &mut PgConnection, emails: &[String]) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(r#"select lower(email) as "email!" from app_user where lower(email) = any($1)"#, emails)
        .fetch_all(conn)
        .await
}

/// Users of these roles who have no second factor.
pub(super) async fn without_two_factor(conn: &mut PgConnection, roles: &[String]) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("select id from app_user where active and role = any($1) and totp_since is null", roles)
        .fetch_all(conn)
        .await
}

/// The role of a user and the ids of their teams.
pub(super) async fn role_and_teams(conn: &mut PgConnection, id: Uuid) -> Result<Option<(String, Vec<Uuid>)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select role, array(select m.team_id from team_member m where m.user_id = u.id) as "team_ids!" from app_user u where id = $1"#,
        id
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (row.role, row.team_ids)))
}
