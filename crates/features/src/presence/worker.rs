//! Keeps the node's picture: takes what its sockets and the other nodes say, forgets who falls silent, and tells the sockets what changed,
//! a few times a second at the most.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use kernel::{
    auth::Actor,
    bus::{BusMessage, Subscription},
    realtime::Frame,
};
use tokio::{sync::mpsc, time::MissedTickBehavior};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    FromSocket,
    board::{BEAT_HOLDS, Entry, TYPING_HOLDS, Typing},
    model::{Availability, Person, ServerMessage, Signal, UserPresence},
    wire::{Letter, Said, TOPIC},
};
use crate::{
    App,
    accounts::policy,
    conversations::{self, Card, Glimpse, Scope, Seen},
    messages::Kind,
};

/// How often changes are told: what happens in between is told once.
const TELL: Duration = Duration::from_millis(250);
/// Longest the look-up of conversations may take before it is tried again at the next turn.
const LOOK_UP: Duration = Duration::from_secs(2);

/// The loop behind a picture; one runs on each node.
pub struct Worker {
    said: mpsc::Receiver<FromSocket>,
    /// Which of our sockets said something that the other nodes do not know yet, and which are gone.
    touched: BTreeSet<u64>,
    gone: BTreeSet<u64>,
    /// Where our sockets want to be seen; looked up together at the next turn.
    wants: BTreeMap<u64, Want>,
}

/// A screen shows a conversation or somebody types in it, if they may see it.
struct Want {
    actor: Arc<Actor>,
    viewing: Option<Uuid>,
    typing: Option<(Uuid, Kind)>,
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Worker")
    }
}

impl Worker {
    pub(super) fn new(said: mpsc::Receiver<FromSocket>) -> Self {
        Self { said, touched: BTreeSet::new(), gone: BTreeSet::new(), wants: BTreeMap::new() }
    }

    /// Keeps the picture until stopped.
    pub async fn run(mut self, app: App, stop: CancellationToken) {
        let mut bus = app.bus.subscribe(TOPIC).await;
        send(&app, Letter { ask: true, ..Letter::from(&app.node) }).await;
        let mut turn = tokio::time::interval(TELL);
        turn.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                Some(said) = self.said.recv() => self.hear(&app, said),
                message = next(&mut bus) => self.read(&app, message).await,
                _ = turn.tick() => self.turn(&app).await,
            }
        }
        send(&app, Letter { bye: true, ..Letter::from(&app.node) }).await;
    }

    /// Takes what one of our sockets says.
    fn hear(&mut self, app: &App, said: FromSocket) {
        let (actor, socket, signal) = match said {
            FromSocket::Signal { actor, socket, signal } => (actor, socket, signal),
            FromSocket::Left { socket } => {
                self.wants.remove(&socket);
                if app.presence.board().get(&(app.node.clone(), socket)).is_some() {
                    app.presence.board().remove(&(app.node.clone(), socket));
                    self.gone.insert(socket);
                }
                return;
            }
        };
        let Some(person) = Person::of(&actor) else { return };
        let (screen, now) = ((app.node.clone(), socket), app.now());
        let mut board = app.presence.board();
        let mut entry = board.get(&screen).cloned().unwrap_or(Entry {
            person,
            state: Availability::Online,
            until: now,
            viewing: None,
            typing: None,
        });
        entry.until = now + BEAT_HOLDS;
        match signal {
            Signal::Presence { state } => entry.state = state.into(),
            Signal::Viewing { conversation_id: Some(id) } => {
                if entry.viewing != Some(id) {
                    // Until it is known that they may see the new one, they are nowhere.
                    (entry.viewing, entry.typing) = (None, None);
                }
                self.want(socket, actor).viewing = Some(id);
            }
            Signal::Viewing { conversation_id: None } => {
                (entry.viewing, entry.typing) = (None, None);
                self.wants.remove(&socket);
            }
            Signal::Typing { conversation_id, kind } => self.want(socket, actor).typing = Some((conversation_id, kind)),
        }
        board.put(screen, entry);
        self.touched.insert(socket);
    }

    fn want(&mut self, socket: u64, actor: Arc<Actor>) -> &mut Want {
        self.wants.entry(socket).or_insert(Want { actor, viewing: None, typing: None })
    }

    /// Takes what another node says.
    async fn read(&mut self, app: &App, message: BusMessage) {
        let payload = match message {
            BusMessage::Payload(payload) => payload,
            BusMessage::Lost => return send(app, Letter { ask: true, ..Letter::from(&app.node) }).await,
        };
        let Some(letter) = Letter::read(&payload).filter(|letter| letter.node != app.node) else { return };
        let now = app.now();
        let mut board = app.presence.board();
        if letter.bye {
            board.remove_node(&letter.node);
        }
        for socket in letter.gone {
            board.remove(&(letter.node.clone(), socket));
        }
        for said in letter.screens {
            board.put((letter.node.clone(), said.socket), said.entry(now));
        }
        if letter.ask {
            self.touched.extend(board.of_node(&app.node).map(|((_, socket), _)| *socket));
        }
    }

    /// Forgets, looks up, and tells.
    async fn turn(&mut self, app: &App) {
        let now = app.now();
        let silent = app.presence.board().expire(now);
        self.gone.extend(silent.into_iter().filter(|(node, _)| *node == app.node).map(|(_, socket)| socket));
        let mut ids = app.presence.board().unsaid();
        ids.extend(self.wants.values().flat_map(|want| want.viewing.into_iter().chain(want.typing.map(|(id, _)| id))));
        // Who may see a conversation changes: it is looked up whenever something is told about it.
        if let Some(cards) = cards(app, &ids).await {
            self.place(app, &cards);
            let told = app.presence.board().tell_conversations(&ids);
            for presence in told {
                let Some(card) = cards.get(&presence.conversation_id) else { continue };
                let audience = conversations::audience(card);
                let frame = Frame::passing(&ServerMessage::ConversationPresence { presence: &presence });
                app.hub.pass(|actor| policy::sees(actor, &audience).then(|| frame.clone()));
            }
        }
        let people = app.presence.board().tell_people();
        tell_people(app, &people);
        self.tell_nodes(app).await;
    }

    /// Puts our sockets where they want to be, if they may see it.
    fn place(&mut self, app: &App, cards: &HashMap<Uuid, Card>) {
        let now = app.now();
        let mut board = app.presence.board();
        for (socket, want) in std::mem::take(&mut self.wants) {
            let screen = (app.node.clone(), socket);
            let Some(mut entry) = board.get(&screen).cloned() else { continue };
            let scope = Scope::of(&want.actor, "conversations.read");
            let sees = |id: &Uuid| cards.get(id).is_some_and(|card| scope.covers(card));
            if let Some(id) = want.viewing {
                let viewing = want.viewing.filter(sees);
                if viewing.is_some() && entry.viewing != viewing {
                    board.say_again(id);
                }
                entry.viewing = viewing;
            }
            if let Some((id, Kind::Reply)) = want.typing
                && sees(&id)
            {
                // Where nobody shows it to the customer there is nothing to be done.
                let _ = app.glimpses.send(Glimpse { actor: want.actor.clone(), conversation_id: id, of: Seen::Typing });
            }
            if let Some((id, kind)) = want.typing {
                entry.typing = sees(&id).then_some(Typing { conversation_id: id, kind, until: now + TYPING_HOLDS });
            }
            board.put(screen, entry);
            self.touched.insert(socket);
        }
    }

    async fn tell_nodes(&mut self, app: &App) {
        let now = app.now();
        let mut letter = Letter::from(&app.node);
        letter.gone = std::mem::take(&mut self.gone).into_iter().collect();
        {
            let board = app.presence.board();
            for socket in std::mem::take(&mut self.touched) {
                if let Some(entry) = board.get(&(app.node.clone(), socket)) {
                    letter.screens.push(Said::of(socket, entry, now));
                }
            }
        }
        if !letter.gone.is_empty() || !letter.screens.is_empty() {
            send(app, letter).await;
        }
    }
}

