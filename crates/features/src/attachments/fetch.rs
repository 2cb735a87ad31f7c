//! Fetches what customers send, and asks the scanner again about what it has not judged. Runs on every worker node.

use std::{collections::HashMap, sync::Arc, time::Duration};

use base::Time;
use chrono::TimeDelta;
use connect::{
    channel::{FetchError, ProviderError},
    net::NetError,
};
use tokio::{
    sync::Notify,
    task::{self, JoinSet},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    lanes::{AT_ONCE, LaneId, Lanes, Went},
    rules::{self, Trouble},
};
use crate::{
    App, channels, conversations,
    media::{self, FilesError, MediaError, MediaRow, Outcome},
    messages,
};

/// How long the loop waits without a wake-up before it looks anyway.
const POLL: Duration = Duration::from_secs(1);
/// And how long at least.
const SOON: Duration = Duration::from_millis(20);
/// How long a node that is stopped waits for what is under way.
const STOPPING: Duration = Duration::from_secs(5);
/// How long a file is somebody's who does not say again that it is: a node that died delays its files by no more.
const LEASE: TimeDelta = TimeDelta::seconds(60);
/// How often a node says so.
const RENEW: Duration = Duration::from_secs(15);

/// Fetches until stopped; then gives back what takes long, so that another node begins anew with it. What a node that dies had is taken when
/// its lease ends.
pub async fn run(app: App, wake: Arc<Notify>, stop: CancellationToken) {
    let mut at_work = AtWork::default();
    let mut renewed = tokio::time::Instant::now();
    while !stop.is_cancelled() {
        while let Some(done) = at_work.tasks.try_join_next_with_id() {
            at_work.ended(&app, done);
        }
        if renewed.elapsed() >= RENEW {
            renewed = tokio::time::Instant::now();
            if let Err(error) = media::keep(&app, &at_work.files(), LEASE).await {
                tracing::warn!(%error, "files under way could not be kept; another node may begin with them too");
            }
        }
        let next = match at_work.take(&app).await {
            Ok(next) => next,
            Err(error) => {
                tracing::warn!(%error, "files to be fetched cannot be looked at and will be again");
                None
            }
        };
        let pause = next.map_or(POLL, |at| (at - app.now()).to_std().unwrap_or_default().clamp(SOON, POLL));
        tokio::select! {
            () = stop.cancelled() => {}
            Some(done) = at_work.tasks.join_next_with_id() => at_work.ended(&app, done),
            () = wake.notified(), if at_work.lanes.under_way() < AT_ONCE => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
    // Small files are through in a moment; what takes longer is begun anew elsewhere.
    let rest = async {
        while let Some(done) = at_work.tasks.join_next_with_id().await {
            at_work.ended(&app, done);
        }
    };
    if tokio::time::timeout(STOPPING, rest).await.is_err() {
        at_work.tasks.shutdown().await;
        if let Err(error) = media::give_back(&app, &at_work.files()).await {
            tracing::warn!(%error, "files under way could not be given back; another node takes them when their leases end");
        }
    }
}

/// What this node is fetching.
#[derive(Default)]
struct AtWork {
    tasks: JoinSet<Went>,
    /// Which task has which file, and in which lane.
    of: HashMap<task::Id, (LaneId, Uuid)>,
    lanes: Lanes,
}

impl AtWork {
    fn files(&self) -> Vec<Uuid> {
        self.of.values().map(|(_, file)| *file).collect()
    }

    /// Takes what is due and has a place, and begins with it. Answers when there is more to take unless something ends before.
    async fn take(&mut self, app: &App) -> Result<Option<Time>, sqlx::Error> {
        if self.lanes.under_way() >= AT_ONCE {
            return Ok(None);
        }
        let due = media::due(&mut *app.db.read().await?).await?;
        let plan = self.lanes.plan(&due, app.now());
        for (lane, count) in plan.take {
            for row in media::claim(app, lane, i64::try_from(count).unwrap_or(1), LEASE).await? {
                let (app, id) = (app.clone(), row.id);
                let task = self.tasks.spawn(async move { one(&app, &row).await });
                self.of.insert(task.id(), (lane, id));
                self.lanes.begin(lane);
            }
        }
        Ok(plan.next)
    }

    fn ended(&mut self, app: &App, done: Result<(task::Id, Went), task::JoinError>) {
        let (id, went) = match done {
            Ok(done) => done,
            Err(error) => {
                tracing::error!(%error, "the fetch of a file broke down; it is tried again when its lease ends");
                (error.id(), Went::Unasked)
            }
        };
        let Some((lane, _)) = self.of.remove(&id) else { return };
        if self.lanes.end(lane, went, app.now(), app.ids.fraction()) {
            metrics::counter!("media_circuits_opened_total").increment(1);
            tracing::warn!(channel_id = ?lane, "a provider hands out no files; it is asked for one now and then until it does");
        }
    }
}

/// Deals with one file. No connection to the database and no lock is held while others are waited for.
async fn one(app: &App, row: &MediaRow) -> Went {
    let (outcome, went) = match row.storage_key {
        Some(_) => (media::settle(app, row, None).await, Went::Unasked),
        None => fetched(app, row).await,
    };
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
            Ok(()) => return went,
            Err(error) => {
                tracing::warn!(media_id = %row.id, try_no, %error, "what became of a file could not be recorded yet");
                tokio::time::sleep(Duration::from_millis(50 * 2u64.pow(try_no))).await;
            }
        }
    }
    went
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

/// Fetches a customer's file, and deals with it; and what that says about its provider.
async fn fetched(app: &App, row: &MediaRow) -> (Outcome, Went) {
    if rules::too_old(row.created_at, app.now()) && row.attempts > 1 {
        let words = "The provider did not hand out this file while it kept it. Ask the customer to send it again.";
        return (Outcome::Failed(as_json(&own("too_late", words))), Went::Unasked);
    }
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
    (media::settle(app, row, Some(arrived)).await, Went::Well)
}

fn too_large(app: &App) -> (Outcome, Went) {
    let words = format!("This file is larger than {} MB, so MAX did not fetch it.", app.media.max_bytes / 1024 / 1024);
    (Outcome::Failed(as_json(&own("too_large", &words))), Went::Well)
}

fn retry(app: &App, row: &MediaRow, trouble: Trouble, error: &ProviderError, asked: Option<Duration>) -> (Outcome, Went) {
    tracing::info!(media_id = %row.id, attempt = row.attempts, code = error.code, "a file could not be fetched");
    let went = match trouble {
        Trouble::Passing => Went::Silent(asked.unwrap_or_default()),
        Trouble::Gone | Trouble::Damaged => Went::Missing,
    };
    let outcome = match rules::pause(trouble, row.attempts, row.created_at, app.now(), asked, app.ids.fraction()) {
        Some(pause) => Outcome::Retry(pause, as_json(error)),
        None => Outcome::Failed(as_json(error)),
    };
    (outcome, went)
}

fn as_json(error: &ProviderError) -> serde_json::Value {
    serde_json::to_value(MediaError { code: error.code.clone(), message: error.message.clone() }).unwrap_or_default()
}

fn own(code: &str, words: &str) -> ProviderError {
    ProviderError { code: code.to_owned(), message: words.to_owned(), detail: None }
}
