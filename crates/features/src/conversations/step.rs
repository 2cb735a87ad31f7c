//! Steps: a conversation moves from one state to another, from one to another who has it. Each is made under the row lock and leaves its
//! row, its line in the timeline, the record of who has it and why, and the events, all in the caller's transaction.

use base::{Code, Time};
use kernel::{
    auth::Actor,
    db::{Tx, constraint},
    event::{Audience, NewEvent},
    http::Problem,
};
use serde_json::json;
use uuid::Uuid;

use super::{
    Assignee, Card, CloseReasonRef, Happening, Locked, Note, Priority, Rule, State, TAKEN, emit_updated, note_in_timeline,
    store::{
        self,
        steps::{self, Beside},
        timeline::{self as lines, AssignmentRow},
    },
    timeline::note_all,
    transition::{self, Move, Position, Refusal},
};
use crate::{
    App,
    accounts::{self, Colleague},
    teams::Team,
};

/// A step, with what is told about it.
#[derive(Debug, Clone)]
pub enum Step {
    /// To somebody.
    Give {
        /// To whom.
        to: Assignee,
        /// How it came.
        rule: Rule,
    },
    /// Back to its team's queue.
    Queue,
    /// To another team, or to somebody of a team.
    Transfer {
        /// To which.
        team: Team,
        /// To whom there.
        to: Option<Assignee>,
    },
    /// From one to another, or to the queue, without waking it.
    HandOver {
        /// To whom.
        to: Option<Assignee>,
    },
    /// Done.
    Close {
        /// Why.
        reason: CloseReasonRef,
    },
    /// Not done after all.
    Reopen {
        /// The customer wrote; else a colleague wants it.
        by_customer: bool,
    },
    /// Aside.
    Snooze {
        /// Until when, or until the customer writes.
        until: Option<Time>,
    },
    /// Back to work.
    Wake(Waker),
}

/// What wakes a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waker {
    /// Its time came.
    Time,
    /// The customer wrote.
    Customer,
    /// A colleague wants it back.
    User,
}

/// Why a step was not made.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// The state does not allow it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The customer has another open conversation on this channel.
    #[error("the customer has another open conversation")]
    AnotherOpen,
    /// The database.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<StepError> for Problem {
    fn from(error: StepError) -> Self {
        match error {
            StepError::Refused(refusal) => Problem::new(Code::IllegalTransition, refusal.0),
            StepError::AnotherOpen => Problem::new(
                Code::IllegalTransition,
                "The customer has a newer conversation that is open. Go on there, or close it first.",
            ),
            StepError::Database(error) => error.into(),
        }
    }
}

/// Makes a step with a locked conversation. The same step again is no step: nothing is written and nobody is told.
pub async fn make(app: &App, tx: &mut Tx, actor: &Actor, before: &Locked, step: Step) -> Result<(), StepError> {
    let now = app.now();
    let at = Position::of(before);
    let heir = match &step {
        Step::Reopen { .. } => previous(tx, before).await?,
        _ => None,
    };
    let to = transition::next(&at, as_move(&step, heir.as_ref(), now))?;
    if to == at {
        return Ok(());
    }
    let reopens = matches!(step, Step::Reopen { .. });
    if reopens && steps::open_number(tx, before.channel_id, before.contact_id).await?.is_some() {
        return Err(StepError::AnotherOpen);
    }
    let from_team = match &step {
        Step::Transfer { .. } => store::cards(tx, &[before.id]).await?.pop().and_then(|card| card.shared().team),
        _ => None,
    };
    let reason = match &step {
        Step::Close { reason } => Some(reason),
        _ => None,
    };
    let participants: Vec<Uuid> = [at.assignee_id, to.assignee_id].into_iter().flatten().collect();
    let beside = Beside {
        close_reason_id: reason.map(|r| r.id),
        close_reason_name: reason.map(|r| r.name.as_str()),
        waiting_since: match &step {
            // Nobody waits for an answer in a closed conversation; whoever reopens it by hand finds the clock as it was.
            Step::Close { .. } => None,
            Step::Reopen { by_customer: false } => waiting_at_close(tx, before.id).await?,
            Step::Reopen { by_customer: true } => None,
            _ => before.waiting_since,
        },
        participants: &participants,
    };
    steps::set_position(tx, before.id, &to, &beside).await.map_err(|error| match constraint(&error) {
        Some("conversation_open_key") => StepError::AnotherOpen,
        _ => StepError::Database(error),
    })?;
    let Some(card) = store::cards(tx, &[before.id]).await?.pop() else { return Err(sqlx::Error::RowNotFound.into()) };
    if let Some(rule) = rule(&step, &at, &to) {
        record(app, tx, actor, &at, &card, rule, reopens).await?;
    }
    tell_queue(app, tx, actor, &at, &card);
    emit_updated(app, tx, &card);
    let from = former(tx, &at, &to).await?;
    let (kind, data) = line(&step, before, &card, from.as_ref(), from_team.as_ref());
    note_in_timeline(app, tx, Note { card: &card, actor, kind, data }).await?;
    Ok(())
}

