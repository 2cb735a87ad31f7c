//! Customers, what they send, and what they see.

use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{Query, Request, State};
use axum::response::{IntoResponse, Response};
use http::header;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::answer::{BODY_LIMIT, Input, Key, Refusal, ok};
use crate::hub::Hub;
use crate::inbound::{self, Content, Draft, NewFile, Underway};
use crate::media;
use crate::people::{Customer, CustomerPatch, NewCustomer};
use crate::webhook::status;

fn unknown(id: &str) -> Refusal {
    Refusal::missing(format!("there is no customer {id}"))
}

pub(super) async fn list(State(hub): State<Arc<Hub>>) -> Response {
    ok(&json!({ "data": hub.world().customers }))
}

pub(super) async fn add(State(hub): State<Arc<Hub>>, Input(new): Input<NewCustomer>) -> Result<Response, Refusal> {
    let customer = {
        let mut world = hub.world();
        let customer = Customer::new(new, &world.customers).map_err(Refusal::bad)?;
        world.customers.push(customer.clone());
        customer
    };
    hub.say(&json!({ "type": "customer", "customer": customer }));
    Ok(ok(&json!(customer)))
}

pub(super) async fn change(
    State(hub): State<Arc<Hub>>,
    Key(id): Key,
    Input(patch): Input<CustomerPatch>,
) -> Result<Response, Refusal> {
    let customer = {
        let mut world = hub.world();
        let customer = world.customers.iter_mut().find(|customer| customer.answers_to(&id)).ok_or_else(|| unknown(&id))?;
        customer.patch(patch);
        customer.clone()
    };
    hub.say(&json!({ "type": "customer", "customer": customer }));
    Ok(ok(&json!(customer)))
}

pub(super) async fn remove(State(hub): State<Arc<Hub>>, Key(id): Key) -> Result<Response, Refusal> {
    {
        let mut world = hub.world();
        let customer = world.customer(&id).ok_or_else(|| unknown(&id))?.id.clone();
        world.customers.retain(|other| other.id != customer);
        world.chats.retain(|key, _| key.1 != customer);
        world.wamids.retain(|_, key| key.1 != customer);
    }
    hub.say(&json!({ "type": "reset" }));
    Ok(ok(&json!({ "success": true })))
}

/// A message to send: exactly one of `text`, `message`, `sample`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Send {
    phone_number_id: Option<String>,
    text: Option<String>,
    message: Option<Map<String, Value>>,
    sample: Option<String>,
    reply_to: Option<String>,
    /// Answer only when the business acknowledged, or after so many milliseconds.
    wait_ms: Option<u64>,
}

pub(super) async fn send(
    State(hub): State<Arc<Hub>>,
    Key(customer): Key,
    Input(order): Input<Send>,
) -> Result<Response, Refusal> {
    let content = match (order.text, order.message, order.sample) {
        (Some(text), None, None) if !text.is_empty() => Content::Text(text),
        (None, Some(message), None) => Content::Raw(message),
        (None, None, Some(name)) => Content::Sample(name),
        _ => return Err(Refusal::bad("give exactly one of text (not empty), message, sample")),
    };
    let draft = Draft { customer, phone_number_id: order.phone_number_id, content, reply_to: order.reply_to };
    underway(inbound::send(&hub, draft)?, order.wait_ms).await
}

async fn underway(underway: Underway, wait_ms: Option<u64>) -> Result<Response, Refusal> {
    let mut answer = json!({ "wamid": underway.wamid });
    if let Some(wait) = wait_ms {
        let acked = tokio::time::timeout(std::time::Duration::from_millis(wait), underway.acked).await;
        answer["delivered"] = json!(matches!(acked, Ok(Ok(_))));
    }
    Ok(ok(&answer))
}

/// What goes with a file that a customer sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileQuery {
    phone_number_id: Option<String>,
    filename: Option<String>,
    caption: Option<String>,
    /// What it is sent as; follows from its MIME type unless said.
    kind: Option<String>,
    #[serde(default)]
    voice: bool,
    reply_to: Option<String>,
    wait_ms: Option<u64>,
}

/// Sends the body as a file of the customer's, of the type the header says.
pub(super) async fn file(
    State(hub): State<Arc<Hub>>,
    Key(customer): Key,
    Query(query): Query<FileQuery>,
    request: Request,
) -> Result<Response, Refusal> {
    let mime_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let mime_type = mime_type.unwrap_or("application/octet-stream").to_owned();
    let bytes = to_bytes(request.into_body(), BODY_LIMIT).await.map_err(|error| Refusal::bad(error.to_string()))?;
    let kind = query.kind.unwrap_or_else(|| media::kind_of(&mime_type).to_owned());
    if !["image", "video", "audio", "document", "sticker"].contains(&kind.as_str()) {
        return Err(Refusal::bad("kind: must be image, video, audio, document or sticker"));
    }
    let (filename, caption) = (query.filename, query.caption.filter(|caption| !caption.is_empty()));
    let content = Content::File(NewFile { kind, mime_type, filename, caption, voice: query.voice, bytes });
    let draft = Draft { customer, phone_number_id: query.phone_number_id, content, reply_to: query.reply_to };
    underway(inbound::send(&hub, draft)?, query.wait_ms).await
}

/// Names a chat.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shown {
    phone_number_id: Option<String>,
}

pub(super) async fn read(State(hub): State<Arc<Hub>>, Key(id): Key, Input(shown): Input<Shown>) -> Result<Response, Refusal> {
    let (number, customer) = {
        let world = hub.world();
        let number = inbound::which_number(&world, shown.phone_number_id.as_deref())?;
        (number, world.customer(&id).cloned().ok_or_else(|| unknown(&id))?)
    };
    status::shown(&hub, &number.phone_number_id, &customer);
    Ok(ok(&json!({ "success": true })))
}

/// Names a chat in a query.
#[derive(Deserialize)]
pub(super) struct ChatQuery {
    phone_number_id: Option<String>,
    customer: String,
}

pub(super) async fn chat(State(hub): State<Arc<Hub>>, Query(query): Query<ChatQuery>) -> Result<Response, Refusal> {
    let world = hub.world();
    let number = inbound::which_number(&world, query.phone_number_id.as_deref())?;
    let customer = world.customer(&query.customer).ok_or_else(|| unknown(&query.customer))?;
    let chat = world.chats.get(&(number.phone_number_id, customer.id.clone()));
    let messages: Vec<_> = chat.into_iter().flat_map(|chat| &chat.messages).filter(|message| message.shown).collect();
    let open = chat.is_some_and(|chat| chat.window_open(hub.clock.now()));
    Ok(ok(&json!({ "data": messages, "window_open": open })))
}

/// The bytes of a file for the phone page, without a token: it is the customer's own phone.
pub(super) async fn media(State(hub): State<Arc<Hub>>, Key(id): Key) -> Result<Response, Refusal> {
    let world = hub.world();
    let file = world.media.get(&id).ok_or_else(|| Refusal::missing(format!("there is no media {id}")))?;
    let plain = |c: char| if c.is_ascii_graphic() && !matches!(c, '"' | '\\') || c == ' ' { c } else { '_' };
    let name: String = file.filename.as_deref().unwrap_or("file").chars().map(plain).collect();
    let headers = [
        (header::CONTENT_TYPE, file.mime_type.clone()),
        (header::CONTENT_DISPOSITION, format!("inline; filename=\"{name}\"")),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    Ok((headers, file.bytes.clone()).into_response())
}
