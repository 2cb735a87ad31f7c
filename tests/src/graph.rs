//! A provider that a test scripts: a bare HTTP server in place of the Graph API, which can accept, refuse, stay silent or hang up at the
//! worst moment. It shares nothing with our client and remembers every call.

mod media;

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use uuid::Uuid;

pub use self::media::{FileCall, Trouble, Uploaded};
use crate::eventually;

/// What the provider does with a call.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Takes the message and says so.
    Accept,
    /// Takes the message, and says so when the gate opens.
    AcceptAfter(Gate),
    /// Takes the message, then hangs up without a word.
    Drop,
    /// Takes the message, then says nothing for ever.
    Hang,
    /// Refuses with Meta's error envelope.
    Refuse {
        /// The HTTP status.
        http: u16,
        /// Meta's code.
        code: i64,
        /// `Retry-After`, in seconds.
        retry_after: Option<u64>,
    },
    /// Any answer.
    Raw(u16, &'static str),
}

impl Reply {
    /// A refusal without `Retry-After`.
    pub fn refuse(http: u16, code: i64) -> Self {
        Self::Refuse { http, code, retry_after: None }
    }

    fn takes(&self) -> bool {
        matches!(self, Reply::Accept | Reply::AcceptAfter(_) | Reply::Drop | Reply::Hang)
    }
}

/// Holds answers back until it is opened.
#[derive(Debug, Clone)]
pub struct Gate(Arc<Semaphore>);

impl Default for Gate {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }
}

impl Gate {
    /// Lets everybody through from now on.
    pub fn open(&self) {
        self.0.add_permits(Semaphore::MAX_PERMITS / 2);
    }
}

/// A call that came.
#[derive(Debug, Clone)]
pub struct Call {
    /// When.
    pub at: Instant,
    /// The request line's address.
    pub path: String,
    /// The `Authorization` header.
    pub authorization: String,
    /// The body.
    pub body: Value,
    /// The id the provider gave the message, if it took it.
    pub wamid: Option<String>,
}

impl Call {
    /// The text.
    pub fn text(&self) -> &str {
        self.body["text"]["body"].as_str().unwrap_or_default()
    }

    /// Our own id of the message, as sent along.
    #[track_caller]
    pub fn our_id(&self) -> Uuid {
        let data = self.body["biz_opaque_callback_data"].as_str().expect("biz_opaque_callback_data");
        data.strip_prefix("msg_").unwrap_or(data).parse().unwrap()
    }

    /// The id the provider gave it.
    #[track_caller]
    pub fn wamid(&self) -> &str {
        self.wamid.as_deref().expect("the provider took it")
    }
}

#[derive(Default)]
struct State {
    calls: Vec<Call>,
    next: VecDeque<Reply>,
    for_text: Vec<(String, Reply)>,
    otherwise: Option<Reply>,
    templates: Vec<Value>,
    files: media::Files,
    condition: Option<Reply>,
    reads: Vec<Value>,
}

