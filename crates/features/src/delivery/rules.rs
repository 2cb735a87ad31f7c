//! When to try again, and when to stop. Pure.

use std::time::Duration;

/// Tries of a message before it counts as failed.
pub(super) const TRIES: i32 = 10;
/// Longest pause between two tries.
const LONGEST: Duration = Duration::from_secs(300);
/// Tries of about a day, where the other side is a server of the company's own.
pub(super) const DAY_OF_TRIES: i32 = 288;

/// The pause before the next try after `attempt` tries, or `None` to stop after `tries`. `hint` is what the provider asked for at the first try; it
/// doubles like our own pauses. `jitter` in `0.0..1.0` spreads the tries of many messages.
pub(super) fn pause(attempt: i32, tries: i32, hint: Option<Duration>, jitter: f64) -> Option<Duration> {
    if attempt >= tries {
        return None;
    }
    let doublings = u32::try_from(attempt.clamp(1, 16) - 1).unwrap_or(0);
    let own = Duration::from_secs(1).saturating_mul(2u32.saturating_pow(doublings));
    let asked = hint.unwrap_or_default();
    // Up to a quarter longer, never shorter than the provider asked for.
    Some(own.max(asked).min(LONGEST.max(asked)).mul_f64(1.0 + jitter.clamp(0.0, 1.0) / 4.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pauses_grow_respect_the_provider_and_end(attempt in 1i32..40, hint in proptest::option::of(0u64..600), jitter in 0.0f64..1.0) {
            let hint = hint.map(Duration::from_secs);
            match pause(attempt, TRIES, hint, jitter) {
                None => prop_assert!(attempt >= TRIES),
                Some(p) => {
                    prop_assert!(attempt < TRIES);
                    prop_assert!(p >= hint.unwrap_or_default());
                    prop_assert!(p <= LONGEST.max(hint.unwrap_or_default()).mul_f64(1.25));
                    prop_assert!(pause(attempt + 1, TRIES, hint, jitter).is_none_or(|next| next >= p));
                }
            }
        }
    }

    #[test]
    fn a_day_of_tries_lasts_a_day() {
        let day: Duration = (1..).map_while(|attempt| pause(attempt, DAY_OF_TRIES, None, 0.0)).sum();
        assert!((22..26).contains(&(day.as_secs() / 3600)), "{day:?}");
    }
}
