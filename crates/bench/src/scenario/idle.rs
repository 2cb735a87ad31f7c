//! Memory of sockets on which nothing happens.

use std::time::Duration;

use anyhow::ensure;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::time::sleep;

use super::socket::{Socket, connect};
use crate::{Bench, machine, report::Table, stage::Stage};

/// Sockets that are being opened at once.
const OPENING: usize = 32;
/// Until what opening needed for a moment is given back.
const SETTLE: Duration = Duration::from_secs(3);

pub(super) async fn run(bench: &mut Bench, stage: &mut Stage) -> anyhow::Result<()> {
    let count = bench.plan.sockets;
    let limit = machine::open_files_limit();
    ensure!(limit as usize > count + 200, "{limit} files may be open here; raise it (ulimit -n) for {count} sockets");
    // From a fresh start: memory that earlier work gave back would hide what the sockets take.
    stage.server.stop().await?;
    stage.server.start().await?;
    let token = stage.login("agent").await?;
    sleep(SETTLE).await;
    let pid = stage.server.pid()?;
    let before = machine::resident_kib(pid)?;
    let stage = &*stage;
    let sockets: Vec<Socket> =
        stream::iter(0..count).map(|_| connect(stage, &token)).buffer_unordered(OPENING).try_collect().await?;
    sleep(SETTLE).await;
    let after = machine::resident_kib(pid)?;
    drop(sockets);
    let each = after.saturating_sub(before) as f64 / count as f64;
    bench.report.at_most("memory of an idle socket, KiB", each, 8.0);
    let note = format!("{count} sockets after their hello, authenticated, nothing sent. The kernel's own buffers are not in it.");
    let mut table = Table::new("Idle sockets", note, &["", "max resident MiB"]);
    table.row("before", vec![(before as f64 / 1024.0).into()]);
    table.row("with the sockets", vec![(after as f64 / 1024.0).into()]);
    table.row("KiB for each socket", vec![each.into()]);
    bench.report.tables.push(table);
    Ok(())
}
