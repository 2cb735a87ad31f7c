//! Background work that is neither an event reader nor the outbox: fetches, exports, timers, cron, clean-up. A small face over the job
//! library, so that features know [`Job`] and [`Jobs`] and nothing else.
//!
//! Enqueue inside the transaction that needs the work; handlers are idempotent, for a job may run again after a crash. A job carries ids,
//! never rows. A job that exhausts its tries stays in the table for an admin to see and run again.

use std::{fmt, future::Future, marker::PhantomData, time::Duration};

use graphile_worker::{
    IntoTaskHandlerResult, LocalQueueConfig, RefetchDelayConfig, TaskHandler, WorkerContext, WorkerOptions, WorkerRecoveryConfig,
    WorkerUtils,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::db::Tx;

/// The schema the library keeps its tables in.
pub const SCHEMA: &str = "graphile_worker";

/// How often to look for jobs whose time has come. New ones are announced.
const IDLE: Duration = Duration::from_secs(1);

/// A piece of background work. `S` is the application.
pub trait Job<S>: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Its name in the table: `<feature>:<what>`. Names of retired jobs must stay known until none is left.
    const NAME: &'static str;

    /// Does the work. An error means: try again later, with growing pauses.
    fn run(self, app: S) -> impl Future<Output = anyhow::Result<()>> + Send;
}

/// The jobs of all features, and when the regular ones run.
pub struct Jobs<S> {
    options: WorkerOptions,
    crontab: String,
    state: PhantomData<S>,
}

impl<S: Clone + Send + Sync + fmt::Debug + 'static> Default for Jobs<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Clone + Send + Sync + fmt::Debug + 'static> Jobs<S> {
    /// No jobs.
    pub fn new() -> Self {
        Self { options: WorkerOptions::default(), crontab: String::new(), state: PhantomData }
    }

    /// Adds a kind of job.
    #[must_use]
    pub fn define<J: Job<S>>(mut self) -> Self {
        self.options = self.options.define_job::<Task<S, J>>();
        self
    }

    /// Adds a kind of job that also runs regularly: minute, hour, day, month, weekday in UTC. A run that was missed while MAX was
    /// stopped is made up for within a day.
    #[must_use]
    pub fn regularly<J: Job<S>>(mut self, when: &str) -> Self {
        self.crontab.push_str(&format!("{when} {} ?fill=1d&max=5 {{}}\n", J::NAME));
        self.define::<J>()
    }

    /// Adds a kind of job that also runs every minute. A run that was missed is not made up for.
    #[must_use]
    pub fn every_minute<J: Job<S>>(mut self) -> Self {
        self.crontab.push_str(&format!("* * * * * {} ?max=1 {{}}\n", J::NAME));
        self.define::<J>()
    }

    /// Runs jobs until stopped, then lets those under way finish.
    pub async fn run(self, pool: PgPool, app: S, concurrency: usize, stop: CancellationToken) -> anyhow::Result<()> {
        // Off by default in the library; without it a killed node's jobs stay locked.
        let recovery = WorkerRecoveryConfig {
            enabled: true,
            heartbeat_interval: Duration::from_secs(5),
            sweep_interval: Duration::from_secs(10),
            sweep_threshold: Duration::from_secs(30),
            recovery_delay: Duration::from_secs(1),
            ..WorkerRecoveryConfig::default()
        };
        let worker = self
            .options
            .schema(SCHEMA)
            .concurrency(concurrency)
            .poll_interval(IDLE)
            // Without the local queue a backlog drains at one batch a poll. Without the pause after a fetch that found nothing, it asks
            // again at once, thousands of times a second (0.14.1); a newly added job ends the pause.
            .local_queue(
                LocalQueueConfig::default()
                    .with_size(100)
                    .with_refetch_delay(RefetchDelayConfig::default().with_duration(IDLE).with_max_abort_threshold(1)),
            )
            .worker_recovery(recovery)
            // The program decides when to stop.
            .listen_os_shutdown_signals(false)
            .pg_pool(pool)
            .add_extension(State(app))
            .with_cron(self.crontab.as_str())?
            .init()
            .await?;
        let mut running = std::pin::pin!(worker.run());
        tokio::select! {
            ended = &mut running => return Ok(ended?),
            () = stop.cancelled() => {}
        }
        // Waited for: dropped here, a job that has done its work would stay locked, to be done again by whoever finds it.
        worker.request_shutdown();
        Ok(running.await?)
    }
}

impl<S> fmt::Debug for Jobs<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Jobs")
    }
}

/// Makes or upgrades the library's tables.
pub async fn migrate(pool: &PgPool) -> anyhow::Result<()> {
    Ok(WorkerUtils::new(pool.clone(), SCHEMA).migrate().await?)
}

/// Enqueues a job in the caller's transaction: no commit, no job.
pub async fn enqueue<S: Clone + Send + Sync + fmt::Debug + 'static, J: Job<S>>(
    pool: &PgPool,
    tx: &mut Tx,
    job: J,
) -> anyhow::Result<()> {
    let task = Task::<S, J> { job, state: PhantomData };
    WorkerUtils::new(pool.clone(), SCHEMA).with_executor(&mut **tx).add_job(task, Default::default()).await?;
    Ok(())
}

#[derive(Clone)]
struct State<S>(S);

impl<S> fmt::Debug for State<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("State")
    }
}

/// Dresses a [`Job`] as the library's handler.
#[derive(Serialize, Deserialize)]
#[serde(transparent, bound = "J: Job<S>")]
struct Task<S, J> {
    job: J,
    #[serde(skip)]
    state: PhantomData<fn() -> S>,
}

impl<S: Clone + Send + Sync + fmt::Debug + 'static, J: Job<S>> TaskHandler for Task<S, J> {
    const IDENTIFIER: &'static str = J::NAME;

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let Some(State(app)) = context.get_ext::<State<S>>() else { return Err("the worker has no application".to_owned()) };
        self.job.run(app.clone()).await.map_err(|error| {
            tracing::error!(job = J::NAME, error = %format!("{error:#}"), "a job failed and will be tried again");
            format!("{error:#}")
        })
    }
}
