//! A whole MAX for one test: nodes on a database of their own, people of every role, a channel whose provider is scripted.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc, time::Duration};

use base::{Clock, Ids, ManualClock, SystemClock};
use chrono::TimeDelta;
use features::{
    accounts::{self, Maker, NewUser},
    channels::{self, NewChannel},
    teams,
};
use kernel::{
    auth::{Actor, Role},
    bus::{Bus, Memory},
    config::{LogFormat, Settings},
    http::RateLimits,
    realtime::SocketLimits,
};
use max::node::{Node, NodeOptions};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::{
    Answer, Client, Database, Graph, Probe, RedisServer, alone_in_process, client::http, eventually, logs, root, webhook,
};

/// The password of everybody.
pub const PASSWORD: &str = "a long test password";

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

/// A user of the test.
#[derive(Debug, Clone)]
pub struct Person {
    /// Their id.
    pub id: Uuid,
    /// What they sign in with.
    pub email: &'static str,
    /// How they are shown.
    pub name: &'static str,
}

/// The users of every test.
#[derive(Debug, Clone)]
pub struct People {
    /// Admin, in no team.
    pub admin: Person,
    /// Supervisor of Transfers.
    pub supervisor: Person,
    /// Leads Transfers.
    pub lead: Person,
    /// Agent in Transfers.
    pub agent: Person,
    /// Another agent in Transfers.
    pub colleague: Person,
    /// Agent in Support.
    pub stranger: Person,
}

impl People {
    /// Everybody.
    pub fn all(&self) -> [&Person; 6] {
        [&self.admin, &self.supervisor, &self.lead, &self.agent, &self.colleague, &self.stranger]
    }
}

/// A WhatsApp channel and its secrets.
#[derive(Debug, Clone)]
pub struct Channel {
    /// Its id in MAX.
    pub id: Uuid,
    /// The number's id at the provider.
    pub phone_number_id: String,
    /// The key its deliveries are signed with.
    pub app_secret: String,
}

impl Channel {
    /// The business account of all test channels.
    pub const ACCOUNT: &str = "900100200300400";
    /// The access token of all test channels.
    pub const ACCESS_TOKEN: &str = "test-access-token";
    /// The verify token of all test channels.
    pub const VERIFY_TOKEN: &str = "test-verify-token";
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
}

impl<'a> Builder<'a> {
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
        secret_key: Some("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=".into()),
        net_allow: vec!["127.0.0.0/8".parse().unwrap()],
        log: "info".into(),
        log_format: LogFormat::Text,
        metrics_listen: None,
        metrics_token: metrics_token.map(Into::into),
    }
}

/// A running MAX with people and a channel.
pub struct TestApp {
    /// The nodes, by the order of their start.
    pub nodes: Vec<Node>,
    /// Their addresses: `http://127.0.0.1:PORT`.
    pub bases: Vec<String>,
    /// A view into the database.
    pub probe: Probe,
    /// The provider.
    pub graph: Graph,
    /// The channel.
    pub channel: Channel,
    /// Transfers and Support.
    pub teams: [Uuid; 2],
    /// What the nodes take for the time.
    pub clock: Arc<dyn Clock>,
    manual: Option<Arc<ManualClock>>,
    http: reqwest::Client,
    people: Option<People>,
    database: Option<Database>,
    options: NodeOptions,
    settings: Option<Settings>,
    expected_errors: Vec<String>,
    expected_complaints: Vec<String>,
    finished: bool,
}

impl TestApp {
    /// One node with everything as usual.
    pub async fn start() -> Self {
        Self::with().start().await
    }

    /// To be adjusted before the start.
    pub fn with<'a>() -> Builder<'a> {
        Builder {
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
        }
    }

    /// Starts a further node on the same database; its number.
    pub async fn add_node(&mut self) -> usize {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        self.start_node(listener, Arc::new(Memory::new())).await;
        self.nodes.len() - 1
    }

    async fn start_node(&mut self, listener: TcpListener, bus: Arc<dyn Bus>) {
        self.bases.push(format!("http://{}", listener.local_addr().unwrap()));
        let options = NodeOptions { ids: Ids::from_system(), ..self.options.clone() };
        let url = self.database.as_ref().unwrap().url().into();
        let node =
            Node::start(self.settings.as_ref().unwrap(), url, bus, Some(listener), options).await.expect("the node starts");
        self.nodes.push(node);
    }

