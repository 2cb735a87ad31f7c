//! Whatever comes: no panic, nothing lost, neighbours unharmed.

use proptest::{prelude::*, sample::Index};
use serde_json::Map;

use super::*;

fn any_json() -> impl Strategy<Value = Value> {
    let words = [
        "message.created",
        "typing",
        "message.status",
        "failed",
        "\0",
        "max",
        "visitor:1",
        "https://a.example/x",
        "2026-01-01T00:00:00Z",
    ];
    let names = [
        "id",
        "type",
        "data",
        "events",
        "user",
        "text",
        "media",
        "url",
        "choice",
        "location",
        "message_id",
        "emoji",
        "status",
        "error",
        "attributes",
        "verified_attributes",
        "timestamp",
        "latitude",
        "source",
        "name",
        "on",
        "at",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        (-1e300..1e300f64).prop_map(Value::from),
        ".{0,12}".prop_map(Value::String),
        prop::sample::select(words.to_vec()).prop_map(Value::from),
    ];
    let key = prop_oneof![prop::sample::select(names.to_vec()).prop_map(str::to_owned), ".{0,4}"];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::vec((key.clone(), inner), 0..6).prop_map(|fields| Value::Object(Map::from_iter(fields))),
        ]
    })
}

fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Array(items) => items.iter().enumerate().for_each(|(i, v)| places(v, &format!("{at}/{i}"), found)),
        Value::Object(fields) => fields.iter().for_each(|(k, v)| places(v, &format!("{at}/{k}"), found)),
        _ => {}
    }
}

/// Everything that would be stored, as text.
fn stored(elements: &[Element]) -> String {
    elements
        .iter()
        .map(|e| match &e.body {
            ElementBody::Message(m) => {
                let told = (&m.content, &m.sender.name, &m.sender.phone, &m.reply_to, &m.sender.external_id);
                format!("{}{}", serde_json::to_string(&told).unwrap(), m.external_id)
            }
            ElementBody::Profile(p) => serde_json::to_string(&(&p.attributes, &p.email)).unwrap(),
            other => format!("{other:?}").replace("\\0", "\0"),
        })
        .collect()
}

fn good(id: &str) -> Value {
    json!({ "type": "message.created", "data": { "id": id, "user": { "id": "1" }, "text": id } })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_fixture_with_another_value_anywhere(fixture in prop::sample::select(FIXTURES), place in any::<Index>(), new in any_json()) {
        let mut value: Value = serde_json::from_str(fixture.1).unwrap();
        let mut found = Vec::new();
        places(&value, "", &mut found);
        *value.pointer_mut(place.get(&found).as_str()).unwrap() = new;
        let elements = parse(&value.to_string());
        prop_assert!(!elements.is_empty());
        let stored = stored(&elements);
        prop_assert!(!stored.contains('\0') && !stored.contains("\\u0000"));
    }

    #[test]
    fn a_fixture_with_broken_bytes(fixture in prop::sample::select(FIXTURES), at in any::<Index>(), len in 0usize..8, new in prop::collection::vec(any::<u8>(), 0..8)) {
        let body = fixture.1;
        let at = at.index(body.len());
        let end = (at + len).min(body.len());
        let broken = [&body.as_bytes()[..at], &new, &body.as_bytes()[end..]].concat();
        prop_assert!(!super::super::parse::delivery(&broken).is_empty());
    }

    #[test]
    fn every_event_is_one_element_or_a_message_and_its_sender(events in prop::collection::vec(any_json(), 0..8)) {
        let elements = parse(&json!({ "events": events }).to_string());
        let mut before_is_message = false;
        let mut alone = 0;
        for element in &elements {
            alone += usize::from(!(before_is_message && matches!(element.body, ElementBody::Profile(_))));
            before_is_message = matches!(element.body, ElementBody::Message(_));
        }
        prop_assert!(alone <= events.len().max(1) && elements.len() >= events.len().max(1));
    }

    #[test]
    fn a_named_message_is_never_lost(mut data in any_json()) {
        if let Some(fields) = data.as_object_mut() {
            fields.insert("id".into(), "m-1".into());
            fields.insert("user".into(), json!({ "id": "7" }));
            let elements = parse(&json!({ "type": "message.created", "data": data }).to_string());
            prop_assert_eq!(messages(&elements).len(), 1, "{:?}", elements);
            prop_assert_eq!(&messages(&elements)[0].sender.external_id, "user:7");
        }
    }

    #[test]
    fn neighbours_are_unharmed(strange in any_json(), stranger in any_json()) {
        let alone = |id: &str| messages(&parse(&good(id).to_string()))[0].clone();
        let elements = parse(&json!({ "events": [good("a"), strange, good("b"), stranger, good("c")] }).to_string());
        for id in ["a", "b", "c"] {
            prop_assert!(messages(&elements).contains(&&alone(id)), "{} is missing", id);
        }
    }
}