/// The next message of the bus; never, once it has been shut down.
async fn next(bus: &mut Subscription) -> BusMessage {
    match bus.recv().await {
        Some(message) => message,
        None => std::future::pending().await,
    }
}

/// Sends a letter. A bus that is down loses it, and the next beats make up for it.
async fn send(app: &App, letter: Letter) {
    for payload in letter.payloads() {
        app.bus.publish(TOPIC, payload).await;
    }
}

/// The conversations by id; `None` when the database does not answer now.
async fn cards(app: &App, ids: &BTreeSet<Uuid>) -> Option<HashMap<Uuid, Card>> {
    if ids.is_empty() {
        return Some(HashMap::new());
    }
    let ids: Vec<_> = ids.iter().copied().collect();
    let look_up = async { conversations::cards(&mut *app.db.read().await?, &ids).await };
    match tokio::time::timeout(LOOK_UP, look_up).await {
        Ok(Ok(cards)) => Some(cards.into_iter().map(|card| (card.id, card)).collect()),
        Ok(Err(error)) => {
            tracing::debug!(error = %error, "who is in which conversation is told later");
            None
        }
        Err(_) => None,
    }
}

/// Tells each socket about those it may know about, with one frame for all that get the same.
fn tell_people(app: &App, people: &[(Person, UserPresence)]) {
    if people.is_empty() {
        return;
    }
    let mut frames: HashMap<Vec<usize>, Arc<Frame>> = HashMap::new();
    app.hub.pass(|actor| {
        let seen: Vec<usize> = (0..people.len()).filter(|at| people[*at].0.seen_by(actor)).collect();
        if seen.is_empty() {
            return None;
        }
        let users = || seen.iter().map(|at| &people[*at].1).collect();
        let frame = match frames.get(&seen) {
            Some(frame) => frame.clone(),
            None => {
                let frame = Frame::passing(&ServerMessage::Presence { users: users() });
                frames.insert(seen.clone(), frame.clone());
                frame
            }
        };
        Some(frame)
    });
}
