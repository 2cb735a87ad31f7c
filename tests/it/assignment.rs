//! Who has a conversation, and what they do with it.

#[path = "assignment/closing.rs"]
mod closing;
#[path = "assignment/giving.rs"]
mod giving;
#[path = "assignment/races.rs"]
mod races;
#[path = "assignment/snoozing.rs"]
mod snoozing;

use serde_json::Value;
use tests::Client;
use uuid::Uuid;

/// The records of who had a conversation, as `rule from to by`, by first names; `-` is nobody.
async fn records(client: &Client, id: Uuid) -> Vec<String> {
    let items = client.get(&format!("/api/v1/conversations/{id}/assignments")).await.ok()["items"].as_array().unwrap().clone();
    let first = |who: &Value| who["name"].as_str().map_or("-", |name| name.split(' ').next().unwrap()).to_owned();
    items
        .iter()
        .map(|r| format!("{} {} {} {}", r["rule"].as_str().unwrap(), first(&r["from"]), first(&r["to"]), first(&r["by"])))
        .collect()
}
