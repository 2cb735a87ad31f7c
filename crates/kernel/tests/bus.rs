//! One contract for both buses, and what happens when Redis is killed, frozen, emptied and brought back.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use kernel::bus::{self, Bus, BusMessage, Count, MAX_SIZE, Memory, QUEUE, Subscription, TIME_LIMIT};
use secrecy::SecretString;

const MINUTE: Duration = Duration::from_secs(60);
const PATIENCE: Duration = Duration::from_secs(20);

/// A Redis of the test's own, gone with it.
struct RedisServer {
    folder: PathBuf,
    child: Option<Child>,
}

impl RedisServer {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("max-bus-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Self { folder, child: None }
    }

    async fn started() -> Self {
        let mut server = Self::new();
        server.start().await;
        server
    }

    async fn start(&mut self) {
        let child = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"])
            .arg(self.socket())
            .current_dir(&self.folder)
            .stdout(Stdio::null())
            .spawn();
        self.child = Some(child.expect("redis-server is installed"));
        eventually(async || tokio::net::UnixStream::connect(self.socket()).await.is_ok()).await;
    }

    fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    fn signal(&self, signal: &str) {
        let pid = self.child.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    fn flush(&self) {
        let flushed = Command::new("redis-cli").arg("-s").arg(self.socket()).arg("FLUSHALL").output().unwrap();
        assert!(flushed.status.success());
    }

    fn socket(&self) -> PathBuf {
        self.folder.join("redis.sock")
    }

    fn url(&self) -> SecretString {
        format!("unix://{}", self.socket().display()).into()
    }

    async fn bus(&self) -> Arc<dyn Bus> {
        bus::connect(Some(&self.url())).await.unwrap()
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

async fn eventually(mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < PATIENCE, "it never came true");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn next(subscription: &mut Subscription) -> BusMessage {
    tokio::time::timeout(PATIENCE, subscription.recv()).await.expect("a message").expect("an open bus")
}

fn payload(text: &'static str) -> BusMessage {
    BusMessage::Payload(Bytes::from_static(text.as_bytes()))
}

/// What every bus does. `one` and `other` are two nodes.
async fn contract(one: Arc<dyn Bus>, other: Arc<dyn Bus>) {
    assert!(one.healthy() && other.healthy());

    // Messages reach every subscriber of the topic on both nodes, in order, and nobody else.
    let mut here = one.subscribe("events").await;
    let mut here_too = one.subscribe("events").await;
    let mut there = other.subscribe("events").await;
    let mut elsewhere = other.subscribe("typing").await;
    for text in ["1", "2"] {
        assert!(one.publish("events", Bytes::from_static(text.as_bytes())).await);
    }
    for subscription in [&mut here, &mut here_too, &mut there] {
        assert_eq!(next(subscription).await, payload("1"));
        assert_eq!(next(subscription).await, payload("2"));
    }
    assert!(other.publish("typing", Bytes::from_static(b"\0\xff binary")).await);
    assert_eq!(next(&mut elsewhere).await, BusMessage::Payload(Bytes::from_static(b"\0\xff binary")));
    assert!(one.publish("nobody listens", Bytes::new()).await);
    assert!(!one.publish("events", Bytes::from(vec![0; MAX_SIZE + 1])).await, "too large");

    // A subscriber that comes again gets what comes after, without a gap being reported.
    drop(there);
    let mut there = other.subscribe("events").await;
    assert!(one.publish("events", Bytes::from_static(b"3")).await);
    assert_eq!(next(&mut there).await, payload("3"));
    assert_eq!(next(&mut here).await, payload("3"));

    // Whoever is slow loses the oldest messages and is told.
    for _ in 0..QUEUE + 10 {
        assert!(one.publish("events", Bytes::from_static(b"many")).await);
    }
    assert!(one.publish("events", Bytes::from_static(b"last")).await);
    let mut seen = Vec::new();
    while seen.last() != Some(&payload("last")) {
        seen.push(next(&mut here_too).await);
    }
    assert!(seen.contains(&BusMessage::Lost), "{} messages and no loss", seen.len());

    // Values.
    let value = |text: &'static str| Bytes::from_static(text.as_bytes());
    assert_eq!(one.get("presence:a").await, None);
    assert!(one.put("presence:a", value("online"), MINUTE).await);
    assert!(one.put("presence:b", value("away"), MINUTE).await);
    assert!(other.put("presence:a", value("busy"), MINUTE).await, "replaces");
    assert!(one.put("presence*[x]", value("odd"), MINUTE).await);
    assert!(one.put("other", value("x"), MINUTE).await);
    assert_eq!(other.get("presence:a").await, Some(value("busy")));
    let listed = [("presence:a".to_owned(), value("busy")), ("presence:b".to_owned(), value("away"))];
    assert_eq!(other.list("presence:").await, listed);
    assert_eq!(other.list("presence*[").await, [("presence*[x]".to_owned(), value("odd"))], "no patterns");
    assert_eq!(other.list("none").await, []);
    assert!(!one.put("large", Bytes::from(vec![0; MAX_SIZE + 1]), MINUTE).await);
    assert!(other.remove("presence:b").await && other.remove("never there").await);
    assert_eq!(one.get("presence:b").await, None);
    assert!(one.put("short", value("x"), Duration::from_millis(30)).await);
    assert!(one.put("no time", value("x"), Duration::ZERO).await);
    assert!(one.put("for ever", value("x"), Duration::MAX).await);
    eventually(async || one.get("short").await.is_none() && one.get("no time").await.is_none()).await;
    assert_eq!(one.list("short").await, []);
    assert_eq!(one.get("for ever").await, Some(value("x")));

    // Counters: shared, of a fixed window, apart from values of the same name.
    assert_eq!(one.increment("login", MINUTE).await, 1);
    assert_eq!(other.increment("login", MINUTE).await, 2);
    assert_eq!(one.increment("login", MINUTE).await, 3);
    assert_eq!(one.increment("another", MINUTE).await, 1);
    assert_eq!(one.get("login").await, None);
    assert_eq!(one.list("login").await, []);
    for bus in [&one, &other] {
        let looked = bus.count("login").await;
        assert_eq!(looked.count, 3, "looking counts nothing");
        assert!(looked.left <= MINUTE && looked.left > MINUTE / 2, "{:?}", looked.left);
        assert_eq!(bus.count("never counted").await, Count::default());
    }
    assert!(one.remove("login").await);
    assert_eq!(one.count("login").await, Count::default());
    assert_eq!(one.increment("login", MINUTE).await, 1);
    let window = Duration::from_millis(300);
    let begun = Instant::now();
    assert_eq!(one.increment("window", window).await, 1);
    let second = one.increment("window", window).await;
    assert!(second == 2 || begun.elapsed() >= window);
    eventually(async || one.increment("window", window).await == 1).await;
    let counts = futures_util::future::join_all((0..100).map(|_| one.increment("together", MINUTE))).await;
    assert_eq!(counts.into_iter().max(), Some(100));
}

#[tokio::test]
async fn memory_keeps_the_contract() {
    let bus: Arc<dyn Bus> = Arc::new(Memory::new());
    contract(Arc::clone(&bus), Arc::clone(&bus)).await;
    let mut subscription = bus.subscribe("end").await;
    drop(bus);
    assert_eq!(subscription.recv().await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_keeps_the_contract() {
    let server = RedisServer::started().await;
    let (one, other) = (server.bus().await, server.bus().await);
    assert_eq!(one.name(), "redis");
    contract(Arc::clone(&one), other).await;
    let mut subscription = one.subscribe("end").await;
    drop(one);
    assert_eq!(tokio::time::timeout(PATIENCE, subscription.recv()).await.unwrap(), None);
}

/// Every call, none of which may take longer than its limit (with some grace for a busy machine). Answers the count.
async fn bounded(bus: &Arc<dyn Bus>) -> u64 {
    let begun = Instant::now();
    bus.publish("events", Bytes::from_static(b"x")).await;
    bus.put("key", Bytes::from_static(b"x"), MINUTE).await;
    bus.get("key").await;
    bus.list("k").await;
    bus.remove("nothing").await;
    drop(bus.subscribe("another").await);
    let count = bus.increment("login", MINUTE).await;
    assert!(begun.elapsed() < TIME_LIMIT * 7 + Duration::from_secs(1), "took {:?}", begun.elapsed());
    count
}

async fn until_delivered(bus: &Arc<dyn Bus>, subscription: &mut Subscription) {
    assert_eq!(next(subscription).await, BusMessage::Lost);
    assert!(bus.publish("events", Bytes::from_static(b"after")).await);
    while next(subscription).await != payload("after") {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn losing_redis_degrades_and_heals() {
    let mut server = RedisServer::started().await;
    let bus = server.bus().await;
    let mut subscription = bus.subscribe("events").await;
    assert!(bus.put("key", Bytes::from_static(b"value"), MINUTE).await);
    assert_eq!(bounded(&bus).await, 1);
    assert_eq!(next(&mut subscription).await, payload("x"));

    // A loss is told from a new window by the time it ends, and that is known only to within a call's time limit.
    tokio::time::sleep(TIME_LIMIT * 2).await;

    // Killed: noticed, answered without delay, throttles count on; restarted empty: back, and the subscriber is told.
    server.kill();
    eventually(async || !bus.healthy()).await;
    let begun = Instant::now();
    assert!(!bus.publish("events", Bytes::from_static(b"x")).await);
    assert!(!bus.put("key", Bytes::from_static(b"x"), MINUTE).await);
    assert_eq!(bus.get("key").await, None);
    assert_eq!(bus.list("").await, []);
    assert!(!bus.remove("key").await);
    assert_eq!(bus.increment("login", MINUTE).await, 2, "goes on counting where it was");
    assert_eq!(bus.count("login").await.count, 2);
    let mut late = bus.subscribe("late").await;
    assert!(begun.elapsed() < TIME_LIMIT * 2, "known to be down, so nothing waits");
    server.start().await;
    eventually(async || bus.healthy()).await;
    until_delivered(&bus, &mut subscription).await;
    assert_eq!(next(&mut late).await, BusMessage::Lost);
    assert!(bus.increment("login", MINUTE).await >= 3);

    // Frozen: connections stay open and nothing answers.
    server.signal("-STOP");
    assert!(bounded(&bus).await >= 4);
    eventually(async || !bus.healthy()).await;
    bounded(&bus).await;
    server.signal("-CONT");
    eventually(async || bus.healthy()).await;
    until_delivered(&bus, &mut subscription).await;

    // Emptied: values are gone, throttles hold, messages flow.
    let before = bus.increment("login", MINUTE).await;
    assert!(bus.put("key", Bytes::from_static(b"value"), MINUTE).await);
    server.flush();
    assert_eq!(bus.get("key").await, None);
    assert_eq!(bus.count("login").await.count, before, "a throttle still holds");
    assert_eq!(bus.increment("login", MINUTE).await, before + 1);
    assert!(bus.publish("events", Bytes::from_static(b"flushed")).await);
    while next(&mut subscription).await != payload("flushed") {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_may_come_later_but_its_address_must_be_one() {
    let mut server = RedisServer::new();
    let begun = Instant::now();
    let bus = server.bus().await;
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert!(!bus.healthy());
    let mut subscription = bus.subscribe("events").await;
    assert_eq!([bus.increment("a", MINUTE).await, bus.increment("a", MINUTE).await], [1, 2]);
    server.start().await;
    eventually(async || bus.healthy()).await;
    until_delivered(&bus, &mut subscription).await;

    let error = bus::connect(Some(&"http://canary@nowhere".into())).await.err().expect("an error");
    assert!(error.to_string().contains("redis://") && !error.to_string().contains("canary"));
    assert_eq!(bus::connect(None).await.unwrap().name(), "memory");
}
