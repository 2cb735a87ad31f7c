//! What is asked of the providers by the clock.

use kernel::job::{Job, Jobs};
use serde::{Deserialize, Serialize};

use super::health;
use crate::App;

/// Probes accounts in trouble.
#[derive(Debug, Serialize, Deserialize)]
struct ProbeTroubled {}

impl Job<App> for ProbeTroubled {
    const NAME: &'static str = "delivery:probe_troubled";

    async fn run(self, app: App) -> anyhow::Result<()> {
        Ok(health::probe_troubled(&app).await?)
    }
}

/// Asks all accounts how they are, and how fast they may send.
#[derive(Debug, Serialize, Deserialize)]
struct LookAtAll {}

impl Job<App> for LookAtAll {
    const NAME: &'static str = "delivery:look_at_all";

    async fn run(self, app: App) -> anyhow::Result<()> {
        Ok(health::look_at_all(&app).await?)
    }
}

pub(super) fn jobs(jobs: Jobs<App>) -> Jobs<App> {
    jobs.every_minute::<ProbeTroubled>().regularly::<LookAtAll>("37 * * * *")
}
