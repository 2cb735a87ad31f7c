//! SQL of steps: one writes where a conversation stands, the others look for what is to be stepped.

use base::Time;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Locked;
use crate::conversations::{State, transition::Position};

/// What a step writes beside the position.
#[derive(Debug, Default, Clone)]
pub(in crate::conversations) struct Beside<'a> {
    pub close_reason_id: Option<Uuid>,
    pub close_reason_name: Option<&'a str>,
    pub waiting_since: Option<Time>,
    /// Who may go on reading: those who had it and those who have it.
    pub participants: &'a [Uuid],
}

/// Writes where a locked conversation stands.
pub(in crate::conversations) async fn set_position(
    conn: &mut PgConnection,
    id: Uuid,
    to: &Position,
    beside: &Beside<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update conversation
            set state = $2, team_id = $3, assignee_id = $4, snoozed_until = $5, closed_at = $6, close_reason_id = $7, close_reason_name = $8,
                waiting_since = $9,
                participant_ids = participant_ids || array(select u from unnest($10::uuid[]) as u where not participant_ids @> array[u])
          where id = $1",
        id,
        to.state.as_str(),
        to.team_id,
        to.assignee_id,
        to.snoozed_until,
        to.closed_at,
        beside.close_reason_id,
        beside.close_reason_name,
        beside.waiting_since,
        beside.participants
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends the snooze of locked conversations; where each stands from then on.
pub(in crate::conversations) async fn wake(conn: &mut PgConnection, rows: &[(Uuid, State)]) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = rows.iter().map(|(id, _)| *id).collect();
    let states: Vec<String> = rows.iter().map(|(_, state)| state.as_str().to_owned()).collect();
    sqlx::query!(
        "update conversation c set state = n.state, snoozed_until = null from unnest($1::uuid[], $2::text[]) as n (id, state) where c.id = n.id",
        &ids,
        &states
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(in crate::conversations) async fn set_priority(conn: &mut PgConnection, id: Uuid, priority: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("update conversation set priority = $2 where id = $1", id, priority).execute(conn).await?;
    Ok(())
}

macro_rules! lock_rows {
    ($tail:literal $(, $arg:expr)* $(,)?) => {
        sqlx::query_as!(
            Locked,
            "select c.id, c.number, c.channel_id, c.contact_id, c.identity_id, c.team_id, c.assignee_id, c.state, c.participant_ids, c.last_seq,
                    c.inbound_count, c.window_expires_at, c.waiting_since, c.priority, c.snoozed_until, c.closed_at,
                    c.flood_left, c.flood_at, c.flood_run, c.folded_count, c.flood_told_at
               from conversation c " + $tail
            $(, $arg)*
        )
    };
}
pub(super) use lock_rows;

/// Locks snoozed conversations whose time has come, passing over those that somebody holds.
pub(in crate::conversations) async fn lock_due(
    conn: &mut PgConnection,
    now: Time,
    limit: i64,
) -> Result<Vec<Locked>, sqlx::Error> {
    lock_rows!(
        "where c.state = 'snoozed' and c.snoozed_until <= $1 order by c.snoozed_until limit $2 for update skip locked",
        now,
        limit
    )
    .fetch_all(conn)
    .await
}

/// When the next snooze ends.
pub async fn next_wake(conn: &mut PgConnection) -> Result<Option<Time>, sqlx::Error> {
    sqlx::query_scalar!("select min(snoozed_until) from conversation where state = 'snoozed' and snoozed_until is not null")
        .fetch_one(conn)
        .await
}

/// Of these, those that wait in their team's queue, and their place in it: 1 for the next. Those far back have none.
pub async fn queue_places(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<(Uuid, i64)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select c.id, ahead.count + 1 as "place!" from conversation c
            cross join lateral (
                select count(*) as count from (
                    select from conversation a
                     where a.team_id = c.team_id and a.assignee_id is null and a.state in ('new', 'triage', 'queued')
                       and (priority_rank(a.priority), coalesce(a.waiting_since, 'infinity'), a.id)
                           < (priority_rank(c.priority), coalesce(c.waiting_since, 'infinity'), c.id)
                     limit 100) before) ahead
            where c.id = any($1) and c.team_id is not null and c.assignee_id is null and c.state in ('new', 'triage', 'queued')
              and c.waiting_since is not null and ahead.count < 100"#,
        ids
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.place)).collect())
}

/// Locks the first of a team's queue that nobody else holds: the most urgent, and of those the longest waiting.
pub async fn lock_first(conn: &mut PgConnection, team_id: Uuid) -> Result<Option<Locked>, sqlx::Error> {
    lock_rows!(
        "where c.team_id = $1 and c.assignee_id is null and c.state in ('new', 'triage', 'queued')
         order by case c.priority when 'urgent' then 0 when 'high' then 1 when 'normal' then 2 else 3 end,
                  coalesce(c.waiting_since, 'infinity'), c.id
         limit 1 for update skip locked",
        team_id
    )
    .fetch_optional(conn)
    .await
}

/// Whether anything waits in a team's queue, held by somebody or not.
pub async fn any_waits(conn: &mut PgConnection, team_id: Uuid) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from conversation where team_id = $1 and assignee_id is null and state in ('new', 'triage', 'queued')) as "any!""#,
        team_id
    )
    .fetch_one(conn)
    .await
}

/// What somebody has and is not done with.
pub async fn open_of(conn: &mut PgConnection, user_id: Uuid) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("select id from conversation where assignee_id = $1 and state <> 'closed' order by id", user_id)
        .fetch_all(conn)
        .await
}

/// The number of the open conversation of a contact on a channel.
pub(in crate::conversations) async fn open_number(
    conn: &mut PgConnection,
    channel_id: Uuid,
    contact_id: Uuid,
) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        "select number from conversation where channel_id = $1 and contact_id = $2 and state <> 'closed'",
        channel_id,
        contact_id
    )
    .fetch_optional(conn)
    .await
}
