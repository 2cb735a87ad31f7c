//! The harness of the integration tests: whole nodes on a database of their own, people of every role, a scripted provider, webhooks built
//! independently of our own types, and probes into what was written.
//!
//! A test starts a [`TestApp`], does what people and providers do over HTTP and sockets, and ends with [`TestApp::finish`], which fails it on
//! whatever was left behind: jobs, leases, unfinished attempts, holes in the numbering, changes without their event, error lines in the log.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::large_futures,
    reason = "a test fails by panicking, its statements are checked by being run, and it takes time and clients from the machine"
)]

mod app;
mod buckets;
mod client;
mod cluster;
mod company;
pub mod files;
mod graph;
mod logs;
mod plans;
mod plant;
mod probe;
mod redis;
mod socket;
pub mod webhook;

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

pub use app::{Builder, Buses, Channel, PASSWORD, People, Person, TestApp, buses_up};
pub use buckets::Buckets;
pub use client::{Answer, Client, http};
pub use cluster::Database;
pub use company::{Company, SIGNING_SECRET, Told, signature};
pub use files::Clamd;
pub use graph::{Call, FileCall, Gate, Graph, Reply, Trouble, Uploaded};
pub use plans::Plan;
pub use plant::Planted;
pub use probe::Probe;
pub use redis::RedisServer;
pub use socket::{Incoming, Socket};

/// How long a test waits for what must happen.
pub const PATIENCE: Duration = Duration::from_secs(15);

/// Waits until `look` finds something.
pub async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "it never came true: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The folder of the whole project.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Whether this test has the process to itself, as cargo-nextest gives it.
pub(crate) fn alone_in_process() -> bool {
    std::env::var_os("NEXTEST").is_some()
}
