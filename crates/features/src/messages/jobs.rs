//! Forgets statuses that no message ever claimed.

use kernel::job::{Job, Jobs};
use serde::{Deserialize, Serialize};

use super::store;
use crate::App;

/// How long a status may wait for its message, in days: longer than a provider repeats a delivery.
const KEEP_DAYS: i64 = 8;

/// Forgets old parked statuses: they belong to messages that something else sent over the same account.
#[derive(Debug, Serialize, Deserialize)]
struct ForgetParked {}

impl Job<App> for ForgetParked {
    const NAME: &'static str = "messages:forget_parked";

    async fn run(self, app: App) -> anyhow::Result<()> {
        let mut tx = app.db.begin().await?;
        store::forget_parked(&mut tx, app.now() - chrono::Duration::days(KEEP_DAYS)).await?;
        tx.commit().await?;
        Ok(())
    }
}

pub(super) fn jobs(jobs: Jobs<App>) -> Jobs<App> {
    jobs.regularly::<ForgetParked>("53 3 * * *")
}
