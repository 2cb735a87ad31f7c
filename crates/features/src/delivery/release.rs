//! Says what was held when its time has come. Every worker node does; each message is released by one of them.

use std::{sync::Arc, time::Duration};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{
    App,
    messages::{self, Releases},
};

/// How long the loop waits without a wake-up before it looks anyway.
const POLL: Duration = Duration::from_secs(1);
/// How soon to look again at a message whose conversation somebody held a moment ago.
const BUSY: Duration = Duration::from_millis(20);

/// Releases held messages until stopped.
pub async fn release(app: App, wake: Arc<Notify>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let releases = match messages::release_due(&app).await {
            Ok(releases) => releases,
            Err(error) => {
                tracing::warn!(error = %error, "held messages cannot be looked at and will be again");
                Releases { troubled: 1, ..Releases::default() }
            }
        };
        if releases.done > 0 && releases.troubled == 0 {
            continue;
        }
        let pause = if releases.troubled > 0 { POLL } else { until_next(&app).await };
        tokio::select! {
            () = stop.cancelled() => {}
            () = wake.notified() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// How long nothing will be due.
async fn until_next(app: &App) -> Duration {
    let due = async { messages::next_release(&mut *app.db.read().await?).await };
    match due.await {
        Ok(Some(at)) => (at - app.now()).to_std().unwrap_or_default().clamp(BUSY, POLL),
        _ => POLL,
    }
}
