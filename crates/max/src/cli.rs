//! The command line.

use std::{io::Read, net::SocketAddr, process::ExitCode, sync::Arc, time::Duration};

use anyhow::{Context, bail};
use base::{Ids, SystemClock};
use clap::{Args, Parser, Subcommand};
use connect::channel::Registry;
use features::{
    accounts::{self, NewUser},
    audit::{self, ChainKey, Head},
};
use kernel::{
    auth, bus,
    config::Settings,
    crypto::Keys,
    db::{Db, DbOptions},
    event::Waker,
    telemetry,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpListener;

use crate::{
    MIGRATIONS, VERSION, demo, doctor,
    node::{self, Node, NodeOptions, Role},
    postgres::{self, Managed},
    routes,
};

/// The inbox in which a company answers all its customers.
#[derive(Parser)]
#[command(name = "max", version = VERSION, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a node.
    Serve {
        /// What it does.
        #[arg(long, value_enum, default_value = "all")]
        role: Role,
        #[command(flatten)]
        settings: SettingArgs,
    },
    /// Run a node with sample data, and a simulated provider with a phone page beside it.
    Demo {
        /// Where the phone page listens.
        #[arg(long, default_value = "127.0.0.1:8090")]
        phone_listen: SocketAddr,
        /// Begin without sample conversations.
        #[arg(long)]
        empty: bool,
        #[command(flatten)]
        settings: SettingArgs,
    },
    /// Bring the database's tables up to date and stop.
    Migrate,
    /// Look at everything MAX needs and say what is wrong and how to mend it.
    Doctor {
        /// For machines.
        #[arg(long)]
        json: bool,
    },
    /// Administer a running or stopped MAX.
    Admin {
        #[command(subcommand)]
        command: AdminCommand,
    },
    /// Look after the audit log.
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// Print the API document.
    #[command(name = "openapi")]
    OpenApi,
    /// Print who may do what, as a table.
    Permissions,
    /// Look into a file on standard input; MAX runs this for each file, in a process that may do little.
    #[command(hide = true)]
    MediaProbe {
        /// What is wanted.
        task: String,
    },
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Walk the chain of entries and say whether one was changed, removed, moved or cut off. Ends with 1 if so.
    Verify {
        /// An end of the chain that was noted down earlier (`number:hash`, as the log of the program and this command print it): nothing
        /// up to there may be missing.
        #[arg(long, value_name = "NUMBER:HASH")]
        head: Option<Head>,
    },
}

#[derive(Subcommand)]
enum AdminCommand {
    /// Create a user. The password comes on standard input.
    CreateUser {
        /// What they sign in with.
        #[arg(long)]
        email: String,
        /// How they are shown.
        #[arg(long)]
        name: String,
        /// agent, team_lead, supervisor or admin.
        #[arg(long)]
        role: String,
    },
}

/// Settings that are often given for one run; all others come from `max.toml` or the environment.
#[derive(Args)]
struct SettingArgs {
    /// Address and port of the web server.
    #[arg(long)]
    listen: Option<String>,
    /// Folder of everything MAX keeps on this machine.
    #[arg(long)]
    data_dir: Option<String>,
}

impl SettingArgs {
    fn overrides(self) -> Vec<(&'static str, String)> {
        [("listen", self.listen), ("data_dir", self.data_dir)]
            .into_iter()
            .filter_map(|(name, value)| value.map(|v| (name, v)))
            .collect()
    }
}

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Command::MediaProbe { task } = &cli.command {
        // Before anything else is made: it gives up what it could do harm with.
        return features::media::run_child(task);
    }
    // One TLS library for all; chosen once, before anything makes a client.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return complain(&error.into()),
    };
    // Boxed: the future holds every command's state.
    match runtime.block_on(Box::pin(run(cli))) {
        Ok(code) => code,
        Err(error) => complain(&error),
    }
}

#[expect(clippy::print_stderr, reason = "a person at a terminal reads it")]
fn complain(error: &anyhow::Error) -> ExitCode {
    eprintln!("max: {error:#}");
    ExitCode::FAILURE
}

