//! Both ends of the provider: deliveries as Meta posts and signs them, and a fake Graph API that takes every message at once.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::bail;
use axum::{
    Router,
    response::IntoResponse,
    routing::{get, post},
};
use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{Method, Request, StatusCode, Uri, header};
use http_body_util::Full;
use sha2::{Digest as _, Sha256};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::client;

/// Of the channel, as an admin enters them.
pub const PHONE_NUMBER_ID: &str = "700800900100299";
/// Of the channel.
pub const BUSINESS_ACCOUNT_ID: &str = "900100200300499";
/// Of the channel.
pub const ACCESS_TOKEN: &str = "bench-access-token";
/// Of the channel.
pub const APP_SECRET: &str = "bench-app-secret";
/// Of the channel.
pub const VERIFY_TOKEN: &str = "bench-verify-token";

/// How large a picture is.
const PICTURE_BYTES: usize = 64 * 1024;
/// How the ids of films begin; whatever else customers send is a picture.
pub const FILMS: &str = "77";
/// How large a film is.
pub const FILM_BYTES: usize = 16 * 1024 * 1024;

/// Where the numbers of [`Webhook::apart`] begin.
pub const APART: u64 = 500_000_000;

/// A customer as deliveries introduce them.
pub fn introduced(id: &str) -> String {
    format!(r#"{{"profile":{{"name":"Customer {id}"}},"wa_id":"{id}"}}"#)
}

/// The id under which the provider knows a customer.
pub fn customer_id(customer: u64) -> String {
    (15_550_000_000 + customer).to_string()
}

/// The number of a message, in its text between two hash signs, so that it can be found again wherever the text arrives.
pub fn marked(number: u64) -> String {
    format!("#{number:09}# Hello, my transfer has not arrived yet. Could you please look it up?")
}

/// The number of the first marked text in these bytes.
pub fn mark(bytes: &[u8]) -> Option<u64> {
    let begin = bytes.iter().position(|byte| *byte == b'#')? + 1;
    std::str::from_utf8(bytes.get(begin..begin + 9)?).ok()?.parse().ok()
}

/// The webhook of one channel: makes and signs deliveries, and counts what MAX has acknowledged.
#[derive(Clone)]
pub struct Webhook {
    address: SocketAddr,
    path: Arc<str>,
    next: Arc<AtomicU64>,
    acknowledged: Arc<AtomicU64>,
}

impl Webhook {
    /// Of the channel with this id.
    pub fn new(address: SocketAddr, channel_id: &str) -> Self {
        let path = format!("/webhooks/whatsapp/{channel_id}").into();
        Self { address, path, next: Arc::default(), acknowledged: Arc::default() }
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A signed delivery with one text from each of these customers, and the number of the first.
    pub fn delivery(&self, customers: &[u64]) -> anyhow::Result<(Request<Full<Bytes>>, u64)> {
        let first = self.numbers(customers.len() as u64);
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let list = |item: &dyn Fn(u64, &str) -> String| {
            let items: Vec<String> =
                customers.iter().zip(first..).map(|(customer, number)| item(number, &customer_id(*customer))).collect();
            items.join(",")
        };
        let contacts = list(&|_, id| introduced(id));
        let messages = list(&|number, id| {
            let text = marked(number);
            format!(
                r#"{{"from":"{id}","id":"wamid.BENCH{number:012}","timestamp":"{now}","type":"text","text":{{"body":"{text}"}}}}"#
            )
        });
        Ok((self.signed(&contacts, &messages, "")?, first))
    }

    /// A signed delivery of these contacts, messages and statuses, each of them JSON with commas between.
    pub fn signed(&self, contacts: &str, messages: &str, statuses: &str) -> anyhow::Result<Request<Full<Bytes>>> {
        let body = Bytes::from(format!(
            r#"{{"object":"whatsapp_business_account","entry":[{{"id":"{BUSINESS_ACCOUNT_ID}","changes":[{{"field":"messages","value":{{"messaging_product":"whatsapp","metadata":{{"display_phone_number":"15550001111","phone_number_id":"{PHONE_NUMBER_ID}"}},"contacts":[{contacts}],"messages":[{messages}],"statuses":[{statuses}]}}}}]}}]}}"#
        ));
        let mut mac = Hmac::<Sha256>::new_from_slice(APP_SECRET.as_bytes())?;
        mac.update(&body);
        let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
        let mut request = client::request(self.address, Method::POST, &self.path, None, Some(body))?;
        request.headers_mut().insert("x-hub-signature-256", signature.parse()?);
        Ok(request)
    }

    /// The same webhook with numbers of its own from [`APART`] on, a range for each turn: what is measured can be told from what goes on
    /// beside it.
    pub fn apart(&self, turn: u64) -> Self {
        Self { next: Arc::new(AtomicU64::new(APART + turn * 20_000)), ..self.clone() }
    }

    /// The numbers of so many further messages, the first of them.
    pub fn numbers(&self, messages: u64) -> u64 {
        self.next.fetch_add(messages, Ordering::Relaxed)
    }

    /// The number of the next message.
    pub fn next(&self) -> u64 {
        self.next.load(Ordering::Relaxed)
    }

    /// Counts messages that MAX said it keeps.
    pub fn acknowledge(&self, messages: usize) {
        self.acknowledged.fetch_add(messages as u64, Ordering::Relaxed);
    }

    /// All messages that MAX said it keeps.
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::Relaxed)
    }
}

