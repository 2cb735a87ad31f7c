//! SQL of the timeline and of assignments.

use base::Time;
use kernel::audit::Named;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::conversations::timeline::{Happening, TimelineEntry};

pub(in crate::conversations) struct TimelineRow<'a> {
    conversation_id: Uuid,
    entry: &'a TimelineEntry,
}

pub(in crate::conversations) fn row(conversation_id: Uuid, entry: &TimelineEntry) -> TimelineRow<'_> {
    TimelineRow { conversation_id, entry }
}

pub(in crate::conversations) async fn insert(conn: &mut PgConnection, rows: &[TimelineRow<'_>]) -> Result<(), sqlx::Error> {
    macro_rules! column {
        ($row:ident => $value:expr) => {
            &rows.iter().map(|$row| $value).collect::<Vec<_>>()[..]
        };
    }
    sqlx::query!(
        "insert into conversation_timeline (id, conversation_id, after_seq, at, kind, actor_id, actor_name, data)
         select id, conversation_id, after_seq, at, kind, actor_id, actor_name, data
           from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::timestamptz[], $5::text[], $6::uuid[], $7::text[], $8::jsonb[])
                with ordinality as n (id, conversation_id, after_seq, at, kind, actor_id, actor_name, data, ord)
          order by ord",
        column!(r => r.entry.id),
        column!(r => r.conversation_id),
        column!(r => r.entry.after_seq),
        column!(r => r.entry.at),
        column!(r => r.entry.kind.as_str().to_owned()),
        column!(r => r.entry.actor.as_ref().map(|a| a.id)) as &[Option<Uuid>],
        column!(r => r.entry.actor.as_ref().map(|a| a.name.clone())) as &[Option<String>],
        column!(r => r.entry.data.clone())
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// All of a conversation's, oldest first: they are few.
pub(in crate::conversations) async fn of(
    conn: &mut PgConnection,
    conversation_id: Uuid,
) -> Result<Vec<TimelineEntry>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, at, after_seq, kind, actor_id, actor_name, data from conversation_timeline where conversation_id = $1 order by position",
        conversation_id
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| TimelineEntry {
            id: row.id,
            at: row.at,
            after_seq: row.after_seq,
            kind: Happening::of_column(&row.kind),
            actor: row.actor_id.map(|id| Named { id, name: row.actor_name.unwrap_or_default() }),
            data: row.data,
        })
        .collect())
}

/// What was noted when the conversation was last closed.
pub(in crate::conversations) async fn last_close(
    conn: &mut PgConnection,
    conversation_id: Uuid,
) -> Result<Option<serde_json::Value>, sqlx::Error> {
    sqlx::query_scalar!(
        "select data from conversation_timeline where conversation_id = $1 and kind = 'closed' order by position desc limit 1",
        conversation_id
    )
    .fetch_optional(conn)
    .await
}

/// A change of who has a conversation, as it is kept.
#[derive(Debug)]
pub(in crate::conversations) struct AssignmentRow {
    pub conversation_id: Uuid,
    pub at: Time,
    pub team_id: Option<Uuid>,
    pub from_id: Option<Uuid>,
    pub to_id: Option<Uuid>,
    pub by_id: Option<Uuid>,
    pub rule: String,
    pub eligible_ids: Vec<Uuid>,
    pub excluded_ids: Vec<Uuid>,
    pub excluded_reasons: Vec<String>,
}

pub(in crate::conversations) async fn record(conn: &mut PgConnection, row: &AssignmentRow) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into conversation_assignment (conversation_id, at, team_id, from_id, to_id, by_id, rule, eligible_ids, excluded_ids,
                                              excluded_reasons)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        row.conversation_id,
        row.at,
        row.team_id,
        row.from_id,
        row.to_id,
        row.by_id,
        row.rule,
        &row.eligible_ids,
        &row.excluded_ids,
        &row.excluded_reasons
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// All of a conversation's, oldest first.
pub(in crate::conversations) async fn assignments(
    conn: &mut PgConnection,
    conversation_id: Uuid,
) -> Result<Vec<AssignmentRow>, sqlx::Error> {
    sqlx::query_as!(
        AssignmentRow,
        "select conversation_id, at, team_id, from_id, to_id, by_id, rule, eligible_ids, excluded_ids, excluded_reasons
           from conversation_assignment where conversation_id = $1 order by position",
        conversation_id
    )
    .fetch_all(conn)
    .await
}
