//! The bus between nodes, on Redis or Valkey: one connection for commands, one for subscriptions.
//!
//! A supervisor task owns both. It probes them every second and at once when a call fails, and replaces both when a probe
//! fails; so a host that went away without a word is noticed in about a second, not after minutes of retransmissions, and
//! while Redis is known to be down calls answer at once instead of each waiting for its time limit.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use redis::{
    AsyncConnectionConfig, Client, IntoConnectionInfo, Msg, ProtocolVersion, PushInfo, PushKind, RedisResult, Script,
    aio::MultiplexedConnection,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::{
    sync::{Notify, watch},
    task::AbortHandle,
    time::{Instant, MissedTickBehavior, interval, sleep, timeout},
};

use super::{Bus, BusError, BusMessage, Count, MAX_SIZE, Subscription, TIME_LIMIT, hub::Hub, shelf::Counters};

const TOPIC: &str = "max:topic:";
const VALUE: &str = "max:value:";
const COUNT: &str = "max:count:";
const ALIVE: &str = "max:alive";

/// The time a connection or a probe may take: more than a call's, so that a moment of slowness ends no connection.
const PROBE_LIMIT: Duration = Duration::from_secs(1);
const PROBE_EVERY: Duration = Duration::from_secs(1);
const RETRY_FIRST: Duration = Duration::from_millis(100);
const RETRY_LAST: Duration = Duration::from_secs(1);
/// At most this many values are listed.
const LIST_MAX: usize = 20_000;
/// Room for this node's view of the counters, in bytes.
const COUNTERS_ROOM: usize = 16 * 1024 * 1024;

/// One script, so that a counter never exists without an end, whatever dies in between.
const INCREMENT: &str = "local count = redis.call('INCR', KEYS[1])
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {count, redis.call('PTTL', KEYS[1])}";

/// Both as of one moment.
const LOOK: &str = "return {tonumber(redis.call('GET', KEYS[1])) or 0, math.max(redis.call('PTTL', KEYS[1]), 0)}";

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Connecting,
    Up,
    Down,
}

/// A bus on Redis.
pub struct Redis {
    link: Arc<Link>,
    increment: Script,
    look: Script,
    counters: Counters,
    supervisor: AbortHandle,
}

struct Link {
    client: Client,
    hub: Arc<Hub>,
    state: watch::Sender<State>,
    commands: Mutex<Option<MultiplexedConnection>>,
    /// The topics that Redis has confirmed.
    subscribed: watch::Sender<HashSet<String>>,
    /// Rung when a call failed: does the connection still live?
    doubt: Notify,
}

impl Redis {
    /// Connects, in the background when Redis is down.
    ///
    /// # Errors
    /// [`BusError::Address`] when the address cannot be read.
    pub async fn connect(url: &SecretString) -> Result<Self, BusError> {
        let info = url.expose_secret().into_connection_info().map_err(|_| BusError::Address)?;
        let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        let client = Client::open(info.set_redis_settings(settings)).map_err(|_| BusError::Address)?;
        let link = Arc::new(Link {
            client,
            hub: Arc::default(),
            state: watch::Sender::new(State::Connecting),
            commands: Mutex::default(),
            subscribed: watch::Sender::default(),
            doubt: Notify::new(),
        });
        let supervisor = tokio::spawn(Arc::clone(&link).supervise()).abort_handle();
        let mut state = link.state.subscribe();
        let _ = timeout(PROBE_LIMIT, state.wait_for(|state| *state != State::Connecting)).await;
        Ok(Self {
            link,
            increment: Script::new(INCREMENT),
            look: Script::new(LOOK),
            counters: Counters::new(COUNTERS_ROOM),
            supervisor,
        })
    }

    /// Asks Redis, within the time limit. `None`: it is down, too slow, or refuses.
    async fn ask<T>(&self, question: impl AsyncFnOnce(MultiplexedConnection) -> RedisResult<T>) -> Option<T> {
        let commands = self.link.commands().clone()?;
        match timeout(TIME_LIMIT, question(commands)).await {
            Ok(Ok(answer)) => return Some(answer),
            Ok(Err(error)) => tracing::debug!(%error, "the bus did not do as asked"),
            Err(_) => tracing::debug!("the bus did not answer in time"),
        }
        self.link.doubt.notify_one();
        None
    }
}

