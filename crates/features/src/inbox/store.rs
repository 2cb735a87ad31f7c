//! SQL of lists. One query per view, so that each has the index made for it; every one starts from the caller's scope.

use base::Time;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::conversations::{Card, Scope, select_cards};

/// What to list.
#[derive(Debug, Default, Clone)]
pub(super) struct Filter {
    /// Which states; all unless said.
    pub states: Option<Vec<String>>,
    pub channel_id: Option<Uuid>,
    pub team_id: Option<Uuid>,
    pub assignee_id: Option<Uuid>,
    /// Words in the customer's name, or the conversation's number.
    pub q: Option<String>,
}

impl Filter {
    fn number(&self) -> Option<i64> {
        self.q.as_deref().and_then(|q| q.trim_start_matches(['#', 'C', 'c', '-']).parse().ok())
    }

    /// `q` as a pattern, its own wildcards made plain.
    fn pattern(&self) -> Option<String> {
        self.q.as_deref().map(|q| format!("%{}%", q.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")))
    }
}

/// Assigned to the caller, newest activity first.
pub(super) async fn mine(
    conn: &mut PgConnection,
    scope: &Scope,
    filter: &Filter,
    after: Option<(Option<Time>, Uuid)>,
    limit: i64,
) -> Result<Vec<Card>, sqlx::Error> {
    let (at, id) = after.map_or((None, None), |(at, id)| (at, Some(id)));
    select_cards!(
        "where c.assignee_id = $1
           and ($2::text[] is null or c.state = any($2)) and ($3::uuid is null or c.channel_id = $3) and ($4::uuid is null or c.team_id = $4)
           and ($5::text is null or c.contact_name ilike $5 or c.number = $6)
           and ($7::timestamptz is null or (c.last_activity_at, c.id) < ($7, $8))
         order by c.last_activity_at desc, c.id desc limit $9",
        scope.user_id,
        filter.states.as_deref(),
        filter.channel_id,
        filter.team_id,
        filter.pattern(),
        filter.number(),
        at,
        id,
        limit
    )
    .fetch_all(conn)
    .await
}

/// What the caller may see, newest activity first.
pub(super) async fn all(
    conn: &mut PgConnection,
    scope: &Scope,
    filter: &Filter,
    after: Option<(Option<Time>, Uuid)>,
    limit: i64,
) -> Result<Vec<Card>, sqlx::Error> {
    let (at, id) = after.map_or((None, None), |(at, id)| (at, Some(id)));
    select_cards!(
        "where ($10 or c.assignee_id = $1 or c.participant_ids @> array[$1] or (c.team_id = any($11) and ($12 or c.assignee_id is null)))
           and ($2::text[] is null or c.state = any($2)) and ($3::uuid is null or c.channel_id = $3) and ($4::uuid is null or c.team_id = $4)
           and ($13::uuid is null or c.assignee_id = $13)
           and ($5::text is null or c.contact_name ilike $5 or c.number = $6)
           and ($7::timestamptz is null or (c.last_activity_at, c.id) < ($7, $8))
         order by c.last_activity_at desc, c.id desc limit $9",
        scope.user_id,
        filter.states.as_deref(),
        filter.channel_id,
        filter.team_id,
        filter.pattern(),
        filter.number(),
        at,
        id,
        limit,
        scope.all,
        &scope.team_ids,
        scope.whole_team,
        filter.assignee_id
    )
    .fetch_all(conn)
    .await
}

/// What somebody who may not see everything may see, newest activity first. A conversation is theirs in one of three ways; each way brings
/// its newest in the order of its own index, and the page is taken from them. One `or` over the three would walk the whole log of
/// activity for whoever reaches little. Names are not searched here.
pub(super) async fn reachable(
    conn: &mut PgConnection,
    scope: &Scope,
    filter: &Filter,
    after: Option<(Option<Time>, Uuid)>,
    limit: i64,
) -> Result<Vec<Card>, sqlx::Error> {
    let (at, id) = after.map_or((None, None), |(at, id)| (at, Some(id)));
    select_cards!(
        "where c.id in (
            (select k.id from conversation k
              where k.assignee_id = $1
                and ($2::text[] is null or k.state = any($2)) and ($3::uuid is null or k.channel_id = $3)
                and ($4::uuid is null or k.team_id = $4) and ($5::uuid is null or k.assignee_id = $5)
                and ($6::timestamptz is null or (k.last_activity_at, k.id) < ($6, $7))
              order by k.last_activity_at desc, k.id desc limit $8)
            union all
            (select k.id from conversation k
              where k.participant_ids @> array[$1]
                and ($2::text[] is null or k.state = any($2)) and ($3::uuid is null or k.channel_id = $3)
                and ($4::uuid is null or k.team_id = $4) and ($5::uuid is null or k.assignee_id = $5)
                and ($6::timestamptz is null or (k.last_activity_at, k.id) < ($6, $7))
              order by k.last_activity_at desc, k.id desc limit $8)
            union all
            (select q.id from unnest($9::uuid[]) as t (id)
              cross join lateral (
                select k.id from conversation k
                 where k.team_id = t.id and ($10 or k.assignee_id is null)
                   and ($2::text[] is null or k.state = any($2)) and ($3::uuid is null or k.channel_id = $3)
                   and ($4::uuid is null or k.team_id = $4) and ($5::uuid is null or k.assignee_id = $5)
                   and ($6::timestamptz is null or (k.last_activity_at, k.id) < ($6, $7))
                 order by k.last_activity_at desc, k.id desc limit $8) q))
         order by c.last_activity_at desc, c.id desc limit $8",
        scope.user_id,
        filter.states.as_deref(),
        filter.channel_id,
        filter.team_id,
        filter.assignee_id,
        at,
        id,
        limit,
        &scope.team_ids,
        scope.whole_team
    )
    .fetch_all(conn)
    .await
}

/// Waiting in these teams' queues, longest waiting first: each team brings its longest waiting, and the page is taken from them. Names are
/// not searched here.
pub(super) async fn team_queues(
    conn: &mut PgConnection,
    scope: &Scope,
    filter: &Filter,
    after: Option<(Option<Time>, Uuid)>,
    limit: i64,
) -> Result<Vec<Card>, sqlx::Error> {
    let (at, id) = after.map_or((None, None), |(at, id)| (at, Some(id)));
    select_cards!(
        "where c.id in (
            select q.id from unnest($2::uuid[]) as t (id)
             cross join lateral (
                select k.id from conversation k
                 where k.team_id = t.id and k.assignee_id is null and k.state in ('new', 'triage', 'queued')
                   and ($3::text[] is null or k.state = any($3)) and ($4::uuid is null or k.channel_id = $4)
                   and ($5::uuid is null or k.team_id = $5)
                   and ($7::uuid is null or (coalesce(k.waiting_since, 'infinity'), k.id) > (coalesce($6::timestamptz, 'infinity'), $7))
                 order by coalesce(k.waiting_since, 'infinity'), k.id limit $8) q)
         order by coalesce(c.waiting_since, 'infinity'), c.id limit $8",
        scope.user_id,
        &scope.team_ids,
        filter.states.as_deref(),
        filter.channel_id,
        filter.team_id,
        at,
        id,
        limit
    )
    .fetch_all(conn)
    .await
}

