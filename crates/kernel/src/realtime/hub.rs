//! The hub: one per node, following the log's end.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::extract::ws::Utf8Bytes;
use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{ACCESS_CHANGED, SESSION_STARTED};
use crate::{
    auth::Actor,
    db::Db,
    event::{Audience, Cursor, Event, log},
};

/// Frames a socket may have waiting before it counts as too slow.
const QUEUE: usize = 256;
/// Room that must be left in a socket's queue for what may be lost: it never pushes a socket out, nor crowds out an event.
const ROOM_TO_PASS: usize = QUEUE / 2;
/// How long the hub waits without a wake-up before it looks anyway.
const POLL: Duration = Duration::from_millis(500);
/// How soon it looks again at what an older transaction holds back; twice as long each time, up to [`POLL`].
const SOON: Duration = Duration::from_millis(4);
/// Events per read.
const BATCH: i64 = 500;

/// What a socket is sent, encoded once for every socket that gets it.
#[derive(Debug)]
pub struct Frame {
    /// Its place in the log; `None` for what is in no log and may be lost.
    pub cursor: Option<Cursor>,
    /// The JSON text of the server's message.
    pub text: Utf8Bytes,
}

impl Frame {
    /// Encodes an event.
    pub fn encode(event: &Event) -> Self {
        #[derive(serde::Serialize)]
        struct Message<'a> {
            r#type: &'static str,
            cursor: String,
            kind: &'a str,
            at: base::Time,
            data: &'a serde_json::Value,
        }
        let message =
            Message { r#type: "event", cursor: event.cursor.to_string(), kind: &event.kind, at: event.at, data: &event.data };
        Self { cursor: Some(event.cursor), text: serde_json::to_string(&message).unwrap_or_default().into() }
    }

    /// Something that is in no log: who is there, who types.
    pub fn passing(message: &impl serde::Serialize) -> Arc<Self> {
        Arc::new(Self { cursor: None, text: serde_json::to_string(message).unwrap_or_default().into() })
    }
}

/// Why the hub let go of a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dropped {
    /// Its queue ran full: it reconnects and is served from the log.
    TooSlow,
    /// Its user's access changed: it must show a fresh token.
    AccessChanged,
}

struct Member {
    actor: Arc<Actor>,
    queue: mpsc::Sender<Arc<Frame>>,
    dropped: Arc<Mutex<Option<Dropped>>>,
}

/// The node's hub. Cheap to clone.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

struct Inner {
    members: Mutex<Members>,
    position: watch::Sender<Cursor>,
    sees: Sees,
}

/// The one visibility rule, shared with REST and given by the composition root.
type Sees = Box<dyn Fn(&Actor, &Audience) -> bool + Send + Sync>;

#[derive(Default)]
struct Members {
    next: u64,
    by_id: HashMap<u64, Member>,
}

/// A socket's place in the hub; dropping it leaves.
pub struct Registration {
    hub: Hub,
    id: u64,
    /// Everything up to here is in the log and not in the queue.
    pub from: Cursor,
    /// What arrives from now on.
    pub queue: mpsc::Receiver<Arc<Frame>>,
    dropped: Arc<Mutex<Option<Dropped>>>,
}

impl Registration {
    /// The socket's number on this node.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Why the queue ended.
    pub fn dropped(&self) -> Option<Dropped> {
        *lock(&self.dropped)
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        lock(&self.hub.0.members).by_id.remove(&self.id);
        self.hub.count();
    }
}

