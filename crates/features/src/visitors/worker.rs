//! Hands visitors what concerns them: out of the event log, as it is written there, and who types, out of what may be lost.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use base::Time;
use connect::channel::Agent;
use kernel::{
    bus::{BusMessage, Subscription},
    event::{Cursor, Event, log},
    http::Problem,
    realtime::Frame as AgentFrame,
};
use serde::Serialize;
use serde_json::Value;
use tokio::{
    sync::Notify,
    time::{Instant, MissedTickBehavior},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    model::{Msg, author_of, place},
    service,
    socket::Frame,
    sockets::Person,
    visit::{self, CHANGED, Changed, SAY_AGAIN, VisitView},
};
use crate::{
    App,
    accounts::{self, policy},
    conversations::{self, Card, State},
    delivery,
    ingest::{CustomerTypes, TYPING},
    messages, presence,
};

/// How long the loop waits without a wake-up before it looks anyway; also how often it looks who types.
const POLL: Duration = Duration::from_millis(500);
/// How often it is looked whether somebody came forward in the queue.
const AROUND: Duration = Duration::from_secs(10);
/// How often colleagues are told of one visit at most.
const VISIT_EVERY: Duration = Duration::from_secs(3);
/// Events per read.
const BATCH: i64 = 200;
/// What concerns visitors.
const KINDS: [&str; 4] = [messages::CREATED, messages::UPDATED, conversations::UPDATED, conversations::READ];

/// Runs until stopped; one on each node that serves.
pub async fn run(app: App, wake: Arc<Notify>, stop: CancellationToken) {
    let mut bus = app.bus.subscribe(TYPING).await;
    let mut visits = app.bus.subscribe(CHANGED).await;
    let mut worker = Worker { app, position: None, typing: HashMap::new(), visits: Visits::default() };
    let mut around = tokio::time::interval(AROUND);
    around.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut here = tokio::time::interval(SAY_AGAIN);
    here.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut turn = tokio::time::interval(POLL);
    turn.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        if let Err(error) = worker.follow().await {
            tracing::warn!(error = %error, "visitors' sockets cannot be served from the log and will be again");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = wake.notified() => {}
            message = next(&mut bus) => worker.customer_types(message).await,
            message = next(&mut visits) => worker.visit_changed(message),
            _ = turn.tick() => {
                worker.tell_typing().await;
                later(worker.tell_visits().await);
            }
            _ = around.tick() => later(worker.look_around().await),
            _ = here.tick() => later(visit::are_here(&worker.app, &worker.app.visitors.visitors()).await),
        }
    }
}

/// What is said again anyway.
fn later(outcome: Result<(), sqlx::Error>) {
    if let Err(error) = outcome {
        tracing::debug!(%error, "visitors or their visits are looked at again later");
    }
}

async fn next(bus: &mut Subscription) -> BusMessage {
    match bus.recv().await {
        Some(message) => message,
        None => std::future::pending().await,
    }
}

struct Worker {
    app: App,
    /// Up to where the log was followed.
    position: Option<Cursor>,
    /// Who types, by conversation.
    typing: HashMap<Uuid, Typing>,
    /// Visits that colleagues are to be told of.
    visits: Visits,
}

/// Whose visits changed, and when that may be told: soon, and every few seconds at most.
#[derive(Default)]
struct Visits {
    due: HashMap<(Uuid, String), Instant>,
    told: HashMap<(Uuid, String), Instant>,
}

impl Visits {
    fn changed(&mut self, whose: (Uuid, String), now: Instant) {
        let at = self.told.get(&whose).map_or(now, |told| now.max(*told + VISIT_EVERY));
        self.due.entry(whose).or_insert(at);
    }

    fn due(&mut self, now: Instant) -> Vec<(Uuid, String)> {
        self.told.retain(|_, at| now.duration_since(*at) < VISIT_EVERY);
        let due: Vec<_> = self.due.extract_if(|_, at| *at <= now).map(|(whose, _)| whose).collect();
        self.told.extend(due.iter().map(|whose| (whose.clone(), now)));
        due
    }
}

