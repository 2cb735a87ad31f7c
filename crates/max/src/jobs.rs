//! The jobs of all features.

use features::{
    App, accounts, assignment, audit, bulk, contacts, delivery, drafts, ingest, media, messages, tags, templates, visitors,
};
use kernel::{
    event::log,
    job::{Job, Jobs},
};
use serde::{Deserialize, Serialize};

/// How long events are kept, in days: how far a screen that was away may resume.
pub(crate) const KEEP_EVENTS_DAYS: i32 = 30;

/// Makes the event log's partitions for the coming weeks and drops the old ones.
#[derive(Debug, Serialize, Deserialize)]
struct KeepEvents {}

impl Job<App> for KeepEvents {
    const NAME: &'static str = "event:partitions";

    async fn run(self, app: App) -> anyhow::Result<()> {
        Ok(log::keep_partitions(&mut *app.db.read().await?, app.now(), KEEP_EVENTS_DAYS).await?)
    }
}

pub(crate) fn all() -> Jobs<App> {
    let jobs = Jobs::new().regularly::<KeepEvents>("5 2 * * *");
    let jobs = audit::jobs(assignment::jobs(ingest::jobs(messages::jobs(accounts::jobs(jobs)))));
    visitors::jobs(delivery::jobs(media::jobs(templates::jobs(bulk::jobs(drafts::jobs(tags::jobs(contacts::jobs(jobs))))))))
}
