//! Delivery: from a queued message to the customer's phone. Owns `send_attempt` and `customer_receipt`.
//!
//! The dispatcher takes the oldest queued message of each conversation, records the attempt, calls the provider, records the outcome. A node
//! that dies in between leaves an attempt without an outcome: that message is `unconfirmed`, never silently lost and never sent twice without
//! the provider's or a person's word.
//!
//! Trouble of an account pauses its channel: nothing is taken for it, on any node, until a probe finds it well or a person lets it go on.

mod dispatcher;
mod health;
mod http;
mod jobs;
mod pace;
mod receipts;
mod release;
mod rules;
mod store;
mod upload;

use kernel::{http::Routes, job::Jobs};

pub use dispatcher::run;
pub use health::probe_troubled;
pub use receipts::{may_be_seen, show_glimpses};
pub use release::release;

use crate::App;

/// Adds this feature's jobs.
pub fn jobs(jobs: Jobs<App>) -> Jobs<App> {
    jobs::jobs(jobs)
}

/// The routes.
pub fn routes() -> Routes<App> {
    http::routes()
}
