//! The event log: the one way to tell the world. Business code appends ([`crate::db::Tx::emit`]); screens, webhooks, metrics, timers and
//! search read, each with its own cursor. To add a reader, write a reader.

pub mod log;
pub mod reader;
mod wake;

use std::{fmt, str::FromStr};

use base::Time;
use serde::Serialize;
use uuid::Uuid;
pub use wake::{Line, Waker, relay};

/// The wake-up topic of the log itself.
pub const TOPIC: &str = "events";

/// A place in the log: the pair (transaction, position). Identity values become visible out of order under concurrency, so the position
/// alone would skip rows. Opaque to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Cursor {
    /// `xid8` of the transaction that wrote the event.
    pub xid: u64,
    /// Identity within the log.
    pub position: i64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.xid, self.position)
    }
}

/// The text is not a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an event cursor")]
pub struct NotACursor;

impl FromStr for Cursor {
    type Err = NotACursor;
    fn from_str(text: &str) -> Result<Self, NotACursor> {
        let (xid, position) = text.split_once('-').ok_or(NotACursor)?;
        Ok(Self { xid: xid.parse().map_err(|_| NotACursor)?, position: position.parse().map_err(|_| NotACursor)? })
    }
}

/// Who may see an event. The same rule as for rows applies to it: see the composition root's `Visibility`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Audience {
    /// The conversation it is about; `None` for what concerns people or settings.
    pub conversation_id: Option<Uuid>,
    /// The team that has the conversation.
    pub team_id: Option<Uuid>,
    /// Who has it; `None` while it waits in the team's queue.
    pub assignee_id: Option<Uuid>,
    /// People who see it whatever the team: participants, or the only recipients when there is no conversation.
    pub user_ids: Vec<Uuid>,
}

/// An event to append.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// When it happened, by the application's clock.
    pub at: Time,
    /// What: `"message.created"`.
    pub kind: &'static str,
    /// For whom.
    pub audience: Audience,
    /// What a screen needs to update itself.
    pub data: serde_json::Value,
}

impl NewEvent {
    /// An event with its data as JSON. Data are our own structs, which always serialise; one that did not would be `null`.
    pub fn new(at: Time, kind: &'static str, audience: Audience, data: &impl Serialize) -> Self {
        Self { at, kind, audience, data: serde_json::to_value(data).unwrap_or_default() }
    }
}

/// An event as readers get it.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its place in the log.
    pub cursor: Cursor,
    /// When it happened.
    pub at: Time,
    /// What.
    pub kind: String,
    /// For whom.
    pub audience: Audience,
    /// The data as stored.
    pub data: serde_json::Value,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_survive_the_wire_and_garbage_is_refused() {
        let cursor = Cursor { xid: 734, position: 19 };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for bad in ["", "-", "1", "1-", "-1", "a-b", "1-2-3", "99999999999999999999999-1"] {
            assert_eq!(bad.parse::<Cursor>(), Err(NotACursor), "{bad}");
        }
        assert!(Cursor { xid: 2, position: 1 } > Cursor { xid: 1, position: 9 });
    }
}
