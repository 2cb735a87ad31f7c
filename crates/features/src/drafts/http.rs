//! Endpoints of drafts.

use axum::extract::State;
use base::Time;
use kernel::{
    auth::{Can, On},
    http::{Doc, Json, Problem, Routes},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Draft, service, store};
use crate::{
    App,
    conversations::{ConversationRow, ConversationsRead},
    messages::{Kind, MAX_TEXT},
};

/// Most conversations with drafts that a list is told of, the latest first.
const LIST: i64 = 1_000;

pub(super) fn routes() -> Routes<App> {
    Routes::new()
        .put("/api/v1/conversations/{id}/draft", Doc::new("drafts.save", "Save what you have begun to write"), save)
        .get("/api/v1/conversations/{id}/drafts", Doc::new("drafts.get", "What you have begun to write here"), get)
        .get("/api/v1/me/drafts", Doc::new("drafts.list", "Where you have begun to write"), list)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SaveDraft {
    /// A `reply` or a `note`.
    kind: Kind,
    /// The words so far; none: the draft is deleted.
    text: String,
    /// The message it answers.
    reply_to: Option<Uuid>,
    /// Your own count of your saves: one that is overtaken by a later one is not heard.
    seq: i64,
    /// A name for this screen, at most 64 characters: it comes back in `draft.changed`, so that you know your own.
    origin: Option<String>,
}

/// A draft was saved.
#[derive(Serialize, JsonSchema)]
struct Saved {
    /// When the draft was saved last.
    updated_at: Time,
}

async fn save(
    who: On<ConversationRow, ConversationsRead>,
    State(app): State<App>,
    Json(body): Json<SaveDraft>,
) -> Result<Json<Saved>, Problem> {
    let text = body.text.replace('\0', "");
    if text.chars().count() > MAX_TEXT {
        return Err(Problem::field("text", format!("Use at most {MAX_TEXT} characters.")));
    }
    if body.kind == Kind::Note && body.reply_to.is_some() {
        return Err(Problem::field("reply_to", "A note quotes nothing, for the customer never sees it."));
    }
    let origin = body.origin.map(|origin| origin.replace('\0', ""));
    if origin.as_ref().is_some_and(|origin| origin.chars().count() > 64) {
        return Err(Problem::field("origin", "Use at most 64 characters."));
    }
    let draft = Draft {
        conversation_id: who.access.row().0.id,
        kind: body.kind,
        text: if text.trim().is_empty() { String::new() } else { text },
        reply_to: body.reply_to,
        origin,
        seq: body.seq,
        updated_at: app.now(),
    };
    let mut tx = app.db.begin().await?;
    let updated_at = service::save(&app, &mut tx, who.access.actor(), draft).await?;
    tx.commit().await?;
    Ok(Json(Saved { updated_at }))
}

/// The caller's drafts in a conversation.
#[derive(Serialize, JsonSchema)]
struct Drafts {
    /// The reply they have begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    reply: Option<Draft>,
    /// The note they have begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<Draft>,
}

async fn get(who: On<ConversationRow, ConversationsRead>, State(app): State<App>) -> Result<Json<Drafts>, Problem> {
    let user_id = who.access.actor().user_id().ok_or_else(Problem::forbidden)?;
    let mut conn = app.db.read().await?;
    let mut drafts = Drafts { reply: None, note: None };
    for draft in store::of_conversation(&mut conn, user_id, who.access.row().0.id).await? {
        match draft.kind {
            Kind::Reply => drafts.reply = Some(draft),
            Kind::Note => drafts.note = Some(draft),
        }
    }
    Ok(Json(drafts))
}

/// Where the caller has begun to write.
#[derive(Serialize, JsonSchema)]
struct Begun {
    /// The latest first.
    items: Vec<Mark>,
}

/// A draft as a list shows it.
#[derive(Serialize, JsonSchema)]
struct Mark {
    /// The conversation.
    conversation_id: Uuid,
    /// A reply or a note.
    kind: Kind,
    /// The beginning of it, on one line.
    preview: String,
    /// When it was saved last.
    updated_at: Time,
}

async fn list(who: Can<ConversationsRead>, State(app): State<App>) -> Result<Json<Begun>, Problem> {
    let user_id = who.actor.user_id().ok_or_else(Problem::forbidden)?;
    let drafts = store::of_user(&mut *app.db.read().await?, user_id, LIST).await?;
    let items = drafts
        .into_iter()
        .map(|draft| Mark {
            conversation_id: draft.conversation_id,
            kind: draft.kind,
            preview: service::preview(&draft.text),
            updated_at: draft.updated_at,
        })
        .collect();
    Ok(Json(Begun { items }))
}
