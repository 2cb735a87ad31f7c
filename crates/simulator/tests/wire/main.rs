//! The simulator against the wire reference: its own receiver, its own HTTP client, no type of any other crate.

#![allow(
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    reason = "helpers of tests may panic, and take JSON as it is written"
)]

mod faults;
mod harness;
mod inbound;
mod mail;
mod media;
mod send;
mod webhooks;
