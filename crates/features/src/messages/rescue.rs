//! A reply that the closed window keeps back: the customer is asked by a template to write, and the reply waits. Their next message releases it
//! within the transaction that stores that message, under the conversation's lock; after a week it waits for its author instead.

use base::{Code, Time};
use chrono::TimeDelta;
use connect::channel::Content;
use kernel::{
    auth::{Access, Actor},
    db::Tx,
    http::Problem,
};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::{
    Kind, MessageError, MessageRow, MessageView, RELEASE, Status, UPDATED, WindowState, emit_updated,
    held::{self, Release},
    service::{self, NewMessage, Said},
    store::{self, held::HeldRow},
    window_state,
};
use crate::{
    App, channels,
    conversations::{self, ConversationRow, Locked},
    media::MediaRow,
    templates,
};

/// Whom such a reply waits for.
pub(super) const CUSTOMER: &str = "customer";
/// How long, in days.
const PATIENCE: i64 = 7;
/// The code of a reply that the customer did not answer to in that time.
const UNANSWERED: &str = "unanswered";
/// The code of a failed reply whose words wait elsewhere.
const RESCUED: &str = "rescued";
/// The code of a reply whose window closed before it was sent.
const WINDOW_CLOSED: &str = "window_closed";

/// What a send answers with: the message, and beside it the reply that waits.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct Sent {
    #[serde(flatten)]
    message: MessageView,
    /// The reply that waits for the customer, where this message asks them to write.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting: Option<MessageView>,
}

impl Sent {
    /// A message beside which nothing waits.
    pub(super) fn alone(message: MessageView) -> Self {
        Self { message, waiting: None }
    }
}

/// The id under which the template goes that asks for the reply with this one.
fn asking(client_id: &str) -> String {
    format!("{client_id}:ask")
}

/// Asks the customer to write, and has the reply wait for it. The same `client_id` again answers with the same two.
pub(super) async fn send(
    app: &App,
    tx: &mut Tx,
    who: &Access<ConversationRow>,
    new: NewMessage,
    asked: templates::Asked,
) -> Result<(Sent, bool), Problem> {
    let actor = who.actor();
    let locked = conversations::lock(tx, who.row().0.id).await?.ok_or_else(Problem::not_found)?;
    if let Some(known) = known(app, tx, actor, &locked, &new, &asked).await? {
        return Ok((known, false));
    }
    service::may_answer(tx, actor, &locked).await?;
    service::answerable(&locked, Kind::Reply)?;
    service::not_stale(app, tx, actor, &locked, new.seen_seq).await?;
    window_is_closed(app, tx, &locked).await?;
    let files = new.take_files(tx, actor).await?;
    let content = new.says(&files);
    check(app, tx, &locked, &content, &files, new.reply_to.is_some()).await?;
    if let Some(id) = new.reply_to {
        service::quoted_external(tx, locked.id, id).await?;
    }
    let message = ask(app, tx, actor, &locked, &new.client_id, asked).await?;
    let waiting = hold(app, tx, actor, &locked, new, content).await?;
    Ok((Sent { message, waiting: Some(waiting) }, true))
}

/// What a send that is repeated did before.
async fn known(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    locked: &Locked,
    new: &NewMessage,
    asked: &templates::Asked,
) -> Result<Option<Sent>, Problem> {
    let said = store::by_client_id(tx, locked.id, &new.client_id).await?;
    let held = store::held::by_client_id(tx, locked.id, &new.client_id).await?;
    let waiting = match (said, held) {
        (None, None) => return Ok(None),
        (Some(said), _) => service::same_message(&said, new).map(|()| said.view(app))?,
        (None, Some(held)) => held::same_held(&held, new, actor).map(|()| held.view(app))?,
    };
    // One that never asked anybody is another message.
    let asking = store::by_client_id(tx, locked.id, &asking(&new.client_id)).await?.ok_or_else(service::other_message)?;
    let ours = asking.author_id == actor.user_id();
    let same_file = asking.files().iter().map(|file| file.id).eq(asked.media_id);
    match serde_json::from_value::<Content>(asking.content.clone()) {
        Ok(Content::Template(template)) if ours && asked.made(&template) && same_file => {
            Ok(Some(Sent { message: asking.view(app), waiting: Some(waiting) }))
        }
        _ => Err(service::other_message()),
    }
}

