//! Assignment: who has a conversation, and what they do with it: take, give, hand over, put aside, close, reopen.
//!
//! What a step may do stands in `conversations`; here is who may take it, decided again under the row lock, and whom it may concern.

mod hand_over;
mod http;
mod service;
mod snooze;
mod target;

use kernel::http::Routes;

pub use hand_over::hand_over_everything;
pub use http::{
    ConversationsAssign, ConversationsClose, ConversationsPriority, ConversationsReopen, ConversationsSnooze, ConversationsTake,
    ConversationsTransfer,
};
pub use service::{assign, close, prioritise, reopen, take_next, transfer};
pub use snooze::{TOPIC as SNOOZE, run as wake_sleepers};

use crate::App;

/// The routes.
pub fn routes() -> Routes<App> {
    http::routes()
}