/// The fake Graph API: answers at once and notes when each marked message came.
pub struct Provider {
    address: SocketAddr,
    arrivals: Arc<Mutex<Vec<(u64, Instant)>>>,
    task: JoinHandle<()>,
}

impl Provider {
    /// Starts it on a free port.
    pub async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let arrivals: Arc<Mutex<Vec<(u64, Instant)>>> = Arc::default();
        let (heard, taken) = (arrivals.clone(), AtomicU64::new(0));
        let taken = Arc::new(taken);
        let take = move |body: Bytes| {
            let (heard, taken) = (heard.clone(), taken.clone());
            async move {
                if let Some(number) = mark(&body) {
                    heard.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((number, Instant::now()));
                }
                let id = taken.fetch_add(1, Ordering::Relaxed);
                let answer =
                    format!(r#"{{"messaging_product":"whatsapp","contacts":[],"messages":[{{"id":"wamid.OUT{id:012}"}}]}}"#);
                ([(header::CONTENT_TYPE, "application/json")], answer).into_response()
            }
        };
        let (film, picture) = (film(), picture());
        let about = |path: &str, mime_type: &str, file: &Bytes| {
            format!(
                r#"{{"messaging_product":"whatsapp","url":"http://{address}/{path}","mime_type":"{mime_type}","sha256":"{}","file_size":{}}}"#,
                hex::encode(Sha256::digest(file)),
                file.len()
            )
        };
        let (films, pictures) = (about("film", "video/mp4", &film), about("picture", "image/gif", &picture));
        let tell = move |uri: Uri| {
            let about = if uri.path().rsplit('/').next().is_some_and(|id| id.starts_with(FILMS)) {
                films.clone()
            } else {
                pictures.clone()
            };
            std::future::ready(([(header::CONTENT_TYPE, "application/json")], about))
        };
        let router = Router::new()
            .route(&format!("/v23.0/{PHONE_NUMBER_ID}/messages"), post(take))
            .route("/v23.0/{id}", get(tell))
            .route("/film", get(move || std::future::ready(film.clone())))
            .route("/picture", get(move || std::future::ready(picture.clone())));
        let task = tokio::spawn(async move {
            axum::serve(listener, router).await.ok();
        });
        Ok(Self { address, arrivals, task })
    }

    /// Where MAX finds it.
    pub fn url(&self) -> String {
        format!("http://{}/v23.0", self.address)
    }

    /// What came since the last time this was asked.
    pub fn arrivals(&self) -> Vec<(u64, Instant)> {
        std::mem::take(&mut self.arrivals.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A picture of one dot, as large as pictures are that people send.
fn picture() -> Bytes {
    let mut picture =
        b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
            .to_vec();
    picture.resize(PICTURE_BYTES, 0);
    picture.into()
}

/// A film as far as its boxes go: a beginning, and what fills it.
fn film() -> Bytes {
    let mut film = b"\0\0\0\x10ftypisom\0\0\0\0".to_vec();
    let filling = FILM_BYTES - film.len();
    film.extend(u32::try_from(filling).unwrap_or(u32::MAX).to_be_bytes());
    film.extend(b"mdat");
    film.extend((8..filling).map(|n| (n % 251) as u8));
    film.into()
}

/// Insists on an acknowledgement.
pub fn accepted(status: StatusCode, body: &[u8]) -> anyhow::Result<()> {
    if status != StatusCode::OK {
        bail!("a delivery was answered {status}: {}", String::from_utf8_lossy(body));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marked_text_is_found_again() {
        let text = format!(r#"{{"preview":"{}"}}"#, marked(1_234));
        assert_eq!(mark(text.as_bytes()), Some(1_234));
        assert_eq!(mark(b"no mark"), None);
        assert_eq!(mark(b"cut #12"), None);
    }

    #[test]
    fn a_delivery_is_json_with_every_customer() {
        let webhook = Webhook::new(([127, 0, 0, 1], 1).into(), "x");
        let (request, first) = webhook.delivery(&[5, 6]).unwrap();
        assert_eq!(first, 0);
        assert_eq!(request.uri().path(), "/webhooks/whatsapp/x");
        assert!(request.headers()["x-hub-signature-256"].to_str().unwrap().starts_with("sha256="));
        assert_eq!(webhook.delivery(&[7]).unwrap().1, 2);
    }
}
