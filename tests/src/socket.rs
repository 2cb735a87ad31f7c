//! A browser's side of the socket.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, Message, client::IntoClientRequest},
};

use crate::PATIENCE;

/// What comes out of a socket.
#[derive(Debug, Clone, PartialEq)]
pub enum Incoming {
    /// A message of the protocol.
    Json(Value),
    /// The server's goodbye.
    Closed(u16),
    /// The connection is gone without one.
    Gone,
}

/// An open socket.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// The place in the log up to which this client is.
    pub cursor: String,
    /// Every event so far.
    pub events: Vec<Value>,
}

impl std::fmt::Debug for Socket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Socket").field("cursor", &self.cursor).finish_non_exhaustive()
    }
}

impl Socket {
    /// Upgrades without saying hello; the HTTP status where that is refused.
    pub async fn open(base: &str, origin: Option<&str>) -> Result<Self, u16> {
        Self::open_at(base, "/api/v1/events", origin).await
    }

    /// The same at another address.
    pub async fn open_at(base: &str, path: &str, origin: Option<&str>) -> Result<Self, u16> {
        let mut request = format!("{}{path}", base.replace("http", "ws")).into_client_request().unwrap();
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", origin.parse().unwrap());
        }
        match connect_async(request).await {
            Ok((stream, _)) => Ok(Self { stream, cursor: String::new(), events: Vec::new() }),
            Err(tungstenite::Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("the socket did not open: {error}"),
        }
    }

    /// Sends any message.
    pub async fn send(&mut self, message: Message) {
        // The other side may have gone, which the next read tells.
        let _ = self.stream.send(message).await;
    }

    /// Says hello.
    pub async fn hello(&mut self, token: &str, after: Option<&str>) {
        let hello = json!({ "type": "hello", "token": token, "after": after });
        self.send(Message::text(hello.to_string())).await;
    }

    /// The next thing that comes, within `patience`; pings are answered on the way.
    pub async fn next_within(&mut self, patience: Duration) -> Option<Incoming> {
        let deadline = tokio::time::Instant::now() + patience;
        loop {
            let message = match tokio::time::timeout_at(deadline, self.stream.next()).await {
                Err(_) => return None,
                Ok(None | Some(Err(_))) => return Some(Incoming::Gone),
                Ok(Some(Ok(message))) => message,
            };
            match message {
                Message::Text(text) => {
                    let json: Value = serde_json::from_str(&text).expect("the server speaks JSON");
                    if json["type"] == "ping" {
                        self.send(Message::text(r#"{"type":"pong"}"#)).await;
                        continue;
                    }
                    if let Some(cursor) = json["cursor"].as_str() {
                        self.cursor = cursor.to_owned();
                    }
                    if json["type"] == "event" {
                        self.events.push(json.clone());
                    }
                    return Some(Incoming::Json(json));
                }
                Message::Close(frame) => return Some(frame.map_or(Incoming::Gone, |f| Incoming::Closed(f.code.into()))),
                _ => {}
            }
        }
    }

    /// The next thing that comes.
    pub async fn next(&mut self) -> Incoming {
        self.next_within(PATIENCE).await.expect("something comes over the socket")
    }

    /// The next message of the protocol.
    #[track_caller]
    pub fn message(&mut self) -> impl Future<Output = Value> {
        let caller = std::panic::Location::caller();
        async move {
            match self.next().await {
                Incoming::Json(json) => json,
                other => panic!("{other:?} instead of a message, at {caller}"),
            }
        }
    }

    /// Waits for `ready`, after `resync` if that comes first; whether it did.
    pub async fn ready(&mut self) -> bool {
        let mut resync = false;
        loop {
            let message = self.message().await;
            match message["type"].as_str() {
                Some("ready") => return resync,
                Some("resync") => resync = true,
                _ => panic!("{message} before ready"),
            }
        }
    }

    /// Waits for an event of this kind whose data fit; others on the way are kept in [`Socket::events`].
    #[track_caller]
    pub fn expect(&mut self, kind: &str, fits: impl Fn(&Value) -> bool) -> impl Future<Output = Value> {
        let caller = std::panic::Location::caller();
        async move {
            let deadline = tokio::time::Instant::now() + PATIENCE;
            loop {
                let left = deadline.saturating_duration_since(tokio::time::Instant::now());
                match self.next_within(left).await {
                    Some(Incoming::Json(json)) if json["type"] == "event" && json["kind"] == kind && fits(&json["data"]) => {
                        return json;
                    }
                    Some(Incoming::Json(_)) => {}
                    Some(other) => panic!("{other:?} instead of {kind}, at {caller}"),
                    None => panic!("no {kind} came, at {caller}; what came: {:?}", kinds(&self.events)),
                }
            }
        }
    }

    /// Reads up to a fence; the events before it that came since the last one.
    pub async fn until(&mut self, fence: &str) -> Vec<Value> {
        let before = self.events.len();
        self.expect("fence", |data| data["id"] == fence).await;
        let mut events = self.events.split_off(before);
        events.pop();
        events
    }

    /// Reads to the end; the close code, or `None` where the connection just broke.
    pub async fn closed(&mut self) -> Option<u16> {
        loop {
            match self.next().await {
                Incoming::Json(_) => {}
                Incoming::Closed(code) => return Some(code),
                Incoming::Gone => return None,
            }
        }
    }
}

fn kinds(events: &[Value]) -> Vec<&str> {
    events.iter().filter_map(|e| e["kind"].as_str()).collect()
}