/// What a customer does on the company's pages: what colleagues' screens are told.
#[derive(Serialize)]
struct VisitFrame<'a> {
    r#type: &'static str,
    conversation_id: Uuid,
    visit: &'a VisitView,
}

/// A colleague who types an answer.
struct Typing {
    person: Person,
    user_id: Uuid,
    /// As the visitor was shown them; `None` where they may not be seen.
    shown: Option<Agent>,
}

impl Worker {
    async fn follow(&mut self) -> Result<(), sqlx::Error> {
        let app = self.app.clone();
        let mut conn = app.db.read().await?;
        let mut position = match self.position {
            Some(position) if !app.visitors.is_empty() => position,
            // Nobody to tell. Whoever joins from now on reads what was said before from the database, after joining; so what comes between is
            // said twice rather than never.
            _ => log::end(&mut conn).await?,
        };
        self.position = Some(position);
        loop {
            let events = log::after_of(&mut conn, position, &KINDS, BATCH).await?;
            let Some(last) = events.last() else { return Ok(()) };
            position = last.cursor;
            let full = events.len() as i64 == BATCH;
            self.tell(&mut conn, &events).await?;
            self.position = Some(position);
            if !full {
                return Ok(());
            }
        }
    }

    async fn tell(&mut self, conn: &mut sqlx::PgConnection, events: &[Event]) -> Result<(), sqlx::Error> {
        self.meet(conn, events).await?;
        for event in events {
            let told = match event.kind.as_str() {
                messages::CREATED | messages::UPDATED => self.tell_message(conn, event).await?,
                conversations::UPDATED => self.tell_conversation(conn, &event.data["conversation"]).await?,
                conversations::READ => self.tell_read(conn, event).await?,
                _ => None,
            };
            if let Some((person, text)) = told {
                self.app.visitors.hand(person, &text);
            }
        }
        Ok(())
    }

    /// Whoever says their first thing is a contact from now on, on every node.
    async fn meet(&self, conn: &mut sqlx::PgConnection, events: &[Event]) -> Result<(), sqlx::Error> {
        let mut asked: HashSet<Person> = HashSet::new();
        for event in events {
            let Some(person) = person_of(&event.data["conversation"]) else { continue };
            if self.app.visitors.has_strangers(person.0) {
                asked.insert(person);
            }
        }
        for (channel_id, contact_id) in asked {
            for external_id in crate::contacts::identities_on(conn, contact_id, channel_id).await? {
                self.app.visitors.meet(channel_id, &external_id, contact_id);
            }
        }
        Ok(())
    }

    async fn tell_message(
        &mut self,
        conn: &mut sqlx::PgConnection,
        event: &Event,
    ) -> Result<Option<(Person, axum::extract::ws::Utf8Bytes)>, sqlx::Error> {
        let message = &event.data["message"];
        let Some(conversation_id) = id(&message["conversation_id"]) else { return Ok(None) };
        let conversation = &event.data["conversation"];
        if let (Some(person), Some(number)) = (person_of(conversation), conversation["number"].as_i64()) {
            self.app.visitors.learn(conversation_id, person, number);
        }
        let Some((person, number)) = self.app.visitors.whose(conversation_id) else { return Ok(None) };
        let photos = service::photos(&self.app, conn, &author_of(message).into_iter().collect::<Vec<_>>()).await?;
        let msg = match message["direction"].as_str() {
            // Their own is known to them by the id that they gave it, which no event holds.
            Some("in") => {
                let ids = [id(&message["id"]).unwrap_or_default()];
                let row = messages::by_ids(conn, &ids).await?.pop();
                row.and_then(|row| Msg::of_row(&self.app, &row, number, &photos))
            }
            _ => Msg::of(message, number, &photos),
        };
        let created = event.kind == messages::CREATED;
        Ok(msg.map(|message| {
            let frame = if created { Frame::Message { message: &message } } else { Frame::Updated { message: &message } };
            (person, frame.text())
        }))
    }

