//! The alarm clock: wakes snoozed conversations when their time has come. Every worker node has one; whoever is first wakes a row, the
//! others pass over it.

use std::{sync::Arc, time::Duration};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{
    App,
    conversations::{self, StepError},
};

/// What wakes the clock when a snooze was set.
pub const TOPIC: &str = "snooze";
/// How long the clock waits at most: a node that knew of a snooze may be gone.
const POLL: Duration = Duration::from_secs(1);
/// How soon to look again at a row that somebody holds.
const HELD: Duration = Duration::from_millis(20);
/// Rows in one transaction.
const BATCH: i64 = 200;

/// Wakes what is due until stopped.
pub async fn run(app: App, wake: Arc<Notify>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let pause = match ring(&app).await {
            Ok(pause) => pause,
            Err(error) => {
                tracing::warn!(error = %error, "snoozed conversations cannot be woken; trying again");
                POLL
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = wake.notified() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Wakes all that is due; how long nothing more will be.
async fn ring(app: &App) -> Result<Duration, StepError> {
    loop {
        let mut tx = app.db.begin().await?;
        let woken = conversations::wake_due(app, &mut tx, BATCH).await?;
        let next = if woken == 0 { conversations::next_wake(&mut tx).await? } else { None };
        tx.commit().await?;
        if woken == 0 {
            let left = next.map(|at| (at - app.now()).to_std().unwrap_or_default());
            return Ok(left.map_or(POLL, |left| left.clamp(HELD, POLL)));
        }
    }
}
