//! Reads the templates from the providers.

use kernel::job::{Job, Jobs};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::service;
use crate::{App, channels};

/// Reads the templates of one channel.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Sync {
    pub channel_id: Uuid,
}

impl Job<App> for Sync {
    const NAME: &'static str = "templates:sync";

    async fn run(self, app: App) -> anyhow::Result<()> {
        Ok(service::sync(&app, self.channel_id).await?)
    }
}

/// Has the templates of all channels read.
#[derive(Debug, Serialize, Deserialize)]
struct SyncAll {}

impl Job<App> for SyncAll {
    const NAME: &'static str = "templates:sync_all";

    async fn run(self, app: App) -> anyhow::Result<()> {
        let mut tx = app.db.begin().await?;
        for channel_id in channels::active(&mut tx, None).await? {
            service::sync_soon(&app, &mut tx, channel_id).await?;
        }
        Ok(tx.commit().await?)
    }
}

pub(super) fn jobs(jobs: Jobs<App>) -> Jobs<App> {
    jobs.define::<Sync>().regularly::<SyncAll>("23 * * * *")
}
