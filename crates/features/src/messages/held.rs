//! Messages that are not said yet. A reply may be held for a moment, in which its author can take it back, or wait for a time. It becomes a
//! message, with the same id and its place in the conversation, when it is released: any worker node does that, under the conversation's
//! lock, after looking at everything again. What cannot go then waits for its author, with the reason in words.

use base::{Code, Time};
use chrono::TimeDelta;
use connect::channel::Content;
use futures_util::{StreamExt, stream};
use kernel::{
    auth::{Access, Actor},
    db::Tx,
    event::{Audience, NewEvent},
    http::Problem,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    Author, AuthorType, CloseOrder, DELETED, Direction, HELD, Kind, MessageError, MessageRow, MessageView, Quote, RELEASE,
    Status, UPDATED, rescue,
    service::{self, NewMessage, Said},
    store::{self, held::HeldRow},
    structured,
};
use crate::{
    App,
    accounts::{self, policy},
    conversations::{self, ConversationRow, Locked},
    media,
};

/// Longest a send may be held to be taken back, in seconds.
const LONGEST_HOLD: u32 = 60;
/// Furthest ahead a message may be sent, in days.
const FURTHEST: i64 = 30;
/// Longest reason and note of a close, in characters.
const MAX_REASON: usize = 100;
/// Messages released side by side on a node.
const AT_ONCE: usize = 4;
/// Messages looked at in one go.
const BATCH: i64 = 64;

/// When a message is to be released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Release {
    pub at: Time,
    /// For a time of the author's choice, not just held for a moment.
    pub scheduled: bool,
    /// The customer's next message releases it; `at` is when it stops waiting.
    pub by_customer: bool,
}

/// When a message is to be released by what its author asks for; `None`: at once.
pub(super) fn release_of(now: Time, hold_seconds: Option<u32>, send_at: Option<Time>) -> Result<Option<Release>, Problem> {
    match (hold_seconds, send_at) {
        (Some(_), Some(_)) => Err(Problem::field("send_at", "Either hold the message or name a time, not both.")),
        (Some(seconds), None) if seconds > LONGEST_HOLD => Err(Problem::field(
            "hold_seconds",
            format!("Hold a message for at most {LONGEST_HOLD} seconds; name a time for more."),
        )),
        (None | Some(0), None) => Ok(None),
        (Some(seconds), None) => {
            Ok(Some(Release { at: now + TimeDelta::seconds(seconds.into()), scheduled: false, by_customer: false }))
        }
        (None, Some(at)) if at <= now => Err(Problem::field("send_at", "This time has passed. Name a later one.")),
        (None, Some(at)) if at > now + TimeDelta::days(FURTHEST) => {
            Err(Problem::field("send_at", format!("Name a time within {FURTHEST} days.")))
        }
        (None, Some(at)) => Ok(Some(Release { at, scheduled: true, by_customer: false })),
    }
}

/// How a conversation is to be closed when a message was sent, as it may be.
pub(super) fn close_as(reason: &str, note: Option<String>) -> Result<(String, Option<String>), Problem> {
    let reason = reason.replace('\0', "").trim().to_owned();
    if reason.is_empty() || reason.chars().count() > MAX_REASON {
        return Err(Problem::field("then_close.reason", "Name one of the reasons for closing."));
    }
    let note = note.map(|note| note.replace('\0', "").trim().to_owned()).filter(|note| !note.is_empty());
    if note.as_ref().is_some_and(|note| note.chars().count() > super::MAX_TEXT) {
        return Err(Problem::field("then_close.note", format!("Use at most {} characters.", super::MAX_TEXT)));
    }
    Ok((reason, note))
}