    async fn furnish(&mut self) {
        let app = &self.nodes[0].app;
        let mut tx = app.db.begin().await.unwrap();
        let now = app.now();
        for (id, (name, color)) in self.teams.iter_mut().zip([("Transfers", "blue"), ("Support", "green")]) {
            *id = app.new_id();
            let draft = teams::Draft { name: name.into(), color: color.into(), description: String::new() };
            teams::create(&mut tx, *id, &draft, now).await.unwrap();
        }
        let [transfers, support] = self.teams;
        let mut made = Vec::new();
        for (email, name, role, team) in [
            ("admin@test.example", "Sofia Admin", Role::Admin, None),
            ("supervisor@test.example", "Devon Supervisor", Role::Supervisor, Some(transfers)),
            ("lead@test.example", "Yuki Lead", Role::TeamLead, Some(transfers)),
            ("agent@test.example", "Leila Agent", Role::Agent, Some(transfers)),
            ("colleague@test.example", "Omar Colleague", Role::Agent, Some(transfers)),
            ("stranger@test.example", "Nora Stranger", Role::Agent, Some(support)),
        ] {
            let team_ids = team.into_iter().collect();
            let new = NewUser { name: name.into(), email: email.into(), role, team_ids, password: Some(PASSWORD.into()) };
            let id = accounts::create_user(&Maker::of(app), &mut tx, &Actor::system("test"), new).await.unwrap().id;
            made.push(Person { id, email, name });
        }
        tx.commit().await.unwrap();
        let [admin, supervisor, lead, agent, colleague, stranger] = <[Person; 6]>::try_from(made).unwrap();
        self.people = Some(People { admin, supervisor, lead, agent, colleague, stranger });
        self.channel = self.add_channel("WhatsApp", "700800900100200", "test-app-secret", Some(transfers)).await;
    }

    /// Sets up a further channel with the same provider.
    pub async fn add_channel(&self, name: &str, phone_number_id: &str, app_secret: &str, team: Option<Uuid>) -> Channel {
        let app = &self.nodes[0].app;
        let credentials =
            [("access_token", Channel::ACCESS_TOKEN), ("app_secret", app_secret), ("verify_token", Channel::VERIFY_TOKEN)];
        let new = NewChannel {
            kind: "whatsapp".into(),
            name: name.into(),
            team_id: team,
            config: json!({
                "phone_number_id": phone_number_id,
                "business_account_id": Channel::ACCOUNT,
                "api_base": self.graph.api_base(),
            }),
            credentials: credentials.into_iter().map(|(n, v)| (n.to_owned(), v.into())).collect::<BTreeMap<_, _>>(),
            reopen_hours: None,
        };
        let mut tx = app.db.begin().await.unwrap();
        let channel = channels::create(app, &mut tx, &Actor::system("test"), new).await.unwrap();
        tx.commit().await.unwrap();
        Channel { id: channel.id, phone_number_id: phone_number_id.into(), app_secret: app_secret.into() }
    }

    /// The people.
    pub fn people(&self) -> &People {
        self.people.as_ref().unwrap()
    }

    /// Signs somebody in at the first node.
    pub async fn login(&self, person: &Person) -> Client {
        Client::login(&self.bases[0], person.email, PASSWORD).await
    }

    /// The agent, signed in.
    pub async fn agent(&self) -> Client {
        self.login(&self.people().agent).await
    }

    /// The agent's colleague of the same team, signed in.
    pub async fn colleague(&self) -> Client {
        self.login(&self.people().colleague).await
    }

    /// The admin, signed in.
    pub async fn admin(&self) -> Client {
        self.login(&self.people().admin).await
    }

    /// Moves the manual clock.
    pub fn advance(&self, by: Duration) {
        self.manual.as_ref().expect("a manual clock").advance(TimeDelta::from_std(by).unwrap());
    }

    /// The present in Unix seconds, as the nodes see it.
    pub fn unix(&self) -> i64 {
        self.clock.now().timestamp()
    }

    /// Delivers these bytes to a node's address of the channel, signed.
    pub async fn deliver_bytes(&self, node: usize, channel: &Channel, body: Vec<u8>) -> Answer {
        let signature = webhook::sign(&channel.app_secret, &body);
        let url = format!("{}/webhooks/whatsapp/{}", self.bases[node], channel.id);
        let request = self.http.post(url).header("content-type", "application/json").header("x-hub-signature-256", signature);
        Answer::of(request.body(body)).await
    }

