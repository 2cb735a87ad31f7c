//! What a visitor sees. Whatever is not named here, they do not get.

use std::collections::HashMap;

use base::Time;
use connect::channel::{Agent, Collect, MediaKind, Prechat, Side};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    App,
    conversations::{Card, State},
    media::MediaState,
    messages::MessageRow,
};

/// Places of messages within a conversation, in bits: with the conversation's number before it, a place in all a visitor has ever said and
/// heard. Both fit into what a browser's numbers hold.
const SEQ_BITS: u32 = 22;

/// A message's place among all of a visitor's.
pub(super) fn place(number: i64, seq: i64) -> i64 {
    (number << SEQ_BITS) | (seq & ((1 << SEQ_BITS) - 1))
}

/// The conversation's number and the place in it.
pub(super) fn unplace(place: i64) -> (i64, i64) {
    (place >> SEQ_BITS, place & ((1 << SEQ_BITS) - 1))
}

/// Where the photos of colleagues are, by their ids.
pub(super) type Photos = HashMap<Uuid, String>;

/// A message as a visitor sees it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(super) struct Msg {
    /// Its id; of the visitor's own the one that they gave it.
    pub id: Uuid,
    /// Its place: the order everybody sees.
    pub seq: i64,
    /// Who said it: `visitor`, `agent` or `system`.
    pub from: &'static str,
    /// The colleague who did.
    pub agent: Option<Agent>,
    /// `text`, `media`, `location`, `choices` or `notice`.
    pub r#type: &'static str,
    /// The words.
    pub text: Option<String>,
    /// A file.
    pub media: Option<File>,
    /// A place.
    #[schemars(with = "Option<Value>")]
    pub location: Option<Value>,
    /// What there is to tap.
    pub choices: Option<Vec<Choice>>,
    /// What it answers.
    pub reply_to: Option<Quoted>,
    /// Emoji on it.
    pub reactions: Vec<Emoji>,
    /// What became of the visitor's own.
    pub status: Option<&'static str>,
    /// When it was said.
    pub at: Time,
    /// When its words were last changed.
    pub edited_at: Option<Time>,
    /// Whether it was taken back.
    pub deleted: bool,
}

/// A file as a visitor sees it. Why it is not there is for colleagues to know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct File {
    /// As what it is shown.
    pub kind: MediaKind,
    /// What it is called.
    pub name: String,
    /// What its bytes are.
    pub mime_type: Option<String>,
    /// How many bytes it has.
    pub size: Option<i64>,
    /// Width of a picture or film, in pixels.
    pub width: Option<i32>,
    /// Its height.
    pub height: Option<i32>,
    /// Where it lies, for an hour at least; `null` unless it is ready.
    pub url: Option<String>,
    /// A small picture of it.
    pub thumbnail_url: Option<String>,
    /// `pending`, `ready`, `failed` or `blocked`.
    pub state: MediaState,
}

/// A ready answer.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
pub(super) struct Choice {
    /// What the answer names it by.
    pub id: String,
    /// What stands on it.
    pub title: String,
    /// A second line.
    pub description: Option<String>,
}

/// What a message answers.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(super) struct Quoted {
    /// The message, where it is known.
    pub id: Option<Uuid>,
    /// One line of it.
    pub text: Option<String>,
}

/// An emoji on a message.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(super) struct Emoji {
    /// The emoji.
    pub emoji: String,
    /// `visitor` or `agent`.
    pub by: &'static str,
}

/// A visitor's conversation.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(super) struct Conv {
    /// Its id.
    pub id: Uuid,
    /// `open` or `closed`.
    pub state: &'static str,
    /// Who has it.
    pub agent: Option<Agent>,
    /// How many are before them in the queue, if that is known.
    pub waiting_position: Option<i64>,
}