/// The scripted provider.
#[derive(Clone)]
pub struct Graph {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl std::fmt::Debug for Graph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Graph").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Graph {
    /// Starts one; it accepts everything until told otherwise.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let graph = Self { address: listener.local_addr().unwrap(), state: Arc::default() };
        let serving = graph.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let graph = serving.clone();
                tokio::spawn(async move {
                    let _ = graph.serve(stream).await;
                });
            }
        });
        graph
    }

    /// The `api_base` of a channel.
    pub fn api_base(&self) -> String {
        format!("http://{}/v23.0", self.address)
    }

    /// What the next calls get, in order.
    pub fn next(&self, replies: impl IntoIterator<Item = Reply>) {
        self.state().next.extend(replies);
    }

    /// What the next call with this text gets.
    pub fn for_text(&self, text: &str, reply: Reply) {
        self.state().for_text.push((text.to_owned(), reply));
    }

    /// What every other call gets from now on.
    pub fn otherwise(&self, reply: Reply) {
        self.state().otherwise = Some(reply);
    }

    /// The templates of the account, as the list shows them. Asking for the list is no call of those that are counted.
    pub fn templates(&self, templates: Vec<Value>) {
        self.state().templates = templates;
    }

    /// What whoever asks how the account is gets from now on; unless told, what every other call gets. Asking is no call of those that are
    /// counted.
    pub fn condition(&self, reply: Reply) {
        self.state().condition = Some(reply);
    }

    /// What was marked as read, and with which typing sign. These are no calls of those that are counted.
    pub fn reads(&self) -> Vec<Value> {
        self.state().reads.clone()
    }

    /// The calls so far.
    pub fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }

    /// The texts of the calls so far.
    pub fn texts(&self) -> Vec<String> {
        self.state().calls.iter().map(|call| call.text().to_owned()).collect()
    }

    /// Waits until there were this many calls; all of them.
    pub async fn wait_for(&self, count: usize) -> Vec<Call> {
        eventually(&format!("{count} calls to the provider"), async || Some(self.calls()).filter(|calls| calls.len() >= count))
            .await
    }

    /// Waits for a call with this text.
    pub async fn call(&self, text: &str) -> Call {
        eventually(&format!("the provider is sent {text:?}"), async || self.calls().into_iter().find(|c| c.text() == text)).await
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reply_to(&self, path: String, authorization: String, body: Value) -> (Reply, Option<String>) {
        let mut state = self.state();
        let text = body["text"]["body"].as_str().unwrap_or_default();
        let scripted = state.for_text.iter().position(|(wanted, _)| wanted == text);
        let reply = match scripted {
            Some(index) => state.for_text.remove(index).1,
            None => state.next.pop_front().or_else(|| state.otherwise.clone()).unwrap_or(Reply::Accept),
        };
        let wamid = reply.takes().then(|| format!("wamid.OUT{}{:06}", self.address.port(), state.calls.len()));
        state.calls.push(Call { at: Instant::now(), path, authorization, body, wamid: wamid.clone() });
        (reply, wamid)
    }

    async fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut bytes = Vec::new();
        let head_end = loop {
            if let Some(at) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
                break at + 4;
            }
            if stream.read_buf(&mut bytes).await? == 0 {
                return Ok(());
            }
        };
        let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
        let header = |name: &str| header_of(&head, name);
        let length: usize = header("content-length").parse().unwrap_or(0);
        while bytes.len() < head_end + length {
            if stream.read_buf(&mut bytes).await? == 0 {
                return Ok(());
            }
        }
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let method = head.split(' ').next().unwrap_or_default();
        if media::is_about_files(method, &path) {
            return self.serve_file(stream, method, &path, &head, &bytes[head_end..]).await;
        }
        let body: Value = serde_json::from_slice(&bytes[head_end..]).unwrap_or_default();
        if path.contains("/message_templates?") {
            let body = json!({ "data": self.state().templates, "paging": { "cursors": { "after": "end" } } }).to_string();
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(body.as_bytes()).await?;
            return stream.shutdown().await;
        }
        if body["status"] == "read" {
            self.state().reads.push(body);
            let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 16\r\nconnection: close\r\n\r\n{\"success\":true}";
            stream.write_all(answer.as_bytes()).await?;
            return stream.shutdown().await;
        }
        let asks = path.contains("?fields=");
        let (reply, wamid) = if asks {
            let state = self.state();
            (state.condition.clone().or_else(|| state.otherwise.clone()).unwrap_or(Reply::Accept), None)
        } else {
            self.reply_to(path, header("authorization"), body)
        };
        let accepted = || match asks {
            true => json!({ "status": "CONNECTED", "throughput": { "level": "STANDARD" } }).to_string(),
            false => json!({ "messaging_product": "whatsapp", "messages": [{ "id": wamid }] }).to_string(),
        };
        let (status, more, body) = match reply {
            Reply::Accept => (200, String::new(), accepted()),
            Reply::AcceptAfter(gate) => {
                drop(gate.0.acquire().await);
                (200, String::new(), accepted())
            }
            Reply::Drop => return Ok(()),
            Reply::Hang => {
                tokio::time::sleep(Duration::from_secs(600)).await;
                return Ok(());
            }
            Reply::Refuse { http, code, retry_after } => {
                let more = retry_after.map(|seconds| format!("retry-after: {seconds}\r\n")).unwrap_or_default();
                let error = json!({ "error": { "message": format!("(#{code}) refused"), "type": "OAuthException", "code": code, "fbtrace_id": "A1" } });
                (http, more, error.to_string())
            }
            Reply::Raw(status, body) => (status, String::new(), body.to_owned()),
        };
        let head = format!(
            "HTTP/1.1 {status} Answer\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{more}connection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(body.as_bytes()).await?;
        stream.shutdown().await
    }
}

/// A header's text in the head of a request; empty where it is not there.
fn header_of(head: &str, name: &str) -> String {
    let mut lines = head.lines().filter_map(|line| line.split_once(':'));
    lines.find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
}
