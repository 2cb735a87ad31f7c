//! SQL of messages.

pub(super) mod answers;
pub(super) mod folding;
pub(super) mod held;

use std::collections::HashMap;

use base::Time;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Mention, Reaction};
use crate::media::MediaRow;

/// A message with what it quotes.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the columns of the same names")]
pub struct MessageRow {
    pub id: Uuid,
    pub conversation_id: Uuid,
    pub channel_id: Uuid,
    pub seq: i64,
    pub direction: String,
    pub kind: String,
    pub author_type: String,
    pub author_id: Option<Uuid>,
    pub author_name: String,
    pub client_id: Option<String>,
    pub content: serde_json::Value,
    pub preview: String,
    pub external_id: Option<String>,
    pub reply_to_external: Option<String>,
    pub status: String,
    pub error: Option<serde_json::Value>,
    pub attempts: i32,
    pub lease_until: Option<Time>,
    pub sent_at: Option<Time>,
    pub created_at: Time,
    pub quoted_id: Option<Uuid>,
    pub quoted_preview: Option<String>,
    pub mentions: Option<sqlx::types::Json<Vec<Mention>>>,
    pub pinned_at: Option<Time>,
    pub edited_at: Option<Time>,
    pub feedback_count: i32,
    pub media: Option<sqlx::types::Json<Vec<MediaRow>>>,
    pub reactions: Option<sqlx::types::Json<Vec<Reaction>>>,
    pub original_content: Option<serde_json::Value>,
    pub revoked_at: Option<Time>,
    pub folded: bool,
    pub meta: Option<serde_json::Value>,
}

macro_rules! select_messages {
    ($tail:literal $(, $arg:expr)* $(,)?) => {
        sqlx::query_as!(
            MessageRow,
            r#"select m.id, m.conversation_id, m.channel_id, m.seq, m.direction, m.kind, m.author_type, m.author_id, m.author_name, m.client_id,
                      m.content, m.preview, m.external_id, m.reply_to_external, m.status, m.error, m.attempts, m.lease_until, m.sent_at,
                      m.created_at, q.id as "quoted_id?", q.preview as "quoted_preview?",
                      m.mentions as "mentions: sqlx::types::Json<Vec<Mention>>", m.pinned_at, m.edited_at, m.feedback_count,
                      m.reactions as "reactions: sqlx::types::Json<Vec<Reaction>>", m.original_content, m.revoked_at, m.folded, m.meta,
                      (select jsonb_agg(to_jsonb(a) order by a.position, a.id) from media a where a.message_id = m.id)
                          as "media: sqlx::types::Json<Vec<MediaRow>>"
                 from message m
                 left join message q on q.channel_id = m.channel_id and q.external_id = m.reply_to_external "# + $tail
            $(, $arg)*
        )
    };
}

pub(super) mod blocked;
// After the macro, which it uses.
pub(super) mod notes;

/// These messages.
pub async fn by_ids(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<MessageRow>, sqlx::Error> {
    select_messages!("where m.id = any($1) order by m.conversation_id, m.seq", ids).fetch_all(conn).await
}

/// One message of a conversation; both ids must fit, so that a message of somebody else's conversation does not exist here.
pub(super) async fn one(conn: &mut PgConnection, conversation_id: Uuid, id: Uuid) -> Result<Option<MessageRow>, sqlx::Error> {
    select_messages!("where m.conversation_id = $1 and m.id = $2", conversation_id, id).fetch_optional(conn).await
}

pub(super) async fn by_client_id(
    conn: &mut PgConnection,
    conversation_id: Uuid,
    client_id: &str,
) -> Result<Option<MessageRow>, sqlx::Error> {
    select_messages!("where m.conversation_id = $1 and m.client_id = $2", conversation_id, client_id).fetch_optional(conn).await
}

/// Newest first, before `seq`.
pub(super) async fn page(
    conn: &mut PgConnection,
    conversation_id: Uuid,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<MessageRow>, sqlx::Error> {
    select_messages!(
        "where m.conversation_id = $1 and m.seq < coalesce($2, 9223372036854775807) order by m.seq desc limit $3",
        conversation_id,
        before,
        limit
    )
    .fetch_all(conn)
    .await
}

/// What the customer and colleagues have said after `seq`, oldest first: not what `me` said, no notes, and not what a flood washed in, or
/// nobody could answer while it lasts.
pub(super) async fn said_since(
    conn: &mut PgConnection,
    conversation_id: Uuid,
    seq: i64,
    me: Option<Uuid>,
    limit: i64,
) -> Result<Vec<MessageRow>, sqlx::Error> {
    select_messages!(
        "where m.conversation_id = $1 and m.seq > $2 and m.kind = 'reply' and not m.folded and (m.direction = 'in' or m.author_id is distinct from $3)
         order by m.seq limit $4",
        conversation_id,
        seq,
        me,
        limit
    )
    .fetch_all(conn)
    .await
}

/// Whether a colleague of this author has answered the customer after `seq`.
pub(super) async fn colleague_said_since(
    conn: &mut PgConnection,
    conversation_id: Uuid,
    seq: i64,
    author: Option<Uuid>,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from message
                           where conversation_id = $1 and seq > $2 and kind = 'reply' and direction = 'out'
                             and author_id is distinct from $3) as "said!""#,
        conversation_id,
        seq,
        author
    )
    .fetch_one(conn)
    .await
}

