//! Use cases of notes: pin, and give feedback.

use base::Code;
use kernel::{
    audit::Named,
    auth::{Access, Actor},
    db::Tx,
    event::{Audience, NewEvent},
    http::Problem,
};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{FEEDBACK_CREATED, Feedback, model::FeedbackMessage, store};
use crate::{
    App,
    accounts::policy,
    conversations::{self, Card, ConversationRow, Happening, Scope, shorten},
    messages::{self, AuthorType, Kind, MessageRow},
};

/// Most pinned notes of a conversation: a strip that shows more shows none.
const MAX_PINS: usize = 10;
/// Longest feedback, in characters.
const MAX_FEEDBACK: usize = 5_000;

/// Pins a note, or unpins it. What is so already stays so.
pub(super) async fn set_pinned(
    app: &App,
    tx: &mut Tx,
    who: &Access<ConversationRow>,
    message_id: Uuid,
    pinned: bool,
) -> Result<Card, Problem> {
    let (actor, id) = (who.actor(), who.row().0.id);
    let locked = conversations::lock(tx, id).await?.ok_or_else(Problem::not_found)?;
    let note = messages::lock_message(tx, locked.id, message_id).await?.ok_or_else(Problem::not_found)?;
    if note.kind != Kind::Note.as_str() {
        return Err(Problem::new(Code::IllegalTransition, "Only notes can be pinned."));
    }
    if note.pinned_at.is_some() != pinned {
        let pins = messages::pinned(tx, locked.id).await?.len();
        if pinned && pins >= MAX_PINS {
            let detail = format!("{MAX_PINS} notes are pinned already. Unpin one first.");
            return Err(Problem::new(Code::IllegalTransition, detail));
        }
        let count = if pinned { pins + 1 } else { pins - 1 };
        conversations::set_pinned_notes(tx, locked.id, i32::try_from(count).unwrap_or_default()).await?;
        let card = conversations::cards(tx, &[locked.id]).await?.pop().ok_or_else(Problem::not_found)?;
        messages::set_pinned(app, tx, &card, message_id, actor, pinned).await?;
        let data = json!({ "message_id": message_id, "preview": shorten(&note.preview) });
        let happening = if pinned { Happening::Pinned } else { Happening::Unpinned };
        conversations::happened(app, tx, &card, actor, happening, data).await?;
    }
    conversations::card(tx, id, &Scope::of(actor, "conversations.read")).await?.ok_or_else(Problem::not_found)
}

/// Gives feedback on what a colleague wrote, and tells them. Saying the same again gives the same feedback; `true` says that it is new.
pub(super) async fn give_feedback(
    app: &App,
    tx: &mut Tx,
    who: &Access<ConversationRow>,
    message_id: Uuid,
    text: &str,
) -> Result<(Feedback, bool), Problem> {
    let (actor, id) = (who.actor(), who.row().0.id);
    let by_id = actor.user_id().ok_or_else(Problem::forbidden)?;
    let locked = conversations::lock(tx, id).await?.ok_or_else(Problem::not_found)?;
    // Taking part in a conversation of another team is enough to read it, not to judge.
    if !policy::reaches_whole_team(actor, "feedback.give", locked.team_id) {
        return Err(Problem::forbidden());
    }
    let message = messages::lock_message(tx, locked.id, message_id).await?.ok_or_else(Problem::not_found)?;
    let text = text.replace('\0', "").trim().to_owned();
    if text.is_empty() || text.chars().count() > MAX_FEEDBACK {
        return Err(Problem::field("text", format!("Write 1 to {MAX_FEEDBACK} characters.")));
    }
    let author_id = author(&message)
        .filter(|author| *author != by_id)
        .ok_or_else(|| Problem::new(Code::IllegalTransition, "Feedback is for what a colleague wrote, and this is not."))?;
    let feedback = Feedback {
        id: app.new_id(),
        message: FeedbackMessage {
            id: message.id,
            conversation_id: locked.id,
            conversation_number: locked.number,
            seq: message.seq,
            preview: shorten(&message.preview),
        },
        author_id,
        by: Named { id: by_id, name: actor.name().to_owned() },
        text,
        created_at: app.now(),
    };
    if !store::insert(tx, &feedback).await? {
        let known = store::of_message(tx, message_id).await?;
        let known = known.into_iter().find(|f| f.by.id == by_id && f.text == feedback.text);
        return known.map(|known| (known, false)).ok_or_else(|| Problem::internal("feedback vanished under its lock"));
    }
    messages::feedback_given(tx, message_id).await?;
    let audience = Audience { user_ids: vec![author_id, by_id], ..Audience::default() };
    tx.emit(NewEvent::new(app.now(), FEEDBACK_CREATED, audience, &json!({ "feedback": feedback })));
    Ok((feedback, true))
}

/// The feedback on a message, oldest first: for its author, and for those who may give some. For everybody else there is none.
pub(super) async fn feedback(
    conn: &mut PgConnection,
    who: &Access<ConversationRow>,
    message_id: Uuid,
) -> Result<Vec<Feedback>, Problem> {
    let (actor, card) = (who.actor(), &who.row().0);
    let message = messages::by_ids(conn, &[message_id]).await?.pop().filter(|m| m.conversation_id == card.id);
    let message = message.ok_or_else(Problem::not_found)?;
    let own = actor.user_id().is_some() && author(&message) == actor.user_id();
    if !own && !policy::reaches_whole_team(actor, "feedback.give", card.team_id) {
        return Err(Problem::not_found());
    }
    Ok(store::of_message(conn, message_id).await?)
}

/// The feedback on what the actor wrote, newest first.
pub(super) async fn own_feedback(
    conn: &mut PgConnection,
    actor: &Actor,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Feedback>, Problem> {
    Ok(store::of_author(conn, actor.user_id().unwrap_or_default(), before, limit).await?)
}

/// The colleague who wrote it.
fn author(message: &MessageRow) -> Option<Uuid> {
    message.author_id.filter(|_| message.author_type == AuthorType::User.as_str())
}
