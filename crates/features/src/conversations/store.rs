//! SQL of conversations.

pub(super) mod steps;
pub(super) mod timeline;

use base::Time;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Card, Flood, Scope, TagRef};
use steps::lock_rows;

/// Selects cards: the columns, then the caller's tail. `$1` is the user whose unread counts are wanted (nil for nobody). The tags are read
/// once for the whole page, and only when a row has some; one that was merged shows as what it became.
macro_rules! select_cards {
    ($tail:literal $(, $arg:expr)* $(,)?) => {
        sqlx::query_as!(
            Card,
            r#"with tag_ref as materialized (
                   select put.id as put, t.id, t.name, t.color from tag put join tag t on t.id = coalesce(put.merged_into, put.id)
                    where t.gone_at is null)
               select c.id as "id!", c.number as "number!", c.state as "state!", c.priority as "priority!",
                      c.participant_ids as "participant_ids!", c.last_seq as "last_seq!", c.inbound_count as "inbound_count!",
                      c.last_message, c.last_activity_at as "last_activity_at!", c.window_expires_at, c.waiting_since,
                      c.created_at as "created_at!", c.channel_id as "channel_id!", c.channel_kind as "channel_kind!",
                      c.channel_name as "channel_name!", c.channel_paused_at, c.channel_paused_reason,
                      c.contact_id as "contact_id!", c.contact_name as "contact_name!", c.contact_phone,
                      c.contact_username, c.team_id, c.team_name, c.team_color, c.assignee_id, c.assignee_name,
                      coalesce(r.inbound_count, 0) as "read_count!", c.snoozed_until, c.closed_at, c.close_reason_id, c.close_reason_name,
                      coalesce(cardinality(array_positions((select array_agg(h.conversation_id) from held_message h
                                                             where h.author_id = $1 and h.error is null and h.withdrawn_at is null), c.id)), 0)
                          as "scheduled!",
                      case when c.tag_ids = '{}' then '[]' else (
                          select coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'name', t.name, 'color', t.color) order by lower(t.name), t.id), '[]')
                            from (select distinct id, name, color from tag_ref where put = any(c.tag_ids)) t)
                      end as "tags!: sqlx::types::Json<Vec<TagRef>>",
                      c.tag_ids as "tag_ids!", $1 = any(c.unread_mention_ids) as "mentioned!", c.pinned_notes as "pinned_notes!",
                      c.blocked as "blocked!", c.folded_count as "folded_count!", c.reply_waits as "reply_waits!"
                 from conversation_card c
                 left join conversation_read r on r.conversation_id = c.id and r.user_id = $1 "# + $tail
            $(, $arg)*
        )
    };
}

/// Selects cards for events, which go to many: from rows of `conversation` under the name `c`, without what differs from reader to reader.
macro_rules! select_told {
    ($with:literal, $from:literal $(, $arg:expr)* $(,)?) => {
        sqlx::query_as!(
            Card,
            $with + r#"
               select c.id as "id!", c.number as "number!", c.state as "state!", c.priority as "priority!",
                      c.participant_ids as "participant_ids!", c.last_seq as "last_seq!", c.inbound_count as "inbound_count!",
                      c.last_message, c.last_activity_at as "last_activity_at!", c.window_expires_at, c.waiting_since,
                      c.created_at as "created_at!", c.channel_id as "channel_id!", ch.kind as "channel_kind!", ch.name as "channel_name!",
                      ch.paused_at as channel_paused_at,
                      case when ch.paused_by is not null then coalesce(ch.paused_reason, '') end as channel_paused_reason,
                      c.contact_id as "contact_id!", c.contact_name as "contact_name!", c.contact_phone, c.contact_username, c.team_id,
                      t.name as "team_name?", t.color as "team_color?", c.assignee_id, u.name as "assignee_name?",
                      0::bigint as "read_count!", c.snoozed_until, c.closed_at, c.close_reason_id, c.close_reason_name,
                      0 as "scheduled!",
                      case when c.tag_ids = '{}' then '[]' else (
                          select coalesce(jsonb_agg(jsonb_build_object('id', g.id, 'name', g.name, 'color', g.color) order by lower(g.name), g.id), '[]')
                            from (select distinct tag.id, tag.name, tag.color
                                    from tag put join tag on tag.id = coalesce(put.merged_into, put.id)
                                   where tag.gone_at is null and put.id = any(c.tag_ids)) g)
                      end as "tags!: sqlx::types::Json<Vec<TagRef>>",
                      c.tag_ids as "tag_ids!", false as "mentioned!", c.pinned_notes as "pinned_notes!", c.blocked as "blocked!",
                      c.folded_count as "folded_count!", c.reply_waits as "reply_waits!"
                 from "# + $from + " join channel ch on ch.id = c.channel_id
                                     left join team t on t.id = c.team_id
                                     left join app_user u on u.id = c.assignee_id"
            $(, $arg)*
        )
    };
}