/// An inbound message to store.
#[derive(Debug, Clone)]
pub struct NewInbound {
    /// Its id.
    pub id: Uuid,
    /// Where it belongs; the caller holds the lock.
    pub conversation_id: Uuid,
    /// The conversation's last seq under that lock.
    pub base_seq: i64,
    /// The channel.
    pub channel_id: Uuid,
    /// The provider's id.
    pub external_id: String,
    /// The customer.
    pub contact_id: Uuid,
    /// Their name.
    pub author_name: String,
    /// What it holds.
    pub content: serde_json::Value,
    /// One line.
    pub preview: String,
    /// What it answers, by the provider's id.
    pub reply_to_external: Option<String>,
    /// What else the provider told.
    pub meta: Option<serde_json::Value>,
    /// The provider's time.
    pub sent_at: Option<Time>,
    /// From a blocked contact: it counts as nobody's unread.
    pub quiet: bool,
    /// How many of those that are new in the conversation may ask for attention; those after are folded. `None`: this one may in any case.
    pub free: Option<i64>,
}

/// Stores the messages that are new and returns them, numbered in the order given; those whose provider id the channel already has are left out.
/// Which are beyond what their customer may write is decided here, for only here is known which are new.
pub async fn insert_inbound(conn: &mut PgConnection, new: &[NewInbound], now: Time) -> Result<Vec<MessageRow>, sqlx::Error> {
    macro_rules! column {
        ($field:ident) => {
            &new.iter().map(|m| m.$field.clone()).collect::<Vec<_>>()[..]
        };
    }
    sqlx::query_as!(
        MessageRow,
        r#"insert into message as m (id, conversation_id, channel_id, seq, direction, kind, author_type, author_id, author_name, content, preview,
                              external_id, reply_to_external, meta, status, sent_at, created_at, quiet, folded)
         select n.id, n.conversation_id, n.channel_id, n.base_seq + row_number() over (partition by n.conversation_id order by n.ord), 'in',
                'reply', 'contact', n.contact_id, n.author_name, n.content, n.preview, n.external_id, n.reply_to_external, n.meta, 'received',
                n.sent_at, $13, n.quiet or n.folds, n.folds
           from (
         select u.*, coalesce(row_number() over (partition by u.conversation_id order by u.ord) > u.free, false) as folds
           from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[], $5::text[], $6::uuid[], $7::text[], $8::jsonb[], $9::text[],
                       $10::text[], $11::jsonb[], $12::timestamptz[], $14::boolean[], $15::bigint[])
                with ordinality as u (id, conversation_id, base_seq, channel_id, external_id, contact_id, author_name, content, preview,
                                      reply_to_external, meta, sent_at, quiet, free, ord)
          where not exists (select from message k where k.channel_id = u.channel_id and k.external_id = u.external_id)) n
         on conflict (channel_id, external_id) where external_id is not null do nothing
         returning m.id, m.conversation_id, m.channel_id, m.seq, m.direction, m.kind, m.author_type, m.author_id, m.author_name, m.client_id,
                   m.content, m.preview, m.external_id, m.reply_to_external, m.status, m.error, m.attempts, m.lease_until, m.sent_at,
                   m.created_at,
                   (select q.id from message q where q.channel_id = m.channel_id and q.external_id = m.reply_to_external) as quoted_id,
                   (select q.preview from message q where q.channel_id = m.channel_id and q.external_id = m.reply_to_external) as quoted_preview,
                   m.mentions as "mentions: sqlx::types::Json<Vec<Mention>>", m.pinned_at, m.edited_at, m.feedback_count,
                   m.reactions as "reactions: sqlx::types::Json<Vec<Reaction>>", m.original_content, m.revoked_at, m.folded, m.meta,
                   null::jsonb as "media: sqlx::types::Json<Vec<MediaRow>>""#,
        column!(id),
        column!(conversation_id),
        column!(base_seq),
        column!(channel_id),
        column!(external_id),
        column!(contact_id),
        column!(author_name),
        column!(content),
        column!(preview),
        column!(reply_to_external) as &[Option<String>],
        column!(meta) as &[Option<serde_json::Value>],
        column!(sent_at) as &[Option<Time>],
        now,
        column!(quiet),
        column!(free) as &[Option<i64>]
    )
    .fetch_all(conn)
    .await
}

