//! Use cases of bulks: ask for one, see how far it is, take it back.

use std::collections::HashSet;

use base::Code;
use kernel::{
    auth::Actor,
    db::Tx,
    event::{Audience, NewEvent},
    http::Problem,
    job,
};
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    PROGRESS,
    jobs::{RunBulk, UndoBulk},
    step::Step,
    store::{self, JobRow, TroubleRow},
};
use crate::{
    App,
    accounts::policy,
    conversations::Scope,
    inbox::{self, ListFilter},
};

/// The most conversations of one bulk.
pub(super) const MOST: usize = 10_000;
/// The most failures that are listed.
const MOST_TROUBLES: i64 = 200;

/// Which conversations.
pub(super) enum Which {
    These(Vec<Uuid>),
    AllThatMatch(ListFilter),
}

/// Asks for a step in many conversations.
pub(super) async fn create(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    action: &str,
    args: &Value,
    which: Which,
) -> Result<JobRow, Problem> {
    let owner_id = actor.user_id().ok_or_else(Problem::forbidden)?;
    let step = Step::parse(action, args)?;
    if !policy::allows(actor, step.permission()) {
        return Err(Problem::forbidden());
    }
    let conversations = match which {
        Which::These(ids) => {
            let mut seen = HashSet::new();
            let ids: Vec<Uuid> = ids.into_iter().filter(|id| seen.insert(*id)).collect();
            if ids.is_empty() || ids.len() > MOST {
                return Err(Problem::field("ids", format!("Name 1 to {MOST} conversations.")));
            }
            ids
        }
        Which::AllThatMatch(filter) => {
            let question = filter.question(None, actor)?;
            let ids = inbox::ids(tx, actor, &question, MOST as i64 + 1).await?;
            if ids.len() > MOST {
                return Err(Problem::field("filter", format!("More than {MOST} match. Narrow it down.")));
            }
            ids
        }
    };
    let id = app.new_id();
    store::insert(tx, (id, owner_id), action, args, &conversations, app.now()).await?;
    if conversations.is_empty() {
        store::finish(tx, id, app.now()).await?;
    } else {
        job::enqueue::<App, _>(app.db.pool(), tx, RunBulk { id }).await.map_err(Problem::internal)?;
    }
    the_job(tx, id).await
}

/// A bulk of the actor's.
pub(super) async fn get(conn: &mut PgConnection, actor: &Actor, id: Uuid) -> Result<(JobRow, Vec<TroubleRow>), Problem> {
    let row = own(conn, actor, id).await?;
    let troubles = store::troubles(conn, id, &Scope::of(actor, "conversations.read"), MOST_TROUBLES).await?;
    Ok((row, troubles))
}

/// Takes a bulk of the actor's back, where nothing else has happened since.
pub(super) async fn undo(app: &App, tx: &mut Tx, actor: &Actor, id: Uuid) -> Result<JobRow, Problem> {
    let row = own(tx, actor, id).await?;
    if !store::begin_undo(tx, id).await? {
        let detail = match row.state.as_str() {
            "running" => "It is still under way. Wait until it is done.",
            _ => "It has been taken back already.",
        };
        return Err(Problem::new(Code::IllegalTransition, detail));
    }
    job::enqueue::<App, _>(app.db.pool(), tx, UndoBulk { id }).await.map_err(Problem::internal)?;
    the_job(tx, id).await
}

async fn own(conn: &mut PgConnection, actor: &Actor, id: Uuid) -> Result<JobRow, Problem> {
    let row = store::job(conn, id).await?;
    row.filter(|row| Some(row.owner_id) == actor.user_id()).ok_or_else(Problem::not_found)
}

pub(super) async fn the_job(tx: &mut Tx, id: Uuid) -> Result<JobRow, Problem> {
    store::job(tx, id).await?.ok_or_else(Problem::not_found)
}

/// Tells the owner how far it is.
pub(super) fn emit_progress(app: &App, tx: &mut Tx, row: &JobRow) {
    let audience = Audience { user_ids: vec![row.owner_id], ..Audience::default() };
    let data = json!({
        "id": row.id, "action": row.action, "state": row.state, "total": row.total, "done": row.done, "failed": row.failed,
        "undone": row.undone, "kept": row.kept,
    });
    tx.emit(NewEvent::new(app.now(), PROGRESS, audience, &data));
}