// After the macro, which they use.
pub(super) mod flood;
mod tools;
pub use tools::*;

/// One conversation, if it is in the scope.
pub async fn card(conn: &mut PgConnection, id: Uuid, scope: &Scope) -> Result<Option<Card>, sqlx::Error> {
    select_cards!(
        "where c.id = $2 and ($3 or c.assignee_id = $1 or c.participant_ids @> array[$1]
                              or (c.team_id = any($4) and ($5 or c.assignee_id is null)))",
        scope.user_id,
        id,
        scope.all,
        &scope.team_ids,
        scope.whole_team
    )
    .fetch_optional(conn)
    .await
}

/// The latest conversations of a channel that began after a moment.
pub async fn latest_on_channel(
    conn: &mut PgConnection,
    channel_id: Uuid,
    after: Time,
    limit: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select id from conversation where channel_id = $1 and created_at > $2 order by number desc limit $3",
        channel_id,
        after,
        limit
    )
    .fetch_all(conn)
    .await
}

/// Whether the scope holds a conversation of this channel; whoever sees everything need not have one.
pub async fn any_of_channel(conn: &mut PgConnection, channel_id: Uuid, scope: &Scope) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select $3 or exists (select from conversation where channel_id = $2 and assignee_id = $1)
                     or exists (select from conversation where channel_id = $2 and participant_ids @> array[$1])
                     or exists (select from conversation
                                 where channel_id = $2 and team_id = any($4) and ($5 or assignee_id is null)) as "any!""#,
        scope.user_id,
        channel_id,
        scope.all,
        &scope.team_ids,
        scope.whole_team
    )
    .fetch_one(conn)
    .await
}

/// These conversations, for events: whoever asks holds their locks or acts for MAX.
pub async fn cards(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Card>, sqlx::Error> {
    select_told!("", "(select * from conversation where id = any($1)) c", ids).fetch_all(conn).await
}

/// A conversation whose row lock is held.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the columns of the same names")]
pub struct Locked {
    pub id: Uuid,
    pub number: i64,
    pub channel_id: Uuid,
    pub contact_id: Uuid,
    pub identity_id: Uuid,
    pub team_id: Option<Uuid>,
    pub assignee_id: Option<Uuid>,
    pub state: String,
    pub participant_ids: Vec<Uuid>,
    pub last_seq: i64,
    pub inbound_count: i64,
    pub window_expires_at: Option<Time>,
    pub waiting_since: Option<Time>,
    pub priority: String,
    pub snoozed_until: Option<Time>,
    pub closed_at: Option<Time>,
    pub flood_left: f64,
    pub flood_at: Option<Time>,
    pub flood_run: i32,
    pub folded_count: i32,
    pub flood_told_at: Option<Time>,
    pub reply_waits: bool,
}

/// Locks one conversation.
pub async fn lock(conn: &mut PgConnection, id: Uuid) -> Result<Option<Locked>, sqlx::Error> {
    lock_rows!("where c.id = $1 for update", id).fetch_optional(conn).await
}

/// Locks one conversation unless somebody holds it; `None` also then.
pub async fn try_lock(conn: &mut PgConnection, id: Uuid) -> Result<Option<Locked>, sqlx::Error> {
    lock_rows!("where c.id = $1 for update skip locked", id).fetch_optional(conn).await
}

/// A contact on a channel whose conversation is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Which channel.
    pub channel_id: Uuid,
    /// Which contact.
    pub contact_id: Uuid,
    /// Where none is open, the one closed last will do if it was closed after this.
    pub closed_after: Option<Time>,
}

