//! Floods: what a customer writes beyond a measure is kept, and asks for nobody's attention.
//!
//! The measure is a bucket for each customer on each channel. It holds `flood_messages` and refills within `flood_seconds`; each message takes
//! one out, and what finds it empty is folded. It stands in the row of their conversation, which each of their messages changes under its lock
//! anyway: so it costs nothing, two nodes cannot both give the last one away, and messages that arrive together are counted like any others.

use std::{collections::HashMap, sync::Arc, time::Duration};

use base::Time;
use chrono::TimeDelta;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    App, contacts,
    conversations::{self, Flood, Locked, TOLD_EVERY},
    messages::MessageRow,
    settings::{self, FloodLimits},
};

/// How much a customer may still write.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Bucket {
    left: f64,
    /// As of then; `None`: it is full.
    at: Option<Time>,
    /// Messages folded since it was last full.
    run: i32,
}

impl Bucket {
    /// As it is now. A clock that goes back refills nothing; a full bucket ends the run.
    fn at(self, limits: FloodLimits, now: Time) -> Self {
        let most = f64::from(limits.flood_messages);
        let left = self.at.map_or(most, |at| {
            let passed = (now - at).max(TimeDelta::zero()).as_seconds_f64();
            (self.left.max(0.0) + passed * most / f64::from(limits.flood_seconds)).min(most)
        });
        Self { left, at: self.at.max(Some(now)), run: if left < most { self.run } else { 0 } }
    }

    /// How many messages find room.
    fn free(self) -> i64 {
        // At most a thousand.
        self.left.floor() as i64
    }

    /// After so many messages that found room and so many that did not.
    fn after(self, passed: i32, folded: i32) -> Self {
        Self { left: (self.left - f64::from(passed)).max(0.0), run: self.run.saturating_add(folded), ..self }
    }

    /// Whether the run is so long that its customer is blocked. Those that emptied the bucket count too.
    fn too_long(self, limits: FloodLimits) -> bool {
        self.run > 0 && i64::from(self.run) + i64::from(limits.flood_messages) > i64::from(limits.flood_block_messages)
    }
}

/// What arrives together, conversation by conversation.
pub(super) struct Floods {
    limits: FloodLimits,
    now: Time,
    of: HashMap<Uuid, Tally>,
}

struct Tally {
    bucket: Bucket,
    passed: i32,
    folded: i32,
    blocked: bool,
    told_at: Option<Time>,
}

impl Floods {
    /// As these conversations stand, under their locks.
    pub fn of<'a>(rows: impl Iterator<Item = &'a Locked>, limits: FloodLimits, now: Time) -> Self {
        let tally = |row: &Locked| {
            let bucket = Bucket { left: row.flood_left, at: row.flood_at, run: row.flood_run }.at(limits, now);
            Tally { bucket, passed: 0, folded: 0, blocked: false, told_at: row.flood_told_at }
        };
        Self { limits, now, of: rows.map(|row| (row.id, tally(row))).collect() }
    }

    /// How many new messages of a conversation may ask for attention.
    pub fn free(&self, conversation_id: Uuid) -> i64 {
        self.of.get(&conversation_id).map_or(0, |tally| tally.bucket.free())
    }

    /// A message was stored. What the customer does not say themselves takes nothing from them.
    pub fn note(&mut self, row: &MessageRow, said: bool, blocked: bool) {
        let Some(tally) = self.of.get_mut(&row.conversation_id) else { return };
        tally.folded += i32::from(row.folded);
        tally.passed += i32::from(said && !row.folded);
        tally.blocked |= blocked;
    }

    /// What all that came of a conversation.
    pub fn settled(&self, conversation_id: Uuid) -> Flood {
        let Some(tally) = self.of.get(&conversation_id) else { return Flood::default() };
        let mut bucket = tally.bucket.after(tally.passed, tally.folded);
        if tally.blocked {
            // They are blocked already. When that ends, they begin anew.
            bucket.run = 0;
        }
        Flood {
            folded: tally.folded,
            left: bucket.left,
            run: bucket.run,
            due: tally.folded > 0 && bucket.too_long(self.limits),
            told: tally.folded > 0 && tally.told_at.is_none_or(|at| self.now - at >= TOLD_EVERY),
        }
    }
}

/// What wakes the loop when somebody is to be blocked.
pub const TOPIC: &str = "flood";
/// How long it waits at most.
const POLL: Duration = Duration::from_secs(1);
/// Conversations in one transaction.
const BATCH: i64 = 100;

