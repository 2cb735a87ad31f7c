//! Use cases of visitors: what they see, and what they say.

use base::{Code, Time};
use bytes::Bytes;
use connect::channel::{DeliveryStatus, VisitorProfile, VisitorSaid};
use kernel::http::Problem;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    files,
    model::{Conv, Msg, Photos, external_id, unplace},
    sessions::is_proven,
    store::{self, VisitorRow},
};
use crate::{
    App, accounts,
    channels::Live,
    contacts::{self, Identity, IdentityKey},
    conversations::{self, Card, State},
    ingest::{self, CustomerTypes},
    messages::{self, MessageRow, Seen},
};

/// Conversations of one visitor that are looked at; older ones are not shown.
const CONVERSATIONS: i64 = 50;
const MAX_NAME: usize = 200;

/// What a visitor sees of what was said.
pub(super) struct Past {
    /// The latest conversation.
    pub conversation: Option<Conv>,
    /// The cards of all that count.
    pub cards: Vec<Card>,
    /// The contact, once there is one.
    pub contact_id: Option<Uuid>,
}

/// Who somebody is on this channel, once they have said something.
pub(super) async fn identity(conn: &mut PgConnection, channel_id: Uuid, external: &str) -> Result<Option<Identity>, sqlx::Error> {
    Ok(contacts::find(conn, &[IdentityKey { channel_id, external_id: external.to_owned() }]).await?.pop())
}

/// The visitor's conversations.
pub(super) async fn past(app: &App, conn: &mut PgConnection, channel_id: Uuid, external: &str) -> Result<Past, sqlx::Error> {
    let Some(known) = identity(conn, channel_id, external).await? else {
        return Ok(Past { conversation: None, cards: Vec::new(), contact_id: None });
    };
    let ids = conversations::on_channel(conn, known.contact_id, channel_id, CONVERSATIONS).await?;
    let mut cards = conversations::cards(conn, &ids).await?;
    cards.sort_by_key(|card| std::cmp::Reverse(card.number));
    // What a blocked contact wrote lies in a conversation like any other; the latest that is open goes first.
    let open = cards.iter().find(|card| card.state != State::Closed.as_str());
    let conversation = match open.or(cards.first()) {
        Some(card) => Some(Conv::of(card, &photos(app, conn, &card.assignee_id.into_iter().collect::<Vec<_>>()).await?)),
        None => None,
    };
    Ok(Past { conversation, cards, contact_id: Some(known.contact_id) })
}

/// Where the photos of these colleagues are.
pub(super) async fn photos(app: &App, conn: &mut PgConnection, ids: &[Uuid]) -> Result<Photos, sqlx::Error> {
    if ids.is_empty() {
        return Ok(Photos::new());
    }
    let found = accounts::photo_tokens(conn, ids).await?;
    Ok(found.into_iter().map(|(id, token)| (id, format!("{}/api/v1/photos/{token}", app.public_url))).collect())
}

/// What was said before a place, oldest first, and whether there is more.
pub(super) async fn history(
    app: &App,
    conn: &mut PgConnection,
    cards: &[Card],
    before: Option<i64>,
    limit: i64,
) -> Result<(Vec<Msg>, bool), sqlx::Error> {
    let mut rows = rows_before(conn, cards, before, limit + 1).await?;
    let more = i64::try_from(rows.len()).is_ok_and(|found| found > limit);
    rows.truncate(usize::try_from(limit).unwrap_or(0));
    rows.reverse();
    Ok((show(app, conn, cards, &rows).await?, more))
}

