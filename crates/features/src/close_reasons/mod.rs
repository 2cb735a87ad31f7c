//! Close reasons: why conversations are closed, a list that admins keep. Owns `close_reason`.

mod http;
mod service;
mod store;

use kernel::http::Routes;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

pub use http::{CloseReasonsManage, CloseReasonsRead};
pub use service::find;

use crate::App;

/// A reason to close a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CloseReason {
    /// Its id.
    pub id: Uuid,
    /// For programs: made from its first name, never changed.
    pub key: String,
    /// How people call it.
    pub name: String,
    /// Whether it can be picked.
    pub active: bool,
    /// Its place in the list.
    pub position: i32,
}

/// The routes.
pub fn routes() -> Routes<App> {
    http::routes()
}
