//! The two pace limits a sender meets: per number, and per pair of number and user.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Messages that may be sent to one user at once before the pace counts.
const PAIR_BURST: f64 = 45.0;
/// One message to one user per so many seconds, in the long run.
const PAIR_SECONDS: f64 = 6.0;

/// Counters of both limits. They follow real time, as a client's back-off does.
#[derive(Default)]
pub(crate) struct Limits {
    pairs: HashMap<(String, String), (f64, Instant)>,
    numbers: HashMap<String, (u32, Instant)>,
}

impl Limits {
    /// Counts one message of the pair; false when it is one too many.
    pub(crate) fn pair_allows(&mut self, phone_number_id: &str, customer: &str, now: Instant) -> bool {
        let (tokens, since) = self.pairs.entry((phone_number_id.to_owned(), customer.to_owned())).or_insert((PAIR_BURST, now));
        *tokens = (*tokens + now.saturating_duration_since(*since).as_secs_f64() / PAIR_SECONDS).min(PAIR_BURST);
        *since = now;
        let allowed = *tokens >= 1.0;
        if allowed {
            *tokens -= 1.0;
        }
        allowed
    }

    /// Counts one message of the number; false when this second has had `per_second` already.
    pub(crate) fn number_allows(&mut self, phone_number_id: &str, per_second: u32, now: Instant) -> bool {
        let (count, since) = self.numbers.entry(phone_number_id.to_owned()).or_insert((0, now));
        if now.saturating_duration_since(*since) >= Duration::from_secs(1) {
            (*count, *since) = (0, now);
        }
        *count += 1;
        *count <= per_second
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_to_one_user_is_paid_back_at_one_per_six_seconds() {
        let (mut limits, start) = (Limits::default(), Instant::now());
        assert!((0..45).all(|_| limits.pair_allows("1", "a", start)));
        assert!(!limits.pair_allows("1", "a", start));
        assert!(limits.pair_allows("1", "b", start), "another user has their own allowance");
        assert!(limits.pair_allows("1", "a", start + Duration::from_secs(7)));
        assert!(!limits.pair_allows("1", "a", start + Duration::from_secs(7)));
    }

    #[test]
    fn a_number_starts_afresh_every_second() {
        let (mut limits, start) = (Limits::default(), Instant::now());
        assert!((0..3).all(|_| limits.number_allows("1", 3, start)));
        assert!(!limits.number_allows("1", 3, start));
        assert!(limits.number_allows("1", 3, start + Duration::from_secs(1)));
    }
}