/// What a page shows before anybody says anything.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct PageConfig {
    /// What stands on top.
    pub title: String,
    /// The one colour.
    pub accent: String,
    /// The letters on it.
    pub accent_text: &'static str,
    /// On which side of the page.
    pub position: Side,
    /// Whether it says what it is made with.
    pub branding: bool,
    /// The language of the texts.
    pub language: String,
    /// `ltr` or `rtl`.
    pub direction: &'static str,
    /// Words that stand instead of the widget's own, by their places.
    pub texts: std::collections::BTreeMap<String, String>,
    /// What people are asked before they write.
    pub prechat: Prechat,
    /// What may be noted of a visit; the rest need not be told.
    pub collect: Collect,
    /// Whether files are taken, and which.
    pub upload: UploadView,
    /// Whether somebody is there.
    pub online: bool,
    /// How long an answer usually takes.
    pub reply_time_minutes: Option<i64>,
    /// Some of those who are there.
    pub agents: Vec<Agent>,
}

/// Which files are taken.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct UploadView {
    /// Whether any.
    pub on: bool,
    /// The largest, in bytes.
    pub max_bytes: u64,
    /// Their MIME types.
    pub mime_types: Vec<&'static str>,
}

impl Msg {
    /// Makes it of a row, whose conversation has this number.
    pub fn of_row(app: &App, row: &MessageRow, number: i64, photos: &Photos) -> Option<Self> {
        let view = serde_json::to_value(row.view(app)).ok()?;
        let id = row.external_id.as_deref().filter(|_| row.direction == "in").and_then(own_id);
        let msg = Self::of(&view, number, photos)?;
        Some(Self { id: id.unwrap_or(msg.id), ..msg })
    }

    /// Makes it of a message as the API shows it to colleagues (`messages::MessageView` as JSON: as it stands in events too). `None`: not for
    /// visitors.
    pub fn of(message: &Value, number: i64, photos: &Photos) -> Option<Self> {
        let text = |name: &str| message[name].as_str();
        if text("kind") != Some("reply") {
            return None;
        }
        let (direction, author) = (text("direction")?, &message["author"]);
        let from = match (direction, author["type"].as_str()?) {
            ("in", _) => "visitor",
            (_, "user") => "agent",
            _ => "system",
        };
        let agent = (from == "agent").then(|| Agent {
            name: author["name"].as_str().unwrap_or_default().to_owned(),
            photo_url: author["id"].as_str().and_then(|id| photos.get(&id.parse().ok()?)).cloned(),
        });
        let content = &message["content"];
        let deleted = !message["revoked_at"].is_null();
        let kind = match content["type"].as_str()? {
            "media" => "media",
            "location" => "location",
            "buttons" | "list" => "choices",
            "notice" | "unsupported" => "notice",
            _ => "text",
        };
        // What is taken back is gone, whatever colleagues still see.
        let shown = |value: Option<&str>| value.filter(|_| !deleted).map(str::to_owned);
        let words = text("text").or_else(|| (kind == "notice").then(|| text("preview")).flatten());
        let file = || File::deserialize(message["attachments"].get(0)?).ok();
        let place_of = |content: &Value| {
            serde_json::json!({ "latitude": content["latitude"], "longitude": content["longitude"], "name": content["name"],
                "address": content["address"] })
        };
        let quoted = message["reply_to"].as_object().map(|quote| Quoted {
            id: quote.get("id").and_then(Value::as_str).and_then(|id| id.parse().ok()),
            text: quote.get("preview").and_then(Value::as_str).map(str::to_owned),
        });
        let reactions = message["reactions"].as_array().into_iter().flatten().filter_map(|r| {
            let by = if r["by"] == "contact" { "visitor" } else { "agent" };
            Some(Emoji { emoji: r["emoji"].as_str()?.to_owned(), by })
        });
        Some(Self {
            id: text("id")?.parse().ok()?,
            seq: place(number, message["seq"].as_i64()?),
            from,
            agent,
            r#type: kind,
            text: shown(words),
            media: (kind == "media" && !deleted).then(file).flatten(),
            location: (kind == "location" && !deleted).then(|| place_of(content)),
            choices: (kind == "choices" && !deleted).then(|| choices(content)),
            reply_to: quoted,
            reactions: reactions.collect(),
            status: (from == "visitor").then_some("sent"),
            at: time(&message["created_at"])?,
            edited_at: time(&message["edited_at"]),
            deleted,
        })
    }
}