pub(super) struct NewOutbound<'a> {
    pub id: Uuid,
    pub conversation_id: Uuid,
    pub channel_id: Uuid,
    pub seq: i64,
    pub kind: &'a str,
    pub author_type: &'a str,
    pub author_id: Option<Uuid>,
    pub author_name: &'a str,
    pub client_id: &'a str,
    pub content: serde_json::Value,
    pub preview: &'a str,
    pub reply_to_external: Option<&'a str>,
    pub status: &'a str,
    pub mentions: Option<serde_json::Value>,
}

pub(super) async fn insert_outbound(conn: &mut PgConnection, new: &NewOutbound<'_>, now: Time) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into message (id, conversation_id, channel_id, seq, direction, kind, author_type, author_id, author_name, client_id, content,
                              preview, reply_to_external, status, next_attempt_at, created_at, mentions)
         values ($1, $2, $3, $4, 'out', $5, $6, $7, $8, $9, $10, $11, $12, $13, case when $13 = 'queued' then $14::timestamptz end, $14, $15)",
        new.id,
        new.conversation_id,
        new.channel_id,
        new.seq,
        new.kind,
        new.author_type,
        new.author_id,
        new.author_name,
        new.client_id,
        new.content,
        new.preview,
        new.reply_to_external,
        new.status,
        now,
        new.mentions
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Which of these messages are here already, by channel and provider's id, and in which conversation.
pub async fn known(conn: &mut PgConnection, asked: &[(Uuid, String)]) -> Result<HashMap<(Uuid, String), Uuid>, sqlx::Error> {
    let (channels, ids): (Vec<_>, Vec<_>) = asked.iter().cloned().unzip();
    let rows = sqlx::query!(
        r#"select m.channel_id, m.external_id as "external_id!", m.conversation_id
             from unnest($1::uuid[], $2::text[]) as n (channel_id, external_id)
             join message m on m.channel_id = n.channel_id and m.external_id = n.external_id"#,
        &channels,
        &ids
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| ((row.channel_id, row.external_id), row.conversation_id)).collect())
}

/// A message under its conversation's lock.
pub async fn lock(conn: &mut PgConnection, conversation_id: Uuid, id: Uuid) -> Result<Option<MessageRow>, sqlx::Error> {
    sqlx::query!("select id from message where conversation_id = $1 and id = $2 for update", conversation_id, id)
        .fetch_optional(&mut *conn)
        .await?;
    one(conn, conversation_id, id).await
}

/// A message of ours that a status is about.
#[derive(Debug, Clone)]
pub struct StatusTarget {
    /// Which of the statuses asked about, by position.
    pub ord: i64,
    /// The message.
    pub message_id: Uuid,
    /// Its conversation.
    pub conversation_id: Uuid,
    /// Its status.
    pub status: String,
}

