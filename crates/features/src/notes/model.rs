//! What feedback is on a screen.

use base::Time;
use kernel::audit::Named;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

/// Feedback of a lead on one message of a colleague.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Feedback {
    /// Its id.
    pub id: Uuid,
    /// The message, and where it was said.
    pub message: FeedbackMessage,
    /// Who wrote the message.
    pub author_id: Uuid,
    /// Who gave the feedback, by the name of that time.
    pub by: Named,
    /// The words.
    pub text: String,
    /// When it was given.
    pub created_at: Time,
}

/// The message that feedback is about.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FeedbackMessage {
    /// Its id.
    pub id: Uuid,
    /// Its conversation.
    pub conversation_id: Uuid,
    /// The number people call that by.
    pub conversation_number: i64,
    /// Its place there.
    pub seq: i64,
    /// One line of it.
    pub preview: String,
}