/// The ready answers of a question: its buttons, or the rows of all parts of its list.
fn choices(content: &Value) -> Vec<Choice> {
    let listed = content["sections"].as_array().into_iter().flatten().flat_map(|section| section["rows"].as_array());
    let all = content["buttons"].as_array().into_iter().chain(listed).flatten();
    all.filter_map(|choice| Choice::deserialize(choice).ok()).collect()
}

/// The id a visitor gave a message of theirs, out of the one it has at the channel.
fn own_id(external_id: &str) -> Option<Uuid> {
    external_id.rsplit_once('/').and_then(|(_, id)| id.parse().ok())
}

/// A message's id at the channel: no visitor can use that of another.
pub(super) fn external_id(visitor: &str, id: Uuid) -> String {
    format!("{visitor}/{id}")
}

fn time(value: &Value) -> Option<Time> {
    value.as_str().and_then(|text| chrono::DateTime::parse_from_rfc3339(text).ok()).map(|at| at.to_utc())
}

/// The colleagues a message names, whose photos are wanted.
pub(super) fn author_of(message: &Value) -> Option<Uuid> {
    message["author"]["id"].as_str().filter(|_| message["author"]["type"] == "user")?.parse().ok()
}

impl Conv {
    /// A conversation as its visitor sees it.
    pub fn of(card: &Card, photos: &Photos) -> Self {
        let closed = card.state == State::Closed.as_str();
        let agent = card
            .assignee_id
            .filter(|_| !closed)
            .map(|id| Agent { name: card.assignee_name.clone().unwrap_or_default(), photo_url: photos.get(&id).cloned() });
        Self { id: card.id, state: if closed { "closed" } else { "open" }, agent, waiting_position: None }
    }
}

/// Which way a language is written.
pub(super) fn direction(language: &str) -> &'static str {
    match language.split('-').next() {
        Some("ar" | "he" | "fa" | "ur" | "ps" | "sd" | "yi" | "dv" | "ckb") => "rtl",
        _ => "ltr",
    }
}

