//! Endpoints of contacts.

use axum::extract::State;
use kernel::{
    auth::{Can, On},
    event::log,
    http::{Created, Doc, Json, NoContent, Page, PageQuery, PathParam, Problem, Query, Routes, WithCursor},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    Activity, Attribute, AttributeKind, BlockedContact, ContactRow, ContactView,
    attributes::{self, NewAttribute},
    block, details,
};
use crate::App;

kernel::permissions! {
    /// See a contact.
    ContactsRead = "contacts.read";
    /// Change what is known of a contact.
    ContactsUpdate = "contacts.update";
    /// Block a contact, or let them in again.
    ContactsBlock = "contacts.block";
    /// Say which further details are kept of contacts.
    ContactsDefine = "contacts.define";
}

pub(super) fn routes() -> Routes<App> {
    Routes::new()
        .get("/api/v1/contacts", Doc::new("contacts.list", "Those who are blocked, blocked last first"), list)
        .get("/api/v1/contacts/{id}", Doc::new("contacts.get", "One contact"), get)
        .patch("/api/v1/contacts/{id}", Doc::new("contacts.update", "Change what is known of a contact"), update)
        .get("/api/v1/contacts/{id}/activity", Doc::new("contacts.activity", "What happened to a contact's details"), activity)
        .post("/api/v1/contacts/{id}/block", Doc::new("contacts.block", "Block a contact"), block_contact)
        .post("/api/v1/contacts/{id}/unblock", Doc::new("contacts.unblock", "Let a blocked contact in again"), unblock)
        .get(
            "/api/v1/contact-attributes",
            Doc::new("contact_attributes.list", "The further details that are kept of contacts"),
            list_attributes,
        )
        .post("/api/v1/contact-attributes", Doc::new("contact_attributes.create", "Keep a further detail"), create_attribute)
        .patch(
            "/api/v1/contact-attributes/{attribute_id}",
            Doc::new("contact_attributes.update", "Change a further detail"),
            update_attribute,
        )
        .delete(
            "/api/v1/contact-attributes/{attribute_id}",
            Doc::new("contact_attributes.delete", "Delete a further detail and its values"),
            delete_attribute,
        )
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ContactQuery {
    /// `true`: this list is of those who are blocked.
    blocked: bool,
    /// Rows per page, 1 to 200; 50 unless said.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

async fn list(
    who: Can<ContactsBlock>,
    State(app): State<App>,
    Query(query): Query<ContactQuery>,
) -> Result<Json<Page<BlockedContact>>, Problem> {
    if !query.blocked {
        return Err(Problem::field("blocked", "Only those who are blocked are listed: use blocked=true."));
    }
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, before) = (page.limit()?, page.after()?);
    let rows = block::list(&mut *app.db.read().await?, &who.actor, before, limit + 1).await?;
    Ok(Json(Page::from_rows(rows, limit, |contact| (contact.blocked_at, contact.id))))
}

async fn get(who: On<ContactRow, ContactsRead>, State(app): State<App>) -> Result<WithCursor<ContactView>, Problem> {
    let mut conn = app.db.read().await?;
    let cursor = log::end(&mut conn).await?;
    Ok(WithCursor(cursor, details::get(&mut conn, who.access.actor(), who.access.row().id).await?))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateContact {
    /// How the customer is called. From then on what they call themselves does not replace it.
    name: Option<String>,
    /// `null` takes it away.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<String>")]
    email: Option<Option<String>>,
    /// Further details by their keys; `null` takes one away, what is not named stays.
    #[serde(default)]
    #[schemars(with = "std::collections::BTreeMap<String, Value>")]
    attributes: Map<String, Value>,
}

/// Tells `null` (take it away) from absent (leave it).
fn present<'de, D: serde::Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

async fn update(
    who: On<ContactRow, ContactsUpdate>,
    State(app): State<App>,
    Json(body): Json<UpdateContact>,
) -> Result<Json<ContactView>, Problem> {
    let mut tx = app.db.begin().await?;
    let changes = details::Changes { name: body.name, email: body.email, attributes: body.attributes };
    let contact = details::update(&app, &mut tx, &who.access, changes).await?;
    tx.commit().await?;
    Ok(Json(contact))
}

async fn activity(
    who: On<ContactRow, ContactsRead>,
    State(app): State<App>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Activity>>, Problem> {
    let (limit, before) = (page.limit()?, page.after()?);
    let mut conn = app.db.read().await?;
    let rows = details::activity(&mut conn, who.access.row().id, before, limit + 1).await?;
    Ok(Json(Page::from_rows(rows, limit, |entry| entry.id)))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct BlockRequest {
    /// Why, for colleagues.
    reason: Option<String>,
}

async fn block_contact(
    who: On<ContactRow, ContactsBlock>,
    State(app): State<App>,
    Json(body): Json<BlockRequest>,
) -> Result<Json<ContactView>, Problem> {
    set_blocked(&app, &who, true, body.reason).await
}

async fn unblock(who: On<ContactRow, ContactsBlock>, State(app): State<App>) -> Result<Json<ContactView>, Problem> {
    set_blocked(&app, &who, false, None).await
}

async fn set_blocked(
    app: &App,
    who: &On<ContactRow, ContactsBlock>,
    blocked: bool,
    reason: Option<String>,
) -> Result<Json<ContactView>, Problem> {
    let mut tx = app.db.begin().await?;
    let contact = block::by_hand(app, &mut tx, &who.access, blocked, reason).await?;
    tx.commit().await?;
    Ok(Json(contact))
}

/// The further details that are kept.
#[derive(Serialize, JsonSchema)]
struct Attributes {
    items: Vec<Attribute>,
}

async fn list_attributes(_: Can<ContactsRead>, State(app): State<App>) -> Result<Json<Attributes>, Problem> {
    let mut conn = app.db.read().await?;
    Ok(Json(Attributes { items: attributes::list(&mut conn).await? }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateAttribute {
    /// What programs and placeholders call it: `[a-z][a-z0-9_]*`.
    key: String,
    /// What people call it.
    name: String,
    /// What it takes; it stays so.
    kind: AttributeKind,
    /// What there is to choose from, for `choice`.
    #[serde(default)]
    choices: Vec<String>,
}

async fn create_attribute(
    who: Can<ContactsDefine>,
    State(app): State<App>,
    Json(body): Json<CreateAttribute>,
) -> Result<Created<Attribute>, Problem> {
    let mut tx = app.db.begin().await?;
    let new = NewAttribute { key: body.key, name: body.name, kind: body.kind, choices: body.choices };
    let attribute = attributes::create(&app, &mut tx, &who.actor, new).await?;
    tx.commit().await?;
    Ok(Created::New(attribute))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateAttribute {
    key: Option<String>,
    name: Option<String>,
    /// All there is to choose from. What contacts have already stays.
    choices: Option<Vec<String>>,
}

/// The detail in the path.
struct AttributeId;

impl kernel::http::ParamName for AttributeId {
    const NAME: &'static str = "attribute_id";
}

async fn update_attribute(
    who: Can<ContactsDefine>,
    attribute: PathParam<AttributeId>,
    State(app): State<App>,
    Json(body): Json<UpdateAttribute>,
) -> Result<Json<Attribute>, Problem> {
    let mut tx = app.db.begin().await?;
    let changes = attributes::Changes { key: body.key, name: body.name, choices: body.choices };
    let attribute = attributes::update(&app, &mut tx, &who.actor, attribute.id, changes).await?;
    tx.commit().await?;
    Ok(Json(attribute))
}

async fn delete_attribute(
    who: Can<ContactsDefine>,
    attribute: PathParam<AttributeId>,
    State(app): State<App>,
) -> Result<NoContent, Problem> {
    let mut tx = app.db.begin().await?;
    attributes::delete(&app, &mut tx, &who.actor, attribute.id).await?;
    tx.commit().await?;
    Ok(NoContent)
}
