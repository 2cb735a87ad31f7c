//! Use cases of messages: send, apply statuses, settle what a person decides.

use std::collections::HashMap;

use base::{Code, Time};
use connect::channel::{Capabilities, Content, DeliveryStatus, Draft, FieldError, Interactive, Outgoing, Place, StatusUpdate};
use kernel::{
    auth::{Access, Actor, Role},
    db::Tx,
    event::NewEvent,
    http::Problem,
};
use uuid::Uuid;

use super::{
    AuthorType, CREATED, Kind, MessageRow, MessageView, OUTBOX, Status, StatusTarget, UPDATED, WindowState, advance,
    held::{self, Release},
    mentioning,
    model::error_json,
    rescue, store, structured, window_state,
};
use crate::{
    App,
    accounts::{self, policy},
    channels, close_reasons,
    conversations::{self, Assignee, Card, ConversationRow, LastMessage, Locked, Rule, State, Step},
    media::{self, MediaRow},
    templates,
};

/// Most messages that a refused send names.
const TOLD_AT_MOST: i64 = 50;

/// What an agent wants to say.
#[derive(Debug, Clone)]
pub(super) struct NewMessage {
    pub client_id: String,
    pub kind: Kind,
    /// The words; empty for a template.
    pub text: String,
    /// Files of its author's that are not sent yet.
    pub media_ids: Vec<Uuid>,
    /// A template to send; its file is among `media_ids`.
    pub template: Option<templates::Asked>,
    /// A place or a question with ready answers, where it is that.
    pub content: Option<Content>,
    pub reply_to: Option<Uuid>,
    /// The last message its author has seen; `None`: what was said meanwhile does not matter.
    pub seen_seq: Option<i64>,
    /// When it is to be said; `None`: at once.
    pub release: Option<Release>,
    /// The reason, and a note: the conversation is closed when this was sent.
    pub then_close: Option<(String, Option<String>)>,
}

impl NewMessage {
    /// What it says with these files, unless it is a template.
    pub(super) fn says(&self, files: &[MediaRow]) -> Content {
        self.content.clone().unwrap_or_else(|| content_with(self.text.clone(), files))
    }

    /// Its files, if they are its author's to send.
    pub(super) async fn take_files(&self, tx: &mut Tx, actor: &Actor) -> Result<Vec<MediaRow>, Problem> {
        let field = if self.template.is_some() { "template.media_id" } else { "media_ids" };
        media::take_unsent(tx, actor, &self.media_ids, field).await
    }
}

/// Where a message that is said comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// Its author says it now.
    Now,
    /// It was held under this id.
    Released(Uuid),
    /// Its author adds it to a step they take.
    WithStep,
}

/// Says something in a conversation, at once or later. The same `client_id` again answers with the same message; `true` says that it is
/// new.
pub(super) async fn send(
    app: &App,
    tx: &mut Tx,
    who: &Access<ConversationRow>,
    new: NewMessage,
) -> Result<(MessageView, bool), Problem> {
    let actor = who.actor();
    let locked = conversations::lock(tx, who.row().0.id).await?.ok_or_else(Problem::not_found)?;
    let known = store::by_client_id(tx, locked.id, &new.client_id).await?;
    let held = if known.is_none() { store::held::by_client_id(tx, locked.id, &new.client_id).await? } else { None };
    // Whoever repeats their own message gets it again, even if somebody else has the conversation by now.
    let author = known.as_ref().map(|known| known.author_id).or(held.as_ref().map(|held| Some(held.author_id)));
    if new.kind == Kind::Reply && author.is_none_or(|author| author != actor.user_id()) {
        may_answer(tx, actor, &locked).await?;
    }
    if let Some(known) = known {
        return same_message(&known, &new).map(|()| (known.view(app), false));
    }
    if let Some(held) = held {
        return held::same_held(&held, &new, actor).map(|()| (held.view(app), false));
    }
    if let Some((reason, _)) = &new.then_close {
        close_reasons::find(tx, reason).await?;
    }
    answerable(&locked, new.kind)?;
    not_stale(app, tx, actor, &locked, new.seen_seq).await?;
    let files = new.take_files(tx, actor).await?;
    if let Some(release) = new.release {
        if let Some(id) = new.reply_to {
            quoted_external(tx, locked.id, id).await?;
        }
        let content = content_of(app, tx, &locked, &new, &files).await?;
        return Ok((held::hold(app, tx, actor, &locked, new, content, release).await?, true));
    }
    Ok((say(app, tx, actor, &locked, new, &files, Said::Now).await?.view(app), true))
}

