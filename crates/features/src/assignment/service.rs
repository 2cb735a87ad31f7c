//! Use cases of assignment. Each begins with the lock and looks again at what the guard saw.

use std::time::Duration;

use base::{Code, Time};
use chrono::TimeDelta;
use kernel::{
    auth::{Access, Actor, Permission},
    db::Tx,
    http::Problem,
};
use uuid::Uuid;

use super::{
    ConversationsAssign, ConversationsClose, ConversationsPriority, ConversationsReopen, ConversationsSnooze, ConversationsTake,
    ConversationsTransfer, target,
};
use crate::{
    App,
    accounts::{
        self,
        policy::{self, Reach},
    },
    channels, close_reasons,
    conversations::{self, Assignee, Card, CloseReasonRef, ConversationRow, Locked, Priority, Rule, State, Step, Waker},
    messages, tags,
};

/// The longest snooze.
const MOST_SNOOZE: TimeDelta = TimeDelta::days(90);

/// Takes a waiting conversation. Under a race exactly one wins; the others are told who. Taking what one already has changes nothing.
pub(super) async fn take(app: &App, tx: &mut Tx, who: &Access<ConversationRow>) -> Result<Card, Problem> {
    let actor = who.actor();
    let me = myself(actor)?;
    let locked = lock(tx, who.row().0.id).await?;
    if locked.assignee_id.is_some_and(|other| other != me.id) && locked.state != State::Closed.as_str() {
        return Err(conversations::taken(tx, locked.id).await?);
    }
    // Who took part in it may read it in another team's queue, but not take it from there.
    if !policy::decides(actor, ConversationsTake::NAME, locked.team_id, locked.assignee_id) {
        return Err(Problem::new(Code::Forbidden, "This conversation is in the queue of another team."));
    }
    still_here(tx, me.id).await?;
    conversations::make(app, tx, actor, &locked, Step::Give { to: me, rule: Rule::Taken }).await?;
    conversations::as_left_by(tx, actor, locked.id).await
}

