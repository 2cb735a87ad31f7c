//! The outbox dispatcher.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use base::Pii;
use chrono::TimeDelta;
use connect::channel::{
    Agent, Content, ConversationRef, DeliveryStatus, OutboundMessage, Outgoing, ProviderError, Receipt, SendError,
};
use recloser::{AsyncRecloser, Recloser};
use tokio::{
    sync::{Notify, Semaphore},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    pace::{Pace, Turn},
    rules, store, upload,
};
use crate::{
    App,
    channels::{self, Live},
    conversations,
    messages::{self, Claim, Status, WindowState, window_state},
};

/// Calls under way at once on this node.
const IN_FLIGHT: usize = 64;
/// How long the dispatcher waits without a wake-up before it looks anyway.
const POLL: Duration = Duration::from_secs(1);
/// How soon to look again at a message whose conversation somebody held a moment ago.
const HELD: Duration = Duration::from_millis(20);
/// How long a provider that fails is left alone before one message tries again.
const BREAKER_OPEN: Duration = Duration::from_secs(10);
/// Tries to record an outcome; after that the lease runs out and the message is unconfirmed.
const RECORD_TRIES: u32 = 6;

/// Sends what is queued until stopped; then waits for the calls under way.
pub async fn run(app: App, wake: Arc<Notify>, stop: CancellationToken) {
    let lanes = Arc::new(Lanes::default());
    let slots = Arc::new(Semaphore::new(IN_FLIGHT));
    let again = Arc::new(Notify::new());
    let mut under_way = JoinSet::new();
    let mut tidied: Option<tokio::time::Instant> = None;
    while !stop.is_cancelled() {
        if tidied.is_none_or(|at| at.elapsed() >= POLL) {
            tidied = Some(tokio::time::Instant::now());
            if let Err(error) = tidy(&app).await {
                tracing::warn!(error = %error, "the dispatcher cannot tidy up and will try again");
            }
        }
        let claims = match claim(&app, slots.available_permits()).await {
            Ok(claims) => claims,
            Err(error) => {
                tracing::warn!(error = %error, "the dispatcher cannot look at the outbox and will try again");
                Vec::new()
            }
        };
        let found = !claims.is_empty();
        for (claim, attempt_id) in claims {
            let (app, lanes, again) = (app.clone(), lanes.clone(), again.clone());
            let Ok(slot) = slots.clone().acquire_owned().await else { return };
            under_way.spawn(async move {
                let _slot = slot;
                deliver(&app, &lanes, &claim, attempt_id).await;
                // The next message of this conversation may go now.
                again.notify_one();
            });
        }
        while under_way.try_join_next().is_some() {}
        if found && slots.available_permits() > 0 {
            continue;
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = wake.notified() => {}
            () = again.notified() => {}
            () = tokio::time::sleep(until_next(&app).await) => {}
        }
    }
    while under_way.join_next().await.is_some() {}
}

/// How long nothing will be due.
async fn until_next(app: &App) -> Duration {
    let due = async { messages::next_due(&mut *app.db.read().await?).await };
    match due.await {
        Ok(Some(at)) => (at - app.now()).to_std().unwrap_or_default().clamp(HELD, POLL),
        _ => POLL,
    }
}

/// Takes due messages and records their attempts, in one transaction, before anything is called.
async fn claim(app: &App, slots: usize) -> Result<Vec<(Claim, Uuid)>, sqlx::Error> {
    if slots == 0 {
        return Ok(Vec::new());
    }
    let now = app.now();
    let lease = now + TimeDelta::from_std(app.send_lease).unwrap_or(TimeDelta::seconds(60));
    let mut tx = app.db.begin().await?;
    let claims = messages::claim(&mut tx, i64::try_from(slots).unwrap_or(1), now, lease).await?;
    if claims.is_empty() {
        return Ok(Vec::new());
    }
    let attempts: Vec<_> =
        claims.iter().map(|c| store::Attempt { id: app.new_id(), message_id: c.id, number: c.attempts }).collect();
    store::begin(&mut tx, &attempts, &app.node, now).await?;
    tx.commit().await?;
    Ok(claims.into_iter().zip(attempts).map(|(claim, attempt)| (claim, attempt.id)).collect())
}

