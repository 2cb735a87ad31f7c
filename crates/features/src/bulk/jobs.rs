//! The jobs behind bulks.

use kernel::job::{self, Job, Jobs};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    store,
    work::{self, End, Way},
};
use crate::App;

/// How long a bulk can be looked at and taken back, in days.
const KEEP_DAYS: i64 = 30;

/// Takes the steps of a bulk.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct RunBulk {
    pub id: Uuid,
}

impl Job<App> for RunBulk {
    const NAME: &'static str = "bulk:run";

    async fn run(self, app: App) -> anyhow::Result<()> {
        match work::walk(&app, self.id, Way::Forth).await? {
            End::Reached => Ok(()),
            End::Interrupted => again(&app, self).await,
        }
    }
}

/// Takes them back.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct UndoBulk {
    pub id: Uuid,
}

impl Job<App> for UndoBulk {
    const NAME: &'static str = "bulk:undo";

    async fn run(self, app: App) -> anyhow::Result<()> {
        match work::walk(&app, self.id, Way::Back).await? {
            End::Reached => Ok(()),
            End::Interrupted => again(&app, self).await,
        }
    }
}

/// Leaves the rest to another node, or to this one after its start.
async fn again<J: Job<App>>(app: &App, job: J) -> anyhow::Result<()> {
    let mut tx = app.db.begin().await?;
    job::enqueue::<App, J>(app.db.pool(), &mut tx, job).await?;
    Ok(tx.commit().await?)
}

/// Forgets old bulks.
#[derive(Debug, Serialize, Deserialize)]
struct ForgetBulks {}

impl Job<App> for ForgetBulks {
    const NAME: &'static str = "bulk:forget";

    async fn run(self, app: App) -> anyhow::Result<()> {
        let mut tx = app.db.begin().await?;
        store::forget(&mut tx, app.now() - chrono::Duration::days(KEEP_DAYS)).await?;
        Ok(tx.commit().await?)
    }
}

pub(super) fn jobs(jobs: Jobs<App>) -> Jobs<App> {
    jobs.define::<RunBulk>().define::<UndoBulk>().regularly::<ForgetBulks>("17 4 * * *")
}
