//! Assignment: who has a conversation.

mod http;
mod service;

use kernel::http::Routes;

pub use http::ConversationsTake;

use crate::App;

/// The routes.
pub fn routes() -> Routes<App> {
    http::routes()
}
