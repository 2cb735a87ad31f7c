//! What can go wrong with accounts.

use std::time::Duration;

use base::Code;
use kernel::http::Problem;

/// What can go wrong with accounts.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Unknown user, wrong password, inactive: one answer.
    #[error("the e-mail or the password is wrong")]
    InvalidCredentials,
    /// The password was right, and a code is needed too.
    #[error("a code is needed")]
    TotpRequired,
    /// The code is wrong, too old, or was used.
    #[error("the code is wrong")]
    TotpWrong,
    /// The session is over.
    #[error("the session has ended")]
    SessionEnded,
    /// Too many attempts.
    #[error("too many attempts")]
    Throttled {
        /// Of what, as in "too many wrong passwords".
        of: &'static str,
        /// When to come back.
        retry_after: Duration,
    },
    /// A one-time link that is unknown, too old or used: one answer.
    #[error("the link does not hold")]
    LinkInvalid,
    /// The e-mail is taken.
    #[error("somebody already uses this e-mail")]
    EmailTaken,
    /// There is a second factor already.
    #[error("two-factor sign-in is on")]
    TwoFactorOn,
    /// There is no second factor.
    #[error("two-factor sign-in is off")]
    TwoFactorOff,
    /// The role asks for a second factor, so it stays.
    #[error("the role asks for two-factor sign-in")]
    TwoFactorByRole,
    /// It does not exist, or is somebody else's.
    #[error("not found")]
    NotFound,
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

impl AccountError {
    /// A wrong field.
    pub(super) fn field(field: &'static str, message: impl Into<String>) -> Self {
        AccountError::Invalid { field, message: message.into() }
    }

    /// What nobody can mend but us.
    pub(super) fn internal(error: impl std::fmt::Display) -> Self {
        AccountError::Internal(error.to_string())
    }
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::InvalidCredentials => {
                Problem::new(Code::InvalidCredentials, "Check your e-mail and password, then try again.")
            }
            AccountError::TotpRequired => {
                Problem::new(Code::TotpRequired, "Enter the six digits that your authenticator app shows, or a recovery code.")
            }
            AccountError::TotpWrong => Problem::new(
                Code::TotpWrong,
                "This code does not hold, or was used already. Wait for the next one in your app, or use a recovery code.",
            ),
            AccountError::SessionEnded => Problem::unauthenticated(),
            AccountError::Throttled { of, retry_after } => {
                let detail = format!("Too many {of}. Wait {}, then try again.", in_words(retry_after));
                Problem::new(Code::TooManyRequests, detail).with_retry_after(retry_after)
            }
            AccountError::LinkInvalid => {
                Problem::new(Code::LinkInvalid, "It was used already or is too old. Ask for a new one, and use the newest.")
            }
            AccountError::EmailTaken => {
                Problem::new(Code::AlreadyExists, "Somebody already uses this e-mail.").with_field("email", "Already in use.")
            }
            AccountError::TwoFactorOn => {
                Problem::new(Code::AlreadyExists, "Two-factor sign-in is on already. Switch it off first to set it up anew.")
            }
            AccountError::TwoFactorOff => Problem::new(Code::TwoFactorRequired, "Switch two-factor sign-in on first."),
            AccountError::TwoFactorByRole => {
                Problem::new(Code::TwoFactorRequired, "Your role asks for two-factor sign-in, so it cannot be switched off.")
            }
            AccountError::NotFound => Problem::not_found(),
            AccountError::Invalid { field, message } => Problem::field(field, message),
            AccountError::Database(error) => error.into(),
            AccountError::Internal(error) => Problem::internal(error),
        }
    }
}

/// A wait as people say it, never too short.
fn in_words(wait: Duration) -> String {
    match wait.as_secs_f64().ceil().max(1.0) as u64 {
        1 => "a second".to_owned(),
        seconds @ 2..=90 => format!("{seconds} seconds"),
        seconds => format!("{} minutes", seconds.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_told_in_words_and_never_too_short() {
        for (millis, words) in
            [(1, "a second"), (1_001, "2 seconds"), (90_000, "90 seconds"), (90_001, "2 minutes"), (300_000, "5 minutes")]
        {
            assert_eq!(in_words(Duration::from_millis(millis)), words);
        }
    }
}
