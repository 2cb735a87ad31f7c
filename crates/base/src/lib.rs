//! What every crate of MAX may know: ids, time and chance, error codes, and the types that keep secrets and personal
//! data out of logs. Tiny and nearly frozen, for an edit here rebuilds everything.

pub mod clock;
pub mod ids;
pub mod problem;
pub mod redact;

pub use clock::{Clock, ManualClock, SystemClock};
pub use ids::Ids;
pub use problem::Code;
pub use redact::Pii;

/// A point in time, always UTC.
pub type Time = chrono::DateTime<chrono::Utc>;
