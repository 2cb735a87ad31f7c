//! What has to happen at a time: snoozed conversations that wake, and replies that were to be sent later. How late each is.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::StreamExt as _;
use http::{Method, StatusCode};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

use super::socket::{Socket, connect};
use crate::{
    Bench,
    client::{Pool, request},
    load::Latencies,
    report::Table,
    stage::Stage,
    whatsapp::marked,
};

/// How long setting the timers may take: none is due before.
const LEAD: TimeDelta = TimeDelta::seconds(10);
/// Over so long they fall due.
const SPREAD: TimeDelta = TimeDelta::seconds(20);
/// Until the last one must have happened, from when it was due.
const GRACE: Duration = Duration::from_secs(10);
/// The numbers of held messages begin here, past those of the other measurements.
const HELD: u64 = 5_000_000;

pub(super) async fn run(bench: &mut Bench, stage: &Stage) -> anyhow::Result<()> {
    let token = stage.login("agent").await?;
    let ids = mine(stage, &token, bench.plan.calls).await?;
    let (asleep, held) = ids.split_at(ids.len() / 2);
    ensure!(!asleep.is_empty(), "the agent has no conversations to put aside");
    let (origin, clock) = (Utc::now(), Instant::now());
    // The wall's clock decides about both; what is read here is placed on it.
    let at = |instant: Instant| origin + TimeDelta::from_std(instant - clock).unwrap_or_default();
    let due =
        |index: usize, of: usize| origin + LEAD + SPREAD * i32::try_from(index).unwrap_or(0) / i32::try_from(of).unwrap_or(1);
    let pool = Pool::new(stage.server.address());
    let post = async |path: String, body: serde_json::Value, expected: StatusCode| {
        let body = Bytes::from(body.to_string());
        pool.call(request(pool.address(), Method::POST, &path, Some(&token), Some(body))?, expected).await
    };
    stage.provider.arrivals();
    for (index, id) in asleep.iter().enumerate() {
        let body = serde_json::json!({ "until": due(index, asleep.len()) });
        post(format!("/api/v1/conversations/{id}/snooze"), body, StatusCode::OK).await?;
    }
    for (index, id) in held.iter().enumerate() {
        let number = HELD + index as u64;
        let body = serde_json::json!({ "client_id": format!("bench-{number}"), "kind": "reply", "text": marked(number),
            "send_at": due(index, held.len()) });
        post(format!("/api/v1/conversations/{id}/messages"), body, StatusCode::CREATED).await?;
    }
    ensure!(Utc::now() < origin + LEAD, "setting the timers took too long");

    let socket = connect(stage, &token).await?;
    let woken = woken(socket, asleep).await?;
    let mut wakes = Latencies::new()?;
    for (index, id) in asleep.iter().enumerate() {
        let awake = at(*woken.get(id).with_context(|| format!("{id} did not wake"))?);
        wakes.record(late(awake, due(index, asleep.len())));
    }
    let mut arrivals = Vec::new();
    let waiting = Instant::now();
    while arrivals.len() < held.len() && waiting.elapsed() < GRACE {
        sleep(Duration::from_millis(50)).await;
        arrivals.extend(stage.provider.arrivals());
    }
    ensure!(arrivals.len() == held.len(), "{} of {} held messages reached the provider", arrivals.len(), held.len());
    let mut sends = Latencies::new()?;
    for (number, arrived) in arrivals {
        sends.record(late(at(arrived), due(usize::try_from(number - HELD)?, held.len())));
    }

    let note = format!(
        "{} snoozes and {} replies to be sent later, falling due evenly within {} s. From the due time until a screen has read that the \
         conversation is awake, and until the provider has the message.",
        asleep.len(),
        held.len(),
        SPREAD.num_seconds()
    );
    let mut table = Table::new("Lateness of timers", note, &["", "p50 ms", "p99 ms", "max ms"]);
    for (name, latencies) in [("snoozed conversation awake", &wakes), ("reply at the provider", &sends)] {
        table.row(name, [50.0, 99.0, 100.0].map(|p| latencies.ms(p).into()).to_vec());
        bench.report.at_most(format!("lateness max ms, {name}"), latencies.ms(100.0), 1_000.0);
    }
    bench.report.tables.push(table);
    Ok(())
}

/// How long after its time; too early is a failure of another kind and shows as a whole minute.
fn late(at: DateTime<Utc>, due: DateTime<Utc>) -> Duration {
    (at - due).to_std().unwrap_or(Duration::from_secs(60))
}

/// Conversations that the agent has.
async fn mine(stage: &Stage, token: &str, most: usize) -> anyhow::Result<Vec<Uuid>> {
    let pool = Pool::new(stage.server.address());
    let mut ids = Vec::new();
    let mut path = "/api/v1/conversations?view=mine&state=open&limit=100".to_owned();
    while ids.len() < most {
        let body = pool.call(request(pool.address(), Method::GET, &path, Some(token), None)?, StatusCode::OK).await?;
        let page: serde_json::Value = serde_json::from_slice(&body)?;
        for item in page["items"].as_array().into_iter().flatten() {
            ids.push(item["id"].as_str().context("a conversation without an id")?.parse()?);
        }
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/api/v1/conversations?view=mine&state=open&limit=100&cursor={cursor}");
    }
    ids.truncate(most);
    Ok(ids)
}

/// When a screen read of each that it is awake.
async fn woken(mut socket: Socket, asleep: &[Uuid]) -> anyhow::Result<HashMap<Uuid, Instant>> {
    let patience = (LEAD + SPREAD).to_std()? + GRACE;
    let mut woken = HashMap::new();
    let all = async {
        while woken.len() < asleep.len() {
            let frame = socket.next().await.context("the socket closed")??;
            let now = Instant::now();
            let Message::Text(text) = &frame else { continue };
            let event: serde_json::Value = serde_json::from_str(text)?;
            let conversation = &event["data"]["conversation"];
            if event["kind"] != "conversation.updated" || conversation["state"] == "snoozed" {
                continue;
            }
            if let Some(id) = conversation["id"].as_str().and_then(|id| id.parse().ok()).filter(|id| asleep.contains(id)) {
                woken.entry(id).or_insert(now);
            }
        }
        anyhow::Ok(())
    };
    // What is missing then is told by its id.
    timeout(patience, all).await.unwrap_or(Ok(()))?;
    Ok(woken)
}
