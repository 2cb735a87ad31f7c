//! Teams: the groups that answer together. Owns `team` and `team_member`.
//!
//! Here is what a team is, and the list of them that everybody sees. Making and changing teams is an endpoint of `accounts`, for it concerns
//! the people in them at once.

mod http;
mod model;
mod service;
mod store;

use kernel::http::Routes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use http::TeamsRead;
pub use model::{COLORS, Draft, TeamView};
pub use service::name_taken;
pub use store::{
    add_member, by_id, by_ids, create, delete, ensure, ids_by_name, lock, lock_to_delete, member_ids, of_user, remove_member,
    update, view,
};

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

/// The routes.
pub fn routes() -> Routes<App> {
    http::routes()
}
