//! The company's own app and its web pages: the signed protocol, and visitors.

#[path = "chat/app.rs"]
mod app;
#[path = "chat/clients.rs"]
mod clients;
#[path = "chat/doors.rs"]
mod doors;
#[path = "chat/files.rs"]
mod files;
#[path = "chat/glimpses.rs"]
mod glimpses;
#[path = "chat/pages.rs"]
mod pages;
#[path = "chat/visitors.rs"]
mod visitors;
#[path = "chat/visits.rs"]
mod visits;

use std::collections::BTreeMap;

use features::channels::{self, NewChannel};
use kernel::auth::Actor;
use serde_json::{Value, json};
use tests::{Answer, Company, SIGNING_SECRET, Socket, TestApp, http, signature};
use uuid::Uuid;

const PAGE: &str = "https://shop.example";
const VISITOR_KEY: &str = "a-key-of-the-company-of-32-chars";

/// A MAX with a channel for the company's own app and pages.
struct Chat {
    app: TestApp,
    company: Company,
    channel: Uuid,
}

impl Chat {
    async fn start(app: TestApp) -> Self {
        let company = Company::start().await;
        let channel = Self::channel(&app, json!({ "callback_url": company.url(), "allowed_origins": [PAGE] })).await;
        Self { app, company, channel }
    }

    async fn channel(app: &TestApp, config: Value) -> Uuid {
        let max = &app.nodes[0].app;
        let credentials = [("signing_secret", SIGNING_SECRET), ("visitor_key", VISITOR_KEY)];
        let new = NewChannel {
            kind: "chat".into(),
            name: format!("Chat {}", Uuid::new_v4()),
            team_id: Some(app.teams[0]),
            config,
            credentials: credentials.into_iter().map(|(n, v)| (n.to_owned(), v.into())).collect::<BTreeMap<_, _>>(),
            reopen_hours: None,
        };
        let mut tx = max.db.begin().await.unwrap();
        let channel = channels::create(max, &mut tx, &Actor::system("test"), new).await.unwrap();
        tx.commit().await.unwrap();
        channel.id
    }

    /// The app calls MAX with these headers.
    async fn call(&self, id: &str, timestamp: i64, signature: &str, body: &[u8]) -> Answer {
        let url = format!("{}/webhooks/chat/{}", self.app.bases[0], self.channel);
        let request = http().post(url).header("content-type", "application/json").header("webhook-id", id);
        let request = request.header("webhook-timestamp", timestamp.to_string()).header("webhook-signature", signature);
        Answer::of(request.body(body.to_vec())).await
    }

    /// The app tells MAX something, signed.
    async fn tell(&self, body: &Value) -> Answer {
        let (id, now, body) = (format!("call_{}", Uuid::new_v4()), self.app.unix(), body.to_string());
        self.call(&id, now, &signature(&id, now, body.as_bytes()), body.as_bytes()).await
    }

    /// A user writes.
    async fn says(&self, user: &str, id: &str, text: &str) {
        let user = json!({ "id": user, "name": format!("User {user}") });
        self.tell(&event("message.created", &json!({ "id": id, "user": user, "text": text }))).await.ok_text();
    }

    async fn conversation(&self, identity: &str) -> Uuid {
        self.app.probe.conversation_of(identity).await
    }

    /// A visitor's request, from the page.
    async fn visit(&self, method: &str, path: &str, token: Option<&str>, body: Option<Value>) -> Answer {
        self.visit_from(PAGE, method, path, token, body).await
    }

    async fn visit_from(&self, origin: &str, method: &str, path: &str, token: Option<&str>, body: Option<Value>) -> Answer {
        let url = format!("{}/chat/{}/{path}", self.app.bases[0], self.channel);
        let mut request = http().request(method.parse().unwrap(), url).header("origin", origin);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        Answer::of(request).await
    }

    async fn begin(&self, body: Value) -> Visit {
        let session = self.visit("POST", "session", None, Some(body)).await.ok();
        Visit { token: session["token"].as_str().unwrap().to_owned(), session }
    }
}

/// A visit that began.
struct Visit {
    token: String,
    session: Value,
}

impl Visit {
    async fn get(&self, chat: &Chat, path: &str) -> Answer {
        chat.visit("GET", path, Some(&self.token), None).await
    }

    async fn post(&self, chat: &Chat, path: &str, body: Value) -> Answer {
        chat.visit("POST", path, Some(&self.token), Some(body)).await
    }

    async fn says(&self, chat: &Chat, text: &str) -> Value {
        self.post(chat, "messages", json!({ "id": Uuid::new_v4(), "text": text })).await.ok()
    }

    /// The texts of everything said, oldest first.
    async fn texts(&self, chat: &Chat) -> Vec<String> {
        let page = self.get(chat, "messages").await.ok();
        page["items"].as_array().unwrap().iter().map(|m| m["text"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// A socket that has said hello.
    async fn socket(&self, chat: &Chat, cursor: Option<&str>) -> Socket {
        let mut socket =
            Socket::open_at(&chat.app.bases[0], &format!("/chat/{}/socket", chat.channel), Some(PAGE)).await.unwrap();
        let hello = json!({ "type": "hello", "token": self.token, "cursor": cursor });
        socket.send(tokio_tungstenite::tungstenite::Message::text(hello.to_string())).await;
        assert_eq!(socket.message().await["type"], "ready");
        socket
    }
}

/// Waits for a frame of this type that fits.
async fn frame(socket: &mut Socket, kind: &str, fits: impl Fn(&Value) -> bool) -> Value {
    loop {
        let frame = socket.message().await;
        if frame["type"] == kind && fits(&frame) {
            return frame;
        }
    }
}

fn event(kind: &str, data: &Value) -> Value {
    json!({ "type": kind, "data": data })
}
