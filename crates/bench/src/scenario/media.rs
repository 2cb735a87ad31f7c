//! A film of a customer: what it costs in memory until it is there, and how long that takes.

use std::time::{Duration, Instant};

use anyhow::ensure;
use http::StatusCode;
use tokio::time::sleep;

use crate::{
    Bench,
    client::Pool,
    machine,
    report::{Figure, Table},
    stage::Stage,
    whatsapp::{FILM_BYTES, customer_id, introduced},
};

/// Films, one after the other.
const FILMS: u64 = 5;
/// Until what the start needed for a moment is given back.
const SETTLE: Duration = Duration::from_secs(3);
/// The longest a film may take.
const LIMIT: Duration = Duration::from_secs(60);

pub(super) async fn run(bench: &mut Bench, stage: &mut Stage) -> anyhow::Result<()> {
    // From a fresh start: memory that earlier work gave back would hide what a film takes.
    stage.server.stop().await?;
    stage.server.start().await?;
    let pool = Pool::new(stage.server.address());
    let mut database = stage.server.database("max").await?;
    // One before it counts: connections, caches and threads of their own.
    film(stage, &pool, &mut database, 0).await?;
    sleep(SETTLE).await;
    let pid = stage.server.pid()?;
    let before = machine::resident_kib(pid)?;
    machine::forget_peak(pid)?;
    let mut times = Vec::new();
    for number in 1..=FILMS {
        times.push(film(stage, &pool, &mut database, number).await?.as_secs_f64() * 1e3);
    }
    let extra = machine::peak_kib(pid)?.saturating_sub(before) as f64 / 1024.0;
    bench.report.at_most("memory while films arrive, MiB", extra, 32.0);
    let note = format!(
        "{FILMS} films of {} MB, one after the other, from a provider on this machine: announced by webhook, fetched, hashed, looked into and kept \
         in a folder. Memory is the highest of the process itself above its rest; the look into a film happens in another one.",
        FILM_BYTES / 1024 / 1024
    );
    let mut table = Table::new("A film arrives", note, &["", "figure"]);
    table.row("memory above rest, MiB", vec![extra.into()]);
    table.row("webhook to ready, ms", vec![Figure::of(times)]);
    bench.report.tables.push(table);
    Ok(())
}

/// Lets a customer send a film; how long it takes until it is there.
async fn film(stage: &Stage, pool: &Pool, database: &mut sqlx::PgConnection, number: u64) -> anyhow::Result<Duration> {
    let from = customer_id(900_000 + number);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs();
    let message = format!(
        r#"{{"from":"{from}","id":"wamid.FILM{number:012}","timestamp":"{now}","type":"video","video":{{"id":"77{number:06}","mime_type":"video/mp4"}}}}"#
    );
    let delivery = stage.webhook.signed(&introduced(&from), &message, "")?;
    let begun = Instant::now();
    pool.call(delivery, StatusCode::OK).await?;
    loop {
        let ready: i64 = sqlx::query_scalar(
            "select count(*) from media where state = 'ready' and external_id = '77' || lpad($1::text, 6, '0')",
        )
        .bind(number.to_string())
        .fetch_one(&mut *database)
        .await?;
        if ready == 1 {
            return Ok(begun.elapsed());
        }
        ensure!(begun.elapsed() < LIMIT, "a film is not there after {} s", LIMIT.as_secs());
        sleep(Duration::from_millis(2)).await;
    }
}