/// Makes a locked conversation more or less urgent.
pub async fn prioritise(app: &App, tx: &mut Tx, actor: &Actor, before: &Locked, to: Priority) -> Result<(), StepError> {
    if before.state == State::Closed.as_str() {
        return Err(Refusal("This conversation is closed. Reopen it first.").into());
    }
    if before.priority == to.as_str() {
        return Ok(());
    }
    steps::set_priority(tx, before.id, to.as_str()).await?;
    let Some(card) = store::cards(tx, &[before.id]).await?.pop() else { return Err(sqlx::Error::RowNotFound.into()) };
    emit_updated(app, tx, &card);
    let data = json!({ "from": before.priority, "to": to });
    note_in_timeline(app, tx, Note { card: &card, actor, kind: Happening::PriorityChanged, data }).await?;
    Ok(())
}

/// Wakes snoozed conversations whose time has come, at most so many; how many it were. Many end at the same full hour, so all of them go in
/// the same few statements.
pub async fn wake_due(app: &App, tx: &mut Tx, limit: i64) -> Result<usize, StepError> {
    let due = steps::lock_due(tx, app.now(), limit).await?;
    if due.is_empty() {
        return Ok(0);
    }
    let mut rows = Vec::with_capacity(due.len());
    for locked in &due {
        rows.push((locked.id, transition::next(&Position::of(locked), Move::Wake)?.state));
    }
    steps::wake(tx, &rows).await?;
    let ids: Vec<Uuid> = due.iter().map(|locked| locked.id).collect();
    let cards = store::cards(tx, &ids).await?;
    let actor = Actor::system("snooze");
    let mut notes = Vec::with_capacity(due.len());
    for card in &cards {
        emit_updated(app, tx, card);
        let Some(before) = due.iter().find(|locked| locked.id == card.id) else { continue };
        let (kind, data) = line(&Step::Wake(Waker::Time), before, card, None, None);
        notes.push(Note { card, actor: &actor, kind, data });
    }
    note_all(app, tx, notes).await?;
    Ok(due.len())
}

fn as_move(step: &Step, heir: Option<&Assignee>, now: Time) -> Move {
    let id = |to: &Option<Assignee>| to.as_ref().map(|to| to.id);
    match step {
        Step::Give { to, .. } => Move::Give(to.id),
        Step::Queue => Move::Queue,
        Step::Transfer { team, to } => Move::Transfer(team.id, id(to)),
        Step::HandOver { to } => Move::HandOver(id(to)),
        Step::Close { .. } => Move::Close(now),
        Step::Reopen { .. } => Move::Reopen(heir.map(|heir| heir.id)),
        Step::Snooze { until } => Move::Snooze(*until),
        Step::Wake(_) => Move::Wake,
    }
}

/// Who had a closed conversation and may have it again.
async fn previous(tx: &mut Tx, before: &Locked) -> Result<Option<Assignee>, sqlx::Error> {
    let Some(id) = before.assignee_id else { return Ok(None) };
    let known = accounts::colleague(tx, id, before.team_id).await?;
    Ok(known.filter(|c| c.unfit(before.team_id).is_none()).map(|c| Assignee { id: c.id, name: c.name }))
}

/// Since when the customer was waiting when the conversation was closed.
async fn waiting_at_close(tx: &mut Tx, id: Uuid) -> Result<Option<Time>, sqlx::Error> {
    let data = lines::last_close(tx, id).await?;
    Ok(data.and_then(|data| serde_json::from_value(data["waiting_since"].clone()).ok()))
}

/// How it came that somebody else has it now; `None` where nothing changed hands.
fn rule(step: &Step, at: &Position, to: &Position) -> Option<Rule> {
    let rule = match step {
        // Whoever had it gets it back: that is told too.
        Step::Reopen { .. } if at.assignee_id.is_some() => return Some(Rule::Reopened),
        Step::Give { rule, .. } => *rule,
        Step::Queue => Rule::Assigned,
        Step::Transfer { .. } => Rule::Transferred,
        Step::HandOver { .. } => Rule::HandOver,
        _ => return None,
    };
    (at.assignee_id != to.assignee_id).then_some(rule)
}