/// A closed conversation takes notes only.
pub(super) fn answerable(locked: &Locked, kind: Kind) -> Result<(), Problem> {
    if locked.state == State::Closed.as_str() && kind == Kind::Reply {
        return Err(Problem::new(Code::IllegalTransition, "This conversation is closed. Reopen it to reply."));
    }
    Ok(())
}

/// Nobody answers past what the customer or a colleague has just said.
pub(super) async fn not_stale(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    locked: &Locked,
    seen_seq: Option<i64>,
) -> Result<(), Problem> {
    let Some(seen) = seen_seq.filter(|seen| *seen < locked.last_seq) else { return Ok(()) };
    let said = store::said_since(tx, locked.id, seen, actor.user_id(), TOLD_AT_MOST).await?;
    if said.is_empty() {
        return Ok(());
    }
    let messages: Vec<_> = said.iter().map(|row| row.view(app)).collect();
    let words =
        "Something was said here that you had not seen, so nothing was sent. Read it, then send again or change your message.";
    Err(Problem::new(Code::StaleView, words).with("messages", messages))
}

/// Puts a message into its conversation and queues it. The caller has the conversation's lock and has checked that it may be said now.
pub(super) async fn say(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    locked: &Locked,
    new: NewMessage,
    files: &[MediaRow],
    said: Said,
) -> Result<MessageRow, Problem> {
    let quoted = match new.reply_to {
        Some(id) => Some(quoted_external(tx, locked.id, id).await?),
        None => None,
    };
    let content = content_of(app, tx, locked, &new, files).await?;
    if new.kind == Kind::Reply {
        take_if_free(app, tx, actor, locked).await?;
    }
    write(app, tx, actor, locked, new, Body { content, files }, quoted.as_deref(), said).await
}

/// Writes a note for colleagues, as what somebody wants to say with a step. The caller holds the conversation's lock.
pub async fn write_note(app: &App, tx: &mut Tx, actor: &Actor, conversation_id: Uuid, text: &str) -> Result<MessageRow, Problem> {
    let locked = conversations::lock(tx, conversation_id).await?.ok_or_else(Problem::not_found)?;
    let new = NewMessage {
        client_id: app.new_id().to_string(),
        kind: Kind::Note,
        text: text.to_owned(),
        media_ids: Vec::new(),
        template: None,
        content: None,
        reply_to: None,
        seen_seq: None,
        release: None,
        then_close: None,
    };
    let body = Body { content: Content::Text { text: new.text.clone() }, files: &[] };
    write(app, tx, actor, &locked, new, body, None, Said::WithStep).await
}

/// What a message holds when it is written.
struct Body<'a> {
    content: Content,
    files: &'a [MediaRow],
}

