//! SQL of a contact's page.

use base::Time;
use kernel::{audit::Named, auth::Actor};
use serde_json::{Map, Value};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use crate::{
    contacts::{Activity, Attribute, AttributeKind, IdentityView, model::IdentityChannel},
    conversations::Scope,
};

pub(in crate::contacts) struct DetailsRow {
    pub id: Uuid,
    pub name: String,
    pub phone: Option<String>,
    pub username: Option<String>,
    pub email: Option<String>,
    /// By the id of the attribute.
    pub attributes: Json<Map<String, Value>>,
    pub blocked_at: Option<Time>,
    pub blocked_until: Option<Time>,
    pub blocked_by: Option<Uuid>,
    pub block_reason: Option<String>,
    pub created_at: Time,
}

pub(in crate::contacts) async fn one(conn: &mut PgConnection, id: Uuid) -> Result<Option<DetailsRow>, sqlx::Error> {
    sqlx::query_as!(
        DetailsRow,
        r#"select id, name, phone, username, email, attributes as "attributes!: Json<Map<String, Value>>", blocked_at, blocked_until,
                  blocked_by, block_reason, created_at
             from contact where id = $1"#,
        id
    )
    .fetch_optional(conn)
    .await
}

/// The same, locked.
pub(in crate::contacts) async fn lock(conn: &mut PgConnection, id: Uuid) -> Result<Option<DetailsRow>, sqlx::Error> {
    super::lock(conn, id).await?;
    one(conn, id).await
}

/// Writes what colleagues know. A name that one of them has written stays.
pub(in crate::contacts) async fn update(
    conn: &mut PgConnection,
    id: Uuid,
    name: Option<&str>,
    email: Option<&str>,
    attributes: &Value,
    now: Time,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update contact set name = coalesce($2, name), name_kept = name_kept or $2 is not null, email = $3, attributes = $4, updated_at = $5
          where id = $1",
        id,
        name,
        email,
        attributes,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A block as a contact's row keeps it.
#[derive(Debug, Clone, Copy)]
pub(in crate::contacts) struct Block<'a> {
    pub at: Time,
    /// Until somebody unblocks them, unless said.
    pub until: Option<Time>,
    /// MAX itself, unless said.
    pub by: Option<Uuid>,
    pub reason: Option<&'a str>,
}

/// Blocks a locked contact, or lets them in again.
pub(in crate::contacts) async fn set_blocked(
    conn: &mut PgConnection,
    id: Uuid,
    block: Option<Block<'_>>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update contact set blocked_at = $2, blocked_until = $3, blocked_by = $4, block_reason = $5 where id = $1",
        id,
        block.map(|b| b.at),
        block.and_then(|b| b.until),
        block.and_then(|b| b.by),
        block.and_then(|b| b.reason)
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A contact whose block has ended.
pub(in crate::contacts) async fn ended(conn: &mut PgConnection, now: Time) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("select id from contact where blocked_until <= $1 order by blocked_until limit 1", now)
        .fetch_optional(conn)
        .await
}

/// A blocked contact in the list of them.
pub(in crate::contacts) struct BlockedRow {
    pub id: Uuid,
    pub name: String,
    pub phone: Option<String>,
    pub username: Option<String>,
    pub blocked_at: Time,
    pub blocked_until: Option<Time>,
    pub blocked_by: Option<Uuid>,
    pub block_reason: Option<String>,
}

/// Those who are blocked and have a conversation in the scope, blocked last first.
pub(in crate::contacts) async fn blocked(
    conn: &mut PgConnection,
    scope: &Scope,
    before: Option<(Time, Uuid)>,
    limit: i64,
) -> Result<Vec<BlockedRow>, sqlx::Error> {
    let (at, id) = before.unzip();
    sqlx::query_as!(
        BlockedRow,
        r#"select k.id, k.name, k.phone, k.username, k.blocked_at as "blocked_at!", k.blocked_until, k.blocked_by, k.block_reason
             from contact k
            where k.blocked_at is not null and ($6::timestamptz is null or (k.blocked_at, k.id) < ($6, $7))
              and ($2 or exists (select from conversation c
                                  where c.contact_id = k.id and (c.assignee_id = $1 or c.participant_ids @> array[$1]
                                                                 or (c.team_id = any($3) and ($4 or c.assignee_id is null)))))
            order by k.blocked_at desc, k.id desc limit $5"#,
        scope.user_id,
        scope.all,
        &scope.team_ids,
        scope.whole_team,
        limit,
        at,
        id
    )
    .fetch_all(conn)
    .await
}

