//! Teams as admins manage them: making and changing them, and who is in which. The teams themselves are in `teams`; here because who is in a
//! team decides what they may see, at once.

mod http;
mod service;

use kernel::{auth::Role, http::Routes};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

pub use http::TeamsManage;

use super::users::UserStatus;
use crate::{App, teams::TeamView};

/// A team with its members.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct TeamFull {
    #[serde(flatten)]
    view: TeamView,
    /// Who is in it, by name.
    members: Vec<TeamMember>,
}

/// Somebody in a team.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct TeamMember {
    /// Their id.
    id: Uuid,
    /// How they are shown.
    name: String,
    /// What they sign in with.
    email: String,
    /// Their role.
    role: Role,
    /// Whether they may sign in.
    status: UserStatus,
    /// The address of their photo.
    photo_url: Option<String>,
}

pub(super) fn routes() -> Routes<App> {
    http::routes()
}
