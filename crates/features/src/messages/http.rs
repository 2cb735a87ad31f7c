//! Endpoints of messages.

use axum::extract::State;
use kernel::{
    auth::{AuthState, On, Row},
    event::log,
    http::{Created, Doc, Json, Page, PageQuery, PathParam, Problem, Query, Routes, WithCursor},
};
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::{
    Kind, MessageView,
    service::{self, NewMessage, Verdict},
    store,
};
use crate::{
    App,
    accounts::policy,
    conversations::{ConversationRow, ConversationsRead, Scope},
};

kernel::permissions! {
    /// Answer a customer.
    ConversationsReply = "conversations.reply";
    /// Write a note for colleagues.
    ConversationsNote = "conversations.note";
}

pub(super) fn routes() -> Routes<App> {
    Routes::new()
        .get("/api/v1/conversations/{id}/messages", Doc::new("messages.list", "Messages, newest first"), list)
        .post(
            "/api/v1/conversations/{id}/messages",
            Doc::new("messages.create", "Reply to the customer, or write a note"),
            create,
        )
        .post(
            "/api/v1/conversations/{id}/messages/{message_id}/retry",
            Doc::new("messages.retry", "Send a failed or unconfirmed message again"),
            retry,
        )
        .post(
            "/api/v1/conversations/{id}/messages/{message_id}/confirm",
            Doc::new("messages.confirm", "Say that an unconfirmed message arrived"),
            confirm,
        )
}

async fn list(
    who: On<ConversationRow, ConversationsRead>,
    State(app): State<App>,
    Query(page): Query<PageQuery>,
) -> Result<WithCursor<Page<MessageView>>, Problem> {
    let (limit, before) = (page.limit()?, page.after::<i64>()?);
    let mut conn = app.db.read().await?;
    let cursor = log::end(&mut conn).await?;
    let (actor, card) = (who.access.actor(), &who.access.row().0);
    let rows = store::page(&mut conn, card.id, before, limit + 1).await?;
    let judges = policy::reaches_whole_team(actor, "feedback.give", card.team_id);
    Ok(WithCursor(cursor, Page::from_rows(rows, limit, |m| m.seq).map(|m| m.view_for(actor.user_id(), judges))))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateMessage {
    /// Your own id for this message, at most 64 characters: sending it again answers with the same message.
    client_id: String,
    /// `reply` to the customer, or `note` for colleagues.
    kind: Kind,
    /// The words.
    text: Option<String>,
    /// The message it answers.
    reply_to: Option<Uuid>,
}

async fn create(
    who: On<ConversationRow, ConversationsReply>,
    State(app): State<App>,
    Json(body): Json<CreateMessage>,
) -> Result<Created<MessageView>, Problem> {
    let client_id = body.client_id.trim().to_owned();
    if client_id.is_empty() || client_id.chars().count() > 64 {
        return Err(Problem::field("client_id", "Use an id of 1 to 64 characters, such as a UUID."));
    }
    let text = body.text.unwrap_or_default().replace('\0', "");
    if text.trim().is_empty() {
        return Err(Problem::field("text", "Write something first."));
    }
    if text.chars().count() > MAX_TEXT {
        return Err(Problem::field("text", format!("Use at most {MAX_TEXT} characters.")));
    }
    if body.kind == Kind::Note && body.reply_to.is_some() {
        return Err(Problem::field("reply_to", "A note quotes nothing, for the customer never sees it."));
    }
    if body.kind == Kind::Note {
        may_note(&app, &who)?;
    }
    let mut tx = app.db.begin().await?;
    let new = NewMessage { client_id, kind: body.kind, text, reply_to: body.reply_to };
    let (row, is_new) = service::send(&app, &mut tx, &who.access, new).await?;
    tx.commit().await?;
    Ok(if is_new { Created::New(row.view()) } else { Created::Known(row.view()) })
}

/// Longest text MAX itself takes; a channel may take less.
const MAX_TEXT: usize = 20_000;

/// The guard let through whoever may lose a race for a reply; a note is for those who see the conversation.
fn may_note(app: &App, who: &On<ConversationRow, ConversationsReply>) -> Result<(), Problem> {
    const NOTE: &str = <ConversationsNote as kernel::auth::Permission>::NAME;
    let (actor, row) = (who.access.actor(), who.access.row());
    if !app.allows(actor, NOTE) || !row.permits(app, actor, NOTE) {
        return Err(if Scope::of(actor, "conversations.read").covers(&row.0) {
            Problem::forbidden()
        } else {
            Problem::not_found()
        });
    }
    Ok(())
}

async fn retry(
    who: On<ConversationRow, ConversationsReply>,
    message: PathParam<MessageId>,
    State(app): State<App>,
) -> Result<Json<MessageView>, Problem> {
    settle(&app, &who, message, Verdict::SendAgain).await
}

async fn confirm(
    who: On<ConversationRow, ConversationsReply>,
    message: PathParam<MessageId>,
    State(app): State<App>,
) -> Result<Json<MessageView>, Problem> {
    settle(&app, &who, message, Verdict::Arrived).await
}

/// The message in the path; its conversation is what the guard checked.
struct MessageId;

impl kernel::http::ParamName for MessageId {
    const NAME: &'static str = "message_id";
}

async fn settle(
    app: &App,
    who: &On<ConversationRow, ConversationsReply>,
    message: PathParam<MessageId>,
    verdict: Verdict,
) -> Result<Json<MessageView>, Problem> {
    let mut tx = app.db.begin().await?;
    let row = service::settle(app, &mut tx, &who.access, message.id, verdict).await?;
    tx.commit().await?;
    Ok(Json(row.view()))
}
