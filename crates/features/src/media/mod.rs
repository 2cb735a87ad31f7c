//! Files: what colleagues upload and what came with messages, kept in a store of files, looked into with care, and handed out under signed
//! addresses. Owns `media`, `media_upload` and `media_garbage`. What messages have to do with it is theirs; `attachments` fetches what
//! customers send.

mod access;
mod files;
mod fit;
mod http;
mod jobs;
mod link;
mod model;
mod probe;
mod scan;
mod service;
mod sniff;
mod store;
mod work;

use std::sync::Arc;

use kernel::{http::Routes, job::Jobs};
use tokio::sync::Semaphore;

pub use access::MediaAccess;
pub use files::{Files, FilesError};
pub use fit::sendable;
pub use http::{FileForm, MediaRead, MediaUpload};
pub use jobs::clear_away;
pub use link::{Links, Variant, safe_name};
pub use model::{MediaError, MediaRow, MediaState, MediaView};
pub use probe::{Probe, run_child};
pub use scan::Scanner;
pub use service::{
    Arrival, Upload, adopt, attach, body_of, canned_copies, content_of, drop_held, expect, forsake, hold, release_held,
    take_unsent, upload_of_visitor,
};
pub use store::{by_id, forget_upload, move_visitor, of_canned, of_held, of_message, of_visitor, remember_upload, uploaded};
pub use work::{Outcome, again, claim, give_back, keep, later, next_due, obtain, settle};

use crate::App;

/// What wakes those who fetch and scan files.
pub const PENDING: &str = "media";

/// What is needed to deal with files.
#[derive(Debug, Clone)]
pub struct Depot {
    /// Where they lie.
    pub files: Files,
    /// Makes and checks their addresses.
    pub links: Links,
    /// Looks into them.
    pub probe: Probe,
    /// Scans them, where there is a scanner.
    pub scanner: Option<Scanner>,
    /// The largest that is taken, in bytes.
    pub max_bytes: u64,
    /// Bounds the files that arrive from colleagues at once, for each takes room on the disk.
    pub arriving: Arc<Semaphore>,
}

/// Adds this feature's jobs.
pub fn jobs(jobs: Jobs<App>) -> Jobs<App> {
    jobs::jobs(jobs)
}

/// The routes.
pub fn routes() -> Routes<App> {
    http::routes()
}
