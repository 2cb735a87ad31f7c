//! Keeps the journal within its retention.

use kernel::job::{Job, Jobs};
use serde::{Deserialize, Serialize};

use super::store;
use crate::App;

/// How long a delivery is kept, in days: longer than a provider repeats one. Dead letters stay.
const KEEP_DAYS: i64 = 14;
/// Rows per transaction, so that no lock is held long.
const BATCH: i64 = 5_000;

/// Forgets old deliveries.
#[derive(Debug, Serialize, Deserialize)]
struct ForgetDeliveries {}

impl Job<App> for ForgetDeliveries {
    const NAME: &'static str = "ingest:forget_deliveries";

    async fn run(self, app: App) -> anyhow::Result<()> {
        let before = app.now() - chrono::Duration::days(KEEP_DAYS);
        let mut tx = app.db.begin().await?;
        store::refused::forget(&mut tx, before).await?;
        tx.commit().await?;
        loop {
            let mut tx = app.db.begin().await?;
            let gone = store::forget(&mut tx, before, BATCH).await?;
            tx.commit().await?;
            if gone < BATCH {
                return Ok(());
            }
        }
    }
}

pub(super) fn jobs(jobs: Jobs<App>) -> Jobs<App> {
    jobs.regularly::<ForgetDeliveries>("17 3 * * *")
}
