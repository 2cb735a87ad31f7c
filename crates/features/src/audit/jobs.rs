//! Notes the end of the chain in the log of the program, where it usually leaves the machine: entries that are cut off at the end
//! afterwards can then be proven missing (`max audit verify --head`).

use kernel::job::{Job, Jobs};
use serde::{Deserialize, Serialize};

use super::store;
use crate::App;

/// Logs the end of the chain.
#[derive(Debug, Serialize, Deserialize)]
struct NoteHead {}

impl Job<App> for NoteHead {
    const NAME: &'static str = "audit:note_head";

    async fn run(self, app: App) -> anyhow::Result<()> {
        let head = store::head(&mut *app.db.read().await?).await?;
        tracing::info!(%head, "the end of the audit log");
        Ok(())
    }
}

pub(super) fn jobs(jobs: Jobs<App>) -> Jobs<App> {
    jobs.regularly::<NoteHead>("0 * * * *")
}
