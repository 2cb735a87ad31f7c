//! Presence: who is there, who looks at a conversation, who is typing. Owns no table: every node keeps the whole picture in memory, tells
//! the others over the bus what its own sockets say, and forgets whoever falls silent. All of it may be lost and comes back with the next
//! beat. Where several nodes share no bus, each knows its own sockets only.

mod board;
mod http;
mod model;
mod wire;
mod worker;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use kernel::{auth::Actor, http::Routes};
use tokio::sync::mpsc;
use uuid::Uuid;

use board::Board;
pub use http::PresenceRead;
pub use model::{Availability, Signal};
pub use worker::Worker;

use crate::App;

/// Signals that may wait for the node's worker. A flood beyond that is not heard.
const WAITING: usize = 4096;

/// What a socket said, or that it is gone.
enum FromSocket {
    Signal { actor: Arc<Actor>, socket: u64, signal: Signal },
    Left { socket: u64 },
}

/// The node's picture of who is there. Cheap to clone.
#[derive(Clone)]
pub struct Presence {
    board: Arc<Mutex<Board>>,
    sockets: mpsc::Sender<FromSocket>,
}

/// An empty picture, and the worker that keeps it.
pub fn picture() -> (Presence, Worker) {
    let (sockets, said) = mpsc::channel(WAITING);
    let presence = Presence { board: Arc::default(), sockets };
    (presence, Worker::new(said))
}

impl Presence {
    /// Takes what a socket says.
    pub fn signal(&self, actor: &Arc<Actor>, socket: u64, signal: Signal) {
        self.hand_over(FromSocket::Signal { actor: actor.clone(), socket, signal });
    }

    /// Takes note that a socket is gone.
    pub fn left(&self, socket: u64) {
        self.hand_over(FromSocket::Left { socket });
    }

    fn hand_over(&self, said: FromSocket) {
        if self.sockets.try_send(said).is_err() {
            metrics::counter!("presence_signals_dropped_total").increment(1);
        }
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Presence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Presence")
    }
}

/// Whether these users are there, as this node knows; whoever is not known is offline.
pub fn state_of(app: &App, user_ids: &[Uuid]) -> HashMap<Uuid, Availability> {
    let board = app.presence.board();
    user_ids.iter().map(|id| (*id, board.availability(*id))).collect()
}

/// Who is there and can take something of this team, by name; anybody where it is no team's.
pub fn available(app: &App, team_id: Option<Uuid>) -> Vec<(Uuid, String)> {
    let board = app.presence.board();
    let people = board.everybody().into_iter().filter(|(_, state)| *state == Availability::Online);
    let mut there: Vec<_> = people
        .filter(|(person, _)| team_id.is_none_or(|team| person.team_ids.contains(&team)))
        .map(|(person, _)| (person.id, person.name))
        .collect();
    there.sort_by(|a, b| (&a.1, a.0).cmp(&(&b.1, b.0)));
    there
}

/// Who types an answer in a conversation, as this node knows.
pub fn typist(app: &App, conversation_id: Uuid) -> Option<(Uuid, String)> {
    app.presence.board().typist(conversation_id).map(|person| (person.id, person.name.clone()))
}

/// The routes.
pub fn routes() -> Routes<App> {
    http::routes()
}