    async fn tell_conversation(
        &self,
        conn: &mut sqlx::PgConnection,
        shown: &Value,
    ) -> Result<Option<(Person, axum::extract::ws::Utf8Bytes)>, sqlx::Error> {
        let (Some(person), Some(conversation_id)) = (person_of(shown), id(&shown["id"])) else { return Ok(None) };
        if !self.app.visitors.has(person) {
            return Ok(None);
        }
        let Some(card) = conversations::cards(conn, &[conversation_id]).await?.pop() else { return Ok(None) };
        self.app.visitors.learn(card.id, person, card.number);
        let conversation = service::conversation(&self.app, conn, &card).await?;
        self.app.visitors.wait(card.id, person, conversation.waiting_position);
        Ok(Some((person, Frame::Conversation { conversation: &conversation }.text())))
    }

    /// What the one who has the conversation has read, the visitor may know; who else looked is nobody's business.
    async fn tell_read(
        &self,
        conn: &mut sqlx::PgConnection,
        event: &Event,
    ) -> Result<Option<(Person, axum::extract::ws::Utf8Bytes)>, sqlx::Error> {
        let Some(conversation_id) = id(&event.data["conversation_id"]) else { return Ok(None) };
        let Some((person, number)) = self.app.visitors.whose(conversation_id) else { return Ok(None) };
        let Some(card) = conversations::cards(conn, &[conversation_id]).await?.pop() else { return Ok(None) };
        let has_it = !card.blocked && card.assignee_id.is_some_and(|id| event.audience.user_ids.contains(&id));
        let seq = event.data["seq"].as_i64().filter(|_| has_it);
        Ok(seq.map(|seq| (person, Frame::Read { seq: place(number, seq) }.text())))
    }

    /// What is looked at now and then: who is there, and who has come forward in the queue.
    async fn look_around(&self) -> Result<(), sqlx::Error> {
        let waiting = self.app.visitors.waiting();
        if waiting.is_empty() {
            return Ok(());
        }
        let mut conn = self.app.db.read().await?;
        let ids: Vec<Uuid> = waiting.iter().map(|(id, ..)| *id).collect();
        let places: HashMap<Uuid, i64> = conversations::queue_places(&mut conn, &ids).await?.into_iter().collect();
        let moved: Vec<_> = waiting.into_iter().filter(|(id, _, told)| places.get(id) != Some(told)).collect();
        let ids: Vec<Uuid> = moved.iter().map(|(id, ..)| *id).collect();
        for card in conversations::cards(&mut conn, &ids).await? {
            let Some((_, person, _)) = moved.iter().find(|(id, ..)| *id == card.id) else { continue };
            let conversation = service::conversation(&self.app, &mut conn, &card).await?;
            self.app.visitors.wait(card.id, *person, conversation.waiting_position);
            self.app.visitors.hand(*person, &Frame::Conversation { conversation: &conversation }.text());
        }
        Ok(())
    }

    /// Something about a visit changed: colleagues who see the conversation are told, soon and not too often.
    fn visit_changed(&mut self, message: BusMessage) {
        let BusMessage::Payload(payload) = message else { return };
        let Ok(Changed { channel_id, external_id }) = serde_json::from_slice(&payload) else { return };
        if !self.app.hub.is_empty() {
            self.visits.changed((channel_id, external_id), Instant::now());
        }
    }