/// Writes what a colleague says into a locked conversation.
#[expect(clippy::too_many_arguments, reason = "what is said, by whom, where and how")]
async fn write(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    locked: &Locked,
    new: NewMessage,
    body: Body<'_>,
    quoted: Option<&str>,
    said: Said,
) -> Result<MessageRow, Problem> {
    let id = match said {
        Said::Now | Said::WithStep => app.new_id(),
        Said::Released(id) => id,
    };
    let (seq, now) = (locked.last_seq + 1, app.now());
    if let (Some((reason, note)), Some(user_id)) = (new.then_close, actor.user_id()) {
        let order = store::held::CloseOrder { message_id: id, conversation_id: locked.id, user_id, reason, note };
        store::held::order_close(tx, &order, now).await?;
    }
    // What goes to the customer mentions nobody, whatever it looks like.
    let mentioned = if new.kind == Kind::Note { mentioning::resolve(tx, &new.text).await? } else { Default::default() };
    let Body { content, files } = body;
    let preview = mentioned.plain.clone().unwrap_or_else(|| content.preview());
    let message = store::NewOutbound {
        id,
        conversation_id: locked.id,
        channel_id: locked.channel_id,
        seq,
        kind: new.kind.as_str(),
        author_type: if actor.user_id().is_some() { AuthorType::User } else { AuthorType::System }.as_str(),
        author_id: actor.user_id(),
        author_name: actor.name(),
        client_id: &new.client_id,
        content: serde_json::to_value(&content).map_err(Problem::internal)?,
        preview: &preview,
        reply_to_external: quoted,
        // A note has arrived as soon as it is written.
        status: if new.kind == Kind::Reply { Status::Queued } else { Status::Sent }.as_str(),
        mentions: (!mentioned.mentions.is_empty()).then(|| serde_json::json!(mentioned.mentions)),
    };
    store::insert_outbound(tx, &message, now).await?;
    match said {
        Said::Released(_) => media::release_held(tx, files, id).await?,
        Said::Now | Said::WithStep => media::attach(tx, &new.media_ids, locked.channel_id, locked.id, id).await?,
    }
    let last = LastMessage {
        id,
        seq,
        direction: "out".to_owned(),
        kind: new.kind.as_str().to_owned(),
        preview,
        author_name: actor.name().to_owned(),
        author_id: actor.user_id(),
        created_at: now,
    };
    let change = conversations::Outbound { id: locked.id, last, answers: new.kind == Kind::Reply };
    conversations::advance_outbound(app, tx, &change).await?;
    mentioning::let_in(app, tx, locked, actor, &mentioned, seq).await?;
    // What was said while a message waited has not been read by its author.
    if let (true, Some(user_id), Said::Now) = (change.answers, actor.user_id(), said) {
        conversations::read_up_to(app, tx, locked.id, user_id, seq).await?;
    }
    let row =
        store::one(tx, locked.id, id).await?.ok_or_else(|| Problem::internal("a message vanished inside its transaction"))?;
    let card = the_card(tx, locked.id).await?;
    let mut event = created(app, &row, &card);
    if said != Said::Now || new.template.is_some() || new.content.is_some() {
        // What its author has in the composer (by now) is something else.
        event.data["composed"] = false.into();
    }
    tx.emit(event);
    mentioning::tell(app, tx, locked, actor, &mentioned, id);
    if new.kind == Kind::Reply {
        tx.wake(OUTBOX);
    }
    Ok(row)
}

/// The event of a new message.
pub(crate) fn created(app: &App, row: &MessageRow, card: &Card) -> NewEvent {
    let data = serde_json::json!({ "message": row.view(app), "conversation": card.shared() });
    NewEvent::new(app.now(), CREATED, conversations::audience(card), &data)
}

/// Tells the screens that a message's status changed.
pub fn emit_updated(app: &App, tx: &mut Tx, row: &MessageRow, card: &Card) {
    tx.emit(NewEvent::new(app.now(), UPDATED, conversations::audience(card), &serde_json::json!({ "message": row.view(app) })));
}

/// Tells the screens how a message looks now; of what a flood washed in nothing is told. The caller holds the conversation's lock.
pub async fn tell_updated(app: &App, tx: &mut Tx, conversation_id: Uuid, message_id: Uuid) -> Result<(), sqlx::Error> {
    let row = store::one(tx, conversation_id, message_id).await?;
    let Some(row) = row.filter(|row| !row.folded) else { return Ok(()) };
    if let Some(card) = conversations::cards(tx, &[conversation_id]).await?.pop() {
        emit_updated(app, tx, &row, &card);
    }
    Ok(())
}

/// What a message with these words and files holds. Words beside several files, or beside one in a note, are the message; else they are the
/// file's caption.
pub(super) fn content_with(text: String, files: &[MediaRow]) -> Content {
    match files {
        [] => Content::Text { text },
        [file] => media::content_of(file, Some(text).filter(|text| !text.is_empty())),
        [first, ..] if text.is_empty() => media::content_of(first, None),
        _ => Content::Text { text },
    }
}

/// What goes out to the customer for a message that holds this; `None` where nothing can.
pub fn outgoing(content: &Content, files: &[MediaRow]) -> Option<Outgoing> {
    match (content, files) {
        (Content::Text { text }, []) => Some(Outgoing::Text { text: text.clone() }),
        (Content::Media(of), [file]) => Some(Outgoing::Media(media::sendable(file, of.caption.clone()))),
        (Content::Template(template), [] | [_]) => {
            let file = files.first().map(|file| media::sendable(file, None));
            Some(Outgoing::Template { template: template.clone(), file })
        }
        (Content::Location { latitude, longitude, name, address, url: _ }, []) => Some(Outgoing::Location(Place {
            latitude: *latitude,
            longitude: *longitude,
            name: name.clone(),
            address: address.clone(),
        })),
        (Content::Buttons(of), []) => Some(Outgoing::Interactive(Interactive::Buttons(of.clone()))),
        (Content::List(of), []) => Some(Outgoing::Interactive(Interactive::List(of.clone()))),
        _ => None,
    }
}

