//! Endpoints of assignment.

use axum::extract::State;
use kernel::{
    auth::On,
    http::{Doc, Json, Problem, Routes},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::service;
use crate::{
    App,
    accounts::{UserId, UsersManage},
    conversations::{self, ConversationRow, ConversationView},
};

kernel::permissions! {
    /// Take a conversation from the queue.
    ConversationsTake = "conversations.take";
}

pub(super) fn routes() -> Routes<App> {
    Routes::new()
        .post("/api/v1/conversations/{id}/take", Doc::new("assignment.take", "Take a conversation from the queue"), take)
        .get("/api/v1/users/{id}/workload", Doc::new("users.workload", "How much somebody has to do"), workload)
}

/// How much somebody has to do.
#[derive(Debug, Serialize, JsonSchema)]
struct Workload {
    /// Conversations they have that are not closed.
    open_conversations: i64,
}

async fn workload(who: On<UserId, UsersManage>, State(app): State<App>) -> Result<Json<Workload>, Problem> {
    let mut conn = app.db.read().await?;
    Ok(Json(Workload { open_conversations: conversations::count_open_of(&mut conn, who.access.row().0).await? }))
}

async fn take(who: On<ConversationRow, ConversationsTake>, State(app): State<App>) -> Result<Json<ConversationView>, Problem> {
    let mut tx = app.db.begin().await?;
    let card = service::take(&app, &mut tx, &who.access).await?;
    tx.commit().await?;
    Ok(Json(card.personal()))
}
