//! Endpoints of a single conversation. Lists are in `inbox`.

use std::sync::Arc;

use axum::extract::State;
use kernel::{
    auth::On,
    event::log,
    http::{Doc, Json, Problem, Routes, WithCursor},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ConversationRow, ConversationView, Glimpse, Scope, Seen, TimelineEntry, service, store};
use crate::App;

kernel::permissions! {
    /// See a conversation.
    ConversationsRead = "conversations.read";
}

pub(super) fn routes() -> Routes<App> {
    Routes::new()
        .get("/api/v1/conversations/{id}", Doc::new("conversations.get", "One conversation"), get)
        .post("/api/v1/conversations/{id}/read", Doc::new("conversations.read", "Say how far you have read"), read)
        .post("/api/v1/conversations/{id}/unread", Doc::new("conversations.unread", "Mark as unread from a message on"), unread)
        .get(
            "/api/v1/conversations/{id}/timeline",
            Doc::new("conversations.timeline", "What happened between the messages, oldest first"),
            timeline,
        )
}

async fn get(
    who: On<ConversationRow, ConversationsRead>,
    State(app): State<App>,
) -> Result<WithCursor<ConversationView>, Problem> {
    let mut conn = app.db.read().await?;
    let cursor = log::end(&mut conn).await?;
    // Read again after the cursor was taken: what the guard saw may be older than it.
    let scope = Scope::of(who.access.actor(), "conversations.read");
    let card = store::card(&mut conn, who.access.row().0.id, &scope).await?.ok_or_else(Problem::not_found)?;
    Ok(WithCursor(cursor, card.personal()))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ReadRequest {
    /// The last message seen; everything unless said.
    seq: Option<i64>,
}

async fn read(
    who: On<ConversationRow, ConversationsRead>,
    State(app): State<App>,
    Json(body): Json<ReadRequest>,
) -> Result<Json<ConversationView>, Problem> {
    let seq = body.seq.unwrap_or(i64::MAX);
    if seq < 0 {
        return Err(Problem::field("seq", "Use the seq of a message."));
    }
    let mut tx = app.db.begin().await?;
    service::mark_read(&app, &mut tx, &who.access, seq).await?;
    let card = service::reload(&mut tx, who.access.actor(), who.access.row().0.id).await?.ok_or_else(Problem::not_found)?;
    tx.commit().await?;
    let seen =
        Glimpse { actor: Arc::new(who.access.actor().clone()), conversation_id: card.id, of: Seen::Read(seq.min(card.last_seq)) };
    // Where nobody shows it to the customer there is nothing to be done.
    let _ = app.glimpses.send(seen);
    Ok(Json(card.personal()))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UnreadRequest {
    /// The first message that counts as unread.
    seq: i64,
}

async fn unread(
    who: On<ConversationRow, ConversationsRead>,
    State(app): State<App>,
    Json(body): Json<UnreadRequest>,
) -> Result<Json<ConversationView>, Problem> {
    if body.seq < 1 {
        return Err(Problem::field("seq", "Use the seq of a message."));
    }
    let mut tx = app.db.begin().await?;
    service::mark_unread(&app, &mut tx, &who.access, body.seq).await?;
    let card = service::reload(&mut tx, who.access.actor(), who.access.row().0.id).await?.ok_or_else(Problem::not_found)?;
    tx.commit().await?;
    Ok(Json(card.personal()))
}

#[derive(Serialize, JsonSchema)]
struct Timeline {
    /// All there are, oldest first.
    items: Vec<TimelineEntry>,
}

async fn timeline(who: On<ConversationRow, ConversationsRead>, State(app): State<App>) -> Result<WithCursor<Timeline>, Problem> {
    let mut conn = app.db.read().await?;
    let cursor = log::end(&mut conn).await?;
    Ok(WithCursor(cursor, Timeline { items: service::timeline(&mut conn, who.access.row().0.id).await? }))
}
