//! The ids in a body: to whom, to which team. A guard has not seen them, so they are checked here, inside the transaction.

use base::Code;
use kernel::{auth::Actor, db::Tx, http::Problem};
use uuid::Uuid;

use crate::{
    accounts::{self, policy},
    conversations::{self, Assignee, Locked, State},
    teams::{self, Team},
};

/// A colleague who may be given a conversation of this team.
pub(super) async fn person(tx: &mut Tx, id: Uuid, team_id: Option<Uuid>) -> Result<Assignee, Problem> {
    let known = accounts::colleague(tx, id, team_id).await?.ok_or_else(|| Problem::field("user_id", "There is no such user."))?;
    match known.unfit(team_id) {
        None => Ok(Assignee { id: known.id, name: known.name }),
        Some(reason) => Err(Problem::field("user_id", format!("{} {reason}.", known.name))),
    }
}

pub(super) async fn team(tx: &mut Tx, id: Uuid) -> Result<Team, Problem> {
    teams::by_id(tx, id).await?.ok_or_else(|| Problem::field("team_id", "There is no such team."))
}

/// Whether the actor may still do this, now that nobody else can change the conversation. Having taken part in it is enough to read it, so
/// the guard lets them come this far; here it is whoever has it, or whoever leads its team.
pub(super) async fn decides(tx: &mut Tx, actor: &Actor, locked: &Locked, permission: &str) -> Result<(), Problem> {
    if policy::decides(actor, permission, locked.team_id, locked.assignee_id) {
        return Ok(());
    }
    if locked.assignee_id.is_some() && locked.state != State::Closed.as_str() {
        return Err(conversations::taken(tx, locked.id).await?);
    }
    let detail = if locked.assignee_id.is_some() {
        "This was somebody else's conversation. Ask them, or a lead of their team."
    } else {
        "Nobody has this conversation. Take it first."
    };
    Err(Problem::new(Code::Forbidden, detail))
}
