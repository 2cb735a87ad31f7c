//! Forgets sessions that ended long ago.

use kernel::job::{Job, Jobs};
use serde::{Deserialize, Serialize};

use super::store;
use crate::App;

/// How long an ended session is kept, in days, for whoever asks what happened.
const KEEP_DAYS: i64 = 90;

/// Forgets old sessions and their tokens.
#[derive(Debug, Serialize, Deserialize)]
struct ForgetSessions {}

impl Job<App> for ForgetSessions {
    const NAME: &'static str = "accounts:forget_sessions";

    async fn run(self, app: App) -> anyhow::Result<()> {
        let mut tx = app.db.begin().await?;
        store::forget_sessions(&mut tx, app.now() - chrono::Duration::days(KEEP_DAYS)).await?;
        tx.commit().await?;
        Ok(())
    }
}

pub(super) fn jobs(jobs: Jobs<App>) -> Jobs<App> {
    jobs.regularly::<ForgetSessions>("41 3 * * *")
}
