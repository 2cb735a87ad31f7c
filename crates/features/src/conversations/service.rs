//! Use cases of conversations: open, move on, read.

use base::{Code, Time};
use kernel::{
    auth::{Access, Actor},
    db::Tx,
    event::{Audience, NewEvent},
    http::Problem,
};
use uuid::Uuid;

use super::{Card, ConversationRow, LastMessage, Locked, READ, State, TAKEN, UPDATED, model::shorten, store};
use crate::App;

/// A conversation that must exist for a message to land in.
#[derive(Debug, Clone)]
pub struct Opening {
    /// Over which channel.
    pub channel_id: Uuid,
    /// With whom.
    pub contact_id: Uuid,
    /// Under which of their ids.
    pub identity_id: Uuid,
    /// In whose queue it begins.
    pub team_id: Option<Uuid>,
}

/// Opens the conversations that are not open yet and locks all of them.
pub async fn open_missing(app: &App, tx: &mut Tx, openings: &[Opening]) -> Result<Vec<Locked>, sqlx::Error> {
    let rows: Vec<_> = openings
        .iter()
        .map(|o| store::NewRow {
            id: app.new_id(),
            channel_id: o.channel_id,
            contact_id: o.contact_id,
            identity_id: o.identity_id,
            team_id: o.team_id,
            state: if o.team_id.is_some() { State::Queued.as_str() } else { State::New.as_str() },
        })
        .collect();
    store::insert(tx, &rows, app.now()).await?;
    let pairs: Vec<_> = openings.iter().map(|o| (o.channel_id, o.contact_id)).collect();
    store::lock_for(tx, &pairs, &[]).await
}

/// What inbound messages did to a conversation.
#[derive(Debug, Clone)]
pub struct Inbound {
    /// Which.
    pub id: Uuid,
    /// Under which id the customer last wrote: where answers go.
    pub identity_id: Uuid,
    /// The last thing said.
    pub last: LastMessage,
    /// How many there were.
    pub counted: i64,
    /// Whether the customer now waits for an answer (a reaction asks for none).
    pub waits: bool,
    /// Whether the customer is blocked: then nothing moves in anybody's list.
    pub quiet: bool,
    /// Until when they keep the reply window open.
    pub window_expires_at: Option<Time>,
}

/// Moves locked conversations on after inbound messages.
pub async fn advance_inbound(app: &App, tx: &mut Tx, changes: &[Inbound]) -> Result<(), sqlx::Error> {
    let rows: Vec<_> = changes
        .iter()
        .map(|c| store::InboundRow {
            id: c.id,
            identity_id: c.identity_id,
            last_seq: c.last.seq,
            counted: c.counted,
            waits: c.waits,
            quiet: c.quiet,
            last_message: last_message(&c.last),
            window_expires_at: c.window_expires_at,
        })
        .collect();
    store::advance_inbound(tx, &rows, app.now()).await
}

/// What a colleague's message did to a conversation.
#[derive(Debug, Clone)]
pub struct Outbound {
    /// Which.
    pub id: Uuid,
    /// The message.
    pub last: LastMessage,
    /// It answers the customer (a note does not).
    pub answers: bool,
}

/// Moves a locked conversation on after a colleague's message.
pub async fn advance_outbound(app: &App, tx: &mut Tx, change: &Outbound) -> Result<(), sqlx::Error> {
    let last = last_message(&change.last);
    store::advance_outbound(tx, change.id, change.last.seq, &last, change.last.author_id, change.answers, app.now()).await
}

fn last_message(last: &LastMessage) -> serde_json::Value {
    serde_json::to_value(LastMessage { preview: shorten(&last.preview), ..last.clone() }).unwrap_or_default()
}

/// Who may see what happens in a conversation.
pub fn audience(card: &Card) -> Audience {
    Audience {
        conversation_id: Some(card.id),
        team_id: card.team_id,
        assignee_id: card.assignee_id,
        user_ids: card.participant_ids.clone(),
    }
}

/// Tells the screens that a conversation changed.
pub fn emit_updated(app: &App, tx: &mut Tx, card: &Card) {
    let data = serde_json::json!({ "conversation": card.shared() });
    tx.emit(NewEvent::new(app.now(), UPDATED, audience(card), &data));
}

/// Tells a whole team who took a conversation from its queue: those who saw it there drop it. Only who and which, not what is said.
pub fn emit_taken(app: &App, tx: &mut Tx, conversation: &Locked, by: &Actor) {
    let Some(user_id) = by.user_id() else { return };
    let audience = Audience {
        conversation_id: Some(conversation.id),
        team_id: conversation.team_id,
        assignee_id: None,
        user_ids: vec![user_id],
    };
    let data = serde_json::json!({
        "id": conversation.id,
        "number": conversation.number,
        "assignee": { "id": user_id, "name": by.name() },
        "team_id": conversation.team_id,
        "state": State::Assigned,
    });
    tx.emit(NewEvent::new(app.now(), TAKEN, audience, &data));
}

/// The answer to whoever came too late for a conversation: who has it.
pub async fn taken(tx: &mut Tx, id: Uuid) -> Result<Problem, sqlx::Error> {
    let winner = store::cards(tx, &[id]).await?.pop().and_then(|card| card.shared().assignee);
    let name = winner.as_ref().map_or("Somebody else", |w| w.name.as_str()).to_owned();
    Ok(Problem::new(Code::ConversationTaken, format!("{name} already has this conversation.")).with("winner", winner))
}

/// Records how far the actor has read, and tells their other screens.
pub(super) async fn mark_read(app: &App, tx: &mut Tx, who: &Access<ConversationRow>, seq: i64) -> Result<(), sqlx::Error> {
    let Some(user_id) = who.actor().user_id() else { return Ok(()) };
    let id = who.row().0.id;
    // The lock keeps an arriving message from slipping between the count and the mark.
    store::lock(tx, id).await?;
    read_up_to(app, tx, id, user_id, seq).await
}

/// Records that a user has read a locked conversation up to `seq`, and tells their screens. Whoever answers has read what they answer.
pub async fn read_up_to(app: &App, tx: &mut Tx, id: Uuid, user_id: Uuid, seq: i64) -> Result<(), sqlx::Error> {
    store::see_mention(tx, id, user_id, seq, app.now()).await?;
    if let Some(inbound_count) = store::mark_read(tx, id, user_id, seq, app.now()).await? {
        let audience = Audience { user_ids: vec![user_id], ..Audience::default() };
        let data = serde_json::json!({ "conversation_id": id, "inbound_count": inbound_count, "seq": seq });
        tx.emit(NewEvent::new(app.now(), READ, audience, &data));
    }
    Ok(())
}

/// The conversation as the actor sees it now.
pub(super) async fn reload(tx: &mut Tx, actor: &Actor, id: Uuid) -> Result<Option<Card>, sqlx::Error> {
    store::card(tx, id, &super::Scope::of(actor, "conversations.read")).await
}
