//! The composition root: the one place where a node's parts are made and joined.

use std::{ffi::OsString, net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context;
use base::{Clock, Ids, SystemClock};
use connect::{
    channel::Registry,
    mail::{MailError, MailOptions, Mailer},
    net::{Outbound, OutboundOptions},
};
use features::{
    App, AppParts, accounts, assignment, attachments, audit, delivery, drafts, ingest, media, messages, notices, presence,
    templates, visitors,
};
use kernel::{
    auth::Tokens,
    bus::Bus,
    config::Settings,
    crypto::Keys,
    db::{Db, DbOptions},
    event::{self, Waker, log, reader::Reader},
    http::serve::{Drained, ServeOptions, serve},
    job,
    realtime::{Hub, SocketLimits},
    telemetry::{Check, Health, RequestTelemetry},
};
use secrecy::{ExposeSecret, SecretString};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{MIGRATIONS, VERSION, jobs, postgres, routes};

/// What a node does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Role {
    /// Serves browsers and providers, and does the background work.
    All,
    /// Serves only.
    Web,
    /// Works only.
    Worker,
}

/// What differs between a real node and one in a test.
#[derive(Clone)]
pub struct NodeOptions {
    /// What the node does.
    pub role: Role,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub ids: Ids,
    /// Cost of password hashes.
    pub bcrypt_cost: u32,
    /// What throttles of sign-ins take for a minute.
    pub throttle_minute: Duration,
    /// Longest an outgoing call may take.
    pub call_timeout: Duration,
    /// How long a send may stay without an outcome; longer than `call_timeout`.
    pub send_lease: Duration,
    /// Limits of the accept loop.
    pub serve: ServeOptions,
    /// Limits of sockets.
    pub sockets: SocketLimits,
    /// How long an access token is valid.
    pub token_lifetime: Duration,
    /// The program that looks into files, with its arguments; unset: this one.
    pub probe: Option<Vec<OsString>>,
    /// Variables that tell about the bucket in which files lie.
    pub aws: Vec<(String, String)>,
    /// The longest that a look into a file may take.
    pub probe_patience: Duration,
}

impl Default for NodeOptions {
    fn default() -> Self {
        Self {
            role: Role::All,
            clock: Arc::new(SystemClock),
            ids: Ids::from_system(),
            bcrypt_cost: 12,
            throttle_minute: Duration::from_secs(60),
            call_timeout: Duration::from_secs(15),
            send_lease: Duration::from_secs(30),
            serve: ServeOptions::default(),
            sockets: SocketLimits::default(),
            token_lifetime: Duration::from_secs(600),
            probe: None,
            aws: media::Files::aws(),
            probe_patience: Duration::from_secs(30),
        }
    }
}

/// A running node.
pub struct Node {
    /// The application.
    pub app: App,
    /// Where it listens, unless it only works.
    pub address: Option<SocketAddr>,
    health: Health,
    server: Option<tokio::task::JoinHandle<Drained>>,
    work: JoinSet<&'static str>,
    stop_serving: CancellationToken,
    stop_working: CancellationToken,
    stop_plumbing: CancellationToken,
}

