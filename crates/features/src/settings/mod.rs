//! Settings: what admins decide for the whole installation while it runs. Owns `setting`. What operators set when they start MAX is in
//! `kernel::config`.
//!
//! Changing them is an endpoint of `accounts`, for who needs a second factor concerns people at once.

mod flood;
mod http;
mod service;
mod store;

use kernel::{auth::Role, http::Routes};
use schemars::JsonSchema;
use serde::Serialize;

pub use flood::{FloodChanges, FloodLimits};
pub use http::SettingsManage;
pub use service::{Changes, company_name, flood_limits, load, two_factor_roles, update};

use crate::App;

/// What admins decide for the whole installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Settings {
    /// The company's name, as people see it when they sign in.
    pub company_name: String,
    /// Roles whose users must set up a second factor before they can work.
    pub two_factor_roles: Vec<Role>,
    /// From when on a customer's messages are folded, and when they are blocked.
    #[serde(flatten)]
    pub flood: FloodLimits,
}

/// The routes.
pub fn routes() -> Routes<App> {
    http::routes()
}
