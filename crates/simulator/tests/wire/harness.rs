//! A simulator, a webhook receiver, and short words for what the tests do.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::routing::get;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, StatusCode};
use reqwest::Method;
use serde_json::{Map, Value, json};
use sha2::Sha256;
use simulator::{Number, Options, Simulator};

pub const NUMBER: &str = "700800900100200";
pub const WABA: &str = "900100200300400";
pub const TOKEN: &str = "token-1";
pub const SECRET: &str = "max-demo-app-secret";
pub const VERIFY: &str = "verify-me";
/// Amara Okafor, one of the customers there from the start.
pub const AMARA: &str = "447700900142";
/// Mei-Ling Chua, who has no phone number.
pub const MEI_LING: &str = "SG.70422981550137716";

/// One webhook call as received.
#[derive(Clone)]
pub struct Received {
    pub signature: Option<String>,
    pub body: Bytes,
    pub json: Value,
    pub at: Instant,
}

#[derive(Default)]
pub struct Inbox {
    pub calls: Vec<Received>,
    /// Statuses to answer next; 200 when empty.
    pub answers: VecDeque<u16>,
}

pub struct Stage {
    pub simulator: Simulator,
    pub inbox: Arc<Mutex<Inbox>>,
    pub hook: String,
    pub http: reqwest::Client,
}

