//! What the tools do to a conversation: tags, mentions, pins, the block of its contact. Each caller holds its lock.

use kernel::{auth::Actor, db::Tx};
use uuid::Uuid;

use super::{Card, Happening, Locked, Note, Opening, Scope, emit_updated, note_in_timeline, store};
use crate::App;

/// Most conversations of a contact whose screens are told of a change of the contact; older ones show it when they are loaded.
const TOLD: usize = 50;

/// Notes what somebody did to a locked conversation with a tool, and tells the screens.
pub async fn happened(
    app: &App,
    tx: &mut Tx,
    card: &Card,
    actor: &Actor,
    kind: Happening,
    data: serde_json::Value,
) -> Result<(), sqlx::Error> {
    note_in_timeline(app, tx, Note { card, actor, kind, data }).await?;
    emit_updated(app, tx, card);
    Ok(())
}

/// Locks all conversations of a contact that is about to change, and says which: the open ones first, then by their activity.
pub async fn lock_of_contact(tx: &mut Tx, contact_id: Uuid) -> Result<Vec<Uuid>, sqlx::Error> {
    store::lock_of_contact(tx, contact_id).await
}

/// Marks the locked conversations of a contact as blocked or not.
pub async fn set_blocked(tx: &mut Tx, ids: &[Uuid], blocked: bool) -> Result<(), sqlx::Error> {
    store::set_blocked(tx, ids, blocked).await
}

/// The cards of those among a contact's locked conversations whose screens are told of a change of the contact.
pub async fn cards_to_tell(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<Card>, sqlx::Error> {
    store::cards(tx, &ids[..ids.len().min(TOLD)]).await
}

/// A contact's conversations that are in the scope, newest activity first.
pub async fn of_contact(
    conn: &mut sqlx::PgConnection,
    contact_id: Uuid,
    scope: &Scope,
    limit: i64,
) -> Result<Vec<Card>, sqlx::Error> {
    store::of_contact(conn, contact_id, scope, limit).await
}

/// Begins a conversation that is closed from the start, for what a blocked contact writes who has none yet. The caller holds the contact's
/// lock, for nothing else keeps two of these apart.
pub async fn open_closed(app: &App, tx: &mut Tx, opening: &Opening) -> Result<Option<Locked>, sqlx::Error> {
    let row = store::NewRow {
        id: app.new_id(),
        channel_id: opening.channel_id,
        contact_id: opening.contact_id,
        identity_id: opening.identity_id,
        team_id: opening.team_id,
        state: super::State::Closed.as_str(),
    };
    store::insert_closed(tx, &row, app.now()).await
}
