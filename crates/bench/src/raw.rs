//! The reference of ingest: pgbench doing the same writes on the same server, in a second database with the same tables.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context as _, bail, ensure};
use sqlx::{Connection as _, Row as _};
use tokio::process::Command;

use crate::{load::Latencies, stage::Stage};

const SCRIPT: &str = include_str!("../pgbench/ingest.sql");
const CUSTOMERS: &str = include_str!("../sql/customers.sql");
const DATABASE: &str = "bench_raw";

/// The second database, and what the script is given.
pub struct Raw {
    program: PathBuf,
    folder: PathBuf,
    socket: PathBuf,
    port: u16,
    variables: Vec<(&'static str, String)>,
    seed: u64,
    run: u32,
}

impl Raw {
    /// Makes the database, with as many customers as the stage has, and takes over the texts that MAX wrote for one of its own.
    pub async fn make(stage: &Stage, customers: u64, seed: u64, folder: &Path) -> anyhow::Result<Self> {
        let mut max = stage.server.database("max").await?;
        let texts = sqlx::query(
            "select m.content::text, m.preview, c.last_message::text, e.data::text, convert_from(d.body, 'UTF8')
               from message m
               join conversation c on c.id = m.conversation_id
               join event e on e.conversation_id = c.id and e.kind = 'message.created'
              cross join (select body from webhook_delivery order by length(body) limit 1) d
              where m.direction = 'in' limit 1",
        )
        .fetch_one(&mut max)
        .await
        .context("MAX has stored no message to take as the pattern")?;
        sqlx::query("create database bench_raw").execute(&mut max).await?;
        max.close().await?;

        let mut raw = stage.server.database(DATABASE).await?;
        sqlx::migrate!("../../migrations").run(&mut raw).await?;
        sqlx::query("select event_partitions(now(), 30)").execute(&mut raw).await?;
        sqlx::query("insert into team (id, name, created_at) values ($1, 'Bench', now())")
            .bind(stage.team_id)
            .execute(&mut raw)
            .await?;
        sqlx::query(
            "insert into channel (id, kind, name, config, credentials, created_at, updated_at)
             values ($1, 'whatsapp', 'Bench', '{}', '', now(), now())",
        )
        .bind(stage.channel_id)
        .execute(&mut raw)
        .await?;
        let count = i64::try_from(customers)?;
        sqlx::query(CUSTOMERS).bind(count).bind(stage.channel_id).bind(stage.team_id).execute(&mut raw).await?;
        sqlx::query("analyze").execute(&mut raw).await?;
        raw.close().await?;

        let (pid, port, socket) = stage.server.postgres()?;
        // The one that belongs to the server, not whichever comes first in the path.
        let server = fs::read_link(format!("/proc/{pid}/exe")).context("the database server's program is not known")?;
        let program = server.with_file_name("pgbench");
        ensure!(program.is_file(), "there is no {}; install PostgreSQL's client programs", program.display());
        let folder = folder.join("pgbench");
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("ingest.sql"), SCRIPT)?;
        let text = |column: usize| texts.get::<String, _>(column);
        let variables = vec![
            ("customers", customers.to_string()),
            ("channel", stage.channel_id.to_string()),
            ("content", text(0)),
            ("preview", text(1)),
            ("last", text(2)),
            ("event", text(3)),
            ("body", text(4)),
            ("n", "0".to_owned()),
        ];
        Ok(Self { program, folder, socket, port, variables, seed, run: 0 })
    }