/// The newest rows before a place: one conversation after the other, the latest first, as the cards are.
async fn rows_before(
    conn: &mut PgConnection,
    cards: &[Card],
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<MessageRow>, sqlx::Error> {
    let mut rows = Vec::new();
    let (number, seq) = before.map(unplace).unzip();
    for card in cards.iter().filter(|card| number.is_none_or(|number| card.number <= number)) {
        let left = limit - i64::try_from(rows.len()).unwrap_or(limit);
        if left <= 0 {
            break;
        }
        let within = seq.filter(|_| Some(card.number) == number);
        rows.extend(messages::replies(conn, card.id, within, left).await?);
    }
    Ok(rows)
}

/// Rows as the visitor sees them.
async fn show(app: &App, conn: &mut PgConnection, cards: &[Card], rows: &[MessageRow]) -> Result<Vec<Msg>, sqlx::Error> {
    let mut authors: Vec<Uuid> = rows.iter().filter(|row| row.author_type == "user").filter_map(|row| row.author_id).collect();
    authors.sort_unstable();
    authors.dedup();
    let photos = photos(app, conn, &authors).await?;
    let number = |row: &MessageRow| cards.iter().find(|card| card.id == row.conversation_id).map(|card| card.number);
    Ok(rows.iter().filter_map(|row| Msg::of_row(app, row, number(row)?, &photos)).collect())
}

/// How many messages the visitor has not read.
pub(super) async fn unread(conn: &mut PgConnection, row: &VisitorRow, now: Time) -> Result<usize, sqlx::Error> {
    Ok(messages::unseen(conn, &mark(row, now, DeliveryStatus::Read)).await?.len())
}

fn mark(row: &VisitorRow, until: Time, status: DeliveryStatus) -> Seen<'_> {
    Seen { channel_id: row.channel_id, external_id: &row.external_id, until, status, queued: true }
}

/// What a visitor writes.
pub(super) struct Said {
    pub id: Uuid,
    pub text: Option<String>,
    /// A file they uploaded.
    pub file: Option<Uuid>,
    pub choice: Option<(String, String)>,
    pub reply_to: Option<Uuid>,
}

/// Takes what a visitor writes. The same id again is the same message.
pub(super) async fn say(app: &App, channel: &Live, row: &VisitorRow, said: Said) -> Result<Msg, Problem> {
    check(channel, &said)?;
    let external = external_id(&row.external_id, said.id);
    let reply_to = match said.reply_to {
        Some(id) => Some(quoted(app, row, id).await?),
        None => None,
    };
    let name = row.profile.name.clone();
    let mut conn = app.db.read().await?;
    let file = match said.file {
        Some(id) => files::unsent(&mut conn, row, id).await?,
        None => None,
    };
    // A file that is gone may have gone with this very message, which is said again.
    if said.file.is_none() || file.is_some() {
        drop(conn);
        let said = VisitorSaid::Message { id: external.clone(), text: said.text, file, choice: said.choice, reply_to, name };
        write(app, channel, row, &said).await?;
        conn = app.db.read().await?;
    } else if messages::by_external(&mut conn, row.channel_id, &external).await?.is_none() {
        return Err(Problem::field("media_id", "There is no such file of yours. Attach it again."));
    }
    let past = past(app, &mut conn, row.channel_id, &row.external_id).await?;
    let stored = messages::by_external(&mut conn, row.channel_id, &external).await?;
    let shown = show(app, &mut conn, &past.cards, &stored.into_iter().collect::<Vec<_>>()).await?.pop();
    drop(conn);
    if let Some(contact_id) = past.contact_id {
        app.visitors.meet(row.channel_id, &row.external_id, contact_id);
    }
    if !row.told {
        tell(app, channel, row, &row.profile.0).await?;
    }
    shown.ok_or_else(|| Problem::unavailable("This could not be stored. Please send it again."))
}

fn check(channel: &Live, said: &Said) -> Result<(), Problem> {
    let most = channel.kind.capabilities().max_text_chars;
    let fits = |field: &str, text: &str, most: usize| {
        if text.trim().is_empty() {
            return Err(Problem::field(field, "Write something."));
        }
        if text.contains('\0') || text.chars().count() > most {
            return Err(Problem::field(field, format!("Use at most {most} characters.")));
        }
        Ok(())
    };
    match (&said.text, &said.choice, &said.file) {
        (Some(text), None, _) => fits("text", text, most),
        (None, None, Some(_)) => Ok(()),
        (None, Some((id, title)), None) => fits("choice.id", id, 256).and_then(|()| fits("choice.title", title, 256)),
        _ => Err(Problem::field("text", "Send text, a file, or a choice.")),
    }
}