/// Notes down the files that come with messages which were just stored, so that they are fetched, and shows them with the messages.
/// `uploads`: by message, which file its sender uploaded before, and who that is at the channel.
pub async fn expect_files(
    app: &App,
    tx: &mut Tx,
    rows: &mut HashMap<Uuid, MessageRow>,
    uploads: &HashMap<Uuid, (Uuid, String)>,
) -> Result<(), sqlx::Error> {
    let brings = |row: &MessageRow| match serde_json::from_value::<Content>(row.content.clone()) {
        Ok(Content::Media(media)) => Some(media::Arrival {
            message_id: row.id,
            conversation_id: row.conversation_id,
            channel_id: row.channel_id,
            uploaded: uploads.get(&row.id).cloned(),
            media,
        }),
        _ => None,
    };
    let mut arrived: Vec<_> = rows.values().filter(|row| row.content["type"] == "media").filter_map(brings).collect();
    // In the order they came.
    arrived.sort_by_key(|file| file.message_id);
    for file in media::expect(app, tx, &arrived).await? {
        if let Some(row) = file.message_id.and_then(|id| rows.get_mut(&id)) {
            row.media = Some(sqlx::types::Json(vec![file]));
        }
    }
    Ok(())
}

pub(super) fn same_message(known: &MessageRow, new: &NewMessage) -> Result<(), Problem> {
    let same_text = match (&new.template, &new.content, serde_json::from_value::<Content>(known.content.clone())) {
        (Some(asked), _, Ok(Content::Template(template))) => asked.made(&template),
        (None, _, Ok(Content::Template(_))) | (Some(_), ..) => false,
        (None, Some(content), Ok(said)) => structured::same(content, &said),
        (None, None, Ok(said)) if structured::is(&said) => false,
        (None, ..) => known.text().unwrap_or_default() == new.text,
    };
    let same_files = known.files().iter().map(|file| file.id).eq(new.media_ids.iter().copied());
    let same_quote = known.quoted_id == new.reply_to;
    if same_text && same_files && same_quote && known.kind == new.kind.as_str() {
        return Ok(());
    }
    Err(other_message())
}

pub(super) fn other_message() -> Problem {
    Problem::new(
        Code::IdempotencyConflict,
        "This client_id was already used for another message of this conversation. Use a new one.",
    )
}

pub(super) async fn quoted_external(tx: &mut Tx, conversation_id: Uuid, id: Uuid) -> Result<String, Problem> {
    let quoted = store::one(tx, conversation_id, id)
        .await?
        .ok_or_else(|| Problem::field("reply_to", "This message is not in this conversation."))?;
    quoted.external_id.ok_or_else(|| {
        Problem::field("reply_to", "The provider does not have this message, so it cannot be quoted. Send without the quote.")
    })
}

/// What a message will say, once it was made sure that it may be said over the conversation's channel now.
pub(super) async fn content_of(
    app: &App,
    tx: &mut Tx,
    locked: &Locked,
    new: &NewMessage,
    files: &[MediaRow],
) -> Result<Content, Problem> {
    match (&new.template, new.kind) {
        (_, Kind::Note) => {}
        (Some(asked), Kind::Reply) => {
            let channel = may_template(app, tx, locked, new.reply_to.is_some()).await?;
            let kind = files.first().map(MediaRow::kind);
            let content = Content::Template(templates::filled(tx, locked.channel_id, asked, kind).await?);
            takes(&channel, &content, files, new.reply_to.is_some())?;
            return Ok(content);
        }
        (None, Kind::Reply) => check(app, tx, locked, &new.says(files), files, new.reply_to.is_some()).await?,
    }
    Ok(new.says(files))
}

/// Whether this may be sent over the conversation's channel now, with these files.
pub(super) async fn check(
    app: &App,
    tx: &mut Tx,
    locked: &Locked,
    content: &Content,
    files: &[MediaRow],
    is_reply: bool,
) -> Result<(), Problem> {
    let channel = usable(app, tx, locked, is_reply).await?;
    window_open(channel.kind.capabilities(), locked, app.now())?;
    fits(&channel, content, files, is_reply)
}

