//! A delivery, taken apart: one event, or a list of them. Each becomes one element (a message that also tells about its sender: two),
//! whatever its neighbours look like.

use base::{Pii, Time};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    super::{
        Content, DeliveryStatus, Element, ElementBody, InboundMessage, Profile, ProviderError, ReadMark, Sender, StatusUpdate,
        Typing,
    },
    content, page,
    protocol::{PAGE, SOURCE},
    wire::{self, LINE, NAME, TEXT, Wire},
};

/// Where no words about a person stand.
pub(super) const PLAIN_KEYS: &[&str] =
    &["type", "timestamp", "source", "id", "message_id", "status", "at", "sent_at", "code", "mime_type", "size", "sha256", "on"];

/// Most further details of a person that are read.
const MAX_ATTRIBUTES: usize = 100;

/// Reads a delivery. Always gives at least one element.
pub(super) fn delivery(body: &[u8]) -> Vec<Element> {
    let root = match wire::read(body) {
        Ok(root) => root,
        Err(e) => return vec![unreadable(&format!("the body is not JSON: {e}"))],
    };
    let mut elements = Vec::new();
    match Wire::new(&root).get("events") {
        Some(Value::Array(events)) if events.is_empty() => elements.push(ignored("the delivery is empty")),
        Some(Value::Array(events)) => events.iter().for_each(|e| event(e, &mut elements)),
        Some(_) => elements.push(unreadable("events is not a list")),
        None => event(&root, &mut elements),
    }
    elements
}

fn event(value: &Value, elements: &mut Vec<Element>) {
    let event = Wire::new(value);
    let Some(kind) = event.word("type", NAME) else {
        return elements.push(unreadable("an event does not name its type"));
    };
    // Both ways are signed with one secret: what we said ourselves proves nothing about a customer.
    let source = event.word("source", NAME);
    if source.as_deref() == Some(SOURCE) {
        return elements.push(ignored(&format!("{kind}: MAX said this itself")));
    }
    let read: fn(&Heard<'_>) -> ElementBody = match kind.as_str() {
        "message.created" => message,
        "message.reaction" => reaction,
        "message.edited" => edited,
        "message.deleted" => deleted,
        "message.status" => status,
        "typing" => typing,
        "conversation.read" => seen,
        "user.updated" => profile,
        other => return elements.push(ignored(&format!("{other}: MAX does not act on this type of event"))),
    };
    let Some(data) = event.object("data") else {
        return elements.push(unreadable(&format!("{kind} has no data")));
    };
    let heard = Heard { value, data, at: event.moment("timestamp"), from_page: source.as_deref() == Some(PAGE) };
    let body = read(&heard);
    // A message may bring along what the app knows of its sender.
    let about = match &body {
        ElementBody::Message(message) => data.object("user").and_then(|user| told(user, &message.sender, heard.from_page)),
        _ => None,
    };
    elements.push(Element { account: None, body });
    elements.extend(about.map(|profile| Element { account: None, body: ElementBody::Profile(Box::new(profile)) }));
}

/// An event and what all of them have.
struct Heard<'a> {
    value: &'a Value,
    data: Wire<'a>,
    at: Option<Time>,
    /// MAX wrote it down for somebody on a page.
    from_page: bool,
}

impl Heard<'_> {
    /// Under what id it is kept: its own, else one that the same event has again when it is repeated.
    fn id(&self) -> String {
        let digest = || hex::encode(&Sha256::digest(self.value.to_string())[..16]);
        self.data.id("id").unwrap_or_else(|| format!("event_{}", digest()))
    }

    fn message(&self, sender: Sender, content: Content, opens_window: bool) -> ElementBody {
        ElementBody::Message(Box::new(InboundMessage {
            external_id: self.id(),
            sender,
            sent_at: self.data.moment("sent_at").or(self.at),
            content,
            reply_to: self.data.id("reply_to"),
            forwarded: false,
            referral: None,
            opens_window,
        }))
    }

    /// The user an event is about.
    fn sender(&self) -> Result<Sender, &'static str> {
        let user = self.data.object("user").filter(|user| user.id("id").is_some());
        user.and_then(|user| sender(user, self.from_page))
            .ok_or("an event does not say which user it is about: data.user.id is missing")
    }

    /// The message an event is about.
    fn target(&self) -> Result<String, &'static str> {
        self.data.id("message_id").ok_or("an event does not say which message it is about: data.message_id is missing")
    }
}

fn lost(reason: &str) -> ElementBody {
    ElementBody::Unreadable(wire::clean(reason, LINE))
}

fn sender(user: Wire<'_>, from_page: bool) -> Option<Sender> {
    let phone = user.word("phone", NAME).and_then(|p| phone(&p));
    let external_id = page::identity(&user.id("id")?, from_page);
    Some(Sender {
        external_id,
        aliases: Vec::new(),
        phone: phone.map(Pii),
        name: user.word("name", NAME).map(Pii),
        username: None,
    })
}

/// Digits with a leading `+`; `None` for what is no phone number.
fn phone(number: &str) -> Option<String> {
    let digits: String = number.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.' | '+')).collect();
    ((5..=20).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())).then(|| format!("+{digits}"))
}

