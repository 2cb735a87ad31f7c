//! Accounts: who may sign in and how, what each role may do, and how everybody likes MAX. Owns `app_user`, `session`, `refresh_token`,
//! `user_photo`, `recovery_code` and `one_time_link`. Events: `access.changed`, `me.changed`, `session.started`.

mod device;
mod error;
mod http;
mod jobs;
mod links;
mod mails;
mod origin;
mod passwords;
mod photo;
pub mod policy;
mod profile;
mod refresh;
mod sessions;
mod sign_in;
mod store;
mod throttle;
mod two_factor;
mod users;

use kernel::{http::Routes, job::Jobs};

pub use error::AccountError;
pub use links::{Purpose, make as make_link};
pub use origin::same_origin;
pub use sessions::{SESSION_DAYS, authenticate, authenticate_now};
pub use users::{Maker, NewUser, Status, TwoFactor, User, create_user, ensure_user};

use crate::App;

/// Adds this feature's jobs.
pub fn jobs(jobs: Jobs<App>) -> Jobs<App> {
    jobs::jobs(jobs)
}

/// The routes.
pub fn routes() -> Routes<App> {
    http::routes()
}

/// A user's e-mail as it is compared: trimmed, lower case, and nothing in it that no address has and the database does not take.
fn normalise_email(email: &str) -> String {
    email.trim().replace(char::is_control, "").to_lowercase()
}
