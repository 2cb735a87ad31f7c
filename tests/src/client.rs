//! A person's or program's side of the HTTP interface.

use std::time::Duration;

use bytes::Bytes;
use reqwest::{Method, RequestBuilder, header};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::Socket;

/// A client that follows no redirects and knows no proxies.
pub fn http() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(40))
        .build()
        .unwrap()
}

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: header::HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// Sends the request and reads the answer.
    pub async fn of(request: RequestBuilder) -> Self {
        Self::try_of(request).await.expect("an answer")
    }

    /// The same, where there may be none.
    pub async fn try_of(request: RequestBuilder) -> Result<Self, reqwest::Error> {
        let response = request.send().await?;
        Ok(Self { status: response.status().as_u16(), headers: response.headers().clone(), body: response.bytes().await? })
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{} is no JSON ({e}): {}", self.status, self.text()))
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The JSON of a success.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert!((200..300).contains(&self.status), "{}: {}", self.status, self.text());
        if self.body.is_empty() { Value::Null } else { self.json() }
    }

    /// The bytes of a 200.
    #[track_caller]
    pub fn ok_bytes(&self) -> &Bytes {
        assert_eq!(self.status, 200, "{}", self.text());
        &self.body
    }

    /// The problem of a refusal with this status and code, whose form is checked too.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}", self.text());
        let problem = self.json();
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(problem["status"], status, "{problem}");
        assert_eq!(problem["type"], format!("urn:max:problem:{code}"));
        for member in ["title", "detail", "request_id"] {
            assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{member} of {problem}");
        }
        assert_eq!(problem["request_id"].as_str(), self.header("x-request-id"));
        problem
    }

    /// The fields a 422 marks.
    #[track_caller]
    pub fn fields(&self) -> Vec<String> {
        let problem = self.refused(422, "invalid");
        problem["fields"].as_array().into_iter().flatten().map(|f| f["field"].as_str().unwrap().to_owned()).collect()
    }

    /// The cursor that reads carry.
    #[track_caller]
    pub fn cursor(&self) -> String {
        self.header("x-event-cursor").expect("an X-Event-Cursor").to_owned()
    }

    /// What a `Set-Cookie` header sets, with its attributes.
    pub fn set_cookie(&self) -> Option<String> {
        self.header("set-cookie").map(str::to_owned)
    }

    /// The refresh cookie as a browser would send it back.
    #[track_caller]
    pub fn refresh_cookie(&self) -> String {
        self.set_cookie().expect("a cookie").split(';').next().unwrap().to_owned()
    }
}

/// Somebody who is signed in at a node.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    /// The node's address: `http://127.0.0.1:PORT`.
    pub base: String,
    /// The access token; empty for somebody who is not signed in.
    pub token: String,
    /// The refresh cookie, `name=value`.
    pub cookie: String,
    /// Who this is, as `GET /me` tells it.
    pub me: Value,
}

impl Client {
    /// Somebody who is not signed in.
    pub fn anonymous(base: &str) -> Self {
        Self { http: http(), base: base.to_owned(), token: String::new(), cookie: String::new(), me: Value::Null }
    }

    /// Signs in.
    pub async fn login(base: &str, email: &str, password: &str) -> Self {
        let anonymous = Self::anonymous(base);
        let answer = anonymous.post("/api/v1/auth/login", json!({ "email": email, "password": password })).await;
        let body = answer.ok();
        Self {
            token: body["access_token"].as_str().unwrap().to_owned(),
            cookie: answer.refresh_cookie(),
            me: body["user"].clone(),
            ..anonymous
        }
    }

    /// The same person at another node, with the same session.
    #[must_use]
    pub fn at(&self, base: &str) -> Self {
        Self { base: base.to_owned(), ..self.clone() }
    }

    /// The same person with another token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self.clone() }
    }

    /// Their id.
    #[track_caller]
    pub fn id(&self) -> Uuid {
        self.me["id"].as_str().unwrap().parse().unwrap()
    }

    /// A request to be filled.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        if self.token.is_empty() { request } else { request.bearer_auth(&self.token) }
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path)).await
    }

    /// `POST` with JSON.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        Answer::of(self.request(Method::POST, path).json(&body)).await
    }

    /// `PATCH` with JSON.
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        Answer::of(self.request(Method::PATCH, path).json(&body)).await
    }

    /// `PUT` without a body.
    pub async fn put(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::PUT, path)).await
    }

    /// `DELETE`.
    pub async fn delete(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::DELETE, path)).await
    }

    /// Trades a refresh cookie.
    pub async fn refresh(&self, cookie: &str) -> Answer {
        Answer::of(self.http.post(format!("{}/api/v1/auth/refresh", self.base)).header("cookie", cookie)).await
    }

    /// Signs out.
    pub async fn logout(&self) -> Answer {
        Answer::of(self.http.post(format!("{}/api/v1/auth/logout", self.base)).header("cookie", &self.cookie)).await
    }

    /// Says something in a conversation, under a fresh `client_id`.
    pub async fn send(&self, conversation: Uuid, kind: &str, text: &str) -> Answer {
        let body = json!({ "client_id": fresh_id(), "kind": kind, "text": text });
        self.post(&format!("/api/v1/conversations/{conversation}/messages"), body).await
    }

    /// Answers the customer; the new message.
    pub async fn reply(&self, conversation: Uuid, text: &str) -> Value {
        let answer = self.send(conversation, "reply", text).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()
    }

    /// Takes a step with a conversation: `take`, `close`, ….
    pub async fn step(&self, conversation: Uuid, step: &str, body: Value) -> Answer {
        self.post(&format!("/api/v1/conversations/{conversation}/{step}"), body).await
    }

    /// What happened to a conversation, oldest first.
    pub async fn timeline(&self, conversation: Uuid) -> Vec<Value> {
        self.get(&format!("/api/v1/conversations/{conversation}/timeline")).await.ok()["items"].as_array().unwrap().clone()
    }

    /// The kinds of what happened to a conversation, oldest first.
    pub async fn happenings(&self, conversation: Uuid) -> Vec<String> {
        self.timeline(conversation).await.iter().map(|e| e["kind"].as_str().unwrap().to_owned()).collect()
    }

    /// A conversation as they see it.
    pub async fn conversation(&self, id: Uuid) -> Value {
        self.get(&format!("/api/v1/conversations/{id}")).await.ok()
    }

    /// All messages of a conversation, oldest first.
    pub async fn messages(&self, conversation: Uuid) -> Vec<Value> {
        let mut all = self.pages(&format!("/api/v1/conversations/{conversation}/messages?limit=200")).await;
        all.reverse();
        all
    }

    /// Every row of a list, page by page. `path` has a query.
    pub async fn pages(&self, path: &str) -> Vec<Value> {
        let (mut rows, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.get(&format!("{path}{cursor}")).await.ok();
            rows.extend(page["items"].as_array().unwrap().clone());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return rows,
            }
        }
    }

    /// A socket that has said hello and is ready.
    pub async fn socket(&self, after: Option<&str>) -> Socket {
        let mut socket = Socket::open(&self.base, None).await.unwrap();
        socket.hello(&self.token, after).await;
        socket.ready().await;
        socket
    }
}

/// An id nobody has used.
pub(crate) fn fresh_id() -> String {
    Uuid::new_v4().to_string()
}
