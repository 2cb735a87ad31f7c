//! A delivery, taken apart. One delivery holds several entries, each several changes, each several messages, statuses and errors;
//! every one becomes exactly one [`Element`], whatever its neighbours look like.

use std::collections::{HashMap, HashSet};

use base::Pii;
use serde_json::Value;

use super::{
    super::{Content, Element, ElementBody, IdentityChange, InboundMessage, Sender},
    account,
    content::{self, Said},
    errors, status, templates,
    wire::{self, ID, LINE, NAME, Wire},
};

const OBJECT: &str = "whatsapp_business_account";

/// Where no words about a person stand.
pub(super) const PLAIN_KEYS: &[&str] = &[
    "object",
    "id",
    "field",
    "event",
    "reason",
    "messaging_product",
    "phone_number_id",
    "type",
    "status",
    "timestamp",
    "time",
    "code",
    "message",
    "details",
    "href",
    "mime_type",
    "sha256",
    "category",
    "pricing_model",
    "message_template_name",
    "message_template_language",
    "new_quality_score",
    "previous_quality_score",
    "decision",
    "restriction_type",
    "expiration",
    "violation_type",
    "waba_ban_state",
    "waba_ban_date",
    "current_limit",
    "max_daily_conversations_per_business",
    "max_daily_conversation_per_phone",
    "alert_severity",
    "alert_status",
    "alert_type",
    "biz_opaque_callback_data",
    "expiration_timestamp",
];

/// Reads a delivery. Always gives at least one element.
pub(super) fn delivery(body: &[u8]) -> Vec<Element> {
    let root = match wire::read(body) {
        Ok(root) => root,
        Err(e) => return vec![unreadable(None, &format!("the body is not JSON: {e}"))],
    };
    let root = Wire::new(&root);
    if let Some(object) = root.word("object", NAME).filter(|o| o != OBJECT) {
        return vec![unreadable(None, &format!("the delivery is about {object:?}, not about {OBJECT:?}"))];
    }
    let Some(Value::Array(entries)) = root.get("entry") else {
        return vec![unreadable(None, "the delivery has no list of entries")];
    };
    let mut elements = Vec::new();
    for entry in entries {
        match Wire::new(entry).get("changes") {
            Some(Value::Array(changes)) => changes.iter().for_each(|c| change(Wire::new(entry), Wire::new(c), &mut elements)),
            _ => elements.push(unreadable(None, "an entry has no list of changes")),
        }
    }
    if elements.is_empty() {
        elements.push(ignored(None, "the delivery is empty"));
    }
    elements
}

fn change(entry: Wire<'_>, change: Wire<'_>, elements: &mut Vec<Element>) {
    let field = change.word("field", NAME).unwrap_or_default();
    let Some(value) = change.object("value") else {
        elements.push(unreadable(None, &format!("a change of {field:?} has no value")));
        return;
    };
    let account = value.object("metadata").and_then(|m| m.id("phone_number_id"));
    match field.as_str() {
        "messages" => messages(value, account.as_deref(), elements),
        notice if templates::is_notice(notice) => {
            elements.push(Element { account: None, body: templates::notice(entry, notice, value) });
        }
        notice if account::is_notice(notice) => {
            elements.push(Element { account: None, body: account::notice(entry, notice, value) });
        }
        "smb_message_echoes" => {
            let reason = "smb_message_echoes: written by staff in the WhatsApp Business app, which is not shown yet";
            let echoes = value.list("message_echoes").count().max(1);
            elements.extend((0..echoes).map(|_| ignored(account.as_deref(), reason)));
        }
        "" => elements.push(unreadable(account.as_deref(), "a change does not name its field")),
        group if group.starts_with("group_") => {
            elements.push(ignored(account.as_deref(), &format!("{group}: WhatsApp groups are not supported")));
        }
        other => {
            let event = value.word("event", NAME).map(|e| format!(" ({e})")).unwrap_or_default();
            elements.push(ignored(account.as_deref(), &format!("{other}{event}: MAX does not act on this kind of notice")));
        }
    }
}

fn messages(value: Wire<'_>, account: Option<&str>, elements: &mut Vec<Element>) {
    let before = elements.len();
    let contacts = contacts(value);
    // Errors beside a message that lacks its content are the only explanation there is for it.
    let hint = value.list("errors").next().map(errors::from_wire).map(|e| e.detail.unwrap_or(e.message));
    let mut each = |name: &str, read: &dyn Fn(Wire<'_>) -> ElementBody| match value.get(name) {
        None => {}
        Some(Value::Array(items)) => {
            elements
                .extend(items.iter().map(|item| Element { account: account.map(str::to_owned), body: read(Wire::new(item)) }));
        }
        Some(_) => elements.push(unreadable(account, &format!("{name} is not a list"))),
    };
    each("messages", &|m| message(m, &contacts, hint.as_deref()));
    each("statuses", &status::read);
    each("errors", &|e| match e.is_object() {
        true => ElementBody::AccountProblem(errors::from_wire(e)),
        false => ElementBody::Unreadable("an error is not an object".to_owned()),
    });
    if elements.len() == before {
        elements.push(ignored(account, "the change holds no message, status or error"));
    }
}

