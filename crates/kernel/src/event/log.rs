//! The log's SQL: append, read, ends.

use sqlx::PgConnection;

use super::{Audience, Cursor, Event, NewEvent};

/// Events as columns, each in order: what the database's function `event_append` takes, alone or in a feature's own statement.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "the columns of the same names")]
pub struct Columns {
    pub at: Vec<base::Time>,
    pub kind: Vec<String>,
    pub conversation_id: Vec<Option<uuid::Uuid>>,
    pub team_id: Vec<Option<uuid::Uuid>>,
    pub assignee_id: Vec<Option<uuid::Uuid>>,
    /// As texts of arrays, for arrays of arrays cannot be ragged in PostgreSQL.
    pub user_ids: Vec<String>,
    pub data: Vec<serde_json::Value>,
}

impl Columns {
    /// Of these events.
    pub fn of(events: Vec<NewEvent>) -> Self {
        let mut columns = Self::default();
        for event in events {
            columns.at.push(event.at);
            columns.kind.push(event.kind.to_owned());
            columns.conversation_id.push(event.audience.conversation_id);
            columns.team_id.push(event.audience.team_id);
            columns.assignee_id.push(event.audience.assignee_id);
            let users: Vec<String> = event.audience.user_ids.iter().map(ToString::to_string).collect();
            columns.user_ids.push(format!("{{{}}}", users.join(",")));
            columns.data.push(event.data);
        }
        columns
    }
}

/// Appends events in the caller's transaction, in order, with one statement.
pub async fn append(conn: &mut PgConnection, events: &[NewEvent]) -> Result<(), sqlx::Error> {
    let events = Columns::of(events.to_vec());
    sqlx::query!(
        "select event_append($1, $2, $3, $4, $5, $6, $7)",
        &events.at,
        &events.kind,
        &events.conversation_id as &[Option<uuid::Uuid>],
        &events.team_id as &[Option<uuid::Uuid>],
        &events.assignee_id as &[Option<uuid::Uuid>],
        &events.user_ids,
        &events.data,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The next events after `after`, at most `limit`, in (transaction, position) order. Only transactions older than every running one
/// are shown: whatever commits later has a higher transaction id, so nothing is ever skipped.
pub async fn after(conn: &mut PgConnection, after: Cursor, limit: i64) -> Result<Vec<Event>, sqlx::Error> {
    select(conn, after, None, limit).await
}

/// The same of these kinds only.
pub async fn after_of(conn: &mut PgConnection, after: Cursor, kinds: &[&str], limit: i64) -> Result<Vec<Event>, sqlx::Error> {
    let kinds: Vec<String> = kinds.iter().map(|kind| (*kind).to_owned()).collect();
    select(conn, after, Some(&kinds), limit).await
}

async fn select(conn: &mut PgConnection, after: Cursor, kinds: Option<&[String]>, limit: i64) -> Result<Vec<Event>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select xid::text as "xid!", position, at, kind, conversation_id, team_id, assignee_id, user_ids, data
             from event
            where (xid, position) > ($1::text::xid8, $2) and xid < pg_snapshot_xmin(pg_current_snapshot())
              and ($4::text[] is null or kind = any($4))
            order by xid, position
            limit $3"#,
        after.xid.to_string(),
        after.position,
        limit,
        kinds,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| Event {
            cursor: Cursor { xid: r.xid.parse().unwrap_or_default(), position: r.position },
            at: r.at,
            kind: r.kind,
            audience: Audience {
                conversation_id: r.conversation_id,
                team_id: r.team_id,
                assignee_id: r.assignee_id,
                user_ids: r.user_ids,
            },
            data: r.data,
        })
        .collect())
}

/// Whether something after `after` is written that is not shown yet: an older transaction is still running.
pub async fn held_back(conn: &mut PgConnection, after: Cursor) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from event where (xid, position) > ($1::text::xid8, $2)) as "held_back!""#,
        after.xid.to_string(),
        after.position
    )
    .fetch_one(conn)
    .await
}

/// The end of the log as of now: every event that is visible to a read in this moment comes before it, and whatever is not visible yet
/// comes after it. A read that follows may see some events that also come after the cursor; clients apply those twice without harm.
pub async fn end(conn: &mut PgConnection) -> Result<Cursor, sqlx::Error> {
    let xid = sqlx::query_scalar!(r#"select pg_snapshot_xmin(pg_current_snapshot())::text as "xid!""#).fetch_one(conn).await?;
    Ok(Cursor { xid: xid.parse().unwrap_or_default(), position: 0 })
}

/// Drops partitions older than `keep_days` and makes those of the coming weeks. Safe to run on every node at once.
pub async fn keep_partitions(conn: &mut PgConnection, now: base::Time, keep_days: i32) -> Result<(), sqlx::Error> {
    sqlx::query!("select event_partitions($1, $2)", now, keep_days).execute(conn).await?;
    Ok(())
}

/// Whether nothing after the cursor has been dropped yet, and the cursor is not from the future (another database).
pub async fn holds(conn: &mut PgConnection, cursor: Cursor) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select ($1::text::xid8, $2::bigint) >= (dropped_xid, dropped_position) and $1::text::xid8 <= pg_snapshot_xmax(pg_current_snapshot()) as "holds!"
             from event_horizon"#,
        cursor.xid.to_string(),
        cursor.position
    )
    .fetch_one(conn)
    .await
}