impl Hub {
    /// A hub with the visibility rule that REST uses too.
    pub fn new(sees: impl Fn(&Actor, &Audience) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(Inner { members: Mutex::default(), position: watch::Sender::new(Cursor::default()), sees: Box::new(sees) }))
    }

    /// Whether an event is for the actor's screens of this session: they may see it, and it is news to them.
    pub fn tells(&self, actor: &Actor, event: &Event) -> bool {
        let own = || actor.principal().is_some_and(|p| session_of(event) == Some(p.session_id));
        (self.0.sees)(actor, &event.audience) && !(event.kind == SESSION_STARTED && own())
    }

    /// Joins. Frames after [`Registration::from`] arrive in the queue; what lies before is in the log. Waits for the hub's first look at
    /// the log.
    pub async fn join(&self, actor: Arc<Actor>) -> Registration {
        let mut position = self.0.position.subscribe();
        // The sender lives in `self`, so waiting cannot fail.
        let _ = position.wait_for(|p| *p != Cursor::default()).await;
        let (sender, queue) = mpsc::channel(QUEUE);
        let dropped = Arc::new(Mutex::new(None));
        let (id, from) = {
            let mut members = lock(&self.0.members);
            members.next += 1;
            let id = members.next;
            members.by_id.insert(id, Member { actor, queue: sender, dropped: dropped.clone() });
            // Under the members' lock, as dispatch is: no frame can fall between the position and the queue.
            (id, *self.0.position.borrow())
        };
        self.count();
        Registration { hub: self.clone(), id, from, queue, dropped }
    }

    /// Sockets of this node.
    pub fn len(&self) -> usize {
        lock(&self.0.members).by_id.len()
    }

    /// Whether nobody is connected.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The users connected to this node.
    pub fn users(&self) -> Vec<Uuid> {
        lock(&self.0.members).by_id.values().filter_map(|m| m.actor.user_id()).collect()
    }

    /// Hands each socket of this node what `frame` says that its user gets. For what may be lost: a socket that is behind does without.
    pub fn pass(&self, mut frame: impl FnMut(&Actor) -> Option<Arc<Frame>>) {
        for member in lock(&self.0.members).by_id.values().filter(|m| m.queue.capacity() > ROOM_TO_PASS) {
            if let Some(frame) = frame(&member.actor) {
                // Full or closed: its own loop finds out.
                let _ = member.queue.try_send(frame);
            }
        }
    }

    /// Follows the log until stopped.
    pub async fn run(&self, db: Db, wake: Arc<Notify>, stop: CancellationToken) {
        let mut soon = SOON;
        loop {
            let held_back = self.catch_up(&db).await.unwrap_or_else(|error| {
                tracing::warn!(error = %error, "the hub cannot read the event log and will try again");
                false
            });
            let pause = if held_back { soon } else { POLL };
            soon = if held_back { (soon * 2).min(POLL) } else { SOON };
            tokio::select! {
                () = stop.cancelled() => return,
                () = wake.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Dispatches what is shown; whether more is written that is not shown yet.
    async fn catch_up(&self, db: &Db) -> Result<bool, sqlx::Error> {
        let mut conn = db.read_routine().await?;
        let mut position = *self.0.position.borrow();
        if position == Cursor::default() {
            position = log::end(&mut conn).await?;
            self.0.position.send_replace(position);
        }
        loop {
            let events = log::after(&mut conn, position, BATCH).await?;
            let Some(last) = events.last() else { break };
            position = last.cursor;
            let full = events.len() as i64 == BATCH;
            self.dispatch(&events, position);
            if !full {
                break;
            }
        }
        log::held_back(&mut conn, position).await
    }

    fn dispatch(&self, events: &[Event], position: Cursor) {
        let mut members = lock(&self.0.members);
        let mut leavers = Vec::new();
        for event in events {
            if event.kind == ACCESS_CHANGED {
                let session = session_of(event);
                for (id, member) in &members.by_id {
                    let concerned = member.actor.principal().is_some_and(|p| {
                        event.audience.user_ids.contains(&p.user_id) && session.is_none_or(|s| s == p.session_id)
                    });
                    if concerned {
                        *lock(&member.dropped) = Some(Dropped::AccessChanged);
                        leavers.push(*id);
                    }
                }
                continue;
            }
            let mut frame = None;
            for (id, member) in &members.by_id {
                if !self.tells(&member.actor, event) {
                    continue;
                }
                let frame = frame.get_or_insert_with(|| Arc::new(Frame::encode(event)));
                if let Err(mpsc::error::TrySendError::Full(_)) = member.queue.try_send(frame.clone()) {
                    *lock(&member.dropped) = Some(Dropped::TooSlow);
                    leavers.push(*id);
                }
            }
            for id in leavers.drain(..) {
                members.by_id.remove(&id);
            }
        }
        for id in leavers {
            members.by_id.remove(&id);
        }
        self.0.position.send_replace(position);
        metrics::counter!("events_dispatched_total").increment(events.len() as u64);
    }

    fn count(&self) {
        metrics::gauge!("sockets_open").set(self.len() as f64);
    }
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hub")
    }
}

/// The session that an event is about.
fn session_of(event: &Event) -> Option<Uuid> {
    event.data.get("session_id").and_then(|v| v.as_str()).and_then(|v| v.parse().ok())
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
