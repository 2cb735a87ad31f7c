//! Time as an argument. The system clock is read in one place, here; clippy bans it everywhere else, so that tests
//! never sleep and every rule about time (reply windows, expiry, backoff) can be tried at any instant.

use std::sync::Mutex;

use crate::Time;

/// Where the time comes from.
pub trait Clock: Send + Sync + 'static {
    /// The present, in UTC, to the microsecond (what PostgreSQL keeps, so that a value read back equals the value written).
    fn now(&self) -> Time;
}

/// The machine's clock.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system clock")]
    fn now(&self) -> Time {
        to_micros(chrono::Utc::now())
    }
}

/// A clock that tests set by hand.
#[derive(Debug)]
pub struct ManualClock(Mutex<Time>);

impl ManualClock {
    /// A clock that stands at `now` until told otherwise.
    pub fn at(now: Time) -> Self {
        Self(Mutex::new(to_micros(now)))
    }

    /// Moves the clock forward (or back, with a negative duration).
    pub fn advance(&self, by: chrono::Duration) {
        *self.lock() += by;
    }

    /// Sets the clock.
    pub fn set(&self, now: Time) {
        *self.lock() = to_micros(now);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Time> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Time {
        *self.lock()
    }
}

fn to_micros(at: Time) -> Time {
    chrono::DateTime::from_timestamp_micros(at.timestamp_micros()).unwrap_or(at)
}