/// A signature computed here, not by the simulator.
pub fn signature(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

#[expect(clippy::disallowed_methods, reason = "the test plays the world outside")]
fn client() -> reqwest::Client {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build().unwrap()
}

async fn receive(State(inbox): State<Arc<Mutex<Inbox>>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let mut inbox = inbox.lock().unwrap();
    let signature = headers.get("X-Hub-Signature-256").map(|value| value.to_str().unwrap().to_owned());
    let json = serde_json::from_slice(&body).unwrap_or_default();
    inbox.calls.push(Received { signature, body, json, at: Instant::now() });
    StatusCode::from_u16(inbox.answers.pop_front().unwrap_or(200)).unwrap()
}

async fn verify(RawQuery(query): RawQuery) -> (StatusCode, String) {
    let query = query.unwrap_or_default();
    let value =
        |key: &str| query.split('&').find_map(|pair| pair.strip_prefix(&format!("{key}="))).unwrap_or_default().to_owned();
    if value("hub.mode") == "subscribe" && value("hub.verify_token") == VERIFY {
        (StatusCode::OK, value("hub.challenge"))
    } else {
        (StatusCode::FORBIDDEN, String::new())
    }
}

impl Stage {
    /// A simulator with one number and quick statuses.
    pub async fn new() -> Stage {
        let inbox = Arc::new(Mutex::new(Inbox::default()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let hook = format!("http://{}/webhooks/whatsapp/1", listener.local_addr().unwrap());
        let router = Router::new().route("/webhooks/whatsapp/1", get(verify).post(receive)).with_state(inbox.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let simulator = Simulator::start(Options::default()).await.unwrap();
        simulator.add_number(Number {
            phone_number_id: NUMBER.into(),
            business_account_id: WABA.into(),
            display_phone_number: "+1 555-000-1111".into(),
            name: "Max Store".into(),
            access_token: TOKEN.into(),
            app_secret: SECRET.into(),
            webhook_url: Some(hook.clone()),
            verify_token: Some(VERIFY.into()),
        });
        let stage = Stage { simulator, inbox, hook, http: client() };
        let quick = json!({ "sent_ms": 20, "delivered_ms": 20, "read_ms": 20, "jitter_ms": 0,
            "retry_first_ms": 20, "retry_max_ms": 100 });
        stage.control(Method::PATCH, "settings", quick).await;
        stage
    }

    /// A call of the control API that must succeed.
    pub async fn control(&self, method: Method, path: &str, body: Value) -> Value {
        let (status, answer) = self.try_control(method, path, body).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    pub async fn try_control(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let mut request = self.http.request(method, format!("{}/_sim/{path}", self.simulator.url()));
        if !body.is_null() {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    pub async fn fault(&self, fault: Value) {
        self.control(Method::POST, "faults", fault).await;
    }

    pub async fn settings(&self, patch: Value) {
        self.control(Method::PATCH, "settings", patch).await;
    }

    /// A Graph API call with the number's token.
    pub async fn graph(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let mut request = self.http.request(method, format!("{}/v23.0/{path}", self.simulator.url())).bearer_auth(TOKEN);
        if !body.is_null() {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// Sends `body` with what every send needs put under it.
    pub async fn send(&self, body: Value) -> (u16, Value) {
        self.graph(Method::POST, &format!("{NUMBER}/messages"), whole(body)).await
    }

    /// Sends a text that must be accepted; answers the wamid.
    pub async fn send_text(&self, to: &str, text: &str) -> String {
        let (status, answer) = self.send(json!({ "to": to, "text": { "body": text }, "biz_opaque_callback_data": text })).await;
        assert_eq!(status, 200, "{answer}");
        answer["messages"][0]["id"].as_str().unwrap().to_owned()
    }

    /// Lets a customer write, waits for the acknowledgement, and answers the wamid.
    pub async fn customer_writes(&self, customer: &str, text: &str) -> String {
        let answer =
            self.control(Method::POST, &format!("customers/{customer}/send"), json!({ "text": text, "wait_ms": 5000 })).await;
        assert_eq!(answer["delivered"], true);
        answer["wamid"].as_str().unwrap().to_owned()
    }

    /// Opens Amara's window and forgets the call that did it.
    pub async fn open_window(&self) {
        self.customer_writes(AMARA, "hello").await;
        self.inbox.lock().unwrap().calls.clear();
    }

    pub fn calls(&self) -> Vec<Received> {
        self.inbox.lock().unwrap().calls.clone()
    }

    /// All `messages[]` or `statuses[]` received, in order.
    pub fn elements(&self, kind: &str) -> Vec<Value> {
        self.calls().iter().flat_map(|call| elements(&call.json, kind)).collect()
    }

    pub fn statuses(&self) -> Vec<String> {
        self.elements("statuses").iter().map(|status| status["status"].as_str().unwrap().to_owned()).collect()
    }

    /// Waits until `done` is true of the stage, or fails after five seconds.
    pub async fn until(&self, what: &str, done: impl Fn(&Stage) -> bool) {
        let start = Instant::now();
        while !done(self) {
            assert!(start.elapsed() < Duration::from_secs(5), "waited in vain for {what}; statuses: {:?}", self.statuses());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub async fn until_statuses(&self, wanted: &[&str]) {
        self.until(&format!("{wanted:?}"), |stage| stage.statuses().len() >= wanted.len()).await;
        tokio::time::sleep(Duration::from_millis(80)).await;
        assert_eq!(self.statuses(), wanted);
    }
}

/// All elements of one kind in an envelope.
pub fn elements(envelope: &Value, kind: &str) -> Vec<Value> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let changes = list(&envelope["entry"]).into_iter().flat_map(|entry| list(&entry["changes"]));
    changes.flat_map(|change| list(&change["value"][kind])).collect()
}

/// A send body completed with `messaging_product` and, unless given, `to` and `type`.
pub fn whole(body: Value) -> Value {
    let mut whole = Map::from_iter([("messaging_product".to_owned(), json!("whatsapp"))]);
    let given = body.as_object().unwrap().clone();
    if !given.contains_key("to") && !given.contains_key("recipient") {
        whole.insert("to".into(), json!(AMARA));
    }
    if !given.contains_key("type") && given.contains_key("text") {
        whole.insert("type".into(), json!("text"));
    }
    whole.extend(given);
    whole.retain(|_, value| !value.is_null());
    Value::Object(whole)
}