fn message(heard: &Heard<'_>) -> ElementBody {
    if heard.data.id("id").is_none() {
        return lost("a message has no id");
    }
    match heard.sender() {
        Ok(sender) => heard.message(sender, content::read(heard.data), true),
        Err(why) => lost(why),
    }
}

fn about_message(heard: &Heard<'_>, content: impl FnOnce(String) -> Content) -> ElementBody {
    match (heard.sender(), heard.target()) {
        (Ok(sender), Ok(target)) => heard.message(sender, content(target), false),
        (Err(why), _) | (_, Err(why)) => lost(why),
    }
}

fn reaction(heard: &Heard<'_>) -> ElementBody {
    let emoji = heard.data.word("emoji", 64);
    about_message(heard, |to| Content::Reaction { to, emoji })
}

fn edited(heard: &Heard<'_>) -> ElementBody {
    let text = heard.data.word("text", TEXT);
    about_message(heard, |of| Content::Edit { of, text })
}

fn deleted(heard: &Heard<'_>) -> ElementBody {
    about_message(heard, |of| Content::Revoke { of })
}

fn status(heard: &Heard<'_>) -> ElementBody {
    let external_id = match heard.target() {
        Ok(target) => target,
        Err(why) => return lost(why),
    };
    let (status, error) = match heard.data.word("status", NAME).as_deref() {
        Some("sent") => (DeliveryStatus::Sent, None),
        Some("delivered") => (DeliveryStatus::Delivered, None),
        Some("read") => (DeliveryStatus::Read, None),
        Some("failed") => (DeliveryStatus::Failed, Some(failure(heard.data))),
        Some(other) => return ElementBody::Ignored(format!("the status {other:?} has no meaning in MAX")),
        None => return lost("an event does not name the message's status"),
    };
    // The app may speak of a message by our id or by the one it gave it.
    let our_id = Uuid::parse_str(&external_id).ok();
    let at = heard.data.moment("at").or(heard.at);
    ElementBody::Status(StatusUpdate { external_id, our_id, status, at, error })
}

/// Why the app could not deliver, in its own words where it has any.
fn failure(data: Wire<'_>) -> ProviderError {
    let error = data.object("error");
    let said = error.and_then(|e| e.word("message", LINE)).or_else(|| data.word("error", LINE));
    ProviderError {
        code: error.and_then(|e| e.word("code", NAME)).unwrap_or_else(|| "failed".to_owned()),
        message: "The app could not deliver this message to the customer.".to_owned(),
        detail: said,
    }
}

fn typing(heard: &Heard<'_>) -> ElementBody {
    let on = heard.data.get("on").is_none() || heard.data.flag("on");
    match heard.sender() {
        Ok(sender) => ElementBody::Typing(Typing { external_id: sender.external_id, on }),
        Err(why) => lost(why),
    }
}

fn seen(heard: &Heard<'_>) -> ElementBody {
    let at = heard.data.moment("at").or(heard.at);
    match heard.sender() {
        Ok(sender) => {
            let read = heard.data.word("status", NAME).as_deref() != Some("delivered");
            ElementBody::Read(ReadMark { external_id: sender.external_id, at, read, shown: heard.from_page })
        }
        Err(why) => lost(why),
    }
}

fn profile(heard: &Heard<'_>) -> ElementBody {
    let sender = match heard.sender() {
        Ok(sender) => sender,
        Err(why) => return lost(why),
    };
    let claimed = heard.from_page && !heard.data.flag("verified");
    let told = heard.data.object("user").and_then(|user| told(user, &sender, claimed));
    let profile = told.unwrap_or(Profile { sender, email: None, attributes: Map::new(), claimed });
    ElementBody::Profile(Box::new(profile))
}

/// What is told of a user beside their name and number; `None` where nothing is. What the company's server says holds, so a verified
/// detail stands before one that is only said.
fn told(user: Wire<'_>, sender: &Sender, claimed: bool) -> Option<Profile> {
    let email = user.word("email", NAME).filter(|e| e.contains('@'));
    let mut attributes = Map::new();
    if let Some(language) = user.word("language", NAME) {
        attributes.insert("language".to_owned(), language.into());
    }
    for group in ["attributes", "verified_attributes"] {
        let Some(Value::Object(details)) = user.0.get(group) else { continue };
        for (key, value) in details.iter().take(MAX_ATTRIBUTES) {
            let value = match value {
                Value::String(text) => Value::String(wire::clean(text, LINE)),
                Value::Number(_) | Value::Bool(_) | Value::Null => value.clone(),
                Value::Array(_) | Value::Object(_) => continue,
            };
            attributes.insert(wire::clean(key, NAME), value);
        }
    }
    let any = email.is_some() || !attributes.is_empty();
    any.then(|| Profile { sender: sender.clone(), email: email.map(Pii), attributes, claimed })
}

fn ignored(reason: &str) -> Element {
    Element { account: None, body: ElementBody::Ignored(wire::clean(reason, LINE)) }
}

fn unreadable(reason: &str) -> Element {
    Element { account: None, body: lost(reason) }
}
