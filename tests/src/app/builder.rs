//! What a test asks for before its MAX starts.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use base::{Clock, ManualClock, SystemClock};
use kernel::{
    bus::{Bus, Memory},
    config::{LogFormat, Settings},
    http::RateLimits,
    realtime::SocketLimits,
};
use max::node::NodeOptions;
use tokio::net::TcpListener;
use uuid::Uuid;

use super::{Channel, TestApp};
use crate::{Database, Graph, Probe, RedisServer, client::http, logs, root};

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
        }
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
                ..NodeOptions::default()
            },
            settings: None,
            finished: false,
        };
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
                let mut settings = settings(&public_url, address, self.pool, self.metrics_token);
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

fn settings(public_url: &str, listen: SocketAddr, pool: u32, metrics_token: Option<&str>) -> Settings {
    Settings {
        listen,
        public_url: public_url.parse().unwrap(),
        trusted_proxies: Vec::new(),
        drain_seconds: 5,
        rate_limits: RateLimits::NONE,
        data_dir: root().join("target/tests-have-no-data-dir"),
        database_url: None,
        database_replica_url: None,
        database_pool_size: pool,
        unsafe_durability: true,
        redis_url: None,
        media_url: "file:///nonexistent/".parse().unwrap(),
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