impl HeldRow {
    /// As the API shows it: a message without a place.
    pub(super) fn view(&self, app: &App) -> MessageView {
        let content = match (&self.filled, &self.content) {
            (Some(filled), _) => Content::Template(filled.0.clone()),
            (None, Some(content)) => content.0.clone(),
            (None, None) => service::content_with(self.text.clone(), self.files()),
        };
        MessageView {
            id: self.id,
            conversation_id: self.conversation_id,
            seq: None,
            client_id: Some(self.client_id.clone()),
            direction: Direction::Out,
            kind: Kind::Reply,
            author: Author { r#type: AuthorType::User, id: Some(self.author_id), name: self.author_name.clone() },
            text: content.text().map(str::to_owned),
            preview: content.preview(),
            content: serde_json::to_value(content).unwrap_or_default(),
            attachments: self.files().iter().map(|file| file.view(app)).collect(),
            reply_to: self.reply_to.map(|id| Quote { id: Some(id), preview: self.quoted_preview.clone() }),
            status: if self.error.is_some() { Status::Failed } else { Status::Held },
            release_at: Some(self.release_at).filter(|_| !self.waits()),
            waits_for: self.waits().then_some(rescue::CUSTOMER),
            expires_at: Some(self.release_at).filter(|_| self.waits()),
            error: self.error.clone(),
            sent_at: None,
            created_at: self.created_at,
            mentions: Vec::new(),
            pinned: false,
            edited_at: None,
            reactions: Vec::new(),
            original_text: None,
            revoked_at: None,
            forwarded: false,
            referral: None,
            folded: false,
            feedback_count: None,
        }
    }

    /// It waits for the customer.
    pub(super) fn waits(&self) -> bool {
        self.waits_for.is_some() && self.answered_at.is_none() && self.error.is_none()
    }

    /// What it says when it is released.
    pub(super) fn as_new(&self) -> NewMessage {
        NewMessage {
            client_id: self.client_id.clone(),
            kind: Kind::Reply,
            text: self.text.clone(),
            media_ids: self.files().iter().map(|file| file.id).collect(),
            template: self.template.as_ref().map(|template| template.0.clone()),
            content: self.content.as_ref().map(|content| content.0.clone()),
            reply_to: self.reply_to,
            seen_seq: self.seen_seq,
            release: None,
            then_close: None,
        }
    }

    pub(super) fn emit(&self, app: &App, tx: &mut Tx, kind: &'static str) {
        tx.emit(NewEvent::new(app.now(), kind, self.audience(), &serde_json::json!({ "message": self.view(app) })));
    }

    /// Nobody but its author sees what is not said yet.
    fn audience(&self) -> Audience {
        Audience { user_ids: vec![self.author_id], ..Audience::default() }
    }
}

/// Holds a reply that may be sent now. The caller has the conversation's lock and has checked it.
pub(super) async fn hold(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    locked: &Locked,
    new: NewMessage,
    content: Content,
    release: Release,
) -> Result<MessageView, Problem> {
    let filled = match content {
        Content::Template(template) => Some(sqlx::types::Json(template)),
        _ => None,
    };
    let author_id = actor.user_id().ok_or_else(Problem::forbidden)?;
    let row = HeldRow {
        id: app.new_id(),
        conversation_id: locked.id,
        author_id,
        author_name: actor.name().to_owned(),
        client_id: new.client_id,
        text: new.text,
        template: new.template.map(sqlx::types::Json),
        filled,
        content: new.content.map(sqlx::types::Json),
        reply_to: new.reply_to,
        seen_seq: new.seen_seq,
        release_at: release.at,
        error: None,
        withdrawn_at: None,
        created_at: app.now(),
        quoted_preview: None,
        media: None,
        waits_for: release.by_customer.then(|| rescue::CUSTOMER.to_owned()),
        answered_at: None,
    };
    store::held::insert(tx, &row).await?;
    media::hold(tx, &new.media_ids, locked.channel_id, locked.id, row.id).await?;
    if let Some((reason, note)) = new.then_close {
        let order = CloseOrder { message_id: row.id, conversation_id: locked.id, user_id: author_id, reason, note };
        store::held::order_close(tx, &order, row.created_at).await?;
    }
    // Whoever holds a reply for a moment is answering: nobody else should begin to. What is for later leaves things as they are.
    if !release.scheduled {
        service::take_if_free(app, tx, actor, locked).await?;
    }
    conversations::read_up_to(app, tx, locked.id, author_id, locked.last_seq).await?;
    let row = own(tx, locked.id, author_id, row.id).await?;
    row.emit(app, tx, HELD);
    tx.wake(RELEASE);
    Ok(row.view(app))
}

pub(super) async fn own(conn: &mut PgConnection, conversation_id: Uuid, author_id: Uuid, id: Uuid) -> Result<HeldRow, Problem> {
    store::held::one(conn, conversation_id, author_id, id).await?.ok_or_else(Problem::not_found)
}

/// What a repeated send of a held message is told.
pub(super) fn same_held(known: &HeldRow, new: &NewMessage, actor: &Actor) -> Result<(), Problem> {
    if known.withdrawn_at.is_some() {
        return Err(Problem::new(
            Code::IdempotencyConflict,
            "You took this message back. Use a new client_id to send it after all.",
        ));
    }
    let same_files = known.files().iter().map(|file| file.id).eq(new.media_ids.iter().copied());
    let same_template = known.template.as_ref().map(|t| &t.0) == new.template.as_ref();
    let same_other = match (&known.content, &new.content) {
        (Some(known), Some(new)) => structured::same(new, &known.0),
        (known, new) => known.is_none() && new.is_none(),
    };
    let same_content = known.text == new.text && same_files && same_template && same_other;
    let same = same_content && known.reply_to == new.reply_to && new.kind == Kind::Reply;
    if same && Some(known.author_id) == actor.user_id() { Ok(()) } else { Err(service::other_message()) }
}

/// What the actor has waiting in a conversation.
pub(super) async fn of_author(
    app: &App,
    conn: &mut PgConnection,
    who: &Access<ConversationRow>,
) -> Result<Vec<MessageView>, Problem> {
    let author_id = who.actor().user_id().ok_or_else(Problem::forbidden)?;
    let rows = store::held::of_author(conn, who.row().0.id, author_id).await?;
    Ok(rows.iter().map(|row| row.view(app)).collect())
}

/// Its author takes a message back. A message that was just released is said: then there is nothing to take back.
pub(super) async fn take_back(app: &App, tx: &mut Tx, who: &Access<ConversationRow>, id: Uuid) -> Result<(), Problem> {
    let author_id = who.actor().user_id().ok_or_else(Problem::forbidden)?;
    let locked = conversations::lock(tx, who.row().0.id).await?.ok_or_else(Problem::not_found)?;
    let Some(row) = store::held::one(tx, locked.id, author_id, id).await? else {
        return Err(too_late(tx, &locked, author_id, id).await?);
    };
    store::held::withdraw(tx, id, app.now()).await?;
    media::drop_held(tx, id, app.now()).await?;
    if row.waits() {
        rescue::recount(app, tx, locked.id).await?;
    }
    store::held::cancel_close(tx, id).await?;
    let data = serde_json::json!({ "conversation_id": locked.id, "id": id });
    tx.emit(NewEvent::new(app.now(), DELETED, row.audience(), &data));
    Ok(())
}

/// Why a message does not wait (any more).
async fn too_late(tx: &mut Tx, locked: &Locked, author_id: Uuid, id: Uuid) -> Result<Problem, sqlx::Error> {
    Ok(match store::one(tx, locked.id, id).await? {
        Some(said) if said.author_id == Some(author_id) => Problem::new(
            Code::MessageNotRetryable,
            "This message has just been sent. It cannot be changed or taken back any more.",
        )
        .with("message_status", said.status),
        _ => Problem::not_found(),
    })
}

/// Its author changes a message that waits. One that could not go waits again when it is given a time.
pub(super) async fn change(
    app: &App,
    tx: &mut Tx,
    who: &Access<ConversationRow>,
    id: Uuid,
    text: Option<String>,
    release_at: Option<Time>,
) -> Result<MessageView, Problem> {
    let author_id = who.actor().user_id().ok_or_else(Problem::forbidden)?;
    let locked = conversations::lock(tx, who.row().0.id).await?.ok_or_else(Problem::not_found)?;
    service::may_answer(tx, who.actor(), &locked).await?;
    let Some(row) = store::held::one(tx, locked.id, author_id, id).await? else {
        return Err(too_late(tx, &locked, author_id, id).await?);
    };
    if text.is_none() && release_at.is_none() {
        return Ok(row.view(app));
    }
    if text.is_some() && (row.template.is_some() || row.content.is_some()) {
        return Err(Problem::field("text", "Only a text has other words. Take this back and send another message."));
    }
    if row.waits() && release_at.is_some() {
        return Err(Problem::field("send_at", "This waits for the customer. Take it back to send it at another time."));
    }
    if let Some(text) = &text {
        let content = service::content_with(text.clone(), row.files());
        if row.waits() {
            rescue::check(app, tx, &locked, &content, row.files(), row.reply_to.is_some()).await?;
        } else {
            service::check(app, tx, &locked, &content, row.files(), row.reply_to.is_some()).await?;
        }
    }
    store::held::change(tx, id, text.as_deref(), release_at).await?;
    let row = own(tx, locked.id, author_id, id).await?;
    row.emit(app, tx, UPDATED);
    tx.wake(RELEASE);
    Ok(row.view(app))
}

/// Its author sends a message that could not go after all, whatever was said meanwhile.
pub(super) async fn send_anyway(app: &App, tx: &mut Tx, actor: &Actor, locked: &Locked, id: Uuid) -> Result<MessageRow, Problem> {
    let author_id = actor.user_id().ok_or_else(Problem::forbidden)?;
    let row = own(tx, locked.id, author_id, id).await?;
    if row.error.is_none() {
        return Err(Problem::new(
            Code::MessageNotRetryable,
            "This message waits for its time. Change its time to send it sooner.",
        ));
    }
    service::answerable(locked, Kind::Reply)?;
    store::held::delete(tx, id).await?;
    let new = NewMessage { seen_seq: None, ..row.as_new() };
    service::say(app, tx, actor, locked, new, row.files(), Said::Released(id)).await
}

/// What came of looking at what is due.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Releases {
    /// Messages that were dealt with.
    pub done: usize,
    /// Messages whose conversation somebody held at that moment.
    pub busy: usize,
    /// Messages that could not be looked at, for the database was away or busy.
    pub troubled: usize,
}