#[expect(clippy::print_stdout, reason = "a person at a terminal reads it")]
fn say(text: impl std::fmt::Display) {
    println!("{text}");
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Serve { role, settings } => {
            let settings = Settings::load(settings.overrides())?;
            telemetry::init(&settings.log, settings.log_format)?;
            let running = Running::start(&settings, role).await?;
            if let Some(address) = running.node.address {
                tracing::info!(%address, public_url = %settings.public_url, version = VERSION, "MAX is ready");
            }
            stop_signal().await?;
            running.stop().await?;
        }
        Command::Demo { phone_listen, empty, settings } => demo(phone_listen, empty, settings).await?,
        Command::Migrate => {
            let settings = Settings::load([])?;
            let database = Database::open(&settings).await?;
            let db = database.connect().await?;
            postgres::check_durability(db.pool(), settings.unsafe_durability).await?;
            node::migrate(db.pool(), &SystemClock).await?;
            db.close().await;
            database.close().await?;
            say("The database is up to date.");
        }
        Command::Doctor { json } => {
            let report = match Settings::load([]) {
                Ok(settings) => doctor::run(&settings, &SystemClock, &Ids::from_system(), &look_at_migrations).await,
                Err(errors) => doctor::Report::of_errors(&errors),
            };
            let text = if json { serde_json::to_string_pretty(&report)? } else { report.to_string() };
            say(text);
            return Ok(ExitCode::from(report.exit_code()));
        }
        Command::Admin { command: AdminCommand::CreateUser { email, name, role } } => create_user(email, name, &role).await?,
        Command::Audit { command: AuditCommand::Verify { head } } => return verify_audit(head).await,
        Command::OpenApi => say(serde_json::to_string_pretty(&routes::document(Registry))?),
        Command::Permissions => say(routes::permissions(Registry)),
        // Taken before, without all that is here.
        Command::MediaProbe { task } => return Ok(features::media::run_child(&task)),
    }
    Ok(ExitCode::SUCCESS)
}

async fn verify_audit(noted: Option<Head>) -> anyhow::Result<ExitCode> {
    let settings = Settings::load([])?;
    let key = ChainKey::new(Keys::from_bytes(settings.master_key(&Ids::from_system())?.expose_secret())?.audit());
    let database = Database::open_beside(&settings).await?;
    let db = database.connect().await?;
    let verdict = async { anyhow::Ok(audit::verify(&mut *db.read().await?, &key, noted.as_ref()).await?) }.await;
    db.close().await;
    database.close().await?;
    let verdict = verdict?;
    Ok(match verdict.first_broken {
        None => {
            say(format_args!("The audit log is whole: {} entries, head {}.", verdict.entries, verdict.head));
            ExitCode::SUCCESS
        }
        Some(seq) => {
            say(format_args!("The audit log is broken at entry {seq}: it was changed, moved, removed or cut off."));
            ExitCode::FAILURE
        }
    })
}

/// Where the data are: a server of the operator's, or our own.
struct Database {
    url: SecretString,
    managed: Option<Managed>,
}

impl Database {
    /// Starts the private server if there is no other.
    async fn open(settings: &Settings) -> anyhow::Result<Self> {
        if let Some(url) = &settings.database_url {
            return Ok(Self { url: url.clone(), managed: None });
        }
        let managed = Managed::start(&settings.data_dir).await?;
        Ok(Self { url: managed.url().into(), managed: Some(managed) })
    }

    /// The same, or the private server of a MAX that is running right now.
    async fn open_beside(settings: &Settings) -> anyhow::Result<Self> {
        match postgres::running(&settings.data_dir) {
            Some((_, url)) if settings.database_url.is_none() => Ok(Self { url: url.into(), managed: None }),
            _ => Self::open(settings).await,
        }
    }

    async fn connect(&self) -> anyhow::Result<Db> {
        // Commands migrate, and a large table takes its time.
        let options = DbOptions { max_connections: 3, statement_timeout: Duration::ZERO, ..DbOptions::new(self.url.clone()) };
        Db::connect(&options, Waker::new()).await.context("the database cannot be reached")
    }

    async fn close(self) -> anyhow::Result<()> {
        if let Some(managed) = self.managed {
            managed.stop().await?;
        }
        Ok(())
    }
}

/// A node with its database.
struct Running {
    node: Node,
    database: Database,
}

impl Running {
    async fn start(settings: &Settings, role: Role) -> anyhow::Result<Self> {
        // The address first: a second MAX on it should say so at once.
        let listener = match role {
            Role::Worker => None,
            Role::All | Role::Web => Some(TcpListener::bind(settings.listen).await.with_context(|| {
                format!("cannot listen on {}; is another program there? MAX_LISTEN sets another address", settings.listen)
            })?),
        };
        let database = Database::open(settings).await?;
        let bus = bus::connect(settings.redis_url.as_ref()).await?;
        let options = NodeOptions { role, ..NodeOptions::default() };
        match Node::start(settings, database.url.clone(), bus, listener, options).await {
            Ok(node) => Ok(Self { node, database }),
            Err(error) => {
                database.close().await?;
                Err(error)
            }
        }
    }

