//! Runs the private database of the data directory given as the only argument until a line arrives on standard input or
//! SIGTERM does. The tests kill it at every bad moment.

use std::io::{self, BufRead as _, Write as _};

use max::postgres::Managed;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let data_dir = std::env::args_os().nth(1).ok_or_else(|| anyhow::anyhow!("usage: managed_postgres DATA_DIR"))?;
    let managed = Managed::start(data_dir.as_ref()).await?;
    writeln!(io::stdout(), "ready {} {}", managed.pid().unwrap_or_default(), managed.url())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let (told, tell) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let read = io::stdin().lock().read_line(&mut String::new());
        // The end of the input is no order: a killed parent must leave us running.
        if matches!(read, Ok(1..)) {
            told.send(()).ok();
        } else {
            std::thread::park();
        }
    });
    tokio::select! {
        _ = tell => {}
        _ = terminated.recv() => {}
    }
    managed.stop().await?;
    Ok(())
}
