//! Things kept in memory for a while, in bounded room: when it is full, what would expire first goes first.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::{Count, TIME_LIMIT};

/// Room taken by an entry besides its key and value, roughly, in bytes.
const OVERHEAD: usize = 128;
/// The longest something is kept, so that no sum of times overflows.
const KEPT_AT_MOST: Duration = Duration::from_secs(366 * 24 * 60 * 60);

struct Entry<V> {
    value: V,
    size: usize,
    until: Instant,
}

/// Values by key, each with its time to live, by the monotonic clock.
pub(super) struct Shelf<V> {
    entries: BTreeMap<Arc<str>, Entry<V>>,
    by_expiry: BTreeSet<(Instant, Arc<str>)>,
    size: usize,
    room: usize,
}

impl<V> Shelf<V> {
    /// A shelf for at most `room` bytes.
    pub(super) fn new(room: usize) -> Self {
        Self { entries: BTreeMap::new(), by_expiry: BTreeSet::new(), size: 0, room }
    }

    /// Keeps `value`, which takes `size` bytes, in place of what was there.
    pub(super) fn put(&mut self, key: &str, value: V, size: usize, ttl: Duration) {
        let now = Instant::now();
        self.remove(key);
        let size = size + key.len() + OVERHEAD;
        while let Some((until, first)) = self.by_expiry.first()
            && (*until <= now || self.size + size > self.room)
        {
            let first = Arc::clone(first);
            self.remove(&first);
        }
        let (key, until) = (Arc::<str>::from(key), now + ttl.min(KEPT_AT_MOST));
        self.size += size;
        self.by_expiry.insert((until, Arc::clone(&key)));
        self.entries.insert(key, Entry { value, size, until });
    }

    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut V> {
        let now = Instant::now();
        self.entries.get_mut(key).filter(|entry| entry.until > now).map(|entry| &mut entry.value)
    }

    pub(super) fn remove(&mut self, key: &str) {
        if let Some((key, entry)) = self.entries.remove_entry(key) {
            self.size -= entry.size;
            self.by_expiry.remove(&(entry.until, key));
        }
    }

    /// What is kept under keys that begin with `prefix`, by key.
    pub(super) fn with_prefix<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a V)> {
        let now = Instant::now();
        self.entries
            .range::<str, _>((Bound::Included(prefix), Bound::Unbounded))
            .take_while(move |(key, _)| key.starts_with(prefix))
            .filter(move |(_, entry)| entry.until > now)
            .map(|(key, entry)| (&**key, &entry.value))
    }
}

/// Counts within fixed windows of time: this node's own, or its view of counters that nodes share.
pub(super) struct Counters(Mutex<Shelf<Window>>);

struct Window {
    count: u64,
    ends: Instant,
}

/// Two ends of windows that are this close are those of one window: they are estimated from calls that took a while. The
/// price is that a loss so soon after a window began goes unnoticed.
const SAME_WINDOW: Duration = TIME_LIMIT;

impl Counters {
    pub(super) fn new(room: usize) -> Self {
        Self(Mutex::new(Shelf::new(room)))
    }

    /// Counts here, and answers how many there were in this window.
    pub(super) fn increment(&self, key: &str, window: Duration) -> u64 {
        let mut shelf = self.lock();
        if let Some(seen) = shelf.get_mut(key) {
            seen.count = seen.count.saturating_add(1);
            return seen.count;
        }
        shelf.put(key, Window { count: 1, ends: Instant::now() + window.min(KEPT_AT_MOST) }, size_of::<Window>(), window);
        1
    }

    /// Takes note of what a shared counter has reached and when its window ends, at the latest, and answers what to believe.
    /// A shared counter that starts anew before the window seen here has ended was lost: then counting goes on from what was
    /// seen, so that whoever empties the store gets no second helping.
    pub(super) fn shared(&self, key: &str, count: u64, ends: Instant) -> u64 {
        let mut shelf = self.lock();
        if let Some(seen) = shelf.get_mut(key) {
            let lost = ends > seen.ends + SAME_WINDOW;
            seen.count = count.max(if lost { seen.count.saturating_add(1) } else { seen.count });
            return seen.count;
        }
        shelf.put(key, Window { count, ends }, size_of::<Window>(), ends.saturating_duration_since(Instant::now()));
        count
    }

    /// What was seen here of the window under way.
    pub(super) fn seen(&self, key: &str) -> Count {
        self.lock().get_mut(key).map_or(Count::default(), |seen| Count {
            count: seen.count,
            left: seen.ends.saturating_duration_since(Instant::now()),
        })
    }

    pub(super) fn remove(&self, key: &str) {
        self.lock().remove(key);
    }

    fn lock(&self) -> MutexGuard<'_, Shelf<Window>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[tokio::test(start_paused = true)]
    async fn a_full_shelf_drops_what_expires_first() {
        let mut shelf = Shelf::new(3 * (OVERHEAD + 1 + 10));
        for (key, minutes) in [("a", 3), ("b", 1), ("c", 2)] {
            shelf.put(key, key, 10, MINUTE * minutes);
        }
        shelf.put("d", "d", 10, MINUTE);
        assert_eq!(shelf.with_prefix("").map(|(key, _)| key).collect::<Vec<_>>(), ["a", "c", "d"]);
        shelf.put("a", "again", 10, MINUTE);
        assert_eq!(shelf.entries.len(), 3);
        tokio::time::advance(MINUTE).await;
        assert_eq!(shelf.with_prefix("").map(|(key, _)| key).collect::<Vec<_>>(), ["c"]);
        assert_eq!(shelf.get_mut("a"), None);
        shelf.put("e", "e", 10, Duration::MAX);
        assert_eq!(shelf.entries.len(), 2, "what has expired is cleared away");
        assert_eq!(shelf.size, 2 * (OVERHEAD + 1 + 10));
        assert_eq!(shelf.by_expiry.len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn counters_start_anew_after_their_window() {
        let counters = Counters::new(1 << 20);
        assert_eq!([counters.increment("a", MINUTE), counters.increment("a", MINUTE)], [1, 2]);
        tokio::time::advance(MINUTE / 2).await;
        assert_eq!(counters.increment("a", MINUTE), 3, "the window is fixed: it does not move on");
        assert_eq!(counters.seen("a"), Count { count: 3, left: MINUTE / 2 });
        assert_eq!(counters.seen("b"), Count::default());
        tokio::time::advance(MINUTE / 2).await;
        assert_eq!(counters.increment("a", MINUTE), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_view_of_a_shared_counter_outlives_its_loss() {
        let counters = Counters::new(1 << 20);
        let ends = Instant::now() + MINUTE;
        assert_eq!(counters.shared("a", 5, ends), 5, "others have counted before");
        assert_eq!(counters.shared("a", 7, ends), 7);
        assert_eq!(counters.shared("a", 6, ends), 7, "an answer that was overtaken");
        tokio::time::advance(MINUTE / 2).await;
        assert_eq!(counters.increment("a", MINUTE), 8, "it is down");
        assert_eq!(counters.shared("a", 1, Instant::now() + MINUTE), 9, "it is back, and empty");
        assert_eq!(counters.shared("a", 2, Instant::now() + MINUTE), 10);
        tokio::time::advance(MINUTE / 2).await;
        assert_eq!(counters.shared("a", 3, Instant::now() + MINUTE / 2), 3, "the window seen here has ended");
    }
}
