//! Envelopes: one event alone, or many mixed over several entries and changes.

use serde_json::{Map, Value, json};

use crate::Number;
use crate::webhook::queue::{Element, Item};

/// Events per change and changes per entry in a mixed call.
const PER_CHANGE: usize = 2;
const PER_ENTRY: usize = 2;

/// The body of one webhook call. Several items are spread over several entries and changes, messages beside statuses.
pub(crate) fn build(number: &Number, items: &[Item]) -> Value {
    let changes: Vec<Value> = items.chunks(PER_CHANGE).map(|chunk| change("messages", &value(number, chunk))).collect();
    let entries: Vec<Value> =
        changes.chunks(PER_ENTRY).map(|chunk| json!({ "id": number.business_account_id, "changes": chunk })).collect();
    json!({ "object": "whatsapp_business_account", "entry": entries })
}

/// An envelope around one given value; notices about the account say when (Unix seconds).
pub(crate) fn wrap(number: &Number, field: &str, value: Value, at: Option<i64>) -> Value {
    let value = match value {
        Value::Object(given) if field == "messages" => {
            let mut whole = head(number);
            whole.extend(given);
            Value::Object(whole)
        }
        other => other,
    };
    let mut entry = json!({ "id": number.business_account_id, "changes": [change(field, &value)] });
    if let Some(at) = at {
        entry["time"] = at.into();
    }
    json!({ "object": "whatsapp_business_account", "entry": [entry] })
}

fn change(field: &str, value: &Value) -> Value {
    json!({ "field": field, "value": value })
}

fn head(number: &Number) -> Map<String, Value> {
    let digits: String = number.display_phone_number.chars().filter(char::is_ascii_digit).collect();
    Map::from_iter([
        ("messaging_product".to_owned(), json!("whatsapp")),
        ("metadata".to_owned(), json!({ "display_phone_number": digits, "phone_number_id": number.phone_number_id })),
    ])
}

fn value(number: &Number, items: &[Item]) -> Value {
    let mut contacts: Vec<&Value> = Vec::new();
    let (mut messages, mut statuses) = (Vec::new(), Vec::new());
    for item in items {
        if let Some(contact) = &item.contact
            && !contacts.contains(&contact)
        {
            contacts.push(contact);
        }
        match &item.element {
            Element::Message(message) => messages.push(message),
            Element::Status(status) => statuses.push(status),
        }
    }
    let mut value = head(number);
    for (key, list) in [("contacts", contacts), ("messages", messages), ("statuses", statuses)] {
        if !list.is_empty() {
            value.insert(key.to_owned(), json!(list));
        }
    }
    Value::Object(value)
}
