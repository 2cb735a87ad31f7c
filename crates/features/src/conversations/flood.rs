//! What a flood of messages does to a conversation: what is folded is counted, told once in a while, and seen by whoever reads it.

use base::Time;
use chrono::TimeDelta;
use kernel::{auth::Actor, db::Tx, event::NewEvent};
use uuid::Uuid;

use super::{Card, FLOOD, State, Step, StepError, Waker, audience, emit_updated, make, store};
use crate::App;

/// How often screens are told of one flood at most. Ten thousand messages are some lines in the log, not ten thousand.
pub const TOLD_EVERY: TimeDelta = TimeDelta::seconds(1);

/// What messages did to what their customer may still write.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Flood {
    /// How many of them were folded.
    pub folded: i32,
    /// How many the customer may still write now.
    pub left: f64,
    /// How many were folded since the customer could last write freely.
    pub run: i32,
    /// The customer is to be blocked for it.
    pub due: bool,
    /// The screens are told now.
    pub told: bool,
}

/// Tells the screens how many messages were folded.
pub fn emit_flood(tx: &mut Tx, card: &Card, now: Time) {
    let data = serde_json::json!({ "conversation_id": card.id, "folded_count": card.folded_count });
    tx.emit(NewEvent::new(now, FLOOD, audience(card), &data));
}

/// Tells of what was folded since the screens last heard; how many conversations that were.
pub async fn tell_floods(app: &App, tx: &mut Tx, limit: i64) -> Result<usize, sqlx::Error> {
    let now = app.now();
    let untold = store::flood::take_untold(tx, now - TOLD_EVERY, now, limit).await?;
    for card in store::cards(tx, &untold).await? {
        emit_flood(tx, &card, now);
    }
    Ok(untold.len())
}

/// What a customer said before changes once more, in a locked conversation; whether screens are told of it. So many within so many seconds are
/// told, counted like what they write, and apart from it.
pub async fn count_change(tx: &mut Tx, id: Uuid, most: u32, seconds: u32, now: Time) -> Result<bool, sqlx::Error> {
    store::flood::count_change(tx, id, most, seconds, now).await
}

/// A contact who is to be blocked for a flood.
pub async fn flooder(tx: &mut Tx) -> Result<Option<Uuid>, sqlx::Error> {
    store::flood::due(tx).await
}

/// Whatever made a block due in these locked conversations is done with.
pub async fn forget_floods(tx: &mut Tx, ids: &[Uuid]) -> Result<(), sqlx::Error> {
    store::flood::forget(tx, ids).await
}

/// A user has read a locked conversation up to `seq`. Where that is its end and it is theirs, or nobody's, what was folded is seen.
pub(super) async fn see(app: &App, tx: &mut Tx, id: Uuid, user_id: Uuid, seq: i64) -> Result<(), sqlx::Error> {
    if store::flood::see_folded(tx, id, user_id, seq).await? {
        for card in store::cards(tx, &[id]).await? {
            emit_updated(app, tx, &card);
        }
    }
    Ok(())
}

/// So many messages that came while its customer was blocked count after all. The conversation comes back with them: its customer waits.
pub async fn bring_back(app: &App, tx: &mut Tx, came: store::flood::Came, messages: i64) -> Result<(), StepError> {
    let locked = store::lock(tx, came.id).await?;
    let step = match locked.as_ref().map(|row| State::of_column(&row.state)) {
        Some(State::Closed) if messages > 0 => Some(Step::Reopen { by_customer: true }),
        Some(State::Snoozed) if messages > 0 => Some(Step::Wake(Waker::Customer)),
        _ => None,
    };
    if let (Some(step), Some(row)) = (step, locked) {
        let savepoint = tx.savepoint().await?;
        match make(app, tx, &Actor::system("customer"), &row, step).await {
            Ok(()) => tx.keep(savepoint).await?,
            // It stays closed: another one of the customer is open, and says that they wait.
            Err(StepError::AnotherOpen) => tx.undo(savepoint).await?,
            Err(other) => return Err(other),
        }
    }
    store::flood::count_in(tx, came, messages, app.now()).await?;
    for card in store::cards(tx, &[came.id]).await? {
        emit_updated(app, tx, &card);
    }
    Ok(())
}

/// How many messages of these contacts came since they were blocked.
pub async fn came(conn: &mut sqlx::PgConnection, contacts: &[Uuid]) -> Result<Vec<(Uuid, i64)>, sqlx::Error> {
    store::flood::came(conn, contacts).await
}

/// Those of a contact's locked conversations in which something came while they were blocked.
pub async fn came_in(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<store::flood::Came>, sqlx::Error> {
    store::flood::came_in(tx, ids).await
}
