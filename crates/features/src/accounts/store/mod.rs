//! SQL of accounts, a file for each thing.

pub(super) mod colleagues;
pub(super) mod credentials;
pub(super) mod links;
pub(super) mod people;
pub(super) mod photos;
pub(super) mod profile;
pub(super) mod refresh;
pub(super) mod sessions;
pub(super) mod two_factor;