    /// Delivers a whole envelope to the first node.
    pub async fn deliver(&self, envelope: &Value) -> Answer {
        self.deliver_bytes(0, &self.channel, webhook::bytes(envelope)).await
    }

    /// The envelope of one value of the test's channel.
    pub fn envelope(&self, contacts: &[Value], messages: &[Value], statuses: &[Value]) -> Value {
        webhook::envelope(Channel::ACCOUNT, &webhook::value(&self.channel.phone_number_id, contacts, messages, statuses))
    }

    /// Delivers messages of one customer, who is called `Customer` and the number's end.
    pub async fn deliver_messages(&self, wa_id: &str, messages: &[Value]) -> Answer {
        let name = format!("Customer {}", &wa_id[wa_id.len().saturating_sub(4)..]);
        self.deliver(&self.envelope(&[webhook::contact(wa_id, &name)], messages, &[])).await
    }

    /// A customer writes a text; the provider's id of it.
    pub async fn say(&self, wa_id: &str, text: &str) -> String {
        let id = webhook::wamid();
        self.deliver_messages(wa_id, &[webhook::text(wa_id, &id, self.unix(), text)]).await.ok_text();
        id
    }

    /// A customer writes and so opens a conversation; the conversation.
    pub async fn opens(&self, wa_id: &str) -> Uuid {
        self.say(wa_id, "Hello, is anybody there?").await;
        self.probe.conversation_of(wa_id).await
    }

    /// The provider reports a status.
    pub async fn report(&self, wamid: &str, status: &str, ours: Option<Uuid>) {
        let ours = ours.map(|id| format!("msg_{id}"));
        let status = webhook::status(wamid, status, self.unix(), ours.as_deref());
        self.deliver(&self.envelope(&[], &[], &[status])).await.ok_text();
    }

    /// An error line of the log that is meant to appear.
    pub fn expect_error(&mut self, words: &str) {
        self.expected_errors.push(words.to_owned());
    }

    /// A complaint of the final look at the database that the test causes on purpose, such as by writing rows itself.
    pub fn expect_complaint(&mut self, words: &str) {
        self.expected_complaints.push(words.to_owned());
    }

    /// The test's database.
    pub fn database(&self) -> &Database {
        self.database.as_ref().unwrap()
    }

    /// Lets a node end as a crash would end it.
    pub async fn kill_node(&mut self, index: usize) {
        self.bases.remove(index);
        self.nodes.remove(index).kill().await;
    }

    /// Stops a node as an operator would.
    pub async fn stop_node(&mut self, index: usize) {
        self.bases.remove(index);
        self.nodes.remove(index).stop().await;
    }

    /// Stops everything and looks at what is left.
    pub async fn finish(mut self) {
        self.finished = true;
        let known = |complaints: Vec<String>| -> Vec<String> {
            complaints.into_iter().filter(|c| !self.expected_complaints.iter().any(|words| c.contains(words))).collect()
        };
        let begun = std::time::Instant::now();
        // Work under way may end.
        let mut complaints = known(self.probe.complaints().await);
        while !complaints.is_empty() && begun.elapsed() < Duration::from_secs(3) {
            tokio::time::sleep(Duration::from_millis(50)).await;
            complaints = known(self.probe.complaints().await);
        }
        futures_util::future::join_all(self.nodes.drain(..).map(Node::stop)).await;
        let after = known(self.probe.complaints().await);
        self.probe.0.close().await;
        if let Some(database) = self.database.take() {
            database.remove().await;
        }
        assert!(complaints.is_empty(), "the test left behind: {complaints:?}");
        assert!(after.is_empty(), "stopping left behind: {after:?}");
        if alone_in_process() {
            let errors = logs::unexpected(&self.expected_errors);
            assert!(errors.is_empty(), "error lines in the log:\n{}", errors.join("\n"));
        }
    }
}

impl std::fmt::Debug for TestApp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestApp").field("bases", &self.bases).finish_non_exhaustive()
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        assert!(self.finished || std::thread::panicking(), "a test ends with finish()");
    }
}

impl Answer {
    /// The text of a 200, as webhooks are answered.
    #[track_caller]
    pub fn ok_text(&self) -> String {
        assert_eq!(self.status, 200, "{}", self.text());
        self.text()
    }
}

/// Waits until the bus of every node has found its Redis.
pub async fn buses_up(app: &TestApp) {
    eventually("every bus is up", async || app.nodes.iter().all(|n| n.app.bus.healthy()).then_some(())).await;
}
