//! Endpoints of saved views, and the numbers beside all lists.

use axum::extract::State;
use kernel::{
    auth::Can,
    event::log,
    http::{Created, Doc, Json, NoContent, ParamName, PathParam, Problem, Query, Routes, WithCursor},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    SavedView, Shared,
    service::{self, Changes},
};
use crate::{
    App,
    conversations::ConversationsRead,
    inbox::{self, COUNT_CAP, ListFilter, Sort},
};

kernel::permissions! {
    /// Keep views, and use those of others.
    ViewsUse = "views.use";
}

pub(super) fn routes() -> Routes<App> {
    Routes::new()
        .get("/api/v1/views", Doc::new("views.list", "Your saved views and those shared with you, by name"), list)
        .post("/api/v1/views", Doc::new("views.create", "Keep a view"), create)
        .patch("/api/v1/views/{id}", Doc::new("views.update", "Change a view"), update)
        .delete("/api/v1/views/{id}", Doc::new("views.delete", "Delete a view"), delete)
        .get("/api/v1/conversations/counts", Doc::new("views.counts", "The numbers beside the lists"), counts)
}

/// The `{id}` of a view.
enum ViewId {}

impl ParamName for ViewId {
    const NAME: &'static str = "id";
}

#[derive(Serialize, JsonSchema)]
struct Views {
    /// All there are.
    items: Vec<SavedView>,
}

async fn list(who: Can<ViewsUse>, State(app): State<App>) -> Result<WithCursor<Views>, Problem> {
    let mut conn = app.db.read().await?;
    let cursor = log::end(&mut conn).await?;
    Ok(WithCursor(cursor, Views { items: service::list(&mut conn, &who.actor).await? }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateView {
    /// How to call it.
    name: String,
    /// Who has it; its owner alone unless said.
    #[serde(default = "private")]
    shared: Shared,
    /// Whose it is, if a team's.
    team_id: Option<Uuid>,
    /// What it shows.
    filter: ListFilter,
    /// In which order; that of its list unless said.
    sort: Option<Sort>,
}

fn private() -> Shared {
    Shared::Private
}

async fn create(who: Can<ViewsUse>, State(app): State<App>, Json(body): Json<CreateView>) -> Result<Created<SavedView>, Problem> {
    let new = Changes {
        name: Some(body.name),
        shared: Some(body.shared),
        team_id: body.team_id,
        filter: Some(body.filter),
        sort: body.sort,
    };
    let mut tx = app.db.begin().await?;
    let view = service::create(&app, &mut tx, &who.actor, new).await?;
    tx.commit().await?;
    Ok(Created::New(view))
}

/// What is absent stays.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateView {
    /// How to call it.
    name: Option<String>,
    /// Who has it.
    shared: Option<Shared>,
    /// Whose it is, if a team's.
    team_id: Option<Uuid>,
    /// What it shows.
    filter: Option<ListFilter>,
    /// In which order.
    sort: Option<Sort>,
}

async fn update(
    who: Can<ViewsUse>,
    State(app): State<App>,
    view: PathParam<ViewId>,
    Json(body): Json<UpdateView>,
) -> Result<Json<SavedView>, Problem> {
    let changes = Changes { name: body.name, shared: body.shared, team_id: body.team_id, filter: body.filter, sort: body.sort };
    let mut tx = app.db.begin().await?;
    let view = service::update(&app, &mut tx, &who.actor, view.id, changes).await?;
    tx.commit().await?;
    Ok(Json(view))
}

async fn delete(who: Can<ViewsUse>, State(app): State<App>, view: PathParam<ViewId>) -> Result<NoContent, Problem> {
    let mut tx = app.db.begin().await?;
    service::delete(&app, &mut tx, &who.actor, view.id).await?;
    tx.commit().await?;
    Ok(NoContent)
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CountsQuery {
    /// Saved views too: `views`, or `views=true`.
    views: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Counts {
    /// Yours with something you have not read.
    mine_unread: i64,
    /// Yours that are open.
    mine_open: i64,
    /// Yours that are put aside.
    snoozed: i64,
    /// Where you were mentioned and have not looked.
    mentions: i64,
    /// The queues you see.
    queues: Vec<QueueCount>,
    /// Your saved views; empty unless asked for.
    saved: Vec<SavedCount>,
    /// One of the numbers about you stopped at 1000; those of queues and views say so themselves.
    more: bool,
}

#[derive(Serialize, JsonSchema)]
struct QueueCount {
    /// Whose.
    team_id: Uuid,
    /// How many wait, at most 1000.
    waiting: i64,
    /// There are more.
    more: bool,
}

#[derive(Serialize, JsonSchema)]
struct SavedCount {
    /// Which view.
    id: Uuid,
    /// How many it shows, at most 1000.
    count: i64,
    /// There are more.
    more: bool,
}

async fn counts(
    who: Can<ConversationsRead>,
    State(app): State<App>,
    Query(query): Query<CountsQuery>,
) -> Result<WithCursor<Counts>, Problem> {
    let with_views = match query.views.as_deref() {
        None | Some("false") => false,
        Some("" | "true") => true,
        Some(_) => return Err(Problem::field("views", "Use true or false.")),
    };
    let mut conn = app.db.read().await?;
    let cursor = log::end(&mut conn).await?;
    let own = inbox::counts(&mut conn, &who.actor).await?;
    let saved = if with_views { service::list(&mut conn, &who.actor).await? } else { Vec::new() };
    let capped = |n: i64| n.min(COUNT_CAP);
    Ok(WithCursor(
        cursor,
        Counts {
            mine_unread: capped(own.own_unread),
            mine_open: capped(own.own_open),
            snoozed: capped(own.own_snoozed),
            mentions: capped(own.mentions),
            queues: own
                .queues
                .into_iter()
                .map(|(team_id, waiting)| QueueCount { team_id, waiting: capped(waiting), more: waiting > COUNT_CAP })
                .collect(),
            saved: saved
                .into_iter()
                .map(|view| SavedCount { id: view.id, count: view.count.unwrap_or(0), more: view.more.unwrap_or(false) })
                .collect(),
            more: own.own_open > COUNT_CAP || own.mentions > COUNT_CAP,
        },
    ))
}
