//! Keeps the list of visitors short.

use kernel::job::{Job, Jobs};
use serde::{Deserialize, Serialize};

use super::store;
use crate::App;

/// How long a visitor without a token is remembered, in days.
const KEEP_DAYS: i64 = 30;
/// Rows per transaction.
const BATCH: i64 = 5_000;

/// Forgets tokens that ended and visitors of long ago. What they said stays.
#[derive(Debug, Serialize, Deserialize)]
struct ForgetVisitors {}

impl Job<App> for ForgetVisitors {
    const NAME: &'static str = "visitors:forget";

    async fn run(self, app: App) -> anyhow::Result<()> {
        let before = app.now() - chrono::Duration::days(KEEP_DAYS);
        loop {
            let mut tx = app.db.begin().await?;
            let gone = store::forget(&mut tx, app.now(), before, BATCH).await?;
            tx.commit().await?;
            if gone < BATCH {
                return Ok(());
            }
        }
    }
}

pub(super) fn jobs(jobs: Jobs<App>) -> Jobs<App> {
    jobs.regularly::<ForgetVisitors>("47 3 * * *")
}