fn message(message: Wire<'_>, contacts: &HashMap<String, Wire<'_>>, hint: Option<&str>) -> ElementBody {
    let Some(external_id) = message.id("id") else {
        return ElementBody::Unreadable("a message has no id".to_owned());
    };
    if message.get("group_id").is_some() {
        return ElementBody::Ignored("a message in a group: WhatsApp groups are not supported".to_owned());
    }
    let Some(sender) = sender(message, contacts) else {
        return ElementBody::Unreadable("a message does not say who wrote it".to_owned());
    };
    let sent_at = message.time("timestamp");
    let Said { content, opens_window } = match content::read(message, hint) {
        content::Meaning::Said(said) => said,
        content::Meaning::NewNumber { old, number, user_id, text } => {
            return new_identity(external_id, &sender, old, number, user_id, sent_at, text);
        }
    };
    let context = message.object("context");
    let referral = message.object("referral").map(Wire::keep);
    let product = context.and_then(|c| c.object("referred_product")).map(|p| serde_json::json!({ "referred_product": p.keep() }));
    ElementBody::Message(Box::new(InboundMessage {
        external_id,
        sender,
        sent_at,
        content,
        reply_to: context.and_then(|c| c.id("id")),
        forwarded: context.is_some_and(|c| c.flag("forwarded") || c.flag("frequently_forwarded")),
        referral: referral.or(product),
        opens_window,
    }))
}

/// A number or user id changed. The notice comes from the old identity; which of a person's ids MAX knows is not known here, so all
/// of them are named.
fn new_identity(
    external_id: String,
    sender: &Sender,
    old: Option<String>,
    number: Option<String>,
    user_id: Option<String>,
    at: Option<base::Time>,
    text: String,
) -> ElementBody {
    let old = old.unwrap_or_else(|| sender.external_id.clone());
    let phone = number.as_deref().and_then(phone);
    let new = user_id.clone().or_else(|| number.clone()).unwrap_or_else(|| old.clone());
    let known = std::iter::once(&sender.external_id).chain(&sender.aliases).cloned();
    let mut seen = HashSet::from([old.clone(), new.clone()]);
    let aliases = known.chain([user_id, number].into_iter().flatten()).filter(|id| seen.insert(id.clone())).collect();
    ElementBody::IdentityChange(IdentityChange { external_id, old, new, aliases, phone, at, text })
}

/// The people a change tells of, by each of their ids.
fn contacts(value: Wire<'_>) -> HashMap<String, Wire<'_>> {
    value
        .list("contacts")
        .flat_map(|c| [c.id("user_id"), c.id("wa_id")].into_iter().flatten().map(move |id| (plain(id), c)))
        .collect()
}

/// An id as it is compared: phone numbers come with and without decoration.
fn plain(id: String) -> String {
    digits(&id).unwrap_or(id)
}

/// Puts together who wrote: from the message itself and from the contact that carries one of the same ids (never by position).
fn sender(message: Wire<'_>, contacts: &HashMap<String, Wire<'_>>) -> Option<Sender> {
    // A notice about a change may name the person by their old id only.
    let before = message.object("system").map(|s| [s.id("previous_user_id"), s.id("customer")]).unwrap_or_default();
    let own = [message.id("from_user_id"), message.id("from")].into_iter().chain(before).flatten().map(plain);
    let mut ids: Vec<String> = own.collect();
    let contact = ids.iter().find_map(|id| contacts.get(id).copied());
    if let Some(contact) = contact {
        ids.extend([contact.id("user_id"), contact.id("wa_id")].into_iter().flatten().map(plain));
    }
    let mut seen = HashSet::new();
    ids.retain(|id| seen.insert(id.clone()));
    // The user id outlives a change of number, so it is the key where there is one.
    ids.sort_by_key(|id| !is_user_id(id));
    let number = ids.iter().find_map(|id| phone(id));
    let profile = contact.and_then(|c| c.object("profile"));
    let said =
        |name: &str| profile.and_then(|p| p.word(name, NAME)).or_else(|| contact.and_then(|c| c.word(name, NAME))).map(Pii);
    let mut ids = ids.into_iter();
    Some(Sender {
        external_id: ids.next()?,
        aliases: ids.collect(),
        phone: number,
        name: said("name"),
        username: said("username"),
    })
}

/// A business-scoped user id: `US.7001…`, `US.ENT.88…`.
fn is_user_id(id: &str) -> bool {
    id.split_once('.')
        .is_some_and(|(country, rest)| country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase()) && !rest.is_empty())
}

/// The digits of a phone number, however it is written; `None` for what is no phone number.
pub(super) fn digits(number: &str) -> Option<String> {
    let number = number.trim().trim_start_matches('+');
    let is_decoration = |c: char| matches!(c, ' ' | '-' | '(' | ')' | '.');
    let digits: String = number.chars().filter(|c| !is_decoration(*c)).collect();
    ((5..=20).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())).then_some(digits)
}

/// The phone number as MAX shows it: digits with a leading `+`.
fn phone(id: &str) -> Option<Pii<String>> {
    digits(id).map(|d| Pii(format!("+{d}")))
}

fn ignored(account: Option<&str>, reason: &str) -> Element {
    Element { account: account.map(str::to_owned), body: ElementBody::Ignored(wire::clean(reason, LINE)) }
}

fn unreadable(account: Option<&str>, reason: &str) -> Element {
    Element { account: account.map(str::to_owned), body: ElementBody::Unreadable(wire::clean(reason, LINE)) }
}

/// A message that is shown as a placeholder instead of being lost.
pub(super) fn unsupported(kind: &str, detail: Option<String>) -> Content {
    Content::Unsupported { kind: wire::clean(kind, ID), detail }
}
