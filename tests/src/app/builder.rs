//! What a test asks for before its MAX starts.

use std::{ffi::OsString, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use base::{Clock, ManualClock, SystemClock};
use kernel::{
    bus::{Bus, Memory},
    config::{LogFormat, Scanner, Settings},
    http::RateLimits,
    realtime::SocketLimits,
};
use max::node::NodeOptions;
use tokio::net::TcpListener;
use uuid::Uuid;

use super::{Channel, TestApp};
use crate::{Database, Graph, Probe, RedisServer, client::http, logs};

/// How the buses of several nodes belong together.
#[derive(Debug, Clone, Copy, Default)]
pub enum Buses<'a> {
    /// Each has its own memory, as separate processes without Redis.
    #[default]
    Separate,
    /// One memory for all.
    Shared,
    /// A Redis.
    Redis(&'a RedisServer),
}

/// What a test asks for before it starts.
#[derive(Debug)]
pub struct Builder<'a> {
    nodes: usize,
    buses: Buses<'a>,
    manual_clock: bool,
    call_timeout: Duration,
    send_lease: Duration,
    sockets: SocketLimits,
    public_url: Option<String>,
    smtp_url: Option<String>,
    throttle_minute: Duration,
    metrics_token: Option<&'static str>,
    pool: u32,
    rate_limits: RateLimits,
    session_days: u32,
    media_url: Option<String>,
    media_max_bytes: u64,
    clamd: Option<Scanner>,
    looks: Option<Vec<OsString>>,
}

impl<'a> Builder<'a> {
    pub(super) fn new() -> Self {
        Self {
            nodes: 1,
            buses: Buses::default(),
            manual_clock: false,
            call_timeout: Duration::from_secs(5),
            send_lease: Duration::from_secs(20),
            sockets: SocketLimits::default(),
            public_url: None,
            smtp_url: None,
            throttle_minute: Duration::from_secs(60),
            metrics_token: None,
            pool: 10,
            rate_limits: RateLimits::NONE,
            session_days: 30,
            media_url: None,
            media_max_bytes: 100 * 1024 * 1024,
            clamd: None,
            looks: None,
        }
    }

    /// Where files are kept; a folder of the test's own unless said.
    #[must_use]
    pub fn media_url(mut self, url: &str) -> Self {
        self.media_url = Some(url.to_owned());
        self
    }

    /// The largest file.
    #[must_use]
    pub fn media_max_bytes(mut self, bytes: u64) -> Self {
        self.media_max_bytes = bytes;
        self
    }

    /// The virus scanner; none unless said.
    #[must_use]
    pub fn clamd(mut self, clamd: Scanner) -> Self {
        self.clamd = Some(clamd);
        self
    }

    /// The program that looks into files; the real one unless said.
    #[must_use]
    pub fn looks_with(mut self, program: &[&str]) -> Self {
        self.looks = Some(program.iter().map(OsString::from).collect());
        self
    }

    /// The greatest age of sessions.
    #[must_use]
    pub fn session_days(mut self, days: u32) -> Self {
        self.session_days = days;
        self
    }

    /// Several nodes on one database.
    #[must_use]
    pub fn nodes(mut self, nodes: usize) -> Self {
        self.nodes = nodes;
        self
    }

    /// How their buses belong together.
    #[must_use]
    pub fn buses(mut self, buses: Buses<'a>) -> Self {
        self.buses = buses;
        self
    }

    /// A clock that stands still until [`TestApp::advance`].
    #[must_use]
    pub fn manual_clock(mut self) -> Self {
        self.manual_clock = true;
        self
    }

    /// Longest an outgoing call may take, and how long a send may stay without an outcome.
    #[must_use]
    pub fn sending(mut self, call_timeout: Duration, send_lease: Duration) -> Self {
        (self.call_timeout, self.send_lease) = (call_timeout, send_lease);
        self
    }

    /// Limits of sockets.
    #[must_use]
    pub fn sockets(mut self, limits: SocketLimits) -> Self {
        self.sockets = limits;
        self
    }

    /// Where browsers find the installation; the first node's own address unless said.
    #[must_use]
    pub fn public_url(mut self, url: &str) -> Self {
        self.public_url = Some(url.to_owned());
        self
    }

    /// Where mail goes out, in the name of `MAX <max@example.com>`; nowhere unless said.
    #[must_use]
    pub fn smtp_url(mut self, url: &str) -> Self {
        self.smtp_url = Some(url.to_owned());
        self
    }

    /// What throttles of sign-ins take for a minute.
    #[must_use]
    pub fn throttle_minute(mut self, minute: Duration) -> Self {
        self.throttle_minute = minute;
        self
    }

