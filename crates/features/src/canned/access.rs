//! Who sees which canned responses, and who may change them.

use kernel::{
    auth::{Actor, Row},
    event::Audience,
    http::Problem,
};
use uuid::Uuid;

use super::{Canned, store};
use crate::{
    App,
    accounts::policy::{self, Reach},
};

/// Whose canned responses an actor sees: their own, their teams' and everybody's. Admins see all teams'.
#[derive(Debug, Clone)]
pub(super) struct Reader {
    pub user_id: Uuid,
    pub team_ids: Vec<Uuid>,
    pub all_teams: bool,
}

impl Reader {
    pub(super) fn of(actor: &Actor) -> Self {
        Self {
            user_id: actor.user_id().unwrap_or_default(),
            team_ids: actor.team_ids().to_vec(),
            all_teams: policy::reach(actor, "canned.read") == Reach::All,
        }
    }
}

/// A canned response as a guard loads it.
#[derive(Debug, Clone)]
pub(super) struct CannedRow(pub Canned);

impl Row<App> for CannedRow {
    async fn load(app: &App, actor: &Actor, id: Uuid, _: &'static str) -> Result<Option<Self>, Problem> {
        Ok(store::one(&mut *app.db.read().await?, &Reader::of(actor), id).await?.map(Self))
    }

    fn permits(&self, _: &App, actor: &Actor, permission: &'static str) -> bool {
        let audience =
            Audience { team_id: self.0.team_id, user_ids: self.0.owner_id.into_iter().collect(), ..Audience::default() };
        policy::covers(policy::reach(actor, permission), actor, &audience)
    }
}
