//! Changes the conversations that carry a tag which is out of use.

use kernel::job::{Job, Jobs};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::service::{self, Swept};
use crate::App;

/// Takes a tag that was deleted or merged off every conversation that has it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Sweep {
    pub id: Uuid,
}

impl Job<App> for Sweep {
    const NAME: &'static str = "tags:sweep";

    async fn run(self, app: App) -> anyhow::Result<()> {
        loop {
            let mut tx = app.db.begin().await?;
            match service::sweep(&app, &mut tx, self.id).await? {
                Swept::Some => tx.commit().await?,
                Swept::Again => tx.rollback().await?,
                Swept::Done => return Ok(()),
            }
        }
    }
}

pub(super) fn jobs(jobs: Jobs<App>) -> Jobs<App> {
    jobs.define::<Sweep>()
}