/// Keeps who has it now, and who else could have had it.
async fn record(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    at: &Position,
    card: &Card,
    rule: Rule,
    reopens: bool,
) -> Result<(), sqlx::Error> {
    let mut known = accounts::candidates(tx, card.team_id).await?;
    for id in [at.assignee_id, card.assignee_id].into_iter().flatten() {
        if !known.iter().any(|c| c.id == id) {
            known.extend(accounts::colleague(tx, id, card.team_id).await?);
        }
    }
    let (excluded, eligible): (Vec<Colleague>, Vec<Colleague>) = known.into_iter().partition(|c| c.unfit(card.team_id).is_some());
    let row = AssignmentRow {
        conversation_id: card.id,
        at: app.now(),
        team_id: card.team_id,
        // A closed conversation is nobody's: whoever gets it back gets it from nobody.
        from_id: at.assignee_id.filter(|_| !reopens),
        to_id: card.assignee_id,
        by_id: actor.user_id(),
        rule: rule.as_str().to_owned(),
        eligible_ids: eligible.iter().map(|c| c.id).collect(),
        excluded_ids: excluded.iter().map(|c| c.id).collect(),
        excluded_reasons: excluded.iter().filter_map(|c| c.unfit(card.team_id)).map(str::to_owned).collect(),
    };
    lines::record(tx, &row).await
}

/// Tells a team that a conversation has left its queue, or the team: those who saw it there drop it. What waited, the whole team saw; what
/// somebody had, only they and the team's leads, and nobody else hears of it. Only who and which, not what is said; and who has it now only
/// while that is the same team's affair.
fn tell_queue(app: &App, tx: &mut Tx, actor: &Actor, at: &Position, card: &Card) {
    let now_waits =
        card.assignee_id.is_none() && matches!(State::of_column(&card.state), State::New | State::Triage | State::Queued);
    let moved = at.team_id != card.team_id;
    if !(moved && at.team_id.is_some()) && (!at.waits() || now_waits) {
        return;
    }
    let audience = Audience {
        conversation_id: Some(card.id),
        team_id: at.team_id,
        assignee_id: at.assignee_id,
        user_ids: actor.user_id().into_iter().collect(),
    };
    let data = json!({
        "id": card.id,
        "number": card.number,
        "assignee": card.shared().assignee.filter(|_| !moved),
        "team_id": at.team_id,
        "state": card.state,
    });
    tx.emit(NewEvent::new(app.now(), TAKEN, audience, &data));
}

/// Who had it before, where that changed.
async fn former(tx: &mut Tx, at: &Position, to: &Position) -> Result<Option<Assignee>, sqlx::Error> {
    let Some(id) = at.assignee_id.filter(|id| to.assignee_id != Some(*id)) else { return Ok(None) };
    let name = accounts::names(tx, &[id]).await?.remove(&id).unwrap_or_default();
    Ok(Some(Assignee { id, name }))
}

/// The line in the timeline.
fn line(
    step: &Step,
    before: &Locked,
    card: &Card,
    from: Option<&Assignee>,
    from_team: Option<&Team>,
) -> (Happening, serde_json::Value) {
    let shared = card.shared();
    let to = &shared.assignee;
    match step {
        Step::Give { rule: Rule::Assigned, .. } => {
            (Happening::Assigned, json!({ "from": from, "to": to, "rule": Rule::Assigned }))
        }
        Step::Give { rule, .. } => (Happening::Taken, json!({ "to": to, "rule": rule })),
        Step::Queue => (Happening::Unassigned, json!({ "from": from, "rule": Rule::Assigned })),
        Step::HandOver { to: Some(_) } => (Happening::Assigned, json!({ "from": from, "to": to, "rule": Rule::HandOver })),
        Step::HandOver { to: None } => (Happening::Unassigned, json!({ "from": from, "rule": Rule::HandOver })),
        Step::Transfer { team, .. } if before.team_id == Some(team.id) => match to {
            Some(_) => (Happening::Assigned, json!({ "from": from, "to": to, "rule": Rule::Transferred })),
            None => (Happening::Unassigned, json!({ "from": from, "rule": Rule::Transferred })),
        },
        Step::Transfer { team, .. } => {
            (Happening::Transferred, json!({ "from_team": from_team, "to_team": team, "from": from, "to": to }))
        }
        Step::Close { reason } => (Happening::Closed, json!({ "reason": reason, "waiting_since": before.waiting_since })),
        Step::Reopen { by_customer } => (Happening::Reopened, json!({ "by_customer": by_customer, "to": to })),
        Step::Snooze { until } => (Happening::Snoozed, json!({ "until": until })),
        Step::Wake(waker) => {
            let by = match waker {
                Waker::Time => "time",
                Waker::Customer => "customer",
                Waker::User => "user",
            };
            (Happening::Woken, json!({ "by": by, "to": to }))
        }
    }
}
