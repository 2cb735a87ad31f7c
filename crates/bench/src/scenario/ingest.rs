//! Webhook to commit: signed deliveries over kept-alive connections, and the same writes by pgbench, in turns.

use std::time::{Duration, Instant};

use crate::{
    Bench,
    client::Connection,
    load::{Client, chance, closed},
    raw::Raw,
    report::{Figure, Table},
    stage::Stage,
    whatsapp::{Webhook, accepted},
};

/// Connections at once.
const CLIENTS: [usize; 3] = [1, 16, 64];
/// Messages in a large delivery.
const BATCH: usize = 50;

/// Posts deliveries, one after the other.
struct Poster {
    connection: Connection,
    webhook: Webhook,
    customers: u64,
    batch: usize,
    seed: u64,
    turns: u64,
}

impl Client for Poster {
    async fn turn(&mut self) -> anyhow::Result<Duration> {
        let some = (0..self.batch as u64).map(|n| chance(self.seed, self.turns + n) % self.customers).collect::<Vec<_>>();
        self.turns += self.batch as u64;
        let (delivery, _) = self.webhook.delivery(&some)?;
        // Making and signing it is the provider's work; it costs the shared cores, not this clock.
        let begun = Instant::now();
        let (status, body) = self.connection.call(delivery).await?;
        let took = begun.elapsed();
        accepted(status, &body)?;
        self.webhook.acknowledge(self.batch);
        Ok(took)
    }
}

async fn posters(bench: &Bench, stage: &Stage, count: usize, batch: usize, round: usize) -> anyhow::Result<Vec<Poster>> {
    let mut posters = Vec::with_capacity(count);
    for number in 0..count {
        posters.push(Poster {
            connection: Connection::open(stage.webhook.address()).await?,
            webhook: stage.webhook.clone(),
            customers: bench.plan.customers,
            batch,
            seed: chance(bench.seed, (round * 1_000 + number) as u64),
            turns: 0,
        });
    }
    Ok(posters)
}

/// Per repeat: rate, p50, p99.
#[derive(Default)]
struct Repeats([Vec<f64>; 3]);

impl Repeats {
    fn add(&mut self, values: [f64; 3]) {
        self.0.iter_mut().zip(values).for_each(|(all, value)| all.push(value));
    }

    fn figures(&self) -> Vec<Figure> {
        self.0.iter().cloned().map(Figure::of).collect()
    }
}

pub(super) async fn run(bench: &mut Bench, stage: &Stage) -> anyhow::Result<()> {
    let (warm, length) = (bench.plan.warm, bench.plan.length);
    let mut raw = Raw::make(stage, bench.plan.customers, bench.seed, &bench.folder("messages")).await?;
    let mut single: Vec<(Repeats, Repeats)> = CLIENTS.iter().map(|_| Default::default()).collect();
    let mut batched: Vec<Repeats> = CLIENTS.iter().map(|_| Default::default()).collect();
    for round in 0..bench.plan.repeats {
        for ((ours, theirs), clients) in single.iter_mut().zip(CLIENTS) {
            let max = closed(posters(bench, stage, clients, 1, round).await?, warm, length).await?;
            ours.add([max.rate, max.latencies.ms(50.0), max.latencies.ms(99.0)]);
            let (rate, latencies) = raw.run(clients, warm, length).await?;
            theirs.add([rate, latencies.ms(50.0), latencies.ms(99.0)]);
        }
        for (ours, clients) in batched.iter_mut().zip(CLIENTS) {
            let max = closed(posters(bench, stage, clients, BATCH, round + 100).await?, warm, length).await?;
            ours.add([max.rate * BATCH as f64, max.latencies.ms(50.0), max.latencies.ms(99.0)]);
        }
        bench.probe_disk(&stage.server)?;
    }
    raw.check(stage).await?;
    stage.check_messages().await?;

    let note = format!(
        "Signed deliveries of one text each from {} known customers; answered when committed. Beside it pgbench (prepared statements, Unix \
         socket, same server) doing the same writes in one transaction per message. The load generator's signing and JSON share the \
         cores with MAX and PostgreSQL.",
        bench.plan.customers
    );
    let mut table = Table::new(
        "Webhook ingest",
        note,
        &["", "MAX msg/s", "p50 ms", "p99 ms", "pgbench tx/s", "p50 ms", "p99 ms", "MAX ÷ pgbench"],
    );
    for ((ours, theirs), clients) in single.iter().zip(CLIENTS) {
        let ratios = ours.0[0].iter().zip(&theirs.0[0]).map(|(ours, theirs)| ours / theirs).collect();
        let ratio = Figure::of(ratios);
        bench.report.at_least(format!("ingest at {clients} ÷ pgbench"), ratio.median(), 0.5);
        let figures = ours.figures().into_iter().chain(theirs.figures()).chain([ratio]);
        table.row(format!("{clients} at once"), figures.collect());
    }
    bench.report.tables.push(table);
    let limit = 3.0f64.mul_add(bench.fsync_ms(), 5.0);
    let p99 = single.iter().zip(CLIENTS).find(|(_, clients)| *clients == 16).map(|((ours, _), _)| Figure::of(ours.0[2].clone()));
    if let Some(p99) = p99 {
        bench.report.at_most("webhook p99 ms at 16 (5 ms + 3 fsync)", p99.median(), limit);
    }
    let note = format!("The same with {BATCH} texts in each delivery; times are per delivery.");
    let mut table = Table::new("Webhook ingest, large deliveries", note, &["", "MAX msg/s", "p50 ms", "p99 ms"]);
    for (ours, clients) in batched.iter().zip(CLIENTS) {
        table.row(format!("{clients} at once"), ours.figures());
    }
    bench.report.tables.push(table);
    Ok(())
}
