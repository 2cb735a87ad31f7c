//! SQL of lists. One query for each way, so that each has the index made for it; every one starts from the caller's scope.
//!
//! A page looks at each of its rows once: what a list shows of a conversation stands in its row, and the few names that do not are looked up
//! for the page. Where rows come along several ways, each way is in the order of the list, and the database merges them lazily, so that
//! it reads a page and not a page of each. All filters are bound; the database folds those that are absent before it plans.

use base::Time;
use sqlx::PgConnection;
use uuid::Uuid;

use super::model::{Place, Question};
use crate::conversations::{Card, Scope, TagRef};

/// What is asked, by whom, after which row, how many.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ask<'a> {
    pub question: &'a Question,
    pub scope: &'a Scope,
    pub after: Option<Place>,
    pub limit: i64,
}

/// Runs a list: `rows` gives cards, their names outside the row still missing; `ids` gives only which. The literals are the statement in
/// pieces; `$1` to `$15` are the same in all.
macro_rules! ask {
    (rows, $conn:expr, $ask:expr, [$($sql:tt)*] $(, $extra:expr)*) => {
        ask!(@run ($conn) ($ask) (sqlx::query_as!) (Card,)
            [r#"/* list */ select c.id as "id!", c.number as "number!", c.state as "state!", c.priority as "priority!",
                  c.participant_ids as "participant_ids!", c.last_seq as "last_seq!", c.inbound_count as "inbound_count!",
                  c.last_message, c.last_activity_at as "last_activity_at!", c.window_expires_at, c.waiting_since,
                  c.created_at as "created_at!", c.channel_id as "channel_id!", '' as "channel_kind!", '' as "channel_name!",
                  null::timestamptz as channel_paused_at, null::text as channel_paused_reason,
                  c.contact_id as "contact_id!", c.contact_name as "contact_name!", c.contact_phone, c.contact_username, c.team_id,
                  null::text as team_name, null::text as team_color, c.assignee_id, null::text as assignee_name,
                  coalesce((c.read_marks ->> $1::uuid::text)::bigint, 0) as "read_count!",
                  c.snoozed_until, c.closed_at, c.close_reason_id, c.close_reason_name,
                  coalesce(cardinality(array_positions((select array_agg(h.conversation_id) from held_message h
                                                         where h.author_id = $1 and h.error is null and h.withdrawn_at is null), c.id)), 0)
                      as "scheduled!",
                  '[]'::jsonb as "tags!: sqlx::types::Json<Vec<TagRef>>", c.tag_ids as "tag_ids!",
                  $1 = any(c.unread_mention_ids) as "mentioned!", c.pinned_notes as "pinned_notes!", c.blocked as "blocked!",
                  c.folded_count as "folded_count!", c.reply_waits as "reply_waits!"
             from ("# $($sql)* ") c"] $(, $extra)*)
    };
    (ids, $conn:expr, $ask:expr, [$($sql:tt)*] $(, $extra:expr)*) => {
        ask!(@run ($conn) ($ask) (sqlx::query_scalar!) ()
            [r#"/* ids */ select c.id as "id!" from ("# $($sql)* ") c where $1::uuid is not null"] $(, $extra)*)
    };
    (@run ($conn:expr) ($ask:expr) ($($query:tt)*) ($($of:tt)*) [$($sql:tt)*] $(, $extra:expr)*) => {{
        let (question, scope) = ($ask.question, $ask.scope);
        let (at, id) = ($ask.after.and_then(|place| place.at), $ask.after.map(|place| place.id));
        $($query)*(
            $($of)* "" $(+ $sql)*,
            scope.user_id,
            question.states.as_deref(),
            question.channel_id,
            question.team_id,
            question.assignee_id,
            question.unassigned,
            question.tag,
            question.priorities.as_deref(),
            question.unread,
            question.waiting,
            question.pattern.as_deref(),
            question.number,
            at,
            id,
            $ask.limit
            $(, $extra)*
        )
        .fetch_all($conn)
        .await
    }};
}

/// Gives the filters, and the places of sixteen teams in an array, to the macro of a way.
macro_rules! filtered {
    ($way:ident, $($rest:tt)*) => {
        $way!(
            " ($2::text[] is null or k.state = any($2)) and ($3::uuid is null or k.channel_id = $3) and ($4::uuid is null or k.team_id = $4)
              and ($5::uuid is null or k.assignee_id = $5) and (not $6::boolean or k.assignee_id is null)
              and ($7::uuid is null or (k.tag_ids <> '{}' and k.tag_ids @> array[$7])) and ($8::text[] is null or k.priority = any($8))
              and (not $9::boolean or k.inbound_count > coalesce((k.read_marks ->> $1::uuid::text)::bigint, 0))
              and (not $10::boolean or k.waiting_since is not null)
              and ($11::text is null or k.contact_name ilike $11 or k.number = $12) ",
            ["[1]" "[2]" "[3]" "[4]" "[5]" "[6]" "[7]" "[8]" "[9]" "[10]" "[11]" "[12]" "[13]" "[14]" "[15]" "[16]"],
            $($rest)*
        )
    };
}

/// So many teams fit into one statement.
pub(super) const TEAMS: usize = 16;

macro_rules! plain {
    ($filter:literal, $slots:tt, $mode:ident, $order:literal, $beyond:literal, $conn:expr, $ask:expr) => {
        ask!($mode, $conn, $ask, [
            "select k.* from conversation k where" $filter "and ($14::uuid is null or (k.last_activity_at, k.id) " $beyond " ($13, $14))
              order by k.last_activity_at " $order ", k.id " $order " limit $15"
        ])
    };
}

macro_rules! reachable {
    ($filter:literal, [$($slot:literal)*], $mode:ident, $order:literal, $beyond:literal, $conn:expr, $ask:expr, $teams:expr) => {
        ask!($mode, $conn, $ask, [
            // The ways may meet in one row, which then follows itself.
            "select distinct on (u.last_activity_at, u.id) u.* from (
               (select k.* from conversation k
                 where k.assignee_id = $1 and" $filter "and ($14::uuid is null or (k.last_activity_at, k.id) " $beyond " ($13, $14))
                 order by k.last_activity_at " $order ", k.id " $order " limit $15)
               union all
               (select k.* from conversation_participant p
                  join conversation k on k.id = p.conversation_id and k.last_activity_at = p.last_activity_at
                 where p.user_id = $1 and (not $18::boolean or p.open) and" $filter "
                   and ($14::uuid is null or (p.last_activity_at, p.conversation_id) " $beyond " ($13, $14))
                 order by p.last_activity_at " $order ", p.conversation_id " $order " limit $15)"
            $(" union all
               (select k.* from conversation k
                 where k.team_id = ($16::uuid[])" $slot " and ($17::boolean or k.assignee_id is null) and" $filter "
                   and ($14::uuid is null or (k.last_activity_at, k.id) " $beyond " ($13, $14))
                 order by k.last_activity_at " $order ", k.id " $order " limit $15)")*
            ") u order by u.last_activity_at " $order ", u.id " $order " limit $15"
        ], $teams, $ask.scope.whole_team, $ask.question.only_open())
    };
}

macro_rules! queue {
    ($filter:literal, $slots:tt, $mode:ident, $conn:expr, $ask:expr) => {
        ask!($mode, $conn, $ask, [
            "select k.* from conversation k
              where k.assignee_id is null and k.state in ('new', 'triage', 'queued') and" $filter "
                and ($14::uuid is null or (priority_rank(k.priority), coalesce(k.waiting_since, 'infinity'), k.id)
                                            > ($16::integer, coalesce($13::timestamptz, 'infinity'), $14))
              order by priority_rank(k.priority), coalesce(k.waiting_since, 'infinity'), k.id limit $15"
        ], $ask.after.map(|place| place.rank))
    };
}

macro_rules! team_queues {
    ($filter:literal, [$($slot:literal)*], $mode:ident, $conn:expr, $ask:expr, $teams:expr) => {
        ask!($mode, $conn, $ask, [
            "select u.* from (select k.*, null::integer as rank, null::timestamptz as since from conversation k where false"
            $(" union all
               (select k.*, priority_rank(k.priority) as rank, coalesce(k.waiting_since, 'infinity') as since from conversation k
                 where k.team_id = ($17::uuid[])" $slot " and k.assignee_id is null and k.state in ('new', 'triage', 'queued') and" $filter "
                   and ($14::uuid is null or (priority_rank(k.priority), coalesce(k.waiting_since, 'infinity'), k.id)
                                               > ($16::integer, coalesce($13::timestamptz, 'infinity'), $14))
                 order by priority_rank(k.priority), coalesce(k.waiting_since, 'infinity'), k.id limit $15)")*
            ") u order by u.rank, u.since, u.id limit $15"
        ], $ask.after.map(|place| place.rank), $teams)
    };
}

macro_rules! mentions {
    ($filter:literal, $slots:tt, $mode:ident, $order:literal, $beyond:literal, $conn:expr, $ask:expr) => {
        ask!($mode, $conn, $ask, [
            "select k.* from conversation_mention n join conversation k on k.id = n.conversation_id
              where n.user_id = $1
                and ($16::boolean or k.assignee_id = $1 or k.participant_ids @> array[$1] or (k.team_id = any($17::uuid[]) and ($18::boolean or k.assignee_id is null)))
                and" $filter "and ($14::uuid is null or (n.at, n.conversation_id) " $beyond " ($13, $14))
              order by n.at " $order ", n.conversation_id " $order " limit $15"
        ], $ask.scope.all, &$ask.scope.team_ids, $ask.scope.whole_team)
    };
}

macro_rules! sorted {
    ($filter:literal, $slots:tt, $mode:ident, $conn:expr, $ask:expr, $by_priority:expr, $mentions:expr) => {
        ask!($mode, $conn, $ask, [
            "select k.* from conversation k
              where ($16::boolean or k.assignee_id = $1 or k.participant_ids @> array[$1] or (k.team_id = any($17::uuid[]) and ($18::boolean or k.assignee_id is null)))
                and (not $19::boolean or k.id in (select n.conversation_id from conversation_mention n where n.user_id = $1))
                and" $filter "
                and ($14::uuid is null
                     or (case when $20::boolean then priority_rank(k.priority) else 0 end, coalesce(k.waiting_since, 'infinity'), k.id)
                        > ($21::integer, coalesce($13::timestamptz, 'infinity'), $14))
              order by case when $20 then priority_rank(k.priority) else 0 end, coalesce(k.waiting_since, 'infinity'), k.id limit $15"
        ], $ask.scope.all, &$ask.scope.team_ids, $ask.scope.whole_team, $mentions, $by_priority, $ask.after.map(|place| place.rank))
    };
}

/// All that the filters let through, by activity. The caller has made sure that they let through nothing beyond the scope.
pub(super) async fn plain(conn: &mut PgConnection, ask: Ask<'_>, oldest: bool) -> Result<Vec<Card>, sqlx::Error> {
    if oldest { filtered!(plain, rows, "asc", ">", conn, ask) } else { filtered!(plain, rows, "desc", "<", conn, ask) }
}

/// Which those are, the newest first.
pub(super) async fn plain_ids(conn: &mut PgConnection, ask: Ask<'_>) -> Result<Vec<Uuid>, sqlx::Error> {
    filtered!(plain, ids, "desc", "<", conn, ask)
}

/// What somebody who may not see everything may see, by activity: their own, where they take part, and of these teams (at most
/// [`TEAMS`]) what their role reaches. One `or` over the three would walk the whole log of activity for whoever reaches little.
pub(super) async fn reachable(
    conn: &mut PgConnection,
    ask: Ask<'_>,
    teams: &[Uuid],
    oldest: bool,
) -> Result<Vec<Card>, sqlx::Error> {
    if oldest {
        filtered!(reachable, rows, "asc", ">", conn, ask, teams)
    } else {
        filtered!(reachable, rows, "desc", "<", conn, ask, teams)
    }
}

/// Which those are, the newest first.
pub(super) async fn reachable_ids(conn: &mut PgConnection, ask: Ask<'_>, teams: &[Uuid]) -> Result<Vec<Uuid>, sqlx::Error> {
    filtered!(reachable, ids, "desc", "<", conn, ask, teams)
}

/// What waits in the queues of all teams and of none: urgent first, then longest waiting; who does not wait comes last.
pub(super) async fn queue(conn: &mut PgConnection, ask: Ask<'_>) -> Result<Vec<Card>, sqlx::Error> {
    filtered!(queue, rows, conn, ask)
}

/// Which those are.
pub(super) async fn queue_ids(conn: &mut PgConnection, ask: Ask<'_>) -> Result<Vec<Uuid>, sqlx::Error> {
    filtered!(queue, ids, conn, ask)
}

/// The same of these teams only, at most [`TEAMS`].
pub(super) async fn team_queues(conn: &mut PgConnection, ask: Ask<'_>, teams: &[Uuid]) -> Result<Vec<Card>, sqlx::Error> {
    filtered!(team_queues, rows, conn, ask, teams)
}

/// Which those are.
pub(super) async fn team_queue_ids(conn: &mut PgConnection, ask: Ask<'_>, teams: &[Uuid]) -> Result<Vec<Uuid>, sqlx::Error> {
    filtered!(team_queues, ids, conn, ask, teams)
}

/// Where the caller was mentioned, by the time of the newest mention.
pub(super) async fn mentions(conn: &mut PgConnection, ask: Ask<'_>, oldest: bool) -> Result<Vec<Card>, sqlx::Error> {
    if oldest { filtered!(mentions, rows, "asc", ">", conn, ask) } else { filtered!(mentions, rows, "desc", "<", conn, ask) }
}

/// Which those are.
pub(super) async fn mention_ids(conn: &mut PgConnection, ask: Ask<'_>) -> Result<Vec<Uuid>, sqlx::Error> {
    filtered!(mentions, ids, "desc", "<", conn, ask)
}

/// When the caller was last mentioned in a conversation.
pub(super) async fn mentioned_at(conn: &mut PgConnection, user_id: Uuid, id: Uuid) -> Result<Option<Time>, sqlx::Error> {
    sqlx::query_scalar!("select at from conversation_mention where user_id = $1 and conversation_id = $2", user_id, id)
        .fetch_optional(conn)
        .await
}

/// What the caller may see, by how long the customer waits, by priority before that if asked for.
pub(super) async fn sorted(
    conn: &mut PgConnection,
    ask: Ask<'_>,
    by_priority: bool,
    mentions: bool,
) -> Result<Vec<Card>, sqlx::Error> {
    filtered!(sorted, rows, conn, ask, by_priority, mentions)
}

/// The name of a channel, team or user, and what else a row shows of it.
pub(super) struct Name {
    pub id: Uuid,
    pub name: String,
    /// A channel's kind, a team's colour.
    pub also: Option<String>,
    /// Since when a channel sends nothing.
    pub paused_at: Option<Time>,
    /// Why, where a person paused it; empty where they did not say.
    pub paused_reason: Option<String>,
}

/// The names of these channels, teams and users.
pub(super) async fn names(
    conn: &mut PgConnection,
    channels: &[Uuid],
    teams: &[Uuid],
    users: &[Uuid],
) -> Result<Vec<Name>, sqlx::Error> {
    sqlx::query_as!(
        Name,
        r#"/* names */ select id as "id!", name as "name!", kind as also, paused_at,
                  case when paused_by is not null then coalesce(paused_reason, '') end as paused_reason
             from channel where id = any($1)
           union all select id, name, color, null, null from team where id = any($2)
           union all select id, name, null, null, null from app_user where id = any($3)"#,
        channels,
        teams,
        users
    )
    .fetch_all(conn)
    .await
}

/// How much of the caller's own is open, unread and put aside, of at most `cap` that are open.
pub(super) struct Own {
    pub open: i64,
    pub unread: i64,
    pub snoozed: i64,
}

pub(super) async fn own(conn: &mut PgConnection, user_id: Uuid, cap: i64) -> Result<Own, sqlx::Error> {
    sqlx::query_as!(
        Own,
        r#"select count(*) as "open!", count(*) filter (where o.unread) as "unread!", count(*) filter (where o.state = 'snoozed') as "snoozed!"
             from (select c.state, c.inbound_count > coalesce((c.read_marks ->> $1::uuid::text)::bigint, 0) as unread
                     from conversation c where c.assignee_id = $1 and c.state <> 'closed'
                    order by c.last_activity_at desc, c.id desc limit $2) o"#,
        user_id,
        cap
    )
    .fetch_one(conn)
    .await
}

/// How many conversations hold a mention of the caller that they have not seen, at most `cap`.
pub(super) async fn unseen_mentions(conn: &mut PgConnection, user_id: Uuid, cap: i64) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from (select from conversation_mention where user_id = $1 and seen_at is null limit $2) n"#,
        user_id,
        cap
    )
    .fetch_one(conn)
    .await
}

/// How many wait in a team's queue, at most `cap`.
pub(super) struct Waiting {
    pub team_id: Uuid,
    pub waiting: i64,
}

/// The queues of these teams, or of all, by the teams' names.
pub(super) async fn waiting(conn: &mut PgConnection, all: bool, teams: &[Uuid], cap: i64) -> Result<Vec<Waiting>, sqlx::Error> {
    sqlx::query_as!(
        Waiting,
        r#"select t.id as team_id, q.waiting as "waiting!" from team t
            cross join lateral (select count(*) as waiting
                                  from (select from conversation c
                                         where c.team_id = t.id and c.assignee_id is null and c.state in ('new', 'triage', 'queued') limit $3) w) q
            where $1 or t.id = any($2)
            order by lower(t.name)"#,
        all,
        teams,
        cap
    )
    .fetch_all(conn)
    .await
}