async fn deliver(app: &App, lanes: &Lanes, claim: &Claim, attempt_id: Uuid) {
    let outcome = attempt(app, lanes, claim).await;
    let name = outcome.name();
    metrics::counter!("sends_total", "outcome" => name).increment(1);
    for try_no in 1..=RECORD_TRIES {
        let recorded = match &outcome {
            Outcome::Called(result) => record(app, claim, attempt_id, name, result).await,
            Outcome::Paused(why) => postpone(app, claim, attempt_id, BREAKER_OPEN, Some(why)).await,
            Outcome::Paced(wait) => postpone(app, claim, attempt_id, *wait, None).await,
        };
        match recorded {
            Ok(()) => return,
            Err(error) => {
                tracing::warn!(message_id = %claim.id, try_no, error = %error, "the outcome of a send could not be recorded yet");
                tokio::time::sleep(Duration::from_millis(50 * 2u64.pow(try_no))).await;
            }
        }
    }
    tracing::error!(message_id = %claim.id, "the outcome of a send was not recorded; the message will be unconfirmed");
}

/// What came of a claim.
enum Outcome {
    /// The provider was called, or there was a reason not to that this message has to bear.
    Called(Result<Receipt, SendError>),
    /// Nothing was tried, and is a little later; why, for who looks at the message.
    Paused(ProviderError),
    /// It is not its turn before this has passed.
    Paced(Duration),
}

impl Outcome {
    /// As attempts and metrics name it.
    fn name(&self) -> &'static str {
        match self {
            Outcome::Called(Ok(_)) => "accepted",
            Outcome::Called(Err(SendError::Retry { .. } | SendError::Slow { .. } | SendError::Account { .. })) => "retry",
            Outcome::Called(Err(SendError::Final { .. })) => "failed",
            Outcome::Called(Err(SendError::Unconfirmed { .. })) => "unconfirmed",
            Outcome::Paused(_) => "paused",
            Outcome::Paced(_) => "paced",
        }
    }
}

/// At most one call to the provider.
async fn attempt(app: &App, lanes: &Lanes, claim: &Claim) -> Outcome {
    let (channel, message) = match prepare(app, claim).await {
        Ok(Some(ready)) => ready,
        Ok(None) => return Outcome::Paused(own_error("channel_off", "The channel is switched off. An admin can switch it on.")),
        Err(error) => return Outcome::Called(Err(error)),
    };
    let lane = lanes.of(&channel);
    match lane.turn(&channel, &claim.to) {
        Turn::Go(wait) => tokio::time::sleep(wait).await,
        Turn::Later(wait) => return Outcome::Paced(wait),
    }
    let call = call(app, &channel, claim, message);
    match lane.breaker.call_with(in_trouble, call).await {
        Ok(receipt) => {
            lane.pace().accepted(&claim.to);
            Outcome::Called(Ok(receipt))
        }
        Err(recloser::Error::Inner(SendError::Slow { error, limit, after })) => {
            let pause = lane.pace().refused(lane.begun.elapsed(), &claim.to, limit);
            Outcome::Called(Err(SendError::Slow { error, limit, after: after.max(Some(pause)) }))
        }
        Err(recloser::Error::Inner(error)) => Outcome::Called(Err(error)),
        Err(recloser::Error::Rejected) => {
            Outcome::Paused(own_error("paused", "The provider has not answered for a while. MAX keeps trying."))
        }
    }
}

/// Hands the file over first, where there is one the provider does not have yet; then sends.
async fn call(app: &App, channel: &Live, claim: &Claim, mut message: OutboundMessage) -> Result<Receipt, SendError> {
    let remembered = match &mut message.content {
        Outgoing::Media(file) | Outgoing::Template { file: Some(file), .. } => {
            upload::hand_over(app, channel, claim, file).await?
        }
        _ => false,
    };
    let sent = channel.kind.send(&app.net, &channel.settings, &message).await;
    if let (Err(SendError::Final { .. }), Outgoing::Media(file) | Outgoing::Template { file: Some(file), .. }, true) =
        (&sent, &message.content, remembered)
    {
        // It may be the file's old id that is not taken any more: the next try hands it over anew.
        upload::forget(app, channel, &file.external_id).await;
    }
    sent
}

