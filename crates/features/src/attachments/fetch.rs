//! Fetches what customers send, and asks the scanner again about what it has not judged. Runs on every worker node.

use std::{collections::HashSet, sync::Arc, time::Duration};

use chrono::TimeDelta;
use connect::{
    channel::{FetchError, ProviderError},
    net::NetError,
};
use tokio::{sync::Notify, task::JoinSet};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::rules::{self, Trouble};
use crate::{
    App, channels, conversations,
    media::{self, FilesError, MediaError, MediaRow, Outcome},
    messages,
};

/// Files under way at once on this node: each takes room on its disk.
const AT_ONCE: usize = 8;
/// How long the loop waits without a wake-up before it looks anyway.
const POLL: Duration = Duration::from_secs(1);
/// How long a node that is stopped waits for what is under way.
const STOPPING: Duration = Duration::from_secs(5);
/// How long a file is somebody's who does not say again that it is: a node that died delays its files by no more.
const LEASE: TimeDelta = TimeDelta::seconds(60);
/// How often a node says so.
const RENEW: Duration = Duration::from_secs(15);

/// Fetches until stopped; then gives back what takes long, so that another node begins anew with it. What a node that dies had is taken when
/// its lease ends.
pub async fn run(app: App, wake: Arc<Notify>, stop: CancellationToken) {
    let mut under_way = JoinSet::new();
    let mut mine = HashSet::new();
    let mut renewed = tokio::time::Instant::now();
    while !stop.is_cancelled() {
        while let Some(done) = under_way.try_join_next() {
            forget(&mut mine, done);
        }
        if renewed.elapsed() >= RENEW {
            renewed = tokio::time::Instant::now();
            let held: Vec<Uuid> = mine.iter().copied().collect();
            if let Err(error) = media::keep(&app, &held, LEASE).await {
                tracing::warn!(%error, "files under way could not be kept; another node may begin with them too");
            }
        }
        let places = AT_ONCE - under_way.len();
        let claimed = match media::claim(&app, i64::try_from(places).unwrap_or(0), LEASE).await {
            Ok(claimed) => claimed,
            Err(error) => {
                tracing::warn!(%error, "files to be fetched cannot be looked at and will be again");
                Vec::new()
            }
        };
        for row in claimed {
            let app = app.clone();
            mine.insert(row.id);
            under_way.spawn(async move {
                one(&app, &row).await;
                row.id
            });
        }
        let full = under_way.len() >= AT_ONCE;
        tokio::select! {
            () = stop.cancelled() => {}
            Some(done) = under_way.join_next(), if full => forget(&mut mine, done),
            () = wake.notified(), if !full => {}
            () = tokio::time::sleep(POLL), if full => {}
            () = tokio::time::sleep(until_next(&app).await), if !full => {}
        }
    }
    // Small files are through in a moment; what takes longer is begun anew elsewhere.
    let rest = async {
        while let Some(done) = under_way.join_next().await {
            forget(&mut mine, done);
        }
    };
    if tokio::time::timeout(STOPPING, rest).await.is_err() {
        under_way.shutdown().await;
        let left: Vec<Uuid> = mine.into_iter().collect();
        if let Err(error) = media::give_back(&app, &left).await {
            tracing::warn!(%error, "files under way could not be given back; another node takes them when their leases end");
        }
    }
}

fn forget(mine: &mut HashSet<Uuid>, done: Result<Uuid, tokio::task::JoinError>) {
    match done {
        Ok(id) => drop(mine.remove(&id)),
        Err(error) => tracing::error!(%error, "the fetch of a file broke down; it is tried again when its lease ends"),
    }
}

/// How long nothing will be due.
async fn until_next(app: &App) -> Duration {
    let due = async { media::next_due(&mut *app.db.read().await?).await };
    match due.await {
        Ok(Some(at)) => (at - app.now()).to_std().unwrap_or_default().clamp(Duration::from_millis(20), POLL),
        _ => POLL,
    }
}

async fn one(app: &App, row: &MediaRow) {
    let outcome = if row.storage_key.is_some() { media::settle(app, row, None).await } else { fetched(app, row).await };
    let name = match &outcome {
        Outcome::Ready(_) => "ready",
        Outcome::Waits(..) => "waits",
        Outcome::Blocked(_) => "blocked",
        Outcome::Retry(..) => "retry",
        Outcome::Failed(_) => "failed",
    };
    metrics::counter!("media_total", "outcome" => name).increment(1);
    for try_no in 1..=6u32 {
        match record(app, row, &outcome).await {
            Ok(()) => return,
            Err(error) => {
                tracing::warn!(media_id = %row.id, try_no, %error, "what became of a file could not be recorded yet");
                tokio::time::sleep(Duration::from_millis(50 * 2u64.pow(try_no))).await;
            }
        }
    }
}

