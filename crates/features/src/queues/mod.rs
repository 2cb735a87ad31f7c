//! Queues: what waits in each team, how long, and who is there for it. Owns `queue_target`. Reads of what waits join what they need.

mod assignees;
mod http;
mod service;
mod store;

use base::Time;
use kernel::{auth::Role, http::Routes};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

pub use http::{QueuesManage, QueuesRead};

use crate::{App, presence::Availability, teams::Team};

/// A team's queue as a whole.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct QueueView {
    /// Whose it is.
    pub team: Team,
    /// How many conversations wait.
    pub waiting: i64,
    /// Since when the longest waiting customer waits.
    pub longest_waiting_since: Option<Time>,
    /// How many wait longer than the target.
    pub over_target: i64,
    /// How long a customer should wait at most; `null`: the team has no target.
    pub target_seconds: Option<i32>,
    /// How long a customer who comes now is likely to wait: those ahead of them at the pace of the last hour. `null`: too little was taken.
    pub expected_wait_seconds: Option<i64>,
    /// How many of the team are online.
    pub agents_online: i64,
}

/// A team's queue, and who is there for it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct QueueDetail {
    /// The queue.
    #[serde(flatten)]
    pub queue: QueueView,
    /// The team, least loaded first.
    pub agents: Vec<QueueAgent>,
}

/// Somebody who is there for a queue.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct QueueAgent {
    /// Their id.
    pub id: Uuid,
    /// Their name.
    pub name: String,
    /// Whether they are there.
    pub presence: Availability,
    /// How many conversations they have and are not done with.
    pub open_conversations: i64,
}

/// Somebody who could be given a conversation, or could not.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AssigneeView {
    /// Their id.
    pub id: Uuid,
    /// Their name.
    pub name: String,
    /// Where their photo is.
    pub photo_url: Option<String>,
    /// Their role.
    pub role: Role,
    /// Whether they are there.
    pub presence: Availability,
    /// How many conversations they have and are not done with.
    pub open_conversations: i64,
    /// Whether they can be given it.
    pub eligible: bool,
    /// Why not.
    pub reason: Option<String>,
}

/// The routes.
pub fn routes() -> Routes<App> {
    http::routes()
}
