//! What `notes` asks of messages: pins and the count of feedback. Each caller holds the conversation's lock.

use kernel::{auth::Actor, db::Tx};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{MessageRow, emit_updated, store};
use crate::{App, conversations::Card};

/// Pins a message or unpins it, and tells the screens.
pub async fn set_pinned(app: &App, tx: &mut Tx, card: &Card, id: Uuid, actor: &Actor, pinned: bool) -> Result<(), sqlx::Error> {
    store::notes::set_pinned(tx, id, pinned.then(|| (app.now(), actor.user_id()))).await?;
    if let Some(row) = store::one(tx, card.id, id).await? {
        emit_updated(app, tx, &row, card);
    }
    Ok(())
}

/// The pinned notes of a conversation, the last pinned first.
pub async fn pinned(conn: &mut PgConnection, conversation_id: Uuid) -> Result<Vec<MessageRow>, sqlx::Error> {
    store::notes::pinned(conn, conversation_id).await
}

/// Counts one more feedback on a message. No event: how much there is, is not for everybody who sees the message.
pub async fn feedback_given(tx: &mut Tx, id: Uuid) -> Result<(), sqlx::Error> {
    store::notes::count_feedback(tx, id).await
}