/// Releases what is due. Several nodes may do so at once: each message is released by one of them.
pub async fn release_due(app: &App) -> Result<Releases, sqlx::Error> {
    let due = store::held::due(&mut *app.db.read().await?, app.now(), BATCH).await?;
    let outcomes = stream::iter(due).map(|due| release(app, due)).buffer_unordered(AT_ONCE);
    let count = |mut releases: Releases, outcome: Result<bool, Problem>| async move {
        match outcome {
            Ok(true) => releases.done += 1,
            Ok(false) => releases.busy += 1,
            Err(problem) => {
                releases.troubled += 1;
                tracing::warn!(error = %problem, "a held message could not be released yet");
            }
        }
        releases
    };
    Ok(outcomes.fold(Releases::default(), count).await)
}

/// When the next message is due.
pub async fn next_release(conn: &mut PgConnection) -> Result<Option<Time>, sqlx::Error> {
    store::held::next_release(conn).await
}

/// Releases one message. `false`: somebody holds its conversation, look again soon.
async fn release(app: &App, due: store::held::Due) -> Result<bool, Problem> {
    let mut tx = app.db.begin().await?;
    let Some(locked) = conversations::try_lock(&mut tx, due.conversation_id).await? else { return Ok(false) };
    let Some(row) = store::held::due_one(&mut tx, due.id, app.now()).await? else { return Ok(true) };
    if row.waits() {
        rescue::give_up(app, &mut tx, row).await?;
        tx.commit().await?;
        return Ok(true);
    }
    let late = app.now() - row.release_at;
    let before = tx.savepoint().await?;
    match say_held(app, &mut tx, &locked, &row).await {
        Ok(_) => tx.keep(before).await?,
        Err(problem) if matches!(problem.code(), Code::Unavailable | Code::Timeout) => return Err(problem),
        Err(problem) => {
            tx.undo(before).await?;
            let error = serde_json::to_value(refusal(&problem)).unwrap_or_default();
            store::held::refuse(&mut tx, row.id, &error).await?;
            HeldRow { error: Some(error), ..row }.emit(app, &mut tx, UPDATED);
        }
    }
    tx.commit().await?;
    metrics::histogram!("held_message_late_seconds").record(late.as_seconds_f64());
    Ok(true)
}

