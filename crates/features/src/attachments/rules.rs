//! When to try again with a file, and when to stop. Pure.

use std::time::Duration;

use base::Time;
use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::TimeDelta;

/// How long providers keep what customers send.
const KEPT: TimeDelta = TimeDelta::days(7);
/// Longest pause between two tries.
const LONGEST: Duration = Duration::from_secs(3_600);
/// Tries of a file that the provider says it does not have: it may not have it yet.
const GONE_TRIES: i32 = 3;
/// Tries of a file that comes other than announced.
const DAMAGED_TRIES: i32 = 5;

/// What went wrong with a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Something that passes.
    Passing,
    /// The provider does not have it.
    Gone,
    /// It is not what was announced.
    Damaged,
}

/// The pause before the next try after `attempt` tries of a file announced at `since`, or `None` to stop. `asked` is what the provider asked
/// for; `jitter` in `0.0..1.0` spreads the tries of many files.
pub(super) fn pause(
    trouble: Trouble,
    attempt: i32,
    since: Time,
    now: Time,
    asked: Option<Duration>,
    jitter: f64,
) -> Option<Duration> {
    let stops = match trouble {
        Trouble::Passing => too_old(since, now),
        Trouble::Gone => attempt >= GONE_TRIES,
        Trouble::Damaged => attempt >= DAMAGED_TRIES,
    };
    let doublings = u32::try_from(attempt.clamp(1, 16) - 1).unwrap_or(0);
    let own = Duration::from_secs(2).saturating_mul(2u32.saturating_pow(doublings)).min(LONGEST);
    (!stops).then(|| own.max(asked.unwrap_or_default().min(LONGEST)).mul_f64(1.0 + jitter.clamp(0.0, 1.0) / 4.0))
}

/// Whether the provider has thrown away by now what was announced at `since`.
pub(super) fn too_old(since: Time, now: Time) -> bool {
    now >= since + KEPT
}

/// Whether a digest as the provider tells it, in base64 or in hexadecimal, is this one in hexadecimal. What is no digest says nothing.
pub(super) fn same_digest(told: &str, sha256: &str) -> bool {
    let told = told.trim();
    let plain = hex::decode(told).ok().filter(|bytes| bytes.len() == 32);
    match plain.or_else(|| BASE64_STANDARD.decode(told).ok().filter(|bytes| bytes.len() == 32)) {
        Some(bytes) => hex::encode(bytes) == sha256,
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pauses_grow_and_end_with_the_files_life(attempt in 1i32..60, age in 0i64..10 * 86_400, asked in proptest::option::of(0u64..10_000), jitter in 0.0f64..1.0) {
            let since = chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap();
            let now = since + TimeDelta::seconds(age);
            let asked = asked.map(Duration::from_secs);
            let found = pause(Trouble::Passing, attempt, since, now, asked, jitter);
            prop_assert_eq!(found.is_none(), age >= 7 * 86_400);
            if let Some(found) = found {
                prop_assert!(found >= asked.unwrap_or_default().min(LONGEST) && found <= LONGEST.mul_f64(1.25));
                let next = pause(Trouble::Passing, attempt + 1, since, now, asked, jitter).unwrap();
                prop_assert!(next >= found);
            }
            prop_assert_eq!(pause(Trouble::Gone, attempt, since, now, asked, jitter).is_none(), attempt >= GONE_TRIES);
        }
    }

    #[test]
    fn digests_come_in_two_spellings() {
        let sha = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert!(same_digest(sha, sha) && same_digest(&sha.to_uppercase(), sha));
        assert!(same_digest("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", sha));
        assert!(!same_digest("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFA=", sha));
        assert!(!same_digest(&"0".repeat(64), sha));
        assert!(same_digest("no digest at all", sha) && same_digest("", sha));
    }
}
