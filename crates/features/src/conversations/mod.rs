//! Conversations: what is said between one contact and the company over one channel. Owns `conversation`,
//! `conversation_read`, `conversation_participant`, `conversation_mention`, `conversation_timeline` and `conversation_assignment`.
//!
//! What steps a conversation may take stands in `transition.rs`; [`make`] takes them. The row lock of a conversation guards everything in it: whoever writes its messages, statuses or assignment holds it
//! ([`lock`], [`lock_for`]). So messages are numbered without gaps and races have one winner.

mod access;
mod flood;
mod http;
mod model;
mod service;
mod step;
mod store;
mod timeline;
mod tools;
mod transition;

use kernel::http::Routes;

pub use access::{ConversationRow, Scope};
pub use flood::{Flood, TOLD_EVERY, bring_back, came, came_in, emit_flood, flooder, forget_floods, tell_floods};
pub use http::ConversationsRead;
pub(crate) use model::shorten;
pub(crate) use model::text_enum;
pub use model::{Assignee, Card, ChannelRef, CloseReasonRef, ContactRef, ConversationView, LastMessage, Priority, State, TagRef};
pub use service::{
    Inbound, Opening, Outbound, advance_inbound, advance_outbound, as_left_by, assignments, audience, emit_updated, open_missing,
    read_up_to, take_over_names, taken, unread_from,
};
pub use step::{Step, StepError, Waker, make, prioritise, wake_due};
pub use store::{
    Locked, Retagged, Wanted, any_of_channel, card, cards, count_open_of,
    flood::Came,
    latest_on_channel, lock, lock_for, mention, of_contacts, on_channel, reaches_contact, read_seq, replace_tag, retitle_last,
    set_pinned_notes, set_reply_waits, set_tags,
    steps::{any_waits, lock_first, next_wake, open_of, queue_places},
    tag_ids, tag_refs, tagged, try_lock,
};
pub use timeline::{ADDED as TIMELINE_ADDED, AssignmentRecord, Excluded, Happening, Note, Rule, TimelineEntry, note_in_timeline};
pub use tools::{cards_to_tell, happened, lock_of_contact, of_contact, open_closed, set_blocked};
pub use transition::Refusal;

use crate::App;

/// What a customer may see of us besides messages. Passing: what nobody hears is lost.
#[derive(Debug, Clone)]
pub struct Glimpse {
    /// Whose doing it is.
    pub actor: std::sync::Arc<kernel::auth::Actor>,
    /// Where.
    pub conversation_id: uuid::Uuid,
    /// What.
    pub of: Seen,
}

/// What there is to be seen.
#[derive(Debug, Clone, Copy)]
pub enum Seen {
    /// They opened it and have read up to this.
    Read(i64),
    /// They are typing a reply.
    Typing,
}

/// The event that says a conversation changed: its data hold the whole card.
pub const UPDATED: &str = "conversation.updated";
/// The event that tells a whole team that a conversation left its queue, or the team: who took it, or what else became of it.
pub const TAKEN: &str = "conversation.taken";
/// The event that tells somebody that they are mentioned.
pub const MENTIONED: &str = "conversation.mentioned";
/// The event that tells how many messages of a flood were folded; its data hold `conversation_id` and `folded_count`.
pub const FLOOD: &str = "conversation.flood";
/// The event that tells a user's other screens how far they have read.
pub const READ: &str = "conversation.read";

/// The routes.
pub fn routes() -> Routes<App> {
    http::routes()
}
