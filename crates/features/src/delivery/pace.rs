//! How fast may be sent over one channel: as a whole, and to each customer. Pure: time is an argument, counted from when the channel's lane began.
//!
//! The pace of the whole begins at what the kind of channel allows, falls by half when the provider refuses for speed, and grows again, up to
//! what the provider grants the account, while it is used to the full. Each node keeps its own: together they learn what is too fast.

use std::{collections::HashMap, time::Duration};

use connect::channel::Limit;

/// Messages to one customer that may go at once, before the pace counts.
const PAIR_BURST: f64 = 45.0;
/// Messages to one customer a second, in the long run: one in six seconds.
const PAIR_RATE: f64 = 1.0 / 6.0;
/// The longest that one customer is left alone after refusals.
const PAIR_LONGEST: Duration = Duration::from_secs(4_096);
/// Customers remembered before those who have all their messages again are forgotten.
const PAIRS: usize = 4_096;
/// How long the pace stays down after a refusal before it grows.
const CALM: Duration = Duration::from_secs(5);
/// A wait up to this is waited for; for a longer one the message goes back to the others.
const SHORT: Duration = Duration::from_secs(2);

/// What fills steadily and is taken from by ones.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Duration,
}

impl Bucket {
    fn fill(&mut self, now: Duration, rate: f64, burst: f64) {
        self.tokens = (self.tokens + now.saturating_sub(self.at).as_secs_f64() * rate).min(burst);
        self.at = self.at.max(now);
    }

    /// How long until one can be taken.
    fn wait(&self, rate: f64) -> Duration {
        Duration::from_secs_f64(((1.0 - self.tokens) / rate).max(0.0))
    }
}

/// The pace of a channel as a whole.
#[derive(Debug)]
struct Whole {
    bucket: Bucket,
    /// Messages a second.
    rate: f64,
    /// What the provider grants.
    most: f64,
    /// When it was last refused.
    refused: Option<Duration>,
    /// The second that is counted, and what was taken in it.
    second: (u64, f64),
}

impl Whole {
    fn new(usual: u32) -> Self {
        let rate = f64::from(usual.max(1));
        Self { bucket: Bucket { tokens: rate, at: Duration::ZERO }, rate, most: rate, refused: None, second: (0, 0.0) }
    }

    /// A second that was used to the full without a refusal earns a little more.
    fn taken(&mut self, now: Duration) {
        if now.as_secs() != self.second.0 {
            let full = self.second.1 >= self.rate * 0.9;
            let calm = self.refused.is_none_or(|at| now.saturating_sub(at) >= CALM);
            if full && calm {
                self.rate = (self.rate + (self.most / 20.0).max(1.0)).min(self.most);
            }
            self.second = (now.as_secs(), 0.0);
        }
        self.second.1 += 1.0;
    }

    /// Those under way at once are refused at once: that is one refusal.
    fn refuse(&mut self, now: Duration) {
        if self.refused.is_none_or(|at| now.saturating_sub(at) >= Duration::from_secs(1)) {
            self.rate = (self.rate / 2.0).max(1.0);
            self.refused = Some(now);
        }
        self.bucket.tokens = self.bucket.tokens.min(0.0);
    }
}

/// The pace to one customer.
#[derive(Debug, Clone, Copy)]
struct Pair {
    bucket: Bucket,
    /// Refusals in a row, and until when they are left alone for it.
    refusals: u32,
    until: Duration,
}

impl Pair {
    fn new(now: Duration) -> Self {
        Self { bucket: Bucket { tokens: PAIR_BURST, at: now }, refusals: 0, until: Duration::ZERO }
    }

    fn idle(&self, now: Duration) -> bool {
        let mut bucket = self.bucket;
        bucket.fill(now, PAIR_RATE, PAIR_BURST);
        self.until <= now && bucket.tokens >= PAIR_BURST
    }
}

/// What to do with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// It goes, after this.
    Go(Duration),
    /// It does not go before this has passed.
    Later(Duration),
}

/// The pace of a channel.
#[derive(Debug)]
pub(super) struct Pace {
    usual: u32,
    whole: Whole,
    pairs: HashMap<String, Pair>,
}

impl Pace {
    /// A channel of a kind that allows so many messages a second.
    pub(super) fn new(usual: u32) -> Self {
        Self { usual, whole: Whole::new(usual), pairs: HashMap::new() }
    }

    /// What the provider grants this account; without a word of it, what the kind allows.
    pub(super) fn grant(&mut self, per_second: Option<u32>) {
        self.whole.most = f64::from(per_second.unwrap_or(self.usual).max(1));
        self.whole.rate = self.whole.rate.min(self.whole.most);
    }

    /// Whether a message to this customer may go. One that may is counted.
    pub(super) fn turn(&mut self, now: Duration, to: &str) -> Turn {
        if self.pairs.len() >= PAIRS {
            self.pairs.retain(|_, pair| !pair.idle(now));
        }
        let pair = self.pairs.entry(to.to_owned()).or_insert_with(|| Pair::new(now));
        pair.bucket.fill(now, PAIR_RATE, PAIR_BURST);
        let alone = pair.until.saturating_sub(now).max(pair.bucket.wait(PAIR_RATE));
        if !alone.is_zero() {
            return Turn::Later(alone);
        }
        let whole = &mut self.whole;
        whole.bucket.fill(now, whole.rate, whole.rate);
        let wait = whole.bucket.wait(whole.rate);
        if wait > SHORT {
            return Turn::Later(wait);
        }
        whole.bucket.tokens -= 1.0;
        pair.bucket.tokens -= 1.0;
        whole.taken(now);
        Turn::Go(wait)
    }

    /// The provider took a message to this customer.
    pub(super) fn accepted(&mut self, to: &str) {
        if let Some(pair) = self.pairs.get_mut(to) {
            pair.refusals = 0;
        }
    }

