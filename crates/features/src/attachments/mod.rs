//! Attachments: the files that customers send are fetched from the provider while it keeps them, and files that wait for the scanner are looked
//! at again. The row of a file is its own queue, as a message's is: a worker that dies loses nothing, and two never do the same.

mod fetch;
mod http;
mod lanes;
mod rules;

use kernel::http::Routes;

pub use fetch::run;

use crate::App;

/// The routes.
pub fn routes() -> Routes<App> {
    http::routes()
}
