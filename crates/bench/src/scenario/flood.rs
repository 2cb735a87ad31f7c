//! Others' conversations while one customer writes ten thousand messages.

use std::sync::Arc;

use http::StatusCode;

use super::socket::{RATE, SOCKETS, measure};
use crate::{
    Bench,
    client::Pool,
    load::open,
    report::{Figure, Table},
    stage::Stage,
};

/// Messages of the flood.
const FLOOD: usize = 10_000;
/// Messages in one of its deliveries.
const BATCH: usize = 50;

pub(super) async fn run(bench: &mut Bench, stage: &Stage) -> anyhow::Result<()> {
    let token = stage.login("agent").await?;
    // About what counts as a flood unless an admin says otherwise, with room for the thousand customers who stand for many more. The one
    // who floods is not blocked, which would spare MAX some of the work.
    stage.floods_from(40, 60, 100_000).await?;
    let count = bench.plan.calls * 5;
    let mut figures: [[Vec<f64>; 3]; 2] = Default::default();
    for round in 0..bench.plan.repeats {
        let customer = bench.plan.customers + round as u64;
        let (idle, _) = measure(bench, stage, &token, round * 2 * count, count).await?;
        let (beside, pouring) = tokio::join!(
            measure(bench, stage, &token, (round * 2 + 1) * count, count),
            pour(stage, customer, count as f64 / RATE)
        );
        let (beside, _) = beside?;
        pouring?;
        for (all, latencies) in figures.iter_mut().zip([&idle, &beside]) {
            all.iter_mut().zip([50.0, 99.0, 100.0]).for_each(|(all, p)| all.push(latencies.ms(p)));
        }
        bench.probe_disk(&stage.server)?;
    }
    stage.floods_from(1_000, 1, 100_000).await?;
    let note = format!(
        "{count} signed deliveries of others at {RATE} a second, each read by {SOCKETS} sockets, alone and while one customer writes {FLOOD} \
         messages, {BATCH} in a delivery, over the same time. From the intended begin of a call to each socket's read."
    );
    let ratios = figures[1][1].iter().zip(&figures[0][1]).map(|(beside, idle)| beside / idle).collect();
    let ratio = Figure::of(ratios);
    bench.report.at_most("webhook to socket p99 beside a flood ÷ alone", ratio.median(), 2.0);
    let mut table = Table::new("Beside a flood", note, &["", "p50 ms", "p99 ms", "max ms"]);
    for (name, all) in ["alone", "beside a flood"].into_iter().zip(figures) {
        table.row(name, all.into_iter().map(Figure::of).collect());
    }
    bench.report.tables.push(table);
    Ok(())
}

/// One customer writes all of it within so many seconds.
async fn pour(stage: &Stage, customer: u64, seconds: f64) -> anyhow::Result<()> {
    let pool = Arc::new(Pool::new(stage.server.address()));
    let (ours, count) = (stage.webhook.apart(customer), FLOOD / BATCH);
    open(count as f64 / seconds, count, |_, _| {
        let (pool, webhook) = (pool.clone(), ours.clone());
        async move {
            let (delivery, _) = webhook.delivery(&[customer; BATCH])?;
            pool.call(delivery, StatusCode::OK).await?;
            webhook.acknowledge(BATCH);
            Ok(())
        }
    })
    .await?;
    Ok(())
}
