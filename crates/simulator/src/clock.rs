//! The simulator's virtual clock: the machine's time plus an offset, so that a test need not wait 24 hours to see a window close.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// System time plus an offset set over the control API. Only stamps and expiries follow it; real waiting (delays, back-off) does
/// not.
#[derive(Default)]
pub(crate) struct Clock {
    offset_seconds: AtomicI64,
}

impl Clock {
    /// Unix seconds.
    pub(crate) fn now(&self) -> i64 {
        self.now_ms().div_euclid(1000)
    }

    /// Unix milliseconds.
    pub(crate) fn now_ms(&self) -> i64 {
        system_ms().saturating_add(self.offset_seconds.load(Ordering::Relaxed).saturating_mul(1000))
    }

    /// Moves the clock by `seconds` (may be negative) and answers the new offset in seconds.
    pub(crate) fn advance(&self, seconds: i64) -> i64 {
        self.offset_seconds.fetch_add(seconds, Ordering::Relaxed).saturating_add(seconds)
    }

    /// How far the clock is ahead of the machine, in seconds.
    pub(crate) fn offset(&self) -> i64 {
        self.offset_seconds.load(Ordering::Relaxed)
    }

    /// Back to the machine's time.
    pub(crate) fn reset(&self) {
        self.offset_seconds.store(0, Ordering::Relaxed);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the simulator plays the world outside MAX and shares no crate with it; this is its only clock"
)]
fn system_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