/// Whether a channel takes this with these files, whatever its window.
pub(super) fn fits(channel: &channels::Live, content: &Content, files: &[MediaRow], is_reply: bool) -> Result<(), Problem> {
    let capabilities = channel.kind.capabilities();
    if files.len() > capabilities.media_per_message {
        let words = match capabilities.media_per_message {
            0 => "This channel sends no files.".to_owned(),
            1 => "Send one file per message.".to_owned(),
            most => format!("Send at most {most} files per message."),
        };
        return Err(Problem::field("media_ids", words));
    }
    takes(channel, content, files, is_reply)
}

/// Whether the channel's own check lets it through; each wrong field is named as the request names it.
fn takes(channel: &channels::Live, content: &Content, files: &[MediaRow], is_reply: bool) -> Result<(), Problem> {
    let is_template = matches!(content, Content::Template(_));
    let content = outgoing(content, files).ok_or_else(|| Problem::field("media_ids", "Send one file per message."))?;
    channel.kind.check(&Draft { content, is_reply }).map_err(|wrong| {
        let named = wrong.into_iter().map(|error| match error.field.as_str() {
            "media_ids" if is_template => FieldError::new("template.media_id", error.message),
            _ => error,
        });
        let problem = Problem::new(Code::Invalid, "Please check the marked fields.");
        named.fold(problem, |problem, error| problem.with_field(error.field, error.message))
    })
}

/// Whether the customer may be written to freely.
fn window_open(capabilities: &Capabilities, locked: &Locked, now: Time) -> Result<(), Problem> {
    if let WindowState::Closed(since) = window_state(capabilities.reply_window.is_some(), locked.window_expires_at, now) {
        let words = if capabilities.templates {
            "The reply window is closed. Send a template; you can write again as soon as the customer writes."
        } else {
            "The reply window is closed. You can write again as soon as the customer writes."
        };
        return Err(Problem::new(Code::WindowClosed, words).with("window_expires_at", since));
    }
    Ok(())
}

/// Whether templates may be sent over the conversation's channel: the window does not matter to them.
pub(super) async fn may_template(app: &App, tx: &mut Tx, locked: &Locked, is_reply: bool) -> Result<channels::Live, Problem> {
    let channel = usable(app, tx, locked, is_reply).await?;
    if !channel.kind.capabilities().templates {
        return Err(Problem::new(Code::NotSupportedByChannel, "This channel knows no templates. Write a text."));
    }
    Ok(channel)
}

/// Whether a message may be reacted to now.
pub(super) async fn may_react(app: &App, tx: &mut Tx, locked: &Locked) -> Result<(), Problem> {
    let channel = usable(app, tx, locked, false).await?;
    let capabilities = channel.kind.capabilities();
    if !capabilities.reactions {
        return Err(Problem::new(Code::NotSupportedByChannel, "This channel knows no reactions."));
    }
    window_open(capabilities, locked, app.now())
}

/// The conversation's channel, if it takes such a message at all.
pub(super) async fn usable(app: &App, tx: &mut Tx, locked: &Locked, is_reply: bool) -> Result<channels::Live, Problem> {
    let channel = channels::live_in(app, tx, locked.channel_id)
        .await?
        .ok_or_else(|| Problem::new(Code::NotSupportedByChannel, "This channel is switched off. An admin can switch it on."))?;
    if is_reply && !channel.kind.capabilities().reply_to {
        return Err(Problem::new(Code::NotSupportedByChannel, "This channel cannot quote a message. Send without the quote."));
    }
    Ok(channel)
}

/// Whether a message that was said may be sent once more, as it is.
async fn may_go_again(app: &App, tx: &mut Tx, locked: &Locked, row: &MessageRow) -> Result<(), Problem> {
    let is_reply = row.quoted_id.is_some();
    match serde_json::from_value::<Content>(row.content.clone()) {
        Ok(Content::Template(template)) => {
            may_template(app, tx, locked, is_reply).await?;
            templates::still_approved(tx, locked.channel_id, &template).await
        }
        Ok(content) => check(app, tx, locked, &content, row.files(), is_reply).await,
        Err(error) => Err(Problem::internal(error)),
    }
}

