//! Use cases of a contact's page: show it, change it.

use std::collections::HashMap;

use base::Time;
use connect::channel::Profile;
use kernel::{
    audit::Named,
    auth::{Access, Actor},
    db::Tx,
    event::NewEvent,
    http::Problem,
};
use serde_json::{Map, Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    Activity, Attribute, ContactRow, ContactView, Identity, UPDATED,
    service::visible,
    store::details::{self as store, DetailsRow},
};
use crate::{
    App, accounts,
    conversations::{self, Card, Scope, State},
};

/// Most previous conversations that a contact's page shows.
const CONVERSATIONS: i64 = 20;
const MAX_NAME: usize = 200;
const MAX_EMAIL: usize = 320;

/// What somebody changes of a contact.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub name: Option<String>,
    /// `Some(None)` takes it away.
    pub email: Option<Option<String>>,
    /// By key; `null` takes one away.
    pub attributes: Map<String, Value>,
}

/// A contact as the actor sees it.
pub(super) async fn get(conn: &mut PgConnection, actor: &Actor, id: Uuid) -> Result<ContactView, Problem> {
    let row = store::one(conn, id).await?.ok_or_else(Problem::not_found)?;
    let view = shared(conn, row).await?;
    let scope = Scope::of(actor, "conversations.read");
    let cards = conversations::of_contact(conn, id, &scope, CONVERSATIONS).await?;
    Ok(ContactView { conversations: Some(cards.iter().map(|card| card.shared().into()).collect()), ..view })
}