/// The channel and the message as it goes out, checked once more: time has passed since it was written. `None`: the channel is off.
async fn prepare(app: &App, claim: &Claim) -> Result<Option<(Live, OutboundMessage)>, SendError> {
    let channel = match channels::live(app, claim.channel_id).await {
        Ok(Some(channel)) => channel,
        Ok(None) => return Ok(None),
        Err(problem) => return Err(SendError::Retry { error: own_error("unavailable", problem.detail()), after: None }),
    };
    let limited = channel.kind.capabilities().reply_window.is_some();
    let content = serde_json::from_value::<Content>(claim.content.clone()).ok();
    let files = match &content {
        Some(Content::Media(_) | Content::Template(_)) => upload::files(app, claim.id).await?,
        _ => Vec::new(),
    };
    let Some(content) = content.and_then(|content| messages::outgoing(&content, &files)) else {
        let words = "This kind of message cannot be sent over this channel.";
        return Err(SendError::Final { error: own_error("unsupported", words) });
    };
    // The only kind that a closed window lets through.
    if !matches!(content, Outgoing::Template { .. })
        && let WindowState::Closed(_) = window_state(limited, claim.window_expires_at, app.now())
    {
        let words = "The reply window closed before this was sent. You can write again as soon as the customer writes.";
        return Err(SendError::Final { error: own_error("window_closed", words) });
    }
    let message = OutboundMessage {
        id: claim.id,
        to: claim.to.clone(),
        phone: claim.phone.clone().map(Pii),
        content,
        reply_to: claim.reply_to_external.clone(),
        now: app.now(),
        conversation: ConversationRef { id: claim.conversation_id, number: claim.number },
        agent: claim.author_name.clone().map(|name| Agent {
            name,
            photo_url: claim.photo_token.as_ref().map(|token| format!("{}/api/v1/photos/{token}", app.public_url)),
        }),
    };
    Ok(Some((channel, message)))
}

/// Whether an error says something about the provider rather than about this message, its recipient or our account: silence and failures do;
/// a refusal does not, nor does being asked to send this one later.
fn in_trouble(error: &SendError) -> bool {
    matches!(error, SendError::Retry { after: None, .. } | SendError::Unconfirmed { .. })
}

pub(super) fn own_error(code: &str, words: &str) -> ProviderError {
    ProviderError { code: code.to_owned(), message: words.to_owned(), detail: None }
}

/// Puts a claim back for when the provider is asked again, and says so. No call was made, so it counts as no attempt.
async fn postpone(
    app: &App,
    claim: &Claim,
    attempt_id: Uuid,
    pause: Duration,
    error: Option<&ProviderError>,
) -> Result<(), sqlx::Error> {
    let pause = pause.mul_f64(1.0 + app.ids.fraction() / 4.0);
    let at = app.now() + TimeDelta::from_std(pause).unwrap_or(TimeDelta::seconds(10));
    let mut tx = app.db.begin().await?;
    conversations::lock(&mut tx, claim.conversation_id).await?;
    let error = error.map(|error| serde_json::to_value(error).unwrap_or_default());
    messages::postpone(&mut tx, claim.id, claim.attempts, at, error.as_ref()).await?;
    store::withdraw(&mut tx, attempt_id).await?;
    tell(app, &mut tx, claim.conversation_id, claim.id, None).await?;
    tx.commit().await
}

/// Writes down what came of it, under the conversation's lock.
async fn record(
    app: &App,
    claim: &Claim,
    attempt_id: Uuid,
    name: &str,
    outcome: &Result<Receipt, SendError>,
) -> Result<(), sqlx::Error> {
    let now = app.now();
    let error = outcome.as_ref().err().map(|e| serde_json::to_value(e.error()).unwrap_or_default());
    let mut tx = app.db.begin().await?;
    conversations::lock(&mut tx, claim.conversation_id).await?;
    let Some(row) = messages::lock_message(&mut tx, claim.conversation_id, claim.id).await? else { return Ok(()) };
    store::finish(&mut tx, attempt_id, name, error.as_ref(), now).await?;
    // A later attempt (a person said "send again") is not this one's to settle.
    let ours = row.attempts == claim.attempts;
    let before = (row.status(), row.error.clone());
    match outcome {
        Ok(receipt) => {
            // A status may have overtaken us, on the row or parked.
            let status = messages::advance(row.status(), DeliveryStatus::Sent).unwrap_or(row.status());
            let (status, parked_error) = messages::apply_parked(&mut tx, claim.channel_id, &receipt.external_id, status).await?;
            messages::record_accepted(&mut tx, claim.id, &receipt.external_id, status.as_str(), now).await?;
            if let (Status::Failed, Some(error)) = (status, parked_error.or(row.error)) {
                messages::record_failed(&mut tx, claim.id, &error).await?;
            }
            channels::works(app, &mut tx, claim.channel_id).await?;
        }
        Err(failure) if ours && row.status() == Status::Queued => {
            let error = error.unwrap_or_default();
            let jitter = app.ids.fraction();
            let pause = match failure {
                SendError::Retry { after, .. } | SendError::Slow { after, .. } => {
                    rules::pause(claim.attempts, tries(app, claim).await, *after, jitter)
                }
                // The channel pauses, and this is the first to go when it goes on, however long that takes.
                SendError::Account { error } => {
                    channels::in_trouble(app, &mut tx, claim.channel_id, error, true).await?;
                    Some(Duration::ZERO)
                }
                SendError::Final { .. } | SendError::Unconfirmed { .. } => None,
            };
            match (failure, pause) {
                (SendError::Unconfirmed { .. }, _) => messages::record_unconfirmed(&mut tx, claim.id, &error).await?,
                (_, Some(pause)) => {
                    let at = now + TimeDelta::from_std(pause).unwrap_or(TimeDelta::seconds(60));
                    messages::record_retry(&mut tx, claim.id, at, &error).await?;
                }
                (_, None) => messages::record_failed(&mut tx, claim.id, &error).await?,
            }
        }
        Err(_) => {}
    }
    tell(app, &mut tx, claim.conversation_id, claim.id, Some(before)).await?;
    tx.commit().await
}