/// The id at the channel of a message that the visitor answers, if they can see it.
async fn quoted(app: &App, row: &VisitorRow, id: Uuid) -> Result<String, Problem> {
    let mut conn = app.db.read().await?;
    let past = past(app, &mut conn, row.channel_id, &row.external_id).await?;
    let own = messages::by_external(&mut conn, row.channel_id, &external_id(&row.external_id, id)).await?;
    let found = match own {
        Some(own) => Some(own),
        None => messages::by_ids(&mut conn, &[id]).await?.pop(),
    };
    let visible = found.filter(|m| m.kind == "reply" && past.cards.iter().any(|card| card.id == m.conversation_id));
    visible.and_then(|m| m.external_id).ok_or_else(|| Problem::field("reply_to", "There is no such message."))
}

/// Takes how far a visitor has, or has read, what was said.
pub(super) async fn seen(app: &App, channel: &Live, row: &VisitorRow, place: i64, read: bool) -> Result<(), Problem> {
    let mut conn = app.db.read().await?;
    let past = past(app, &mut conn, row.channel_id, &row.external_id).await?;
    let Some(last) = rows_before(&mut conn, &past.cards, Some(place.saturating_add(1)), 1).await?.pop() else { return Ok(()) };
    let status = if read { DeliveryStatus::Read } else { DeliveryStatus::Delivered };
    // The journal need not hold what says nothing new.
    let news = !messages::unseen(&mut conn, &mark(row, last.created_at, status)).await?.is_empty();
    drop(conn);
    if news { write(app, channel, row, &VisitorSaid::Seen { at: last.created_at, read }).await } else { Ok(()) }
}

/// Takes that a visitor types, or stopped.
pub(super) async fn typing(app: &App, row: &VisitorRow, on: bool) {
    CustomerTypes { channel_id: row.channel_id, external_id: row.external_id.clone(), on }.publish(app).await;
}

/// Takes what a visitor tells about themselves. What the company has proven stays.
pub(super) async fn introduce(app: &App, channel: &Live, row: &VisitorRow, told: VisitorProfile) -> Result<VisitorRow, Problem> {
    for (field, value) in [("name", &told.name), ("email", &told.email), ("phone", &told.phone)] {
        if value.as_ref().is_some_and(|v| v.contains('\0') || v.chars().count() > MAX_NAME) {
            return Err(Problem::field(field, format!("Use at most {MAX_NAME} characters.")));
        }
    }
    let known = &row.profile.0;
    let claimed = |new: Option<String>, old: &Option<String>| match (is_proven(row), old) {
        (true, Some(old)) => Some(old.clone()),
        _ => new.or_else(|| old.clone()),
    };
    let mut attributes = known.attributes.clone();
    for (key, value) in told.attributes {
        if !is_proven(row) || !attributes.contains_key(&key) {
            attributes.insert(key, value);
        }
    }
    let profile = VisitorProfile {
        name: claimed(told.name, &known.name),
        email: claimed(told.email, &known.email),
        phone: claimed(told.phone, &known.phone),
        attributes,
        verified: known.verified,
    };
    if profile == *known {
        return Ok(row.clone());
    }
    let mut tx = app.db.begin().await?;
    store::set_profile(&mut tx, row.id, &profile, false).await?;
    let is_contact = identity(&mut tx, row.channel_id, &row.external_id).await?.is_some();
    tx.commit().await?;
    let row = VisitorRow { profile: sqlx::types::Json(profile), told: false, ..row.clone() };
    if is_contact {
        tell(app, channel, &row, &row.profile.0).await?;
    }
    Ok(row)
}

/// Tells the contact's page what is known of a visitor.
pub(super) async fn tell(app: &App, channel: &Live, row: &VisitorRow, profile: &VisitorProfile) -> Result<(), Problem> {
    if !profile.is_empty() {
        write(app, channel, row, &VisitorSaid::Profile(profile.clone())).await?;
    }
    let mut tx = app.db.begin().await?;
    store::set_profile(&mut tx, row.id, profile, true).await?;
    tx.commit().await?;
    Ok(())
}

/// Writes down what a visitor says as a delivery of their channel, and waits until it is committed.
async fn write(app: &App, channel: &Live, row: &VisitorRow, said: &VisitorSaid) -> Result<(), Problem> {
    let body = channel.kind.write_down(&row.external_id, said, app.now());
    let body = body.ok_or_else(|| Problem::new(Code::NotSupportedByChannel, "This channel has no pages."))?;
    ingest::take(app, channel.clone(), Bytes::from(body)).await
}
