//! What the app says, as it should look: the JSON Schema of the protocol is made of these types and of those in `protocol.rs`. The page for
//! the company's developers, the examples and this agree, or a test fails.

#![expect(dead_code, reason = "these types are read for their shape")]

use std::collections::BTreeMap;

use schemars::{JsonSchema, schema_for};
use serde::Deserialize;

use super::{super::protocol::ToApp, *};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/channels/chat-app.schema.json");
const PAGE: &str = include_str!("../../../../../../docs/channels/chat-app.md");

/// Both directions of the protocol between MAX and a company's own app.
#[derive(JsonSchema)]
struct Protocol {
    /// The body of a call to MAX.
    to_max: ToMax,
    /// The body of a call to the callback address.
    to_app: ToApp,
    /// The body of an answer to such a call, if it has one.
    answer: Answer,
}

/// One event, or up to 1,000 of them.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum ToMax {
    Several { events: Vec<MaxEvent> },
    One(Box<MaxEvent>),
}

/// Something that happened in the app.
#[derive(Deserialize, JsonSchema)]
struct MaxEvent {
    /// When; RFC 3339.
    timestamp: Option<Time>,
    #[serde(flatten)]
    event: Said,
}

#[derive(Deserialize, JsonSchema)]
#[serde(tag = "type", content = "data", deny_unknown_fields)]
enum Said {
    /// A user wrote.
    #[serde(rename = "message.created")]
    Created(Box<Created>),
    /// A user put an emoji on a message, or took it back.
    #[serde(rename = "message.reaction")]
    Reaction { id: Option<String>, message_id: String, user: ById, emoji: Option<String> },
    /// A user changed what a message of theirs says.
    #[serde(rename = "message.edited")]
    Edited { id: Option<String>, message_id: String, user: ById, text: String },
    /// A user took a message back.
    #[serde(rename = "message.deleted")]
    Deleted { id: Option<String>, message_id: String, user: ById },
    /// Something became of a message from MAX.
    #[serde(rename = "message.status")]
    Status { message_id: String, status: Status, at: Option<Time>, error: Option<Failure> },
    /// A user types; `on: false` when they stopped.
    #[serde(rename = "typing")]
    Typing { user: ById, on: Option<bool> },
    /// A user has seen everything that was said until then.
    #[serde(rename = "conversation.read")]
    Read { user: ById, at: Option<Time> },
    /// What the app knows of a user.
    #[serde(rename = "user.updated")]
    Updated { user: User },
}

/// A message. It says one of text, media, choice and location; text beside media is its caption.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Created {
    /// The app's id of the message. The same id again is the same message.
    id: String,
    user: User,
    text: Option<String>,
    media: Option<File>,
    choice: Option<Choice>,
    location: Option<Place>,
    /// The message it answers, by MAX's id or the app's.
    reply_to: Option<String>,
    sent_at: Option<Time>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ById {
    /// The company's own id of the user.
    id: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct User {
    /// The company's own id of the user.
    id: String,
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    language: Option<String>,
    /// Details by their keys: text, number, boolean or null.
    attributes: Option<BTreeMap<String, Value>>,
    /// The same, as the company has verified them.
    verified_attributes: Option<BTreeMap<String, Value>>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct File {
    /// Where MAX fetches it.
    url: Option<String>,
    /// Instead: MAX's id of a file that this user uploaded over the visitors' addresses.
    id: Option<String>,
    mime_type: Option<String>,
    name: Option<String>,
    size: Option<u64>,
    sha256: Option<String>,
    caption: Option<String>,
    voice: Option<bool>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Choice {
    id: String,
    title: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Place {
    latitude: f64,
    longitude: f64,
    name: Option<String>,
    address: Option<String>,
    url: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Status {
    Sent,
    Delivered,
    Read,
    Failed,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Failure {
    code: Option<String>,
    message: Option<String>,
}

/// The app took it.
#[derive(Deserialize, JsonSchema)]
struct Answer {
    /// The app's own id of the message, if it wants to speak of it by that.
    id: Option<String>,
}

#[test]
fn the_schema_is_the_one_that_is_published() {
    let made = format!("{}\n", serde_json::to_string_pretty(&schema_for!(Protocol)).unwrap());
    if std::env::var_os("INSTA_UPDATE").is_some_and(|how| how == "always") {
        std::fs::write(FILE, &made).unwrap();
    }
    let published = std::fs::read_to_string(FILE).unwrap_or_default();
    assert!(made == published, "{FILE} is stale: INSTA_UPDATE=always cargo nextest run -p connect schema");
}

#[test]
fn the_examples_look_as_the_schema_says() {
    for name in ["text", "full", "media", "choice", "location", "reaction", "edit_delete", "presence", "profile"] {
        serde_json::from_str::<ToMax>(fixture(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    }
}

#[test]
fn the_page_names_every_event() {
    for kind in [
        "message.created",
        "message.reaction",
        "message.edited",
        "message.deleted",
        "message.status",
        "typing",
        "conversation.read",
        "user.updated",
        "conversation.opened",
        "conversation.assigned",
        "conversation.closed",
        "ping",
    ] {
        assert!(PAGE.contains(&format!("`{kind}`")), "docs/channels/chat-app.md does not name {kind}");
    }
}
