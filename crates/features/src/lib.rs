//! Every feature, one flat folder each, listed floor by floor. A feature uses only features named before it, through their `mod.rs`;
//! `tests/it/architecture.rs` holds that. [`App`] is what handlers and background loops are given.

mod app;

// who and when
pub mod teams;
pub mod settings;
pub mod accounts;

// what arrives
pub mod channels;
pub mod templates;
pub mod close_reasons;
pub mod conversations;
pub mod tags;
pub mod contacts;
pub mod media;
pub mod messages;
pub mod attachments;
pub mod ingest;
pub mod delivery;
pub mod notices;

// whose it is
pub mod presence;
pub mod assignment;

// the tools
pub mod canned;
pub mod drafts;
pub mod queues;
pub mod notes;
pub mod inbox;
pub mod views;
pub mod bulk;

// the customers' side
pub mod visitors;

// the watchers: they act on events, and nobody imports them
pub mod audit;

pub use app::{App, AppParts};
