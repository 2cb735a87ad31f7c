//! Messages: what was said, and what is held to be said. Owns `message`, `parked_status`, `held_message` and `then_close`. An outbound row is
//! its own outbox; `delivery` sends it.

mod blocked;
mod folding;
mod held;
mod http;
mod jobs;
mod mention;
mod mentioning;
mod model;
mod notes;
mod origin;
mod reacting;
mod rescue;
mod service;
mod status;
mod store;
mod structured;

use kernel::{http::Routes, job::Jobs};

pub use folding::{Change, Fold, FoldTarget, Reaction, fold};
pub use held::{Releases, next_release, release_due};
pub use http::{ConversationsNote, ConversationsReply};
pub use mention::{Mention, MentionType};
pub use model::{Author, AuthorType, Direction, Kind, MessageError, MessageView, Quote, WindowState, window_state};
pub use notes::{feedback_given, pinned, set_pinned};
pub use rescue::customers_wrote;
pub(crate) use service::created;
pub use service::{
    Applied, apply_parked, apply_statuses, deliver_unparked, emit_updated, expect_files, outgoing, tell_updated, write_note,
};
pub use status::{Status, advance};
pub use store::{
    Attempted, Claim, MessageRow, NewInbound, Seen, StatusTarget,
    answers::first_answers,
    by_external, by_ids, claim, expire_leases, extend_lease, external_ids,
    folding::targets as fold_targets,
    held::{CloseOrder, answered_since, take_closes},
    insert_inbound, known, lock as lock_message, next_due, parked_ready, postpone, record_accepted, record_failed, record_retry,
    record_unconfirmed, replies, status_targets, unseen,
};

use crate::App;

/// The event that says a message was said; its data hold the message and its conversation.
pub const CREATED: &str = "message.created";
/// The event that says a message's status changed; its data hold the message.
pub const UPDATED: &str = "message.updated";
/// The event that tells an author's screens that a message of theirs waits; its data hold the message.
pub const HELD: &str = "message.held";
/// The event that tells an author's screens that they took a message back; its data hold its `id` and `conversation_id`.
pub const DELETED: &str = "message.deleted";
/// What wakes the release of held messages.
pub const RELEASE: &str = "release";
/// Longest text MAX itself takes, in characters; a channel may take less.
pub const MAX_TEXT: usize = 20_000;
/// What wakes the dispatcher.
pub const OUTBOX: &str = "outbox";

/// Adds this feature's jobs.
pub fn jobs(jobs: Jobs<App>) -> Jobs<App> {
    jobs::jobs(jobs)
}

/// The routes.
pub fn routes() -> Routes<App> {
    http::routes().merge(blocked::routes())
}
