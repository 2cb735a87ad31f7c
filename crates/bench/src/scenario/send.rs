//! An agent's message: to MAX's "accepted", and to the provider's door.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use http::{Method, StatusCode};
use tokio::time::sleep;
use uuid::Uuid;

use crate::{
    Bench,
    client::{Pool, request},
    load::{Latencies, open},
    report::Table,
    stage::Stage,
    whatsapp::marked,
};

/// Messages a second.
const RATE: f64 = 20.0;
/// Until the last message must have reached the provider.
const GRACE: Duration = Duration::from_secs(10);

pub(super) async fn run(bench: &mut Bench, stage: &Stage) -> anyhow::Result<()> {
    let conversations = conversations(stage, bench.plan.calls).await?;
    let note = format!(
        "Texts at {RATE} a second, each to another conversation, begun on time whatever happens; the provider answers at once. \
         Accepted: the 201. At the provider: the call has arrived there."
    );
    let mut table =
        Table::new("Sending", note, &["", "accepted p50 ms", "p99 ms", "max ms", "at the provider p50 ms", "p99 ms", "max ms"]);
    for (round, name) in ["first answer (takes the conversation)", "further answers"].into_iter().enumerate() {
        let (accepted, arrived) = answer(stage, &conversations, round).await?;
        let figures = [&accepted, &arrived].into_iter().flat_map(|l| [50.0, 99.0, 100.0].map(|p| l.ms(p).into()));
        table.row(name, figures.collect());
        bench.report.at_most(format!("send accepted p99 ms, {name}"), accepted.ms(99.0), 50.0);
    }
    bench.report.tables.push(table);
    Ok(())
}

/// Conversations that wait in the team's queue.
async fn conversations(stage: &Stage, most: usize) -> anyhow::Result<Arc<Vec<Uuid>>> {
    let mut database = stage.server.database("max").await?;
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "select id from conversation where assignee_id is null and team_id = $1 order by md5(id::text) limit $2",
    )
    .bind(stage.team_id)
    .bind(i64::try_from(most)?)
    .fetch_all(&mut database)
    .await?;
    ensure!(!ids.is_empty(), "there is nobody to answer");
    Ok(Arc::new(ids))
}

/// Answers each conversation once.
async fn answer(stage: &Stage, conversations: &Arc<Vec<Uuid>>, round: usize) -> anyhow::Result<(Latencies, Latencies)> {
    let token: Arc<str> = stage.login("agent").await?.into();
    let pool = Arc::new(Pool::new(stage.server.address()));
    let begins: Arc<Mutex<Vec<Instant>>> = Arc::default();
    let count = conversations.len();
    let number = |index: usize| (round * 1_000_000 + index) as u64;
    stage.provider.arrivals();
    let accepted = open(RATE, count, |index, due| {
        let (pool, token, conversation) = (pool.clone(), token.clone(), conversations[index]);
        let number = number(index);
        begins.lock().unwrap_or_else(PoisonError::into_inner).push(due);
        async move {
            let message = serde_json::json!({ "client_id": format!("bench-{number}"), "kind": "reply", "text": marked(number) });
            let path = format!("/api/v1/conversations/{conversation}/messages");
            let body = Bytes::from(message.to_string());
            pool.call(request(pool.address(), Method::POST, &path, Some(&token), Some(body))?, StatusCode::CREATED).await?;
            Ok(())
        }
    })
    .await?;
    let begins = std::mem::take(&mut *begins.lock().unwrap_or_else(PoisonError::into_inner));
    let mut arrivals = Vec::with_capacity(count);
    let waiting = Instant::now();
    while arrivals.len() < count && waiting.elapsed() < GRACE {
        sleep(Duration::from_millis(50)).await;
        arrivals.extend(stage.provider.arrivals());
    }
    ensure!(arrivals.len() == count, "{} of {count} messages reached the provider", arrivals.len());
    let mut arrived = Latencies::new()?;
    for (number, at) in arrivals {
        let index = usize::try_from(number)? - round * 1_000_000;
        let begun = begins.get(index).context("the provider got a message nobody sent")?;
        arrived.record(at.saturating_duration_since(*begun));
    }
    Ok((accepted, arrived))
}
