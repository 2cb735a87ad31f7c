//! SQL of what the tools keep in a conversation's row: tags, mentions, pins, the block of its contact.

use base::Time;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Locked;
use crate::conversations::{Card, Scope, TagRef};

/// The tags of a locked conversation, as they were put there.
pub async fn tag_ids(conn: &mut PgConnection, id: Uuid) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("select tag_ids from conversation where id = $1", id).fetch_one(conn).await
}

/// What these tags, as they were put on conversations, are now: a merged one is what it became, one that is gone is absent.
pub async fn tag_refs(conn: &mut PgConnection, put: &[Uuid]) -> Result<Vec<(Uuid, TagRef)>, sqlx::Error> {
    let rows = sqlx::query!(
        "/* tags */ select put.id as put, t.id, t.name, t.color from tag put join tag t on t.id = coalesce(put.merged_into, put.id)
          where put.id = any($1) and t.gone_at is null order by lower(t.name), t.id",
        put
    );
    let rows = rows.fetch_all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.put, TagRef { id: row.id, name: row.name, color: row.color })).collect())
}

/// Sets the tags of a locked conversation.
pub async fn set_tags(conn: &mut PgConnection, id: Uuid, tag_ids: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!("update conversation set tag_ids = $2 where id = $1", id, tag_ids).execute(conn).await?;
    Ok(())
}

/// Some conversations with this tag, in the order of their ids.
pub async fn tagged(conn: &mut PgConnection, tag_id: Uuid, limit: i64) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select id from conversation where tag_ids @> array[$1::uuid] and tag_ids <> '{}' order by id limit $2",
        tag_id,
        limit
    )
    .fetch_all(conn)
    .await
}

/// A conversation whose tag was replaced.
pub struct Retagged {
    /// Which.
    pub id: Uuid,
    /// Whether the new tag came on it by that.
    pub gained: bool,
}

/// Takes a tag off these locked conversations and puts another in its place, where there is one. Those that have lost it meanwhile are left.
pub async fn replace_tag(
    conn: &mut PgConnection,
    ids: &[Uuid],
    tag_id: Uuid,
    by: Option<Uuid>,
) -> Result<Vec<Retagged>, sqlx::Error> {
    sqlx::query_as!(
        Retagged,
        r#"update conversation c
              set tag_ids = array_remove(c.tag_ids, $2) || case when $3::uuid is null or c.tag_ids @> array[$3::uuid] then '{}' else array[$3::uuid] end
             from (select id, tag_ids from conversation where id = any($1)) old
            where c.id = old.id and c.tag_ids @> array[$2::uuid]
           returning c.id, ($3::uuid is not null and not old.tag_ids @> array[$3::uuid]) as "gained!""#,
        ids,
        tag_id,
        by
    )
    .fetch_all(conn)
    .await
}

/// Makes people participants of a locked conversation, and remembers who is mentioned in the message at `seq`.
pub async fn mention(
    conn: &mut PgConnection,
    id: Uuid,
    participants: &[Uuid],
    mentioned: &[Uuid],
    seq: i64,
    now: Time,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update conversation
            set participant_ids = participant_ids || array(select p from unnest($2::uuid[]) as p where not p = any(participant_ids)),
                unread_mention_ids = unread_mention_ids || array(select m from unnest($3::uuid[]) as m where not m = any(unread_mention_ids))
          where id = $1",
        id,
        participants,
        mentioned
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into conversation_mention as m (user_id, conversation_id, seq, at)
         select u, $1, $3, $4 from unnest($2::uuid[]) as u
         on conflict (user_id, conversation_id) do update set seq = excluded.seq, at = excluded.at, seen_at = null",
        id,
        mentioned,
        seq,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A user has read a locked conversation up to `seq`: so they have seen that they are mentioned, unless that was later.
pub(crate) async fn see_mention(
    conn: &mut PgConnection,
    id: Uuid,
    user_id: Uuid,
    seq: i64,
    now: Time,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with seen as (
             update conversation_mention set seen_at = $4
              where user_id = $2 and conversation_id = $1 and seq <= $3 and seen_at is null returning user_id)
         update conversation c set unread_mention_ids = array_remove(c.unread_mention_ids, s.user_id) from seen s where c.id = $1",
        id,
        user_id,
        seq,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Says of these locked conversations whether a reply waits in them; which of them said otherwise.
pub async fn set_reply_waits(conn: &mut PgConnection, ids: &[Uuid], waits: bool) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "update conversation set reply_waits = $2 where id = any($1) and reply_waits <> $2 returning id",
        ids,
        waits
    )
    .fetch_all(conn)
    .await
}

