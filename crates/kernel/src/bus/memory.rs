//! The bus of a single process. Applications that share the `Arc` share the bus.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;

use super::{
    Bus, BusMessage, Count, MAX_SIZE, Subscription,
    hub::Hub,
    shelf::{Counters, Shelf},
};

/// Room for values and, apart from them so that neither crowds out the other, for counters; in bytes.
const ROOM: usize = 32 * 1024 * 1024;

/// A bus in memory.
pub struct Memory {
    hub: Arc<Hub>,
    values: Mutex<Shelf<Bytes>>,
    counters: Counters,
}

impl Memory {
    /// An empty bus.
    pub fn new() -> Self {
        Self { hub: Arc::default(), values: Mutex::new(Shelf::new(ROOM)), counters: Counters::new(ROOM) }
    }

    fn values(&self) -> MutexGuard<'_, Shelf<Bytes>> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Bus for Memory {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn healthy(&self) -> bool {
        true
    }

    async fn publish(&self, topic: &str, payload: Bytes) -> bool {
        if payload.len() > MAX_SIZE {
            return false;
        }
        self.hub.deliver(topic, BusMessage::Payload(payload));
        true
    }

    async fn subscribe(&self, topic: &str) -> Subscription {
        self.hub.subscribe(topic)
    }

    async fn put(&self, key: &str, value: Bytes, ttl: Duration) -> bool {
        if value.len() > MAX_SIZE {
            return false;
        }
        let size = value.len();
        self.values().put(key, value, size, ttl);
        true
    }

    async fn get(&self, key: &str) -> Option<Bytes> {
        self.values().get_mut(key).cloned()
    }

    async fn remove(&self, key: &str) -> bool {
        self.values().remove(key);
        self.counters.remove(key);
        true
    }

    async fn list(&self, prefix: &str) -> Vec<(String, Bytes)> {
        self.values().with_prefix(prefix).map(|(key, value)| (key.to_owned(), value.clone())).collect()
    }

    async fn increment(&self, key: &str, window: Duration) -> u64 {
        self.counters.increment(key, window)
    }

    async fn count(&self, key: &str) -> Count {
        self.counters.seen(key)
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.hub.close();
    }
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Memory")
    }
}
