use insta::assert_debug_snapshot;

use super::{super::page, *};
use crate::channel::{Content, Profile, ReadMark, VisitorProfile, VisitorSaid};

#[test]
fn every_fixture_reads_as_recorded() {
    for (name, body) in FIXTURES {
        assert_debug_snapshot!(*name, parse(body));
    }
}

/// Snapshots print personal data as `[pii]`; here it is looked at.
#[test]
fn users_are_known_by_the_companys_own_id() {
    let elements = parse(fixture("full"));
    let sender = &messages(&elements)[0].sender;
    assert_eq!(sender.external_id, "user:customer-42");
    assert_eq!(sender.name.as_ref().unwrap().reveal(), "Ana Silva");
    assert_eq!(sender.phone.as_ref().unwrap().reveal(), "+15550002222");
    let profile = profile(&elements[1]);
    assert_eq!(profile.email.as_ref().unwrap().reveal(), "ana@shop.example");
    let expected = json!({ "language": "pt-BR", "plan": "silver", "visits": 12, "beta": true, "gone": null });
    assert_eq!(Value::Object(profile.attributes.clone()), expected, "what is verified stands before what is only said");
    // However the app writes it, nobody becomes a visitor of a page.
    let visitor = fixture("text").replace("customer-42", "visitor:7");
    assert_eq!(messages(&parse(&visitor))[0].sender.external_id, "user:visitor:7");
}

fn profile(element: &Element) -> &Profile {
    match &element.body {
        ElementBody::Profile(profile) => profile,
        other => panic!("{other:?}"),
    }
}

/// What a page says is kept as a delivery, and read again as one.
#[test]
fn what_a_visitor_says_reads_as_it_was_said() {
    let read = |said: VisitorSaid| {
        let body = page::write_down("visitor:7", &said, at(1_767_225_600));
        let mut elements = super::super::parse::delivery(&body);
        assert_eq!(elements.len(), 1, "{elements:?}");
        elements.remove(0).body
    };
    let message = VisitorSaid::Message {
        id: "visitor:7/a".into(),
        text: Some("hi".into()),
        file: None,
        choice: None,
        reply_to: None,
        name: None,
    };
    match read(message) {
        ElementBody::Message(m) => {
            assert_eq!((m.external_id.as_str(), m.sender.external_id.as_str()), ("visitor:7/a", "visitor:7"));
            assert_eq!(m.content, Content::Text { text: "hi".into() });
        }
        other => panic!("{other:?}"),
    }
    for is_read in [true, false] {
        let seen = read(VisitorSaid::Seen { at: at(1_767_225_000), read: is_read });
        let expected = ReadMark { external_id: "visitor:7".into(), at: Some(at(1_767_225_000)), read: is_read, shown: true };
        assert_eq!(seen, ElementBody::Read(expected));
    }
    for verified in [true, false] {
        let told = VisitorProfile { email: Some("a@b.example".into()), verified, ..VisitorProfile::default() };
        match read(VisitorSaid::Profile(told)) {
            ElementBody::Profile(p) => assert_eq!((p.claimed, p.email.is_some()), (!verified, true)),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn what_has_no_id_gets_the_same_one_again() {
    let ids = |body: &str| messages(&parse(body)).iter().map(|m| m.external_id.clone()).collect::<Vec<_>>();
    let (first, again) = (ids(fixture("reaction")), ids(fixture("reaction")));
    assert_eq!(first, again);
    assert!(first[0] != first[1] && first[0].starts_with("event_"), "{first:?}");
    let later = fixture("reaction").replace("00:00:00Z", "00:00:01Z");
    assert_ne!(ids(&later), first);
}

#[test]
fn only_what_people_say_opens_the_window() {
    for (name, body) in FIXTURES {
        for message in messages(&parse(body)) {
            let silent = matches!(message.content.kind(), "reaction" | "edit" | "revoke");
            assert_eq!(message.opens_window, !silent, "{name} {message:?}");
        }
    }
}

#[test]
fn files_are_named_without_folders_and_fetched_from_the_web_only() {
    let elements = parse(fixture("media"));
    let names: Vec<_> = messages(&elements)
        .iter()
        .map(|m| match &m.content {
            Content::Media(media) => (media.filename.as_deref(), media.external_id.as_str()),
            other => (None, other.kind()),
        })
        .collect();
    assert_eq!(names[0], (Some("cat<script>.jpg"), "https://files.app.example/1.jpg"), "a screen shows it as text");
    assert_eq!(names[4], (None, "unsupported"));
}

#[test]
fn texts_are_cleaned_and_bounded() {
    let text = |text: &str| {
        let body = json!({ "type": "message.created", "data": { "id": "1", "user": { "id": "1", "name": "n".repeat(999) }, "text": text } });
        let elements = parse(&body.to_string());
        assert_eq!(messages(&elements)[0].sender.name.clone().unwrap().into_inner().chars().count(), 256);
        messages(&elements)[0].content.text().map(str::to_owned)
    };
    assert_eq!(text("a\0b").as_deref(), Some("ab"));
    assert_eq!(text("<img src=x onerror=alert(1)>").as_deref(), Some("<img src=x onerror=alert(1)>"), "words stay words");
    assert_eq!(text(&"😀".repeat(70_000)).unwrap().chars().count(), 65_536);
    assert_eq!(text(" "), None);
}
