//! The audit log: who did what to whom, and from where. Owns `audit_entry` and `audit_head`.
//!
//! Nobody calls it: features record security events in their transactions ([`kernel::audit`]), and the reader here appends them to a
//! chain in which each entry's hash covers the one before. Whoever changes, removes or reorders an entry breaks the chain, and without
//! the installation's secret key cannot mend it.

mod chain;
mod http;
mod jobs;
mod service;
mod store;

use base::Time;
use kernel::{
    audit::{Named, Subject},
    http::Routes,
    job::Jobs,
};
use schemars::JsonSchema;
use serde::Serialize;

pub use chain::{ChainKey, Head};
pub use http::AuditRead;
pub use service::{Verdict, reader, verify};

use crate::App;

/// An entry as the API shows it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AuditEntry {
    /// Its place in the chain.
    pub seq: i64,
    /// When it happened.
    pub at: Time,
    /// What: `user.role_changed`.
    pub kind: String,
    /// Who, by the name of that time; `null` where nobody had signed in, or MAX itself acted.
    pub actor: Option<Named>,
    /// From which network address.
    pub address: Option<String>,
    /// To whom or what, by the name of that time.
    pub subject: Option<Subject>,
    /// What else is known: before and after.
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    pub data: serde_json::Value,
    /// The entry's hash, in hexadecimal digits.
    pub hash: String,
}

/// The routes.
pub fn routes() -> Routes<App> {
    http::routes()
}

/// Adds this feature's jobs.
pub fn jobs(jobs: Jobs<App>) -> Jobs<App> {
    jobs::jobs(jobs)
}
