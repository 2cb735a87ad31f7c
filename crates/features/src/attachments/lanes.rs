//! How many files of which channel may be fetched at once, and how long a provider that hands out none is left alone. Pure: time is an argument.
//!
//! Each channel has a lane of its own, and none may have all places, so that one whose provider is silent stops nobody's files. When the last few
//! tries of a lane went unanswered its circuit opens: nothing is asked for a while, then one file, then, if that came, all others.

use std::{collections::HashMap, time::Duration};

use base::Time;
use chrono::TimeDelta;
use uuid::Uuid;

/// Files under way at once on a node: each takes room on its disk.
pub(super) const AT_ONCE: usize = 12;
/// Of which so many are one channel's.
pub(super) const OF_ONE: usize = 4;
/// So many tries in a row without an answer open a circuit.
const SILENT: u32 = 4;
/// How long a circuit is open at first; each time that the next try goes unanswered too, twice as long.
const OPEN: Duration = Duration::from_secs(5);
/// How long it is open at most.
const LONGEST: Duration = Duration::from_secs(120);
/// So many files in a row that the provider does not have, and the next are asked for one by one.
const MISSING: u32 = 4;
/// The pause between those.
const CALM: Duration = Duration::from_millis(250);

/// What a try said about the provider, whatever it said about the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Went {
    /// It hands out files.
    Well,
    /// It answers, and does not have this one as it should be.
    Missing,
    /// It does not answer, fails, or wants to be left alone for so long.
    Silent(Duration),
    /// It was not asked.
    Unasked,
}

/// Which files wait for the same: those of a channel, or, with none, those for the scanner.
pub(super) type LaneId = Option<Uuid>;

/// What is known of a lane.
#[derive(Debug, Default)]
struct Lane {
    under_way: usize,
    silent: u32,
    missing: u32,
    not_before: Option<Time>,
}

/// The lanes of a node.
#[derive(Debug, Default)]
pub(super) struct Lanes(HashMap<LaneId, Lane>);

/// What to take now, and when to look again if nothing else happens.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// So many of each of these lanes.
    pub take: Vec<(LaneId, usize)>,
    /// When the next is due, or its lane open again.
    pub next: Option<Time>,
}

impl Lane {
    /// How many more it may have under way, once it may begin at all.
    fn places(&self) -> usize {
        let most = if self.silent >= SILENT || self.missing >= MISSING { 1 } else { OF_ONE };
        most.saturating_sub(self.under_way)
    }
}

impl Lanes {
    /// What to take, of lanes that are due at these times.
    pub(super) fn plan(&self, due: &[(LaneId, Time)], now: Time) -> Plan {
        let mut free = AT_ONCE.saturating_sub(self.under_way());
        let mut plan = Plan::default();
        // Whoever has least under way comes first.
        let mut lanes: Vec<(usize, LaneId, Time)> =
            due.iter().map(|(id, at)| (self.0.get(id).map_or(0, |lane| lane.under_way), *id, *at)).collect();
        lanes.sort_unstable();
        for (_, id, at) in lanes {
            let lane = self.0.get(&id);
            let at = lane.and_then(|lane| lane.not_before).map_or(at, |not_before| at.max(not_before));
            let places = lane.map_or(OF_ONE, Lane::places);
            // What ends makes room and is looked at then.
            if places == 0 {
                continue;
            }
            if at > now {
                plan.next = Some(plan.next.map_or(at, |next| next.min(at)));
            } else if free > 0 {
                let take = places.min(free);
                free -= take;
                plan.take.push((id, take));
            }
        }
        plan
    }

    /// How many are under way.
    pub(super) fn under_way(&self) -> usize {
        self.0.values().map(|lane| lane.under_way).sum()
    }

    /// One begins.
    pub(super) fn begin(&mut self, id: LaneId) {
        self.0.entry(id).or_default().under_way += 1;
    }

    /// One has ended. `jitter` in `0.0..1.0` spreads what several nodes do. Answers `true` when it opened the lane's circuit.
    pub(super) fn end(&mut self, id: LaneId, went: Went, now: Time, jitter: f64) -> bool {
        let lane = self.0.entry(id).or_default();
        lane.under_way = lane.under_way.saturating_sub(1);
        let was_open = lane.silent >= SILENT;
        match went {
            Went::Unasked => {}
            Went::Well => (lane.silent, lane.missing, lane.not_before) = (0, 0, None),
            Went::Missing => {
                lane.silent = 0;
                lane.missing = lane.missing.saturating_add(1);
                lane.not_before = (lane.missing >= MISSING).then(|| after(now, CALM, jitter));
            }
            // It began before the circuit opened, and says nothing new.
            Went::Silent(_) if was_open && lane.not_before.is_some_and(|at| at > now) => {}
            Went::Silent(asked) => {
                lane.silent = lane.silent.saturating_add(1);
                let pause = open_for(lane.silent).max(asked.min(LONGEST));
                lane.not_before = (!pause.is_zero()).then(|| after(now, pause, jitter));
            }
        }
        lane.silent >= SILENT && !was_open
    }
}

/// How long a lane rests after so many tries in a row without an answer.
fn open_for(silent: u32) -> Duration {
    match silent.checked_sub(SILENT) {
        None => Duration::ZERO,
        Some(more) => OPEN.saturating_mul(2u32.saturating_pow(more.min(16))).min(LONGEST),
    }
}

