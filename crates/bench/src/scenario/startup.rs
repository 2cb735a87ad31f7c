//! First and later start, and memory at rest.

use std::time::Duration;

use tokio::time::sleep;

use crate::{
    Bench, machine,
    report::{Figure, Table},
    server::Server,
};

pub(super) async fn run(bench: &mut Bench) -> anyhow::Result<()> {
    let mut server = Server::new(&bench.program, &bench.folder("startup"))?;
    let ms = |took: Duration| took.as_secs_f64() * 1e3;
    let first = ms(server.start().await?);
    bench.probe_disk(&server)?;
    let mut later = Vec::new();
    for _ in 0..bench.plan.starts {
        server.stop().await?;
        later.push(ms(server.start().await?));
    }
    let later = Figure::of(later);
    let mut table = Table::new(
        "Start-up",
        "From the start of the process to `/readyz` answering 200, its private PostgreSQL included.",
        &["", "ms"],
    );
    table.row("first start (creates the database)", vec![first.into()]);
    table.row("later start", vec![later]);
    bench.report.tables.push(table);

    // What start-up needed for a moment is given back.
    sleep(bench.plan.length).await;
    let mut table = Table::new(
        "Memory at rest",
        "After a start, with nobody connected. PostgreSQL: all its processes, shared pages counted once.",
        &["", "MiB"],
    );
    table.row("max (resident)", vec![(machine::resident_kib(server.pid()?)? as f64 / 1024.0).into()]);
    let (postgres, ..) = server.postgres()?;
    table.row("PostgreSQL (proportional)", vec![(machine::family_kib(postgres)? as f64 / 1024.0).into()]);
    bench.report.tables.push(table);
    server.stop().await?;
    if bench.keep { Ok(()) } else { server.remove() }
}