/// Waiting in the queues the caller may see, longest waiting first; who does not wait comes last, oldest first.
pub(super) async fn queue(
    conn: &mut PgConnection,
    scope: &Scope,
    filter: &Filter,
    after: Option<(Option<Time>, Uuid)>,
    limit: i64,
) -> Result<Vec<Card>, sqlx::Error> {
    let (at, id) = after.map_or((None, None), |(at, id)| (at, Some(id)));
    select_cards!(
        "where c.assignee_id is null and c.state in ('new', 'triage', 'queued')
           and ($10 or c.team_id = any($11))
           and ($2::text[] is null or c.state = any($2)) and ($3::uuid is null or c.channel_id = $3) and ($4::uuid is null or c.team_id = $4)
           and ($5::text is null or c.contact_name ilike $5 or c.number = $6)
           and ($8::uuid is null or (coalesce(c.waiting_since, 'infinity'), c.id) > (coalesce($7::timestamptz, 'infinity'), $8))
         order by coalesce(c.waiting_since, 'infinity'), c.id limit $9",
        scope.user_id,
        filter.states.as_deref(),
        filter.channel_id,
        filter.team_id,
        filter.pattern(),
        filter.number(),
        at,
        id,
        limit,
        scope.all,
        &scope.team_ids
    )
    .fetch_all(conn)
    .await
}
