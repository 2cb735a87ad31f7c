//! The event log under concurrency, and how nodes wake each other.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use kernel::{
    db::{Db, DbOptions, Tx},
    event::{Audience, Cursor, Event, NewEvent, Waker, log, reader},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::json;
use tests::{Buses, Database, PATIENCE, RedisServer, Socket, TestApp, buses_up, eventually};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const WRITERS: u64 = 64;
const EACH: u64 = 20;

async fn connect(database: &Database, connections: u32) -> Db {
    let options = DbOptions { max_connections: connections, ..DbOptions::new(database.url().into()) };
    Db::connect(&options, Waker::new()).await.unwrap()
}

/// Writes events in transactions that stay open for a while; the numbers of those that were committed.
async fn write(db: &Db, seed: u64) -> Vec<u64> {
    let committed = join_all((0..WRITERS).map(|writer| async move {
        let mut rng = StdRng::seed_from_u64(seed + writer);
        let mut committed = Vec::new();
        for n in 0..EACH {
            let mut tx = db.begin().await.unwrap();
            let number = writer * EACH + n;
            let at = chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap();
            let event = |k: u64| NewEvent::new(at, "counted", Audience::default(), &json!({ "number": number * 2 + k }));
            // One is written at once, so that its position is taken long before it can be seen; one at the commit.
            log::append(&mut tx, &[event(0)]).await.unwrap();
            tx.emit(event(1));
            tokio::time::sleep(Duration::from_millis(rng.random_range(0..50))).await;
            if rng.random_bool(0.1) {
                tx.rollback().await.unwrap();
            } else {
                tx.commit().await.unwrap();
                committed.extend([number * 2, number * 2 + 1]);
            }
        }
        committed
    }))
    .await;
    committed.into_iter().flatten().collect()
}

fn number(event: &Event) -> u64 {
    event.data["number"].as_u64().unwrap()
}

#[derive(Clone, Default)]
struct Follower {
    seen: Arc<Mutex<Vec<u64>>>,
    fail: Arc<AtomicBool>,
}