    async fn stop(self) -> anyhow::Result<()> {
        tracing::info!("MAX is stopping");
        self.node.stop().await;
        self.database.close().await
    }
}

async fn demo(phone_listen: SocketAddr, empty: bool, settings: SettingArgs) -> anyhow::Result<()> {
    let given = std::env::var_os("MAX_LOG").is_some();
    let mut overrides = settings.overrides();
    if !given {
        // The two addresses should not drown in log lines.
        overrides.extend([("log", "warn".to_owned()), ("log_format", "text".to_owned())]);
    }
    let mut settings = Settings::load(overrides)?;
    settings
        .net_allow
        .extend(["127.0.0.0/8", "::1/128"].into_iter().map(str::parse::<ipnet::IpNet>).collect::<Result<Vec<_>, _>>()?);
    telemetry::init(&settings.log, settings.log_format)?;
    let simulator = demo::start_simulator(phone_listen).await?;
    let caught = demo::catch_mail(&mut settings, &simulator);
    let running = Running::start(&settings, Role::All).await?;
    let port = running.node.address.map_or(8080, |a| a.port());
    let stage = demo::join(&running.node.app, &simulator, &format!("http://127.0.0.1:{port}")).await?;
    if !empty {
        demo::say_hello(&running.node.app, &simulator.url()).await?;
    }
    let mail = if caught { format!("    Mail             {}\n", simulator.mail_url()) } else { String::new() };
    say(format_args!(
        "\n  MAX is running.\n\n    Agent app        {}\n    Customer's phone {}\n    Shop with a chat {}/demo/site?channel={}\n{mail}\n  Sign in as agent@demo.test (or lead@, supervisor@, admin@) with the password {}.\n  Ctrl-C stops everything.\n",
        settings.public_url,
        simulator.phone_url(),
        settings.public_url.as_str().trim_end_matches('/'),
        stage.chat.id,
        demo::PASSWORD
    ));
    stop_signal().await?;
    simulator.stop().await;
    running.stop().await
}

async fn create_user(email: String, name: String, role: &str) -> anyhow::Result<()> {
    let Some(role) = auth::Role::parse(role) else { bail!("--role must be agent, team_lead, supervisor or admin") };
    let mut password = String::new();
    std::io::stdin().take(1024).read_to_string(&mut password)?;
    let password: SecretString = password.trim_end_matches(['\r', '\n']).into();
    let settings = Settings::load([])?;
    let database = Database::open_beside(&settings).await?;
    let db = database.connect().await?;
    node::migrate(db.pool(), &SystemClock).await?;
    let outcome = async {
        let mut tx = db.begin().await?;
        let maker = accounts::Maker {
            ids: Ids::from_system(),
            clock: Arc::new(SystemClock),
            bcrypt_cost: 12,
            hashing: Arc::new(tokio::sync::Semaphore::new(1)),
            public_url: settings.public_url.as_str().trim_end_matches('/').to_owned(),
        };
        let new = NewUser { name, email, role, team_ids: Vec::new(), password: Some(password) };
        let user = accounts::create_user(&maker, &mut tx, &auth::Actor::system("command line"), new).await?;
        tx.commit().await?;
        anyhow::Ok(user.id)
    }
    .await;
    db.close().await;
    database.close().await?;
    say(format_args!("Created user {}.", outcome?));
    Ok(())
}

fn look_at_migrations(pool: sqlx::PgPool) -> futures_util::future::BoxFuture<'static, Result<doctor::Migrations, String>> {
    Box::pin(async move {
        #[expect(clippy::disallowed_methods, reason = "the migration library's own table is not in our schema")]
        let applied: Vec<i64> =
            match sqlx::query_scalar("select version from _sqlx_migrations where success").fetch_all(&pool).await {
                Ok(applied) => applied,
                // A fresh database has no such table.
                Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("42P01") => Vec::new(),
                Err(error) => return Err(error.to_string()),
            };
        let pending = MIGRATIONS.iter().filter(|m| !applied.contains(&m.version)).count();
        Ok(doctor::Migrations { applied: applied.len(), pending })
    })
}

/// Waits for Ctrl-C or a polite request to end.
async fn stop_signal() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}
