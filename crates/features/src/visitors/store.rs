//! SQL of visitors.

use base::Time;
use connect::channel::VisitorProfile;
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::visit::{Visit, VisitPage};

/// A visitor.
#[derive(Debug, Clone)]
pub(super) struct VisitorRow {
    pub id: Uuid,
    pub channel_id: Uuid,
    pub external_id: String,
    pub profile: Json<VisitorProfile>,
    pub told: bool,
    pub visit: Json<Visit>,
}

/// The visitor of a token that holds, on this channel.
pub(super) async fn by_token(
    conn: &mut PgConnection,
    channel_id: Uuid,
    hash: &[u8],
    now: Time,
) -> Result<Option<VisitorRow>, sqlx::Error> {
    sqlx::query_as!(
        VisitorRow,
        r#"select v.id, v.channel_id, v.external_id, v.profile as "profile: Json<VisitorProfile>", v.told,
                  v.visit as "visit: Json<Visit>"
             from visitor_token t join visitor v on v.id = t.visitor_id
            where t.hash = $1 and v.channel_id = $2 and t.expires_at > $3"#,
        hash,
        channel_id,
        now
    )
    .fetch_optional(conn)
    .await
}

/// The visitor with this identity, made if they are new.
pub(super) async fn ensure(
    conn: &mut PgConnection,
    id: Uuid,
    channel_id: Uuid,
    external_id: &str,
    now: Time,
) -> Result<VisitorRow, sqlx::Error> {
    sqlx::query_as!(
        VisitorRow,
        r#"insert into visitor (id, channel_id, external_id, created_at, seen_at) values ($1, $2, $3, $4, $4)
           on conflict (channel_id, external_id) do update set seen_at = greatest(visitor.seen_at, excluded.seen_at)
           returning id, channel_id, external_id, profile as "profile: Json<VisitorProfile>", told, visit as "visit: Json<Visit>""#,
        id,
        channel_id,
        external_id,
        now
    )
    .fetch_one(conn)
    .await
}

/// Writes what is told about a visitor; whoever gets it changed has to hear.
pub(super) async fn set_profile(
    conn: &mut PgConnection,
    id: Uuid,
    profile: &VisitorProfile,
    told: bool,
) -> Result<(), sqlx::Error> {
    sqlx::query!("update visitor set profile = $2, told = $3 where id = $1", id, Json(profile) as _, told).execute(conn).await?;
    Ok(())
}

/// Writes down what is noted of a visit. `false`: it is as it was.
pub(super) async fn set_visit(conn: &mut PgConnection, id: Uuid, visit: &Visit) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!("update visitor set visit = $2 where id = $1 and visit is distinct from $2", id, Json(visit) as _)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// The page a visitor is on now. `false`: they were there before.
pub(super) async fn set_page(conn: &mut PgConnection, id: Uuid, page: &VisitPage, now: Time) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update visitor set visit = visit || jsonb_build_object('page', $2::jsonb), seen_at = greatest(seen_at, $3)
          where id = $1 and visit -> 'page' is distinct from $2::jsonb",
        id,
        Json(page) as _,
        now
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A visitor is there until then, and was seen now.
pub(super) async fn set_online(conn: &mut PgConnection, id: Uuid, now: Time, until: Time) -> Result<(), sqlx::Error> {
    sqlx::query!("update visitor set online_until = $2, seen_at = greatest(seen_at, $3) where id = $1", id, until, now)
        .execute(conn)
        .await?;
    Ok(())
}

/// These visitors are still there. Who is being changed right now is passed over: it is said again soon, and waiting for many in turn could
/// deadlock with who changes two.
pub(super) async fn keep_online(conn: &mut PgConnection, ids: &[Uuid], now: Time, until: Time) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update visitor set online_until = $2, seen_at = greatest(seen_at, $3)
          where id = any(array(select id from visitor where id = any($1) for update skip locked))",
        ids,
        until,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A visit and when.
pub(super) struct VisitRow {
    pub visit: Json<Visit>,
    pub seen_at: Time,
    pub online_until: Option<Time>,
}

/// The latest visit of somebody who is known by one of these identities on the channel.
pub(super) async fn visit_of(
    conn: &mut PgConnection,
    channel_id: Uuid,
    identities: &[String],
) -> Result<Option<VisitRow>, sqlx::Error> {
    sqlx::query_as!(
        VisitRow,
        r#"select visit as "visit: Json<Visit>", seen_at, online_until from visitor
            where channel_id = $1 and external_id = any($2)
            order by online_until desc nulls last, seen_at desc limit 1"#,
        channel_id,
        identities
    )
    .fetch_optional(conn)
    .await
}

pub(super) async fn insert_token(
    conn: &mut PgConnection,
    hash: &[u8],
    visitor_id: Uuid,
    now: Time,
    expires_at: Time,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into visitor_token (hash, visitor_id, created_at, expires_at) values ($1, $2, $3, $4)",
        hash,
        visitor_id,
        now,
        expires_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Lets a token end at a time, if it would not end before.
pub(super) async fn end_token(conn: &mut PgConnection, hash: &[u8], at: Time) -> Result<(), sqlx::Error> {
    sqlx::query!("update visitor_token set expires_at = least(expires_at, $2) where hash = $1", hash, at).execute(conn).await?;
    Ok(())
}

/// Forgets a visitor and their tokens; what they said stays with their contact.
pub(super) async fn delete(conn: &mut PgConnection, id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from visitor where id = $1", id).execute(conn).await?;
    Ok(())
}

/// Forgets tokens that ended, and visitors of long ago who have none; says how many rows went.
pub(super) async fn forget(conn: &mut PgConnection, now: Time, before: Time, limit: i64) -> Result<i64, sqlx::Error> {
    let tokens = sqlx::query!(
        "delete from visitor_token where hash in (select hash from visitor_token where expires_at < $1 limit $2)",
        now,
        limit
    )
    .execute(&mut *conn)
    .await?;
    let visitors = sqlx::query!(
        "delete from visitor where id in (select v.id from visitor v where v.seen_at < $1
            and not exists (select from visitor_token t where t.visitor_id = v.id) limit $2)",
        before,
        limit
    )
    .execute(conn)
    .await?;
    Ok(i64::try_from(tokens.rows_affected().max(visitors.rows_affected())).unwrap_or(0))
}
