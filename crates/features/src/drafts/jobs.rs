//! Forgets drafts that were sent or deleted.

use kernel::job::{Job, Jobs};
use serde::{Deserialize, Serialize};

use super::store;
use crate::App;

/// How long an empty draft is remembered, in days: longer than any save is late.
const KEEP_DAYS: i64 = 1;

/// Forgets empty drafts.
#[derive(Debug, Serialize, Deserialize)]
struct ForgetEmpty {}

impl Job<App> for ForgetEmpty {
    const NAME: &'static str = "drafts:forget_empty";

    async fn run(self, app: App) -> anyhow::Result<()> {
        let mut tx = app.db.begin().await?;
        store::forget_empty(&mut tx, app.now() - chrono::Duration::days(KEEP_DAYS)).await?;
        tx.commit().await?;
        Ok(())
    }
}

pub(super) fn jobs(jobs: Jobs<App>) -> Jobs<App> {
    jobs.regularly::<ForgetEmpty>("27 3 * * *")
}