    /// What opens `/metrics`.
    #[must_use]
    pub fn metrics_token(mut self, token: &'static str) -> Self {
        self.metrics_token = Some(token);
        self
    }

    /// How many requests a caller may make; any number unless said.
    #[must_use]
    pub fn rate_limits(mut self, limits: RateLimits) -> Self {
        self.rate_limits = limits;
        self
    }

    /// Database connections of each node.
    #[must_use]
    pub fn pool(mut self, connections: u32) -> Self {
        self.pool = connections;
        self
    }

    /// Starts everything.
    pub async fn start(self) -> TestApp {
        logs::collect();
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let (database, graph) = tokio::join!(Database::create(), Graph::start());
        let manual = self.manual_clock.then(|| Arc::new(ManualClock::at(SystemClock.now())));
        let clock: Arc<dyn Clock> = match &manual {
            Some(clock) => clock.clone(),
            None => Arc::new(SystemClock),
        };
        let folder = tempfile::tempdir().unwrap();
        let mut app = TestApp {
            probe: Probe(database.pool(8).await),
            database: Some(database),
            nodes: Vec::new(),
            bases: Vec::new(),
            graph,
            clock,
            manual,
            http: http(),
            people: None,
            channel: Channel { id: Uuid::nil(), phone_number_id: "700800900100200".into(), app_secret: "test-app-secret".into() },
            teams: [Uuid::nil(); 2],
            expected_errors: Vec::new(),
            expected_complaints: Vec::new(),
            options: NodeOptions {
                bcrypt_cost: 4,
                throttle_minute: self.throttle_minute,
                call_timeout: self.call_timeout,
                send_lease: self.send_lease,
                sockets: self.sockets,
                probe: Some(self.looks.unwrap_or_else(probe_program)),
                probe_patience: Duration::from_secs(3),
                ..NodeOptions::default()
            },
            settings: None,
            folder: folder.path().to_owned(),
            _folder: folder,
            finished: false,
        };
        // A new channel has its templates read, beside whatever a test does and when it stops. Here that is asked for where it is wanted.
        app.probe.run("insert into event_reader (name, xid, position) values ('templates', '9223372036854775807', 0)").await;
        app.options.clock = app.clock.clone();
        let shared: Arc<dyn Bus> = Arc::new(Memory::new());
        for index in 0..self.nodes {
            let bus: Arc<dyn Bus> = match self.buses {
                Buses::Separate => Arc::new(Memory::new()),
                Buses::Shared => shared.clone(),
                Buses::Redis(redis) => redis.bus().await,
            };
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            if index == 0 {
                let public_url = self.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
                let mut settings = settings(&public_url, address, self.pool, self.metrics_token, &app.folder);
                if let Some(url) = &self.media_url {
                    settings.media_url = url.parse().unwrap();
                }
                settings.media_max_bytes = self.media_max_bytes;
                settings.clamd = self.clamd.clone();
                settings.mail_from = self.smtp_url.as_ref().map(|_| "MAX <max@example.com>".to_owned());
                settings.smtp_url = self.smtp_url.as_deref().map(Into::into);
                settings.rate_limits = self.rate_limits;
                settings.session_days = self.session_days;
                app.settings = Some(settings);
            }
            app.start_node(listener, bus).await;
        }
        app.furnish().await;
        app
    }
}

/// What looks into files: built beside the tests.
fn probe_program() -> Vec<OsString> {
    let tests = std::env::current_exe().unwrap();
    let beside = tests.parent().and_then(Path::parent).unwrap();
    vec![beside.join("media-probe").into()]
}

fn settings(public_url: &str, listen: SocketAddr, pool: u32, metrics_token: Option<&str>, folder: &Path) -> Settings {
    Settings {
        listen,
        public_url: public_url.parse().unwrap(),
        trusted_proxies: Vec::new(),
        drain_seconds: 5,
        rate_limits: RateLimits::NONE,
        data_dir: folder.join("data"),
        database_url: None,
        database_replica_url: None,
        database_pool_size: pool,
        unsafe_durability: true,
        redis_url: None,
        media_url: url::Url::from_directory_path(folder.join("media")).unwrap(),
        media_max_bytes: 100 * 1024 * 1024,
        clamd: None,
        smtp_url: None,
        mail_from: None,
        session_days: 30,
        secret_key: Some("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=".into()),
        net_allow: vec!["127.0.0.0/8".parse().unwrap()],
        log: "info".into(),
        log_format: LogFormat::Text,
        metrics_listen: None,
        metrics_token: metrics_token.map(Into::into),
    }
}
