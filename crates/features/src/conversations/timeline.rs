//! The timeline: what happened to a conversation between its messages, and who had it when and why.

use base::Time;
use kernel::{audit::Named, auth::Actor, db::Tx, event::NewEvent};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::{Card, audience, model::text_enum, store};
use crate::App;

/// The event that says something happened to a conversation; its data hold the entry.
pub const ADDED: &str = "timeline.added";

text_enum! {
    /// What happened.
    Happening {
        /// It began.
        Opened = "opened",
        /// Somebody took it.
        Taken = "taken",
        /// It was given to somebody.
        Assigned = "assigned",
        /// It went back to its team's queue.
        Unassigned = "unassigned",
        /// It went to another team.
        Transferred = "transferred",
        /// It is done.
        Closed = "closed",
        /// It is not done after all.
        Reopened = "reopened",
        /// It was put aside.
        Snoozed = "snoozed",
        /// It is back.
        Woken = "woken",
        /// It became more or less urgent.
        PriorityChanged = "priority_changed",
        /// It got a tag.
        Tagged = "tagged",
        /// It lost a tag.
        Untagged = "untagged",
        /// A note was pinned.
        Pinned = "pinned",
        /// A note was unpinned.
        Unpinned = "unpinned",
        /// Its customer was blocked.
        Blocked = "blocked",
        /// Its customer was unblocked.
        Unblocked = "unblocked",
    }
}

/// Something that happened to a conversation.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TimelineEntry {
    /// Its id.
    pub id: Uuid,
    /// When.
    pub at: Time,
    /// After which message: the `seq` of the last one then.
    pub after_seq: i64,
    /// What.
    pub kind: Happening,
    /// Who did it, by the name of that time; `null`: the customer, or MAX itself.
    pub actor: Option<Named>,
    /// What else is known: to whom, from where, why.
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    pub data: serde_json::Value,
}

/// Something to note.
#[derive(Debug)]
pub struct Note<'a> {
    /// About which conversation. Its audience hears of it.
    pub card: &'a Card,
    /// Who did it.
    pub actor: &'a Actor,
    /// What.
    pub kind: Happening,
    /// What else is known.
    pub data: serde_json::Value,
}

/// Notes in the timeline of a locked conversation what happened, and tells the screens.
pub async fn note_in_timeline(app: &App, tx: &mut Tx, note: Note<'_>) -> Result<(), sqlx::Error> {
    note_all(app, tx, vec![note]).await
}

/// The same for several conversations at once.
pub(super) async fn note_all(app: &App, tx: &mut Tx, notes: Vec<Note<'_>>) -> Result<(), sqlx::Error> {
    let now = app.now();
    let entries: Vec<(&Card, TimelineEntry)> = notes
        .into_iter()
        .map(|note| {
            let entry = TimelineEntry {
                id: app.new_id(),
                at: now,
                after_seq: note.card.last_seq,
                kind: note.kind,
                actor: note.actor.user_id().map(|id| Named { id, name: note.actor.name().to_owned() }),
                data: note.data,
            };
            (note.card, entry)
        })
        .collect();
    let rows: Vec<_> = entries.iter().map(|(card, entry)| store::timeline::row(card.id, entry)).collect();
    store::timeline::insert(tx, &rows).await?;
    for (card, entry) in &entries {
        let data = serde_json::json!({ "conversation_id": card.id, "entry": entry });
        tx.emit(NewEvent::new(now, ADDED, audience(card), &data));
    }
    Ok(())
}

text_enum! {
    /// How it came that somebody has a conversation.
    Rule {
        /// They took it.
        Taken = "taken",
        /// They asked for the next one.
        TakeNext = "take_next",
        /// It was given to them, or taken back from them.
        Assigned = "assigned",
        /// They answered it while nobody had it.
        Reply = "reply",
        /// Whoever had it handed their work over.
        HandOver = "hand_over",
        /// It was reopened and had been theirs.
        Reopened = "reopened",
        /// It came to their team, and to them.
        Transferred = "transferred",
    }
}

/// A change of who has a conversation, and why it was them.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AssignmentRecord {
    /// When.
    pub at: Time,
    /// Who had it.
    pub from: Option<Named>,
    /// Who has it from then on; `null`: its team's queue.
    pub to: Option<Named>,
    /// Who did it; `null`: the customer, or MAX itself.
    pub by: Option<Named>,
    /// How it came.
    pub rule: Rule,
    /// Who could have been given it.
    pub eligible: Vec<Named>,
    /// Who could not, and why.
    pub excluded: Vec<Excluded>,
}

/// Somebody who could not be given a conversation.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Excluded {
    /// Their id.
    pub id: Uuid,
    /// Their name.
    pub name: String,
    /// Why not.
    pub reason: String,
}