/// Takes the first of a team's queue that nobody else is taking at this moment: the most urgent, of those the longest waiting. `None`: nothing
/// waits.
pub async fn take_next(app: &App, actor: &Actor, team_id: Uuid) -> Result<Option<Card>, Problem> {
    let me = myself(actor)?;
    loop {
        let mut tx = app.db.begin().await?;
        if let Some(locked) = conversations::lock_first(&mut tx, team_id).await? {
            still_here(&mut tx, me.id).await?;
            conversations::make(app, &mut tx, actor, &locked, Step::Give { to: me, rule: Rule::TakeNext }).await?;
            let card = conversations::as_left_by(&mut tx, actor, locked.id).await?;
            tx.commit().await?;
            return Ok(Some(card));
        }
        if !conversations::any_waits(&mut tx, team_id).await? {
            return Ok(None);
        }
        tx.rollback().await?;
        // All that waits is held: by somebody who takes it, or by a message of its customer that is being stored.
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Gives a conversation to somebody of its team, or back to its queue.
pub async fn assign(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    id: Uuid,
    to: Option<Uuid>,
    note: Option<&str>,
) -> Result<(), Problem> {
    let locked = lock(tx, id).await?;
    target::decides(tx, actor, &locked, ConversationsAssign::NAME).await?;
    let step = match to {
        Some(user_id) => Step::Give { to: target::person(tx, user_id, locked.team_id).await?, rule: Rule::Assigned },
        None => Step::Queue,
    };
    conversations::make(app, tx, actor, &locked, step).await?;
    write_note(app, tx, actor, id, note).await
}

/// Gives a conversation to a team, or to somebody of a team. The customer's clock runs on; tags of the team it leaves stay behind.
pub async fn transfer(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    id: Uuid,
    (team_id, user_id): (Uuid, Option<Uuid>),
    note: Option<&str>,
) -> Result<(), Problem> {
    let locked = lock(tx, id).await?;
    target::decides(tx, actor, &locked, ConversationsTransfer::NAME).await?;
    let team = target::team(tx, team_id).await?;
    let to = match user_id {
        Some(user_id) => Some(target::person(tx, user_id, Some(team_id)).await?),
        None => None,
    };
    tags::stay_behind(app, tx, actor, id, team_id).await?;
    conversations::make(app, tx, actor, &locked, Step::Transfer { team, to }).await?;
    write_note(app, tx, actor, id, note).await
}

/// Closes a conversation for one of the reasons.
pub async fn close(app: &App, tx: &mut Tx, actor: &Actor, id: Uuid, reason: &str, note: Option<&str>) -> Result<(), Problem> {
    let locked = lock(tx, id).await?;
    target::decides(tx, actor, &locked, ConversationsClose::NAME).await?;
    let reason = close_reasons::find(tx, reason).await?;
    let reason = CloseReasonRef { id: reason.id, name: reason.name };
    conversations::make(app, tx, actor, &locked, Step::Close { reason }).await?;
    write_note(app, tx, actor, id, note).await
}

/// Reopens a closed conversation: back to whoever had it, if they still may, else to its queue. Who may reopen their own alone may do so
/// within the channel's window.
pub async fn reopen(app: &App, tx: &mut Tx, actor: &Actor, id: Uuid) -> Result<(), Problem> {
    let locked = lock(tx, id).await?;
    target::decides(tx, actor, &locked, ConversationsReopen::NAME).await?;
    if policy::reach(actor, ConversationsReopen::NAME) == Reach::Own
        && let Some(closed_at) = locked.closed_at
    {
        let hours = channels::reopen_hours(tx, locked.channel_id).await?;
        if closed_at + TimeDelta::hours(hours.into()) <= app.now() {
            let detail = match hours {
                0 => "Conversations of this channel stay closed. A lead of the team can reopen it.".to_owned(),
                _ => format!("It was closed more than {hours} hours ago. A lead of the team can reopen it."),
            };
            return Err(Problem::new(Code::IllegalTransition, detail));
        }
    }
    Ok(conversations::make(app, tx, actor, &locked, Step::Reopen { by_customer: false }).await?)
}

/// Puts a conversation aside until a time, or until the customer writes.
pub(super) async fn snooze(app: &App, tx: &mut Tx, actor: &Actor, id: Uuid, until: Option<Time>) -> Result<(), Problem> {
    let now = app.now();
    if until.is_some_and(|until| until <= now) {
        return Err(Problem::field("until", "Choose a time that is still to come."));
    }
    if until.is_some_and(|until| until > now + MOST_SNOOZE) {
        return Err(Problem::field("until", "Choose a time within 90 days."));
    }
    let locked = lock(tx, id).await?;
    target::decides(tx, actor, &locked, ConversationsSnooze::NAME).await?;
    conversations::make(app, tx, actor, &locked, Step::Snooze { until }).await?;
    tx.wake(super::snooze::TOPIC);
    Ok(())
}

/// Brings a snoozed conversation back before its time.
pub(super) async fn unsnooze(app: &App, tx: &mut Tx, actor: &Actor, id: Uuid) -> Result<(), Problem> {
    let locked = lock(tx, id).await?;
    target::decides(tx, actor, &locked, ConversationsSnooze::NAME).await?;
    Ok(conversations::make(app, tx, actor, &locked, Step::Wake(Waker::User)).await?)
}

/// Makes a conversation more or less urgent.
pub async fn prioritise(app: &App, tx: &mut Tx, actor: &Actor, id: Uuid, priority: Priority) -> Result<(), Problem> {
    let locked = lock(tx, id).await?;
    target::decides(tx, actor, &locked, ConversationsPriority::NAME).await?;
    Ok(conversations::prioritise(app, tx, actor, &locked, priority).await?)
}

/// What the actor wanted to say with a step.
pub(super) async fn write_note(app: &App, tx: &mut Tx, actor: &Actor, id: Uuid, note: Option<&str>) -> Result<(), Problem> {
    match note.map(str::trim).filter(|note| !note.is_empty()) {
        Some(note) => messages::write_note(app, tx, actor, id, note).await.map(drop),
        None => Ok(()),
    }
}

pub(super) async fn lock(tx: &mut Tx, id: Uuid) -> Result<Locked, Problem> {
    conversations::lock(tx, id).await?.ok_or_else(Problem::not_found)
}

/// Whoever was deactivated since the guard looked takes nothing: nobody would hand it over.
async fn still_here(tx: &mut Tx, user_id: Uuid) -> Result<(), Problem> {
    if accounts::hold_active(tx, user_id).await? { Ok(()) } else { Err(Problem::unauthenticated()) }
}

fn myself(actor: &Actor) -> Result<Assignee, Problem> {
    let id = actor.user_id().ok_or_else(Problem::forbidden)?;
    Ok(Assignee { id, name: actor.name().to_owned() })
}