/// Locks the conversations of these contacts on these channels, open or closed lately, and these others by id, in id order so that batches
/// cannot deadlock. One that closed while we waited comes back as `closed`. The ids are found first and once (`array`): were they joined, the
/// database would look all of them up again for each row that it had waited for, and might return one of those rows only.
pub async fn lock_for(conn: &mut PgConnection, wanted: &[Wanted], ids: &[Uuid]) -> Result<Vec<Locked>, sqlx::Error> {
    let channels: Vec<_> = wanted.iter().map(|w| w.channel_id).collect();
    let contacts: Vec<_> = wanted.iter().map(|w| w.contact_id).collect();
    let closed_after: Vec<_> = wanted.iter().map(|w| w.closed_after).collect();
    lock_rows!(
        "where c.id = any(array(
            select coalesce(
                (select o.id from conversation o
                  where o.channel_id = p.channel_id and o.contact_id = p.contact_id and o.state <> 'closed'),
                (select o.id from conversation o
                  where o.channel_id = p.channel_id and o.contact_id = p.contact_id and o.state = 'closed' and o.closed_at > p.closed_after
                  order by o.closed_at desc limit 1))
              from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) as p (channel_id, contact_id, closed_after)
            union all select unnest($4::uuid[])))
          order by c.id for update of c",
        &channels,
        &contacts,
        &closed_after as &[Option<Time>],
        ids
    )
    .fetch_all(conn)
    .await
}

pub(super) struct NewRow {
    pub id: Uuid,
    pub channel_id: Uuid,
    pub contact_id: Uuid,
    pub identity_id: Uuid,
    pub team_id: Option<Uuid>,
    pub state: &'static str,
}

/// Opens conversations, in key order; where one is already open (another node was faster), nothing happens. Those that are new. The lock makes
/// it wait for a block of the contact under way, which could not see the conversation yet. How much the customer may still write is taken over
/// from the conversation before, so that closing one gives nobody more.
pub(super) async fn insert(conn: &mut PgConnection, rows: &[NewRow], now: Time) -> Result<Vec<Uuid>, sqlx::Error> {
    let ids: Vec<_> = rows.iter().map(|r| r.id).collect();
    let channels: Vec<_> = rows.iter().map(|r| r.channel_id).collect();
    let contacts: Vec<_> = rows.iter().map(|r| r.contact_id).collect();
    let identities: Vec<_> = rows.iter().map(|r| r.identity_id).collect();
    let teams: Vec<_> = rows.iter().map(|r| r.team_id).collect();
    let states: Vec<_> = rows.iter().map(|r| r.state.to_owned()).collect();
    sqlx::query_scalar!(
        "insert into conversation (id, channel_id, contact_id, identity_id, team_id, state, last_activity_at, created_at, blocked,
                                   flood_left, flood_at, flood_run)
         select n.id, n.channel_id, n.contact_id, n.identity_id, n.team_id, n.state, $7, $7, k.blocked_at is not null,
                coalesce(p.flood_left, 0), p.flood_at, coalesce(p.flood_run, 0)
           from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[])
                as n (id, channel_id, contact_id, identity_id, team_id, state)
           join contact k on k.id = n.contact_id
           left join lateral (select o.flood_left, o.flood_at, o.flood_run from conversation o
                               where o.channel_id = n.channel_id and o.contact_id = n.contact_id and o.state = 'closed'
                               order by o.closed_at desc limit 1) p on true
          order by n.channel_id, n.contact_id
            for share of k
         on conflict (channel_id, contact_id) where state <> 'closed' do nothing
         returning id",
        &ids,
        &channels,
        &contacts,
        &identities,
        &teams as &[Option<Uuid>],
        &states,
        now
    )
    .fetch_all(conn)
    .await
}