/// Takes a new or known database to this build's schema. Several nodes may do it at once.
pub async fn migrate(pool: &sqlx::PgPool, clock: &dyn Clock) -> anyhow::Result<()> {
    // Nodes that start at once take turns. Whoever waits asks again rather than waiting in a statement: an index that is built
    // concurrently waits for every statement under way, and the two would wait for each other.
    let mut turn = pool.acquire().await?;
    while !sqlx::query_scalar!(r#"select pg_try_advisory_lock(hashtext('max_migrate')) as "mine!""#).fetch_one(&mut *turn).await?
    {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let migrated = migrate_alone(pool, clock).await;
    // The lock ends with the connection, should it be lost.
    sqlx::query_scalar!("select pg_advisory_unlock(hashtext('max_migrate'))").fetch_one(&mut *turn).await?;
    migrated
}

async fn migrate_alone(pool: &sqlx::PgPool, clock: &dyn Clock) -> anyhow::Result<()> {
    MIGRATIONS.run(pool).await.context("the database's tables could not be brought up to date")?;
    job::migrate(pool).await.context("the job tables could not be brought up to date")?;
    log::keep_partitions(&mut *pool.acquire().await?, clock.now(), jobs::KEEP_EVENTS_DAYS).await?;
    Ok(())
}

/// Makes the database ready, as its owner. Whether MAX can go on in a role that may do less.
async fn prepare(url: &SecretString, settings: &Settings, clock: &dyn Clock) -> anyhow::Result<bool> {
    // A migration of a large table takes its time: no limit for statements.
    let options = DbOptions { max_connections: 3, statement_timeout: Duration::ZERO, ..DbOptions::new(url.clone()) };
    let owner = Db::connect(&options, Waker::new()).await.context("the database cannot be reached")?;
    postgres::check_durability(owner.pool(), settings.unsafe_durability).await?;
    migrate(owner.pool(), clock).await?;
    let restricted = owner.grant().await.context("the rights of MAX's role could not be set")?;
    if !restricted {
        tracing::warn!("MAX uses its database as the owner of its tables: only triggers keep the audit log from being changed");
    }
    owner.close().await;
    Ok(restricted)
}

impl Node {
    /// Starts a node on a database. `listener` is where it serves; a worker needs none.
    pub async fn start(
        settings: &Settings,
        database_url: SecretString,
        bus: Arc<dyn Bus>,
        listener: Option<TcpListener>,
        options: NodeOptions,
    ) -> anyhow::Result<Self> {
        let waker = Waker::new();
        let restricted = prepare(&database_url, settings, options.clock.as_ref()).await?;
        let db_options = DbOptions {
            replica_url: settings.database_replica_url.clone(),
            max_connections: settings.database_pool_size,
            restricted,
            ..DbOptions::new(database_url)
        };
        let db = Db::connect(&db_options, waker.clone()).await.context("the database cannot be reached")?;

        let master = settings.master_key(&options.ids)?;
        let keys = Keys::from_bytes(master.expose_secret())?;
        let (queue, ingest_worker) = ingest::queue();
        let (presence, presence_worker) = presence::picture();
        let stop_serving = CancellationToken::new();
        let app = App::new(AppParts {
            hub: Hub::new(accounts::policy::sees),
            db,
            bus: bus.clone(),
            clock: options.clock.clone(),
            ids: options.ids.clone(),
            tokens: Tokens::new(keys.tokens(), options.token_lifetime),
            vault: keys.vault(),
            audit_key: audit::ChainKey::new(keys.audit()),
            net: Outbound::new(OutboundOptions { allow: settings.net_allow.clone(), timeout: options.call_timeout })?,
            mailer: mailer(settings, options.call_timeout)?,
            channels: Registry,
            public_url: settings.public_url.as_str().trim_end_matches('/').to_owned(),
            rate_limits: settings.rate_limits,
            node: node_name(&options.ids, options.clock.as_ref()),
            media: depot(settings, &keys, &options)?,
            ingest: queue,
            presence,
            glimpses: App::glimpses(),
            visitors: visitors::Sockets::default(),
            reply_times: visitors::ReplyTimes::default(),
            principals: App::principal_cache(),
            live_channels: App::channel_cache(),
            flood_limits: App::flood_cache(),
            session_age: chrono::TimeDelta::days(settings.session_days.into()),
            hashing: Arc::new(tokio::sync::Semaphore::new(std::thread::available_parallelism().map_or(2, usize::from).max(2))),
            bcrypt_cost: options.bcrypt_cost,
            throttle_minute: options.throttle_minute,
            socket_limits: options.sockets,
            send_lease: options.send_lease,
            draining: stop_serving.clone(),
        });
        let mut node = Self {
            health: health(&app),
            app,
            address: None,
            server: None,
            work: JoinSet::new(),
            stop_serving,
            stop_working: CancellationToken::new(),
            stop_plumbing: CancellationToken::new(),
        };
        node.start_plumbing(&waker, bus, presence_worker);
        if options.role != Role::Web {
            node.start_work(&waker);
        }
        if options.role != Role::Worker {
            let listener = listener.context("a node that serves needs an address")?;
            node.start_ingest(&ingest_worker);
            node.start_visitors(&waker);
            node.start_server(listener, settings, &options)?;
        }
        if let Some(address) = settings.metrics_listen {
            let listener = TcpListener::bind(address).await.with_context(|| format!("metrics_listen {address} is not free"))?;
            let stop = node.stop_plumbing.clone();
            node.work.spawn(async move {
                serve(listener, routes::metrics_router(), ServeOptions::default(), stop).await;
                "metrics"
            });
        }
        Ok(node)
    }

    /// What every node runs: wake-ups between nodes, the hub, and the picture of who is there.
    fn start_plumbing(&mut self, waker: &Waker, bus: Arc<dyn Bus>, presence: presence::Worker) {
        // The in-process bus reaches this process only; other nodes on the same database are reached through it.
        let shared = bus.name() != "memory";
        let line = if shared { event::Line::Bus(bus) } else { event::Line::Database(self.app.db.pool().clone()) };
        let (relay, node, stop) = (waker.clone(), self.app.node.clone(), self.stop_plumbing.clone());
        self.work.spawn(async move {
            event::relay(relay, line, node, stop).await;
            "relay"
        });
        let (app, wake, stop) = (self.app.clone(), waker.listen(event::TOPIC), self.stop_plumbing.clone());
        self.work.spawn(async move {
            app.hub.run(app.db.clone(), wake, stop).await;
            "hub"
        });
        let (app, stop) = (self.app.clone(), self.stop_plumbing.clone());
        self.work.spawn(async move {
            presence.run(app, stop).await;
            "presence"
        });
        let (app, stop) = (self.app.clone(), self.stop_plumbing.clone());
        self.work.spawn(async move {
            delivery::show_glimpses(app, stop).await;
            "glimpses"
        });
    }

    /// What worker nodes run: the outbox dispatcher, the fetching of files, the alarm clock of snoozed conversations, the readers of the event log, and the jobs.
    fn start_work(&mut self, waker: &Waker) {
        let (app, wake, stop) = (self.app.clone(), waker.listen(messages::OUTBOX), self.stop_working.clone());
        self.work.spawn(async move {
            delivery::run(app, wake, stop).await;
            "dispatcher"
        });
        let (app, wake, stop) = (self.app.clone(), waker.listen(messages::RELEASE), self.stop_working.clone());
        self.work.spawn(async move {
            delivery::release(app, wake, stop).await;
            "release"
        });
        let (app, wake, stop) = (self.app.clone(), waker.listen(media::PENDING), self.stop_working.clone());
        self.work.spawn(async move {
            attachments::run(app, wake, stop).await;
            "attachments"
        });
        let (app, wake, stop) = (self.app.clone(), waker.listen(assignment::SNOOZE), self.stop_working.clone());
        self.work.spawn(async move {
            assignment::wake_sleepers(app, wake, stop).await;
            "snooze"
        });
        let (app, wake, stop) = (self.app.clone(), waker.listen(ingest::FLOOD), self.stop_working.clone());
        self.work.spawn(async move {
            ingest::settle_floods(app, wake, stop).await;
            "floods"
        });
        let (app, wake, stop) = (self.app.clone(), waker.listen(notices::TOPIC), self.stop_working.clone());
        self.work.spawn(async move {
            notices::run(app, wake, stop).await;
            "notices"
        });
        let audit: Arc<dyn Reader> = Arc::new(audit::reader(self.app.audit_key.clone()));
        let drafts: Arc<dyn Reader> = Arc::new(drafts::reader(self.app.clone()));
        let templates: Arc<dyn Reader> = Arc::new(templates::reader(self.app.clone()));
        for reader in
            assignment::readers(&self.app).into_iter().chain([audit, drafts, templates, notices::reader(self.app.clone())])
        {
            let (db, wake, stop) = (self.app.db.clone(), waker.listen(event::TOPIC), self.stop_working.clone());
            self.work.spawn(async move {
                event::reader::run(db, wake, reader, stop).await;
                "reader"
            });
        }
        let (app, stop) = (self.app.clone(), self.stop_working.clone());
        self.work.spawn(async move {
            // The library gives up when the database is away for long; MAX does not.
            while !stop.is_cancelled() {
                let pool = app.db.pool().clone();
                if let Err(error) = jobs::all().run(pool, app.clone(), 4, stop.clone()).await {
                    tracing::error!(error = %format!("{error:#}"), "the job runner stopped and will start again");
                }
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(Duration::from_secs(5)) => {}
                }
            }
            "jobs"
        });
    }

    /// What nodes that serve run for visitors: hands them what the log says.
    fn start_visitors(&mut self, waker: &Waker) {
        let (app, wake, stop) = (self.app.clone(), waker.listen(event::TOPIC), self.stop_plumbing.clone());
        self.work.spawn(async move {
            visitors::run(app, wake, stop).await;
            "visitors"
        });
    }

    /// Two committers: while one waits for the disk, the other fills the next transaction.
    fn start_ingest(&mut self, worker: &ingest::Worker) {
        for _ in 0..2 {
            let (worker, app, stop) = (worker.clone(), self.app.clone(), self.stop_plumbing.clone());
            self.work.spawn(async move {
                worker.run(app, stop).await;
                "ingest"
            });
        }
    }

    fn start_server(&mut self, listener: TcpListener, settings: &Settings, options: &NodeOptions) -> anyhow::Result<()> {
        self.address = Some(listener.local_addr()?);
        let outside = routes::Outside {
            health: self.health.clone(),
            metrics_token: settings.metrics_token.clone(),
            trusted_proxies: settings.trusted_proxies.clone().into(),
            telemetry: RequestTelemetry { ids: options.ids.clone(), clock: options.clock.clone() },
        };
        let router = routes::router(self.app.clone(), outside);
        let serve_options = ServeOptions { drain: Duration::from_secs(settings.drain_seconds), ..options.serve };
        self.server = Some(tokio::spawn(serve(listener, router, serve_options, self.stop_serving.clone())));
        Ok(())
    }

    /// Stops without losing anything: new requests are refused, those under way finish, sockets are told to come back, sends under way
    /// are recorded, then the rest ends.
    pub async fn stop(mut self) {
        self.health.drain();
        self.stop_serving.cancel();
        self.stop_working.cancel();
        if let Some(server) = self.server.take() {
            match server.await {
                Ok(drained) => tracing::info!(finished = drained.finished, aborted = drained.aborted, "connections drained"),
                Err(error) => tracing::error!(error = %error, "the web server ended badly"),
            }
        }
        self.stop_plumbing.cancel();
        let ended = tokio::time::timeout(Duration::from_secs(30), async { while self.work.join_next().await.is_some() {} }).await;
        if ended.is_err() {
            tracing::warn!("some background work did not end in time and is given up");
            self.work.abort_all();
        }
        self.app.db.close().await;
    }

    /// Stops at once, as a crash would: nothing is finished, nothing is told.
    pub async fn kill(mut self) {
        self.work.abort_all();
        if let Some(server) = self.server.take() {
            server.abort();
        }
        self.stop_serving.cancel();
        self.stop_plumbing.cancel();
        while self.work.join_next().await.is_some() {}
    }
}

impl std::fmt::Debug for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Node").field("address", &self.address).finish_non_exhaustive()
    }
}

