//! Accounts: who may sign in and how, what each role may do, and how everybody likes MAX. Owns `app_user`, `session`, `refresh_token`,
//! `user_photo`, `recovery_code` and `one_time_link`. Events: `access.changed`, `me.changed`,
//! `session.started`, `user.changed`, `user.deactivated`, `team.changed`, `team.deleted`.

mod colleagues;
mod device;
mod error;
mod http;
mod jobs;
mod links;
mod mails;
mod members;
mod origin;
mod passwords;
mod people;
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

pub use colleagues::{Colleague, candidates, colleague, colleagues, names};
pub use error::AccountError;
pub use links::{Purpose, make as make_link};
pub use members::TeamsManage;
pub use origin::same_origin;
pub use people::{Person, absent, active, admins, people, photo_tokens, who_sees_team};
pub(crate) use photo::on_white;
pub use sessions::{SESSION_DAYS, authenticate, authenticate_now};
pub use users::{
    Maker, NewUser, OneTimeLink, TwoFactor, User, UserId, UserStatus, UsersManage, create_user, ensure_user, hold_active,
    load_user, role_and_teams,
};

use crate::App;

/// Adds this feature's jobs.
pub fn jobs(jobs: Jobs<App>) -> Jobs<App> {
    jobs::jobs(jobs)
}

/// The routes.
pub fn routes() -> Routes<App> {
    http::routes().merge(users::routes()).merge(members::routes())
}

/// The event that says a user was deactivated: `user_id`, and `hand_over_to` who gets their conversations, if anybody. No screen sees it.
pub const DEACTIVATED: &str = "user.deactivated";

/// A user's e-mail as it is compared: trimmed, lower case.
fn normalise_email(email: &str) -> String {
    email.trim().to_lowercase()
}