#[async_trait]
impl Bus for Redis {
    fn name(&self) -> &'static str {
        "redis"
    }

    fn healthy(&self) -> bool {
        *self.link.state.borrow() == State::Up
    }

    async fn publish(&self, topic: &str, payload: Bytes) -> bool {
        if payload.len() > MAX_SIZE {
            return false;
        }
        let mut command = redis::cmd("PUBLISH");
        command.arg(format!("{TOPIC}{topic}")).arg(&payload[..]);
        self.ask(async |mut redis| command.exec_async(&mut redis).await).await.is_some()
    }

    async fn subscribe(&self, topic: &str) -> Subscription {
        let mut subscription = self.link.hub.subscribe(topic);
        if self.healthy() {
            let mut subscribed = self.link.subscribed.subscribe();
            let confirmed = timeout(TIME_LIMIT, subscribed.wait_for(|topics| topics.contains(topic))).await;
            if matches!(confirmed, Ok(Ok(_))) {
                subscription.skip_waiting();
            }
        }
        subscription
    }

    async fn put(&self, key: &str, value: Bytes, ttl: Duration) -> bool {
        if value.len() > MAX_SIZE {
            return false;
        }
        let mut command = redis::cmd("SET");
        command.arg(format!("{VALUE}{key}")).arg(&value[..]).arg("PX").arg(millis(ttl));
        self.ask(async |mut redis| command.exec_async(&mut redis).await).await.is_some()
    }

    async fn get(&self, key: &str) -> Option<Bytes> {
        let mut command = redis::cmd("GET");
        command.arg(format!("{VALUE}{key}"));
        let value: Option<Vec<u8>> = self.ask(async |mut redis| command.query_async(&mut redis).await).await?;
        value.map(Bytes::from)
    }

    async fn remove(&self, key: &str) -> bool {
        self.counters.remove(key);
        let mut command = redis::cmd("DEL");
        command.arg(format!("{VALUE}{key}")).arg(format!("{COUNT}{key}"));
        self.ask(async |mut redis| command.exec_async(&mut redis).await).await.is_some()
    }

    async fn list(&self, prefix: &str) -> Vec<(String, Bytes)> {
        self.ask(async |mut redis| list(&mut redis, prefix).await).await.unwrap_or_default()
    }

    async fn increment(&self, key: &str, window: Duration) -> u64 {
        let asked_at = Instant::now();
        let mut invocation = self.increment.key(format!("{COUNT}{key}"));
        invocation.arg(millis(window));
        match self.ask(async |mut redis| invocation.invoke_async::<(u64, u64)>(&mut redis).await).await {
            // Reckoned from before the call, so that the view kept here never outlives the counter itself.
            Some((count, left)) => self.counters.shared(key, count, asked_at + Duration::from_millis(left)),
            None => self.counters.increment(key, window),
        }
    }

    async fn count(&self, key: &str) -> Count {
        let invocation = self.look.key(format!("{COUNT}{key}"));
        let seen = self.counters.seen(key);
        match self.ask(async |mut redis| invocation.invoke_async::<(u64, u64)>(&mut redis).await).await {
            Some((count, left)) if count >= seen.count => Count { count, left: Duration::from_millis(left) },
            // It is down, or has lost what was seen here.
            _ => seen,
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.supervisor.abort();
        self.link.hub.close();
    }
}

impl std::fmt::Debug for Redis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Redis")
    }
}

/// What Redis takes as a time to live: whole milliseconds, at least one.
fn millis(time: Duration) -> u64 {
    const YEAR: u64 = 366 * 24 * 60 * 60 * 1000;
    u64::try_from(time.as_millis()).unwrap_or(YEAR).clamp(1, YEAR)
}

