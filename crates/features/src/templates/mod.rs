//! Templates: texts that a provider has approved, which may go out when the reply window is closed. Owns `template` and `template_default`.
//!
//! They are read from the provider: every hour, when a channel was set up, and when an admin asks; what the provider announces meanwhile
//! counts at once.

mod fill;
mod http;
mod jobs;
mod model;
mod reader;
mod service;
mod store;
mod test_message;

use kernel::{event::reader::Reader, http::Routes, job::Jobs};

pub use fill::{Asked, ButtonVariable, TextVariables, Variables};
pub use http::TemplatesUse;
pub use model::TemplateView;
pub use service::{filled, still_approved, told};

use crate::App;

/// The event that says templates changed; its data hold the `channel_id`, and the `template` if it was one alone.
pub const UPDATED: &str = "template.updated";

/// Adds this feature's jobs.
pub fn jobs(jobs: Jobs<App>) -> Jobs<App> {
    jobs::jobs(jobs)
}

/// Reads the templates of channels that were just set up.
pub fn reader(app: App) -> impl Reader {
    reader::NewChannels(app)
}

/// The routes.
pub fn routes() -> Routes<App> {
    http::routes().merge(test_message::routes())
}
