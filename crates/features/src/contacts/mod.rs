//! Contacts: customers, the ids by which the providers know them, and what colleagues know of them. Owns `contact`, `contact_identity`,
//! `contact_attribute` and `contact_activity`.
//!
//! An identity is (channel, the provider's opaque id). A phone number is an attribute, never the key: since 2026 it may be missing.
//!
//! A contact is visible exactly when one of its conversations is.

mod access;
mod attributes;
mod block;
mod details;
mod http;
mod jobs;
mod model;
mod service;
mod store;

use kernel::{http::Routes, job::Jobs};
use uuid::Uuid;

pub use access::ContactRow;
pub use block::{block_flooder, end_block};
pub use details::{attributes_of, take_profile, tell_changed};
pub use http::ContactsBlock;
pub use model::{Activity, Attribute, AttributeKind, BlockedContact, ContactConversation, ContactView, IdentityView};
pub use service::{Renamed, change_identity, rename, resolve};
pub use store::{Identity, find, identities_on, is_blocked, lock};

use crate::App;

/// The event that says a contact changed; its data hold the contact.
pub const UPDATED: &str = "contact.updated";

/// An id under which somebody may be known on a channel.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IdentityKey {
    /// The channel.
    pub channel_id: Uuid,
    /// The provider's opaque id.
    pub external_id: String,
}

/// Adds this feature's jobs.
pub fn jobs(jobs: Jobs<App>) -> Jobs<App> {
    jobs::jobs(jobs)
}

/// The routes.
pub fn routes() -> Routes<App> {
    http::routes()
}