    /// The provider refused one for speed; how long nothing of the kind may go.
    pub(super) fn refused(&mut self, now: Duration, to: &str, limit: Limit) -> Duration {
        match limit {
            Limit::Account => {
                self.whole.refuse(now);
                self.whole.bucket.wait(self.whole.rate)
            }
            Limit::Recipient => {
                let pair = self.pairs.entry(to.to_owned()).or_insert_with(|| Pair::new(now));
                let pause = Duration::from_secs(4u64.saturating_pow(pair.refusals.min(6))).min(PAIR_LONGEST);
                pair.refusals = pair.refusals.saturating_add(1);
                pair.until = pair.until.max(now + pause);
                pair.bucket = Bucket { tokens: pair.bucket.tokens.min(1.0), at: now };
                pause
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn a_burst_to_one_customer_is_paid_back_and_others_go_on() {
        let mut pace = Pace::new(1000);
        assert!((0..45).all(|_| pace.turn(ms(0), "ana") == Turn::Go(Duration::ZERO)));
        assert_eq!(pace.turn(ms(0), "ana"), Turn::Later(Duration::from_secs(6)));
        assert_eq!(pace.turn(ms(0), "bo"), Turn::Go(Duration::ZERO));
        assert!(matches!(pace.turn(ms(6_010), "ana"), Turn::Go(_)));
        assert!(matches!(pace.turn(ms(6_020), "ana"), Turn::Later(_)));
    }

    #[test]
    fn refusals_for_one_customer_grow_fourfold_and_end_with_what_is_taken() {
        let mut pace = Pace::new(80);
        let pauses: Vec<u64> = (0..8).map(|_| pace.refused(ms(0), "ana", Limit::Recipient).as_secs()).collect();
        assert_eq!(pauses, [1, 4, 16, 64, 256, 1024, 4096, 4096]);
        assert!(matches!(pace.turn(Duration::from_secs(4_095), "ana"), Turn::Later(_)));
        assert_eq!(pace.turn(ms(0), "bo"), Turn::Go(Duration::ZERO));
        assert_eq!(pace.turn(Duration::from_secs(4_096), "ana"), Turn::Go(Duration::ZERO));
        pace.accepted("ana");
        assert_eq!(pace.refused(Duration::from_secs(4_096), "ana", Limit::Recipient).as_secs(), 1);
    }

    /// Sends as fast as it may for so long, one after the other, each to somebody else; how many went in the last second.
    fn run(pace: &mut Pace, from: u64, seconds: u64) -> usize {
        let (end, mut now, mut to, mut last) = ((from + seconds) * 1000, from * 1000, 0, 0);
        while now < end {
            let wait = match pace.turn(ms(now), &format!("{from}-{to}")) {
                Turn::Go(wait) => {
                    to += 1;
                    wait
                }
                Turn::Later(wait) => wait.max(ms(1)),
            };
            now += u64::try_from(wait.as_nanos().div_ceil(1_000_000)).unwrap();
            last += usize::from((end - 1000..end).contains(&now));
        }
        last
    }

    #[test]
    fn the_whole_learns_what_is_granted_and_falls_back_when_refused() {
        let mut pace = Pace::new(80);
        assert!((75..=85).contains(&run(&mut pace, 0, 3)), "no more than the kind allows before anything is granted");
        pace.grant(Some(200));
        assert!(run(&mut pace, 10, 15) >= 190, "it grows while it is used");
        for _ in 0..64 {
            pace.refused(ms(30_000), "x", Limit::Account);
        }
        assert!((95..=105).contains(&run(&mut pace, 31, 3)), "half, however many were under way");
        assert!(run(&mut pace, 40, 15) >= 190, "and again");
    }

    proptest! {
        /// Whatever happens: in no stretch of time more goes than the burst and what has come to it since, the pace stays between one and
        /// what is granted, and nobody waits for ever.
        #[test]
        fn never_faster_than_allowed(
            steps in proptest::collection::vec((0u64..400, 0u8..8, 0u8..3), 1..400),
            granted in proptest::option::of(1u32..300),
        ) {
            let mut pace = Pace::new(80);
            pace.grant(granted);
            let most = f64::from(granted.unwrap_or(80)).min(300.0);
            let (mut now, mut went, mut to_one) = (0, Vec::new(), Vec::new());
            for (passed, what, who) in steps {
                now += passed;
                let to = who.to_string();
                match what {
                    0 => { pace.refused(ms(now), &to, Limit::Account); }
                    1 => { pace.refused(ms(now), &to, Limit::Recipient); }
                    _ => match pace.turn(ms(now), &to) {
                        Turn::Go(wait) => {
                            prop_assert!(wait <= SHORT);
                            went.push(ms(now) + wait);
                            if who == 0 { to_one.push(now) }
                            pace.accepted(&to);
                        }
                        Turn::Later(wait) => prop_assert!(!wait.is_zero() && wait <= PAIR_LONGEST),
                    },
                }
                prop_assert!(pace.whole.rate >= 1.0 && pace.whole.rate <= most.max(1.0));
            }
            for (n, from) in went.iter().enumerate() {
                for (k, to) in went.iter().enumerate().skip(n) {
                    let stretch = to.saturating_sub(*from).as_secs_f64();
                    prop_assert!((k - n) as f64 <= most.max(80.0) * (stretch + 1.0) + 1.0);
                }
            }
            for (n, from) in to_one.iter().enumerate() {
                for (k, to) in to_one.iter().enumerate().skip(n) {
                    prop_assert!((k - n + 1) as f64 <= PAIR_BURST + (to - from) as f64 / 6000.0 + 0.001);
                }
            }
        }
    }
}
