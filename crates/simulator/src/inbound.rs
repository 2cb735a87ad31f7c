//! A customer writes: the message on the wire, the bubble on the phone, the window it opens.

use bytes::Bytes;
use serde_json::{Map, Value, json};
use tokio::sync::oneshot;

use crate::answer::Refusal;
use crate::hub::Hub;
use crate::media::Media;
use crate::people::Customer;
use crate::webhook::queue::{self, Element, Item};
use crate::world::{ChatKey, ChatMessage, World};
use crate::{Number, chance, media, sample};

/// What a customer wants to send.
pub(crate) struct Draft {
    pub customer: String,
    /// Where to; may be left out when there is only one number.
    pub phone_number_id: Option<String>,
    pub content: Content,
    /// The message it quotes.
    pub reply_to: Option<String>,
}

/// The content, in one of three ways.
pub(crate) enum Content {
    Text(String),
    /// A message object as on the wire; `id`, `timestamp` and the sender are filled in where absent, and removed where null.
    Raw(Map<String, Value>),
    Sample(String),
    File(NewFile),
}

/// A file from the customer's phone.
pub(crate) struct NewFile {
    /// `image`, `video`, `audio`, `document` or `sticker`.
    pub kind: String,
    pub mime_type: String,
    pub filename: Option<String>,
    pub caption: Option<String>,
    /// Recorded in the chat.
    pub voice: bool,
    pub bytes: Bytes,
}

/// A message on its way.
pub(crate) struct Underway {
    pub wamid: String,
    /// Gets the number of tries when the business answered 200; closed without it when the call was given up.
    pub acked: oneshot::Receiver<u32>,
}

/// Sends as the customer.
pub(crate) fn send(hub: &Hub, draft: Draft) -> Result<Underway, Refusal> {
    let (ack, acked) = oneshot::channel();
    let mut touched = Vec::new();
    let (number, item) = {
        let mut guard = hub.world();
        let world = &mut *guard;
        let customer = world.customer(&draft.customer).cloned();
        let customer = customer.ok_or_else(|| Refusal::missing(format!("there is no customer {}", draft.customer)))?;
        let number = which_number(world, draft.phone_number_id.as_deref())?;
        let key: ChatKey = (number.phone_number_id.clone(), customer.id.clone());
        let mut content = match draft.content {
            Content::File(file) => {
                let kind = file.kind.clone();
                let object = file_message(world, &number, &customer, file, hub.clock.now(), &hub.url);
                Map::from_iter([("type".to_owned(), json!(kind)), (kind, Value::Object(object))])
            }
            other => content(world, &key, other, hub.clock.now())?,
        };
        let moved = move_on(world, &customer, &mut content)?;
        if let Some(quoted) = &draft.reply_to {
            content.insert("context".into(), json!({ "id": quoted }));
        }
        complete_context(world, &number, &customer, &mut content);
        attach_file(world, &number, &customer, &mut content, hub.clock.now(), &hub.url);
        let message = on_the_wire(&customer, content, world.settings.user_ids, hub.clock.now());
        let wamid = message["id"].as_str().unwrap_or_default().to_owned();
        on_the_phone(world, &key, &message, &wamid, hub.clock.now_ms(), &mut touched);
        let item = Item {
            contact: (message["type"] != "system").then(|| customer.contact(world.settings.user_ids)),
            element: Element::Message(message),
            customer: customer.ids().into_iter().map(str::to_owned).collect(),
            wamid,
            ack: Some(ack),
            epoch: world.epoch.clone(),
        };
        if let (Some(moved), Some(known)) = (moved, world.customers.iter_mut().find(|known| known.id == customer.id)) {
            *known = moved;
        }
        (number.phone_number_id, item)
    };
    for wamid in touched {
        hub.say_message(&wamid);
    }
    let wamid = item.wamid.clone();
    queue::push(hub, &number, item);
    Ok(Underway { wamid, acked })
}

/// The number with this id, or the only one there is.
pub(crate) fn which_number(world: &World, id: Option<&str>) -> Result<Number, Refusal> {
    match id {
        Some(id) => world
            .lines
            .get(id)
            .map(|line| line.number.clone())
            .ok_or_else(|| Refusal::missing(format!("there is no number {id}"))),
        None => {
            let mut lines = world.lines.values();
            match (lines.next(), lines.next()) {
                (Some(only), None) => Ok(only.number.clone()),
                (None, _) => Err(Refusal::bad("there is no number yet: POST /_sim/numbers first")),
                _ => Err(Refusal::bad("phone_number_id: is needed, there are several numbers")),
            }
        }
    }
}

/// A customer who says that they have another number or user id has it from now on: fills in what the notice leaves out, and answers who
/// they are then.
fn move_on(world: &World, customer: &Customer, content: &mut Map<String, Value>) -> Result<Option<Customer>, Refusal> {
    let Some(Value::Object(system)) = content.get_mut("system") else { return Ok(None) };
    let (moved, told) = match system.get("type").and_then(Value::as_str) {
        Some("user_changed_number") if !system.contains_key("wa_id") => {
            customer.with_new_number(&world.customers).map_err(Refusal::bad)?
        }
        Some("user_changed_user_id") if !system.contains_key("user_id") => customer.with_new_user_id(),
        _ => return Ok(None),
    };
    system.extend(told);
    Ok(Some(moved))
}

