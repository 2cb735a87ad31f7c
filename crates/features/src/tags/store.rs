//! SQL of tags.

use base::Time;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Tag;

/// The tags that are in use in these teams, or in all, beside those for all; by name.
pub(super) async fn list(
    conn: &mut PgConnection,
    team_ids: Option<&[Uuid]>,
    pattern: Option<&str>,
    limit: i64,
) -> Result<Vec<Tag>, sqlx::Error> {
    sqlx::query_as!(
        Tag,
        "select id, name, color, team_id, uses from tag
          where gone_at is null and (team_id is null or $1::uuid[] is null or team_id = any($1)) and ($2::text is null or name ilike $2)
          order by lower(name), team_id nulls first, id limit $3",
        team_ids,
        pattern,
        limit
    )
    .fetch_all(conn)
    .await
}

/// A tag that is in use; one that was merged stands for what it became.
pub(super) async fn live(conn: &mut PgConnection, id: Uuid) -> Result<Option<Tag>, sqlx::Error> {
    sqlx::query_as!(
        Tag,
        "select t.id, t.name, t.color, t.team_id, t.uses from tag put join tag t on t.id = coalesce(put.merged_into, put.id)
          where put.id = $1 and t.gone_at is null",
        id
    )
    .fetch_optional(conn)
    .await
}

/// Those among these tags that are this one, or were and are merged into it.
pub(super) async fn standing_for(conn: &mut PgConnection, tag_ids: &[Uuid], id: Uuid) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("select id from tag where id = any($1) and (id = $2 or merged_into = $2) order by id", tag_ids, id)
        .fetch_all(conn)
        .await
}

/// Those among these tags that are another team's, as they were put on a conversation and as what they are now; in the order of the former,
/// as everybody counts who counts several.
pub(super) async fn of_other_teams(
    conn: &mut PgConnection,
    tag_ids: &[Uuid],
    team_id: Uuid,
) -> Result<Vec<(Uuid, Tag)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select put.id as put, t.id, t.name, t.color, t.team_id, t.uses from tag put join tag t on t.id = coalesce(put.merged_into, put.id)
          where put.id = any($1) and t.gone_at is null and t.team_id <> $2 order by put.id",
        tag_ids,
        team_id
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| (r.put, Tag { id: r.id, name: r.name, color: r.color, team_id: r.team_id, uses: r.uses }))
        .collect())
}

/// Locks a tag that is in use.
pub(super) async fn lock(conn: &mut PgConnection, id: Uuid) -> Result<Option<Tag>, sqlx::Error> {
    Ok(lock_family(conn, id, None).await?.into_iter().find(|tag| tag.id == id))
}

/// Locks a tag, what was merged into it, and another, in the order of their ids; returns those of the two that are in use.
pub(super) async fn lock_family(conn: &mut PgConnection, id: Uuid, other: Option<Uuid>) -> Result<Vec<Tag>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id, name, color, team_id, uses, gone_at is null as "live!" from tag
            where id = $1 or id = $2 or merged_into = $1 order by id for update"#,
        id,
        other
    )
    .fetch_all(conn)
    .await?;
    let live = rows.into_iter().filter(|row| row.live);
    Ok(live.map(|r| Tag { id: r.id, name: r.name, color: r.color, team_id: r.team_id, uses: r.uses }).collect())
}

/// How many tags are in use.
pub(super) async fn count(conn: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"select count(*) as "count!" from tag where gone_at is null"#).fetch_one(conn).await
}

pub(super) async fn insert(conn: &mut PgConnection, tag: &Tag, now: Time) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into tag (id, name, color, team_id, created_at) values ($1, $2, $3, $4, $5)",
        tag.id,
        tag.name,
        tag.color,
        tag.team_id,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn update(conn: &mut PgConnection, tag: &Tag) -> Result<(), sqlx::Error> {
    sqlx::query!("update tag set name = $2, color = $3 where id = $1", tag.id, tag.name, tag.color).execute(conn).await?;
    Ok(())
}

/// Takes a tag out of use, for another or for nothing. What was merged into it earlier goes the same way.
pub(super) async fn retire(conn: &mut PgConnection, id: Uuid, into: Option<Uuid>, now: Time) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update tag set merged_into = $2, gone_at = coalesce(gone_at, $3) where id = $1 or merged_into = $1",
        id,
        into,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What a tag that is out of use became: `None` while it is in use, `Some(None)` when nothing.
pub(super) async fn fate(conn: &mut PgConnection, id: Uuid) -> Result<Option<Option<Uuid>>, sqlx::Error> {
    sqlx::query_scalar!("select merged_into from tag where id = $1 and gone_at is not null", id).fetch_optional(conn).await
}

/// Counts a tag on one more conversation, if it is in use; it stays so until the transaction ends.
pub(super) async fn gain(conn: &mut PgConnection, id: Uuid, by: i64) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!("update tag set uses = uses + $2 where id = $1 and gone_at is null", id, by).execute(conn).await?;
    Ok(done.rows_affected() == 1)
}

/// Counts a tag, in use or not, on so many conversations fewer.
pub(super) async fn lose(conn: &mut PgConnection, id: Uuid, by: i64) -> Result<(), sqlx::Error> {
    sqlx::query!("update tag set uses = uses - $2 where id = $1", id, by).execute(conn).await?;
    Ok(())
}