    /// Lets this many clients go on for `warm` unmeasured and `length` measured: transactions per second, and each one's time.
    pub async fn run(&mut self, clients: usize, warm: Duration, length: Duration) -> anyhow::Result<(f64, Latencies)> {
        self.run += 1;
        let log = self.folder.join(format!("log-{}", self.run));
        fs::create_dir_all(&log)?;
        let mut command = Command::new(&self.program);
        command.args(["--no-vacuum", "--protocol=prepared", "--log", "--file=ingest.sql", "--username=max"]);
        command.arg(format!("--client={clients}")).arg(format!("--jobs={}", clients.min(2)));
        command.arg(format!("--time={}", (warm + length).as_secs_f64().ceil()));
        command.arg(format!("--random-seed={}", self.seed + u64::from(self.run)));
        command.arg(format!("--log-prefix={}", log.join("t").display()));
        command.arg("--host").arg(&self.socket).arg(format!("--port={}", self.port));
        for (name, value) in &self.variables {
            command.arg(format!("--define={name}={value}"));
        }
        command.arg(format!("--define=run={}", self.run)).arg(DATABASE).current_dir(&self.folder).kill_on_drop(true);
        let output = command.stdin(Stdio::null()).output().await?;
        let said = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() || said.contains("aborted") {
            bail!("pgbench failed: {said}");
        }
        let mut transactions = Vec::new();
        for file in fs::read_dir(&log)? {
            transactions.extend(read_log(&fs::read_to_string(file?.path())?)?);
        }
        fs::remove_dir_all(&log)?;
        measure(&transactions, warm)
    }

    /// Fails unless every transaction left its message, its event and its journal rows.
    pub async fn check(&self, stage: &Stage) -> anyhow::Result<()> {
        let mut raw = stage.server.database(DATABASE).await?;
        let row = sqlx::query(
            "select (select count(*) from message), (select count(*) from event), (select count(*) from webhook_delivery),
                    (select count(*) from webhook_element), (select sum(inbound_count)::bigint from conversation)",
        )
        .fetch_one(&mut raw)
        .await?;
        let counts: Vec<i64> = (0..5).map(|column| row.get(column)).collect();
        ensure!(
            counts.iter().all(|count| *count == counts[0] && *count > 0),
            "the reference wrote unequal numbers of rows: {counts:?}"
        );
        Ok(())
    }
}

/// A transaction as pgbench logs it: when it ended (microseconds), how long it took.
type Logged = (u64, Duration);

/// Lines of `client number time script epoch microseconds`.
fn read_log(text: &str) -> anyhow::Result<Vec<Logged>> {
    let line = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let number = |index: usize| words.get(index).and_then(|word| word.parse::<u64>().ok());
        let (took, seconds, rest) = (number(2)?, number(4)?, number(5)?);
        Some((seconds * 1_000_000 + rest, Duration::from_micros(took)))
    };
    text.lines().map(|l| line(l).with_context(|| format!("pgbench logged {l:?}"))).collect()
}

/// Rate and times of what ended after the warm-up.
fn measure(transactions: &[Logged], warm: Duration) -> anyhow::Result<(f64, Latencies)> {
    let begun = transactions.iter().map(|(ended, took)| ended - took.as_micros() as u64).min().context("pgbench did nothing")?;
    let from = begun + warm.as_micros() as u64;
    let until = transactions.iter().map(|(ended, _)| *ended).max().unwrap_or(from);
    let mut latencies = Latencies::new()?;
    transactions.iter().filter(|(ended, _)| *ended >= from).for_each(|(_, took)| latencies.record(*took));
    let seconds = Duration::from_micros(until.saturating_sub(from)).as_secs_f64();
    Ok((latencies.count() as f64 / seconds.max(f64::EPSILON), latencies))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_gives_rate_and_times_after_the_warm_up() {
        // One client, a transaction of a second each for eleven seconds.
        let log: String = (1..=11).map(|n| format!("0 {n} 1000000 0 {} 0\n", 100 + n)).collect();
        let (rate, latencies) = measure(&read_log(&log).unwrap(), Duration::from_millis(1_500)).unwrap();
        assert_eq!(latencies.count(), 10);
        assert!((rate - 10.0 / 9.5).abs() < 1e-6, "{rate}");
        assert!(read_log("something else").is_err());
    }
}
