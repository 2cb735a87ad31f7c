//! A whole MAX for one test: nodes on a database of their own, people of every role, a channel whose provider is scripted.

mod builder;
mod people;

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use base::{Clock, Ids, ManualClock};
use chrono::TimeDelta;
use features::{
    accounts::{self, Maker, NewUser},
    channels::{self, NewChannel},
    teams,
};
use kernel::{
    auth::{Actor, Role},
    bus::{Bus, Memory},
    config::Settings,
};
use max::node::{Node, NodeOptions};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use uuid::Uuid;

pub use builder::{Builder, Buses};
pub use people::{Channel, People, Person};

use crate::{Answer, Client, Database, Graph, Probe, alone_in_process, eventually, logs, webhook};

/// The password of everybody.
pub const PASSWORD: &str = "a long test password";

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
    /// Where files lie, and arrive.
    pub folder: PathBuf,
    _folder: tempfile::TempDir,
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
        Builder::new()
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
        // Two connections wait for news. With one for all else, whoever holds it while waiting for another is found out: where many do that
        // at once, however many connections there are, all wait for each other.
        let settings = Settings { database_pool_size: 3, ..self.settings.clone().unwrap() };
        let node = Node::start(&settings, url, bus, Some(listener), options).await.expect("the node starts");
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

    /// A customer writes so many texts at once, more than anybody may want to read.
    pub async fn floods(&self, wa_id: &str, messages: usize) {
        let texts: Vec<Value> =
            (0..messages).map(|n| webhook::text(wa_id, &webhook::wamid(), self.unix(), &format!("flood {n}"))).collect();
        self.deliver_messages(wa_id, &texts).await.ok_text();
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