/// Writes it down under the conversation's lock, and tells the screens.
async fn record(app: &App, row: &MediaRow, outcome: &Outcome) -> Result<(), sqlx::Error> {
    let mut tx = app.db.begin().await?;
    let Some((conversation_id, message_id)) = row.conversation_id.zip(row.message_id) else {
        let changed = outcome.record(app, &mut tx, row).await?;
        tx.commit().await?;
        return if changed { tell_if_sent(app, row.id).await } else { Ok(()) };
    };
    conversations::lock(&mut tx, conversation_id).await?;
    if outcome.record(app, &mut tx, row).await? {
        messages::tell_updated(app, &mut tx, conversation_id, message_id).await?;
    }
    tx.commit().await
}

/// Tells the screens of a file that belonged to no message when it was taken, and was sent meanwhile.
async fn tell_if_sent(app: &App, id: Uuid) -> Result<(), sqlx::Error> {
    let mut tx = app.db.begin().await?;
    let row = media::by_id(&mut tx, id).await?;
    if let Some((conversation_id, message_id)) = row.and_then(|row| row.conversation_id.zip(row.message_id)) {
        conversations::lock(&mut tx, conversation_id).await?;
        messages::tell_updated(app, &mut tx, conversation_id, message_id).await?;
    }
    tx.commit().await
}

/// Fetches a customer's file, and deals with it.
async fn fetched(app: &App, row: &MediaRow) -> Outcome {
    let channel = match row.channel_id {
        Some(id) => channels::live(app, id).await,
        None => Ok(None),
    };
    let (Ok(Some(channel)), Some(external_id)) = (channel, row.external_id.as_deref()) else {
        let words = "The channel is switched off. The file is fetched when an admin switches it on.";
        return retry(app, row, Trouble::Passing, &own("channel_off", words), None);
    };
    let incoming = match channel.kind.fetch_media(&app.net, &channel.settings, external_id, app.media.max_bytes).await {
        Ok(incoming) => incoming,
        Err(FetchError::Retry { error, after }) => return retry(app, row, Trouble::Passing, &error, after),
        Err(FetchError::TooLarge) => return too_large(app),
        Err(FetchError::Gone { error }) => return retry(app, row, Trouble::Gone, &error, None),
    };
    let announced = incoming.size.or(incoming.body.announced());
    if announced.is_some_and(|size| size > app.media.max_bytes) {
        return too_large(app);
    }
    let (size, digest) = (incoming.size, incoming.sha256.clone());
    let arrived = match media::obtain(app, incoming).await {
        Ok(Ok(arrived)) => arrived,
        Ok(Err(FilesError::TooLarge(_))) | Err(NetError::TooLarge { .. }) => return too_large(app),
        Ok(Err(error)) => {
            tracing::warn!(media_id = %row.id, %error, "a file that was fetched cannot be written down");
            let words = "There is no room for files at the moment. MAX keeps trying.";
            return retry(app, row, Trouble::Passing, &own("store", words), None);
        }
        Err(error) => {
            let words = "The file broke off on its way. MAX keeps trying.";
            let error = ProviderError { detail: Some(error.to_string()), ..own("broken_off", words) };
            return retry(app, row, Trouble::Passing, &error, None);
        }
    };
    let digests = [digest.as_deref(), row.declared_sha256.as_deref()];
    let same = size.is_none_or(|size| size == arrived.size())
        && digests.into_iter().flatten().all(|told| rules::same_digest(told, arrived.sha256()));
    if !same {
        let words = "The file that came is not the one that was announced. Ask the customer to send it again.";
        return retry(app, row, Trouble::Damaged, &own("damaged", words), None);
    }
    media::settle(app, row, Some(arrived)).await
}

fn too_large(app: &App) -> Outcome {
    let words = format!("This file is larger than {} MB, so MAX did not fetch it.", app.media.max_bytes / 1024 / 1024);
    Outcome::Failed(as_json(&own("too_large", &words)))
}

fn retry(app: &App, row: &MediaRow, trouble: Trouble, error: &ProviderError, asked: Option<Duration>) -> Outcome {
    tracing::info!(media_id = %row.id, attempt = row.attempts, code = error.code, "a file could not be fetched");
    match rules::pause(trouble, row.attempts, row.created_at, app.now(), asked, app.ids.fraction()) {
        Some(pause) => Outcome::Retry(pause, as_json(error)),
        None => Outcome::Failed(as_json(error)),
    }
}

fn as_json(error: &ProviderError) -> serde_json::Value {
    serde_json::to_value(MediaError { code: error.code.clone(), message: error.message.clone() }).unwrap_or_default()
}

fn own(code: &str, words: &str) -> ProviderError {
    ProviderError { code: code.to_owned(), message: words.to_owned(), detail: None }
}
