//! SQL of messages that are not said yet, and of the closes that follow a message.

use base::Time;
use connect::channel::{Content, TemplateMessage};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use crate::{media::MediaRow, templates::Asked};

/// A message that waits, with what it quotes.
#[derive(Debug, Clone)]
pub(in crate::messages) struct HeldRow {
    pub id: Uuid,
    pub conversation_id: Uuid,
    pub author_id: Uuid,
    pub author_name: String,
    pub client_id: String,
    pub text: String,
    /// A template to send, and what it says as it was when this was written.
    pub template: Option<Json<Asked>>,
    pub filled: Option<Json<TemplateMessage>>,
    /// A place or a question with ready answers, where it is no text.
    pub content: Option<Json<Content>>,
    pub reply_to: Option<Uuid>,
    pub seen_seq: Option<i64>,
    pub release_at: Time,
    pub error: Option<serde_json::Value>,
    pub withdrawn_at: Option<Time>,
    pub created_at: Time,
    pub quoted_preview: Option<String>,
    pub waits_for: Option<String>,
    pub answered_at: Option<Time>,
    pub media: Option<Json<Vec<MediaRow>>>,
}

impl HeldRow {
    /// Its files, in their order.
    pub(in crate::messages) fn files(&self) -> &[MediaRow] {
        self.media.as_ref().map_or(&[], |media| &media.0)
    }
}

macro_rules! select_held {
    ($tail:literal $(, $arg:expr)* $(,)?) => {
        sqlx::query_as!(
            HeldRow,
            r#"select h.id, h.conversation_id, h.author_id, h.author_name, h.client_id, h.text, h.reply_to, h.seen_seq, h.release_at, h.error,
                      h.template as "template: Json<Asked>", h.filled as "filled: Json<TemplateMessage>",
                      h.content as "content: Json<Content>", h.withdrawn_at, h.created_at,
                      h.waits_for, h.answered_at, q.preview as "quoted_preview?",
                      (select jsonb_agg(to_jsonb(a) order by a.position, a.id) from media a where a.held_id = h.id)
                          as "media: Json<Vec<MediaRow>>"
                 from held_message h
                 left join message q on q.id = h.reply_to "# + $tail
            $(, $arg)*
        )
    };
}

pub(in crate::messages) async fn insert(conn: &mut PgConnection, row: &HeldRow) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into held_message (id, conversation_id, author_id, author_name, client_id, text, reply_to, seen_seq, release_at, created_at,
                                   template, filled, waits_for, content)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        row.id,
        row.conversation_id,
        row.author_id,
        row.author_name,
        row.client_id,
        row.text,
        row.reply_to,
        row.seen_seq,
        row.release_at,
        row.created_at,
        row.template.as_ref() as Option<&Json<Asked>>,
        row.filled.as_ref() as Option<&Json<TemplateMessage>>,
        row.waits_for,
        row.content.as_ref() as Option<&Json<Content>>
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// By the sender's own id, taken back or not.
pub(in crate::messages) async fn by_client_id(
    conn: &mut PgConnection,
    conversation_id: Uuid,
    client_id: &str,
) -> Result<Option<HeldRow>, sqlx::Error> {
    select_held!("where h.conversation_id = $1 and h.client_id = $2", conversation_id, client_id).fetch_optional(conn).await
}

/// One that somebody wrote in a conversation and has not taken back.
pub(in crate::messages) async fn one(
    conn: &mut PgConnection,
    conversation_id: Uuid,
    author_id: Uuid,
    id: Uuid,
) -> Result<Option<HeldRow>, sqlx::Error> {
    select_held!(
        "where h.conversation_id = $1 and h.author_id = $2 and h.id = $3 and h.withdrawn_at is null",
        conversation_id,
        author_id,
        id
    )
    .fetch_optional(conn)
    .await
}

/// What somebody has waiting in a conversation, the next to go first.
pub(in crate::messages) async fn of_author(
    conn: &mut PgConnection,
    conversation_id: Uuid,
    author_id: Uuid,
) -> Result<Vec<HeldRow>, sqlx::Error> {
    select_held!(
        "where h.conversation_id = $1 and h.author_id = $2 and h.withdrawn_at is null order by h.release_at, h.id",
        conversation_id,
        author_id
    )
    .fetch_all(conn)
    .await
}

/// One whose time has come, looked at under its conversation's lock: nobody has changed, released or taken it back.
pub(in crate::messages) async fn due_one(conn: &mut PgConnection, id: Uuid, now: Time) -> Result<Option<HeldRow>, sqlx::Error> {
    select_held!("where h.id = $1 and h.release_at <= $2 and h.error is null and h.withdrawn_at is null", id, now)
        .fetch_optional(conn)
        .await
}

/// A message whose time has come.
#[derive(Debug, Clone, Copy)]
pub(in crate::messages) struct Due {
    pub id: Uuid,
    pub conversation_id: Uuid,
}