/// The language of a page's texts: the one asked for, else one of the same kind, else the first.
pub(super) fn language<'a>(asked: Option<&str>, spoken: &'a [String]) -> &'a str {
    let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
    let root = |name: &str| name.split('-').next().unwrap_or_default().to_ascii_lowercase();
    let found = asked.and_then(|asked| {
        spoken.iter().find(|one| same(one, asked)).or_else(|| spoken.iter().find(|one| root(one) == root(asked)))
    });
    found.or(spoken.first()).map_or("en", String::as_str)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    proptest! {
        #[test]
        fn places_keep_their_order_and_come_back(a in (1i64..1 << 30, 1i64..1 << 22), b in (1i64..1 << 30, 1i64..1 << 22)) {
            prop_assert_eq!(unplace(place(a.0, a.1)), a);
            prop_assert_eq!(place(a.0, a.1).cmp(&place(b.0, b.1)), a.cmp(&b));
            prop_assert!(place(a.0, a.1) < 1 << 53);
        }

        #[test]
        fn any_number_may_be_shown(place in any::<i64>()) {
            let (_, seq) = unplace(place);
            prop_assert!(seq >= 0);
        }
    }

    fn message() -> Value {
        json!({ "id": Uuid::nil(), "seq": 3, "direction": "out", "kind": "reply", "author": { "type": "user", "id": Uuid::max(), "name": "Kim" },
            "content": { "type": "text", "text": "Hi" }, "text": "Hi", "preview": "Hi", "created_at": "2026-01-01T00:00:00Z",
            "reactions": [{ "emoji": "👍", "by": "contact", "author_name": "Ana" }], "mentions": [{ "id": 1 }], "client_id": "c" })
    }

    #[test]
    fn a_visitor_sees_what_was_said_and_no_more() {
        let photos = Photos::from([(Uuid::max(), "https://max.example/p".to_owned())]);
        let msg = Msg::of(&message(), 7, &photos).unwrap();
        assert_eq!((msg.seq, msg.from, msg.text.as_deref()), (place(7, 3), "agent", Some("Hi")));
        assert_eq!(msg.agent, Some(Agent { name: "Kim".into(), photo_url: Some("https://max.example/p".into()) }));
        let shown = serde_json::to_string(&msg).unwrap();
        for hidden in [&Uuid::max().to_string(), "mentions", "author_name", "Ana"] {
            assert!(!shown.contains(hidden), "{hidden} in {shown}");
        }
    }

    #[test]
    fn a_file_is_shown_without_what_colleagues_know_of_it() {
        let mut said = message();
        said["content"] = json!({ "type": "media", "kind": "image", "external_id": "upload:1" });
        said["attachments"] = json!([{ "id": Uuid::max(), "kind": "image", "name": "a.png", "mime_type": "image/png", "size": 9, "width": 3,
            "height": 2, "voice": false, "animated": false, "duration_ms": null, "url": null, "thumbnail_url": null, "state": "blocked",
            "error": { "code": "virus", "message": "Eicar" } }]);
        let msg = Msg::of(&said, 7, &Photos::new()).unwrap();
        let file = msg.media.clone().unwrap();
        assert_eq!((msg.r#type, file.name.as_str(), file.state, file.width), ("media", "a.png", MediaState::Blocked, Some(3)));
        let shown = serde_json::to_string(&msg).unwrap();
        assert!(!shown.contains("Eicar") && !shown.contains(&Uuid::max().to_string()) && !shown.contains("upload:"), "{shown}");
        said["revoked_at"] = "2026-01-01T00:00:01Z".into();
        assert_eq!(Msg::of(&said, 7, &Photos::new()).unwrap().media, None);
    }

    #[test]
    fn questions_come_with_their_answers() {
        let mut buttons = message();
        buttons["content"] =
            json!({ "type": "buttons", "text": "Hi", "buttons": [{ "id": "y", "title": "Yes" }, { "id": "n", "title": "No" }] });
        let titles = |message: &Value| {
            let msg = Msg::of(message, 7, &Photos::new()).unwrap();
            assert_eq!((msg.r#type, msg.text.as_deref()), ("choices", Some("Hi")));
            msg.choices.unwrap().into_iter().map(|choice| (choice.title, choice.description)).collect::<Vec<_>>()
        };
        assert_eq!(titles(&buttons), [("Yes".to_owned(), None), ("No".to_owned(), None)]);
        let mut list = message();
        list["content"] = json!({ "type": "list", "text": "Hi", "button": "Open", "sections": [
            { "title": "A", "rows": [{ "id": "1", "title": "One", "description": "first" }] }, { "title": "B", "rows": [{ "id": "2", "title": "Two" }] } ] });
        assert_eq!(titles(&list), [("One".to_owned(), Some("first".to_owned())), ("Two".to_owned(), None)]);
    }

    #[test]
    fn notes_are_not_for_visitors_and_what_was_taken_back_is_gone() {
        let mut note = message();
        note["kind"] = "note".into();
        assert_eq!(Msg::of(&note, 7, &Photos::new()), None);
        let mut revoked = message();
        revoked["revoked_at"] = "2026-01-01T00:00:01Z".into();
        let msg = Msg::of(&revoked, 7, &Photos::new()).unwrap();
        assert!(msg.deleted && msg.text.is_none());
    }

    #[test]
    fn languages_are_found_by_their_kind() {
        let spoken = ["en", "pt-BR", "ar"].map(str::to_owned);
        for (asked, found) in
            [(Some("pt"), "pt-BR"), (Some("PT-br"), "pt-BR"), (Some("ar-EG"), "ar"), (Some("xx"), "en"), (None, "en")]
        {
            assert_eq!(language(asked, &spoken), found);
        }
        assert_eq!((direction("ar-EG"), direction("pt-BR")), ("rtl", "ltr"));
    }
}
