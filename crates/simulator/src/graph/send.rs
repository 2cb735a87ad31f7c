//! `POST /{phone-number-id}/messages`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::response::Response;
use serde_json::{Map, Value, json};

use super::check::{self, Outgoing, To};
use super::error::{GraphError, refusal};
use super::{Call, templates};
use crate::answer::{ok, vanish};
use crate::faults::{Kind, Order};
use crate::ledger::SentEntry;
use crate::people::Customer;
use crate::webhook::status::{self, Course, Failure, Flow, Recipient};
use crate::world::{ChatKey, ChatMessage, World};
use crate::{Number, chance, media};

/// How long a hanging answer hangs unless the fault says otherwise: longer than any sensible client waits.
const HANG: Duration = Duration::from_secs(60);

/// A send that was taken, and how its answer is to go wrong.
struct Accepted {
    flow: Arc<Flow>,
    course: Course,
    answer: Value,
    status_first: bool,
    delay: Option<Order>,
    hang: Option<Order>,
    dropped: bool,
    /// An error answered although the message was taken.
    refusal: Option<Order>,
}

enum Verdict {
    Accepted(Box<Accepted>),
    /// A fault refuses the send.
    Refused(Order),
}

/// Takes a message, or marks one as read.
pub(super) async fn handle(call: &Call, number: &Number) -> Result<Response, GraphError> {
    let body = call.json()?;
    if body.contains_key("status") {
        return read(call, number, &body);
    }
    let outgoing = check::message(&body)?;
    let mut accepted = match consider(call, number, &outgoing, Value::Object(body))? {
        Verdict::Accepted(accepted) => accepted,
        Verdict::Refused(order) => return Ok(refusal(&order)),
    };
    call.hub.say_message(&accepted.flow.wamid);
    if accepted.status_first {
        status::sent_first(&call.hub, &accepted.flow).await;
        accepted.course.sent_told = true;
    }
    status::start(&call.hub, accepted.flow, accepted.course);
    if let Some(order) = accepted.delay {
        tokio::time::sleep(Duration::from_millis(order.ms.unwrap_or(3000))).await;
    }
    if let Some(order) = accepted.hang {
        tokio::time::sleep(order.ms.map_or(HANG, Duration::from_millis)).await;
        return Ok(vanish());
    }
    if accepted.dropped {
        return Ok(vanish());
    }
    Ok(accepted.refusal.map_or_else(|| ok(&accepted.answer), |order| refusal(&order)))
}

/// Everything between the valid body and the message being on its way, under one lock.
fn consider(call: &Call, number: &Number, outgoing: &Outgoing, body: Value) -> Result<Verdict, GraphError> {
    let (hub, id) = (&call.hub, number.phone_number_id.as_str());
    let mut guard = hub.world();
    let world = &mut *guard;
    let (customer, recipient) = resolve(world, number, &outgoing.recipient)?;
    let ids = customer.ids();
    let refusal = world.faults.strike(Kind::Refuse, id, &ids);
    if let Some(order) = refusal.as_ref().filter(|order| !order.accepted) {
        return Ok(Verdict::Refused(order.clone()));
    }
    pace(world, id, &customer)?;
    let template = match outgoing.kind.as_str() {
        "template" => Some(templates::check(world, &number.business_account_id, &outgoing.content)?),
        _ => None,
    };
    let key: ChatKey = (id.to_owned(), customer.id.clone());
    let now = hub.clock.now();
    let failure = match late_failure(world, &key, &customer, outgoing, now)? {
        Some(failure) if failure.code == 131_047 && world.faults.strike(Kind::WindowSync, id, &ids).is_some() => {
            return Err(GraphError::known(131_047));
        }
        failure => failure,
    };
    let flow = Arc::new(Flow {
        wamid: chance::wamid(),
        phone_number_id: id.to_owned(),
        customer: customer.id.clone(),
        recipient,
        callback_data: outgoing.callback_data.clone(),
        template_category: template.as_ref().map(|template| template.category.clone()),
    });
    let course = Course::choose(world, &flow, &customer, failure);
    let filled = template.map(|template| templates::filled(&template, &outgoing.content));
    write_down(world, &key, &flow, outgoing, filled, body, hub.clock.now_ms(), course.failure.is_none());
    let accepted = Accepted {
        answer: answer(&flow, &outgoing.input),
        course,
        status_first: world.faults.strike(Kind::StatusBeforeAnswer, id, &ids).is_some(),
        delay: world.faults.strike(Kind::AnswerDelay, id, &ids),
        hang: world.faults.strike(Kind::AnswerHang, id, &ids),
        dropped: world.faults.strike(Kind::AnswerDropped, id, &ids).is_some(),
        refusal,
        flow,
    };
    drop(guard);
    hub.say(&json!({ "type": "typing", "phone_number_id": key.0, "customer": key.1, "on": false }));
    if let Some(target) = outgoing.content["message_id"].as_str() {
        hub.say_message(target);
    }
    Ok(Verdict::Accepted(Box::new(accepted)))
}

/// The customer meant. A phone number nobody has becomes somebody; a user id is only ever learnt from a webhook, so an unknown
/// one is wrong.
fn resolve(world: &mut World, number: &Number, to: &To) -> Result<(Customer, Recipient), GraphError> {
    match to {
        To::Phone(phone) => {
            if number.display_phone_number.chars().filter(char::is_ascii_digit).eq(phone.chars()) {
                return Err(GraphError::known(131_021));
            }
            let customer = world.customer_by_phone(phone).ok_or_else(|| GraphError::known(131_026))?;
            Ok((customer, Recipient::Phone(phone.clone())))
        }
        To::UserId(user) => {
            let customer = world.customers.iter().find(|customer| customer.user_id == *user).cloned();
            Ok((customer.ok_or_else(|| GraphError::known(131_026))?, Recipient::UserId(user.clone())))
        }
    }
}

