//! Accounts: who may sign in and how, and what each role may do. Owns `app_user`, `session`, `refresh_token`, `user_photo`, `recovery_code`
//! and `one_time_link`.

mod colleagues;
mod http;
mod jobs;
mod people;
pub mod policy;
mod service;
mod store;

use base::{Code, Time};
use kernel::{
    auth::Role,
    http::{Problem, Routes},
    job::Jobs,
};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

pub use colleagues::{Colleague, candidates, colleague, colleagues, names};
pub use people::{Person, people, who_sees_team};
pub use service::{Maker, NewUser, absent, authenticate, authenticate_now, create_user, ensure_user};

use crate::{App, teams::Team};

/// A user as the API shows them.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct User {
    /// Their id.
    pub id: Uuid,
    /// How they are shown to colleagues.
    pub name: String,
    /// What they sign in with.
    pub email: String,
    /// Their role.
    pub role: Role,
    /// Whether they may sign in.
    pub active: bool,
    /// Their teams, by name.
    pub teams: Vec<Team>,
}

/// Adds this feature's jobs.
pub fn jobs(jobs: Jobs<App>) -> Jobs<App> {
    jobs::jobs(jobs)
}

/// The routes.
pub fn routes() -> Routes<App> {
    http::routes()
}

/// How long a sign-in lasts without being used.
pub const SESSION_DAYS: i64 = 30;

/// Whether a browser's `Origin` is this installation's own. On a loopback address its names are one.
pub fn same_origin(public_url: &str, origin: &str) -> bool {
    let own = origin_of(public_url);
    own.is_some() && own == origin_of(origin)
}

/// Scheme, host and port, the host's loopback names made one.
fn origin_of(url: &str) -> Option<(&str, &str, u16)> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => (host, port.parse().ok()?),
        _ => (authority, if scheme == "https" { 443 } else { 80 }),
    };
    Some((scheme, if matches!(host, "localhost" | "127.0.0.1" | "[::1]") { "localhost" } else { host }, port))
}

/// A user's e-mail as it is compared: trimmed, lower case.
fn normalise_email(email: &str) -> String {
    email.trim().to_lowercase()
}

/// What can go wrong with accounts.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Unknown user, wrong password, inactive: one answer.
    #[error("the e-mail or the password is wrong")]
    InvalidCredentials,
    /// The session is over.
    #[error("the session has ended")]
    SessionEnded,
    /// Too many attempts.
    #[error("too many attempts")]
    Throttled {
        /// When to come back.
        retry_after: std::time::Duration,
    },
    /// The e-mail is taken.
    #[error("somebody already uses this e-mail")]
    EmailTaken,
    /// A field is wrong.
    #[error("{field}: {message}")]
    Invalid {
        /// Which.
        field: &'static str,
        /// What is expected.
        message: String,
    },
    /// The database.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// A bug.
    #[error("{0}")]
    Internal(String),
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::InvalidCredentials => {
                Problem::new(Code::InvalidCredentials, "Check your e-mail and password, then try again.")
            }
            AccountError::SessionEnded => Problem::unauthenticated(),
            AccountError::Throttled { retry_after } => {
                Problem::new(Code::TooManyRequests, "Too many sign-in attempts for this account. Wait a minute, then try again.")
                    .with_retry_after(retry_after)
            }
            AccountError::EmailTaken => {
                Problem::new(Code::AlreadyExists, "Somebody already uses this e-mail.").with_field("email", "Already in use.")
            }
            AccountError::Invalid { field, message } => Problem::field(field, message),
            AccountError::Database(error) => error.into(),
            AccountError::Internal(error) => Problem::internal(error),
        }
    }
}

/// A signed-in browser: what login and refresh hand out.
pub(crate) struct SignIn {
    pub user: User,
    pub access_token: String,
    pub expires_in: u64,
    pub refresh_token: String,
    pub refresh_until: Time,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_are_the_same_origin() {
        assert!(same_origin("http://127.0.0.1:8080", "http://localhost:8080"));
        assert!(same_origin("https://max.example/", "https://max.example"));
        assert!(same_origin("https://max.example", "https://max.example:443"));
        for other in [
            "https://evil.example",
            "http://max.example",
            "https://max.example:8443",
            "https://max.example.evil.example",
            "null",
            "",
        ] {
            assert!(!same_origin("https://max.example", other), "{other}");
        }
    }
}
