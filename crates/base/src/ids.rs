//! Ids and other chance as arguments: UUIDv7, so that rows created together lie together in an index.

use std::sync::{Arc, Mutex};

use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};
use uuid::Uuid;

use crate::{Clock, Time};

/// Makes ids and random bytes. One per process; tests seed it, so that snapshots do not move.
#[derive(Clone)]
pub struct Ids(Arc<Mutex<StdRng>>);

impl Ids {
    /// Seeded from the operating system.
    #[expect(clippy::disallowed_methods, reason = "the one place that takes chance from the system")]
    pub fn from_system() -> Self {
        Self(Arc::new(Mutex::new(rand::make_rng())))
    }

    /// The same ids every time, for tests.
    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// A fresh UUIDv7 for something that happens at `now`.
    pub fn at(&self, now: Time) -> Uuid {
        let bytes: [u8; 10] = self.lock().random();
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
    }

    /// A fresh UUIDv7 for something that happens at the clock's present.
    pub fn next(&self, clock: &dyn Clock) -> Uuid {
        self.at(clock.now())
    }

    /// 32 random bytes: a token nobody guesses.
    pub fn token(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        self.lock().fill_bytes(&mut bytes);
        bytes
    }

    /// A number in `0.0..1.0`, for jitter.
    pub fn fraction(&self) -> f64 {
        self.lock().random()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, StdRng> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Ids {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ids")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_seeds_repeat() {
        let at = |s| chrono::DateTime::from_timestamp(s, 0).unwrap_or_default();
        let ids = Ids::seeded(7);
        let (first, second) = (ids.at(at(1_000)), ids.at(at(2_000)));
        assert!(first < second);
        assert_eq!(first.get_version_num(), 7);
        assert_eq!(Ids::seeded(7).at(at(1_000)), first);
    }
}
