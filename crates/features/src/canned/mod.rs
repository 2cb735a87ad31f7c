//! Canned responses: texts that are written once and used often, somebody's own, a team's, or everybody's. Owns `canned_response` and
//! `canned_use`.

mod access;
mod fill;
mod http;
mod model;
mod service;
mod store;

use kernel::http::Routes;

pub use http::{CannedRead, CannedWrite};
pub use model::{Canned, Sharing};

use crate::App;

/// The routes.
pub fn routes() -> Routes<App> {
    http::routes()
}
