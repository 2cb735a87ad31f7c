//! Webhook deliveries as Meta writes them, made here from the wire protocol alone.

use std::sync::atomic::{AtomicU64, Ordering};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

/// The id of a new inbound message.
pub fn wamid() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    format!("wamid.IN{}{:08}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// A whole delivery: one entry, one change, this value.
pub fn envelope(account: &str, value: &Value) -> Value {
    entries(&[entry(account, std::slice::from_ref(value))])
}

/// A delivery of several entries.
pub fn entries(entries: &[Value]) -> Value {
    json!({ "object": "whatsapp_business_account", "entry": entries })
}

/// An entry with a change for each value.
pub fn entry(account: &str, values: &[Value]) -> Value {
    let changes: Vec<Value> = values.iter().map(|value| json!({ "field": "messages", "value": value })).collect();
    json!({ "id": account, "changes": changes })
}

/// The value of a change of `messages`.
pub fn value(phone_number_id: &str, contacts: &[Value], messages: &[Value], statuses: &[Value]) -> Value {
    let mut value = json!({
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": "15550001111", "phone_number_id": phone_number_id },
    });
    for (name, list) in [("contacts", contacts), ("messages", messages), ("statuses", statuses)] {
        if !list.is_empty() {
            value[name] = list.into();
        }
    }
    value
}

/// A person as deliveries introduce them.
pub fn contact(wa_id: &str, name: &str) -> Value {
    json!({ "profile": { "name": name }, "wa_id": wa_id })
}

/// A text from a phone number, at this Unix time.
pub fn text(from: &str, id: &str, at: i64, body: &str) -> Value {
    message(from, id, at, "text", json!({ "body": body }))
}

/// A message of any type from a phone number.
pub fn message(from: &str, id: &str, at: i64, kind: &str, body: Value) -> Value {
    let mut message = json!({ "from": from, "id": id, "timestamp": at.to_string(), "type": kind });
    message[kind] = body;
    message
}

/// A status of a message we sent; `ours` is what we sent along as `biz_opaque_callback_data`.
pub fn status(wamid: &str, status: &str, at: i64, ours: Option<&str>) -> Value {
    let mut value = json!({ "id": wamid, "status": status, "timestamp": at.to_string(), "recipient_id": "15550002222" });
    if let Some(ours) = ours {
        value["biz_opaque_callback_data"] = ours.into();
    }
    if status == "failed" {
        value["errors"] = json!([{ "code": 131026, "title": "Message undeliverable", "message": "Message undeliverable" }]);
    }
    value
}

/// The `X-Hub-Signature-256` of these bytes.
pub fn sign(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

/// JSON as Meta writes it: everything beyond ASCII escaped.
pub fn bytes(body: &Value) -> Vec<u8> {
    let plain = body.to_string();
    if plain.is_ascii() {
        return plain.into_bytes();
    }
    let mut out = String::new();
    for c in plain.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out.into_bytes()
}
