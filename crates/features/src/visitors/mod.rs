//! Visitors: people on the company's own pages, who see their own conversation and nothing else. Owns `visitor` and `visitor_token`.
//!
//! What they say is written down as a delivery of their channel and goes the way of all deliveries, so durability, deduplication, order and
//! the rules of conversations are the same. What is said to them comes out of the one event log: each node has a list of its visitors'
//! sockets and hands them what concerns them. Notes, names of colleagues who only looked, tags: nothing of that is in what they get.

mod color;
mod cors;
mod files;
mod guard;
mod http;
mod jobs;
mod model;
mod proof;
mod service;
mod sessions;
mod socket;
mod sockets;
mod store;
mod worker;

use connect::channel::Widget;
use kernel::{
    http::{Problem, Routes},
    job::Jobs,
};
use uuid::Uuid;

pub use cors::cors;
pub use proof::prove;
pub use socket::upgrade;
pub use sockets::Sockets;
pub use worker::run;

use crate::App;

/// Adds this feature's jobs.
pub fn jobs(jobs: Jobs<App>) -> Jobs<App> {
    jobs::jobs(jobs)
}

/// How a channel's pages look and who may speak from them; a 404 where it has none, is switched off or is not there.
pub async fn widget(app: &App, channel_id: Uuid) -> Result<Widget, Problem> {
    guard::channel(app, channel_id).await.map(|(_, widget)| widget)
}

/// The routes. The socket is none of them: its messages are described in docs/api.md.
pub fn routes() -> Routes<App> {
    http::routes()
}