/// Sends the template that asks.
async fn ask(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    locked: &Locked,
    client_id: &str,
    asked: templates::Asked,
) -> Result<MessageView, Problem> {
    let template = NewMessage {
        client_id: asking(client_id),
        kind: Kind::Reply,
        text: String::new(),
        media_ids: asked.media_id.into_iter().collect(),
        template: Some(asked),
        content: None,
        reply_to: None,
        seen_seq: None,
        release: None,
        then_close: None,
    };
    let files = template.take_files(tx, actor).await?;
    Ok(service::say(app, tx, actor, locked, template, &files, Said::Now).await?.view(app))
}

async fn hold(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    locked: &Locked,
    new: NewMessage,
    content: Content,
) -> Result<MessageView, Problem> {
    let until = Release { at: patience(app), scheduled: true, by_customer: true };
    let waiting = held::hold(app, tx, actor, locked, new, content, until).await?;
    recount(app, tx, locked.id).await?;
    Ok(waiting)
}

fn patience(app: &App) -> Time {
    app.now() + TimeDelta::days(PATIENCE)
}

/// Nobody is asked to open what is open.
async fn window_is_closed(app: &App, tx: &mut Tx, locked: &Locked) -> Result<channels::Live, Problem> {
    let channel = service::usable(app, tx, locked, false).await?;
    let limited = channel.kind.capabilities().reply_window.is_some();
    match window_state(limited, locked.window_expires_at, app.now()) {
        WindowState::Closed(_) => Ok(channel),
        WindowState::Open => Err(Problem::new(Code::WindowOpen, "The reply window is open. Send the reply as it is.")),
    }
}

/// Whether this, with these files, may be sent over the conversation's channel once its window is open.
pub(super) async fn check(
    app: &App,
    tx: &mut Tx,
    locked: &Locked,
    content: &Content,
    files: &[MediaRow],
    is_reply: bool,
) -> Result<(), Problem> {
    let channel = service::usable(app, tx, locked, is_reply).await?;
    service::fits(&channel, content, files, is_reply)
}

/// Asks the customer to write, for a reply that the window kept back: one that failed for it, or one that waited in vain. Repeating it answers
/// with the same.
pub(super) async fn rescue(
    app: &App,
    tx: &mut Tx,
    who: &Access<ConversationRow>,
    message_id: Uuid,
    asked: templates::Asked,
) -> Result<(Sent, bool), Problem> {
    let actor = who.actor();
    let locked = conversations::lock(tx, who.row().0.id).await?.ok_or_else(Problem::not_found)?;
    service::may_answer(tx, actor, &locked).await?;
    let Some(row) = store::lock(tx, locked.id, message_id).await? else {
        return ask_once_more(app, tx, actor, &locked, message_id, asked).await;
    };
    service::answerable(&locked, Kind::Reply)?;
    let new = NewMessage {
        client_id: format!("{RESCUED}:{message_id}"),
        kind: Kind::Reply,
        text: row.view(app).text.unwrap_or_default(),
        media_ids: Vec::new(),
        template: None,
        content: None,
        reply_to: row.quoted_id,
        seen_seq: Some(locked.last_seq),
        release: None,
        then_close: None,
    };
    if let Some(known) = known(app, tx, actor, &locked, &new, &asked).await? {
        return Ok((known, false));
    }
    let channel = window_is_closed(app, tx, &locked).await?;
    let code = row.error.as_ref().and_then(|error| error["code"].as_str()).unwrap_or_default();
    let too_late = code == WINDOW_CLOSED || channel.kind.explain(code).is_some_and(|explained| explained.window);
    let content = match serde_json::from_value::<Content>(row.content.clone()) {
        Ok(content @ Content::Text { .. }) if row.status() == Status::Failed && too_late => content,
        _ => return Err(nothing_to_rescue(&row)),
    };
    let message = ask(app, tx, actor, &locked, &new.client_id, asked).await?;
    let waiting = hold(app, tx, actor, &locked, new, content).await?;
    // It goes out as another message: sent again here too, the customer would read it twice.
    let error = error_of(RESCUED, "The customer was asked to write. This goes out when they do.");
    store::record_failed(tx, row.id, &error).await?;
    let row = store::one(tx, locked.id, row.id).await?.ok_or_else(Problem::not_found)?;
    let card = service::the_card(tx, locked.id).await?;
    emit_updated(app, tx, &row, &card);
    Ok((Sent { message, waiting: Some(waiting) }, true))
}

