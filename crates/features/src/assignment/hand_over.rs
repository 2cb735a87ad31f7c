//! Handing over: all that somebody has goes to a colleague or back to the queues, at the end of a shift or when they leave the company.

use kernel::{auth::Actor, http::Problem};
use uuid::Uuid;

use super::service;
use crate::{
    App, accounts,
    conversations::{self, Assignee, State, Step},
};

/// Gives everything that a user has and is not done with to an heir, or back to its queues; how many conversations moved. What the heir may
/// not have goes to its queue. What sleeps sleeps on.
///
/// One conversation at a time, each under its lock in a transaction of its own: so nothing waits for the whole, and whoever calls again
/// after an interruption goes on with what is left.
pub async fn hand_over_everything(
    app: &App,
    actor: &Actor,
    user_id: Uuid,
    heir: Option<Uuid>,
    note: Option<&str>,
) -> Result<i64, Problem> {
    let ids = conversations::open_of(&mut *app.db.read().await?, user_id).await?;
    let mut moved = 0;
    for id in ids {
        let mut tx = app.db.begin().await?;
        let locked = service::lock(&mut tx, id).await?;
        if locked.assignee_id != Some(user_id) || locked.state == State::Closed.as_str() {
            continue;
        }
        let to = match heir {
            Some(heir) => accounts::colleague(&mut tx, heir, locked.team_id).await?,
            None => None,
        };
        let to = to.filter(|c| c.unfit(locked.team_id).is_none()).map(|c| Assignee { id: c.id, name: c.name });
        conversations::make(app, &mut tx, actor, &locked, Step::HandOver { to }).await?;
        service::write_note(app, &mut tx, actor, id, note).await?;
        tx.commit().await?;
        moved += 1;
    }
    Ok(moved)
}

/// The actor's own work, at the end of their shift.
pub(super) async fn own(app: &App, actor: &Actor, heir: Option<Uuid>, note: Option<&str>) -> Result<i64, Problem> {
    let me = actor.user_id().ok_or_else(Problem::forbidden)?;
    if let Some(heir) = heir {
        if heir == me {
            return Err(Problem::field("to", "This is you. Name a colleague, or say queue."));
        }
        let known = accounts::colleague(&mut *app.db.read().await?, heir, None).await?;
        match known {
            Some(known) if known.active => {}
            Some(known) => return Err(Problem::field("to", format!("{} is deactivated.", known.name))),
            None => return Err(Problem::field("to", "There is no such user.")),
        }
    }
    hand_over_everything(app, actor, me, heir, note).await
}
