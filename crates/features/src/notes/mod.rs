//! Notes: what colleagues tell each other beside the conversation. Pinned notes, and feedback of a lead on one message of an agent.
//! Owns `feedback_note`. The notes themselves are messages.

mod http;
mod model;
mod service;
mod store;

use kernel::http::Routes;

pub use model::{Feedback, FeedbackMessage};

use crate::App;

/// The event that tells an author about feedback on what they wrote; its data hold the feedback.
pub const FEEDBACK_CREATED: &str = "feedback.created";

/// The routes.
pub fn routes() -> Routes<App> {
    http::routes()
}
