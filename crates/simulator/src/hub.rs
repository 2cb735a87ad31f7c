//! The shared heart: the world and its lock, the clock, the outgoing client, the live feed, and the background tasks.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::runtime::Handle;
use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::webhook::queue;
use crate::world::{Line, World};
use crate::{Number, chance};

/// How many live events a slow page may lag behind before it is told to load afresh.
const LIVE_BUFFER: usize = 1024;

/// What every part shares.
pub(crate) struct Hub {
    world: Mutex<World>,
    pub clock: Clock,
    /// Where we can be reached, without a slash at the end.
    pub url: String,
    /// Calls webhooks. Redirects are not followed, as the provider does not.
    pub http: reqwest::Client,
    live: broadcast::Sender<Arc<str>>,
    pub stop: CancellationToken,
    pub tasks: TaskTracker,
    runtime: Handle,
}

impl Hub {
    /// Must be called inside a tokio runtime, which then runs the background tasks.
    pub(crate) fn new(url: String) -> anyhow::Result<Arc<Self>> {
        let stop = CancellationToken::new();
        Ok(Arc::new(Self {
            world: Mutex::new(World::new(stop.child_token())),
            clock: Clock::default(),
            url,
            http: client()?,
            live: broadcast::channel(LIVE_BUFFER).0,
            stop,
            tasks: TaskTracker::new(),
            runtime: Handle::current(),
        }))
    }

    /// The state. Never held over an await.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a background task; it should end when `stop` is cancelled.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn_on(task, &self.runtime);
    }

    /// Adds a number or replaces what is known of it.
    pub(crate) fn add_number(self: &Arc<Self>, number: Number) {
        let shown = json!({ "type": "number", "phone_number_id": number.phone_number_id });
        {
            let mut world = self.world();
            world.retired.remove(&number.phone_number_id);
            let id = number.phone_number_id.clone();
            if let Some(line) = world.lines.get_mut(&id) {
                line.number = number;
            } else {
                let (queue, items) = mpsc::unbounded_channel();
                world.lines.insert(
                    id.clone(),
                    Line { number, override_url: None, facts: Default::default(), queue, recent: Default::default() },
                );
                let shards = world.settings.concurrency.clamp(1, 64);
                drop(world);
                queue::run(self, id, items, shards);
            }
        }
        self.say(&shown);
    }

    /// Tells the open phone pages.
    pub(crate) fn say(&self, event: &Value) {
        if self.live.receiver_count() > 0 {
            // Without a listener there is nobody to miss it.
            let _ = self.live.send(event.to_string().into());
        }
    }

    /// Tells the open phone pages that a bubble is new or different.
    pub(crate) fn say_message(&self, wamid: &str) {
        if self.live.receiver_count() == 0 {
            return;
        }
        let event = self.world().message(wamid).filter(|(_, message)| message.shown).map(|((number, customer), message)| {
            json!({ "type": "message", "phone_number_id": number, "customer": customer, "message": message })
        });
        if let Some(event) = event {
            self.say(&event);
        }
    }

    pub(crate) fn listen(&self) -> broadcast::Receiver<Arc<str>> {
        self.live.subscribe()
    }

    /// Back to the beginning; numbers stay.
    pub(crate) fn reset(&self) {
        self.world().reset(self.stop.child_token());
        self.clock.reset();
        self.say(&json!({ "type": "reset" }));
    }

    /// Sleeps `base_ms` plus up to `jitter_ms`.
    pub(crate) async fn pause(&self, base_ms: u64, jitter_ms: u64) {
        tokio::time::sleep(Duration::from_millis(base_ms + chance::below(jitter_ms + 1))).await;
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the simulator plays the provider: it calls MAX from outside, past MAX's own outbound guard"
)]
fn client() -> anyhow::Result<reqwest::Client> {
    // The process may have installed a provider already; either is fine.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(5))
        .user_agent("facebookexternalua")
        .build()?;
    Ok(client)
}