/// Does what floods leave to be done, until stopped: tells the screens of what they have not heard, blocks who is to be blocked, and lets
/// those in again whose block has ended. Every worker node has such a loop; each step is locked, so whoever is first does it.
pub async fn settle(app: App, wake: Arc<Notify>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = all_due(&app).await {
            tracing::warn!(error = %error, "floods cannot be settled; trying again");
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = wake.notified() => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
}

async fn all_due(app: &App) -> Result<(), sqlx::Error> {
    loop {
        let mut tx = app.db.begin().await?;
        let mut more = conversations::tell_floods(app, &mut tx, BATCH).await? > 0;
        tx.commit().await?;
        // A customer's row is locked before their conversations, so each has a transaction of its own.
        let mut tx = app.db.begin().await?;
        if let Some(id) = conversations::flooder(&mut tx).await? {
            let hours = settings::flood_limits(app, &mut tx).await?.flood_block_hours;
            contacts::block_flooder(app, &mut tx, id, app.now() + TimeDelta::hours(hours.into())).await?;
            more = true;
        }
        tx.commit().await?;
        let mut tx = app.db.begin().await?;
        more |= contacts::end_block(app, &mut tx).await?;
        tx.commit().await?;
        if !more {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMITS: FloodLimits =
        FloodLimits { flood_messages: 20, flood_seconds: 60, flood_block_messages: 200, flood_block_hours: 24 };

    fn time(ms: i64) -> Time {
        chrono::DateTime::from_timestamp_millis(1_800_000_000_000 + ms).unwrap()
    }

    const FULL: Bucket = Bucket { left: 0.0, at: None, run: 0 };

    /// So many messages at this time; the bucket after them, and how many found room.
    fn pour(bucket: Bucket, at: Time, messages: i64) -> (Bucket, i64) {
        let bucket = bucket.at(LIMITS, at);
        let passed = bucket.free().min(messages);
        (bucket.after(passed as i32, (messages - passed) as i32), passed)
    }

    proptest! {
        /// However a flood is cut into batches: within any minute no more than two bucketfuls pass, and over long no more than the pace.
        #[test]
        fn no_more_passes_than_the_measure(steps in prop::collection::vec((0i64..20_000, 0i64..60), 1..60)) {
            let (mut bucket, mut now, mut passed) = (FULL, 0, Vec::new());
            for (pause, messages) in steps {
                now += pause;
                let (after, through) = pour(bucket, time(now), messages);
                bucket = after;
                passed.push((now, through));
                prop_assert!((0.0..=20.0).contains(&bucket.left));
            }
            for (i, (from, _)) in passed.iter().enumerate() {
                let mut sum = 0;
                for (to, through) in &passed[i..] {
                    sum += through;
                    prop_assert!(sum as f64 <= 20.0 + (to - from) as f64 / 3_000.0 + 1e-6);
                }
            }
        }

        /// Whoever keeps the pace is never folded, however long they write.
        #[test]
        fn who_keeps_the_pace_is_heard(pauses in prop::collection::vec(3_000i64..30_000, 1..300)) {
            let (mut bucket, mut now) = (FULL, 0);
            for pause in pauses {
                now += pause;
                let (after, passed) = pour(bucket, time(now), 1);
                prop_assert_eq!((passed, after.run), (1, 0));
                bucket = after;
            }
        }

        /// Messages that arrive together count as those that arrive one by one.
        #[test]
        fn batches_make_no_difference(cuts in prop::collection::vec(1i64..40, 1..20)) {
            let mut one = FULL;
            for _ in 0..cuts.iter().sum() {
                one = pour(one, time(0), 1).0;
            }
            let mut together = FULL;
            for cut in cuts {
                together = pour(together, time(0), cut).0;
            }
            prop_assert_eq!(one, together);
        }

        /// A node whose clock is behind gives nothing away.
        #[test]
        fn a_clock_that_goes_back_refills_nothing(back in 0i64..1_000_000) {
            let empty = pour(FULL, time(0), 20).0;
            let then = empty.at(LIMITS, time(-back));
            prop_assert_eq!((then.free(), then.at), (0, Some(time(0))));
        }
    }

    #[test]
    fn a_run_ends_when_the_bucket_is_full_again() {
        let (flooded, _) = pour(FULL, time(0), 150);
        assert_eq!((flooded.run, flooded.too_long(LIMITS)), (130, false));
        assert_eq!(pour(flooded, time(59_000), 1).0.run, 130, "it is not over yet");
        assert_eq!(pour(flooded, time(60_000), 1).0.run, 0);
        assert!(!pour(FULL, time(0), 200).0.too_long(LIMITS));
        assert!(pour(FULL, time(0), 201).0.too_long(LIMITS), "the 201st of a run is too many");
    }

    #[test]
    fn limits_may_change_meanwhile() {
        let (bucket, _) = pour(FULL, time(0), 5);
        let fewer = FloodLimits { flood_messages: 3, ..LIMITS };
        assert_eq!(bucket.at(fewer, time(0)).free(), 3);
        let strange = Bucket { left: f64::NAN, at: Some(time(0)), run: 0 };
        assert!((0..=20).contains(&strange.at(LIMITS, time(0)).free()));
    }
}