    async fn tell_visits(&mut self) -> Result<(), sqlx::Error> {
        for (channel_id, external_id) in self.visits.due(Instant::now()) {
            let mut conn = self.app.db.read().await?;
            let past = service::past(&self.app, &mut conn, channel_id, &external_id).await?;
            for card in past.cards.iter().filter(|card| card.state != State::Closed.as_str()) {
                let visit = visit::of_customer(&self.app, &mut conn, card).await?;
                let frame = AgentFrame::passing(&VisitFrame { r#type: "visit", conversation_id: card.id, visit: &visit });
                let audience = conversations::audience(card);
                self.app.hub.pass(|actor| policy::sees(actor, &audience).then(|| frame.clone()));
            }
        }
        Ok(())
    }

    /// Tells visitors who types an answer to them, when that changed.
    async fn tell_typing(&mut self) {
        let mut now: HashMap<Uuid, (Person, Uuid, String)> = HashMap::new();
        for (conversation_id, person) in self.app.visitors.conversations() {
            if let Some((user_id, name)) = presence::typist(&self.app, conversation_id) {
                now.insert(conversation_id, (person, user_id, name));
            }
        }
        let changed = |id: &Uuid, typing: &Typing| now.get(id).is_none_or(|(_, user_id, _)| *user_id != typing.user_id);
        let over: Vec<Uuid> = self.typing.iter().filter(|(id, typing)| changed(id, typing)).map(|(id, _)| *id).collect();
        for conversation_id in over {
            if let Some(Typing { person, shown: Some(agent), .. }) = self.typing.remove(&conversation_id) {
                self.app.visitors.hand(person, &Frame::Typing { on: false, agent: &agent }.text());
            }
        }
        for (conversation_id, (person, user_id, name)) in now {
            if self.typing.contains_key(&conversation_id) {
                continue;
            }
            // Where it cannot be looked up now, it is the next time.
            let Ok(photo) = self.may_be_seen(conversation_id, user_id).await else { continue };
            let shown = photo.map(|photo_url| Agent { name, photo_url });
            if let Some(agent) = &shown {
                self.app.visitors.hand(person, &Frame::Typing { on: true, agent }.text());
            }
            self.typing.insert(conversation_id, Typing { person, user_id, shown });
        }
    }

    /// The photo of somebody who types, if there is one; `None` where the visitor may not see that they do.
    async fn may_be_seen(&self, conversation_id: Uuid, user_id: Uuid) -> Result<Option<Option<String>>, Problem> {
        let mut conn = self.app.db.read().await?;
        let Some(card) = conversations::cards(&mut conn, &[conversation_id]).await?.pop() else { return Ok(None) };
        let actor = accounts::absent(&self.app, &mut conn, user_id).await?;
        if !delivery::may_be_seen(&actor, &card) {
            return Ok(None);
        }
        Ok(Some(service::photos(&self.app, &mut conn, &[user_id]).await?.remove(&user_id)))
    }

    /// Tells colleagues who see the conversation that its customer types.
    async fn customer_types(&self, message: BusMessage) {
        let BusMessage::Payload(payload) = message else { return };
        let Ok(said) = serde_json::from_slice::<CustomerTypes>(&payload) else { return };
        if self.app.hub.is_empty() {
            return;
        }
        let look_up = async {
            let mut conn = self.app.db.read().await?;
            let past = service::past(&self.app, &mut conn, said.channel_id, &said.external_id).await?;
            Ok::<_, sqlx::Error>(past.cards.into_iter().find(|card| card.state != State::Closed.as_str()))
        };
        if let Ok(Some(card)) = look_up.await {
            tell_colleagues(&self.app, &card, said.on, self.app.now());
        }
    }
}

/// The customer types: what colleagues' screens are told. It holds for a few seconds, unless said again.
#[derive(Serialize)]
struct ContactTyping {
    r#type: &'static str,
    conversation_id: Uuid,
    on: bool,
    at: Time,
}

fn tell_colleagues(app: &App, card: &Card, on: bool, at: Time) {
    let audience = conversations::audience(card);
    let frame = AgentFrame::passing(&ContactTyping { r#type: "contact_typing", conversation_id: card.id, on, at });
    app.hub.pass(|actor| policy::sees(actor, &audience).then(|| frame.clone()));
}

fn id(value: &Value) -> Option<Uuid> {
    value.as_str()?.parse().ok()
}

/// Whose conversation it is, as events show one.
fn person_of(conversation: &Value) -> Option<Person> {
    Some((id(&conversation["channel"]["id"])?, id(&conversation["contact"]["id"])?))
}
