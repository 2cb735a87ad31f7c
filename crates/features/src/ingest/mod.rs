//! Ingest: from a provider's delivery to committed messages. Owns the journal, `webhook_delivery` and
//! `webhook_element`, and the count of calls that were refused, `webhook_refused`.
//!
//! A delivery is answered 200 only after the transaction that holds its raw body, its messages and its events has committed. Under load
//! several deliveries share one commit. What cannot be processed is kept as a dead letter; one bad element never loses its neighbours.

mod accounts;
mod apply;
mod flood;
mod folding;
mod http;
mod jobs;
mod journal;
mod places;
mod queue;
mod refused;
mod said;
mod store;
mod templates;

use bytes::Bytes;
use kernel::{
    http::{Problem, Routes},
    job::Jobs,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use flood::{TOPIC as FLOOD, settle as settle_floods};
pub use queue::{Queue, Worker, queue};
pub use refused::{Refused, keep_refused};

use crate::{App, channels::Live};

/// The topic on the bus that says which customers type. What travels there may be lost.
pub const TYPING: &str = "customers";

/// A customer types, or stopped: what travels on [`TYPING`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CustomerTypes {
    /// The channel.
    pub channel_id: Uuid,
    /// Their identity there.
    pub external_id: String,
    /// Whether they do.
    pub on: bool,
}

impl CustomerTypes {
    /// Tells all nodes.
    pub async fn publish(&self, app: &App) {
        app.bus.publish(TYPING, serde_json::to_vec(self).unwrap_or_default().into()).await;
    }
}

/// Takes a delivery that MAX wrote down itself, for somebody on a page. Returns when it is committed.
pub async fn take(app: &App, channel: Live, body: Bytes) -> Result<(), Problem> {
    app.ingest.accept(queue::Delivery::read(channel, body)).await
}

/// What became of one element of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It changed something. So is what a flood washed in, folded.
    Stored,
    /// It changed a message that was there: a reaction, an edit, a message taken back.
    Folded,
    /// The same, beyond how often screens are told of such.
    Quiet,
    /// Stored, but from somebody whom nobody wants to hear from: it asks for nobody's attention.
    Blocked,
    /// It had been here before.
    Duplicate,
    /// Understood, and deliberately without effect.
    Ignored(String),
    /// A status whose message is not known yet.
    Parked,
    /// It could not be processed; kept for replay.
    Dead(String),
}

impl Fate {
    fn name(&self) -> &'static str {
        match self {
            Fate::Stored => "stored",
            Fate::Folded | Fate::Quiet => "folded",
            Fate::Blocked => "blocked",
            Fate::Duplicate => "duplicate",
            Fate::Ignored(_) => "ignored",
            Fate::Parked => "parked",
            Fate::Dead(_) => "dead",
        }
    }

    fn reason(&self) -> Option<String> {
        match self {
            Fate::Ignored(reason) | Fate::Dead(reason) => Some(reason.clone()),
            Fate::Quiet => {
                Some("more changes than a customer may make in a while: it is kept, and screens were not told of it".to_owned())
            }
            _ => None,
        }
    }
}

/// Adds this feature's jobs.
pub fn jobs(jobs: Jobs<App>) -> Jobs<App> {
    jobs::jobs(jobs)
}

/// The routes: one webhook address per kind of channel, and the journal.
pub fn routes(channels: connect::channel::Registry) -> Routes<App> {
    http::routes(channels).merge(journal::routes())
}