/// What happened to a contact's details, newest first.
pub(super) async fn activity(
    conn: &mut PgConnection,
    id: Uuid,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Activity>, sqlx::Error> {
    store::activity(conn, id, before, limit).await
}

/// The further details of a contact by their keys, for placeholders.
pub async fn attributes_of(conn: &mut PgConnection, id: Uuid) -> Result<Map<String, Value>, sqlx::Error> {
    let known = store::attributes(conn).await?;
    Ok(store::one(conn, id).await?.map(|row| by_key(&known, &row.attributes)).unwrap_or_default())
}

/// Changes what colleagues know of a contact, and tells the screens.
pub(super) async fn update(app: &App, tx: &mut Tx, who: &Access<ContactRow>, changes: Changes) -> Result<ContactView, Problem> {
    let id = who.row().id;
    let known = store::attributes(tx).await?;
    let name = changes.name.as_deref().map(name).transpose()?;
    let email = changes.email.map(|email| email.as_deref().map(self::email).transpose().map(Option::flatten)).transpose()?;
    let attributes = attributes(&known, &changes.attributes)?;

    let before = store::lock(tx, id).await?.ok_or_else(Problem::not_found)?;
    let mut happened: Vec<(&'static str, Value)> = Vec::new();
    if let Some(name) = name.as_ref().filter(|name| **name != before.name) {
        happened.push(("renamed", json!({ "from": before.name, "to": name })));
    }
    if let Some(email) = email.as_ref().filter(|email| **email != before.email) {
        happened.push(("email_changed", json!({ "from": before.email, "to": email })));
    }
    let mut kept = before.attributes.0.clone();
    for (attribute, value) in &attributes {
        let old = match value {
            Some(value) => kept.insert(attribute.id.to_string(), value.clone()),
            None => kept.shift_remove(&attribute.id.to_string()),
        };
        if old != *value {
            happened
                .push(("attribute_changed", json!({ "key": attribute.key, "name": attribute.name, "from": old, "to": value })));
        }
    }
    if happened.is_empty() {
        return get(tx, who.actor(), id).await;
    }
    let now = app.now();
    let (name, email) = (name.as_deref(), email.unwrap_or_else(|| before.email.clone()));
    store::update(tx, id, name, email.as_deref(), &Value::Object(kept), now).await?;
    let conversations = conversations::lock_of_contact(tx, id).await?;
    if name.is_some() {
        conversations::take_over_names(app, tx, &[id]).await?;
    }
    for (kind, data) in &happened {
        store::note(tx, app.new_id(), id, kind, Some(who.actor()), data, now).await?;
    }
    let cards = conversations::cards_to_tell(tx, &conversations).await?;
    tell(tx, &cards, id, now).await?;
    get(tx, who.actor(), id).await
}

/// Takes over what is told about somebody, where it is new; says whether anything was. Details that no admin set up, or that do not fit, are
/// left aside. What somebody only claims fills in what is missing. Screens are told by [`tell_changed`], once the conversations are locked.
pub async fn take_profile(app: &App, tx: &mut Tx, identity: &Identity, profile: &Profile) -> Result<bool, sqlx::Error> {
    let id = identity.contact_id;
    let renamed = super::rename(app, tx, identity, &profile.sender).await?.is_some();
    let Some(before) = store::lock(tx, id).await? else { return Ok(false) };
    let known = store::attributes(tx).await?;
    let mut happened: Vec<(&'static str, Value)> = Vec::new();
    let told = profile.email.as_ref().and_then(|e| email(e.reveal()).ok().flatten());
    let told = told.filter(|new| Some(new) != before.email.as_ref() && !(profile.claimed && before.email.is_some()));
    if let Some(new) = &told {
        happened.push(("email_changed", json!({ "from": before.email, "to": new })));
    }
    let mut kept = before.attributes.0.clone();
    for attribute in &known {
        let Some(Ok(value)) = profile.attributes.get(&attribute.key).map(|value| attribute.check(value)) else { continue };
        let key = attribute.id.to_string();
        let old = kept.get(&key).cloned();
        if old == value || (profile.claimed && old.is_some()) {
            continue;
        }
        match &value {
            Some(value) => kept.insert(key, value.clone()),
            None => kept.shift_remove(&key),
        };
        happened.push(("attribute_changed", json!({ "key": attribute.key, "name": attribute.name, "from": old, "to": value })));
    }
    if happened.is_empty() {
        return Ok(renamed);
    }
    let now = app.now();
    let email = told.or(before.email);
    store::update(tx, id, None, email.as_deref(), &Value::Object(kept), now).await?;
    for (kind, data) in &happened {
        store::note(tx, app.new_id(), id, kind, None, data, now).await?;
    }
    Ok(true)
}

/// Tells the screens that a contact changed. The caller holds the locks of its conversations.
pub async fn tell_changed(app: &App, tx: &mut Tx, id: Uuid) -> Result<(), sqlx::Error> {
    let conversations = conversations::of_contacts(tx, &[id]).await?;
    let cards = conversations::cards_to_tell(tx, &conversations).await?;
    let Some(row) = store::one(tx, id).await? else { return Ok(()) };
    emit(app.now(), tx, &cards, row).await
}

/// Tells whoever sees an open conversation with the contact, or its newest one.
pub(super) async fn tell(tx: &mut Tx, cards: &[Card], id: Uuid, now: Time) -> Result<(), sqlx::Error> {
    let row = store::one(tx, id).await?.ok_or(sqlx::Error::RowNotFound)?;
    emit(now, tx, cards, row).await
}

async fn emit(now: Time, tx: &mut Tx, cards: &[Card], row: DetailsRow) -> Result<(), sqlx::Error> {
    let data = json!({ "contact": shared(tx, row).await? });
    let newest = cards.iter().max_by_key(|card| card.last_activity_at).map(|card| card.id);
    for card in cards.iter().filter(|card| card.state != State::Closed.as_str() || Some(card.id) == newest) {
        tx.emit(NewEvent::new(now, UPDATED, conversations::audience(card), &data));
    }
    Ok(())
}

/// A contact without what differs from reader to reader.
async fn shared(conn: &mut PgConnection, row: DetailsRow) -> Result<ContactView, sqlx::Error> {
    let known = store::attributes(conn).await?;
    let by = match row.blocked_by {
        Some(id) => accounts::names(conn, &[id]).await?.remove(&id).map(|name| Named { id, name }),
        None => None,
    };
    let came = conversations::came(conn, &[row.id]).await?.pop().map_or(0, |(_, came)| came);
    Ok(ContactView {
        id: row.id,
        attributes: by_key(&known, &row.attributes),
        name: row.name,
        phone: row.phone,
        username: row.username,
        email: row.email,
        blocked: row.blocked_at.is_some(),
        blocked_at: row.blocked_at,
        blocked_until: row.blocked_until,
        blocked_by: by,
        block_reason: row.block_reason,
        came,
        identities: store::identities(conn, row.id).await?,
        conversations: None,
        created_at: row.created_at,
    })
}

/// What is kept by id, by key. What belongs to a deleted detail is not shown.
fn by_key(known: &[Attribute], kept: &Map<String, Value>) -> Map<String, Value> {
    known.iter().filter_map(|a| Some((a.key.clone(), kept.get(&a.id.to_string())?.clone()))).collect()
}

fn attributes<'a>(known: &'a [Attribute], given: &Map<String, Value>) -> Result<Vec<(&'a Attribute, Option<Value>)>, Problem> {
    let known: HashMap<&str, &Attribute> = known.iter().map(|a| (a.key.as_str(), a)).collect();
    let (mut checked, mut wrong) = (Vec::new(), Vec::new());
    for (key, value) in given {
        // What nobody knows is told in the reader's words, cut short: it may be anything.
        let field = format!("attributes.{}", key.chars().take(40).collect::<String>());
        match known.get(key.as_str()).map(|attribute| (attribute, attribute.check(value))) {
            Some((attribute, Ok(value))) => checked.push((*attribute, value)),
            Some((_, Err(message))) => wrong.push((field, message)),
            None => wrong.push((field, "There is no such detail. An admin can add it.".to_owned())),
        }
    }
    let mut wrong = wrong.into_iter();
    match wrong.next() {
        None => Ok(checked),
        Some((field, message)) => {
            Err(wrong.fold(Problem::field(field, message), |problem, (field, message)| problem.with_field(field, message)))
        }
    }
}

fn name(given: &str) -> Result<String, Problem> {
    let name = visible(given).ok_or_else(|| Problem::field("name", "Write a name."))?;
    if name.chars().count() > MAX_NAME {
        return Err(Problem::field("name", format!("Use at most {MAX_NAME} characters.")));
    }
    Ok(name)
}

/// An e-mail address as far as one can tell by looking; empty takes it away.
fn email(given: &str) -> Result<Option<String>, Problem> {
    let email = given.trim();
    if email.is_empty() {
        return Ok(None);
    }
    let plausible =
        email.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.') && !host.contains('@'));
    let clean =
        visible(email).as_deref() == Some(email) && !email.chars().any(|c| c.is_whitespace() || "<>()[],;:\\\"".contains(c));
    if !plausible || !clean || email.chars().count() > MAX_EMAIL || email.ends_with('.') {
        return Err(Problem::field("email", "Use an address such as name@example.com."));
    }
    Ok(Some(email.to_owned()))
}
