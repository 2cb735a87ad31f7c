//! When somebody is deactivated, their open conversations go to whoever was named, or back to their queues. The event log says that somebody
//! left; a job does the work, a conversation and a commit at a time, for a reader's transaction must be short. Doing it again changes nothing.

use kernel::{
    auth::Role,
    db::Tx,
    event::{Event, reader::Reader},
    job::{self, Job, Jobs},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    App,
    accounts::{
        self,
        policy::{self, Reach},
    },
    conversations::{self, State},
};

/// Conversations looked up at a time.
const BATCH: i64 = 100;

/// What a job is to do, as the event says it too.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct HandOver {
    user_id: Uuid,
    hand_over_to: Option<Uuid>,
}

pub(super) fn jobs(jobs: Jobs<App>) -> Jobs<App> {
    jobs.define::<HandOver>()
}

/// Reads who left.
pub(super) struct Leavers(pub App);

#[async_trait::async_trait]
impl Reader for Leavers {
    fn name(&self) -> &'static str {
        "assignment"
    }

    fn kinds(&self) -> &'static [&'static str] {
        &[accounts::DEACTIVATED]
    }

    /// So that nobody is missed who leaves before the first look. Before this version nobody could.
    fn begins_with_the_oldest(&self) -> bool {
        true
    }

    async fn handle(&self, tx: &mut Tx, events: &[Event]) -> anyhow::Result<()> {
        for event in events {
            let job: HandOver = serde_json::from_value(event.data.clone())?;
            job::enqueue::<App, _>(self.0.db.pool(), tx, job).await?;
        }
        Ok(())
    }
}

impl Job<App> for HandOver {
    const NAME: &'static str = "assignment:hand_over";

    async fn run(self, app: App) -> anyhow::Result<()> {
        loop {
            let ids = conversations::some_open_of(&mut *app.db.read().await?, self.user_id, BATCH).await?;
            if ids.is_empty() {
                return Ok(());
            }
            for id in ids {
                let mut tx = app.db.begin().await?;
                if accounts::hold_active(&mut tx, self.user_id).await? {
                    // Back again: what they still have stays theirs.
                    return Ok(());
                }
                self.hand_over(&app, &mut tx, id).await?;
                tx.commit().await?;
            }
        }
    }
}

impl HandOver {
    async fn hand_over(&self, app: &App, tx: &mut Tx, id: Uuid) -> anyhow::Result<()> {
        let Some(locked) = conversations::lock(tx, id).await? else { return Ok(()) };
        // Seen under the lock: somebody may have closed it or given it away since.
        if locked.assignee_id != Some(self.user_id) || locked.state == State::Closed.as_str() {
            return Ok(());
        }
        match self.hand_over_to {
            Some(heir) if may_have(tx, heir, locked.team_id).await? => conversations::assign(tx, id, heir).await?,
            _ => conversations::release(tx, id).await?,
        }
        if let Some(card) = conversations::cards(tx, &[id]).await?.pop() {
            conversations::emit_updated(app, tx, &card);
        }
        Ok(())
    }
}

/// Whether somebody is there and their role lets them have a conversation of this team.
async fn may_have(tx: &mut Tx, user_id: Uuid, team_id: Option<Uuid>) -> Result<bool, sqlx::Error> {
    if !accounts::hold_active(tx, user_id).await? {
        return Ok(false);
    }
    let Some((role, team_ids)) = accounts::role_and_teams(tx, user_id).await? else { return Ok(false) };
    Ok(reaches(role, &team_ids, team_id))
}

fn reaches(role: Role, team_ids: &[Uuid], team_id: Option<Uuid>) -> bool {
    match policy::reach_of(role, "conversations.take") {
        Reach::All => true,
        Reach::Teams | Reach::OwnAndQueue => team_id.is_some_and(|team| team_ids.contains(&team)),
        Reach::Own | Reach::None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversations_go_to_members_of_their_team_and_to_roles_that_reach_it() {
        let (team, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        for role in [Role::Agent, Role::TeamLead, Role::Supervisor] {
            assert!(reaches(role, &[team], Some(team)), "{role:?}");
            assert!(!reaches(role, &[other], Some(team)), "{role:?}");
            assert!(!reaches(role, &[team], None), "{role:?}");
        }
        assert!(reaches(Role::Admin, &[], Some(team)) && reaches(Role::Admin, &[], None));
    }
}
