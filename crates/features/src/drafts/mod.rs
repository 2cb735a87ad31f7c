//! Drafts: what somebody has begun to write in a conversation. Owns `draft`. A draft is its author's alone, whoever else sees the
//! conversation; it goes when what it holds is said or held to be said, which the feature learns from the event log.

mod http;
mod jobs;
mod reader;
mod service;
mod store;

use base::Time;
use kernel::{event::reader::Reader, http::Routes, job::Jobs};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::{App, messages::Kind};

/// The event that tells somebody's other screens that a draft of theirs changed; an empty text says that it is gone.
pub const CHANGED: &str = "draft.changed";

/// A draft as its author sees it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Draft {
    /// The conversation.
    pub conversation_id: Uuid,
    /// A reply or a note.
    pub kind: Kind,
    /// The words.
    pub text: String,
    /// The message it answers.
    pub reply_to: Option<Uuid>,
    /// The screen that saved last, by the name it gave itself.
    pub origin: Option<String>,
    /// That screen's own count of its saves.
    pub seq: i64,
    /// When it was saved last.
    pub updated_at: Time,
}

/// Follows the log: what is said is no draft any more.
pub fn reader(app: App) -> impl Reader {
    reader::Sent(app)
}

/// Adds this feature's jobs.
pub fn jobs(jobs: Jobs<App>) -> Jobs<App> {
    jobs::jobs(jobs)
}

/// The routes.
pub fn routes() -> Routes<App> {
    http::routes()
}
