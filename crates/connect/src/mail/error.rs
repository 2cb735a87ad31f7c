//! Why a mail did not go out, and whether trying again can help.

use std::error::Error as StdError;

use lettre::transport::smtp::Error;

/// How much of the server's words is kept, in characters.
const WORDS: usize = 300;
/// The server wants us to sign in first: nothing is wrong with the mail.
const SIGN_IN_FIRST: u16 = 530;

/// Why a mail did not go out. The texts may hold the recipient's address, for servers repeat it; never a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// The settings cannot be used.
    #[error("{0}")]
    Settings(String),
    /// There is no such address, or the mail cannot be written. Final.
    #[error("{0}")]
    Invalid(String),
    /// The server refuses this mail for good (5xx). Final.
    #[error("the mail server refuses it ({code}): {words}")]
    Refused {
        /// The reply code.
        code: u16,
        /// The server's words.
        words: String,
    },
    /// The server does not take it now (4xx).
    #[error("the mail server does not take it now ({code}): {words}")]
    Deferred {
        /// The reply code.
        code: u16,
        /// The server's words.
        words: String,
    },
    /// The server does not let us in: a wrong password, or no way of signing in that both know.
    #[error("the mail server does not let us in: {0}")]
    NotLetIn(String),
    /// No connection, TLS failed, the connection broke, or the other side does not speak SMTP.
    #[error("no connection to the mail server: {0}")]
    Unreachable(String),
    /// The time was up.
    #[error("the mail server did not answer within the time allowed")]
    Timeout,
}

impl MailError {
    /// Trying again cannot help: the address or the mail itself is refused. All else may pass, or be put right in the settings.
    pub fn is_final(&self) -> bool {
        matches!(self, MailError::Invalid(_) | MailError::Refused { .. })
    }

    pub(super) fn of_connecting(error: &Error) -> Self {
        match error.status() {
            Some(code) if error.is_transient() => MailError::Deferred { code: code.into(), words: words(error) },
            Some(code) => MailError::Unreachable(format!("{} {}", u16::from(code), words(error))),
            None => MailError::Unreachable(words(error)),
        }
    }

    pub(super) fn of_signing_in(error: &Error) -> Self {
        match error.status() {
            Some(code) if error.is_transient() => MailError::Deferred { code: code.into(), words: words(error) },
            Some(code) => MailError::NotLetIn(format!("{} {}", u16::from(code), words(error))),
            None if error.is_client() => MailError::NotLetIn(words(error)),
            None => MailError::Unreachable(words(error)),
        }
    }

    pub(super) fn of_sending(error: &Error) -> Self {
        match error.status().map(u16::from) {
            Some(SIGN_IN_FIRST) => MailError::NotLetIn(format!("{SIGN_IN_FIRST} {}", words(error))),
            Some(code) if error.is_permanent() => MailError::Refused { code, words: words(error) },
            Some(code) => MailError::Deferred { code, words: words(error) },
            // The client's own refusals are about what the server cannot carry, such as an address that is not ASCII.
            None if error.is_client() => MailError::Invalid(words(error)),
            None => MailError::Unreachable(words(error)),
        }
    }
}

/// The innermost cause in one line: the outer ones only say that there is one, and foreign words get no line breaks.
fn words(error: &Error) -> String {
    let outer: &(dyn StdError + 'static) = error;
    let cause = std::iter::successors(Some(outer), |e| (*e).source()).last().map(ToString::to_string).unwrap_or_default();
    let line = cause.split(|c: char| c.is_control() || c.is_whitespace()).filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ");
    line.chars().take(WORDS).collect()
}
