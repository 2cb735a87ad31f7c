//! Endpoints of notes.

use axum::extract::State;
use kernel::{
    auth::{Can, On},
    http::{Created, Doc, Json, Page, PageQuery, PathParam, Problem, Query, Routes},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Feedback, service};
use crate::{
    App,
    accounts::policy,
    conversations::{ConversationRow, ConversationView, ConversationsRead},
    messages::{self, ConversationsNote, MessageView},
};

kernel::permissions! {
    /// Give feedback on what a colleague wrote.
    FeedbackGive = "feedback.give";
}

pub(super) fn routes() -> Routes<App> {
    Routes::new()
        .get("/api/v1/conversations/{id}/pins", Doc::new("notes.pins", "The pinned notes, the last pinned first"), pins)
        .post("/api/v1/conversations/{id}/messages/{message_id}/pin", Doc::new("notes.pin", "Pin a note"), pin)
        .post("/api/v1/conversations/{id}/messages/{message_id}/unpin", Doc::new("notes.unpin", "Unpin a note"), unpin)
        .get(
            "/api/v1/conversations/{id}/messages/{message_id}/feedback",
            Doc::new("notes.feedback", "The feedback on a message, for its author and their leads"),
            feedback,
        )
        .post(
            "/api/v1/conversations/{id}/messages/{message_id}/feedback",
            Doc::new("notes.give_feedback", "Give feedback on what a colleague wrote"),
            give_feedback,
        )
        .get("/api/v1/me/feedback", Doc::new("notes.own_feedback", "The feedback on what you wrote, newest first"), own_feedback)
}

/// The message in the path; its conversation is what the guard checked.
struct MessageId;

impl kernel::http::ParamName for MessageId {
    const NAME: &'static str = "message_id";
}

/// All of something of which there are few.
#[derive(Serialize, JsonSchema)]
struct Items<T> {
    items: Vec<T>,
}

async fn pins(who: On<ConversationRow, ConversationsRead>, State(app): State<App>) -> Result<Json<Items<MessageView>>, Problem> {
    let (actor, card) = (who.access.actor(), &who.access.row().0);
    let mut conn = app.db.read().await?;
    let judges = policy::reaches_whole_team(actor, "feedback.give", card.team_id);
    let pinned = messages::pinned(&mut conn, card.id).await?;
    Ok(Json(Items { items: pinned.iter().map(|note| note.view_for(&app, actor.user_id(), judges)).collect() }))
}

async fn pin(
    who: On<ConversationRow, ConversationsNote>,
    message: PathParam<MessageId>,
    State(app): State<App>,
) -> Result<Json<ConversationView>, Problem> {
    set_pinned(&app, &who, message, true).await
}

async fn unpin(
    who: On<ConversationRow, ConversationsNote>,
    message: PathParam<MessageId>,
    State(app): State<App>,
) -> Result<Json<ConversationView>, Problem> {
    set_pinned(&app, &who, message, false).await
}

async fn set_pinned(
    app: &App,
    who: &On<ConversationRow, ConversationsNote>,
    message: PathParam<MessageId>,
    pinned: bool,
) -> Result<Json<ConversationView>, Problem> {
    let mut tx = app.db.begin().await?;
    let card = service::set_pinned(app, &mut tx, &who.access, message.id, pinned).await?;
    tx.commit().await?;
    Ok(Json(card.personal()))
}

async fn feedback(
    who: On<ConversationRow, ConversationsRead>,
    message: PathParam<MessageId>,
    State(app): State<App>,
) -> Result<Json<Items<Feedback>>, Problem> {
    let mut conn = app.db.read().await?;
    Ok(Json(Items { items: service::feedback(&mut conn, &who.access, message.id).await? }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GiveFeedback {
    /// The words.
    text: String,
}

async fn give_feedback(
    who: On<ConversationRow, FeedbackGive>,
    message: PathParam<MessageId>,
    State(app): State<App>,
    Json(body): Json<GiveFeedback>,
) -> Result<Created<Feedback>, Problem> {
    let mut tx = app.db.begin().await?;
    let (feedback, is_new) = service::give_feedback(&app, &mut tx, &who.access, message.id, &body.text).await?;
    tx.commit().await?;
    Ok(if is_new { Created::New(feedback) } else { Created::Known(feedback) })
}

async fn own_feedback(
    who: Can<ConversationsRead>,
    State(app): State<App>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Feedback>>, Problem> {
    let (limit, before) = (page.limit()?, page.after()?);
    let mut conn = app.db.read().await?;
    let rows = service::own_feedback(&mut conn, &who.actor, before, limit + 1).await?;
    Ok(Json(Page::from_rows(rows, limit, |feedback| feedback.id)))
}
