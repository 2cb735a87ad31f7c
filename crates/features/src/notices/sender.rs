//! Tells what was written down.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use connect::channel::{ConversationRef, Notice, SendError};
use futures_util::future::join_all;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::store::{self, Due};
use crate::{App, channels};

/// How long the loop waits without a wake-up before it looks anyway.
const POLL: Duration = Duration::from_secs(1);
/// Calls under way at once on this node.
const AT_ONCE: i64 = 16;
/// How long a notice is tried.
const TRIED_FOR: TimeDelta = TimeDelta::hours(24);
/// The longest pause between two tries.
const LONGEST: i64 = 300;

/// Tells until stopped.
pub async fn run(app: App, wake: Arc<Notify>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match look(&app).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(error = %error, "notices cannot be told now and will be again"),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = wake.notified() => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
}

/// Tells what is due; whether there was anything.
async fn look(app: &App) -> Result<bool, sqlx::Error> {
    let now = app.now();
    // Taken for as long as a call may last; a node that dies meanwhile leaves it to be told again, and the other side drops what it knows.
    let lease = now + TimeDelta::from_std(app.send_lease).unwrap_or(TimeDelta::seconds(60));
    let mut tx = app.db.begin().await?;
    let due = store::claim(&mut tx, now, lease, AT_ONCE).await?;
    tx.commit().await?;
    let found = !due.is_empty();
    for outcome in join_all(due.iter().map(|due| settle(app, due))).await {
        outcome?;
    }
    Ok(found)
}

async fn settle(app: &App, due: &Due) -> Result<(), sqlx::Error> {
    let again = match tell(app, due).await {
        Ok(()) | Err(SendError::Final { .. }) => None,
        Err(SendError::Retry { after, .. } | SendError::Slow { after, .. }) => Some(after),
        Err(SendError::Account { .. } | SendError::Unconfirmed { .. }) => Some(None),
    };
    let now = app.now();
    let mut tx = app.db.begin().await?;
    match again.filter(|_| now - due.at < TRIED_FOR) {
        None => store::delete(&mut tx, due.id).await?,
        Some(after) => {
            let own = 2i64.saturating_pow(u32::try_from(due.attempts.clamp(1, 12)).unwrap_or(1) - 1).min(LONGEST);
            let asked = after.and_then(|after| i64::try_from(after.as_secs()).ok()).unwrap_or(0);
            store::postpone(&mut tx, due.id, now + TimeDelta::seconds(own.max(asked))).await?;
        }
    }
    tx.commit().await
}

async fn tell(app: &App, due: &Due) -> Result<(), SendError> {
    let unavailable = |words: &str| SendError::Retry {
        error: connect::channel::ProviderError { code: "unavailable".to_owned(), message: words.to_owned(), detail: None },
        after: None,
    };
    let channel = match channels::live(app, due.channel_id).await {
        Ok(Some(channel)) => channel,
        // What was not told while the channel is off is old when it is on again.
        Ok(None) => return Ok(()),
        Err(problem) => return Err(unavailable(problem.detail())),
    };
    let Some(what) = due.kind() else { return Ok(()) };
    let notice = Notice {
        id: due.id,
        at: due.at,
        now: app.now(),
        to: due.to.clone(),
        conversation: ConversationRef { id: due.conversation_id, number: due.number },
        what,
        agent: due.agent.as_ref().map(|agent| agent.0.clone()),
    };
    channel.kind.notify(&app.net, &channel.settings, &notice).await
}
