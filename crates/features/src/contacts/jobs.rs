//! Takes the values of deleted details out of the contacts.

use kernel::job::{Job, Jobs};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::store::details as store;
use crate::App;

/// Contacts of one transaction.
const BATCH: i64 = 1000;

/// Forgets the values of a detail that is no longer kept.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ForgetAttribute {
    pub id: Uuid,
}

impl Job<App> for ForgetAttribute {
    const NAME: &'static str = "contacts:forget_attribute";

    async fn run(self, app: App) -> anyhow::Result<()> {
        let mut after = Some(Uuid::nil());
        while let Some(from) = after {
            let mut tx = app.db.begin().await?;
            after = store::forget_attribute(&mut tx, &self.id.to_string(), from, BATCH).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

pub(super) fn jobs(jobs: Jobs<App>) -> Jobs<App> {
    jobs.define::<ForgetAttribute>()
}
