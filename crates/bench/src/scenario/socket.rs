//! Webhook to screen: from the moment a provider's call was meant to begin until each open screen of the team has read the event.

use std::{
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use futures_util::{SinkExt as _, StreamExt as _};
use http::StatusCode;
use tokio::{net::TcpStream, task::JoinSet, time::timeout};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{Message, protocol::WebSocketConfig},
};

use crate::{
    Bench,
    client::Pool,
    load::{Latencies, chance, open},
    report::Table,
    stage::Stage,
    whatsapp::{APART, mark},
};

/// Screens of the team.
pub(super) const SOCKETS: usize = 50;
/// Messages a second.
pub(super) const RATE: f64 = 100.0;
/// Until the last event must have come.
const GRACE: Duration = Duration::from_secs(5);

/// A socket after its hello.
pub(super) type Socket = WebSocketStream<TcpStream>;

/// Opens a socket and waits until it is ready.
pub(super) async fn connect(stage: &Stage, token: &str) -> anyhow::Result<Socket> {
    let address = stage.server.address();
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    // Small, for thousands of them share the machine with MAX.
    let config = WebSocketConfig::default().read_buffer_size(4096).write_buffer_size(0);
    let (mut socket, _) = client_async_with_config(format!("ws://{address}/api/v1/events"), stream, Some(config)).await?;
    let hello = serde_json::json!({ "type": "hello", "token": token, "after": null });
    socket.send(Message::text(hello.to_string())).await?;
    let first = timeout(GRACE, socket.next()).await.context("no ready in time")?.context("the socket closed")??;
    let text = first.to_text()?;
    ensure!(text.contains(r#""type":"ready""#), "the socket said {text}");
    Ok(socket)
}

pub(super) async fn run(bench: &mut Bench, stage: &Stage) -> anyhow::Result<()> {
    let token = stage.login("agent").await?;
    // A moment's load first, so that what is measured is a running system.
    let warm_count = bench.plan.calls / 4;
    let count = bench.plan.calls * 5;
    post(bench, stage, 0, warm_count, &Arc::default()).await?;
    let (latencies, answered) = measure(bench, stage, &token, warm_count, count).await?;
    let note = format!(
        "{count} signed deliveries at {RATE} a second, begun on time whatever happens; {SOCKETS} sockets of the team get each. The first \
         line counts from the intended begin of the call to each socket's read, the second to the webhook's answer."
    );
    let mut table = Table::new("Webhook to socket", note, &["", "p50 ms", "p99 ms", "max ms"]);
    bench.report.at_most("webhook to socket p99 ms", latencies.ms(99.0), 50.0);
    // Where nothing is saturated, unlike the closed loops of ingest.
    let limit = 3.0f64.mul_add(bench.fsync_ms(), 5.0);
    bench.report.at_most(format!("webhook p99 ms at {RATE} a second (5 ms + 3 fsync)"), answered.ms(99.0), limit);
    for (name, latencies) in [("event read by a screen", &latencies), ("webhook answered", &answered)] {
        table.row(name, [50.0, 99.0, 100.0].map(|p| latencies.ms(p).into()).to_vec());
    }
    bench.report.tables.push(table);
    Ok(())
}

/// How long `count` deliveries take to each screen of the team, and to their answers.
pub(super) async fn measure(
    bench: &Bench,
    stage: &Stage,
    token: &str,
    offset: usize,
    count: usize,
) -> anyhow::Result<(Latencies, Latencies)> {
    let begins: Arc<Mutex<Vec<(u64, Instant)>>> = Arc::default();
    // An event of the beginning may still be on its way to a screen.
    let from = stage.webhook.next();
    let mut readers = JoinSet::new();
    for _ in 0..SOCKETS {
        let socket = connect(stage, token).await?;
        readers.spawn(read(socket, from..APART, count));
    }
    let answered = post(bench, stage, offset, count, &begins).await?;
    let mut begins = std::mem::take(&mut *begins.lock().unwrap_or_else(PoisonError::into_inner));
    begins.sort_unstable_by_key(|(number, _)| *number);
    let mut latencies = Latencies::new()?;
    while let Some(events) = readers.join_next().await {
        let events = events??;
        ensure!(events.len() == count, "a socket got {} of {count} events", events.len());
        for (number, at) in events {
            let found = begins.binary_search_by_key(&number, |(number, _)| *number).ok().map(|index| begins[index].1);
            latencies.record(at.saturating_duration_since(found.context("an event of a message nobody sent")?));
        }
    }
    Ok((latencies, answered))
}

/// Posts deliveries at the rate, and notes when each was meant to begin.
async fn post(
    bench: &Bench,
    stage: &Stage,
    offset: usize,
    count: usize,
    begins: &Arc<Mutex<Vec<(u64, Instant)>>>,
) -> anyhow::Result<Latencies> {
    let pool = Arc::new(Pool::new(stage.server.address()));
    let (seed, customers) = (bench.seed, bench.plan.customers);
    open(RATE, count, |number, due| {
        let customer = chance(seed, (offset + number) as u64) % customers;
        let (pool, webhook, begins) = (pool.clone(), stage.webhook.clone(), begins.clone());
        async move {
            let (delivery, number) = webhook.delivery(&[customer])?;
            begins.lock().unwrap_or_else(PoisonError::into_inner).push((number, due));
            pool.call(delivery, StatusCode::OK).await?;
            webhook.acknowledge(1);
            Ok(())
        }
    })
    .await
}

/// Reads until `count` events of messages with these numbers have come, or nothing comes any more.
pub(super) async fn read(mut socket: Socket, numbers: Range<u64>, count: usize) -> anyhow::Result<Vec<(u64, Instant)>> {
    let mut events = Vec::with_capacity(count);
    while events.len() < count {
        let Ok(frame) = timeout(GRACE, socket.next()).await else { break };
        let frame = frame.context("the socket closed")??;
        let at = Instant::now();
        if let Message::Text(text) = &frame
            && let Some(number) = mark(text.as_bytes()).filter(|number| numbers.contains(number))
        {
            events.push((number, at));
        }
    }
    Ok(events)
}
