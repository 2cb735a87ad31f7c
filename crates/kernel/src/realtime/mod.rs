//! Live updates: one hub per node follows the event log and hands each event, encoded once, to the sockets that may see it. A socket that
//! was away is served from the log, not from memory, so reconnecting loses nothing and repeats nothing.

mod hub;
mod socket;

pub use hub::{Dropped, Frame, Hub, Registration};
pub use socket::{SocketLimits, SocketState, upgrade};

/// The event kind that ends open sockets: a user was deactivated, or their role, teams or session changed. Its audience's `user_ids`
/// says whose; `data.session_id`, where present, narrows it to one session.
pub const ACCESS_CHANGED: &str = "access.changed";

/// The event kind that tells a user's screens of a sign-in: the others, not those of the session in `data.session_id` itself.
pub const SESSION_STARTED: &str = "session.started";
