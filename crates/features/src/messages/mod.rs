//! Messages: what was said. Owns `message` and `parked_status`. An outbound row is its own outbox; `delivery` sends it.

mod http;
mod jobs;
mod mention;
mod mentioning;
mod model;
mod notes;
mod service;
mod status;
mod store;

use kernel::{http::Routes, job::Jobs};

pub use http::{ConversationsNote, ConversationsReply};
pub use mention::{Mention, MentionType};
pub use model::{Author, AuthorType, Direction, Kind, MessageView, Quote, WindowState, window_state};
pub use notes::{feedback_given, pinned, set_pinned};
pub(crate) use service::created;
pub use service::{Applied, apply_parked, apply_statuses, deliver_unparked, emit_updated, write_note};
pub use status::{Status, advance};
pub use store::{
    Attempted, Claim, MessageRow, NewInbound, StatusTarget, by_ids, claim, expire_leases, insert_inbound, known,
    lock as lock_message, next_due, parked_ready, postpone, record_accepted, record_failed, record_retry, record_unconfirmed,
    status_targets,
};

use crate::App;

/// The event that says a message was said; its data hold the message and its conversation.
pub const CREATED: &str = "message.created";
/// The event that says a message's status changed; its data hold the message.
pub const UPDATED: &str = "message.updated";
/// What wakes the dispatcher.
pub const OUTBOX: &str = "outbox";

/// Adds this feature's jobs.
pub fn jobs(jobs: Jobs<App>) -> Jobs<App> {
    jobs::jobs(jobs)
}

/// The routes.
pub fn routes() -> Routes<App> {
    http::routes()
}