/// What is due: the first of each conversation only, so that they go in their order.
pub(in crate::messages) async fn due(conn: &mut PgConnection, now: Time, limit: i64) -> Result<Vec<Due>, sqlx::Error> {
    sqlx::query_as!(
        Due,
        "select h.id, h.conversation_id from held_message h
          where h.release_at <= $1 and h.error is null and h.withdrawn_at is null
            and not exists (select from held_message e
                             where e.conversation_id = h.conversation_id and e.error is null and e.withdrawn_at is null
                               and (e.release_at, e.id) < (h.release_at, h.id))
          order by h.release_at, h.id limit $2",
        now,
        limit
    )
    .fetch_all(conn)
    .await
}

/// When the next one is due.
pub(in crate::messages) async fn next_release(conn: &mut PgConnection) -> Result<Option<Time>, sqlx::Error> {
    sqlx::query_scalar!(
        "select release_at from held_message where error is null and withdrawn_at is null order by release_at, id limit 1"
    )
    .fetch_optional(conn)
    .await
}

/// It was said: it is a message now.
pub(in crate::messages) async fn delete(conn: &mut PgConnection, id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from held_message where id = $1", id).execute(conn).await?;
    Ok(())
}

/// Its author takes it back.
pub(in crate::messages) async fn withdraw(conn: &mut PgConnection, id: Uuid, now: Time) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update held_message set withdrawn_at = $2, text = '', filled = null, content = null, error = null where id = $1",
        id,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// It cannot go; its author decides.
pub(in crate::messages) async fn refuse(conn: &mut PgConnection, id: Uuid, error: &serde_json::Value) -> Result<(), sqlx::Error> {
    sqlx::query!("update held_message set error = $2 where id = $1", id, error).execute(conn).await?;
    Ok(())
}

/// Makes what waits for the customers of these locked conversations due; where something did.
pub(in crate::messages) async fn answered(
    conn: &mut PgConnection,
    conversations: &[Uuid],
    now: Time,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "update held_message set answered_at = $2, release_at = $2
          where conversation_id = any($1) and waits_for is not null and answered_at is null and error is null and withdrawn_at is null
         returning conversation_id",
        conversations,
        now
    )
    .fetch_all(conn)
    .await
}

/// Whether anything waits for the customer of a conversation.
pub(in crate::messages) async fn any_waits(conn: &mut PgConnection, conversation_id: Uuid) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from held_message
                           where conversation_id = $1 and waits_for is not null and answered_at is null and error is null
                             and withdrawn_at is null) as "waits!""#,
        conversation_id
    )
    .fetch_one(conn)
    .await
}

/// What could not go waits for the customer, until then.
pub(in crate::messages) async fn wait_again(conn: &mut PgConnection, id: Uuid, until: Time) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update held_message set waits_for = 'customer', answered_at = null, error = null, release_at = $2 where id = $1",
        id,
        until
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Other words, another time; with a time it waits again, whatever was wrong.
pub(in crate::messages) async fn change(
    conn: &mut PgConnection,
    id: Uuid,
    text: Option<&str>,
    release_at: Option<Time>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update held_message set text = coalesce($2, text), release_at = coalesce($3, release_at),
                error = case when $3::timestamptz is null then error end
          where id = $1",
        id,
        text,
        release_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A conversation to be closed when a message was sent.
#[derive(Debug, Clone)]
pub struct CloseOrder {
    /// The message.
    pub message_id: Uuid,
    /// Its conversation.
    pub conversation_id: Uuid,
    /// Who wants it closed.
    pub user_id: Uuid,
    /// Why: a reason's id, key or name.
    pub reason: String,
    /// A note for colleagues.
    pub note: Option<String>,
}

pub(in crate::messages) async fn order_close(conn: &mut PgConnection, order: &CloseOrder, now: Time) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into then_close (message_id, conversation_id, user_id, reason, note, created_at) values ($1, $2, $3, $4, $5, $6)",
        order.message_id,
        order.conversation_id,
        order.user_id,
        order.reason,
        order.note,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(in crate::messages) async fn cancel_close(conn: &mut PgConnection, message_id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from then_close where message_id = $1", message_id).execute(conn).await?;
    Ok(())
}

/// Takes the closes that wait for these messages; whoever takes them carries them out in the same transaction.
pub async fn take_closes(conn: &mut PgConnection, message_ids: &[Uuid]) -> Result<Vec<CloseOrder>, sqlx::Error> {
    sqlx::query_as!(
        CloseOrder,
        "delete from then_close where message_id = any($1) returning message_id, conversation_id, user_id, reason, note",
        message_ids
    )
    .fetch_all(conn)
    .await
}

/// Whether the customer has written after this message.
pub async fn answered_since(conn: &mut PgConnection, conversation_id: Uuid, message_id: Uuid) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from message m
                           where m.conversation_id = $1 and m.direction = 'in'
                             and m.seq > (select o.seq from message o where o.id = $2 and o.conversation_id = $1)) as "written!""#,
        conversation_id,
        message_id
    )
    .fetch_one(conn)
    .await
}

/// Forgets what was taken back before then, and closes that wait for messages that were never sent.
pub(in crate::messages) async fn forget(conn: &mut PgConnection, withdrawn: Time, orders: Time) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from held_message where withdrawn_at < $1", withdrawn).execute(&mut *conn).await?;
    sqlx::query!(
        "delete from then_close t where created_at < $1 and not exists (select from held_message h where h.id = t.message_id)",
        orders
    )
    .execute(conn)
    .await?;
    Ok(())
}