/// The messages that these statuses are about, by the provider's id or by our own as echoed. A channel's statuses reach only its own
/// messages.
pub async fn status_targets(
    conn: &mut PgConnection,
    statuses: &[(Uuid, String, Option<Uuid>)],
) -> Result<Vec<StatusTarget>, sqlx::Error> {
    let channels: Vec<_> = statuses.iter().map(|s| s.0).collect();
    let externals: Vec<_> = statuses.iter().map(|s| s.1.clone()).collect();
    let ours: Vec<_> = statuses.iter().map(|s| s.2).collect();
    sqlx::query_as!(
        StatusTarget,
        r#"with s as (select * from unnest($1::uuid[], $2::text[], $3::uuid[]) with ordinality as s (channel_id, external_id, our_id, ord)),
                t as (select s.ord, m.id from s join message m on m.channel_id = s.channel_id and m.external_id = s.external_id
                      union
                      select s.ord, m.id from s join message m on m.id = s.our_id and m.channel_id = s.channel_id)
           select distinct on (t.ord) t.ord as "ord!", m.id as "message_id!", m.conversation_id as "conversation_id!", m.status as "status!"
             from t join message m on m.id = t.id where m.direction = 'out' order by t.ord"#,
        &channels,
        &externals,
        &ours as &[Option<Uuid>]
    )
    .fetch_all(conn)
    .await
}

pub(super) struct StatusRow {
    pub message_id: Uuid,
    pub status: String,
    pub external_id: Option<String>,
    pub error: Option<serde_json::Value>,
}

/// Writes statuses; the caller holds the conversations' locks and has decided. A message that a status has reached needs no more sending.
pub(super) async fn set_statuses(conn: &mut PgConnection, rows: &[StatusRow]) -> Result<(), sqlx::Error> {
    let ids: Vec<_> = rows.iter().map(|r| r.message_id).collect();
    let statuses: Vec<_> = rows.iter().map(|r| r.status.clone()).collect();
    let externals: Vec<_> = rows.iter().map(|r| r.external_id.clone()).collect();
    let errors: Vec<_> = rows.iter().map(|r| r.error.clone()).collect();
    sqlx::query!(
        "update message m
            set status = n.status, error = n.error, external_id = coalesce(m.external_id, n.external_id), next_attempt_at = null,
                lease_until = null
           from unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[]) as n (id, status, external_id, error)
          where m.id = n.id",
        &ids,
        &statuses,
        &externals as &[Option<String>],
        &errors as &[Option<serde_json::Value>]
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A status nobody knows the message of yet.
pub(super) struct Parked {
    pub channel_id: Uuid,
    pub external_id: String,
    pub status: String,
    pub at: Option<Time>,
    pub error: Option<serde_json::Value>,
}

pub(super) async fn park(conn: &mut PgConnection, parked: &Parked, now: Time) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into parked_status (channel_id, external_id, status, at, error, parked_at) values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
        parked.channel_id,
        parked.external_id,
        parked.status,
        parked.at,
        parked.error,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn take_parked(
    conn: &mut PgConnection,
    channel_id: Uuid,
    external_id: &str,
) -> Result<Vec<Parked>, sqlx::Error> {
    sqlx::query_as!(
        Parked,
        "delete from parked_status where channel_id = $1 and external_id = $2 returning channel_id, external_id, status, at, error",
        channel_id,
        external_id
    )
    .fetch_all(conn)
    .await
}

/// Forgets statuses parked before then.
pub(super) async fn forget_parked(conn: &mut PgConnection, before: Time) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from parked_status where parked_at < $1", before).execute(conn).await?;
    Ok(())
}

/// Messages that parked statuses wait for although the provider's id is known by now: two transactions crossed.
pub async fn parked_ready(conn: &mut PgConnection, limit: i64) -> Result<Vec<(Uuid, Uuid)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select distinct m.conversation_id, m.id from parked_status p
           join message m on m.channel_id = p.channel_id and m.external_id = p.external_id limit $1",
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| (r.conversation_id, r.id)).collect())
}

/// What a customer has, or has seen.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The channel.
    pub channel_id: Uuid,
    /// The customer's identity there.
    pub external_id: &'a str,
    /// Everything until then.
    pub until: Time,
    /// Delivered or read.
    pub status: connect::channel::DeliveryStatus,
    /// What still waits to be sent counts too.
    pub queued: bool,
}

/// Messages of ours to a customer that a mark says something new about.
pub async fn unseen(conn: &mut PgConnection, seen: &Seen<'_>) -> Result<Vec<Uuid>, sqlx::Error> {
    let mut statuses = vec!["sent".to_owned()];
    if seen.queued {
        statuses.push("queued".to_owned());
    }
    if seen.status == connect::channel::DeliveryStatus::Read {
        statuses.push("delivered".to_owned());
    }
    sqlx::query_scalar!(
        "select m.id from contact_identity i
           join conversation c on c.contact_id = i.contact_id and c.channel_id = i.channel_id
           join message m on m.conversation_id = c.id
          where i.channel_id = $1 and i.external_id = $2 and m.direction = 'out' and m.kind = 'reply' and m.created_at <= $3
            and m.status = any($4)
          order by m.id desc limit 500",
        seen.channel_id,
        seen.external_id,
        seen.until,
        &statuses
    )
    .fetch_all(conn)
    .await
}

