//! What every handler and background loop may use. Filled in one place, the composition root in `crates/max`.

use std::{ops::Deref, sync::Arc, time::Duration};

use base::{Clock, Ids};
use chrono::TimeDelta;
use connect::{channel::Registry, mail::Mailer, net::Outbound};
use kernel::{
    auth::{Actor, AuthState, Caller, Principal, Tokens},
    bus::Bus,
    crypto::Vault,
    db::Db,
    http::{Problem, RateLimits},
    realtime::{Hub, SocketLimits, SocketState},
};
use moka::future::Cache;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{accounts, audit, channels, conversations, ingest, media, presence, settings, visitors};

/// The application, cheap to clone.
#[derive(Clone)]
pub struct App(Arc<AppParts>);

/// The parts of the application.
pub struct AppParts {
    /// The database.
    pub db: Db,
    /// What may be lost: wake-ups, presence, rate limits.
    pub bus: Arc<dyn Bus>,
    /// Live updates.
    pub hub: Hub,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids and other chance.
    pub ids: Ids,
    /// Access tokens.
    pub tokens: Tokens,
    /// Secrets at rest.
    pub vault: Vault,
    /// Chains the audit log.
    pub audit_key: audit::ChainKey,
    /// The one way to call the outside.
    pub net: Outbound,
    /// Mail out; `None` when no mail server is set.
    pub mailer: Option<Mailer>,
    /// The kinds of channels.
    pub channels: Registry,
    /// Where browsers find this installation; its origin may open sockets and its scheme decides about cookies.
    pub public_url: String,
    /// Most requests of a caller.
    pub rate_limits: RateLimits,
    /// This node's name in attempts and logs.
    pub node: String,
    /// Files: where they lie, who looks into them.
    pub media: media::Depot,
    /// Where deliveries wait for their shared commit.
    pub ingest: ingest::Queue,
    /// Who is there.
    pub presence: presence::Presence,
    /// What customers may see of who reads and types.
    pub glimpses: tokio::sync::broadcast::Sender<conversations::Glimpse>,
    /// The visitors' sockets.
    pub visitors: visitors::Sockets,
    /// What visitors are told of how long an answer takes.
    pub reply_times: visitors::ReplyTimes,
    /// Sessions proven a moment ago. Short-lived, so that a deactivation holds within a second.
    pub principals: Cache<Uuid, Principal>,
    /// Channels ready for use. Short-lived, for another node may change them.
    pub live_channels: Cache<Uuid, channels::Live>,
    /// What is a flood. Short-lived, for another node may change it.
    pub flood_limits: Cache<(), settings::FloodLimits>,
    /// The greatest age of a session, used or not.
    pub session_age: TimeDelta,
    /// Bounds the password hashing (and making of photos) that runs at once, so that logins cannot starve the rest.
    pub hashing: Arc<tokio::sync::Semaphore>,
    /// Cost of password hashes: 12, lower in tests.
    pub bcrypt_cost: u32,
    /// What throttles of sign-ins take for a minute; shorter in tests, which wait for them to open again.
    pub throttle_minute: Duration,
    /// Time-outs of sockets.
    pub socket_limits: SocketLimits,
    /// How long a send may stay without an answer before it counts as unconfirmed; longer than the outbound time-out.
    pub send_lease: Duration,
    /// Cancelled when the node drains.
    pub draining: CancellationToken,
}

impl App {
    /// The application made of its parts.
    pub fn new(parts: AppParts) -> Self {
        Self(Arc::new(parts))
    }

    /// The cache of proven sessions, with the life time that [`AppParts::principals`] asks for.
    pub fn principal_cache() -> Cache<Uuid, Principal> {
        Cache::builder().max_capacity(50_000).time_to_live(Duration::from_millis(800)).build()
    }

    /// The cache of channels ready for use.
    pub fn channel_cache() -> Cache<Uuid, channels::Live> {
        // A second at most until every node knows of a change, as with sessions.
        Cache::builder().max_capacity(10_000).time_to_live(Duration::from_millis(800)).build()
    }

    /// What carries glimpses to those who show them; a flood beyond that is not shown.
    pub fn glimpses() -> tokio::sync::broadcast::Sender<conversations::Glimpse> {
        tokio::sync::broadcast::Sender::new(256)
    }

    /// The cache of what is a flood.
    pub fn flood_cache() -> Cache<(), settings::FloodLimits> {
        Cache::builder().max_capacity(1).time_to_live(Duration::from_secs(2)).build()
    }

    /// The present.
    pub fn now(&self) -> base::Time {
        self.clock.now()
    }

    /// A fresh id.
    pub fn new_id(&self) -> Uuid {
        self.ids.next(self.clock.as_ref())
    }
}

impl Deref for App {
    type Target = AppParts;
    fn deref(&self) -> &AppParts {
        &self.0
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("App")
    }
}

impl AuthState for App {
    async fn authenticate(&self, token: &str) -> Result<Principal, Problem> {
        accounts::authenticate(self, token).await
    }

    async fn authenticate_now(&self, token: &str) -> Result<Principal, Problem> {
        accounts::authenticate_now(self, token).await
    }

    async fn admit(&self, caller: Caller<'_>) -> Result<(), Problem> {
        self.rate_limits.admit(self.bus.as_ref(), caller).await
    }

    fn allows(&self, actor: &Actor, permission: &'static str) -> bool {
        accounts::policy::allows(actor, permission)
    }
}

impl SocketState for App {
    type Signal = presence::Signal;

    fn signal(&self, actor: &Arc<Actor>, socket: u64, signal: presence::Signal) {
        self.presence.signal(actor, socket, signal);
    }

    fn left(&self, socket: u64) {
        self.presence.left(socket);
    }

    fn db(&self) -> &Db {
        &self.db
    }

    fn hub(&self) -> &Hub {
        &self.hub
    }

    fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    fn origin_allowed(&self, origin: &str) -> bool {
        accounts::same_origin(&self.public_url, origin)
    }

    fn draining(&self) -> &CancellationToken {
        &self.draining
    }

    fn socket_limits(&self) -> SocketLimits {
        self.socket_limits
    }
}
