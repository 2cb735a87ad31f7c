//! Use cases of conversations: open, move on, read.

use base::{Code, Time};
use kernel::{
    audit::Named,
    auth::{Access, Actor},
    db::Tx,
    event::{Audience, NewEvent},
    http::Problem,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    AssignmentRecord, Card, ConversationRow, Excluded, Flood, Happening, LastMessage, Locked, Note, READ, Rule, Scope, State,
    TimelineEntry, UPDATED, Wanted, flood, model::shorten, store, timeline::note_all,
};
use crate::{App, accounts};

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

/// Opens the conversations that are not open yet and locks all of them. Another node may close one before it is locked; that one is missing.
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
    let new = store::insert(tx, &rows, app.now()).await?;
    let cards = if new.is_empty() { Vec::new() } else { store::cards(tx, &new).await? };
    let actor = Actor::system("customer");
    let notes = cards.iter().map(|card| Note {
        card,
        actor: &actor,
        kind: Happening::Opened,
        data: serde_json::json!({ "team": card.shared().team }),
    });
    note_all(app, tx, notes.collect()).await?;
    let wanted: Vec<_> =
        openings.iter().map(|o| Wanted { channel_id: o.channel_id, contact_id: o.contact_id, closed_after: None }).collect();
    store::lock_for(tx, &wanted, &[]).await
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
    /// How many came although the customer is blocked.
    pub blocked: i32,
    /// What they did to what the customer may still write.
    pub flood: Flood,
}

/// Moves locked conversations on after inbound messages; how they stand then.
pub async fn advance_inbound(app: &App, tx: &mut Tx, changes: &[Inbound]) -> Result<Vec<Card>, sqlx::Error> {
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
            blocked: c.blocked,
            flood: c.flood,
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
    flood::see(app, tx, id, user_id, seq).await?;
    if let Some((seq, inbound_count)) = store::mark_read(tx, id, user_id, seq, app.now()).await? {
        emit_read(app, tx, id, user_id, inbound_count, seq);
    }
    Ok(())
}

fn emit_read(app: &App, tx: &mut Tx, id: Uuid, user_id: Uuid, inbound_count: i64, seq: i64) {
    let audience = Audience { user_ids: vec![user_id], ..Audience::default() };
    let data = serde_json::json!({ "conversation_id": id, "inbound_count": inbound_count, "seq": seq });
    tx.emit(NewEvent::new(app.now(), READ, audience, &data));
}

/// Records that the actor has not read from `seq` on, and tells their other screens.
pub(super) async fn mark_unread(app: &App, tx: &mut Tx, who: &Access<ConversationRow>, seq: i64) -> Result<(), Problem> {
    let Some(user_id) = who.actor().user_id() else { return Ok(()) };
    let id = who.row().0.id;
    store::lock(tx, id).await?;
    if unread_from(app, tx, id, user_id, seq).await? {
        Ok(())
    } else {
        Err(Problem::field("seq", "The customer has written nothing from there on."))
    }
}

/// Records that a user has not read a locked conversation from `seq` on, and tells their screens. `false`: the customer has written
/// nothing from there on, so there is nothing to be unread.
pub async fn unread_from(app: &App, tx: &mut Tx, id: Uuid, user_id: Uuid, seq: i64) -> Result<bool, sqlx::Error> {
    let count = store::mark_unread(tx, id, user_id, seq, app.now()).await?;
    if let Some(inbound_count) = count {
        emit_read(app, tx, id, user_id, inbound_count, seq - 1);
    }
    Ok(count.is_some())
}

/// Gives the conversations of these contacts the names that the contacts have now, and tells the screens. The caller holds the
/// locks of all of them ([`super::of_contacts`]).
pub async fn take_over_names(app: &App, tx: &mut Tx, contacts: &[Uuid]) -> Result<(), sqlx::Error> {
    if contacts.is_empty() {
        return Ok(());
    }
    let changed = store::take_over_names(tx, contacts).await?;
    if !changed.is_empty() {
        for card in store::cards(tx, &changed).await? {
            emit_updated(app, tx, &card);
        }
    }
    Ok(())
}

/// The conversation as it is left by somebody who has just changed it, even if it is now out of their sight.
pub async fn as_left_by(tx: &mut Tx, actor: &Actor, id: Uuid) -> Result<Card, Problem> {
    let scope = Scope { all: true, ..Scope::of(actor, "conversations.read") };
    store::card(tx, id, &scope).await?.ok_or_else(Problem::not_found)
}

/// What happened to a conversation, oldest first.
pub(super) async fn timeline(conn: &mut PgConnection, id: Uuid) -> Result<Vec<TimelineEntry>, sqlx::Error> {
    store::timeline::of(conn, id).await
}

/// Who had a conversation when and why, oldest first.
pub async fn assignments(conn: &mut PgConnection, id: Uuid) -> Result<Vec<AssignmentRecord>, sqlx::Error> {
    let rows = store::timeline::assignments(conn, id).await?;
    let mut ids: Vec<Uuid> = rows
        .iter()
        .flat_map(|r| {
            [r.from_id, r.to_id, r.by_id].into_iter().flatten().chain(r.eligible_ids.clone()).chain(r.excluded_ids.clone())
        })
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let names = accounts::names(conn, &ids).await?;
    let name = |id: Uuid| names.get(&id).cloned().unwrap_or_default();
    let named = |id: Uuid| Named { id, name: name(id) };
    let record = |row: store::timeline::AssignmentRow| AssignmentRecord {
        at: row.at,
        from: row.from_id.map(named),
        to: row.to_id.map(named),
        by: row.by_id.map(named),
        rule: Rule::of_column(&row.rule),
        eligible: row.eligible_ids.into_iter().map(named).collect(),
        excluded: row
            .excluded_ids
            .into_iter()
            .zip(row.excluded_reasons)
            .map(|(id, reason)| Excluded { id, name: name(id), reason })
            .collect(),
    };
    Ok(rows.into_iter().map(record).collect())
}

/// The conversation as the actor sees it now.
pub(super) async fn reload(tx: &mut Tx, actor: &Actor, id: Uuid) -> Result<Option<Card>, sqlx::Error> {
    store::card(tx, id, &Scope::of(actor, "conversations.read")).await
}
