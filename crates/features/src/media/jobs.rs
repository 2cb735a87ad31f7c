//! Clears away: uploads that nobody sent, bytes that nobody needs, ids at providers that have run out.

use chrono::TimeDelta;
use kernel::job::{Job, Jobs};
use serde::{Deserialize, Serialize};

use super::store;
use crate::App;

/// How long an upload waits to be sent.
const KEEP_UNSENT: TimeDelta = TimeDelta::days(1);
/// Rows per transaction, so that no lock is held long.
const BATCH: i64 = 500;

/// Clears away.
#[derive(Debug, Serialize, Deserialize)]
struct ClearAway {}

impl Job<App> for ClearAway {
    const NAME: &'static str = "media:clear_away";

    async fn run(self, app: App) -> anyhow::Result<()> {
        clear_away(&app).await
    }
}

/// Clears away what may go by now.
pub async fn clear_away(app: &App) -> anyhow::Result<()> {
    let now = app.now();
    loop {
        let mut tx = app.db.begin().await?;
        let stale = store::stale(&mut tx, now - KEEP_UNSENT, BATCH).await?;
        store::delete_unsent(&mut tx, &stale, now).await?;
        tx.commit().await?;
        if (stale.len() as i64) < BATCH {
            break;
        }
    }
    // One place at a time: what is not emptied is not forgotten.
    loop {
        let mut tx = app.db.begin().await?;
        let Some(key) = store::take_garbage(&mut tx).await? else { break };
        app.media.files.delete(&key).await?;
        tx.commit().await?;
    }
    let mut tx = app.db.begin().await?;
    store::forget_expired_uploads(&mut tx, now).await?;
    tx.commit().await?;
    Ok(())
}

pub(super) fn jobs(jobs: Jobs<App>) -> Jobs<App> {
    jobs.regularly::<ClearAway>("41 * * * *")
}