/// Sets how many notes are pinned in a locked conversation.
pub async fn set_pinned_notes(conn: &mut PgConnection, id: Uuid, count: i32) -> Result<(), sqlx::Error> {
    sqlx::query!("update conversation set pinned_notes = $2 where id = $1", id, count).execute(conn).await?;
    Ok(())
}

/// Locks all conversations of a contact, in the order of their ids, and returns those, the ones on screens first: the open ones, then by
/// their activity.
pub(crate) async fn lock_of_contact(conn: &mut PgConnection, contact_id: Uuid) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"with locked as materialized (
               select id, state, last_activity_at from conversation where contact_id = $1 order by id for update)
           select id as "id!" from locked order by state = 'closed', last_activity_at desc, id"#,
        contact_id
    )
    .fetch_all(conn)
    .await
}

/// Marks the locked conversations of a contact as blocked or not. A customer whom nobody wants to hear from waits for nothing. What comes from
/// then on is counted until the next block; whatever made the block due is done with.
pub(crate) async fn set_blocked(conn: &mut PgConnection, ids: &[Uuid], blocked: bool) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update conversation
            set blocked = $2, waiting_since = case when $2 then null else waiting_since end, flood_due = false, flood_run = 0,
                blocked_seq = case when $2 then last_seq else blocked_seq end, blocked_count = case when $2 then 0 else blocked_count end
          where id = any($1)",
        ids,
        blocked
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether one of the contact's conversations is in the scope.
pub async fn reaches_contact(conn: &mut PgConnection, contact_id: Uuid, scope: &Scope) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists(select from conversation c
                          where c.contact_id = $2 and ($3 or c.assignee_id = $1 or c.participant_ids @> array[$1]
                                                       or (c.team_id = any($4) and ($5 or c.assignee_id is null)))) as "reaches!""#,
        scope.user_id,
        contact_id,
        scope.all,
        &scope.team_ids,
        scope.whole_team
    )
    .fetch_one(conn)
    .await
}

/// The ids of a contact's conversations that are in the scope, newest activity first.
pub(crate) async fn of_contact(
    conn: &mut PgConnection,
    contact_id: Uuid,
    scope: &Scope,
    limit: i64,
) -> Result<Vec<Card>, sqlx::Error> {
    select_cards!(
        "where c.contact_id = $2 and ($3 or c.assignee_id = $1 or c.participant_ids @> array[$1]
                                      or (c.team_id = any($4) and ($5 or c.assignee_id is null)))
         order by c.last_activity_at desc, c.id desc limit $6",
        scope.user_id,
        contact_id,
        scope.all,
        &scope.team_ids,
        scope.whole_team,
        limit
    )
    .fetch_all(conn)
    .await
}

/// Begins a conversation that is closed from the start.
pub(crate) async fn insert_closed(
    conn: &mut PgConnection,
    row: &super::NewRow,
    now: Time,
) -> Result<Option<Locked>, sqlx::Error> {
    sqlx::query!(
        "insert into conversation (id, channel_id, contact_id, identity_id, team_id, state, closed_at, blocked, last_activity_at, created_at)
         values ($1, $2, $3, $4, $5, 'closed', $6, true, $6, $6)",
        row.id,
        row.channel_id,
        row.contact_id,
        row.identity_id,
        row.team_id,
        now
    )
    .execute(&mut *conn)
    .await?;
    super::lock(conn, row.id).await
}

/// Changes the line that lists show of a conversation, if it is this message's. The caller holds the conversation's lock.
pub async fn retitle_last(conn: &mut PgConnection, id: Uuid, message_id: Uuid, preview: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update conversation set last_message = jsonb_set(last_message, '{preview}', to_jsonb($3::text))
          where id = $1 and last_message ->> 'id' = $2::text",
        id,
        message_id.to_string(),
        crate::conversations::shorten(preview)
    )
    .execute(conn)
    .await?;
    Ok(())
}
