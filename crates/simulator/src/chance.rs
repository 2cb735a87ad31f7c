//! The simulator's only source of chance: identifiers in the provider's style, and small random gaps.
#![expect(
    clippy::disallowed_methods,
    reason = "the simulator plays the world outside MAX and shares no crate with it; this is its only chance"
)]

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// A message id. Like the real ones it is base64 and may hold `+`, `/` and `=`, so that nobody puts one in a path unescaped.
pub(crate) fn wamid() -> String {
    format!("wamid.{}", STANDARD.encode(rand::random::<[u8; 25]>()))
}

/// A numeric id of 16 digits (media, templates), as a string.
pub(crate) fn numeric_id() -> String {
    (1_000_000_000_000_000 + below(8_999_999_999_999_999)).to_string()
}

/// An `fbtrace_id`.
pub(crate) fn trace_id() -> String {
    format!("A{}", URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>()))
}

/// A secret of 32 lower-case hexadecimal digits, as app secrets are.
pub(crate) fn secret() -> String {
    hex::encode(rand::random::<[u8; 16]>())
}

/// An access token in the provider's style.
pub(crate) fn access_token() -> String {
    format!("EAASIM{}", URL_SAFE_NO_PAD.encode(rand::random::<[u8; 33]>()))
}

/// An even draw from `0..limit`; 0 if `limit` is 0.
pub(crate) fn below(limit: u64) -> u64 {
    if limit == 0 { 0 } else { rand::random::<u64>() % limit }
}
