//! Durable readers: each has a name, a cursor in the database, and sees every event once (again after a crash between its work and its
//! cursor, so handlers are idempotent). One node at a time runs a reader of a name.

use std::{sync::Arc, time::Duration};

use sqlx::PgConnection;
use tokio_util::sync::CancellationToken;

use super::{Cursor, Event, log};
use crate::db::{Db, Tx, is_passing};

/// How long a reader waits without a wake-up before it looks anyway.
const POLL: Duration = Duration::from_secs(1);
/// How long a reader rests between two looks: under load one look then serves many commits.
const REST: Duration = Duration::from_millis(100);
/// Events per transaction.
const BATCH: i64 = 500;
/// After so many transactions without an event for a reader its cursor follows.
const FOLLOW: u64 = 1_000;

/// Something that follows the log.
#[async_trait::async_trait]
pub trait Reader: Send + Sync + 'static {
    /// Its name: the key of its cursor. Never changes.
    fn name(&self) -> &'static str;

    /// The kinds of events it wants; it is not shown others.
    fn kinds(&self) -> &'static [&'static str];

    /// Where it begins when it is new: at the end of the log, since its feature fills its tables from the rows themselves; or with the
    /// oldest event there is.
    fn begins_with_the_oldest(&self) -> bool {
        false
    }

    /// Handles a batch in the transaction that also moves the cursor: both happen or neither.
    async fn handle(&self, tx: &mut Tx, events: &[Event]) -> anyhow::Result<()>;
}

/// Runs a reader until stopped. A failing batch is tried again with growing pauses, and never skipped.
pub async fn run(db: Db, wake: Arc<tokio::sync::Notify>, reader: Arc<dyn Reader>, stop: CancellationToken) {
    let mut failures = 0u32;
    let mut passed = Cursor::default();
    loop {
        let more = match step(&db, reader.as_ref(), &mut passed).await {
            Ok(more) => {
                failures = 0;
                more
            }
            Err(error) if error.downcast_ref::<sqlx::Error>().is_some_and(is_passing) => {
                failures += 1;
                tracing::warn!(reader = reader.name(), failures, error = %error, "an event reader waits for the database");
                false
            }
            Err(error) => {
                failures += 1;
                tracing::error!(reader = reader.name(), failures, error = %error, "an event reader failed and will try again");
                false
            }
        };
        if more {
            continue;
        }
        let pause = if failures == 0 { POLL } else { POLL * 2u32.pow(failures.min(6)) };
        tokio::select! {
            () = stop.cancelled() => return,
            () = async { tokio::time::sleep(REST).await; wake.notified().await }, if failures == 0 => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// One batch; `true` when there is probably more. Up to `passed` this node has seen that there is nothing for the reader: where its cursor
/// does not follow at once, no look reads the same events of others again.
async fn step(db: &Db, reader: &dyn Reader, passed: &mut Cursor) -> anyhow::Result<bool> {
    let mut tx = db.begin().await?;
    // The cursor's row lock is what lets only one node run this reader; the others skip and look again later.
    let Some((cursor, new)) = lock_cursor(&mut tx, reader).await? else { return Ok(false) };
    // Taken before the read: whatever is not in the read comes after it.
    let end = log::end(&mut tx).await?;
    let events = log::after_of(&mut tx, cursor.max(*passed), reader.kinds(), BATCH).await?;
    let full = (events.len() as i64) == BATCH;
    let Some(last) = events.last() else {
        // Nothing for this reader. The cursor follows now and then, so that the next look is short, but not at every look: that
        // would cost a commit for nothing. A new one is kept: a reader that began anew at each look would never see anything.
        if new || end.xid.saturating_sub(cursor.xid) > FOLLOW {
            move_cursor(&mut tx, reader.name(), end).await?;
            tx.commit().await?;
        }
        *passed = end;
        return Ok(false);
    };
    reader.handle(&mut tx, &events).await?;
    move_cursor(&mut tx, reader.name(), if full { last.cursor } else { end.max(last.cursor) }).await?;
    metrics::gauge!("event_reader_position", "reader" => reader.name()).set(last.cursor.position as f64);
    tx.commit().await?;
    Ok(full)
}

/// Where the reader is, and whether it has only just begun; `None` while another node runs it.
async fn lock_cursor(conn: &mut PgConnection, reader: &dyn Reader) -> Result<Option<(Cursor, bool)>, sqlx::Error> {
    let name = reader.name();
    let row =
        || sqlx::query!(r#"select xid::text as "xid!", position from event_reader where name = $1 for update skip locked"#, name);
    let mut found = row().fetch_optional(&mut *conn).await?;
    let mut new = false;
    if found.is_none() {
        // New, or another node runs it.
        let made = sqlx::query!(
            "insert into event_reader (name, xid, position)
             values ($1, case when $2 then '0'::xid8 else pg_snapshot_xmin(pg_current_snapshot()) end, 0) on conflict do nothing",
            name,
            reader.begins_with_the_oldest()
        )
        .execute(&mut *conn)
        .await?;
        if made.rows_affected() > 0 {
            found = row().fetch_optional(conn).await?;
            new = true;
        }
    }
    Ok(found.map(|r| (Cursor { xid: r.xid.parse().unwrap_or_default(), position: r.position }, new)))
}

async fn move_cursor(conn: &mut PgConnection, name: &str, to: Cursor) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update event_reader set xid = $2::text::xid8, position = $3 where name = $1",
        name,
        to.xid.to_string(),
        to.position
    )
    .execute(conn)
    .await?;
    Ok(())
}