/// The ids by which the providers know a contact, oldest first.
pub(in crate::contacts) async fn identities(conn: &mut PgConnection, id: Uuid) -> Result<Vec<IdentityView>, sqlx::Error> {
    let rows = sqlx::query!(
        "select i.id, i.external_id, i.created_at, h.id as channel_id, h.kind, h.name
           from contact_identity i join channel h on h.id = i.channel_id where i.contact_id = $1 order by i.created_at, i.id",
        id
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| IdentityView {
            id: row.id,
            channel: IdentityChannel { id: row.channel_id, kind: row.kind, name: row.name },
            external_id: row.external_id,
            created_at: row.created_at,
        })
        .collect())
}

/// Notes what happened to a contact's details.
pub(in crate::contacts) async fn note(
    conn: &mut PgConnection,
    id: Uuid,
    contact_id: Uuid,
    kind: &str,
    actor: Option<&Actor>,
    data: &Value,
    now: Time,
) -> Result<(), sqlx::Error> {
    let user_id = actor.and_then(Actor::user_id);
    sqlx::query!(
        "insert into contact_activity (id, contact_id, at, kind, actor_id, actor_name, data) values ($1, $2, $3, $4, $5, $6, $7)",
        id,
        contact_id,
        now,
        kind,
        user_id,
        actor.filter(|_| user_id.is_some()).map(Actor::name),
        data
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What happened to a contact's details, newest first.
pub(in crate::contacts) async fn activity(
    conn: &mut PgConnection,
    contact_id: Uuid,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Activity>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, at, kind, actor_id, actor_name, data from contact_activity
          where contact_id = $1 and ($2::uuid is null or id < $2) order by id desc limit $3",
        contact_id,
        before,
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Activity {
            id: row.id,
            at: row.at,
            kind: row.kind,
            actor: row.actor_id.map(|id| Named { id, name: row.actor_name.unwrap_or_default() }),
            data: row.data,
        })
        .collect())
}

struct AttributeRow {
    id: Uuid,
    key: String,
    name: String,
    kind: String,
    choices: Vec<String>,
}

impl From<AttributeRow> for Attribute {
    fn from(row: AttributeRow) -> Self {
        Self { id: row.id, key: row.key, name: row.name, kind: AttributeKind::of_column(&row.kind), choices: row.choices }
    }
}

/// The details that are kept, in the order in which they were added.
pub(in crate::contacts) async fn attributes(conn: &mut PgConnection) -> Result<Vec<Attribute>, sqlx::Error> {
    let rows =
        sqlx::query_as!(AttributeRow, "select id, key, name, kind, choices from contact_attribute order by created_at, id");
    Ok(rows.fetch_all(conn).await?.into_iter().map(Into::into).collect())
}

pub(in crate::contacts) async fn lock_attribute(conn: &mut PgConnection, id: Uuid) -> Result<Option<Attribute>, sqlx::Error> {
    let row =
        sqlx::query_as!(AttributeRow, "select id, key, name, kind, choices from contact_attribute where id = $1 for update", id);
    Ok(row.fetch_optional(conn).await?.map(Into::into))
}

pub(in crate::contacts) async fn insert_attribute(
    conn: &mut PgConnection,
    attribute: &Attribute,
    now: Time,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into contact_attribute (id, key, name, kind, choices, created_at) values ($1, $2, $3, $4, $5, $6)",
        attribute.id,
        attribute.key,
        attribute.name,
        attribute.kind.as_str(),
        &attribute.choices,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(in crate::contacts) async fn update_attribute(conn: &mut PgConnection, attribute: &Attribute) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update contact_attribute set key = $2, name = $3, choices = $4 where id = $1",
        attribute.id,
        attribute.key,
        attribute.name,
        &attribute.choices
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(in crate::contacts) async fn delete_attribute(conn: &mut PgConnection, id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from contact_attribute where id = $1", id).execute(conn).await?;
    Ok(())
}

/// Takes a detail out of the next contacts after this one; the last one looked at, or `None` at the end.
pub(in crate::contacts) async fn forget_attribute(
    conn: &mut PgConnection,
    key: &str,
    after: Uuid,
    limit: i64,
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"with batch as materialized (select id from contact where id > $2 order by id limit $3),
                gone as (update contact set attributes = attributes - $1 where id in (select id from batch) and attributes ? $1)
           select id as "id!" from batch order by id desc limit 1"#,
        key,
        after,
        limit
    )
    .fetch_optional(conn)
    .await
}
