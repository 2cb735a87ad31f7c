//! Endpoints of messages.

use axum::extract::State;
use base::Time;
use connect::channel::{Interactive, Place};
use kernel::{
    auth::{AuthState, On, Row},
    event::log,
    http::{Created, Doc, Json, NoContent, Page, PageQuery, PathParam, Problem, Query, Routes, WithCursor},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Kind, MAX_TEXT, MessageView, held, reacting,
    rescue::{self, Sent},
    service::{self, NewMessage, Verdict},
    store, structured,
};
use crate::{
    App,
    accounts::policy,
    conversations::{ConversationRow, ConversationsRead, Scope},
    templates,
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
        .post(
            "/api/v1/conversations/{id}/messages/{message_id}/rescue",
            Doc::new("messages.rescue", "Ask the customer to write, so that a reply the closed window kept back can go out"),
            ask_again,
        )
        .put(
            "/api/v1/conversations/{id}/messages/{message_id}/reaction",
            Doc::new("messages.react", "React to a message, or take that back"),
            react,
        )
        .get("/api/v1/conversations/{id}/held", Doc::new("messages.held", "Your messages that wait for their time"), waiting)
        .patch(
            "/api/v1/conversations/{id}/messages/{message_id}",
            Doc::new("messages.change", "Change a message of yours that waits for its time"),
            change,
        )
        .delete(
            "/api/v1/conversations/{id}/messages/{message_id}",
            Doc::new("messages.take_back", "Take back a message of yours that waits for its time"),
            take_back,
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
    Ok(WithCursor(cursor, Page::from_rows(rows, limit, |m| m.seq).map(|m| m.view_for(&app, actor.user_id(), judges))))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateMessage {
    /// Your own id for this message, at most 64 characters: sending it again answers with the same message.
    client_id: String,
    /// `reply` to the customer, or `note` for colleagues.
    kind: Kind,
    /// The words; with a file, its caption. Either these and files, or a template, or a location, or a question.
    text: Option<String>,
    /// Files that you uploaded and that are ready: one for a reply, several for a note.
    #[serde(default)]
    media_ids: Vec<Uuid>,
    /// A template to send, which passes a closed reply window.
    template: Option<templates::Asked>,
    /// A place to send.
    location: Option<Place>,
    /// A question with ready answers to send: buttons, or a list.
    interactive: Option<Interactive>,
    /// The message it answers.
    reply_to: Option<Uuid>,
    /// The last message you have seen: if the customer or a colleague said something after it, nothing is sent and 409 `stale_view` says
    /// what. Send again with the newer one to send anyway.
    seen_seq: Option<i64>,
    /// Holds a reply for so many seconds, 60 at most, in which you may take it back.
    hold_seconds: Option<u32>,
    /// Sends a reply at that time, 30 days ahead at most.
    send_at: Option<Time>,
    /// Closes the conversation when this reply was sent.
    then_close: Option<ThenClose>,
    /// Sends this template now, where the reply window is closed; the reply itself waits for the customer's next message, a week at most.
    ask_to_reopen: Option<AskToReopen>,
}

/// How a customer is asked to open the reply window.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AskToReopen {
    /// The template to send.
    template: templates::Asked,
}

/// How a conversation is to be closed.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ThenClose {
    /// The reason: its id, key or name.
    reason: String,
    /// A note for colleagues.
    note: Option<String>,
}

