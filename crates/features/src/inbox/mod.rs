//! The inbox: lists of conversations. Owns no table; reads join what they need.

mod http;
mod store;

use kernel::http::Routes;

use crate::App;

/// The routes.
pub fn routes() -> Routes<App> {
    http::routes()
}
