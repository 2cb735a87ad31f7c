//! Endpoints of queues.

use axum::extract::State;
use base::Code;
use kernel::{
    auth::{Can, On, Permission},
    event::log,
    http::{Doc, Json, ParamName, PathParam, Problem, Routes, WithCursor},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AssigneeView, QueueDetail, QueueView, assignees, service};
use crate::{
    App,
    assignment::{self, ConversationsTake},
    conversations::{ConversationRow, ConversationView, ConversationsRead},
};

kernel::permissions! {
    /// See what waits in a team's queue.
    QueuesRead = "queues.read";
    /// Set what a team promises about its queue.
    QueuesManage = "queues.manage";
}

pub(super) fn routes() -> Routes<App> {
    Routes::new()
        .get("/api/v1/queues", Doc::new("queues.list", "Your teams' queues, by name"), list)
        .get("/api/v1/queues/{team_id}", Doc::new("queues.get", "A team's queue, and who is there for it"), get)
        .patch("/api/v1/queues/{team_id}", Doc::new("queues.update", "Set how long a customer should wait at most"), update)
        .post(
            "/api/v1/queues/{team_id}/take-next",
            Doc::new("queues.take_next", "Take the most urgent, of those the longest waiting"),
            take_next,
        )
        .get(
            "/api/v1/conversations/{id}/assignees",
            Doc::new("queues.assignees", "Whom it could be given to, the least loaded first"),
            assignees_of,
        )
}

/// The team in the path.
struct TeamId;

impl ParamName for TeamId {
    const NAME: &'static str = "team_id";
}

#[derive(Serialize, JsonSchema)]
struct Queues {
    /// All of yours.
    items: Vec<QueueView>,
}

async fn list(who: Can<QueuesRead>, State(app): State<App>) -> Result<WithCursor<Queues>, Problem> {
    let mut conn = app.db.read().await?;
    let cursor = log::end(&mut conn).await?;
    Ok(WithCursor(cursor, Queues { items: service::all(&app, &mut conn, &who.actor).await? }))
}

async fn get(who: Can<QueuesRead>, team: PathParam<TeamId>, State(app): State<App>) -> Result<WithCursor<QueueDetail>, Problem> {
    let mut conn = app.db.read().await?;
    let cursor = log::end(&mut conn).await?;
    Ok(WithCursor(cursor, service::one(&app, &mut conn, &who.actor, team.id).await?))
}

/// What is `null` is said; what is left out is not.
fn named<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<i32>, D::Error> {
    Option::deserialize(deserializer)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateQueue {
    /// How long a customer should wait at most, up to a week; `null`: no target.
    #[serde(deserialize_with = "named")]
    target_seconds: Option<i32>,
}

async fn update(
    who: Can<QueuesManage>,
    team: PathParam<TeamId>,
    State(app): State<App>,
    Json(body): Json<UpdateQueue>,
) -> Result<Json<QueueDetail>, Problem> {
    service::reached(&who.actor, QueuesManage::NAME, team.id)?;
    let mut tx = app.db.begin().await?;
    service::set_target(&app, &mut tx, &who.actor, team.id, body.target_seconds).await?;
    let queue = service::one(&app, &mut tx, &who.actor, team.id).await?;
    tx.commit().await?;
    Ok(Json(queue))
}

async fn take_next(
    who: Can<ConversationsTake>,
    team: PathParam<TeamId>,
    State(app): State<App>,
) -> Result<Json<ConversationView>, Problem> {
    service::reached(&who.actor, ConversationsTake::NAME, team.id)?;
    let card = assignment::take_next(&app, &who.actor, team.id).await?;
    let card = card.ok_or_else(|| Problem::new(Code::QueueEmpty, "Nothing waits in this queue. Well done."))?;
    Ok(Json(card.personal()))
}

#[derive(Serialize, JsonSchema)]
struct Assignees {
    /// Who can be given it, then who cannot.
    items: Vec<AssigneeView>,
}

async fn assignees_of(who: On<ConversationRow, ConversationsRead>, State(app): State<App>) -> Result<Json<Assignees>, Problem> {
    let mut conn = app.db.read().await?;
    Ok(Json(Assignees { items: assignees::of(&app, &mut conn, &who.access).await? }))
}