/// What deals with files, as the settings ask for it.
fn depot(settings: &Settings, keys: &Keys, options: &NodeOptions) -> anyhow::Result<media::Depot> {
    /// Looks side by side: each may take a processor and some hundred megabytes.
    const LOOKS: usize = 2;
    /// Files of colleagues that arrive side by side.
    const ARRIVING: usize = 64;
    let probe = match &options.probe {
        Some(program) => program.clone(),
        None => vec![std::env::current_exe().context("MAX cannot find its own program")?.into(), "media-probe".into()],
    };
    Ok(media::Depot {
        files: media::Files::open(&settings.media_url, &settings.data_dir.join("spool"), &options.aws)?,
        links: media::Links::new(keys.media()),
        probe: media::Probe::new(probe, LOOKS, options.probe_patience),
        scanner: settings.clamd.clone().map(media::Scanner::new),
        max_bytes: settings.media_max_bytes,
        arriving: Arc::new(tokio::sync::Semaphore::new(ARRIVING)),
    })
}

/// The mailer that the settings ask for, if any.
pub(crate) fn mailer(settings: &Settings, timeout: Duration) -> Result<Option<Mailer>, MailError> {
    let (Some(url), Some(from)) = (&settings.smtp_url, &settings.mail_from) else { return Ok(None) };
    Mailer::new(&MailOptions { timeout, ..MailOptions::new(url.clone(), from.clone()) }).map(Some)
}

/// Host name and a random part, so that two processes on one machine differ.
fn node_name(ids: &Ids, clock: &dyn Clock) -> String {
    let host = nix::unistd::gethostname().ok().and_then(|h| h.into_string().ok()).unwrap_or_else(|| "node".to_owned());
    let id = ids.next(clock).simple().to_string();
    format!("{host}-{}", &id[id.len() - 6..])
}

fn health(app: &App) -> Health {
    let health = Health::new(VERSION);
    let database = app.clone();
    health.register("database", move || {
        let app = database.clone();
        async move {
            match app.db.read().await {
                Ok(mut conn) => match sqlx::query_scalar!("select 1").fetch_one(&mut *conn).await {
                    Ok(_) => Check::Ok,
                    Err(_) => Check::Down("The database does not answer.".to_owned()),
                },
                Err(_) => Check::Down("The database cannot be reached.".to_owned()),
            }
        }
    });
    let bus = app.bus.clone();
    health.register("bus", move || {
        let bus = bus.clone();
        async move {
            if bus.healthy() {
                Check::Ok
            } else {
                Check::Degraded("Redis cannot be reached; live updates may take a second.".to_owned())
            }
        }
    });
    health
}
