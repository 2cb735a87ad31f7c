//! The one integration-test binary: a file per feature, over whole nodes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::large_futures,
    reason = "a test fails by panicking, its statements are checked by being run, and it takes time from the machine"
)]

mod accounts;
mod architecture;
mod assignment;
mod audit;
mod bulk;
mod canned;
mod channels;
mod chat;
mod close_reasons;
mod contacts;
mod delivery;
mod drafts;
mod events;
mod floods;
mod folding;
mod http;
mod inbox;
mod ingest;
mod media;
mod messages;
mod notes;
mod permissions;
mod presence;
mod queues;
mod realtime;
mod settings;
mod simulator;
mod tags;
mod templates;
mod views;
mod teams;
pub mod users;
