//! Going through a bulk, item by item.

use anyhow::{Context as _, bail};
use base::{Code, Time};
use chrono::TimeDelta;
use kernel::{db::Tx, http::Problem};
use serde_json::Value;
use uuid::Uuid;

use super::{
    service::{emit_progress, the_job},
    step::Step,
    store,
};
use crate::{
    App, accounts,
    conversations::{self, Card, Scope},
};

/// How often the owner is told, at most.
const TELL_EVERY: TimeDelta = TimeDelta::milliseconds(250);

/// How a walk through the items ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// All items have their outcome.
    Reached,
    /// The node drains: somebody else goes on.
    Interrupted,
}

/// Which way the walk goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Taking the steps.
    Forth,
    /// Taking them back.
    Back,
}

/// Goes on with a bulk where it stands.
pub(super) async fn walk(app: &App, id: Uuid, way: Way) -> anyhow::Result<End> {
    let Some(row) = store::job(&mut *app.db.read().await?, id).await? else { return Ok(End::Reached) };
    let step = Step::parse(&row.action, &row.args).context("a bulk holds a step that is none")?;
    let mut told: Option<Time> = None;
    loop {
        if app.draining.is_cancelled() {
            return Ok(End::Interrupted);
        }
        let mut tx = app.db.begin().await?;
        let more = match way {
            Way::Forth => forth(app, &mut tx, id, row.owner_id, &step).await?,
            Way::Back => back(app, &mut tx, id, row.owner_id, &step).await?,
        };
        if !more {
            break;
        }
        let now = app.now();
        if told.is_none_or(|told| now - told >= TELL_EVERY) {
            told = Some(now);
            let row = the_job(&mut tx, id).await?;
            emit_progress(app, &mut tx, &row);
        }
        tx.commit().await?;
    }
    finish(app, id, way).await
}

async fn finish(app: &App, id: Uuid, way: Way) -> anyhow::Result<End> {
    let mut tx = app.db.begin().await?;
    let news = match way {
        Way::Forth => store::finish(&mut tx, id, app.now()).await?,
        Way::Back => store::finish_undo(&mut tx, id, app.now()).await?,
    };
    let row = the_job(&mut tx, id).await?;
    if news {
        emit_progress(app, &mut tx, &row);
    } else if matches!((way, row.state.as_str()), (Way::Forth, "running") | (Way::Back, "undoing")) {
        bail!("another node holds the last items; look again later");
    }
    tx.commit().await?;
    Ok(End::Reached)
}

/// Takes the next step. `false`: there is none.
async fn forth(app: &App, tx: &mut Tx, id: Uuid, owner_id: Uuid, step: &Step) -> anyhow::Result<bool> {
    let Some(conversation_id) = store::claim(tx, id).await? else { return Ok(false) };
    let before = tx.savepoint().await?;
    match take(app, tx, owner_id, conversation_id, step).await {
        Ok((was, became)) => {
            tx.keep(before).await?;
            store::done(tx, id, conversation_id, &was, &became).await?;
        }
        Err(problem) => {
            tx.undo(before).await?;
            let problem = lasting(problem)?;
            store::failed(tx, id, conversation_id, problem.code().as_str(), problem.detail()).await?;
        }
    }
    Ok(true)
}

async fn take(app: &App, tx: &mut Tx, owner_id: Uuid, conversation_id: Uuid, step: &Step) -> Result<(Value, Value), Problem> {
    let (actor, card) = locked(app, tx, owner_id, conversation_id).await?;
    let was = step.look(tx, owner_id, &card).await?;
    step.take(app, tx, &actor, owner_id, &card).await?;
    let card = conversations::cards(tx, &[conversation_id]).await?.pop().ok_or_else(Problem::not_found)?;
    let became = step.look(tx, owner_id, &card).await?;
    Ok((was, became))
}

/// Takes the next step back. `false`: there is none.
async fn back(app: &App, tx: &mut Tx, id: Uuid, owner_id: Uuid, step: &Step) -> anyhow::Result<bool> {
    let Some(changed) = store::claim_undo(tx, id).await? else { return Ok(false) };
    let conversation_id = changed.conversation_id;
    let before = tx.savepoint().await?;
    match revert(app, tx, owner_id, &changed, step).await {
        Ok(()) => {
            tx.keep(before).await?;
            store::undone(tx, id, conversation_id).await?;
        }
        Err(problem) => {
            tx.undo(before).await?;
            let problem = lasting(problem)?;
            store::kept(tx, id, conversation_id, problem.code().as_str(), problem.detail()).await?;
        }
    }
    Ok(true)
}

async fn revert(app: &App, tx: &mut Tx, owner_id: Uuid, changed: &store::Changed, step: &Step) -> Result<(), Problem> {
    let (Some(was), Some(became)) = (&changed.was, &changed.became) else { return Ok(()) };
    if was == became {
        return Ok(());
    }
    let (actor, card) = locked(app, tx, owner_id, changed.conversation_id).await?;
    if step.look(tx, owner_id, &card).await? != *became {
        return Err(Problem::new(Code::IllegalTransition, "It has changed since, and stays as it is now."));
    }
    step.revert(app, tx, &actor, owner_id, &card, was).await
}

/// Locks a conversation, and looks at it with the owner's eyes as they are once nobody else can change it: waiting for it may take a while.
async fn locked(app: &App, tx: &mut Tx, owner_id: Uuid, id: Uuid) -> Result<(kernel::auth::Actor, Card), Problem> {
    conversations::lock(tx, id).await?.ok_or_else(Problem::not_found)?;
    let actor = accounts::absent(app, tx, owner_id).await?;
    let card = conversations::card(tx, id, &Scope::of(&actor, "conversations.read")).await?.ok_or_else(Problem::not_found)?;
    Ok((actor, card))
}

/// What passes by itself is no outcome of an item: the whole walk is tried again later, and goes on here.
fn lasting(problem: Problem) -> anyhow::Result<Problem> {
    match problem.code() {
        Code::Unavailable | Code::Timeout => Err(problem.into()),
        _ => Ok(problem),
    }
}
