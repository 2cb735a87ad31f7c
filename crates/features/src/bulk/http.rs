//! Endpoints of bulks.

use axum::extract::State;
use base::Time;
use kernel::{
    auth::Can,
    http::{Created, Doc, Json, ParamName, PathParam, Problem, Routes},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    service::{self, Which},
    store::{JobRow, TroubleRow},
};
use crate::{App, inbox::ListFilter};

kernel::permissions! {
    /// Take a step for many conversations at once; what each allows is asked for each.
    BulkRun = "bulk.run";
}

pub(super) fn routes() -> Routes<App> {
    Routes::new()
        .post("/api/v1/bulk", Doc::new("bulk.create", "Take a step for many conversations"), create)
        .get("/api/v1/bulk/{id}", Doc::new("bulk.get", "How far it is, and what failed"), get)
        .post("/api/v1/bulk/{id}/undo", Doc::new("bulk.undo", "Take it back where nothing else has happened since"), undo)
}

/// The `{id}` of a bulk.
enum BulkId {}

impl ParamName for BulkId {
    const NAME: &'static str = "id";
}

/// How far a bulk is.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum BulkState {
    /// Taking its steps.
    Running,
    /// All steps have been taken, or failed.
    Done,
    /// Taking them back.
    Undoing,
    /// Taken back, but for what has changed since.
    Undone,
}

impl BulkState {
    /// What the column holds, whose check lets nothing else in.
    fn of_column(text: &str) -> Self {
        match text {
            "done" => Self::Done,
            "undoing" => Self::Undoing,
            "undone" => Self::Undone,
            _ => Self::Running,
        }
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct BulkRequest {
    /// Which step.
    action: String,
    /// What the step needs: as the body of the single step.
    #[serde(default)]
    args: serde_json::Value,
    /// In these conversations. Give these or a filter.
    ids: Option<Vec<Uuid>>,
    /// In all that match, as the list shows them to you now; at most 10000.
    filter: Option<ListFilter>,
}

/// A step for many conversations.
#[derive(Serialize, JsonSchema)]
struct Bulk {
    /// Its id.
    id: Uuid,
    /// Which step.
    action: String,
    /// How far it is.
    state: BulkState,
    /// In how many conversations.
    total: i32,
    /// Where it was taken.
    done: i64,
    /// Where it was not.
    failed: i64,
    /// Where it was taken back.
    undone: i64,
    /// Where it was not, for something has happened since.
    kept: i64,
    /// When it was asked for.
    created_at: Time,
    /// When it was done, or taken back.
    finished_at: Option<Time>,
}

/// With the conversations that stayed as they are.
#[derive(Serialize, JsonSchema)]
struct BulkDetails {
    #[serde(flatten)]
    bulk: Bulk,
    /// Where the step was not taken, or not taken back; at most 200.
    failures: Vec<Failure>,
}

#[derive(Serialize, JsonSchema)]
struct Failure {
    /// Which.
    conversation_id: Uuid,
    /// Its number; `null` where you do not see it.
    number: Option<i64>,
    /// It is the taking back that failed.
    undo: bool,
    /// The error's code, as of the single step.
    code: String,
    /// In words.
    detail: String,
}

impl From<JobRow> for Bulk {
    fn from(row: JobRow) -> Self {
        Self {
            id: row.id,
            action: row.action,
            state: BulkState::of_column(&row.state),
            total: row.total,
            done: row.done,
            failed: row.failed,
            undone: row.undone,
            kept: row.kept,
            created_at: row.created_at,
            finished_at: row.finished_at,
        }
    }
}

impl From<TroubleRow> for Failure {
    fn from(row: TroubleRow) -> Self {
        let TroubleRow { conversation_id, number, undo, code, detail } = row;
        Self { conversation_id, number, undo, code, detail }
    }
}

async fn create(who: Can<BulkRun>, State(app): State<App>, Json(body): Json<BulkRequest>) -> Result<Created<Bulk>, Problem> {
    let which = match (body.ids, body.filter) {
        (Some(ids), None) => Which::These(ids),
        (None, Some(filter)) => Which::AllThatMatch(filter),
        _ => return Err(Problem::field("ids", "Give ids or a filter, and not both.")),
    };
    let mut tx = app.db.begin().await?;
    let row = service::create(&app, &mut tx, &who.actor, &body.action, &body.args, which).await?;
    tx.commit().await?;
    Ok(Created::New(row.into()))
}

async fn get(who: Can<BulkRun>, State(app): State<App>, bulk: PathParam<BulkId>) -> Result<Json<BulkDetails>, Problem> {
    let (row, troubles) = service::get(&mut *app.db.read().await?, &who.actor, bulk.id).await?;
    Ok(Json(BulkDetails { bulk: row.into(), failures: troubles.into_iter().map(Failure::from).collect() }))
}

async fn undo(who: Can<BulkRun>, State(app): State<App>, bulk: PathParam<BulkId>) -> Result<Json<Bulk>, Problem> {
    let mut tx = app.db.begin().await?;
    let row = service::undo(&app, &mut tx, &who.actor, bulk.id).await?;
    tx.commit().await?;
    Ok(Json(row.into()))
}