fn pace(world: &mut World, number: &str, customer: &Customer) -> Result<(), GraphError> {
    let now = Instant::now();
    if world.settings.enforce_throughput && !world.limits.number_allows(number, world.settings.throughput_per_second, now) {
        return Err(GraphError::known(130_429));
    }
    if world.settings.enforce_pair_rate && !world.limits.pair_allows(number, &customer.id, now) {
        return Err(GraphError::known(131_056));
    }
    Ok(())
}

/// What will make the send fail although it is accepted; an error where it is refused at once.
fn late_failure(
    world: &World,
    key: &ChatKey,
    customer: &Customer,
    outgoing: &Outgoing,
    now: i64,
) -> Result<Option<Failure>, GraphError> {
    let fail = |code, details: Option<&str>| Some(Failure { code, details: details.map(str::to_owned), after_sent: false });
    let (kind, object) = match outgoing.kind.as_str() {
        "template" => templates::header_file(&outgoing.content).unwrap_or_default(),
        kind => (kind.to_owned(), outgoing.content.clone()),
    };
    if let Some(file) = object["id"].as_str() {
        let Some(file) = world.media.get(file).filter(|file| file.phone_number_id == key.0 && file.expires_at > now) else {
            return Err(GraphError::with(
                131_009,
                format!("Media {file} does not exist, has expired or belongs to another number."),
            ));
        };
        if !media::fits(&kind, &file.mime_type) {
            return Ok(fail(131_053, Some("The media is of a type that this kind of message does not take.")));
        }
    }
    if customer.unreachable {
        return Ok(fail(131_026, None));
    }
    let open = world.chats.get(key).is_some_and(|chat| chat.window_open(now));
    if !open && outgoing.kind != "template" && world.settings.enforce_window {
        return Ok(fail(131_047, None));
    }
    Ok(None)
}

/// Into the ledger and onto the phone.
#[expect(clippy::too_many_arguments, reason = "one caller, and each is a thing of its own")]
fn write_down(
    world: &mut World,
    key: &ChatKey,
    flow: &Arc<Flow>,
    outgoing: &Outgoing,
    filled: Option<Value>,
    body: Value,
    now_ms: i64,
    arrives: bool,
) {
    world.note_sent(|id| SentEntry {
        id,
        wamid: flow.wamid.clone(),
        phone_number_id: key.0.clone(),
        customer: key.1.clone(),
        biz_opaque_callback_data: flow.callback_data.clone(),
        body,
        accepted_at: now_ms,
    });
    if outgoing.kind == "reaction" {
        let target = outgoing.content["message_id"].as_str().filter(|_| arrives);
        if let Some((_, message)) = target.and_then(|target| world.message(target)) {
            message.react("business", outgoing.content["emoji"].as_str().unwrap_or_default());
        }
        return;
    }
    let kind = outgoing.kind.as_str();
    let mut message = json!({ "type": kind, kind: outgoing.content });
    if let Some(filled) = filled {
        message["filled"] = filled;
    }
    let mut bubble = ChatMessage::new(flow.wamid.clone(), "business", now_ms, message);
    bubble.reply_to.clone_from(&outgoing.reply_to);
    bubble.flow = Some(flow.clone());
    world.record(key, bubble);
}

fn answer(flow: &Flow, input: &str) -> Value {
    let mut contact = Map::from_iter([("input".to_owned(), json!(input))]);
    match &flow.recipient {
        Recipient::Phone(phone) => contact.insert("wa_id".into(), json!(phone)),
        Recipient::UserId(user) => contact.insert("user_id".into(), json!(user)),
    };
    let mut message = json!({ "id": flow.wamid });
    if flow.template_category.is_some() {
        message["message_status"] = json!("accepted");
    }
    json!({ "messaging_product": "whatsapp", "contacts": [contact], "messages": [message] })
}

/// Marks the message and those before it as read, and shows typing if asked to.
fn read(call: &Call, number: &Number, body: &Map<String, Value>) -> Result<Response, GraphError> {
    let (wamid, typing) = check::read(body)?;
    let (customer, changed) = {
        let mut world = call.hub.world();
        let unknown = || GraphError::with(131_009, "message_id is not a message this number received.");
        let key = world.wamids.get(&wamid).filter(|key| key.0 == number.phone_number_id).cloned().ok_or_else(unknown)?;
        let chat = world.chats.get_mut(&key).ok_or_else(unknown)?;
        let until =
            chat.messages.iter().position(|message| message.wamid == wamid && message.from == "customer").ok_or_else(unknown)?;
        let unread =
            chat.messages.iter_mut().take(until + 1).filter(|message| message.from == "customer" && message.state != "read");
        let changed: Vec<String> = unread
            .map(|message| {
                message.state = "read";
                message.wamid.clone()
            })
            .collect();
        (key.1, changed)
    };
    for wamid in changed {
        call.hub.say_message(&wamid);
    }
    if typing {
        call.hub.say(&json!({ "type": "typing", "phone_number_id": number.phone_number_id, "customer": customer, "on": true }));
    }
    Ok(ok(&json!({ "success": true })))
}
