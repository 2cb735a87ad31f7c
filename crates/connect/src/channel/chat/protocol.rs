//! What MAX says to the app, as it goes over the wire. What the app says is read with tolerance (`parse.rs`); how it should look stands in
//! `tests/schema.rs`, which makes the JSON Schema of both.

use base::Time;
use schemars::JsonSchema;
use serde::Serialize;

use super::super::{Agent, ConversationRef, Interactive, MediaKind, Place};

/// Stands in everything that MAX says, and in nothing that the app says.
pub(super) const SOURCE: &str = "max";
/// Stands in what MAX writes down for somebody on a page.
pub(super) const PAGE: &str = "page";
/// Before the company's own id of a user.
pub(super) const USER: &str = "user:";

/// One call to the app.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct ToApp {
    /// When it happened.
    pub timestamp: Time,
    /// Always `max`.
    pub source: &'static str,
    /// What happened.
    #[serde(flatten)]
    pub event: AppEvent,
}

/// What MAX says.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(tag = "type", content = "data")]
pub(super) enum AppEvent {
    /// Somebody wrote to a user. `id` is the same as in the header `webhook-id`, and the same when the call is repeated.
    #[serde(rename = "message.created")]
    MessageCreated(AppMessage),
    /// Somebody put an emoji on a message, or took it back.
    #[serde(rename = "message.reaction")]
    MessageReaction(AppReaction),
    /// Somebody types, or stopped.
    #[serde(rename = "typing")]
    Typing(AppTyping),
    /// A conversation begins, or goes on after it was closed.
    #[serde(rename = "conversation.opened")]
    Opened(AppConversation),
    /// Somebody has the conversation now.
    #[serde(rename = "conversation.assigned")]
    Assigned(AppConversation),
    /// The conversation is over.
    #[serde(rename = "conversation.closed")]
    Closed(AppConversation),
    /// What the user wrote was read.
    #[serde(rename = "conversation.read")]
    Read(AppConversation),
    /// Nothing: an admin tries the address.
    #[serde(rename = "ping")]
    Ping(AppPing),
}

/// A user by the company's own id.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct AppUser {
    /// The id, as the app said it.
    pub id: String,
}

/// A message to a user.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct AppMessage {
    /// MAX's id of it.
    pub id: String,
    /// To whom.
    pub user: AppUser,
    /// Where it belongs.
    pub conversation: ConversationRef,
    /// Who wrote it; `null`: MAX itself.
    pub agent: Option<Agent>,
    /// The words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// A file, instead of words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media: Option<AppMedia>,
    /// A place, instead of words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Place>,
    /// Ready answers to the words, which stand in `text` too. What the user takes comes back as `choice`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interactive: Option<Interactive>,
    /// The id of the message it quotes: the app's, or MAX's where the app gave none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
}

/// A file to a user.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct AppMedia {
    /// As what it is to be shown.
    pub kind: MediaKind,
    /// Where the app fetches it, without any header. Good for a week.
    pub url: String,
    /// What its bytes are.
    pub mime_type: String,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How many bytes it has.
    pub size: u64,
    /// The words that go along.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// A recording made for this message.
    pub voice: bool,
}

/// An emoji on a message.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct AppReaction {
    /// Which message: the app's id of it, or MAX's where the app gave none.
    pub message_id: String,
    /// Whose conversation it is.
    pub user: AppUser,
    /// Which conversation.
    pub conversation: ConversationRef,
    /// Who reacted.
    pub agent: Option<Agent>,
    /// The emoji; `null` takes it back.
    pub emoji: Option<String>,
}

/// Somebody types, or stopped.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct AppTyping {
    /// To whom.
    pub user: AppUser,
    /// Which conversation.
    pub conversation: ConversationRef,
    /// Who.
    pub agent: Option<Agent>,
    /// Whether they do.
    pub on: bool,
}

/// Something about a conversation as a whole.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct AppConversation {
    /// Whose it is.
    pub user: AppUser,
    /// Which.
    pub conversation: ConversationRef,
    /// Who has it, or did it.
    pub agent: Option<Agent>,
}

/// Nothing.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct AppPing {}
