//! Delivery: from a queued message to the customer's phone. Owns `send_attempt`.
//!
//! The dispatcher takes the oldest queued message of each conversation, records the attempt, calls the provider, records the outcome. A node
//! that dies in between leaves an attempt without an outcome: that message is `unconfirmed`, never silently lost and never sent twice without
//! the provider's or a person's word.

mod dispatcher;
mod release;
mod rules;
mod store;
mod upload;

pub use dispatcher::run;
pub use release::release;
