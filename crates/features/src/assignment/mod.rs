//! Assignment: who has a conversation, and who gets it when they leave.

mod hand_over;
mod http;
mod service;

use std::sync::Arc;

use kernel::{event::reader::Reader, http::Routes, job::Jobs};

pub use http::ConversationsTake;

use crate::App;

/// Adds this feature's jobs.
pub fn jobs(jobs: Jobs<App>) -> Jobs<App> {
    hand_over::jobs(jobs)
}

/// What follows the event log.
pub fn readers(app: &App) -> Vec<Arc<dyn Reader>> {
    vec![Arc::new(hand_over::Leavers(app.clone()))]
}

/// The routes.
pub fn routes() -> Routes<App> {
    http::routes()
}