#[async_trait::async_trait]
impl reader::Reader for Follower {
    fn name(&self) -> &'static str {
        "follower"
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["counted"]
    }

    async fn handle(&self, tx: &mut Tx, events: &[Event]) -> anyhow::Result<()> {
        // What it does is in the transaction that moves the cursor: done once, however often it is begun.
        for event in events {
            sqlx::query("insert into followed values ($1)").bind(number(event) as i64).execute(&mut **tx).await?;
        }
        self.seen.lock().unwrap().extend(events.iter().map(number));
        anyhow::ensure!(!self.fail.swap(false, Ordering::Relaxed), "a bad moment, on purpose");
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_are_neither_skipped_nor_repeated_under_concurrency() {
    let database = Database::create().await;
    let seed = Uuid::new_v4().as_u128() as u64;
    let (writing, reading) = (connect(&database, 66).await, connect(&database, 6).await);
    let (done, total) = (AtomicBool::new(false), AtomicUsize::new(usize::MAX));

    // Two plain followers, one of them in small bites.
    let follow = |bite: i64| {
        let (reading, total, begun) = (&reading, &total, Instant::now());
        async move {
            let (mut at, mut seen) = (Cursor::default(), Vec::new());
            loop {
                let mut conn = reading.read().await.unwrap();
                let events = log::after(&mut conn, at, bite).await.unwrap();
                drop(conn);
                assert!(events.windows(2).all(|pair| pair[0].cursor < pair[1].cursor));
                assert!(events.iter().all(|event| event.cursor > at));
                at = events.last().map_or(at, |event| event.cursor);
                seen.extend(events.iter().map(number));
                if events.is_empty() {
                    // Transactions of other databases on this server may hold the last ones back for a moment.
                    if seen.len() >= total.load(Ordering::Relaxed) || begun.elapsed() > PATIENCE * 2 {
                        return seen;
                    }
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            }
        }
    };
    // A durable reader that fails now and then and is killed and begun again all the time, on two nodes at once.
    let follower = Follower::default();
    sqlx::query("create table followed (number bigint)").execute(reading.pool()).await.unwrap();
    sqlx::query("insert into event_reader (name, xid, position) values ('follower', '0', 0)")
        .execute(reading.pool())
        .await
        .unwrap();
    let durable = async {
        let mut rng = StdRng::seed_from_u64(seed);
        while !done.load(Ordering::Relaxed) {
            let stop = CancellationToken::new();
            let run = || {
                let wake = reading.waker().listen(kernel::event::TOPIC);
                tokio::spawn(reader::run(reading.clone(), wake, Arc::new(follower.clone()), stop.clone()))
            };
            let (one, two) = (run(), run());
            tokio::time::sleep(Duration::from_millis(rng.random_range(5..120))).await;
            follower.fail.store(rng.random_bool(0.3), Ordering::Relaxed);
            // In the middle of whatever it does.
            one.abort();
            two.abort();
            let _ = tokio::join!(one, two);
        }
        let stop = CancellationToken::new();
        let wake = reading.waker().listen(kernel::event::TOPIC);
        tokio::spawn(reader::run(reading.clone(), wake, Arc::new(follower.clone()), stop.clone()));
        stop
    };
    let writers = async {
        let committed = write(&writing, seed).await;
        total.store(committed.len(), Ordering::Relaxed);
        done.store(true, Ordering::Relaxed);
        committed
    };
    let (committed, whole, bites, stop) = tokio::join!(writers, follow(500), follow(7), durable);
    let committed: HashSet<u64> = committed.into_iter().collect();
    assert!(committed.len() > 2_000, "{}", committed.len());
    for seen in [&whole, &bites] {
        assert_eq!(seen.len(), committed.len(), "seed {seed}");
        assert_eq!(seen.iter().copied().collect::<HashSet<_>>(), committed, "seed {seed}");
    }
    assert_eq!(whole, bites, "in one order for all, seed {seed}");
    let count = async || sqlx::query_scalar::<_, i64>("select count(*) from followed").fetch_one(reading.pool()).await.unwrap();
    eventually("the durable reader has caught up", async || (count().await >= committed.len() as i64).then_some(())).await;
    stop.cancel();
    let followed: Vec<i64> = sqlx::query_scalar("select number from followed").fetch_all(reading.pool()).await.unwrap();
    assert_eq!(followed.len(), committed.len(), "each once, seed {seed}");
    assert_eq!(followed.iter().map(|n| *n as u64).collect::<HashSet<_>>(), committed);
    writing.close().await;
    reading.close().await;
    database.remove().await;
}

#[tokio::test]
async fn events_old_partitions_go_and_the_horizon_remembers() {
    let database = Database::create().await;
    let db = connect(&database, 4).await;
    let now = chrono::DateTime::parse_from_rfc3339("2031-05-14T12:00:00Z").unwrap().to_utc();
    let day = chrono::Duration::days(1);
    let mut conn = db.read().await.unwrap();
    let mut cursors = Vec::new();
    // Week by week for two months, with the clean-up that runs every day.
    for week in 0..9 {
        let at = now + day * 7 * week;
        log::keep_partitions(&mut conn, at, 30).await.unwrap();
        log::append(&mut conn, &[NewEvent::new(at, "weekly", Audience::default(), &json!({ "number": week }))]).await.unwrap();
        // Seen as soon as no older transaction runs any more, anywhere on this server.
        let seen = eventually("the new event is seen", async || {
            log::after(&mut conn, Cursor::default(), 100).await.unwrap().into_iter().find(|event| number(event) == week as u64)
        });
        cursors.push(seen.await.cursor);
    }
    let kept: Vec<u64> = log::after(&mut conn, Cursor::default(), 100).await.unwrap().iter().map(number).collect();
    assert_eq!(kept, [3, 4, 5, 6, 7, 8], "30 days and the week they fall into");
    let mut holds = Vec::new();
    for cursor in cursors {
        holds.push(log::holds(&mut conn, cursor).await.unwrap());
    }
    assert_eq!(holds, [false, false, true, true, true, true, true, true, true], "from the last that is gone, nothing is missing");
    drop(conn);
    db.close().await;
    database.remove().await;
}

/// How long it takes at the median, in several tries, until the other node's socket has what this one committed.
async fn delay(app: &TestApp, socket: &mut Socket, number: usize) -> Duration {
    let mut delays = Vec::new();
    for n in 0..9 {
        let text = format!("wake {number} {n}");
        // Away from any rhythm of the polling.
        tokio::time::sleep(Duration::from_millis(130)).await;
        app.say("15550002222", &text).await;
        let begun = Instant::now();
        socket.expect("message.created", |data| data["message"]["text"] == text.as_str()).await;
        delays.push(begun.elapsed());
    }
    delays.sort();
    delays[delays.len() / 2]
}

const AT_ONCE: Duration = Duration::from_millis(120);

#[tokio::test]
async fn events_wake_the_other_node_through_the_database() {
    for buses in [Buses::Separate, Buses::Shared] {
        let mut app = TestApp::with().nodes(2).buses(buses).start().await;
        let mut socket = app.agent().await.at(&app.bases[1]).socket(None).await;
        let median = delay(&app, &mut socket, 0).await;
        assert!(median < AT_ONCE, "{median:?} with {buses:?}");
        // A message that this node accepts is sent at once, though the other node's dispatcher may be the one that does it.
        app.stop_node(1).await;
        app.finish().await;
    }
}

#[tokio::test]
async fn events_wake_the_other_node_through_redis_and_do_without() {
    let mut redis = RedisServer::start().await;
    let mut app = TestApp::with().nodes(2).buses(Buses::Redis(&redis)).start().await;
    buses_up(&app).await;
    let agent = app.agent().await;
    let mut socket = agent.at(&app.bases[1]).socket(None).await;
    let median = delay(&app, &mut socket, 0).await;
    assert!(median < AT_ONCE, "{median:?} with Redis");
    // Nobody listened on the database for that.
    let listening: i64 = app
        .probe
        .one("select count(*) from pg_stat_activity where datname = current_database() and query ilike 'listen%max_wake%'")
        .await;
    assert_eq!(listening, 0);

    // Redis dies: within a second or so by looking, and nothing is lost.
    redis.kill();
    eventually("its loss is noticed", async || (!app.nodes[0].app.bus.healthy()).then_some(())).await;
    let median = delay(&app, &mut socket, 1).await;
    assert!(median < Duration::from_millis(1_200), "{median:?} without");
    let anonymous = tests::Client::anonymous(&app.bases[0]);
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let ready = anonymous.get("/readyz").await;
    assert_eq!((ready.status, &ready.json()["parts"]["bus"]["status"]), (200, &json!("degraded")));
    // Signing in, replying and throttling go on.
    let id = app.probe.conversation_of("15550002222").await;
    app.colleague().await;
    let reply = agent.at(&app.bases[1]).reply(id, "without Redis").await;
    app.graph.call("without Redis").await;
    app.probe.becomes(reply["id"].as_str().unwrap().parse().unwrap(), "sent").await;
    for _ in 0..10 {
        let wrong = json!({ "email": "stranger@test.example", "password": "wrong wrong wrong" });
        anonymous.post("/api/v1/auth/login", wrong).await.refused(401, "invalid_credentials");
    }
    let wrong = json!({ "email": "stranger@test.example", "password": "wrong wrong wrong" });
    anonymous.post("/api/v1/auth/login", wrong).await.refused(429, "too_many_requests");
    app.stop_node(1).await;
    app.finish().await;
}
