//! Endpoints of close reasons.

use axum::extract::State;
use kernel::{
    auth::{Actor, Can, On, Row},
    http::{Created, Doc, Json, Problem, Routes},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{CloseReason, service};
use crate::{App, accounts::policy};

kernel::permissions! {
    /// See why conversations can be closed.
    CloseReasonsRead = "close_reasons.read";
    /// Keep the list of reasons.
    CloseReasonsManage = "close_reasons.manage";
}

pub(super) fn routes() -> Routes<App> {
    Routes::new()
        .get("/api/v1/close-reasons", Doc::new("close_reasons.list", "Reasons to close a conversation, in their order"), list)
        .post("/api/v1/close-reasons", Doc::new("close_reasons.create", "Add a reason"), create)
        .patch(
            "/api/v1/close-reasons/{id}",
            Doc::new("close_reasons.update", "Rename, move or switch a reason off or on"),
            update,
        )
}

#[derive(Serialize, JsonSchema)]
struct CloseReasons {
    /// All there are; offer the active ones.
    items: Vec<CloseReason>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateReason {
    /// How people call it.
    name: String,
    /// Its place in the list; the end unless said.
    position: Option<i32>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateReason {
    /// How people call it.
    name: Option<String>,
    /// Whether it can be picked.
    active: Option<bool>,
    /// Its place in the list.
    position: Option<i32>,
}

/// A reason by its id: enough for the guard, since the right to the list reaches all or none.
struct ReasonId(Uuid);

impl Row<App> for ReasonId {
    async fn load(app: &App, actor: &Actor, id: Uuid, permission: &'static str) -> Result<Option<Self>, Problem> {
        if !policy::allows(actor, permission) {
            return Err(Problem::forbidden());
        }
        Ok(service::exists(app, id).await?.then_some(Self(id)))
    }

    fn permits(&self, _: &App, _: &Actor, _: &'static str) -> bool {
        true
    }
}

async fn list(_: Can<CloseReasonsRead>, State(app): State<App>) -> Result<Json<CloseReasons>, Problem> {
    Ok(Json(CloseReasons { items: service::all(&app).await? }))
}

async fn create(
    who: Can<CloseReasonsManage>,
    State(app): State<App>,
    Json(body): Json<CreateReason>,
) -> Result<Created<CloseReason>, Problem> {
    let mut tx = app.db.begin().await?;
    let reason = service::create(&app, &mut tx, &who.actor, &body.name, body.position).await?;
    tx.commit().await?;
    Ok(Created::New(reason))
}

async fn update(
    who: On<ReasonId, CloseReasonsManage>,
    State(app): State<App>,
    Json(body): Json<UpdateReason>,
) -> Result<Json<CloseReason>, Problem> {
    let mut tx = app.db.begin().await?;
    let changes = service::Changes { name: body.name, active: body.active, position: body.position };
    let reason = service::update(&app, &mut tx, who.access.actor(), who.access.row().0, changes).await?;
    tx.commit().await?;
    Ok(Json(reason))
}
