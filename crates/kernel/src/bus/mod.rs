//! The bus carries what may be lost: wake-ups between nodes, presence, typing, counters of throttles. In one process it is
//! memory; between nodes it is Redis, and losing that degrades MAX but loses nothing, for what matters is in PostgreSQL.
//!
//! No call fails and none blocks for longer than [`TIME_LIMIT`]: the answer says what could not be done, and callers carry on.

mod hub;
mod memory;
mod redis;
mod shelf;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use secrecy::SecretString;

pub use self::{hub::Subscription, memory::Memory, redis::Redis};

/// The longest any call on a bus takes.
pub const TIME_LIMIT: Duration = Duration::from_millis(250);

/// The largest payload or value, in bytes. Ids and small facts travel here; contents are read from the database.
pub const MAX_SIZE: usize = 64 * 1024;

/// How many messages wait for a slow subscriber before it loses the oldest (and is told so).
pub const QUEUE: usize = 256;

/// What a subscription delivers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BusMessage {
    /// A published payload.
    Payload(Bytes),
    /// Messages may have been missed (the subscriber was slow, or the connection was lost): look at the facts again.
    Lost,
}

/// A counter as it stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// How many were counted in the window under way.
    pub count: u64,
    /// How long that window still lasts, at the most; zero where nothing was counted.
    pub left: Duration,
}

/// Why a bus could not be made.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// The address is not one. The message holds no part of it, since it may contain a password.
    #[error("the Redis address is not valid: it must look like redis://host:6379/0, rediss://… or unix:///path")]
    Address,
}

/// The bus. Topics, values and counters are three separate name spaces.
#[async_trait]
pub trait Bus: Send + Sync + 'static {
    /// Which adapter this is, for people ("memory", "redis").
    fn name(&self) -> &'static str;

    /// Whether it works right now. Costs nothing.
    fn healthy(&self) -> bool;

    /// Tells every subscriber of `topic` on every node, this one included. `false`: it was not accepted and reaches nobody
    /// (the bus is down, or the payload is larger than [`MAX_SIZE`]).
    async fn publish(&self, topic: &str, payload: Bytes) -> bool;

    /// Receives what is published on `topic` after this call returns. While the bus is down nothing arrives; when it is
    /// back, [`BusMessage::Lost`] comes first.
    async fn subscribe(&self, topic: &str) -> Subscription;

    /// Keeps `value` under `key` for `ttl` (or less, when memory is short). `false`: it was not kept.
    async fn put(&self, key: &str, value: Bytes, ttl: Duration) -> bool;

    /// The value kept under `key`. `None` also while the bus is down.
    async fn get(&self, key: &str) -> Option<Bytes>;

    /// Forgets the value and the counter named `key`; other nodes that have counted under it go on until their view of its
    /// window ends. `false`: the bus is down and they remain until their time is up.
    async fn remove(&self, key: &str) -> bool;

    /// All values whose keys begin with `prefix`, by key; none while the bus is down. For small sets only (who is present).
    async fn list(&self, prefix: &str) -> Vec<(String, Bytes)>;

    /// Counts one more under `key` and answers how many there were since the first of this `window`; after it the count
    /// starts anew. While a shared bus is down, or after it lost its memory, each node counts on from what it has seen, so a
    /// throttle still holds.
    async fn increment(&self, key: &str, window: Duration) -> u64;

    /// The counter under `key` as it stands, believed as by [`Bus::increment`]; nothing is counted.
    async fn count(&self, key: &str) -> Count;
}

/// The bus for these settings: Redis when an address is given, else memory. A Redis that is down does not stop MAX: the
/// connection is made when it can be. Waits a moment for the first connection; must be called inside the Tokio runtime.
///
/// # Errors
/// [`BusError::Address`] when the address cannot be read.
pub async fn connect(redis_url: Option<&SecretString>) -> Result<Arc<dyn Bus>, BusError> {
    match redis_url {
        None => {
            metrics::gauge!("bus_up").set(1);
            Ok(Arc::new(Memory::new()))
        }
        Some(url) => Ok(Arc::new(Redis::connect(url).await?)),
    }
}
