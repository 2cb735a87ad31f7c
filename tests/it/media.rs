//! Files: from colleagues and customers, to both, and what is done so that none of them does harm.

#[path = "media/canned.rs"]
mod canned;
#[path = "media/inbound.rs"]
mod inbound;
#[path = "media/outbound.rs"]
mod outbound;
#[path = "media/scan.rs"]
mod scan;
#[path = "media/serve.rs"]
mod serve;
#[path = "media/silent.rs"]
mod silent;
#[path = "media/store.rs"]
mod store;
#[path = "media/upload.rs"]
mod upload;

use serde_json::{Value, json};
use tests::{Client, TestApp, eventually, webhook};
use uuid::Uuid;

const WHO: &str = "15550002222";
const MB: usize = 1024 * 1024;

fn id_of(thing: &Value) -> Uuid {
    thing["id"].as_str().unwrap().parse().unwrap()
}

/// Says something with files.
fn with_files(kind: &str, text: Option<&str>, files: &[&Value]) -> Value {
    let ids: Vec<&Value> = files.iter().map(|file| &file["id"]).collect();
    json!({ "client_id": Uuid::new_v4().to_string(), "kind": kind, "text": text, "media_ids": ids })
}

fn messages(conversation: Uuid) -> String {
    format!("/api/v1/conversations/{conversation}/messages")
}

/// A customer sends a file of this kind that the provider keeps.
async fn sends(app: &TestApp, kind: &str, id: &str, more: Value) -> Uuid {
    let mut body = app.graph.announced(id);
    body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    let message = webhook::message(WHO, &webhook::wamid(), app.unix(), kind, body);
    app.deliver_messages(WHO, &[message]).await.ok_text();
    app.probe.conversation_of(WHO).await
}

/// Waits until the only file of the last message stands as wanted.
async fn becomes(client: &Client, conversation: Uuid, state: &str) -> Value {
    eventually(&format!("the file is {state}"), async || {
        let message = client.messages(conversation).await.pop()?;
        let file = message["attachments"].as_array()?.first()?.clone();
        (file["state"] == state).then_some(file)
    })
    .await
}
