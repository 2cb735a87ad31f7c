//! Every error code a client can meet, in one table: the stable code, its HTTP status, and its title. The sentence a person
//! can act on is written where the error is raised.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $status:literal, $title:literal;)*) => {
        /// A stable error code, as in `application/problem+json`'s `code`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum Code { $($(#[$doc])* #[serde(rename = $code)] $name,)* }

        impl Code {
            /// All codes, for documents and tests.
            pub const ALL: &[Code] = &[$(Code::$name),*];

            /// The code as clients see it.
            pub const fn as_str(self) -> &'static str { match self { $(Code::$name => $code),* } }

            /// The HTTP status it travels with.
            pub const fn status(self) -> u16 { match self { $(Code::$name => $status),* } }

            /// A short title, the same for every occurrence (RFC 9457).
            pub const fn title(self) -> &'static str { match self { $(Code::$name => $title),* } }
        }
    };
}

codes! {
    /// The request cannot be read (bad JSON, bad UTF-8, a wrong type).
    BadRequest = "bad_request", 400, "The request could not be read";
    /// Fields are missing or wrong; `fields` says which.
    Invalid = "invalid", 422, "Some fields need attention";
    /// The page cursor is not one of ours.
    InvalidCursor = "invalid_cursor", 400, "This page link is not valid";
    /// No token, or one that does not hold.
    Unauthenticated = "unauthenticated", 401, "Please sign in";
    /// Wrong e-mail or password; deliberately one code.
    InvalidCredentials = "invalid_credentials", 401, "E-mail or password is wrong";
    /// The password was right; the account also asks for a code.
    TotpRequired = "totp_required", 401, "A code is needed";
    /// The code of the second factor is wrong, too old or was used.
    TotpWrong = "totp_wrong", 401, "The code is not right";
    /// A webhook whose signature is missing.
    SignatureMissing = "signature_missing", 401, "The signature is missing";
    /// A webhook whose signature does not match its bytes.
    SignatureWrong = "signature_wrong", 403, "The signature does not match";
    /// A webhook that was signed too long ago, or by a clock that is ahead.
    SignatureStale = "signature_stale", 403, "The signature is too old";
    /// A webhook verification whose token does not match.
    VerifyTokenWrong = "verify_token_wrong", 403, "The verify token does not match";
    /// Signed in, but not allowed.
    Forbidden = "forbidden", 403, "You may not do this";
    /// The role asks for a second factor, and none is set up yet.
    TwoFactorRequired = "two_factor_required", 403, "Set up two-factor sign-in first";
    /// Nobody changes their own role or deactivates themselves.
    OwnRole = "own_role", 403, "Ask another admin";
    /// The request comes from another web site.
    WrongOrigin = "wrong_origin", 403, "This request came from another site";
    /// It does not exist, or its existence is none of the caller's business.
    NotFound = "not_found", 404, "Not found";
    /// Nothing waits in the queue.
    QueueEmpty = "queue_empty", 404, "Nothing is waiting";
    /// The address exists, the method does not.
    MethodNotAllowed = "method_not_allowed", 405, "Method not allowed";
    /// Somebody else already has the conversation.
    ConversationTaken = "conversation_taken", 409, "Somebody else has this conversation";
    /// The conversation's state does not allow this step.
    IllegalTransition = "illegal_transition", 409, "This step is not possible now";
    /// The channel's reply window has closed.
    WindowClosed = "window_closed", 409, "The reply window has closed";
    /// The channel's reply window is open, so nobody need be asked to open it.
    WindowOpen = "window_open", 409, "The reply window is open";
    /// The same idempotency key was used with another body.
    IdempotencyConflict = "idempotency_conflict", 409, "This id was already used for something else";
    /// The message's state does not allow this step.
    MessageNotRetryable = "message_not_retryable", 409, "This message cannot be sent again";
    /// Somebody said something that the sender has not seen; `messages` says what.
    StaleView = "stale_view", 409, "Something was said meanwhile";
    /// A unique value is already taken.
    AlreadyExists = "already_exists", 409, "This already exists";
    /// Something still belongs to it.
    InUse = "in_use", 409, "This is still in use";
    /// Without this user nobody could administer MAX.
    LastAdmin = "last_admin", 409, "This is the last active admin";
    /// A one-time link that is unknown, too old or used: one answer.
    LinkInvalid = "link_invalid", 410, "This link does not hold any more";
    /// The channel cannot do this.
    NotSupportedByChannel = "not_supported_by_channel", 422, "This channel cannot do that";
    /// The body is larger than this address takes.
    TooLarge = "too_large", 413, "The request is too large";
    /// Not JSON, or not a kind of picture that this address takes.
    UnsupportedMediaType = "unsupported_media_type", 415, "This media type is not taken here";
    /// There is no room where files are kept.
    StorageFull = "storage_full", 507, "There is no room for files";
    /// Too many requests; `Retry-After` says when.
    TooManyRequests = "too_many_requests", 429, "Too many requests";
    /// The server took too long and gave up.
    Timeout = "timeout", 503, "That took too long";
    /// The database cannot be reached, or the node is draining.
    Unavailable = "unavailable", 503, "MAX is not available right now";
    /// A bug. Logged once with the request id, never shown.
    Internal = "internal", 500, "Something went wrong on our side";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_match_their_json() {
        let mut seen = std::collections::HashSet::new();
        for code in Code::ALL {
            assert!(seen.insert(code.as_str()), "{} twice", code.as_str());
            assert_eq!(serde_json::to_string(code).ok(), Some(format!("\"{}\"", code.as_str())));
            assert!((400..600).contains(&code.status()));
        }
    }
}
