//! Endpoints of assignment.

use axum::extract::State;
use kernel::{
    auth::On,
    http::{Doc, Json, Problem, Routes},
};

use super::service;
use crate::{
    App,
    conversations::{ConversationRow, ConversationView},
};

kernel::permissions! {
    /// Take a conversation from the queue.
    ConversationsTake = "conversations.take";
}

pub(super) fn routes() -> Routes<App> {
    Routes::new().post("/api/v1/conversations/{id}/take", Doc::new("assignment.take", "Take a conversation from the queue"), take)
}

async fn take(who: On<ConversationRow, ConversationsTake>, State(app): State<App>) -> Result<Json<ConversationView>, Problem> {
    let mut tx = app.db.begin().await?;
    let card = service::take(&app, &mut tx, &who.access).await?;
    tx.commit().await?;
    Ok(Json(card.personal()))
}
