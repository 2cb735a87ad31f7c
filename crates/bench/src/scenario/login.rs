//! Sign-ins beside the work of those who are signed in: hashing passwords is made to be slow, and must not slow anybody else down.

use std::{sync::Arc, time::Instant};

use http::{Method, StatusCode};
use tokio::task::JoinSet;

use crate::{
    Bench,
    client::{Pool, request},
    load::{Latencies, open},
    report::Table,
    stage::Stage,
};

/// List requests a second.
const RATE: f64 = 20.0;
/// People who sign in at once, as at the beginning of a shift.
const CROWD: usize = 50;

pub(super) async fn run(bench: &mut Bench, stage: &Stage) -> anyhow::Result<()> {
    let count = bench.plan.calls / 2;
    let token: Arc<str> = stage.login("agent").await?.into();
    let quiet = list(stage, &token, count).await?;
    let begun = Instant::now();
    let mut crowd = JoinSet::new();
    let address = stage.server.address();
    for _ in 0..CROWD {
        crowd.spawn(async move {
            let begun = Instant::now();
            crate::stage::login(address, "agent").await?;
            anyhow::Ok(begun.elapsed())
        });
    }
    let signing = async {
        let mut took = Latencies::new()?;
        while let Some(done) = crowd.join_next().await {
            took.record(done??);
        }
        anyhow::Ok((took, begun.elapsed()))
    };
    let (beside, (took, all)) = tokio::try_join!(list(stage, &token, count), signing)?;

    let note = format!(
        "The agent's own list, {RATE} requests a second begun on time, alone and from the moment in which {CROWD} people sign in at once \
         (bcrypt, cost 12). All of them were in after {:.1} s; the list was asked for during {:.1} s.",
        all.as_secs_f64(),
        count as f64 / RATE
    );
    let mut table = Table::new("Lists while people sign in", note, &["", "p50 ms", "p99 ms", "max ms"]);
    for (name, latencies) in [("list, nobody signs in", &quiet), ("list, 50 sign in", &beside), ("sign-in", &took)] {
        table.row(name, [50.0, 99.0, 100.0].map(|p| latencies.ms(p).into()).to_vec());
    }
    bench.report.tables.push(table);
    bench.report.at_most("list p99 ms while 50 people sign in", beside.ms(99.0), 50.0);
    Ok(())
}

async fn list(stage: &Stage, token: &Arc<str>, count: usize) -> anyhow::Result<Latencies> {
    let pool = Arc::new(Pool::new(stage.server.address()));
    open(RATE, count, |_, _| {
        let (pool, token) = (pool.clone(), token.clone());
        async move {
            let path = "/api/v1/conversations?view=mine&state=open";
            pool.call(request(pool.address(), Method::GET, path, Some(&token), None)?, StatusCode::OK).await?;
            Ok(())
        }
    })
    .await
}
