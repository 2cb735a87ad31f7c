use insta::assert_debug_snapshot;
use serde_json::{Value, json};

use super::*;
use crate::channel::{Content, DeliveryStatus};

#[test]
fn every_fixture_reads_as_recorded() {
    for (name, body) in FIXTURES {
        assert_debug_snapshot!(*name, parse(body));
    }
}

/// Snapshots print personal data as `[pii]`; here it is looked at.
#[test]
fn people_are_known_by_their_user_id_and_have_a_phone_only_sometimes() {
    let elements = parse(fixture("user_id"));
    let people: Vec<_> = messages(&elements).into_iter().map(|m| &m.sender).collect();
    let told = |p: &Option<base::Pii<String>>| p.as_ref().map(|p| p.reveal().clone());
    let person = |i: usize| {
        let s = people[i];
        (s.external_id.as_str(), s.aliases.clone(), told(&s.phone), told(&s.name), told(&s.username))
    };
    let (bsuid, kai) = ("US.70011223344556677", Some("Kai".to_owned()));
    assert_eq!(person(0), (bsuid, vec![], None, kai.clone(), Some("kai.w".to_owned())));
    assert_eq!(person(1), (bsuid, vec![], None, kai.clone(), None));
    assert_eq!(person(2), (bsuid, vec!["15550004444".to_owned()], Some("+15550004444".to_owned()), kai, None));
    assert_eq!(person(3), ("15550004444", vec![], Some("+15550004444".to_owned()), None, None));
    assert_eq!(person(4), (bsuid, vec![], None, None, None));
    assert_eq!(people.len(), 5);
    assert!(matches!(elements[5].body, ElementBody::Unreadable(_)));
}

#[test]
fn a_new_number_names_all_ids_of_the_person() {
    let changes: Vec<_> = parse(fixture("system_number")).into_iter().collect();
    let change = |i: usize| match &changes[i].body {
        ElementBody::IdentityChange(c) => {
            (c.old.clone(), c.new.clone(), c.aliases.clone(), c.phone.as_ref().map(|p| p.reveal().clone()))
        }
        other => panic!("{other:?}"),
    };
    let phone = Some("+15550003333".to_owned());
    assert_eq!(change(0), ("15550002222".into(), "US.NEW".into(), vec!["15550003333".into()], phone.clone()));
    assert_eq!(change(1), ("15550002222".into(), "15550003333".into(), vec![], phone));
}

#[test]
fn statuses_carry_our_id_and_their_reason_in_words() {
    let elements = parse(fixture("statuses"));
    let status = |i: usize| match &elements[i].body {
        ElementBody::Status(s) => s,
        other => panic!("{other:?}"),
    };
    assert_eq!(status(0).our_id, Some("018f4e5c-7a3b-7c21-9d10-0123456789ab".parse().unwrap()));
    assert_eq!((status(1).our_id, status(3).our_id), (None, None));
    assert_eq!(status(3).status, DeliveryStatus::Read);
    let error = status(4).error.as_ref().unwrap();
    assert_eq!(error.code, "131047");
    assert!(error.message.starts_with("More than 24 hours"), "{error:?}");
    assert!((5..7).all(|i| status(i).error.is_some()));
}

#[test]
fn times_come_in_seconds_and_milliseconds() {
    let times: Vec<_> = messages(&parse(fixture("timestamps"))).iter().map(|m| m.sent_at.map(|t| t.timestamp_millis())).collect();
    let (second, milli) = (Some(1_767_225_600_000), Some(1_767_225_600_123));
    assert_eq!(times, [second, second, milli, milli, None, None, None, None, second]);
}

#[test]
fn only_what_people_say_opens_the_window() {
    for (name, body) in FIXTURES {
        for message in messages(&parse(body)) {
            let silent = matches!(message.content.kind(), "reaction" | "edit" | "revoke" | "notice");
            let broken = matches!(&message.content, Content::Unsupported { kind, .. } if ["system", "reaction", "edit", "revoke"].contains(&kind.as_str()));
            assert_eq!(message.opens_window, !silent && !broken, "{name} {message:?}");
        }
    }
}

fn with_text(body: &Value) -> Vec<Element> {
    let message =
        json!({ "from": "15550002222", "id": "wamid.1", "timestamp": "1767225600", "type": "text", "text": { "body": body } });
    let value = json!({ "metadata": { "phone_number_id": "7" }, "contacts": [{ "wa_id": "15550002222", "profile": { "name": "n".repeat(999) } }], "messages": [message] });
    parse(&json!({ "entry": [{ "changes": [{ "field": "messages", "value": value }] }] }).to_string())
}

#[test]
fn texts_are_cleaned_and_bounded() {
    let text = |body: Value| match &messages(&with_text(&body))[0].content {
        Content::Text { text } => text.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(text(json!("a\0b\0")), "ab");
    assert_eq!(text(json!("")), "");
    assert_eq!(text(json!(17)), "17");
    assert_eq!(text(json!("😀".repeat(65_536))).chars().count(), 65_536);
    let cut = text(json!("😀".repeat(70_000)));
    assert!(cut.chars().count() == 65_536 && cut.ends_with("😀…"), "{}", cut.chars().count());
    let elements = with_text(&json!("hi"));
    let name = messages(&elements)[0].sender.name.clone().unwrap().into_inner();
    assert_eq!(name.chars().count(), 256);
    assert!(matches!(messages(&with_text(&json!({})))[0].content, Content::Unsupported { .. }));
}

#[test]
fn half_an_emoji_or_a_broken_byte_does_not_lose_the_batch() {
    let whole = fixture("signed");
    let text = |body: &[u8]| match &messages(&super::super::parse::delivery(body))[0].content {
        Content::Text { text } => text.clone(),
        other => panic!("{other:?}"),
    };
    let cases = [
        (r"\ud83d", "\u{fffd}"),
        (r"\ude00\ud83d", "\u{fffd}\u{fffd}"),
        (r"\ud83d\ud83d\ude00", "\u{fffd}😀"),
        (r"\\ud83d\ud83dx", "\\ud83d\u{fffd}x"),
    ];
    for (escaped, expected) in cases {
        assert_eq!(text(whole.replace(r"\ud83d\ude00", escaped).as_bytes()), format!("café {expected}"), "{escaped}");
    }
    let (before, after) = whole.split_at(whole.find("caf").unwrap());
    let broken = [before.as_bytes(), b"\xff", after.as_bytes()].concat();
    assert_eq!(text(&broken), "\u{fffd}café 😀");
}