/// The providers' ids of messages by channel and our own id.
pub async fn external_ids(conn: &mut PgConnection, asked: &[(Uuid, Uuid)]) -> Result<HashMap<(Uuid, Uuid), String>, sqlx::Error> {
    let (channels, ids): (Vec<_>, Vec<_>) = asked.iter().copied().unzip();
    let rows = sqlx::query!(
        r#"select m.channel_id, m.id, m.external_id as "external_id!"
             from unnest($1::uuid[], $2::uuid[]) as n (channel_id, id)
             join message m on m.id = n.id and m.channel_id = n.channel_id and m.external_id is not null"#,
        &channels,
        &ids
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| ((row.channel_id, row.id), row.external_id)).collect())
}

/// The message of a channel with this provider's id.
pub async fn by_external(
    conn: &mut PgConnection,
    channel_id: Uuid,
    external_id: &str,
) -> Result<Option<MessageRow>, sqlx::Error> {
    select_messages!("where m.channel_id = $1 and m.external_id = $2", channel_id, external_id).fetch_optional(conn).await
}

/// What was said between customer and company in a conversation, the newest first, before `seq`. No notes.
pub async fn replies(
    conn: &mut PgConnection,
    conversation_id: Uuid,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<MessageRow>, sqlx::Error> {
    select_messages!(
        "where m.conversation_id = $1 and m.kind = 'reply' and m.seq < coalesce($2, 9223372036854775807) order by m.seq desc limit $3",
        conversation_id,
        before,
        limit
    )
    .fetch_all(conn)
    .await
}

/// A message the dispatcher has taken to send.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The message.
    pub id: Uuid,
    /// Its conversation.
    pub conversation_id: Uuid,
    /// Its channel.
    pub channel_id: Uuid,
    /// Which attempt this is, from 1.
    pub attempts: i32,
    /// What to send.
    pub content: serde_json::Value,
    /// What it answers.
    pub reply_to_external: Option<String>,
    /// The number people call the conversation by.
    pub number: i64,
    /// The colleague who wrote it; `None`: MAX itself.
    pub author_name: Option<String>,
    /// What is unguessable in the address of their photo, if they have one.
    pub photo_token: Option<String>,
    /// To whom: the identity's id at the provider.
    pub to: String,
    /// Their phone number.
    pub phone: Option<String>,
    /// Until when free text may be sent.
    pub window_expires_at: Option<Time>,
    /// When it was written.
    pub created_at: Time,
}

/// Takes due messages: the oldest queued of each conversation only, so that order within a conversation holds while conversations run in
/// parallel. Conversations that somebody holds are skipped, and so is what goes over a channel that is paused or off. The attempt is recorded
/// in the same transaction, before the call.
pub async fn claim(conn: &mut PgConnection, limit: i64, now: Time, lease_until: Time) -> Result<Vec<Claim>, sqlx::Error> {
    sqlx::query_as!(
        Claim,
        r#"with due as (
               select m.id, m.conversation_id from message m
                where m.status = 'queued' and m.next_attempt_at <= $1 and m.lease_until is null
                  and m.channel_id not in (select id from channel where paused_at is not null or not active)
                  and not exists (select from message e where e.conversation_id = m.conversation_id and e.status = 'queued' and e.seq < m.seq)
                order by m.next_attempt_at limit $2),
           held as (
               select c.id from conversation c where c.id in (select conversation_id from due) order by c.id for update skip locked),
           claimed as (
               update message m set lease_until = $3, attempts = m.attempts + 1, uploading = false
                 from due d join held h on h.id = d.conversation_id
                where m.id = d.id and m.status = 'queued' and m.lease_until is null
               returning m.id, m.conversation_id, m.channel_id, m.attempts, m.content, m.reply_to_external, m.created_at,
                         m.author_type, m.author_id, m.author_name)
           select k.id as "id!", k.conversation_id as "conversation_id!", k.channel_id as "channel_id!", k.attempts as "attempts!",
                  k.content as "content!", k.reply_to_external, c.number as "number!",
                  case when k.author_type = 'user' then k.author_name end as author_name, u.photo_token as "photo_token?",
                  i.external_id as "to!", ct.phone, c.window_expires_at,
                  k.created_at as "created_at!"
             from claimed k
             join conversation c on c.id = k.conversation_id
             join contact_identity i on i.id = c.identity_id
             join contact ct on ct.id = c.contact_id
             left join app_user u on u.id = k.author_id and k.author_type = 'user'"#,
        now,
        limit,
        lease_until
    )
    .fetch_all(conn)
    .await
}

