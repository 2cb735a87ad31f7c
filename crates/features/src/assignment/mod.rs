//! Assignment: who has a conversation, and what they do with it: take, give, hand over, put aside, close, reopen; and who gets it when
//! somebody leaves.
//!
//! What a step may do stands in `conversations`; here is who may take it, decided again under the row lock, and whom it may concern.

mod after_sending;
mod hand_over;
mod http;
mod service;
mod snooze;
mod target;

use std::sync::Arc;

use kernel::{event::reader::Reader, http::Routes, job::Jobs};

pub use hand_over::hand_over_everything;
pub use http::{
    ConversationsAssign, ConversationsClose, ConversationsPriority, ConversationsReopen, ConversationsSnooze, ConversationsTake,
    ConversationsTransfer,
};
pub use service::{assign, close, prioritise, reopen, take_next, transfer};
pub use snooze::{TOPIC as SNOOZE, run as wake_sleepers};

use crate::App;

/// Adds this feature's jobs.
pub fn jobs(jobs: Jobs<App>) -> Jobs<App> {
    hand_over::jobs(jobs)
}

/// What follows the event log.
pub fn readers(app: &App) -> Vec<Arc<dyn Reader>> {
    vec![Arc::new(hand_over::Leavers(app.clone())), Arc::new(after_sending::AfterSending(app.clone()))]
}

/// The routes.
pub fn routes() -> Routes<App> {
    http::routes()
}
