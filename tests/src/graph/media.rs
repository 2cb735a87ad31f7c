//! The provider's side of files: what customers sent can be asked for and downloaded, with everything that may go wrong on the way; what the
//! business uploads is kept and named by an id.

use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::{io::AsyncWriteExt, net::TcpStream};

use super::{Gate, Graph, header_of};
use crate::eventually;

/// What goes wrong with one try to have a file.
#[derive(Debug, Clone)]
pub enum Trouble {
    /// The question where it lies is refused with this status and Meta's code.
    Asked(u16, i64),
    /// The question where it lies is never answered.
    Silent,
    /// The question is answered with something that is no answer.
    Nonsense,
    /// The address has run out by the time it is used.
    RunOut,
    /// Half of the bytes come, then nothing, and the line is dead.
    Cut,
    /// The first half of the bytes comes, the other when the gate opens.
    Held(Gate),
    /// Other bytes come than were announced.
    Others(Vec<u8>),
    /// It is said to be this large.
    Announced(u64),
    /// It is said to lie at this address.
    Elsewhere(String),
}

/// A call about a file.
#[derive(Debug, Clone)]
pub struct FileCall {
    /// When.
    pub at: Instant,
    /// `GET` or `POST`.
    pub method: String,
    /// The request line's address.
    pub path: String,
    /// The `Authorization` header.
    pub authorization: String,
}

/// A file that the business uploaded.
#[derive(Debug, Clone)]
pub struct Uploaded {
    /// The id it got.
    pub id: String,
    /// The form's `type`.
    pub mime_type: String,
    /// The whole form.
    pub form: Vec<u8>,
}

impl Uploaded {
    /// Whether the form holds these bytes in one piece.
    pub fn holds(&self, bytes: &[u8]) -> bool {
        self.form.windows(bytes.len()).any(|window| window == bytes)
    }
}

#[derive(Default)]
pub(super) struct Files {
    kept: HashMap<String, (String, Vec<u8>)>,
    troubles: HashMap<String, VecDeque<Trouble>>,
    under_way: HashMap<String, Trouble>,
    calls: Vec<FileCall>,
    uploads: Vec<Uploaded>,
    refusals: VecDeque<(u16, i64)>,
    tries: u64,
}

pub(super) fn is_about_files(method: &str, path: &str) -> bool {
    let last = path.split('?').next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    // Who asks where a file lies names the number, and nobody else does.
    let asks = method == "GET" && path.contains("?phone_number_id=");
    asks || path.starts_with("/files/") || (method == "POST" && last == "media")
}

impl Graph {
    /// A file that a customer sent; its id.
    pub fn keep(&self, number: u32, mime_type: &str, bytes: impl Into<Vec<u8>>) -> String {
        let id = format!("9900{number}");
        self.state().files.kept.insert(id.clone(), (mime_type.to_owned(), bytes.into()));
        id
    }

    /// The media part of a customer's message, as the webhook has it.
    pub fn announced(&self, id: &str) -> Value {
        let state = self.state();
        let (mime_type, bytes) = &state.files.kept[id];
        let digest = base64_of(&Sha256::digest(bytes));
        json!({ "id": id, "mime_type": mime_type, "sha256": digest })
    }

    /// What goes wrong with the next tries to have this file, in order.
    pub fn trouble(&self, id: &str, troubles: impl IntoIterator<Item = Trouble>) {
        self.state().files.troubles.entry(id.to_owned()).or_default().extend(troubles);
    }

    /// Nothing goes wrong any more with the file of this number.
    pub fn forgive(&self, number: u32) {
        self.state().files.troubles.remove(&format!("9900{number}"));
    }

    /// The provider has lost this file.
    pub fn lose(&self, id: &str) {
        self.state().files.kept.remove(id);
    }

    /// The next uploads are refused with this status and Meta's code.
    pub fn refuse_uploads(&self, refusals: impl IntoIterator<Item = (u16, i64)>) {
        self.state().files.refusals.extend(refusals);
    }

    /// The calls about files so far.
    pub fn file_calls(&self) -> Vec<FileCall> {
        self.state().files.calls.clone()
    }

    /// What the business has uploaded.
    pub fn uploads(&self) -> Vec<Uploaded> {
        self.state().files.uploads.clone()
    }

    /// Waits until it has uploaded so many files.
    pub async fn wait_for_uploads(&self, count: usize) -> Vec<Uploaded> {
        eventually(&format!("{count} uploads"), async || Some(self.uploads()).filter(|uploads| uploads.len() >= count)).await
    }