/// When the next message that may go is due. Those behind an earlier one of their conversation do not count: they are looked at when that
/// one is through.
pub async fn next_due(conn: &mut PgConnection) -> Result<Option<Time>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select m.next_attempt_at as "at!" from message m
            where m.status = 'queued' and m.lease_until is null and m.next_attempt_at is not null
              and m.channel_id not in (select id from channel where paused_at is not null or not active)
              and not exists (select from message e where e.conversation_id = m.conversation_id and e.status = 'queued' and e.seq < m.seq)
            order by m.next_attempt_at limit 1"#
    )
    .fetch_optional(conn)
    .await
}

/// Messages whose dispatcher died while sending: nobody knows whether they went out.
#[derive(Debug, Clone)]
pub struct Attempted {
    /// The message.
    pub id: Uuid,
    /// Its conversation.
    pub conversation_id: Uuid,
    /// Its file was being handed to the provider, so the message itself did not go out.
    pub uploading: bool,
}

/// Finds messages whose lease has run out.
pub async fn expire_leases(conn: &mut PgConnection, now: Time, limit: i64) -> Result<Vec<Attempted>, sqlx::Error> {
    sqlx::query_as!(
        Attempted,
        "select id, conversation_id, uploading from message where status = 'queued' and lease_until < $1 order by lease_until limit $2",
        now,
        limit
    )
    .fetch_all(conn)
    .await
}

/// Gives this attempt of a message more time, because its file goes first (`uploading`), or because it is through. `false`: the attempt is
/// not this one's any more.
pub async fn extend_lease(
    conn: &mut PgConnection,
    id: Uuid,
    attempt: i32,
    lease_until: Time,
    uploading: bool,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update message set lease_until = $3, uploading = $4 where id = $1 and attempts = $2 and status = 'queued' and lease_until is not null",
        id,
        attempt,
        lease_until,
        uploading
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The provider took it.
pub async fn record_accepted(
    conn: &mut PgConnection,
    id: Uuid,
    external_id: &str,
    status: &str,
    now: Time,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update message set external_id = coalesce(external_id, $2), status = $3, error = null, lease_until = null, next_attempt_at = null,
                sent_at = coalesce(sent_at, $4)
          where id = $1",
        id,
        external_id,
        status,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// It will be tried again.
pub async fn record_retry(conn: &mut PgConnection, id: Uuid, at: Time, error: &serde_json::Value) -> Result<(), sqlx::Error> {
    sqlx::query!("update message set lease_until = null, next_attempt_at = $2, error = $3 where id = $1", id, at, error)
        .execute(conn)
        .await?;
    Ok(())
}

/// It will not go.
pub async fn record_failed(conn: &mut PgConnection, id: Uuid, error: &serde_json::Value) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update message set status = 'failed', lease_until = null, next_attempt_at = null, error = $2 where id = $1",
        id,
        error
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Nobody knows.
pub async fn record_unconfirmed(conn: &mut PgConnection, id: Uuid, error: &serde_json::Value) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update message set status = 'unconfirmed', lease_until = null, next_attempt_at = null, error = $2 where id = $1",
        id,
        error
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives a claim back for later; as no call was made, it counts as no attempt.
pub async fn postpone(
    conn: &mut PgConnection,
    id: Uuid,
    attempt: i32,
    at: Time,
    error: Option<&serde_json::Value>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update message set lease_until = null, attempts = attempts - 1, next_attempt_at = $3, error = $4
          where id = $1 and attempts = $2 and status = 'queued'",
        id,
        attempt,
        at,
        error
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Queues a message again, at its old place; or, with `status` other than `queued`, settles it by a person's word.
pub(super) async fn settle(conn: &mut PgConnection, id: Uuid, status: &str, now: Time) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update message set status = $2, error = null, lease_until = null, next_attempt_at = case when $2 = 'queued' then $3::timestamptz end
          where id = $1",
        id,
        status,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}
