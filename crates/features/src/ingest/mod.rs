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
mod store;
mod templates;

use kernel::{http::Routes, job::Jobs};

pub use flood::{TOPIC as FLOOD, settle as settle_floods};
pub use queue::{Queue, Worker, queue};
pub use refused::{Refused, keep_refused};

use crate::App;

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