/// How often a message of this channel is tried: a server of the company's own is given a day.
async fn tries(app: &App, claim: &Claim) -> i32 {
    let channel = app.live_channels.get(&claim.channel_id).await;
    // The channel was there a moment ago, for the call.
    if channel.is_some_and(|c| c.kind.capabilities().persists) { rules::DAY_OF_TRIES } else { rules::TRIES }
}

/// Tells the screens, if the message looks different from `before`.
async fn tell(
    app: &App,
    tx: &mut kernel::db::Tx,
    conversation_id: Uuid,
    message_id: Uuid,
    before: Option<(Status, Option<serde_json::Value>)>,
) -> Result<(), sqlx::Error> {
    let row = messages::by_ids(tx, &[message_id]).await?.pop();
    let card = conversations::cards(tx, &[conversation_id]).await?.pop();
    if let (Some(row), Some(card)) = (row, card)
        && before.is_none_or(|before| before != (row.status(), row.error.clone()))
    {
        messages::emit_updated(app, tx, &row, &card);
    }
    Ok(())
}

/// Settles what nobody is working on any more: sends whose dispatcher died, and statuses that crossed the record of their message.
async fn tidy(app: &App) -> Result<(), sqlx::Error> {
    const BATCH: i64 = 200;
    let now = app.now();
    let mut conn = app.db.read().await?;
    let lost = messages::expire_leases(&mut conn, now, BATCH).await?;
    let parked = messages::parked_ready(&mut conn, BATCH).await?;
    drop(conn);
    for message in lost {
        let mut tx = app.db.begin().await?;
        conversations::lock(&mut tx, message.conversation_id).await?;
        let row = messages::lock_message(&mut tx, message.conversation_id, message.id).await?;
        // Again under the lock: its dispatcher may have been slow rather than dead.
        if row.is_some_and(|r| r.status() == Status::Queued && r.lease_until.is_some_and(|at| at < now)) {
            store::lose(&mut tx, message.id, now).await?;
            if message.uploading {
                tracing::warn!(message_id = %message.id, "the upload of a file was interrupted; its message goes again");
                let error = own_error("interrupted", "MAX was interrupted while uploading the file. It tries again.");
                messages::record_retry(&mut tx, message.id, now, &serde_json::to_value(error).unwrap_or_default()).await?;
            } else {
                tracing::warn!(message_id = %message.id, "a send was interrupted; whether it went out is not known");
                let error = own_error("interrupted", "MAX was interrupted while sending this. It may have arrived.");
                messages::record_unconfirmed(&mut tx, message.id, &serde_json::to_value(error).unwrap_or_default()).await?;
            }
            tell(app, &mut tx, message.conversation_id, message.id, None).await?;
            tx.wake(messages::OUTBOX);
            tx.commit().await?;
        }
    }
    for (conversation_id, message_id) in parked {
        let mut tx = app.db.begin().await?;
        messages::deliver_unparked(app, &mut tx, conversation_id, message_id).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Pace and circuit breaker of each channel on this node.
#[derive(Default)]
struct Lanes(Mutex<HashMap<Uuid, Arc<Lane>>>);

struct Lane {
    pace: Mutex<Pace>,
    /// From when the pace counts.
    begun: Instant,
    breaker: AsyncRecloser,
}

impl Lane {
    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a message to this customer may go now.
    fn turn(&self, channel: &Live, to: &str) -> Turn {
        let mut pace = self.pace();
        pace.grant(channel.throughput);
        pace.turn(self.begun.elapsed(), to)
    }
}

impl Lanes {
    fn of(&self, channel: &Live) -> Arc<Lane> {
        let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lanes
            .entry(channel.id())
            .or_insert_with(|| {
                // Opens when most of the last five calls failed; tries one after ten seconds.
                let breaker = Recloser::custom().error_rate(0.8).closed_len(5).half_open_len(1).open_wait(BREAKER_OPEN).build();
                let pace = Mutex::new(Pace::new(channel.kind.capabilities().sends_per_second));
                Arc::new(Lane { pace, begun: Instant::now(), breaker: AsyncRecloser::from(breaker) })
            })
            .clone()
    }
}
