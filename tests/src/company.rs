//! A company's own app, as a test scripts it: an address that MAX calls, and the signing of what the app says. Written from the protocol's page
//! alone; it shares nothing with our client.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use tokio::net::TcpListener;

use crate::eventually;

/// The secret of the channel in tests, and its bytes.
pub const SIGNING_SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const KEY: &[u8] = b"0123456789abcdef0123456789abcdef";

/// `webhook-signature` of these bytes.
pub fn signature(id: &str, timestamp: i64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(KEY).unwrap();
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    format!("v1,{}", base64(&mac.finalize().into_bytes()))
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for part in bytes.chunks(3) {
        let n = part.iter().chain([&0; 2]).take(3).fold(0u32, |n, b| (n << 8) | u32::from(*b));
        for at in 0..4 {
            let letter = LETTERS[(n >> (18 - 6 * at)) as usize & 63] as char;
            text.push(if at <= part.len() { letter } else { '=' });
        }
    }
    text
}

/// A call that came, whose signature holds.
#[derive(Debug, Clone)]
pub struct Told {
    /// `webhook-id`.
    pub id: String,
    /// `webhook-timestamp`.
    pub timestamp: i64,
    /// The body.
    pub body: Value,
    /// How it was answered.
    pub answered: u16,
}

#[derive(Default)]
struct Script {
    told: Vec<Told>,
    forged: usize,
    answers: VecDeque<(u16, Option<String>)>,
    down: bool,
}

/// The app's address.
#[derive(Clone)]
pub struct Company {
    script: Arc<Mutex<Script>>,
    address: SocketAddr,
}

impl std::fmt::Debug for Company {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Company({})", self.address)
    }
}

impl Company {
    /// Listens.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let company = Self { script: Arc::default(), address: listener.local_addr().unwrap() };
        let router = Router::new().route("/max", post(hear)).with_state(company.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        company
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The callback address.
    pub fn url(&self) -> String {
        format!("http://{}/max", self.address)
    }

    /// Answers every call with 503 until it is back.
    pub fn down(&self, down: bool) {
        self.script().down = down;
    }

    /// Answers the next message so.
    pub fn answer(&self, status: u16, body: Option<&str>) {
        self.script().answers.push_back((status, body.map(str::to_owned)));
    }

    /// Every call so far.
    pub fn told(&self) -> Vec<Told> {
        let script = self.script();
        assert_eq!(script.forged, 0, "calls whose signature does not hold");
        script.told.clone()
    }

    /// The calls of this type, taken or not.
    pub fn tries(&self, kind: &str) -> Vec<Told> {
        self.told().into_iter().filter(|t| t.body["type"] == kind).collect()
    }

    /// The calls of this type that were taken.
    pub fn taken(&self, kind: &str) -> Vec<Told> {
        self.told().into_iter().filter(|t| t.body["type"] == kind && t.answered < 300).collect()
    }

    /// Waits until a message with this text was taken.
    pub async fn gets(&self, text: &str) -> Told {
        eventually(&format!("the app gets {text:?}"), async || {
            self.taken("message.created").into_iter().find(|t| t.body["data"]["text"] == text)
        })
        .await
    }
}

async fn hear(State(company): State<Company>, headers: HeaderMap, body: Bytes) -> Response {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let (id, timestamp) = (text("webhook-id"), text("webhook-timestamp").parse().unwrap_or(0));
    let mut script = company.script();
    if !text("webhook-signature").split(' ').any(|one| one == signature(&id, timestamp, &body)) {
        script.forged += 1;
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let told: Value = serde_json::from_slice(&body).unwrap();
    let is_message = told["type"] == "message.created";
    let (status, answer) = match is_message.then(|| script.answers.pop_front()).flatten() {
        Some(scripted) => scripted,
        None if script.down => (503, None),
        None => (200, None),
    };
    script.told.push(Told { id, timestamp, body: told, answered: status });
    (StatusCode::from_u16(status).unwrap(), answer.unwrap_or_default()).into_response()
}