fn nothing_to_rescue(row: &MessageRow) -> Problem {
    let words = "Only a text that did not go out because the reply window was closed can wait for the customer.";
    Problem::new(Code::MessageNotRetryable, words).with("message_status", &row.status)
}

/// Asks again for a reply of one's own that could not go.
async fn ask_once_more(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    locked: &Locked,
    id: Uuid,
    asked: templates::Asked,
) -> Result<(Sent, bool), Problem> {
    let author_id = actor.user_id().ok_or_else(Problem::forbidden)?;
    let row = held::own(tx, locked.id, author_id, id).await?;
    service::answerable(locked, Kind::Reply)?;
    if row.error.is_none() || row.template.is_some() {
        return Err(Problem::new(Code::MessageNotRetryable, "This message waits already, or needs no open window."));
    }
    window_is_closed(app, tx, locked).await?;
    // Each time anew: the customer is asked as often as somebody wants to ask them.
    let client_id = format!("{}:{}", row.client_id, app.new_id().simple());
    let message = ask(app, tx, actor, locked, &client_id, asked).await?;
    store::held::wait_again(tx, id, patience(app)).await?;
    recount(app, tx, locked.id).await?;
    let row = held::own(tx, locked.id, author_id, id).await?;
    row.emit(app, tx, UPDATED);
    Ok((Sent { message, waiting: Some(row.view(app)) }, true))
}

/// A failed reply whose words wait elsewhere is not sent again where it stands.
pub(super) fn not_rescued(row: &MessageRow) -> Result<(), Problem> {
    let rescued = row.error.as_ref().is_some_and(|error| error["code"] == RESCUED);
    if rescued {
        let words = "This reply waits for the customer, or was sent when they wrote. Write a new one to say it again.";
        return Err(Problem::new(Code::MessageNotRetryable, words).with("message_status", &row.status));
    }
    Ok(())
}

/// Customers have written in these locked conversations, and so opened their windows: what waited for it goes.
pub async fn customers_wrote(tx: &mut Tx, conversations: &[Uuid], now: Time) -> Result<(), sqlx::Error> {
    if conversations.is_empty() {
        return Ok(());
    }
    let answered = store::held::answered(tx, conversations, now).await?;
    if !answered.is_empty() {
        conversations::set_reply_waits(tx, &answered, false).await?;
        tx.wake(RELEASE);
    }
    Ok(())
}

/// Nobody answers past what a colleague has said meanwhile. What the customer said is the answer that the reply waited for.
pub(super) async fn not_overtaken(tx: &mut Tx, author: &Actor, locked: &Locked, seen_seq: Option<i64>) -> Result<(), Problem> {
    let Some(seen) = seen_seq else { return Ok(()) };
    if store::colleague_said_since(tx, locked.id, seen, author.user_id()).await? {
        let words = "A colleague has answered here meanwhile, so this was not sent. Read it, then send it or take it back.";
        return Err(Problem::new(Code::StaleView, words));
    }
    Ok(())
}

/// The customer has not written: the reply goes back to its author.
pub(super) async fn give_up(app: &App, tx: &mut Tx, row: HeldRow) -> Result<(), sqlx::Error> {
    let words =
        format!("The customer has not written within {PATIENCE} days, so this was not sent. Ask them again, or take it back.");
    let error = error_of(UNANSWERED, &words);
    store::held::refuse(tx, row.id, &error).await?;
    recount(app, tx, row.conversation_id).await?;
    HeldRow { error: Some(error), ..row }.emit(app, tx, UPDATED);
    Ok(())
}

/// Says of a locked conversation whether a reply waits in it now, and tells the screens where that is news.
pub(super) async fn recount(app: &App, tx: &mut Tx, id: Uuid) -> Result<(), sqlx::Error> {
    let waits = store::held::any_waits(tx, id).await?;
    if !conversations::set_reply_waits(tx, &[id], waits).await?.is_empty()
        && let Some(card) = conversations::cards(tx, &[id]).await?.pop()
    {
        conversations::emit_updated(app, tx, &card);
    }
    Ok(())
}

fn error_of(code: &str, words: &str) -> serde_json::Value {
    serde_json::to_value(MessageError { code: code.to_owned(), message: words.to_owned(), detail: None }).unwrap_or_default()
}
