//! Saved views: a list's filter and order under a name, kept for oneself, a team or everybody. Owns `saved_view`.
//!
//! A view holds a question and never an answer: whoever opens it sees what they may see. Events: `view.changed`, `view.deleted`.

mod http;
mod model;
mod service;
mod store;

use kernel::http::Routes;

pub use model::{SavedView, Shared};

use crate::App;

/// The event that says that a view is there, or another one now.
pub const CHANGED: &str = "view.changed";
/// The event that says that a view is gone, or kept from the reader.
pub const DELETED: &str = "view.deleted";

/// The routes.
pub fn routes() -> Routes<App> {
    http::routes()
}
