//! Bulk: one step for many conversations, and taking it back. Owns `bulk_job` and `bulk_item`.
//!
//! A bulk is a job that goes through its items one by one: each in a transaction of its own, with the rights that its owner has in that
//! moment, through the same doors as a single step ([`step`]). The item's outcome is written in the transaction of the step, so a node that
//! dies in the middle leaves some items done and the others waiting, and whoever goes on takes no step twice.

mod http;
mod jobs;
mod service;
mod step;
mod store;
mod work;

use kernel::{http::Routes, job::Jobs};

use crate::App;

/// The event that tells a bulk's owner how far it is.
pub const PROGRESS: &str = "bulk.progress";

/// Adds this feature's jobs.
pub fn jobs(jobs: Jobs<App>) -> Jobs<App> {
    jobs::jobs(jobs)
}

/// The routes.
pub fn routes() -> Routes<App> {
    http::routes()
}