/// Says what was held, if it may still be said, as its author with the rights they have now.
async fn say_held(app: &App, tx: &mut Tx, locked: &Locked, row: &HeldRow) -> Result<MessageRow, Problem> {
    let author = accounts::absent(app, tx, row.author_id).await?;
    service::may_answer(tx, &author, locked).await?;
    let card = service::the_card(tx, locked.id).await?;
    if !policy::covers(policy::reach(&author, "conversations.reply"), &author, &conversations::audience(&card)) {
        return Err(Problem::new(Code::Forbidden, "You may not answer this conversation any more, so this was not sent."));
    }
    service::answerable(locked, Kind::Reply)?;
    let new = row.as_new();
    match row.answered_at {
        Some(_) => rescue::not_overtaken(tx, &author, locked, new.seen_seq).await?,
        None => service::not_stale(app, tx, &author, locked, new.seen_seq).await?,
    }
    store::held::delete(tx, row.id).await?;
    service::say(app, tx, &author, locked, new, row.files(), Said::Released(row.id)).await
}

/// Why a message could not go, as it keeps it.
fn refusal(problem: &Problem) -> MessageError {
    let message = problem.fields().first().map_or_else(|| problem.detail(), |field| &field.message);
    MessageError { code: problem.code().as_str().to_owned(), message: message.to_owned(), detail: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_held_for_a_moment_or_until_a_time_within_bounds() {
        let now = chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let held = |hold, at| release_of(now, hold, at).map_err(|problem| problem.fields()[0].field.clone());
        assert_eq!(held(None, None), Ok(None));
        assert_eq!(held(Some(0), None), Ok(None), "no hold is no hold");
        assert_eq!(
            held(Some(5), None),
            Ok(Some(Release { at: now + TimeDelta::seconds(5), scheduled: false, by_customer: false }))
        );
        assert_eq!(held(Some(61), None), Err("hold_seconds".to_owned()));
        let soon = now + TimeDelta::seconds(1);
        assert_eq!(held(None, Some(soon)), Ok(Some(Release { at: soon, scheduled: true, by_customer: false })));
        for wrong in [now, now - TimeDelta::days(1), now + TimeDelta::days(30) + TimeDelta::seconds(1)] {
            assert_eq!(held(None, Some(wrong)), Err("send_at".to_owned()));
        }
        assert_eq!(held(Some(5), Some(soon)), Err("send_at".to_owned()));
    }
}