async fn list(redis: &mut MultiplexedConnection, prefix: &str) -> RedisResult<Vec<(String, Bytes)>> {
    let mut pattern = String::from(VALUE);
    for character in prefix.chars() {
        if matches!(character, '*' | '?' | '[' | ']' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('*');
    let (mut cursor, mut keys) = (0_u64, std::collections::BTreeSet::<String>::new());
    loop {
        let mut command = redis::cmd("SCAN");
        command.arg(cursor).arg("MATCH").arg(&pattern).arg("COUNT").arg(1_000);
        let (next, batch): (u64, Vec<String>) = command.query_async(redis).await?;
        keys.extend(batch);
        cursor = next;
        if cursor == 0 || keys.len() >= LIST_MAX {
            break;
        }
    }
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut command = redis::cmd("MGET");
    command.arg(&keys);
    let values: Vec<Option<Vec<u8>>> = command.query_async(redis).await?;
    let named = keys.iter().filter_map(|key| key.strip_prefix(VALUE));
    Ok(named.zip(values).filter_map(|(key, value)| Some((key.to_owned(), Bytes::from(value?)))).collect())
}

impl Link {
    async fn supervise(self: Arc<Self>) {
        let mut pause = RETRY_FIRST;
        loop {
            let lost = Arc::new(Notify::new());
            match self.open(&lost).await {
                Ok((commands, subscriptions)) => {
                    pause = RETRY_FIRST;
                    *self.commands() = Some(commands.clone());
                    self.turn(State::Up, None);
                    let error = self.hold(commands, subscriptions, &lost).await;
                    *self.commands() = None;
                    self.subscribed.send_replace(HashSet::new());
                    self.turn(State::Down, Some(error));
                }
                Err(error) => self.turn(State::Down, Some(error)),
            }
            sleep(pause).await;
            pause = (pause * 2).min(RETRY_LAST);
        }
    }

    /// Connects twice, and sees that Redis takes orders.
    async fn open(self: &Arc<Self>, lost: &Arc<Notify>) -> Result<(MultiplexedConnection, MultiplexedConnection), Trouble> {
        let connect = async {
            let (one, other) = (self.settings(lost), self.settings(lost));
            let mut commands = self.client.get_multiplexed_async_connection_with_config(&one).await?;
            let subscriptions = self.client.get_multiplexed_async_connection_with_config(&other).await?;
            probe(&mut commands).await?;
            Ok((commands, subscriptions))
        };
        timeout(PROBE_LIMIT, connect).await.map_err(|_| Trouble::Slow)?
    }

    fn settings(self: &Arc<Self>, lost: &Arc<Notify>) -> AsyncConnectionConfig {
        let (hub, lost) = (Arc::clone(&self.hub), Arc::clone(lost));
        let pushed = move |push: PushInfo| {
            match push.kind {
                PushKind::Disconnection => lost.notify_one(),
                PushKind::Message => {
                    if let Some(message) = Msg::from_push_info(push)
                        && let Some(topic) = message.get_channel_name().strip_prefix(TOPIC)
                    {
                        let payload = Bytes::copy_from_slice(message.get_payload_bytes());
                        hub.deliver(topic, BusMessage::Payload(payload));
                    }
                }
                _ => {}
            }
            Ok::<(), std::convert::Infallible>(())
        };
        AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PROBE_LIMIT))
            .set_response_timeout(Some(PROBE_LIMIT))
            .set_push_sender(pushed)
    }

    /// Keeps the subscriptions as the hub wants them, until a connection fails.
    async fn hold(
        &self,
        mut commands: MultiplexedConnection,
        mut subscriptions: MultiplexedConnection,
        lost: &Notify,
    ) -> Trouble {
        let mut beat = interval(PROBE_EVERY);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let work = async {
                tokio::select! {
                    () = lost.notified() => return Err(Trouble::Gone),
                    () = self.hub.changed.notified() => {}
                    () = self.doubt.notified() => probe_both(&mut commands, &mut subscriptions).await?,
                    _ = beat.tick() => probe_both(&mut commands, &mut subscriptions).await?,
                }
                timeout(PROBE_LIMIT, self.reconcile(&mut subscriptions)).await.map_err(|_| Trouble::Slow)?
            };
            if let Err(trouble) = work.await {
                return trouble;
            }
        }
    }

    async fn reconcile(&self, subscriptions: &mut MultiplexedConnection) -> Result<(), Trouble> {
        let (wanted, present) = (self.hub.topics(), self.subscribed.borrow().clone());
        for topic in wanted.difference(&present) {
            subscriptions.subscribe(format!("{TOPIC}{topic}")).await?;
            // Whoever was subscribed before this moment has missed what was published until now.
            self.hub.deliver(topic, BusMessage::Lost);
            self.subscribed.send_modify(|topics| {
                topics.insert(topic.clone());
            });
        }
        for topic in present.difference(&wanted) {
            self.subscribed.send_modify(|topics| {
                topics.remove(topic);
            });
            subscriptions.unsubscribe(format!("{TOPIC}{topic}")).await?;
        }
        Ok(())
    }

    /// Says so once when the state changes, however many calls notice it.
    fn turn(&self, state: State, trouble: Option<Trouble>) {
        let before = self.state.send_replace(state);
        metrics::gauge!("bus_up").set(if state == State::Up { 1 } else { 0 });
        match trouble {
            _ if before == state => {}
            Some(error) => tracing::warn!(%error, "Redis is down: no presence, slower wake-ups, throttles per node"),
            None => tracing::info!("connected to Redis"),
        }
    }

    fn commands(&self) -> MutexGuard<'_, Option<MultiplexedConnection>> {
        self.commands.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("it did not answer in time")]
    Slow,
    #[error("it closed the connection")]
    Gone,
    #[error(transparent)]
    Redis(#[from] redis::RedisError),
}

/// Writes, since a Redis that is loading, full or a mere replica answers a PING and yet is of no use.
async fn probe(commands: &mut MultiplexedConnection) -> RedisResult<()> {
    redis::cmd("SET").arg(ALIVE).arg(1).arg("PX").arg(10_000).exec_async(commands).await
}

async fn probe_both(commands: &mut MultiplexedConnection, subscriptions: &mut MultiplexedConnection) -> Result<(), Trouble> {
    let both = async {
        probe(commands).await?;
        redis::cmd("PING").exec_async(subscriptions).await?;
        Ok(())
    };
    timeout(PROBE_LIMIT, both).await.map_err(|_| Trouble::Slow)?
}
