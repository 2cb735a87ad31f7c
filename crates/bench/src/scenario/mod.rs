//! What is measured. Those that share a MAX run on the same one, in the order in which each leaves the next a useful state.

mod batch;
mod flood;
mod idle;
mod ingest;
mod list;
mod login;
mod media;
mod plans;
mod send;
mod socket;
mod startup;
mod timers;
mod visitors;

use crate::{Bench, machine, stage::Stage};

/// One measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Scenario {
    /// First and later start, memory at rest.
    Startup,
    /// Webhook to commit, beside the same writes by pgbench.
    Ingest,
    /// One delivery as large as they come.
    Batch,
    /// Webhook to the screens of a team.
    Socket,
    /// The same while one customer floods the channel.
    Flood,
    /// An agent's message to its acceptance and to the provider.
    Send,
    /// How late snoozes wake and held replies leave.
    Timers,
    /// Conversation lists over a large database, beside plain queries.
    List,
    /// A list while many sign in at once.
    Login,
    /// Memory and time while a customer's film arrives.
    Media,
    /// Memory of idle sockets.
    Idle,
    /// Visitors of the company's pages: memory of those who only look, and from their key press to an agent's screen.
    Visitors,
}

use Scenario::{Batch, Flood, Idle, Ingest, List, Login, Media, Send, Socket, Startup, Timers, Visitors};

/// Runs those asked for; all if none was named.
pub async fn run(bench: &mut Bench, only: &[Scenario]) -> anyhow::Result<()> {
    let wanted = |scenario: Scenario| only.is_empty() || only.contains(&scenario);
    if wanted(Startup) {
        let before = begin(bench, "start-up");
        startup::run(bench).await?;
        end(bench, before);
    }
    if [Ingest, Batch, Socket, Flood, Send, Timers].into_iter().any(wanted) {
        say("setting a stage for messages");
        let stage = Stage::set(&bench.program, &bench.folder("messages")).await?;
        about_database(bench, &stage).await?;
        stage.welcome(bench.plan.customers).await?;
        bench.probe_disk(&stage.server)?;
        if wanted(Ingest) {
            let before = begin(bench, "webhook ingest");
            ingest::run(bench, &stage).await?;
            end(bench, before);
        }
        if wanted(Batch) {
            let before = begin(bench, "one large delivery");
            batch::run(bench, &stage).await?;
            end(bench, before);
        }
        if wanted(Socket) {
            let before = begin(bench, "webhook to socket");
            socket::run(bench, &stage).await?;
            end(bench, before);
        }
        if wanted(Flood) {
            let before = begin(bench, "beside a flood");
            flood::run(bench, &stage).await?;
            end(bench, before);
        }
        // What the agent answers is theirs from then on, and has timers to set.
        if wanted(Send) || wanted(Timers) {
            let before = begin(bench, "sending");
            send::run(bench, &stage).await?;
            end(bench, before);
        }
        if wanted(Timers) {
            let before = begin(bench, "timers");
            timers::run(bench, &stage).await?;
            end(bench, before);
        }
        bench.probe_disk(&stage.server)?;
        stage.check_messages().await?;
        stage.strike(bench.keep).await?;
    }
    if [List, Login, Media, Idle, Visitors].into_iter().any(wanted) {
        say("setting a stage for readers");
        let mut stage = Stage::set(&bench.program, &bench.folder("readers")).await?;
        if bench.report.about.is_empty() {
            about_database(bench, &stage).await?;
        }
        bench.probe_disk(&stage.server)?;
        if wanted(List) {
            let before = begin(bench, "conversation lists");
            list::run(bench, &mut stage).await?;
            end(bench, before);
        }
        if wanted(Login) {
            let before = begin(bench, "sign-ins");
            login::run(bench, &stage).await?;
            end(bench, before);
        }
        if wanted(Media) {
            let before = begin(bench, "a film");
            media::run(bench, &mut stage).await?;
            end(bench, before);
        }
        if wanted(Idle) {
            let before = begin(bench, "idle sockets");
            idle::run(bench, &mut stage).await?;
            end(bench, before);
        }
        if wanted(Visitors) {
            let before = begin(bench, "visitors");
            visitors::run(bench, &mut stage).await?;
            end(bench, before);
        }
        stage.strike(bench.keep).await?;
    }
    Ok(())
}

/// How many tables there were, and how busy the machine was.
type Before = (usize, f64);

fn begin(bench: &Bench, what: &str) -> Before {
    say(what);
    (bench.report.tables.len(), machine::load())
}

fn end(bench: &mut Bench, (tables, load): Before) {
    bench.report.note_load(tables, load);
}

/// Notes what the figures of this database stand on, and fails if it could lose what it promised.
async fn about_database(bench: &mut Bench, stage: &Stage) -> anyhow::Result<()> {
    let mut database = stage.server.database("max").await?;
    let mut settings = Vec::new();
    for name in ["server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers"] {
        let value: String = sqlx::query_scalar("select current_setting($1)").bind(name).fetch_one(&mut database).await?;
        settings.push((name, value));
    }
    let safe = |name: &str| settings.iter().any(|(known, value)| *known == name && value == "on");
    anyhow::ensure!(
        safe("fsync") && safe("synchronous_commit") && safe("full_page_writes"),
        "the database is not durable: {settings:?}"
    );
    let words: Vec<String> = settings.iter().map(|(name, value)| format!("{name} {value}")).collect();
    bench.report.about.push(("PostgreSQL".to_owned(), words.join(", ")));
    Ok(())
}

#[expect(clippy::print_stderr, reason = "progress for the person at the terminal")]
fn say(what: &str) {
    eprintln!("bench: {what} (load {:.1})", machine::load());
}
