//! What a canned response is, and who it is for.

use base::Time;
use kernel::{
    auth::{Actor, Row},
    event::Audience,
    http::Problem,
};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::store;
use crate::{
    App,
    accounts::policy::{self, Reach},
    conversations::text_enum,
};

text_enum! {
    /// Who a canned response is for.
    Sharing {
        /// Its owner.
        Personal = "personal",
        /// The members of a team.
        Team = "team",
        /// Everybody.
        Global = "global",
    }
}

/// A canned response as the API shows it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Canned {
    /// Its id.
    pub id: Uuid,
    /// What one types after `/` to find it.
    pub shortcut: String,
    /// How it is called.
    pub title: String,
    /// The words, with placeholders such as `{first_name}`.
    pub text: String,
    /// Who it is for.
    pub scope: Sharing,
    /// The team it is for.
    pub team_id: Option<Uuid>,
    /// Whose it is, if it is personal.
    pub owner_id: Option<Uuid>,
    /// How often it was used.
    pub uses: i64,
    /// When it was last changed.
    pub updated_at: Time,
}

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
