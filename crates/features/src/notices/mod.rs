//! Notices: tells the other side what happens in a conversation (it begins, somebody has it, it is over, it was read), where the channel can.
//! Owns `notice`.
//!
//! A reader of the event log writes down what is to be told; a loop on every worker node tells it, in the order of each conversation, and
//! tries again for a day.

mod reader;
mod sender;
mod store;

use std::sync::Arc;

use kernel::event::reader::Reader;

pub use sender::run;

use crate::App;

/// What wakes the loop.
pub const TOPIC: &str = "notices";

/// The reader that writes down what is to be told.
pub fn reader(app: App) -> Arc<dyn Reader> {
    Arc::new(reader::Happenings(app))
}
