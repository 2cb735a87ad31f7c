//! Whatever comes: no panic, nothing lost, neighbours unharmed.

use proptest::{prelude::*, sample::Index};
use serde_json::{Map, Value, json};

use super::*;

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        (-1e300..1e300f64).prop_map(Value::from),
        ".{0,12}".prop_map(Value::String),
        prop::sample::select(vec![
            "text",
            "image",
            "system",
            "edit",
            "\0",
            "15550002222",
            "US.1",
            "1767225600",
            "msg_x",
            "failed"
        ])
        .prop_map(Value::from),
    ];
    let key = prop_oneof![
        prop::sample::select(vec![
            "id",
            "from",
            "from_user_id",
            "type",
            "timestamp",
            "text",
            "body",
            "image",
            "context",
            "errors",
            "system",
            "status",
            "interactive",
            "code",
            "referral",
            "message",
            "edit",
            "contacts",
            "order",
            "product_items",
            "error_data",
            "group_id",
            "original_message_id",
            "wa_id",
        ])
        .prop_map(str::to_owned),
        ".{0,4}",
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::vec((key.clone(), inner), 0..6).prop_map(|fields| Value::Object(Map::from_iter(fields))),
        ]
    })
}

fn any_fixture() -> impl Strategy<Value = &'static str> {
    prop::sample::select(FIXTURES).prop_map(|(_, body)| body)
}

/// The places in a document, as JSON pointers.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Array(items) => items.iter().enumerate().for_each(|(i, v)| places(v, &format!("{at}/{i}"), found)),
        Value::Object(fields) => fields.iter().for_each(|(k, v)| places(v, &format!("{at}/{k}"), found)),
        _ => {}
    }
}

fn delivery(value: &Value) -> String {
    json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": [{ "field": "messages", "value": value }] }] }).to_string()
}

fn good_text(id: &str) -> Value {
    json!({ "from": "15550002222", "id": id, "timestamp": "1767225600", "type": "text", "text": { "body": id } })
}

/// Everything that would be stored, as text.
fn stored(elements: &[Element]) -> String {
    elements
        .iter()
        .map(|e| match &e.body {
            ElementBody::Message(m) => {
                format!("{}{}", serde_json::to_string(&(&m.content, &m.referral, &m.sender.name)).unwrap(), m.external_id)
            }
            other => format!("{other:?}").replace("\\0", "\0"),
        })
        .collect()
}

#[test]
fn what_nests_beyond_measure_costs_its_own_place_only() {
    let deep = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
    let with = |text: &str| {
        let a = good_text("a").to_string();
        let b = good_text("b").to_string();
        format!(
            r#"{{"entry":[{{"id":"1","changes":[{{"field":"messages","value":{{"messages":[{a},{{"from":"15550002222","id":"deep","type":"text","text":{text}}},{b}]}}}}]}}]}}"#
        )
    };
    for text in [
        deep(80),
        deep(130),
        deep(10_000),
        format!(r#"{{"body":{}}}"#, deep(10_000)),
        r#"{"a":"#.repeat(10_000) + "1" + &"}".repeat(10_000),
    ] {
        let elements = parse(&with(&text));
        let found = messages(&elements);
        assert_eq!(found.iter().map(|m| m.external_id.as_str()).collect::<Vec<_>>(), ["a", "deep", "b"]);
        assert_eq!(found[1].content.kind(), "unsupported", "shown, with what there is of it");
    }
    // Brackets in texts are texts, and what never ends is no JSON.
    let words = format!(r#"{{"body":"{} \" {}"}}"#, "[".repeat(300), "}".repeat(300));
    assert_eq!(messages(&parse(&with(&words)))[1].content.text().unwrap().len(), 603);
    assert!(matches!(parse(&"[".repeat(50_000))[..], [Element { body: ElementBody::Unreadable(_), .. }]));
    assert!(matches!(parse(&with(&deep(10_000).replace(']', "")))[..], [Element { body: ElementBody::Unreadable(_), .. }]));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_fixture_with_another_value_anywhere(body in any_fixture(), place in any::<Index>(), new in any_json()) {
        let mut value: Value = serde_json::from_str(body).unwrap();
        let mut found = Vec::new();
        places(&value, "", &mut found);
        *value.pointer_mut(place.get(&found).as_str()).unwrap() = new;
        let elements = parse(&value.to_string());
        prop_assert!(!elements.is_empty());
        let stored = stored(&elements);
        prop_assert!(!stored.contains('\0') && !stored.contains("\\u0000"));
    }

    #[test]
    fn a_fixture_with_broken_bytes(body in any_fixture(), at in any::<Index>(), len in 0usize..8, new in prop::collection::vec(any::<u8>(), 0..8)) {
        let at = at.index(body.len());
        let end = (at + len).min(body.len());
        let broken = [&body.as_bytes()[..at], &new, &body.as_bytes()[end..]].concat();
        prop_assert!(!super::super::parse::delivery(&broken).is_empty());
    }

    #[test]
    fn every_item_is_exactly_one_element(
        messages in prop::collection::vec(any_json(), 0..6),
        statuses in prop::collection::vec(any_json(), 0..4),
        errors in prop::collection::vec(any_json(), 0..3),
        contacts in any_json(),
    ) {
        let expected = (messages.len() + statuses.len() + errors.len()).max(1);
        let value = json!({ "contacts": contacts, "messages": messages, "statuses": statuses, "errors": errors });
        prop_assert_eq!(parse(&delivery(&value)).len(), expected);
    }

    #[test]
    fn a_named_message_is_never_lost(mut message in any_json()) {
        // Whatever else it holds: with an id and a sender it is a message, or a change of who they are.
        if let Some(fields) = message.as_object_mut() {
            fields.remove("group_id");
            fields.insert("id".into(), "wamid.1".into());
            fields.insert("from".into(), "15550002222".into());
            let elements = parse(&delivery(&json!({ "messages": [message] })));
            prop_assert!(matches!(elements[0].body, ElementBody::Message(_) | ElementBody::IdentityChange(_)), "{:?}", elements);
        }
    }

    #[test]
    fn neighbours_are_unharmed(strange in any_json(), strange_change in any_json(), strange_entry in any_json()) {
        let good = |id: &str| messages(&parse(&delivery(&json!({ "messages": [good_text(id)] }))))[0].clone();
        let value = json!({ "messages": [good_text("a"), strange, good_text("b")] });
        let after = json!({ "field": "messages", "value": { "messages": [good_text("c")] } });
        let entry = json!({ "id": "1", "changes": [{ "field": "messages", "value": value }, strange_change, after] });
        let last = json!({ "id": "2", "changes": [{ "field": "messages", "value": { "messages": [good_text("d")] } }] });
        let elements = parse(&json!({ "entry": [entry, strange_entry, last] }).to_string());
        let found = messages(&elements);
        for id in ["a", "b", "c", "d"] {
            prop_assert!(found.contains(&&good(id)), "{} is missing", id);
        }
    }
}
