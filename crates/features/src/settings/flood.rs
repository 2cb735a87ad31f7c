//! How much a customer may write before it is a flood.

use kernel::http::Problem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// From when on a customer's messages are folded, and when they are blocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FloodLimits {
    /// Messages that a customer may write on a channel within `flood_seconds`, 1 to 1,000. More are kept, folded and ask for nobody's
    /// attention.
    pub flood_messages: u32,
    /// Seconds, 1 to 3,600.
    pub flood_seconds: u32,
    /// Messages of one run after which MAX blocks the customer: more than `flood_messages`, up to 100,000.
    pub flood_block_messages: u32,
    /// How long that block lasts, in hours: 1 to 720.
    pub flood_block_hours: u32,
}

impl Default for FloodLimits {
    fn default() -> Self {
        Self { flood_messages: 20, flood_seconds: 60, flood_block_messages: 200, flood_block_hours: 24 }
    }
}

/// Changes of them; what is absent stays.
#[derive(Debug, Clone, Copy, Default)]
pub struct FloodChanges {
    /// How many messages.
    pub flood_messages: Option<u32>,
    /// In how many seconds.
    pub flood_seconds: Option<u32>,
    /// How many lead to a block.
    pub flood_block_messages: Option<u32>,
    /// For how many hours.
    pub flood_block_hours: Option<u32>,
}

impl FloodLimits {
    /// The limits with these changes, or which of them make no sense.
    pub(super) fn with(self, changes: FloodChanges) -> Result<Self, Problem> {
        let new = Self {
            flood_messages: changes.flood_messages.unwrap_or(self.flood_messages),
            flood_seconds: changes.flood_seconds.unwrap_or(self.flood_seconds),
            flood_block_messages: changes.flood_block_messages.unwrap_or(self.flood_block_messages),
            flood_block_hours: changes.flood_block_hours.unwrap_or(self.flood_block_hours),
        };
        if !(1..=1_000).contains(&new.flood_messages) {
            return Err(Problem::field("flood_messages", "Use 1 to 1,000 messages."));
        }
        if !(1..=3_600).contains(&new.flood_seconds) {
            return Err(Problem::field("flood_seconds", "Use 1 to 3,600 seconds."));
        }
        if !(new.flood_messages + 1..=100_000).contains(&new.flood_block_messages) {
            return Err(Problem::field(
                "flood_block_messages",
                format!("Use more than the {} messages after which they are folded, up to 100,000.", new.flood_messages),
            ));
        }
        if !(1..=720).contains(&new.flood_block_hours) {
            return Err(Problem::field("flood_block_hours", "Use 1 to 720 hours."));
        }
        Ok(new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_make_sense_together() {
        let limits = FloodLimits::default();
        let change =
            |messages, block| FloodChanges { flood_messages: messages, flood_block_messages: block, ..Default::default() };
        assert_eq!(limits.with(FloodChanges::default()).ok(), Some(limits));
        assert!(limits.with(change(Some(199), None)).is_ok());
        for wrong in [change(Some(200), None), change(Some(0), None), change(Some(1_001), Some(2_000)), change(None, Some(20))] {
            assert!(limits.with(wrong).is_err(), "{wrong:?}");
        }
        for seconds in [0, 3_601] {
            assert!(limits.with(FloodChanges { flood_seconds: Some(seconds), ..Default::default() }).is_err());
        }
        for hours in [0, 721] {
            assert!(limits.with(FloodChanges { flood_block_hours: Some(hours), ..Default::default() }).is_err());
        }
    }
}
