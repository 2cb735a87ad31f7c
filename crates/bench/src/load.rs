//! Load: closed (each client sends its next request when it has its answer: how much goes through) and open (requests begin at their
//! time whether or not the earlier ones are answered: how long a user waits; latency counts from the intended time, so a stall is
//! felt by all who would have come during it).

use std::{
    future::Future,
    thread,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use hdrhistogram::Histogram;
use tokio::{sync::mpsc, task::JoinSet};

/// Latencies, in microseconds up to two minutes, exact to three digits.
pub struct Latencies(Histogram<u64>);

impl Latencies {
    /// None yet.
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self(Histogram::new_with_bounds(1, 120_000_000, 3)?))
    }

    /// Adds one.
    pub fn record(&mut self, latency: Duration) {
        self.0.saturating_record(u64::try_from(latency.as_micros()).unwrap_or(u64::MAX));
    }

    /// Adds those of another.
    pub fn merge(&mut self, other: &Self) -> anyhow::Result<()> {
        Ok(self.0.add(&other.0)?)
    }

    /// Milliseconds that this share (0 to 100) did not exceed.
    pub fn ms(&self, percentile: f64) -> f64 {
        self.0.value_at_percentile(percentile) as f64 / 1e3
    }

    /// How many.
    pub fn count(&self) -> u64 {
        self.0.len()
    }
}

/// What a closed load achieved.
pub struct Closed {
    /// Turns per second.
    pub rate: f64,
    /// Of each turn.
    pub latencies: Latencies,
}

/// A client of a closed load.
pub trait Client: Send + 'static {
    /// Prepares and does one thing, and says how long the doing took.
    fn turn(&mut self) -> impl Future<Output = anyhow::Result<Duration>> + Send;
}

/// Lets all clients go on for `warm` unmeasured and `length` measured. Any failure ends it: a fast wrong answer is no answer.
pub async fn closed<C: Client>(clients: Vec<C>, warm: Duration, length: Duration) -> anyhow::Result<Closed> {
    let from = Instant::now() + warm;
    let until = from + length;
    let mut tasks = JoinSet::new();
    for mut client in clients {
        tasks.spawn(async move {
            let mut latencies = Latencies::new()?;
            loop {
                let latency = client.turn().await?;
                let now = Instant::now();
                if now >= until {
                    return anyhow::Ok(latencies);
                }
                if now >= from {
                    latencies.record(latency);
                }
            }
        });
    }
    let mut latencies = Latencies::new()?;
    while let Some(done) = tasks.join_next().await {
        latencies.merge(&done??)?;
    }
    Ok(Closed { rate: latencies.count() as f64 / length.as_secs_f64(), latencies })
}

/// Begins `count` calls, `rate` a second, and returns how long each took from the time it was meant to begin. The call gets its number and
/// that time.
pub async fn open<F, Fut>(rate: f64, count: usize, call: F) -> anyhow::Result<Latencies>
where
    F: Fn(usize, Instant) -> Fut,
    Fut: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let mut beats = beats(rate, count)?;
    let mut tasks = JoinSet::new();
    let mut number = 0;
    while let Some(due) = beats.recv().await {
        let call = call(number, due);
        tasks.spawn(async move {
            call.await?;
            anyhow::Ok(due.elapsed())
        });
        number += 1;
    }
    let mut latencies = Latencies::new()?;
    while let Some(done) = tasks.join_next().await {
        latencies.record(done??);
    }
    Ok(latencies)
}

/// The times at which calls begin. A thread of its own keeps them: the runtime's timers are only good to a millisecond, which would be
/// counted as MAX's.
fn beats(rate: f64, count: usize) -> anyhow::Result<mpsc::UnboundedReceiver<Instant>> {
    let (tell, beats) = mpsc::unbounded_channel();
    let beat = move || {
        let begin = Instant::now();
        for number in 0..count {
            let due = begin + Duration::from_secs_f64(number as f64 / rate);
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if tell.send(due).is_err() {
                return;
            }
        }
    };
    thread::Builder::new().name("beats".to_owned()).spawn(beat).context("a thread cannot be started")?;
    Ok(beats)
}

/// A number that looks like chance and is the same for the same seed and position (splitmix64).
pub fn chance(seed: u64, position: u64) -> u64 {
    let mut x =
        seed.wrapping_mul(0x2545_f491_4f6c_dd1d).wrapping_add(position.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_milliseconds() {
        let mut latencies = Latencies::new().unwrap();
        (1..=1000).for_each(|ms| latencies.record(Duration::from_millis(ms)));
        assert!((latencies.ms(50.0) - 500.0).abs() < 1.0 && (latencies.ms(99.0) - 990.0).abs() < 1.0);
    }

    #[tokio::test]
    async fn a_stall_is_felt_by_those_who_would_have_come_during_it() {
        // Five calls, all answered at the same moment 100 ms after the first was due: the first waited longest.
        let begun = Instant::now();
        let latencies = open(100.0, 5, |_, _| async move {
            tokio::time::sleep_until((begun + Duration::from_millis(100)).into()).await;
            Ok(())
        });
        let latencies = latencies.await.unwrap();
        assert_eq!(latencies.count(), 5);
        assert!(latencies.ms(100.0) >= 95.0 && latencies.ms(20.0) < latencies.ms(100.0));
    }

    #[test]
    fn chance_repeats_itself() {
        assert_eq!(chance(1, 7), chance(1, 7));
        assert_ne!(chance(1, 7), chance(2, 7));
        let low = (0..10_000).filter(|n| chance(3, *n).is_multiple_of(2)).count();
        assert!((4_700..5_300).contains(&low));
    }
}