/// An agent cannot answer for somebody else, nor decide about their messages; and nobody takes what waits in another team's queue by
/// answering it, just because they took part in it before.
pub(super) async fn may_answer(tx: &mut Tx, actor: &Actor, locked: &Locked) -> Result<(), Problem> {
    let somebody_elses = locked.assignee_id.is_some_and(|assignee| Some(assignee) != actor.user_id());
    if somebody_elses && actor.role() == Some(Role::Agent) {
        return Err(conversations::taken(tx, locked.id).await?);
    }
    if locked.assignee_id.is_none() && !policy::decides(actor, "conversations.reply", locked.team_id, None) {
        return Err(Problem::new(Code::Forbidden, "This conversation is in the queue of another team."));
    }
    Ok(())
}

/// Whoever answers an unassigned conversation has it from then on.
pub(super) async fn take_if_free(app: &App, tx: &mut Tx, actor: &Actor, locked: &Locked) -> Result<(), Problem> {
    if let (None, Some(id)) = (locked.assignee_id, actor.user_id()) {
        if !accounts::hold_active(tx, id).await? {
            // Deactivated since the guard looked: what they took now, nobody would hand over.
            return Err(Problem::unauthenticated());
        }
        let to = Assignee { id, name: actor.name().to_owned() };
        conversations::make(app, tx, actor, locked, Step::Give { to, rule: Rule::Reply }).await?;
    }
    Ok(())
}

pub(super) async fn the_card(tx: &mut Tx, id: Uuid) -> Result<Card, Problem> {
    conversations::cards(tx, &[id]).await?.pop().ok_or_else(|| Problem::internal("a conversation vanished under its lock"))
}

/// Applies statuses to the messages found for them; the caller holds the conversations' locks. Statuses without a message are parked.
/// Returns for each whether it changed something, came again, or was parked.
pub async fn apply_statuses(
    app: &App,
    tx: &mut Tx,
    updates: &[(Uuid, StatusUpdate)],
    targets: &[StatusTarget],
    cards: &HashMap<Uuid, Card>,
) -> Result<Vec<Applied>, sqlx::Error> {
    let by_ord: HashMap<i64, &StatusTarget> = targets.iter().map(|t| (t.ord, t)).collect();
    // Several statuses of one message may come in one batch: each builds on the one before. The row's status as found may be older than the
    // lock, so it is read again.
    let ids: Vec<Uuid> = targets.iter().map(|t| t.message_id).collect();
    let mut current: HashMap<Uuid, Status> = store::by_ids(tx, &ids).await?.into_iter().map(|m| (m.id, m.status())).collect();
    let mut changes: HashMap<Uuid, store::StatusRow> = HashMap::new();
    let mut outcomes = Vec::with_capacity(updates.len());
    for (ord, (channel_id, update)) in (1i64..).zip(updates) {
        let Some(target) = by_ord.get(&ord) else {
            let parked = store::Parked {
                channel_id: *channel_id,
                external_id: update.external_id.clone(),
                status: delivery_name(update.status).to_owned(),
                at: update.at,
                error: update.error.as_ref().map(error_json),
            };
            store::park(tx, &parked, app.now()).await?;
            outcomes.push(Applied::Parked);
            continue;
        };
        let status = current.get(&target.message_id).copied().unwrap_or(Status::Queued);
        let Some(next) = advance(status, update.status) else {
            outcomes.push(Applied::Duplicate);
            continue;
        };
        current.insert(target.message_id, next);
        changes.insert(
            target.message_id,
            store::StatusRow {
                message_id: target.message_id,
                status: next.as_str().to_owned(),
                external_id: Some(update.external_id.clone()),
                error: update.error.as_ref().filter(|_| next == Status::Failed).map(error_json),
            },
        );
        outcomes.push(Applied::Changed);
    }
    if changes.is_empty() {
        return Ok(outcomes);
    }
    let mut rows: Vec<_> = changes.into_values().collect();
    rows.sort_by_key(|r| r.message_id);
    store::set_statuses(tx, &rows).await?;
    let changed: Vec<Uuid> = rows.iter().map(|r| r.message_id).collect();
    for row in store::by_ids(tx, &changed).await? {
        if let Some(card) = cards.get(&row.conversation_id) {
            emit_updated(app, tx, &row, card);
        }
    }
    // A message that a status has reached no longer holds its conversation's queue back.
    tx.wake(OUTBOX);
    Ok(outcomes)
}

/// What became of a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// The message moved on.
    Changed,
    /// It was there already, or further.
    Duplicate,
    /// The message is not known (yet).
    Parked,
}