pub(super) struct InboundRow {
    pub id: Uuid,
    pub identity_id: Uuid,
    pub last_seq: i64,
    pub counted: i64,
    pub waits: bool,
    pub quiet: bool,
    pub last_message: serde_json::Value,
    pub window_expires_at: Option<Time>,
    pub blocked: i32,
    pub flood: Flood,
}

/// Moves conversations on after inbound messages; how they stand then. The window only ever grows, for deliveries may come out of order.
pub(super) async fn advance_inbound(conn: &mut PgConnection, rows: &[InboundRow], now: Time) -> Result<Vec<Card>, sqlx::Error> {
    let ids: Vec<_> = rows.iter().map(|r| r.id).collect();
    let identities: Vec<_> = rows.iter().map(|r| r.identity_id).collect();
    let seqs: Vec<_> = rows.iter().map(|r| r.last_seq).collect();
    let counted: Vec<_> = rows.iter().map(|r| r.counted).collect();
    let last: Vec<_> = rows.iter().map(|r| r.last_message.clone()).collect();
    let windows: Vec<_> = rows.iter().map(|r| r.window_expires_at).collect();
    let waits: Vec<_> = rows.iter().map(|r| r.waits).collect();
    let quiet: Vec<_> = rows.iter().map(|r| r.quiet).collect();
    let blocked: Vec<_> = rows.iter().map(|r| r.blocked).collect();
    let folded: Vec<_> = rows.iter().map(|r| r.flood.folded).collect();
    let left: Vec<_> = rows.iter().map(|r| r.flood.left).collect();
    let run: Vec<_> = rows.iter().map(|r| r.flood.run).collect();
    let due: Vec<_> = rows.iter().map(|r| r.flood.due).collect();
    let told: Vec<_> = rows.iter().map(|r| r.flood.told).collect();
    select_told!(
        "with moved as (
         update conversation c
            set last_seq = n.last_seq, inbound_count = c.inbound_count + n.counted, last_message = n.last_message, identity_id = n.identity_id,
                last_activity_at = case when n.quiet then c.last_activity_at else $8 end,
                waiting_since = case when n.waits then coalesce(c.waiting_since, $8) else c.waiting_since end,
                window_expires_at = greatest(c.window_expires_at, n.window_expires_at),
                contact_name = ct.name, contact_phone = ct.phone, contact_username = ct.username,
                blocked_count = c.blocked_count + n.blocked, flood_left = n.flood_left, flood_at = greatest(c.flood_at, $8),
                flood_run = n.flood_run, flood_due = c.flood_due or n.flood_due, folded_count = c.folded_count + n.folded,
                folded_told = case when n.told then c.folded_count + n.folded else c.folded_told end,
                flood_told_at = case when n.told then $8 else c.flood_told_at end
           from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::jsonb[], $6::timestamptz[], $7::boolean[], $9::boolean[],
                       $10::int[], $11::int[], $12::float8[], $13::int[], $14::boolean[], $15::boolean[])
                as n (id, identity_id, last_seq, counted, last_message, window_expires_at, waits, quiet, blocked, folded, flood_left,
                      flood_run, flood_due, told), contact ct
          where c.id = n.id and ct.id = c.contact_id
         returning c.*)",
        "moved c",
        &ids,
        &identities,
        &seqs,
        &counted,
        &last,
        &windows as &[Option<Time>],
        &waits,
        now,
        &quiet,
        &blocked,
        &folded,
        &left,
        &run,
        &due,
        &told
    )
    .fetch_all(conn)
    .await
}

