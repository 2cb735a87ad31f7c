//! The program is killed at random moments, twenty times, under load. Afterwards nothing that was acknowledged is missing, and nothing is
//! there twice: every delivery answered 200 is in the inbox once, every reply answered 201 reached the provider once or says that nobody
//! knows, templates among them. Every file a customer sent is there, once and whole.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests fail as tests do")]

use std::{
    collections::HashMap,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use reqwest::Client;
use serde_json::{Value, json};
use simulator::{Number, Options, Simulator};
use tokio::time::{Instant, sleep};

const KILLS: usize = 20;
const CUSTOMERS: usize = 12;
/// Every so many replies is a template.
const TEMPLATES: u64 = 4;
/// Every so many messages is a file, of so many bytes.
const FILES: u64 = 7;
const FILE_BYTES: usize = 300_000;
const PHONE_NUMBER_ID: &str = "700800900100200";
const PASSWORD: &str = "a password for tests";

/// The program under test with its data; goes when the test ends.
struct Max {
    folder: PathBuf,
    port: u16,
    child: Child,
}

impl Max {
    fn command(folder: &PathBuf, port: u16) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_max"));
        command
            .current_dir(folder)
            .env("MAX_DATA_DIR", folder.join("data"))
            .env("MAX_LISTEN", format!("127.0.0.1:{port}"))
            .env("MAX_NET_ALLOW", "127.0.0.0/8")
            .env("MAX_LOG", "error")
            .stdout(Stdio::null());
        command
    }

    fn spawn(folder: &PathBuf, port: u16) -> Child {
        Self::command(folder, port).arg("serve").spawn().unwrap()
    }

    fn kill(&mut self) {
        // SIGKILL: no handler, no goodbye.
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn restart(&mut self) {
        self.child = Self::spawn(&self.folder, self.port);
    }
}

impl Drop for Max {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some((pid, _)) = max::postgres::running(&self.folder.join("data")) {
            let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid.cast_signed()), nix::sys::signal::Signal::SIGQUIT);
            std::thread::sleep(Duration::from_millis(500));
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A signed-in admin who keeps trying: the server may be away at any moment.
#[derive(Clone)]
struct Admin {
    http: Client,
    base: String,
    token: Arc<Mutex<String>>,
}

impl Admin {
    async fn sign_in(&self) -> bool {
        let body = json!({ "email": "admin@kill.test", "password": PASSWORD });
        let Ok(answer) = self.http.post(format!("{}/api/v1/auth/login", self.base)).json(&body).send().await else {
            return false;
        };
        let Ok(body) = answer.json::<Value>().await else { return false };
        let Some(token) = body["access_token"].as_str() else { return false };
        token.clone_into(&mut self.token.lock().unwrap());
        true
    }

    async fn get(&self, path: &str) -> Option<Value> {
        let token = self.token.lock().unwrap().clone();
        let answer = self.http.get(format!("{}{path}", self.base)).bearer_auth(token).send().await.ok()?;
        answer.status().is_success().then_some(())?;
        answer.json().await.ok()
    }

    async fn post(&self, path: &str, body: &Value) -> Option<(u16, Value)> {
        let token = self.token.lock().unwrap().clone();
        let answer = self.http.post(format!("{}{path}", self.base)).bearer_auth(token).json(body).send().await.ok()?;
        Some((answer.status().as_u16(), answer.json().await.ok()?))
    }

    /// All items of a list.
    async fn all(&self, path: &str) -> Vec<Value> {
        let (mut items, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.get(&format!("{path}limit=200&cursor={cursor}")).await.expect("the server runs by now");
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => return items,
            }
        }
    }
}