/// The status after parked statuses of this provider id are applied to `status`, and the last failure among them. The caller holds the
/// conversation's lock and writes the result.
pub async fn apply_parked(
    tx: &mut Tx,
    channel_id: Uuid,
    external_id: &str,
    status: Status,
) -> Result<(Status, Option<serde_json::Value>), sqlx::Error> {
    let mut parked = store::take_parked(tx, channel_id, external_id).await?;
    parked.sort_by_key(|p| p.at);
    Ok(parked.into_iter().fold((status, None), |(status, error), p| {
        match delivery_status(&p.status).and_then(|d| advance(status, d)) {
            Some(Status::Failed) => (Status::Failed, p.error),
            Some(next) => (next, None),
            None => (status, error),
        }
    }))
}

/// Applies the parked statuses of a message whose provider id became known in a transaction that crossed theirs.
pub async fn deliver_unparked(app: &App, tx: &mut Tx, conversation_id: Uuid, message_id: Uuid) -> Result<(), sqlx::Error> {
    conversations::lock(tx, conversation_id).await?;
    let Some(row) = store::one(tx, conversation_id, message_id).await? else { return Ok(()) };
    let Some(external_id) = row.external_id.clone() else { return Ok(()) };
    let (status, error) = apply_parked(tx, row.channel_id, &external_id, row.status()).await?;
    if status != row.status() {
        let change = store::StatusRow { message_id, status: status.as_str().to_owned(), external_id: None, error };
        store::set_statuses(tx, &[change]).await?;
        if let (Some(row), Some(card)) =
            (store::one(tx, conversation_id, message_id).await?, conversations::cards(tx, &[conversation_id]).await?.pop())
        {
            emit_updated(app, tx, &row, &card);
        }
    }
    Ok(())
}

/// What a person decides about a message that failed or that nobody knows about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Send it (again).
    SendAgain,
    /// It arrived.
    Arrived,
}

/// Carries out a person's verdict.
pub(super) async fn settle(
    app: &App,
    tx: &mut Tx,
    who: &Access<ConversationRow>,
    message_id: Uuid,
    verdict: Verdict,
) -> Result<MessageView, Problem> {
    let locked = conversations::lock(tx, who.row().0.id).await?.ok_or_else(Problem::not_found)?;
    may_answer(tx, who.actor(), &locked).await?;
    let Some(row) = store::lock(tx, locked.id, message_id).await? else {
        return match verdict {
            Verdict::SendAgain => Ok(held::send_anyway(app, tx, who.actor(), &locked, message_id).await?.view(app)),
            Verdict::Arrived => Err(Problem::not_found()),
        };
    };
    let possible = match verdict {
        Verdict::SendAgain => matches!(row.status(), Status::Failed | Status::Unconfirmed),
        Verdict::Arrived => row.status() == Status::Unconfirmed,
    };
    if !possible || row.kind != Kind::Reply.as_str() {
        return Err(Problem::new(
            Code::MessageNotRetryable,
            format!("This message is {}; there is nothing to decide about it.", row.status),
        )
        .with("message_status", &row.status));
    }
    if verdict == Verdict::SendAgain {
        rescue::not_rescued(&row)?;
        may_go_again(app, tx, &locked, &row).await?;
        take_if_free(app, tx, who.actor(), &locked).await?;
        tx.wake(OUTBOX);
    }
    let status = if verdict == Verdict::SendAgain { Status::Queued } else { Status::Sent };
    store::settle(tx, message_id, status.as_str(), app.now()).await?;
    let row = store::one(tx, locked.id, message_id).await?.ok_or_else(Problem::not_found)?;
    let card = the_card(tx, locked.id).await?;
    emit_updated(app, tx, &row, &card);
    Ok(row.view(app))
}

const fn delivery_name(status: DeliveryStatus) -> &'static str {
    match status {
        DeliveryStatus::Sent => "sent",
        DeliveryStatus::Delivered => "delivered",
        DeliveryStatus::Read => "read",
        DeliveryStatus::Failed => "failed",
    }
}

fn delivery_status(name: &str) -> Option<DeliveryStatus> {
    [DeliveryStatus::Sent, DeliveryStatus::Delivered, DeliveryStatus::Read, DeliveryStatus::Failed]
        .into_iter()
        .find(|s| delivery_name(*s) == name)
}
