//! Conversations: what is said between one contact and the company over one channel. Owns `conversation`,
//! `conversation_read` and `conversation_mention`.
//!
//! The row lock of a conversation guards everything in it: whoever writes its messages, statuses or assignment holds it
//! ([`lock`], [`lock_for`]). So messages are numbered without gaps and races have one winner.

mod access;
mod http;
mod model;
mod service;
mod store;
mod tools;

use kernel::http::Routes;

pub use access::{ConversationRow, Scope};
pub use http::ConversationsRead;
pub(crate) use model::shorten;
pub(crate) use model::text_enum;
pub use model::{Assignee, Card, ChannelRef, ContactRef, ConversationView, LastMessage, Priority, State, TagRef};
pub use service::{
    Inbound, Opening, Outbound, advance_inbound, advance_outbound, audience, emit_taken, emit_updated, open_missing, read_up_to,
    taken,
};
pub(crate) use store::select_cards;
pub use store::{
    Locked, Retagged, assign, card, cards, lock, lock_for, mention, reaches_contact, replace_tag, set_pinned_notes, set_tags,
    tag_ids, tagged,
};
pub use tools::{cards_to_tell, happened, lock_of_contact, newest, of_contact, open_closed, set_blocked};

use crate::App;

/// The event that says a conversation changed: its data hold the whole card.
pub const UPDATED: &str = "conversation.updated";
/// The event that tells a whole team who took a conversation from its queue.
pub const TAKEN: &str = "conversation.taken";
/// The event that tells somebody that they are mentioned.
pub const MENTIONED: &str = "conversation.mentioned";
/// The event that tells a user's other screens how far they have read.
pub const READ: &str = "conversation.read";

/// The routes.
pub fn routes() -> Routes<App> {
    http::routes()
}
