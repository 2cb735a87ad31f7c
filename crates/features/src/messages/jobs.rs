//! Forgets statuses that no message ever claimed, and what is left of messages that were never said.

use kernel::job::{Job, Jobs};
use serde::{Deserialize, Serialize};

use super::{reacting::TellReaction, store};
use crate::App;

/// How long a status may wait for its message, in days: longer than a provider repeats a delivery.
const KEEP_DAYS: i64 = 8;

/// How long it is remembered that a message was taken back, in days: longer than a send is repeated.
const KEEP_WITHDRAWN_DAYS: i64 = 2;
/// How long a close waits for its message to be sent, in days.
const KEEP_CLOSES_DAYS: i64 = 30;

/// Forgets old parked statuses: they belong to messages that something else sent over the same account.
#[derive(Debug, Serialize, Deserialize)]
struct ForgetParked {}

impl Job<App> for ForgetParked {
    const NAME: &'static str = "messages:forget_parked";

    async fn run(self, app: App) -> anyhow::Result<()> {
        let mut tx = app.db.begin().await?;
        let ago = |days| app.now() - chrono::Duration::days(days);
        store::forget_parked(&mut tx, ago(KEEP_DAYS)).await?;
        store::held::forget(&mut tx, ago(KEEP_WITHDRAWN_DAYS), ago(KEEP_CLOSES_DAYS)).await?;
        tx.commit().await?;
        Ok(())
    }
}

pub(super) fn jobs(jobs: Jobs<App>) -> Jobs<App> {
    jobs.regularly::<ForgetParked>("53 3 * * *").define::<TellReaction>()
}
