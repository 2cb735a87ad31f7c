//! Measures MAX from outside: the optimised program as a child process on a durable database of its own, over HTTP and WebSocket as
//! providers and browsers use it, beside the same work done by plain PostgreSQL in the same minutes. docs/performance.md tells how to
//! read what it prints.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "its tables and its progress are for the person at the terminal")]
#![expect(
    clippy::disallowed_methods,
    reason = "it stands outside: its clock is the wall's, its SQL meets a database made during the run"
)]

mod client;
mod load;
mod machine;
mod raw;
mod report;
mod scenario;
mod server;
mod stage;
mod whatsapp;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::Duration,
};

use anyhow::Context as _;
use clap::Parser;

use machine::Machine;
use report::{Figure, Report};
use scenario::Scenario;

/// Measure MAX and print tables; the same as JSON goes to target/bench/latest.json.
#[derive(Parser)]
struct Options {
    /// Only these, divided by commas; all unless said.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Scenario>,
    /// Short and small, to try the bench itself; the figures mean little.
    #[arg(long)]
    quick: bool,
    /// Lists over ten times as much: a million conversations with ten million messages. Takes some minutes more to make.
    #[arg(long, conflicts_with = "quick")]
    large: bool,
    /// The program to measure; the one beside this program unless said.
    #[arg(long)]
    max: Option<PathBuf>,
    /// What chance follows from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Leave the data directories behind.
    #[arg(long)]
    keep: bool,
}

/// How long and how large.
struct Plan {
    /// Repeats of what is compared, one after the other in turns.
    repeats: usize,
    /// Unmeasured beginning of each load.
    warm: Duration,
    /// Measured part of each load.
    length: Duration,
    /// Calls of each open load.
    calls: usize,
    /// Customers who write.
    customers: u64,
    /// Conversations in the list's database, with ten messages each.
    conversations: u64,
    /// Idle sockets.
    sockets: usize,
    /// Later starts.
    starts: usize,
}

impl Plan {
    const FULL: Self = Self {
        repeats: 3,
        warm: Duration::from_secs(1),
        length: Duration::from_secs(8),
        calls: 400,
        customers: 1_000,
        conversations: 100_000,
        sockets: 5_000,
        starts: 5,
    };
    const LARGE: Self = Self { conversations: 1_000_000, ..Self::FULL };
    const QUICK: Self = Self {
        repeats: 1,
        warm: Duration::from_millis(200),
        length: Duration::from_secs(1),
        calls: 40,
        customers: 200,
        conversations: 5_000,
        sockets: 200,
        starts: 1,
    };
}

/// A run under way.
struct Bench {
    plan: Plan,
    program: PathBuf,
    /// Where data directories go.
    folder: PathBuf,
    seed: u64,
    keep: bool,
    /// Milliseconds per fsync, taken again and again during the run.
    fsync: Vec<f64>,
    report: Report,
}

impl Bench {
    /// Takes the disk's time once more, where the database lies.
    fn probe_disk(&mut self, server: &server::Server) -> anyhow::Result<()> {
        self.fsync.push(machine::fsync_ms(&server.home()?, 300)?);
        Ok(())
    }

    /// The disk's time so far.
    fn fsync_ms(&self) -> f64 {
        Figure::of(self.fsync.clone()).median()
    }

    /// A folder for a data directory.
    fn folder(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

fn main() -> ExitCode {
    let options = Options::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return complain(&error.into()),
    };
    match runtime.block_on(Box::pin(run(options))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&error),
    }
}

fn complain(error: &anyhow::Error) -> ExitCode {
    eprintln!("bench: {error:#}");
    ExitCode::FAILURE
}

async fn run(options: Options) -> anyhow::Result<()> {
    let own = std::env::current_exe()?;
    let beside = own.parent().context("a program without a folder")?;
    let program = options.max.unwrap_or_else(|| beside.join("max"));
    let program = fs::canonicalize(&program).with_context(|| format!("there is no {}; build it first", program.display()))?;
    let folder = beside.parent().unwrap_or(beside).join("bench");
    let run_folder = folder.join(format!("run-{}", std::process::id()));
    fs::create_dir_all(&run_folder)?;

    if cfg!(debug_assertions) {
        eprintln!("bench: this is no optimised build; its figures mean nothing");
    }
    let mut bench = Bench {
        plan: match (options.quick, options.large) {
            (true, _) => Plan::QUICK,
            (_, true) => Plan::LARGE,
            _ => Plan::FULL,
        },
        program,
        folder: run_folder.clone(),
        seed: options.seed,
        keep: options.keep,
        fsync: Vec::new(),
        report: Report::default(),
    };
    let load_before = machine::load();
    let date = chrono::Utc::now().format("%Y-%m-%d %H:%M UTC").to_string();
    let outcome = tokio::select! {
        outcome = scenario::run(&mut bench, &options.only) => outcome,
        _ = tokio::signal::ctrl_c() => Err(anyhow::anyhow!("interrupted")),
    };
    if let Err(error) = outcome {
        if !options.keep {
            // The processes of a MAX that was cut off need a moment to end.
            tokio::time::sleep(Duration::from_secs(2)).await;
            fs::remove_dir_all(&run_folder).ok();
        }
        return Err(error);
    }

    let fsync = Figure::of(std::mem::take(&mut bench.fsync));
    let build = if cfg!(debug_assertions) { "debug" } else { "release" };
    let about = [
        ("date", date),
        ("machine", Machine::here().to_string()),
        ("load average before", format!("{load_before:.2}")),
        ("fsync", format!("{fsync} ms, median of 300 overwrites of 8 KiB, taken several times during the run")),
        ("build", format!("{build}, {}", said(Command::new(&bench.program).arg("--version")))),
        ("commit", said(Command::new("git").args(["describe", "--always", "--dirty"]))),
        ("seed", bench.seed.to_string()),
        (
            "size",
            if options.quick {
                "quick"
            } else if options.large {
                "large"
            } else {
                "full"
            }
            .to_owned(),
        ),
    ];
    let versions = std::mem::take(&mut bench.report.about);
    bench.report.about = about.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(versions).collect();
    println!("{}", bench.report.markdown());
    keep_json(&bench.report, &folder)?;
    if !options.keep {
        fs::remove_dir_all(&run_folder)?;
    }
    Ok(())
}

fn keep_json(report: &Report, folder: &Path) -> anyhow::Result<()> {
    let path = folder.join("latest.json");
    fs::write(&path, serde_json::to_vec_pretty(report)?)?;
    eprintln!("bench: the same as JSON is in {}", path.display());
    Ok(())
}

/// The first line a program prints.
fn said(command: &mut Command) -> String {
    let output = command.output().ok().filter(|output| output.status.success());
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    text.lines().next().unwrap_or("unknown").to_owned()
}