fn content(world: &World, key: &ChatKey, content: Content, now: i64) -> Result<Map<String, Value>, Refusal> {
    let whole = match content {
        Content::File(_) => return Err(Refusal::bad("a file is no content by itself")),
        Content::Text(body) => json!({ "type": "text", "text": { "body": body } }),
        Content::Raw(message) => Value::Object(message),
        Content::Sample(name) => {
            let last = |from: &str| {
                let mut messages = world.chats.get(key)?.messages.iter().rev();
                messages
                    .find(|message| message.from == from && message.shown && !message.revoked)
                    .map(|message| message.wamid.as_str())
            };
            let mut message = sample::content(&name, last("customer"), last("business")).map_err(Refusal::bad)?;
            if name == "late" {
                message["timestamp"] = json!((now - sample::LATE).to_string());
            }
            message
        }
    };
    match whole {
        Value::Object(object) if object.get("type").is_some_and(Value::is_string) => Ok(object),
        _ => Err(Refusal::bad("message: must be an object with a type")),
    }
}

/// A quote names its author as well: the business by its number, the customer by theirs.
fn complete_context(world: &mut World, number: &Number, customer: &Customer, content: &mut Map<String, Value>) {
    let Some(Value::Object(context)) = content.get_mut("context") else { return };
    let Some(quoted) = context.get("id").and_then(Value::as_str) else { return };
    if context.contains_key("from") {
        return;
    }
    let own = world.message(quoted).is_some_and(|(_, message)| message.from == "customer");
    let author = if own {
        customer.from().unwrap_or(&customer.user_id).to_owned()
    } else {
        number.display_phone_number.chars().filter(char::is_ascii_digit).collect()
    };
    let mut whole = Map::from_iter([("from".to_owned(), json!(author))]);
    whole.append(context);
    *context = whole;
}

/// Puts a file behind a media message that names none.
fn attach_file(world: &mut World, number: &Number, customer: &Customer, content: &mut Map<String, Value>, now: i64, base: &str) {
    let Some(kind) = content.get("type").and_then(Value::as_str).map(str::to_owned) else { return };
    let Some(Value::Object(given)) = content.get_mut(&kind) else { return };
    if given.contains_key("id") {
        return;
    }
    let Some(file) = sample::file(&kind) else { return };
    let filename = given.get("filename").and_then(Value::as_str).or(file.filename).map(str::to_owned);
    let voice = given.get("voice").and_then(Value::as_bool).unwrap_or_default();
    let file = NewFile { kind, mime_type: file.mime_type.to_owned(), filename, caption: None, voice, bytes: file.bytes };
    let mut whole = file_message(world, number, customer, file, now, base);
    whole.remove("filename");
    whole.append(given);
    *given = whole;
}

/// Stores a file; the object of the message that carries it.
fn file_message(
    world: &mut World,
    number: &Number,
    customer: &Customer,
    file: NewFile,
    now: i64,
    base: &str,
) -> Map<String, Value> {
    let NewFile { kind, mime_type, filename, caption, voice, bytes } = file;
    let stored = Media::received(&number.phone_number_id, customer, &mime_type, filename.clone(), bytes, now);
    let path = media::download_path(&stored.id, &number.app_secret, now + media::URL_SECONDS);
    let mut object = Map::from_iter([
        ("id".to_owned(), json!(stored.id)),
        ("mime_type".to_owned(), json!(stored.mime_type)),
        ("sha256".to_owned(), json!(stored.sha256_base64())),
        ("url".to_owned(), json!(format!("{base}{path}"))),
    ]);
    if kind == "audio" {
        object.insert("voice".to_owned(), json!(voice));
    }
    if kind == "document" {
        object.extend(filename.map(|name| ("filename".to_owned(), json!(name))));
    }
    object.extend(caption.map(|caption| ("caption".to_owned(), json!(caption))));
    world.media.insert(stored.id.clone(), stored);
    object
}

/// The element of `messages[]`: sender, id, time, then what was given. A null takes a key away.
fn on_the_wire(customer: &Customer, content: Map<String, Value>, user_ids: bool, now: i64) -> Value {
    let mut message = customer.sender(user_ids);
    message.insert("id".into(), json!(chance::wamid()));
    message.insert("timestamp".into(), json!(now.to_string()));
    message.extend(content);
    message.retain(|_, value| !value.is_null());
    Value::Object(message)
}

/// What the customer sees of it, and whether it opens the window. The bubbles that changed are added to `touched`.
fn on_the_phone(world: &mut World, key: &ChatKey, message: &Value, wamid: &str, now_ms: i64, touched: &mut Vec<String>) {
    let kind = message["type"].as_str().unwrap_or_default();
    if !matches!(kind, "system" | "reaction") {
        world.chats.entry(key.clone()).or_default().last_inbound = Some(now_ms.div_euclid(1000));
    }
    let target = match kind {
        "reaction" => message["reaction"]["message_id"].as_str(),
        "edit" | "revoke" => message[kind]["original_message_id"].as_str(),
        _ => None,
    };
    if let Some(target) = target {
        if let Some((_, bubble)) = world.message(target) {
            match kind {
                "reaction" => bubble.react("customer", message["reaction"]["emoji"].as_str().unwrap_or_default()),
                "edit" => {
                    bubble.message = message["edit"]["message"].clone();
                    bubble.edited = true;
                }
                _ => bubble.revoked = true,
            }
        }
        touched.push(target.to_owned());
        return;
    }
    let shown: Map<String, Value> = message
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| *name == "type" || *name == kind || matches!(name.as_str(), "referral" | "errors"))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let mut bubble = ChatMessage::new(wamid.to_owned(), "customer", now_ms, Value::Object(shown));
    bubble.reply_to = message["context"]["id"].as_str().map(str::to_owned);
    world.record(key, bubble);
    touched.push(wamid.to_owned());
}
