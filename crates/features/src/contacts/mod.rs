//! Contacts: customers, and the ids by which the providers know them. Owns `contact` and `contact_identity`.
//!
//! An identity is (channel, the provider's opaque id). A phone number is an attribute, never the key: since 2026 it may be missing.

mod service;
mod store;

use uuid::Uuid;

pub use service::{Renamed, change_identity, rename, resolve};
pub use store::{Identity, find};

/// An id under which somebody may be known on a channel.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IdentityKey {
    /// The channel.
    pub channel_id: Uuid,
    /// The provider's opaque id.
    pub external_id: String,
}
