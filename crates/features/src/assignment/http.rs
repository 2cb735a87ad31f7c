//! Endpoints of assignment.

use axum::extract::State;
use base::Time;
use kernel::{
    auth::{Can, On},
    db::Tx,
    http::{Doc, Json, Problem, Routes},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{hand_over, service};
use crate::{
    App,
    conversations::{self, AssignmentRecord, ConversationRow, ConversationView, ConversationsRead, Priority},
};

kernel::permissions! {
    /// Take a conversation from the queue.
    ConversationsTake = "conversations.take";
    /// Give a conversation to somebody of its team.
    ConversationsAssign = "conversations.assign";
    /// Give a conversation to another team.
    ConversationsTransfer = "conversations.transfer";
    /// Close a conversation.
    ConversationsClose = "conversations.close";
    /// Reopen a closed conversation.
    ConversationsReopen = "conversations.reopen";
    /// Put a conversation aside for a while.
    ConversationsSnooze = "conversations.snooze";
    /// Make a conversation more or less urgent.
    ConversationsPriority = "conversations.priority";
}

pub(super) fn routes() -> Routes<App> {
    Routes::new()
        .post("/api/v1/conversations/{id}/take", Doc::new("assignment.take", "Take a conversation from the queue"), take)
        .post(
            "/api/v1/conversations/{id}/assign",
            Doc::new("assignment.assign", "Give it to somebody, or back to its queue"),
            assign,
        )
        .post("/api/v1/conversations/{id}/transfer", Doc::new("assignment.transfer", "Give it to another team"), transfer)
        .post("/api/v1/conversations/{id}/close", Doc::new("assignment.close", "Close it, with a reason"), close)
        .post("/api/v1/conversations/{id}/reopen", Doc::new("assignment.reopen", "Reopen it"), reopen)
        .post("/api/v1/conversations/{id}/snooze", Doc::new("assignment.snooze", "Put it aside for a while"), snooze)
        .post("/api/v1/conversations/{id}/unsnooze", Doc::new("assignment.unsnooze", "Bring it back before its time"), unsnooze)
        .post("/api/v1/conversations/{id}/priority", Doc::new("assignment.priority", "Make it more or less urgent"), priority)
        .get(
            "/api/v1/conversations/{id}/assignments",
            Doc::new("assignment.records", "Who had it when and why, oldest first"),
            records,
        )
        .post("/api/v1/me/hand-over", Doc::new("assignment.hand_over", "Hand over all your open conversations"), hand_over_mine)
}

/// What is `null` is said; what is left out is not.
fn named<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Uuid>, D::Error> {
    Option::deserialize(deserializer)
}

/// The longest note with a step.
const MAX_NOTE: usize = 20_000;

fn note(note: Option<String>) -> Result<Option<String>, Problem> {
    let note = note.map(|note| note.replace('\0', ""));
    if note.as_ref().is_some_and(|note| note.chars().count() > MAX_NOTE) {
        return Err(Problem::field("note", format!("Use at most {MAX_NOTE} characters.")));
    }
    Ok(note)
}

/// Commits, and answers with the conversation as it is now.
async fn done<P>(mut tx: Tx, who: &On<ConversationRow, P>) -> Result<Json<ConversationView>, Problem> {
    let card = conversations::as_left_by(&mut tx, who.access.actor(), who.access.row().0.id).await?;
    tx.commit().await?;
    Ok(Json(card.personal()))
}

async fn take(who: On<ConversationRow, ConversationsTake>, State(app): State<App>) -> Result<Json<ConversationView>, Problem> {
    let mut tx = app.db.begin().await?;
    let card = service::take(&app, &mut tx, &who.access).await?;
    tx.commit().await?;
    Ok(Json(card.personal()))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AssignRequest {
    /// To whom; `null`: back to the team's queue. Not to be left out, so that nothing goes back by mistake.
    #[serde(deserialize_with = "named")]
    user_id: Option<Uuid>,
    /// A note for colleagues, written with it.
    note: Option<String>,
}

async fn assign(
    who: On<ConversationRow, ConversationsAssign>,
    State(app): State<App>,
    Json(body): Json<AssignRequest>,
) -> Result<Json<ConversationView>, Problem> {
    let note = note(body.note)?;
    let mut tx = app.db.begin().await?;
    service::assign(&app, &mut tx, who.access.actor(), who.access.row().0.id, body.user_id, note.as_deref()).await?;
    done(tx, &who).await
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TransferRequest {
    /// To which team. Your own: back to its queue.
    team_id: Uuid,
    /// To whom there; whoever takes it unless said.
    user_id: Option<Uuid>,
    /// A note for the colleagues there, written with it.
    note: Option<String>,
}

async fn transfer(
    who: On<ConversationRow, ConversationsTransfer>,
    State(app): State<App>,
    Json(body): Json<TransferRequest>,
) -> Result<Json<ConversationView>, Problem> {
    let note = note(body.note)?;
    let (actor, id) = (who.access.actor(), who.access.row().0.id);
    let mut tx = app.db.begin().await?;
    service::transfer(&app, &mut tx, actor, id, (body.team_id, body.user_id), note.as_deref()).await?;
    done(tx, &who).await
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CloseRequest {
    /// Why: the id, the key or the name of one of the reasons.
    reason: String,
    /// A note for colleagues, written with it.
    note: Option<String>,
}

async fn close(
    who: On<ConversationRow, ConversationsClose>,
    State(app): State<App>,
    Json(body): Json<CloseRequest>,
) -> Result<Json<ConversationView>, Problem> {
    let note = note(body.note)?;
    let mut tx = app.db.begin().await?;
    service::close(&app, &mut tx, who.access.actor(), who.access.row().0.id, &body.reason, note.as_deref()).await?;
    done(tx, &who).await
}

async fn reopen(
    who: On<ConversationRow, ConversationsReopen>,
    State(app): State<App>,
) -> Result<Json<ConversationView>, Problem> {
    let mut tx = app.db.begin().await?;
    service::reopen(&app, &mut tx, who.access.actor(), who.access.row().0.id).await?;
    done(tx, &who).await
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SnoozeRequest {
    /// Until when, at most 90 days ahead; until the customer writes unless said.
    until: Option<Time>,
}

async fn snooze(
    who: On<ConversationRow, ConversationsSnooze>,
    State(app): State<App>,
    Json(body): Json<SnoozeRequest>,
) -> Result<Json<ConversationView>, Problem> {
    let mut tx = app.db.begin().await?;
    service::snooze(&app, &mut tx, who.access.actor(), who.access.row().0.id, body.until).await?;
    done(tx, &who).await
}

async fn unsnooze(
    who: On<ConversationRow, ConversationsSnooze>,
    State(app): State<App>,
) -> Result<Json<ConversationView>, Problem> {
    let mut tx = app.db.begin().await?;
    service::unsnooze(&app, &mut tx, who.access.actor(), who.access.row().0.id).await?;
    done(tx, &who).await
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PriorityRequest {
    /// How urgent it is.
    priority: Priority,
}

async fn priority(
    who: On<ConversationRow, ConversationsPriority>,
    State(app): State<App>,
    Json(body): Json<PriorityRequest>,
) -> Result<Json<ConversationView>, Problem> {
    let mut tx = app.db.begin().await?;
    service::prioritise(&app, &mut tx, who.access.actor(), who.access.row().0.id, body.priority).await?;
    done(tx, &who).await
}

#[derive(Serialize, JsonSchema)]
struct AssignmentRecords {
    /// All there are, oldest first.
    items: Vec<AssignmentRecord>,
}

async fn records(
    who: On<ConversationRow, ConversationsRead>,
    State(app): State<App>,
) -> Result<Json<AssignmentRecords>, Problem> {
    let items = conversations::assignments(&mut *app.db.read().await?, who.access.row().0.id).await?;
    Ok(Json(AssignmentRecords { items }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct HandOverRequest {
    /// `queue`, or the id of a colleague. What they may not have goes to its queue all the same.
    to: String,
    /// A note for colleagues, written into each conversation.
    note: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct HandedOver {
    /// How many conversations moved.
    moved: i64,
}

async fn hand_over_mine(
    who: Can<ConversationsTransfer>,
    State(app): State<App>,
    Json(body): Json<HandOverRequest>,
) -> Result<Json<HandedOver>, Problem> {
    let note = note(body.note)?;
    let heir = match body.to.as_str() {
        "queue" => None,
        id => Some(id.parse().map_err(|_| Problem::field("to", "Say queue, or the id of a colleague."))?),
    };
    Ok(Json(HandedOver { moved: hand_over::own(&app, &who.actor, heir, note.as_deref()).await? }))
}