async fn create(
    who: On<ConversationRow, ConversationsReply>,
    State(app): State<App>,
    Json(body): Json<CreateMessage>,
) -> Result<Created<Sent>, Problem> {
    let client_id = body.client_id.trim().to_owned();
    if client_id.is_empty() || client_id.chars().count() > 64 {
        return Err(Problem::field("client_id", "Use an id of 1 to 64 characters, such as a UUID."));
    }
    let content = structured::asked(body.location, body.interactive)?;
    if let Some(content) = &content {
        let alone = body.text.is_none() && body.media_ids.is_empty() && body.template.is_none();
        structured::may_stand(content, body.kind, alone)?;
    }
    let text = match (&body.template, body.text) {
        (None, None) if content.is_some() => String::new(),
        (Some(_), Some(_)) => return Err(Problem::field("template", "Send either a text or a template.")),
        (Some(_), None) if body.kind == Kind::Note => {
            return Err(Problem::field("template", "A note is a text: templates are for customers."));
        }
        (Some(_), None) if !body.media_ids.is_empty() => {
            return Err(Problem::field("media_ids", "A template carries no other files. Send them before or after it."));
        }
        (Some(_), None) => String::new(),
        // A file needs no words.
        (None, text) if !body.media_ids.is_empty() && text.as_deref().is_none_or(|text| text.trim().is_empty()) => String::new(),
        (None, text) => checked_text(&text.unwrap_or_default())?,
    };
    if body.kind == Kind::Note && body.reply_to.is_some() {
        return Err(Problem::field("reply_to", "A note quotes nothing, for the customer never sees it."));
    }
    if body.kind == Kind::Note {
        may_note(&app, &who)?;
    }
    let release = held::release_of(app.now(), body.hold_seconds, body.send_at)?;
    if body.kind == Kind::Note && release.is_some() {
        return Err(Problem::field(if body.send_at.is_some() { "send_at" } else { "hold_seconds" }, "A note is there at once."));
    }
    if body.kind == Kind::Note && body.then_close.is_some() {
        return Err(Problem::field("then_close", "Only a reply closes the conversation."));
    }
    let then_close = body.then_close.map(|close| held::close_as(&close.reason, close.note)).transpose()?;
    if body.ask_to_reopen.is_some()
        && (body.kind == Kind::Note || body.template.is_some() || content.is_some() || release.is_some())
    {
        return Err(Problem::field(
            "ask_to_reopen",
            "Only a reply in your own words waits for the customer, and for nothing else.",
        ));
    }
    let mut tx = app.db.begin().await?;
    let new = NewMessage {
        client_id,
        kind: body.kind,
        text,
        media_ids: body.template.as_ref().and_then(|asked| asked.media_id).map_or(body.media_ids, |file| vec![file]),
        template: body.template,
        content,
        reply_to: body.reply_to,
        seen_seq: body.seen_seq,
        release,
        then_close,
    };
    let (sent, is_new) = match body.ask_to_reopen {
        Some(ask) => rescue::send(&app, &mut tx, &who.access, new, ask.template).await?,
        None => {
            let (view, is_new) = service::send(&app, &mut tx, &who.access, new).await?;
            (Sent::alone(view), is_new)
        }
    };
    tx.commit().await?;
    Ok(if is_new { Created::New(sent) } else { Created::Known(sent) })
}

/// The words of a message, as they may be.
fn checked_text(text: &str) -> Result<String, Problem> {
    let text = text.replace('\0', "");
    if text.trim().is_empty() {
        return Err(Problem::field("text", "Write something first."));
    }
    if text.chars().count() > MAX_TEXT {
        return Err(Problem::field("text", format!("Use at most {MAX_TEXT} characters.")));
    }
    Ok(text)
}

/// Your own messages that wait, and those that could not go when their time came.
async fn waiting(who: On<ConversationRow, ConversationsRead>, State(app): State<App>) -> Result<WithCursor<Held>, Problem> {
    let mut conn = app.db.read().await?;
    let cursor = log::end(&mut conn).await?;
    Ok(WithCursor(cursor, Held { items: held::of_author(&app, &mut conn, &who.access).await? }))
}

/// Messages that are not said yet.
#[derive(Serialize, JsonSchema)]
struct Held {
    /// The next to go first.
    items: Vec<MessageView>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ChangeHeld {
    /// Other words.
    text: Option<String>,
    /// Another time, 30 days ahead at most.
    send_at: Option<Time>,
}

async fn change(
    who: On<ConversationRow, ConversationsReply>,
    message: PathParam<MessageId>,
    State(app): State<App>,
    Json(body): Json<ChangeHeld>,
) -> Result<Json<MessageView>, Problem> {
    let text = body.text.as_deref().map(checked_text).transpose()?;
    let release = held::release_of(app.now(), None, body.send_at)?;
    let mut tx = app.db.begin().await?;
    let view = held::change(&app, &mut tx, &who.access, message.id, text, release.map(|r| r.at)).await?;
    tx.commit().await?;
    Ok(Json(view))
}

async fn take_back(
    who: On<ConversationRow, ConversationsRead>,
    message: PathParam<MessageId>,
    State(app): State<App>,
) -> Result<NoContent, Problem> {
    let mut tx = app.db.begin().await?;
    held::take_back(&app, &mut tx, &who.access, message.id).await?;
    tx.commit().await?;
    Ok(NoContent)
}

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

async fn ask_again(
    who: On<ConversationRow, ConversationsReply>,
    message: PathParam<MessageId>,
    State(app): State<App>,
    Json(body): Json<AskToReopen>,
) -> Result<Created<Sent>, Problem> {
    let mut tx = app.db.begin().await?;
    let (sent, is_new) = rescue::rescue(&app, &mut tx, &who.access, message.id, body.template).await?;
    tx.commit().await?;
    Ok(if is_new { Created::New(sent) } else { Created::Known(sent) })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct React {
    /// One emoji; `null` takes it back.
    emoji: Option<String>,
}

async fn react(
    who: On<ConversationRow, ConversationsReply>,
    message: PathParam<MessageId>,
    State(app): State<App>,
    Json(body): Json<React>,
) -> Result<Json<MessageView>, Problem> {
    let emoji = body.emoji.as_deref().map(reacting::checked).transpose()?;
    let mut tx = app.db.begin().await?;
    let view = reacting::react(&app, &mut tx, &who.access, message.id, emoji).await?;
    tx.commit().await?;
    Ok(Json(view))
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
    let view = service::settle(app, &mut tx, &who.access, message.id, verdict).await?;
    tx.commit().await?;
    Ok(Json(view))
}