/// Moves a conversation on after something a colleague wrote. A reply ends the customer's waiting.
pub(super) async fn advance_outbound(
    conn: &mut PgConnection,
    id: Uuid,
    last_seq: i64,
    last_message: &serde_json::Value,
    author: Option<Uuid>,
    answers: bool,
    now: Time,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update conversation
            set last_seq = $2, last_message = $3, last_activity_at = $6,
                participant_ids = case when $4::uuid is null or participant_ids @> array[$4::uuid] then participant_ids else participant_ids || $4::uuid end,
                waiting_since = case when $5 then null else waiting_since end
          where id = $1",
        id,
        last_seq,
        last_message,
        author,
        answers,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How many open conversations a user has.
pub async fn count_open_of(conn: &mut PgConnection, user_id: Uuid) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"select count(*) as "count!" from conversation where assignee_id = $1 and state <> 'closed'"#, user_id)
        .fetch_one(conn)
        .await
}

/// Records how far a user has read; never backwards. Returns how far, and the inbound count as of that message, or `None` if
/// nothing moved.
pub(super) async fn mark_read(
    conn: &mut PgConnection,
    id: Uuid,
    user_id: Uuid,
    seq: i64,
    now: Time,
) -> Result<Option<(i64, i64)>, sqlx::Error> {
    let mark = sqlx::query!(
        "insert into conversation_read as r (conversation_id, user_id, seq, inbound_count, at)
         select c.id, $2, least($3, c.last_seq),
                c.inbound_count - (select count(*) from message m where m.conversation_id = c.id and m.seq > $3 and m.direction = 'in' and not m.quiet),
                $4
           from conversation c where c.id = $1
         on conflict (conversation_id, user_id) do update
            set seq = excluded.seq, inbound_count = greatest(r.inbound_count, excluded.inbound_count), at = excluded.at
          where r.seq < excluded.seq
         returning seq, inbound_count",
        id,
        user_id,
        seq,
        now
    )
    .fetch_optional(conn)
    .await?;
    Ok(mark.map(|mark| (mark.seq, mark.inbound_count)))
}

/// Marks everything from `seq` on as unread by a user. Returns the inbound count before it, or `None` when the customer has written
/// nothing from there on.
pub(super) async fn mark_unread(
    conn: &mut PgConnection,
    id: Uuid,
    user_id: Uuid,
    seq: i64,
    now: Time,
) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        "insert into conversation_read as r (conversation_id, user_id, seq, inbound_count, at)
         select c.id, $2, $3 - 1, c.inbound_count - later.count, $4
           from conversation c
          cross join lateral (select count(*) from message m where m.conversation_id = c.id and m.seq >= $3 and m.direction = 'in' and not m.quiet) later
          where c.id = $1 and later.count > 0
         on conflict (conversation_id, user_id) do update
            set seq = excluded.seq, inbound_count = excluded.inbound_count, at = excluded.at
         returning inbound_count",
        id,
        user_id,
        seq,
        now
    )
    .fetch_optional(conn)
    .await
}

/// The conversations of a contact over one channel, the latest first.
pub async fn on_channel(
    conn: &mut PgConnection,
    contact_id: Uuid,
    channel_id: Uuid,
    limit: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select id from conversation where contact_id = $1 and channel_id = $2 order by number desc limit $3",
        contact_id,
        channel_id,
        limit
    )
    .fetch_all(conn)
    .await
}

/// All conversations of these contacts, closed ones too.
pub async fn of_contacts(conn: &mut PgConnection, contacts: &[Uuid]) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("select id from conversation where contact_id = any($1)", contacts).fetch_all(conn).await
}

/// Copies the names of these contacts into their conversations where they differ; which those were.
pub(super) async fn take_over_names(conn: &mut PgConnection, contacts: &[Uuid]) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "update conversation c set contact_name = ct.name, contact_phone = ct.phone, contact_username = ct.username
           from contact ct
          where c.contact_id = any($1) and ct.id = c.contact_id
            and (c.contact_name, c.contact_phone, c.contact_username) is distinct from (ct.name, ct.phone, ct.username)
         returning c.id",
        contacts
    )
    .fetch_all(conn)
    .await
}

/// How far a user has read; `None` when they have not.
pub async fn read_seq(conn: &mut PgConnection, id: Uuid, user_id: Uuid) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar!("select seq from conversation_read where conversation_id = $1 and user_id = $2", id, user_id)
        .fetch_optional(conn)
        .await
}
