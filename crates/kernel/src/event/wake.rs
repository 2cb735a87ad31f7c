//! Wake-ups: the line from a commit to the loops that wait for it. In process at once; to the other nodes through the bus, coalesced.
//! A lost wake-up costs a slow poll (about a second), never an event.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use sqlx::{PgPool, postgres::PgListener};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::bus::{Bus, BusMessage};

/// The topic on the bus and the channel of NOTIFY.
const CHANNEL: &str = "max_wake";
/// Wake-ups within this time travel together.
const COALESCE: Duration = Duration::from_millis(3);

/// Wakes loops by topic. Cheap to clone; one per node.
#[derive(Clone, Default)]
pub struct Waker(Arc<Inner>);

#[derive(Default)]
struct Inner {
    topics: Mutex<HashMap<&'static str, Vec<Arc<Notify>>>>,
    /// Topics to tell the other nodes about, since the relay last looked.
    outgoing: Mutex<Vec<&'static str>>,
    outgoing_ready: Notify,
}

impl Waker {
    /// A waker with no listeners yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Wakes this node's loops of the topic now and the other nodes' soon.
    pub fn wake(&self, topic: &'static str) {
        self.wake_local(topic);
        let mut outgoing = lock(&self.0.outgoing);
        if !outgoing.contains(&topic) {
            outgoing.push(topic);
            self.0.outgoing_ready.notify_one();
        }
    }

    /// What a loop waits on; each loop asks for its own, or one would take the other's wake-up. `Notify` keeps one permit, so a wake-up
    /// between two waits is not lost.
    pub fn listen(&self, topic: &'static str) -> Arc<Notify> {
        let notify = Arc::new(Notify::new());
        let mut topics = lock(&self.0.topics);
        let listeners = topics.entry(topic).or_default();
        // Loops that have ended wait for nothing.
        listeners.retain(|other| Arc::strong_count(other) > 1);
        listeners.push(notify.clone());
        notify
    }

    /// Wakes what another node's message names.
    fn hear(&self, node: &str, message: &str) {
        if let Some((from, topics)) = message.split_once(':')
            && from != node
        {
            topics.split(',').for_each(|topic| self.wake_local(topic));
        }
    }

    /// Something may have been missed: wakes everybody, which is cheap.
    fn wake_all_local(&self) {
        lock(&self.0.topics).values().flatten().for_each(|notify| notify.notify_one());
    }

    fn wake_local(&self, topic: &str) {
        lock(&self.0.topics).get(topic).into_iter().flatten().for_each(|notify| notify.notify_one());
    }
}

impl std::fmt::Debug for Waker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Waker")
    }
}

/// How wake-ups reach the other nodes.
#[derive(Clone)]
pub enum Line {
    /// Over the bus that all nodes share (Redis).
    Bus(Arc<dyn Bus>),
    /// Over the database, where there is no shared bus: a lone NOTIFY on a connection of its own, never in a business transaction.
    Database(PgPool),
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Line::Bus(_) => "Bus",
            Line::Database(_) => "Database",
        })
    }
}

/// Carries wake-ups between nodes until stopped: ours out, at most once every few milliseconds, and theirs in. A line that breaks is
/// taken up again; meanwhile everybody polls. `node` tells our own from theirs.
pub async fn relay(waker: Waker, line: Line, node: String, stop: CancellationToken) {
    let work = async {
        tokio::join!(send(&waker, &line, &node), receive(&waker, &line, &node));
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = work => {}
    }
}

async fn send(waker: &Waker, line: &Line, node: &str) {
    loop {
        waker.0.outgoing_ready.notified().await;
        tokio::time::sleep(COALESCE).await;
        let topics = std::mem::take(&mut *lock(&waker.0.outgoing));
        if topics.is_empty() {
            continue;
        }
        let message = format!("{node}:{}", topics.join(","));
        match line {
            // Either may fail; the others then find out by polling.
            Line::Bus(bus) => drop(bus.publish(CHANNEL, Bytes::from(message)).await),
            Line::Database(pool) => {
                if let Err(error) = sqlx::query!("select pg_notify($1, $2)", CHANNEL, message).execute(pool).await {
                    tracing::debug!(error = %error, "a wake-up was not sent");
                }
            }
        }
    }
}

async fn receive(waker: &Waker, line: &Line, node: &str) {
    loop {
        match line {
            Line::Bus(bus) => {
                let mut incoming = bus.subscribe(CHANNEL).await;
                while let Some(message) = incoming.recv().await {
                    match message {
                        BusMessage::Payload(payload) => waker.hear(node, &String::from_utf8_lossy(&payload)),
                        BusMessage::Lost => waker.wake_all_local(),
                    }
                }
            }
            Line::Database(pool) => {
                if let Err(error) = listen(waker, pool, node).await {
                    tracing::debug!(error = %error, "wake-ups of other nodes are not heard for a moment");
                }
            }
        }
        waker.wake_all_local();
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn listen(waker: &Waker, pool: &PgPool, node: &str) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    loop {
        match listener.try_recv().await? {
            Some(message) => waker.hear(node, message.payload()),
            // The connection was lost and is back: something may have been missed.
            None => waker.wake_all_local(),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