    pub(super) async fn serve_file(
        &self,
        mut stream: TcpStream,
        method: &str,
        path: &str,
        head: &str,
        body: &[u8],
    ) -> std::io::Result<()> {
        let call = FileCall {
            at: Instant::now(),
            method: method.to_owned(),
            path: path.to_owned(),
            authorization: header_of(head, "authorization"),
        };
        self.state().files.calls.push(call);
        if method == "POST" {
            let (status, body) = self.take_upload(body);
            return answer(&mut stream, status, &body.to_string()).await;
        }
        let id = path.split('?').next().unwrap_or_default().rsplit('/').next().unwrap_or_default().to_owned();
        if path.starts_with("/files/") {
            return self.download(stream, &id).await;
        }
        if self.is_silent(&id) {
            tokio::time::sleep(Duration::from_secs(600)).await;
            return Ok(());
        }
        let (status, body) = self.describe(&id);
        answer(&mut stream, status, &body).await
    }

    fn take_upload(&self, form: &[u8]) -> (u16, Value) {
        let mut state = self.state();
        if let Some((status, code)) = state.files.refusals.pop_front() {
            return (status, refusal(code));
        }
        let id = format!("88{:06}", state.files.uploads.len());
        let text = String::from_utf8_lossy(form);
        let after = text.split("name=\"type\"\r\n\r\n").nth(1).unwrap_or_default();
        let mime_type = after.split("\r\n").next().unwrap_or_default().to_owned();
        state.files.uploads.push(Uploaded { id: id.clone(), mime_type, form: form.to_vec() });
        (200, json!({ "id": id }))
    }

    fn is_silent(&self, id: &str) -> bool {
        let mut state = self.state();
        let troubles = state.files.troubles.get_mut(id);
        troubles.and_then(|troubles| troubles.pop_front_if(|next| matches!(next, Trouble::Silent))).is_some()
    }

    fn describe(&self, id: &str) -> (u16, String) {
        let mut state = self.state();
        let files = &mut state.files;
        files.tries += 1;
        let trouble = files.troubles.get_mut(id).and_then(VecDeque::pop_front);
        let Some((mime_type, bytes)) = files.kept.get(id) else { return (404, refusal(100).to_string()) };
        let mut info = json!({
            "messaging_product": "whatsapp",
            "url": format!("http://{}/files/{}/{id}", self.address, files.tries),
            "mime_type": mime_type,
            "sha256": hex::encode(Sha256::digest(bytes)),
            "file_size": bytes.len().to_string(),
            "id": id,
        });
        match &trouble {
            Some(Trouble::Asked(status, code)) => return (*status, refusal(*code).to_string()),
            Some(Trouble::Nonsense) => return (200, "<html>Sorry</html>".to_owned()),
            Some(Trouble::Announced(size)) => info["file_size"] = (*size).into(),
            Some(Trouble::Elsewhere(url)) => info["url"] = url.as_str().into(),
            _ => {}
        }
        if let Some(trouble) = trouble {
            files.under_way.insert(id.to_owned(), trouble);
        }
        (200, info.to_string())
    }

    async fn download(&self, mut stream: TcpStream, id: &str) -> std::io::Result<()> {
        let (found, trouble) = {
            let mut state = self.state();
            (state.files.kept.get(id).cloned(), state.files.under_way.remove(id))
        };
        let Some((mime_type, bytes)) = found else { return answer(&mut stream, 404, "no").await };
        if matches!(trouble, Some(Trouble::RunOut)) {
            return answer(&mut stream, 404, "no such address").await;
        }
        let bytes = match &trouble {
            Some(Trouble::Others(others)) => others.clone(),
            _ => bytes,
        };
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: {mime_type}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            bytes.len()
        );
        stream.write_all(head.as_bytes()).await?;
        let (first, second) = bytes.split_at(bytes.len() / 2);
        stream.write_all(first).await?;
        match trouble {
            Some(Trouble::Cut) => return stream.shutdown().await,
            Some(Trouble::Held(gate)) => drop(gate.0.acquire().await),
            _ => {}
        }
        stream.write_all(second).await?;
        stream.shutdown().await
    }
}

async fn answer(stream: &mut TcpStream, status: u16, body: &str) -> std::io::Result<()> {
    let head = format!(
        "HTTP/1.1 {status} Answer\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
}

fn refusal(code: i64) -> Value {
    json!({ "error": { "message": format!("(#{code}) refused"), "type": "OAuthException", "code": code, "fbtrace_id": "A1" } })
}

fn base64_of(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::prelude::BASE64_STANDARD.encode(bytes)
}
