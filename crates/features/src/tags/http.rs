//! Endpoints of tags.

use axum::extract::State;
use kernel::{
    auth::{Can, On},
    http::{Created, Doc, Json, NoContent, PathParam, Problem, Query, Routes},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Tag,
    service::{self, Changes, NewTag},
};
use crate::{
    App,
    conversations::{ConversationRow, ConversationView},
};

kernel::permissions! {
    /// See which tags there are.
    TagsRead = "tags.read";
    /// Keep the tags.
    TagsManage = "tags.manage";
    /// Put tags on a conversation.
    ConversationsTag = "conversations.tag";
}

pub(super) fn routes() -> Routes<App> {
    Routes::new()
        .get("/api/v1/tags", Doc::new("tags.list", "The tags you may use, by name"), list)
        .post("/api/v1/tags", Doc::new("tags.create", "Add a tag"), create)
        .patch("/api/v1/tags/{tag_id}", Doc::new("tags.update", "Rename or recolour a tag"), update)
        .delete(
            "/api/v1/tags/{tag_id}",
            Doc::new("tags.delete", "Delete a tag, also from the conversations that have it"),
            delete,
        )
        .post("/api/v1/tags/{tag_id}/merge", Doc::new("tags.merge", "Merge a tag into another"), merge)
        .put("/api/v1/conversations/{id}/tags/{tag_id}", Doc::new("tags.attach", "Put a tag on a conversation"), attach)
        .delete("/api/v1/conversations/{id}/tags/{tag_id}", Doc::new("tags.detach", "Take a tag off a conversation"), detach)
}

/// The tag in the path.
struct TagId;

impl kernel::http::ParamName for TagId {
    const NAME: &'static str = "tag_id";
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// Those for all and this team's; all your teams' unless said.
    team_id: Option<Uuid>,
    /// Words in the name.
    q: Option<String>,
}

/// The tags there are.
#[derive(Serialize, JsonSchema)]
struct Tags {
    items: Vec<Tag>,
}

async fn list(who: Can<TagsRead>, State(app): State<App>, Query(query): Query<ListQuery>) -> Result<Json<Tags>, Problem> {
    let q = query.q.map(|q| q.replace('\0', "").trim().to_owned()).filter(|q| !q.is_empty());
    let mut conn = app.db.read().await?;
    Ok(Json(Tags { items: service::list(&mut conn, &who.actor, query.team_id, q.as_deref()).await? }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateTag {
    /// Its name.
    name: String,
    /// Its colour: blue, green, amber, red, violet, teal, orange, pink or gray.
    color: String,
    /// The team whose conversations it is for; for all unless said.
    team_id: Option<Uuid>,
}

async fn create(who: Can<TagsManage>, State(app): State<App>, Json(body): Json<CreateTag>) -> Result<Created<Tag>, Problem> {
    let mut tx = app.db.begin().await?;
    let new = NewTag { name: body.name, color: body.color, team_id: body.team_id };
    let tag = service::create(&app, &mut tx, &who.actor, new).await?;
    tx.commit().await?;
    Ok(Created::New(tag))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateTag {
    name: Option<String>,
    color: Option<String>,
}

async fn update(
    who: Can<TagsManage>,
    tag: PathParam<TagId>,
    State(app): State<App>,
    Json(body): Json<UpdateTag>,
) -> Result<Json<Tag>, Problem> {
    let mut tx = app.db.begin().await?;
    let changes = Changes { name: body.name, color: body.color };
    let tag = service::update(&app, &mut tx, &who.actor, tag.id, changes).await?;
    tx.commit().await?;
    Ok(Json(tag))
}

async fn delete(who: Can<TagsManage>, tag: PathParam<TagId>, State(app): State<App>) -> Result<NoContent, Problem> {
    let mut tx = app.db.begin().await?;
    service::delete(&app, &mut tx, &who.actor, tag.id).await?;
    tx.commit().await?;
    Ok(NoContent)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct MergeTag {
    /// The tag that stands in its place from then on.
    into: Uuid,
}

async fn merge(
    who: Can<TagsManage>,
    tag: PathParam<TagId>,
    State(app): State<App>,
    Json(body): Json<MergeTag>,
) -> Result<Json<Tag>, Problem> {
    let mut tx = app.db.begin().await?;
    let into = service::merge(&app, &mut tx, &who.actor, tag.id, body.into).await?;
    tx.commit().await?;
    Ok(Json(into))
}

async fn attach(
    who: On<ConversationRow, ConversationsTag>,
    tag: PathParam<TagId>,
    State(app): State<App>,
) -> Result<Json<ConversationView>, Problem> {
    let mut tx = app.db.begin().await?;
    let (actor, id) = (who.access.actor(), who.access.row().0.id);
    service::attach(&app, &mut tx, actor, id, tag.id).await?;
    let card = service::shown(&mut tx, actor, id).await?;
    tx.commit().await?;
    Ok(Json(card.personal()))
}

async fn detach(
    who: On<ConversationRow, ConversationsTag>,
    tag: PathParam<TagId>,
    State(app): State<App>,
) -> Result<Json<ConversationView>, Problem> {
    let mut tx = app.db.begin().await?;
    let (actor, id) = (who.access.actor(), who.access.row().0.id);
    service::detach(&app, &mut tx, actor, id, tag.id).await?;
    let card = service::shown(&mut tx, actor, id).await?;
    tx.commit().await?;
    Ok(Json(card.personal()))
}
