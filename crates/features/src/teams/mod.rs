//! Teams: the groups that answer together. Owns `team` and `team_member`.

mod http;
mod store;

use kernel::http::Routes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

pub use http::TeamsRead;
pub use store::{add_member, by_id, by_ids, create, ensure};

use crate::App;

/// A team as screens show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Team {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The colour of its square in lists, by name.
    pub color: String,
}

/// The teams a user belongs to, by name.
pub async fn of_user(conn: &mut PgConnection, user_id: Uuid) -> Result<Vec<Team>, sqlx::Error> {
    store::of_user(conn, user_id).await
}

/// The routes.
pub fn routes() -> Routes<App> {
    http::routes()
}