async fn until(what: &str, limit: Duration, mut done: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !done().await {
        assert!(begun.elapsed() < limit, "{what} did not happen within {limit:?}");
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_twenty_times_under_load_it_loses_nothing_and_repeats_nothing() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let seed = std::env::var("KILL_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or_else(|| u64::from(std::process::id()));
    eprintln!("KILL_SEED={seed}");
    let mut chance = StdRng::seed_from_u64(seed);

    let folder = PathBuf::from(format!("/tmp/max-kill-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    create_admin(&folder, port);
    let mut max = Max { child: Max::spawn(&folder, port), folder, port };
    #[expect(clippy::disallowed_methods, reason = "plays the outside")]
    let http = Client::builder().timeout(Duration::from_secs(10)).build().unwrap();
    let admin = Admin { http: http.clone(), base: format!("http://127.0.0.1:{port}"), token: Arc::default() };
    until("the first sign-in", Duration::from_secs(30), async || admin.sign_in().await).await;

    let simulator = Simulator::start(Options::default()).await.unwrap();
    let sim = simulator.url();
    let settings = json!({ "sent_ms": 20, "delivered_ms": 40, "read_ms": 60, "retry_first_ms": 100, "retry_max_ms": 1000, "ledger_cap": 200_000 });
    assert!(http.patch(format!("{sim}/_sim/settings")).json(&settings).send().await.unwrap().status().is_success());
    let channel = json!({
        "kind": "whatsapp", "name": "Kill",
        "config": { "phone_number_id": PHONE_NUMBER_ID, "business_account_id": "900100200300400", "api_base": format!("{sim}/v23.0") },
        "credentials": { "access_token": "token", "app_secret": "secret", "verify_token": "verify" },
    });
    let (status, channel) = admin.post("/api/v1/channels", &channel).await.unwrap();
    assert_eq!(status, 201, "{channel}");
    simulator.add_number(Number {
        phone_number_id: PHONE_NUMBER_ID.into(),
        business_account_id: "900100200300400".into(),
        display_phone_number: "15550001111".into(),
        name: "Kill".into(),
        access_token: "token".into(),
        app_secret: "secret".into(),
        webhook_url: Some(format!("http://127.0.0.1:{port}/webhooks/whatsapp/{}", channel["id"].as_str().unwrap())),
        verify_token: Some("verify".into()),
    });

    let templates = format!("/api/v1/channels/{}/templates", channel["id"].as_str().unwrap());
    until("the templates", Duration::from_secs(30), async || {
        admin.post(&format!("{templates}/sync"), &json!({})).await;
        let found = admin.get(&format!("/api/v1/templates?channel_id={}", channel["id"].as_str().unwrap())).await;
        found.is_some_and(|found| found["items"].as_array().is_some_and(|all| all.iter().any(|one| one["name"] == "hello_world")))
    })
    .await;

    // Load: customers write, the admin answers whatever is there.
    let stop = Arc::new(AtomicBool::new(false));
    let written = Arc::new(AtomicU64::new(0));
    let accepted: Arc<Mutex<HashMap<String, String>>> = Arc::default();
    let customers = tokio::spawn(customers_write(http.clone(), sim.clone(), stop.clone(), written.clone()));
    let answers = tokio::spawn(admin_answers(admin.clone(), stop.clone(), accepted.clone()));

    for _ in 0..KILLS {
        sleep(Duration::from_millis(chance.random_range(150..900))).await;
        max.kill();
        max.restart();
        until("the restart", Duration::from_secs(30), async || {
            http.get(format!("http://127.0.0.1:{port}/readyz")).send().await.is_ok_and(|a| a.status().is_success())
        })
        .await;
    }
    sleep(Duration::from_millis(500)).await;
    stop.store(true, Ordering::Relaxed);
    customers.await.unwrap();
    answers.await.unwrap();

    // Everything settles: the provider has nothing left to deliver, and no reply is still on its way.
    assert!(admin.sign_in().await);
    let pending = async || -> u64 {
        let health: Value = http.get(format!("{sim}/_sim/healthz")).send().await.unwrap().json().await.unwrap();
        health["pending_webhooks"].as_u64().unwrap()
    };
    let conversations = async || admin.all("/api/v1/conversations?view=all&").await;
    until("the last delivery", Duration::from_secs(60), async || pending().await == 0).await;
    let mut messages = Vec::new();
    until("the last send", Duration::from_secs(90), async || {
        messages.clear();
        for conversation in conversations().await {
            messages
                .extend(admin.all(&format!("/api/v1/conversations/{}/messages?", conversation["id"].as_str().unwrap())).await);
        }
        messages.iter().all(|m| m["status"] != "queued")
    })
    .await;
    until("the last status", Duration::from_secs(60), async || pending().await == 0).await;

    // In: what the customers wrote, all of which the provider saw acknowledged, is here once.
    let mut times: HashMap<&str, u32> = HashMap::new();
    for message in messages.iter().filter(|m| m["direction"] == "in") {
        *times.entry(message["text"].as_str().unwrap()).or_default() += 1;
    }
    let wrote = written.load(Ordering::Relaxed);
    let lost: Vec<u64> = (0..wrote).filter(|n| !times.contains_key(format!("in {n}").as_str())).collect();
    assert!(lost.is_empty(), "lost of {wrote}: {lost:?}");
    assert!(times.values().all(|n| *n == 1), "twice: {:?}", times.iter().filter(|(_, n)| **n > 1).collect::<Vec<_>>());
    assert_eq!(times.len() as u64, wrote);

    // Every file is there, whole, and no other for it. A node that was killed had some for a minute.
    let mut files: HashMap<String, Value> = HashMap::new();
    until("the last file", Duration::from_secs(120), async || {
        files.clear();
        for conversation in conversations().await {
            let path = format!("/api/v1/conversations/{}/messages?", conversation["id"].as_str().unwrap());
            for message in admin.all(&path).await {
                for file in message["attachments"].as_array().unwrap() {
                    files.insert(message["text"].as_str().unwrap().to_owned(), file.clone());
                }
            }
        }
        files.values().all(|file| file["state"] == "ready")
    })
    .await;
    assert_eq!(files.len() as u64, wrote.div_ceil(FILES));
    for n in (0..wrote).filter(|n| n.is_multiple_of(FILES)) {
        let url = files[&format!("in {n}")]["url"].as_str().unwrap();
        let bytes = http.get(format!("http://127.0.0.1:{port}{url}")).send().await.unwrap().bytes().await.unwrap();
        assert!(bytes == file(n), "the file of message {n} is another");
    }

    // The order within each conversation has no gap.
    for conversation in conversations().await {
        let mut seqs: Vec<i64> =
            messages.iter().filter(|m| m["conversation_id"] == conversation["id"]).map(|m| m["seq"].as_i64().unwrap()).collect();
        seqs.sort_unstable();
        assert_eq!(seqs, (1..=seqs.len() as i64).collect::<Vec<_>>(), "conversation {}", conversation["number"]);
    }
    let contacts: std::collections::HashSet<String> =
        conversations().await.iter().map(|c| c["contact"]["id"].to_string()).collect();
    assert_eq!(contacts.len(), conversations().await.len(), "one conversation per customer");

    // Out: what was answered 201 is here once, and at the provider once, or says that nobody knows.
    let sent: Value = http.get(format!("{sim}/_sim/sent")).send().await.unwrap().json().await.unwrap();
    let mut at_provider: HashMap<String, u32> = HashMap::new();
    for entry in sent["data"].as_array().unwrap() {
        *at_provider.entry(entry["biz_opaque_callback_data"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    assert!(at_provider.values().all(|n| *n == 1), "sent twice");
    // In the order of each conversation, as far as they went out at all.
    let place: HashMap<&str, usize> = sent["data"]
        .as_array()
        .unwrap()
        .iter()
        .enumerate()
        .map(|(n, e)| (e["biz_opaque_callback_data"].as_str().unwrap(), n))
        .collect();
    let mut replies: Vec<&Value> = messages.iter().filter(|m| m["direction"] == "out").collect();
    replies.sort_by_key(|m| (m["conversation_id"].as_str(), m["seq"].as_i64()));
    let mut last: HashMap<&str, usize> = HashMap::new();
    for message in replies {
        if let Some(place) = place.get(format!("msg_{}", message["id"].as_str().unwrap()).as_str()) {
            let before = last.insert(message["conversation_id"].as_str().unwrap(), *place);
            assert!(before.is_none_or(|before| before < *place), "it overtook another of its conversation: {message}");
        }
    }
    let by_id: HashMap<&str, &Value> = messages.iter().map(|m| (m["id"].as_str().unwrap(), m)).collect();
    let accepted = accepted.lock().unwrap().clone();
    let mut unconfirmed = 0;
    for (client_id, id) in &accepted {
        let message = by_id.get(id.as_str()).unwrap_or_else(|| panic!("the reply {client_id} was accepted and is gone"));
        let arrived = at_provider.get(&format!("msg_{id}")).copied().unwrap_or(0);
        match message["status"].as_str().unwrap() {
            "sent" | "delivered" | "read" => assert_eq!(arrived, 1, "{message}"),
            "unconfirmed" => unconfirmed += 1,
            other => panic!("{other}: {message}"),
        }
    }
    let out = messages.iter().filter(|m| m["direction"] == "out").count();
    let templates = messages.iter().filter(|m| m["direction"] == "out" && m["content"]["type"] == "template").count();
    assert!(templates as u64 >= out as u64 / TEMPLATES / 2, "{templates} templates of {out}");
    eprintln!("{wrote} in, {} of {out} out acknowledged, {unconfirmed} unconfirmed, {KILLS} kills", accepted.len());
    assert!(wrote > 100 && accepted.len() > 20, "there was hardly any load");
    simulator.stop().await;
}

fn create_admin(folder: &PathBuf, port: u16) {
    use std::io::Write as _;
    let mut child = Max::command(folder, port)
        .args(["admin", "create-user", "--email", "admin@kill.test", "--name", "Admin", "--role", "admin"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

/// The file of a message: as a PDF begins, and of no other message.
fn file(n: u64) -> Vec<u8> {
    let mut bytes = format!("%PDF-1.4\n{n}\n").into_bytes();
    bytes.resize(FILE_BYTES, b'x');
    bytes
}

/// Numbered messages, about fifty a second, from a dozen customers.
async fn customers_write(http: Client, sim: String, stop: Arc<AtomicBool>, written: Arc<AtomicU64>) {
    let mut ids = Vec::new();
    for n in 0..CUSTOMERS {
        let body = json!({ "wa_id": format!("4477009{n:05}"), "name": format!("Customer {n}") });
        let made: Value = http.post(format!("{sim}/_sim/customers")).json(&body).send().await.unwrap().json().await.unwrap();
        ids.push(made["id"].as_str().unwrap().to_owned());
    }
    while !stop.load(Ordering::Relaxed) {
        let n = written.load(Ordering::Relaxed);
        let id = &ids[usize::try_from(n).unwrap() % ids.len()];
        let request = if n.is_multiple_of(FILES) {
            let url = format!(
                "{sim}/_sim/customers/{id}/file?phone_number_id={PHONE_NUMBER_ID}&caption=in%20{n}&filename={n}.pdf&kind=document"
            );
            http.post(url).header("content-type", "application/pdf").body(file(n))
        } else {
            let body = json!({ "phone_number_id": PHONE_NUMBER_ID, "text": format!("in {n}") });
            http.post(format!("{sim}/_sim/customers/{id}/send")).json(&body)
        };
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{:?}", answer.text().await);
        written.fetch_add(1, Ordering::Relaxed);
        sleep(Duration::from_millis(20)).await;
    }
}

/// Answers conversations in turn. Each reply keeps its `client_id` until the server has accepted it, as the app does.
async fn admin_answers(admin: Admin, stop: Arc<AtomicBool>, accepted: Arc<Mutex<HashMap<String, String>>>) {
    let mut n: u64 = 0;
    while !stop.load(Ordering::Relaxed) {
        let Some(list) = admin.get("/api/v1/conversations?view=all&limit=50").await else {
            admin.sign_in().await;
            sleep(Duration::from_millis(50)).await;
            continue;
        };
        for conversation in list["items"].as_array().unwrap() {
            let (client_id, path) =
                (format!("out-{n}"), format!("/api/v1/conversations/{}/messages", conversation["id"].as_str().unwrap()));
            n += 1;
            let mut body = json!({ "client_id": client_id, "kind": "reply" });
            if n.is_multiple_of(TEMPLATES) {
                body["template"] = json!({ "name": "hello_world", "language": "en_US" });
            } else {
                body["text"] = format!("out {n}").into();
            }
            let begun = Instant::now();
            while begun.elapsed() < Duration::from_secs(30) {
                match admin.post(&path, &body).await {
                    Some((200 | 201, message)) => {
                        accepted.lock().unwrap().insert(client_id, message["id"].as_str().unwrap().to_owned());
                        break;
                    }
                    Some((401, _)) => drop(admin.sign_in().await),
                    Some((status, problem)) if status < 500 => panic!("{status}: {problem}"),
                    _ => sleep(Duration::from_millis(30)).await,
                }
            }
        }
        sleep(Duration::from_millis(20)).await;
    }
}
