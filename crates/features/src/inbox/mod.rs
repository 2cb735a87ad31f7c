//! The inbox: lists of conversations. Owns no table; reads join what they need.
//!
//! A list is a [`ListFilter`] and a [`Sort`]; saved views keep both, and whoever needs all that match asks for their ids.

mod http;
mod model;
mod service;
mod store;

use kernel::http::Routes;

pub use model::{FilterError, ListFilter, Sort, View};
pub(crate) use service::{COUNT_CAP, count, counts, ids};

use crate::App;

/// The routes.
pub fn routes() -> Routes<App> {
    http::routes()
}
