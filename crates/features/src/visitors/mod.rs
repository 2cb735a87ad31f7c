//! Visitors: people on the company's own pages, who see their own conversation and nothing else. Owns `visitor` and `visitor_token`.
//!
//! What they say is written down as a delivery of their channel and goes the way of all deliveries, so durability, deduplication, order and
//! the rules of conversations are the same. What is said to them comes out of the one event log: each node has a list of its visitors'
//! sockets and hands them what concerns them. Notes, names of colleagues who only looked, tags: nothing of that is in what they get.

mod color;
mod cors;
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

use kernel::{http::Routes, job::Jobs};

pub use cors::cors;
pub use socket::upgrade;
pub use sockets::Sockets;
pub use worker::run;

use crate::App;

/// Adds this feature's jobs.
pub fn jobs(jobs: Jobs<App>) -> Jobs<App> {
    jobs::jobs(jobs)
}

/// The routes. The socket is none of them: its messages are described in docs/api.md.
pub fn routes() -> Routes<App> {
    http::routes()
}
