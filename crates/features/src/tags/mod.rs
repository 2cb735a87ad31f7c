//! Tags: words that agents put on conversations, for all or for one team's. Owns `tag`. Which ones a conversation has stands in its own row.
//!
//! A tag that is deleted or merged is gone at once, and its row stays to say what became of it: so a screen that still shows the old one
//! tags with the new one. The conversations that carry it are then changed a batch at a time, under their locks, by a job. Order of locks:
//! conversations by id, then tags by id.

mod http;
mod jobs;
mod model;
mod service;
mod store;

use kernel::{http::Routes, job::Jobs};

pub use http::ConversationsTag;
pub use model::{COLORS, Tag};
pub use service::{attach, detach, is_on, stay_behind};

use crate::App;

/// The event that says a tag is new or has changed; its data hold the tag.
pub const CHANGED: &str = "tag.changed";
/// The event that says a tag is gone.
pub const DELETED: &str = "tag.deleted";

/// Adds this feature's jobs.
pub fn jobs(jobs: Jobs<App>) -> Jobs<App> {
    jobs::jobs(jobs)
}

/// The routes.
pub fn routes() -> Routes<App> {
    http::routes()
}