fn after(now: Time, pause: Duration, jitter: f64) -> Time {
    now + TimeDelta::from_std(pause.mul_f64(1.0 + jitter.clamp(0.0, 1.0) / 4.0)).unwrap_or(TimeDelta::seconds(120))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SILENCE: Went = Went::Silent(Duration::ZERO);

    fn at(ms: i64) -> Time {
        chrono::DateTime::from_timestamp_millis(1_800_000_000_000 + ms).unwrap()
    }

    fn channel(n: u128) -> LaneId {
        Some(Uuid::from_u128(n))
    }

    /// How many of a lane would begin now.
    fn begins(lanes: &Lanes, id: LaneId, now: Time) -> usize {
        lanes.plan(&[(id, at(0))], now).take.first().map_or(0, |(_, count)| *count)
    }

    #[test]
    fn a_silent_provider_keeps_no_more_than_its_places_and_others_go_on() {
        let mut lanes = Lanes::default();
        assert_eq!(begins(&lanes, channel(1), at(0)), OF_ONE);
        (0..OF_ONE).for_each(|_| lanes.begin(channel(1)));
        let plan = lanes.plan(&[(channel(1), at(0)), (channel(2), at(0)), (None, at(0))], at(1));
        assert_eq!(plan.take, [(None, OF_ONE), (channel(2), OF_ONE)]);
        assert_eq!(plan.next, None, "what ends is looked at when it ends");
    }

    #[test]
    fn a_circuit_opens_asks_for_one_and_closes_with_what_comes() {
        let (mut lanes, id) = (Lanes::default(), channel(1));
        let opened: Vec<bool> = (0..SILENT)
            .map(|_| {
                lanes.begin(id);
                lanes.end(id, SILENCE, at(0), 0.0)
            })
            .collect();
        assert_eq!(opened, [false, false, false, true]);
        let (mut now, mut pauses) = (at(0), Vec::new());
        for _ in 0..7 {
            let plan = lanes.plan(&[(id, at(0))], now);
            assert_eq!(plan.take, []);
            pauses.push((plan.next.unwrap() - now).num_seconds());
            now = plan.next.unwrap();
            assert_eq!(begins(&lanes, id, now), 1, "one of them tries");
            lanes.begin(id);
            assert_eq!(begins(&lanes, id, now), 0, "and the others wait for what becomes of it");
            assert!(!lanes.end(id, SILENCE, now, 0.0), "it was open before");
        }
        assert_eq!(pauses, [5, 10, 20, 40, 80, 120, 120]);
        now += TimeDelta::seconds(120);
        lanes.begin(id);
        lanes.end(id, Went::Well, now, 0.0);
        assert_eq!(begins(&lanes, id, now), OF_ONE);
    }

    #[test]
    fn those_under_way_when_a_circuit_opens_do_not_open_it_for_longer() {
        let (mut lanes, id) = (Lanes::default(), channel(1));
        for _ in 0..SILENT + 3 {
            lanes.begin(id);
            lanes.end(id, SILENCE, at(0), 0.0);
        }
        assert_eq!(begins(&lanes, id, at(5_000)), 1);
    }

    #[test]
    fn files_that_are_not_there_are_asked_for_one_by_one() {
        let (mut lanes, id) = (Lanes::default(), channel(1));
        for _ in 0..MISSING {
            lanes.begin(id);
            lanes.end(id, Went::Missing, at(0), 0.0);
        }
        assert_eq!(begins(&lanes, id, at(0)), 0);
        assert_eq!(begins(&lanes, id, at(250)), 1);
        lanes.end(id, Went::Well, at(250), 0.0);
        assert_eq!(begins(&lanes, id, at(250)), OF_ONE);
    }

    #[test]
    fn what_the_provider_asks_for_is_kept_to() {
        let (mut lanes, id) = (Lanes::default(), channel(1));
        lanes.end(id, Went::Silent(Duration::from_secs(30)), at(0), 0.0);
        assert_eq!(begins(&lanes, id, at(29_999)), 0);
        assert!(begins(&lanes, id, at(30_000)) > 0);
    }

    proptest! {
        /// Whatever happens: never more at once than there are places, never all of them one channel's, and nobody waits for ever.
        #[test]
        fn places_are_bounded_and_come_back(steps in proptest::collection::vec((0u128..5, 0u8..5, 0i64..20_000), 1..200)) {
            let (mut lanes, mut now, mut under_way) = (Lanes::default(), at(0), HashMap::<LaneId, usize>::new());
            for (who, what, passed) in steps {
                now += TimeDelta::milliseconds(passed);
                let id = channel(who);
                let went = [Went::Well, Went::Missing, SILENCE, Went::Unasked].get(usize::from(what)).copied();
                match went {
                    Some(went) if under_way.get(&id).is_some_and(|n| *n > 0) => {
                        lanes.end(id, went, now, 0.5);
                        *under_way.entry(id).or_default() -= 1;
                    }
                    _ => for (id, count) in lanes.plan(&[(id, at(0)), (None, at(0))], now).take {
                        (0..count).for_each(|_| lanes.begin(id));
                        *under_way.entry(id).or_default() += count;
                    },
                }
                prop_assert_eq!(lanes.under_way(), under_way.values().sum::<usize>());
                prop_assert!(lanes.under_way() <= AT_ONCE && under_way.values().all(|n| *n <= OF_ONE));
            }
            for (id, count) in &under_way {
                (0..*count).for_each(|_| { lanes.end(*id, SILENCE, now, 1.0); });
            }
            for id in under_way.into_keys() {
                prop_assert!(begins(&lanes, id, now + TimeDelta::seconds(151)) >= 1);
            }
        }
    }
}
