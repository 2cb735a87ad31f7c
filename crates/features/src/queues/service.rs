//! Use cases of queues.

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;
use kernel::{
    audit::Record,
    auth::{Actor, Permission},
    db::Tx,
    http::Problem,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{QueueAgent, QueueDetail, QueueView, QueuesRead, store};
use crate::{
    App,
    accounts::{
        self,
        policy::{self, Reach},
    },
    presence::{self, Availability},
    teams::Team,
};

/// The longest target: a week.
const MOST_TARGET: i32 = 604_800;

/// The queues that the actor may see, by name.
pub(super) async fn all(app: &App, conn: &mut PgConnection, actor: &Actor) -> Result<Vec<QueueView>, Problem> {
    let everything = policy::reach(actor, QueuesRead::NAME) == Reach::All;
    of(app, conn, actor.team_ids(), everything).await
}

/// A team's queue, and who is there for it. Teams out of reach do not exist.
pub(super) async fn one(app: &App, conn: &mut PgConnection, actor: &Actor, team_id: Uuid) -> Result<QueueDetail, Problem> {
    reached(actor, QueuesRead::NAME, team_id)?;
    let queue = of(app, conn, &[team_id], false).await?.pop().ok_or_else(Problem::not_found)?;
    let people: Vec<_> = accounts::candidates(conn, Some(team_id)).await?.into_iter().filter(|c| c.member && c.active).collect();
    let ids: Vec<Uuid> = people.iter().map(|c| c.id).collect();
    let there = presence::state_of(app, &ids);
    let loads: HashMap<Uuid, i64> = store::loads(conn, &ids).await?.into_iter().collect();
    let mut agents: Vec<_> = people
        .into_iter()
        .map(|c| QueueAgent {
            presence: there.get(&c.id).copied().unwrap_or(Availability::Offline),
            open_conversations: loads.get(&c.id).copied().unwrap_or(0),
            id: c.id,
            name: c.name,
        })
        .collect();
    agents.sort_by_key(|agent| agent.open_conversations);
    Ok(QueueDetail { queue, agents })
}

/// Sets how long a customer should wait at most, or takes the target away.
pub(super) async fn set_target(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    team_id: Uuid,
    seconds: Option<i32>,
) -> Result<(), Problem> {
    if seconds.is_some_and(|seconds| !(1..=MOST_TARGET).contains(&seconds)) {
        return Err(Problem::field("target_seconds", format!("Use 1 to {MOST_TARGET} seconds, or null for no target.")));
    }
    let team = crate::teams::by_id(tx, team_id).await?.ok_or_else(Problem::not_found)?;
    let now = app.now();
    store::set_target(tx, team_id, seconds, now).await?;
    tx.record(now, &Record::by(actor, "queue.target_changed").about("team", team_id, &team.name).with("target_seconds", seconds));
    Ok(())
}

/// That the right reaches the team; else it does not exist.
pub(super) fn reached(actor: &Actor, permission: &str, team_id: Uuid) -> Result<(), Problem> {
    if policy::reaches_team(actor, permission, team_id) { Ok(()) } else { Err(Problem::not_found()) }
}

async fn of(app: &App, conn: &mut PgConnection, teams: &[Uuid], everything: bool) -> Result<Vec<QueueView>, Problem> {
    let now = app.now();
    let rows = store::queues(conn, teams, everything, now).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.team_id).collect();
    let paces: HashMap<Uuid, f64> = store::paces(conn, &ids, now - TimeDelta::hours(1)).await?.into_iter().collect();
    let members = store::members(conn, &ids).await?;
    let everybody: Vec<Uuid> = members.iter().map(|(_, user)| *user).collect::<HashSet<_>>().into_iter().collect();
    let there = presence::state_of(app, &everybody);
    let online =
        |team: Uuid| members.iter().filter(|(of, user)| *of == team && there.get(user) == Some(&Availability::Online)).count();
    Ok(rows
        .into_iter()
        .map(|row| QueueView {
            expected_wait_seconds: paces.get(&row.team_id).map(|pace| expected_wait(row.waiting, *pace)),
            agents_online: online(row.team_id).try_into().unwrap_or(i64::MAX),
            team: Team { id: row.team_id, name: row.team_name, color: row.team_color },
            waiting: row.waiting,
            longest_waiting_since: row.longest_waiting_since,
            over_target: row.over_target,
            target_seconds: row.target_seconds,
        })
        .collect())
}

/// How long somebody waits behind so many others, at so many seconds between two takes.
fn expected_wait(ahead: i64, pace: f64) -> i64 {
    (ahead as f64 * pace).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_those_ahead_at_the_pace_of_late() {
        assert_eq!(expected_wait(0, 30.0), 0);
        assert_eq!(expected_wait(14, 25.8), 361);
    }
}
