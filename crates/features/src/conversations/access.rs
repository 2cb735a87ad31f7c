//! Who may see and do what with a conversation: the row rule of [`policy`], its SQL twin, and the guard's row.

use kernel::{
    auth::{Actor, Row},
    event::Audience,
    http::Problem,
};
use uuid::Uuid;

use super::{Card, store};
use crate::{
    App,
    accounts::policy::{self, Reach},
};

/// The SQL form of a reach, from which every list and look-up starts:
///
/// ```sql
/// $all or assignee_id = $user or participant_ids @> array[$user] or (team_id = any($teams) and ($whole_team or assignee_id is null))
/// ```
#[derive(Debug, Clone)]
pub struct Scope {
    /// Everything.
    pub all: bool,
    /// Whose own conversations; nil for MAX itself.
    pub user_id: Uuid,
    /// Whose team conversations.
    pub team_ids: Vec<Uuid>,
    /// Not only what waits in the team's queue.
    pub whole_team: bool,
}

impl Scope {
    /// What the actor's right reaches.
    pub fn of(actor: &Actor, permission: &str) -> Self {
        let reach = policy::reach(actor, permission);
        let teams = matches!(reach, Reach::OwnAndQueue | Reach::Teams);
        Self {
            all: reach == Reach::All,
            user_id: if reach == Reach::None { Uuid::nil() } else { actor.user_id().unwrap_or_default() },
            team_ids: if teams { actor.team_ids().to_vec() } else { Vec::new() },
            whole_team: reach == Reach::Teams,
        }
    }

    /// Whether a card is in the scope: the Rust twin of the SQL above.
    pub fn covers(&self, card: &Card) -> bool {
        self.all
            || card.assignee_id == Some(self.user_id)
            || card.participant_ids.contains(&self.user_id)
            || (card.team_id.is_some_and(|t| self.team_ids.contains(&t)) && (self.whole_team || card.assignee_id.is_none()))
    }

    /// The same, widened to all of the actor's teams: so that whoever comes too late for a conversation of their team is told who has it
    /// rather than that it does not exist.
    #[must_use]
    pub fn widened_to_teams(mut self, actor: &Actor) -> Self {
        self.team_ids = actor.team_ids().to_vec();
        self.whole_team = true;
        self
    }
}

/// A conversation as a guard loads it.
#[derive(Debug, Clone)]
pub struct ConversationRow(pub Card);

impl Row<App> for ConversationRow {
    async fn load(app: &App, actor: &Actor, id: Uuid, permission: &'static str) -> Result<Option<Self>, Problem> {
        let mut scope = Scope::of(actor, "conversations.read");
        if loses_races(permission) {
            scope = scope.widened_to_teams(actor);
        }
        let mut conn = app.db.read().await?;
        Ok(store::card(&mut conn, id, &scope).await?.map(Self))
    }

    fn permits(&self, _: &App, actor: &Actor, permission: &'static str) -> bool {
        let audience = Audience {
            conversation_id: Some(self.0.id),
            team_id: self.0.team_id,
            assignee_id: self.0.assignee_id,
            user_ids: self.0.participant_ids.clone(),
        };
        policy::covers(policy::reach(actor, permission), actor, &audience)
            || (loses_races(permission) && self.0.team_id.is_some_and(|t| actor.team_ids().contains(&t)))
    }
}

/// Steps that several people may try at once; the service decides under the row lock and names the winner.
fn loses_races(permission: &str) -> bool {
    matches!(permission, "conversations.take" | "conversations.reply")
}
