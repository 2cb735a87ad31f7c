//! What every channel has to keep, tried on each one in the registry. A new channel is tested here by being listed there.

use std::collections::HashSet;

use base::Time;
use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    specimen::{NOW, Specimen},
    *,
};

const CANARY: &str = "canary-7f3a9c";

fn settings(config: Value, credentials: &[(&str, &str)]) -> Settings {
    let credentials = credentials.iter().map(|(n, v)| ((*n).to_owned(), (*v).into())).collect();
    Settings { channel_id: Uuid::nil(), config, credentials }
}

/// Every secret any channel may ask for, each of them the canary.
fn canary_settings() -> Settings {
    let names = ["access_token", "app_secret", "verify_token", "password", "signing_secret", "api_key", CANARY];
    settings(json!({ CANARY: CANARY }), &names.map(|n| (n, CANARY)))
}

#[test]
fn kinds_are_unique_and_found() {
    let mut seen = HashSet::new();
    for channel in Registry.all() {
        let kind = channel.kind();
        assert!(!kind.is_empty() && kind.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{kind}");
        assert!(seen.insert(kind), "{kind} twice");
        assert_eq!(Registry.get(kind).map(Channel::kind), Some(kind));
    }
    assert!(Registry.get("").is_none() && Registry.get("carrier_pigeon").is_none());
}

#[test]
fn capabilities_make_sense() {
    for channel in Registry.all() {
        let can = channel.capabilities();
        assert!(can.max_text_chars > 0 && can.sends_per_second > 0, "{}", channel.kind());
        assert!(can.reply_window.is_none_or(|w| !w.is_zero()), "{}", channel.kind());
    }
    for specimen in Specimen::all() {
        let visits = specimen.channel.widget(&specimen.settings).is_some();
        assert_eq!(specimen.channel.capabilities().visits, visits, "{}", specimen.channel.kind());
    }
}

#[test]
fn wrong_settings_are_named_field_by_field() {
    let wrong = [
        settings(Value::Null, &[]),
        settings(json!({}), &[]),
        settings(json!([1, 2]), &[]),
        settings(json!("text"), &[]),
        settings(json!({ "a_field_nobody_has": 1 }), &[("a_secret_nobody_has", "x")]),
        canary_settings(),
    ];
    for channel in Registry.all() {
        for settings in &wrong {
            let errors = channel.check_config(settings).expect_err(channel.kind());
            assert!(!errors.is_empty(), "{}", channel.kind());
            for error in errors {
                let named =
                    error.field == "config" || error.field.starts_with("config.") || error.field.starts_with("credentials.");
                assert!(named && error.message.len() > 10, "{error:?}");
                assert!(!error.message.contains(CANARY), "{error:?}");
            }
        }
        let errors = channel.check_config(&wrong[4]).unwrap_err();
        for field in ["config.a_field_nobody_has", "credentials.a_secret_nobody_has"] {
            assert!(errors.iter().any(|e| e.field == field), "{} lets {field} pass", channel.kind());
        }
    }
}

#[test]
fn settings_print_no_secret() {
    assert!(!format!("{:?} {:#?}", canary_settings(), canary_settings()).contains(CANARY));
}

#[test]
fn nothing_unsigned_is_let_in() {
    let header = |name: &'static str, value: &'static str| {
        HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::from_static(value))])
    };
    for channel in Registry.all() {
        for settings in [canary_settings(), settings(json!({}), &[])] {
            for body in [&b""[..], b"{}", b"\xff\x00"] {
                assert_eq!(
                    channel.verify(&settings, &HeaderMap::new(), body, NOW),
                    Err(Rejected::SignatureMissing),
                    "{}",
                    channel.kind()
                );
                for name in
                    ["x-hub-signature-256", "x-hub-signature", "x-signature", "webhook-signature", "webhook-id", "authorization"]
                {
                    for value in ["", "sha256=", "sha256=zz", "sha256=00", "none", CANARY] {
                        assert!(
                            channel.verify(&settings, &header(name, value), body, NOW).is_err(),
                            "{} {name}: {value}",
                            channel.kind()
                        );
                    }
                }
            }
            for query in
                ["", "hub.mode=subscribe", "hub.mode=subscribe&hub.verify_token=&hub.challenge=1", "%ff=%00&&==", "token"]
            {
                assert!(channel.handshake(&settings, query).is_err(), "{} {query}", channel.kind());
            }
        }
    }
}

#[test]
fn texts_are_checked() {
    for channel in Registry.all() {
        let max = channel.capabilities().max_text_chars;
        let check = |text: String| channel.check(&Draft { content: Outgoing::Text { text }, is_reply: false });
        for text in [String::new(), " \n\t".to_owned(), "null\0".to_owned(), "😀".repeat(max + 1)] {
            assert_eq!(check(text).unwrap_err()[0].field, "text", "{}", channel.kind());
        }
        assert_eq!(check("😀".repeat(max)), Ok(()), "{}", channel.kind());
    }
}

#[test]
fn only_what_can_be_done_is_let_through() {
    for channel in Registry.all() {
        let can = channel.capabilities();
        let check = |content: Outgoing, is_reply: bool| channel.check(&Draft { content, is_reply }).is_ok();
        assert_eq!(check(Outgoing::Text { text: "hi".into() }, true), can.reply_to, "{}", channel.kind());
        assert_eq!(check(Outgoing::Template { template: hello(), file: None }, false), can.templates, "{}", channel.kind());
        assert_eq!(check(reaction(), false), can.reactions, "{}", channel.kind());
        assert_eq!(check(place(), false), can.structured.location.is_some(), "{}", channel.kind());
        for (able, question) in [(can.structured.buttons.is_some(), buttons(1)), (can.structured.list.is_some(), list(1))] {
            assert_eq!(check(Outgoing::Interactive(question), false), able, "{}", channel.kind());
        }
        if let Some(limits) = can.structured.buttons {
            assert!(check(Outgoing::Interactive(buttons(limits.max_buttons)), false), "{}", channel.kind());
            assert!(!check(Outgoing::Interactive(buttons(limits.max_buttons + 1)), false), "{}", channel.kind());
        }
        if let Some(limits) = can.structured.list {
            assert!(check(Outgoing::Interactive(list(limits.max_rows)), false), "{}", channel.kind());
            assert!(!check(Outgoing::Interactive(list(limits.max_rows + 1)), false), "{}", channel.kind());
        }
        for kind in [MediaKind::Image, MediaKind::Video, MediaKind::Audio, MediaKind::Document, MediaKind::Sticker] {
            let file = |mime_type: &str, size: u64, caption: usize| {
                let caption = (caption > 0).then(|| "é".repeat(caption));
                let (external_id, mime_type, filename) = ("x".to_owned(), mime_type.to_owned(), Some("name".to_owned()));
                Outgoing::Media(OutgoingMedia { kind, external_id, mime_type, size, caption, filename, voice: false, link: None })
            };
            let Some(limits) = can.media.of(kind).filter(|_| can.media_per_message > 0) else {
                assert!(!check(file("image/png", 10, 0), false), "{} takes no {kind:?}", channel.kind());
                continue;
            };
            assert!(!limits.mime_types.is_empty() && limits.max_bytes > 0, "{} {kind:?}", channel.kind());
            let full = |mime: &&&str| check(file(mime, limits.max_bytes, limits.caption_chars), false);
            assert!(limits.mime_types.iter().any(|mime| full(&mime)), "{} {kind:?} of no type are so large", channel.kind());
            for mime in limits.mime_types {
                assert!(check(file(mime, 10, limits.caption_chars), false), "{} {kind:?} {mime}", channel.kind());
                assert!(!check(file(mime, limits.max_bytes + 1, 0), false), "{} {kind:?} {mime} is too large", channel.kind());
                let long = file(mime, 10, limits.caption_chars + 1);
                assert!(!check(long, false), "{} {kind:?} {mime}: the caption is too long", channel.kind());
            }
            assert!(!check(file("chemical/x-xyz", 10, 0), false), "{} {kind:?} of any type", channel.kind());
        }
    }
}

fn hello() -> TemplateMessage {
    let (name, language, body) = ("hello".into(), "en".into(), "Hello".into());
    let (buttons, values) = (Vec::new(), Vec::new());
    TemplateMessage { name, language, header: None, header_file: None, body, footer: None, buttons, values }
}

fn place() -> Outgoing {
    Outgoing::Location(Place { latitude: 52.5, longitude: 13.4, name: Some("Here".into()), address: None })
}

fn buttons(count: usize) -> Interactive {
    let buttons = (0..count).map(|n| ReplyButton { id: n.to_string(), title: format!("No. {n}") }).collect();
    Interactive::Buttons(Buttons { text: "Which?".into(), header: None, footer: None, buttons })
}

fn list(count: usize) -> Interactive {
    let rows = (0..count).map(|n| ListRow { id: n.to_string(), title: format!("No. {n}"), description: None }).collect();
    let sections = vec![ListSection { title: None, rows }];
    Interactive::List(List { text: "Which?".into(), header: None, footer: None, button: "Choose".into(), sections })
}

fn outbound(content: Outgoing) -> OutboundMessage {
    OutboundMessage {
        id: Uuid::nil(),
        to: "15550002222".into(),
        phone: None,
        content,
        reply_to: None,
        now: NOW,
        conversation: ConversationRef::default(),
        agent: None,
    }
}

fn reaction() -> Outgoing {
    Outgoing::Reaction { to: "x".into(), emoji: Some("👍".into()) }
}

/// What a channel cannot do it refuses, without asking its provider.
#[tokio::test]
async fn what_cannot_be_done_is_not_sent() {
    let net = Outbound::new(crate::net::OutboundOptions::default()).unwrap();
    for specimen in Specimen::all() {
        let can = specimen.channel.capabilities();
        for (able, content) in [
            (can.templates, Outgoing::Template { template: hello(), file: None }),
            (can.reactions, reaction()),
            (can.structured.location.is_some(), place()),
            (can.structured.buttons.is_some(), Outgoing::Interactive(buttons(1))),
            (can.structured.list.is_some(), Outgoing::Interactive(list(1))),
        ] {
            if !able {
                let error = specimen.channel.send(&net, &specimen.settings, &outbound(content)).await.unwrap_err();
                assert!(matches!(error, SendError::Final { .. }), "{}: {error:?}", specimen.channel.kind());
            }
        }
    }
}

/// Each recorded delivery of each channel.
fn recorded() -> impl Iterator<Item = (Specimen, String, Vec<u8>)> {
    Specimen::all().flat_map(|specimen| {
        let deliveries = specimen.deliveries("fixtures");
        assert!(deliveries.len() >= 5, "{} shows too few deliveries", specimen.channel.kind());
        let kind = specimen.channel.kind();
        deliveries.into_iter().map(move |(name, body)| {
            (Specimen::all().find(|s| s.channel.kind() == kind).unwrap(), format!("{kind}/{name}"), body)
        })
    })
}

#[test]
fn a_signature_holds_for_its_own_bytes_and_no_others() {
    for (specimen, name, body) in recorded() {
        let Specimen { channel, settings, sign, .. } = &specimen;
        let headers = sign(settings, &body);
        assert_eq!(channel.verify(settings, &headers, &body, NOW), Ok(()), "{name}");
        let mut other = body.clone();
        for at in 0..other.len() {
            let bit = 1 << (at % 8);
            other[at] ^= bit;
            assert_eq!(channel.verify(settings, &headers, &other, NOW), Err(Rejected::SignatureWrong), "{name}: byte {at}");
            other[at] ^= bit;
        }
        for shorter in [&body[1..], &body[..body.len() - 1], &[]] {
            assert_eq!(channel.verify(settings, &headers, shorter, NOW), Err(Rejected::SignatureWrong), "{name}");
        }
        assert_eq!(channel.verify(settings, &headers, &[&body[..], b" "].concat(), NOW), Err(Rejected::SignatureWrong), "{name}");
        for header in headers.keys() {
            let mut fewer = headers.clone();
            fewer.remove(header);
            assert_eq!(channel.verify(settings, &fewer, &body, NOW), Err(Rejected::SignatureMissing), "{name} without {header}");
            let value = headers[header].as_bytes();
            for at in 0..value.len() {
                let mut forged = value.to_vec();
                forged[at] = if forged[at] == b'0' { b'1' } else { b'0' };
                let mut with = headers.clone();
                with.insert(header, HeaderValue::from_bytes(&forged).unwrap());
                assert!(channel.verify(settings, &with, &body, NOW).is_err(), "{name}: {header} with another character {at}");
            }
            let mut longer = headers.clone();
            longer.insert(header, HeaderValue::from_bytes(&[value, b"00"].concat()).unwrap());
            assert!(channel.verify(settings, &longer, &body, NOW).is_err(), "{name}");
        }
    }
}

/// What tells repeats apart.
fn ids(elements: &[Element]) -> Vec<String> {
    let id = |element: &Element| match &element.body {
        ElementBody::Message(m) => format!("{:?} {}", element.account, m.external_id),
        ElementBody::Status(s) => format!("{:?} {} {:?}", element.account, s.external_id, s.status),
        ElementBody::IdentityChange(c) => format!("{:?} {}", element.account, c.external_id),
        other => format!("{other:?}"),
    };
    elements.iter().map(id).collect()
}

#[test]
fn a_repeat_is_known_by_its_ids() {
    for (specimen, name, body) in recorded() {
        let first = specimen.channel.parse(&body);
        assert_eq!(specimen.channel.parse(&body), first, "{name}");
        // Written in another way it is still the same.
        if let Ok(value) = serde_json::from_slice::<Value>(&body) {
            for again in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
                assert_eq!(ids(&specimen.channel.parse(again.as_bytes())), ids(&first), "{name}");
            }
        }
        assert!(storable(&first), "{name}");
    }
}

/// Times in milliseconds where they were in seconds; how many there were.
fn in_milliseconds(value: &mut Value, names: &[&str]) -> usize {
    match value {
        Value::Array(items) => items.iter_mut().map(|item| in_milliseconds(item, names)).sum(),
        Value::Object(fields) => fields
            .iter_mut()
            .map(|(name, field)| {
                // A time in words has no unit to mistake.
                let in_words = field.as_str().is_some_and(|text| chrono::DateTime::parse_from_rfc3339(text).is_ok());
                if in_words && names.contains(&name.as_str()) {
                    return 1;
                }
                let seconds = match field {
                    _ if !names.contains(&name.as_str()) => None,
                    Value::String(text) => text.parse::<i64>().ok().filter(|n| (1_000_000_000..10_000_000_000).contains(n)),
                    Value::Number(number) => number.as_i64().filter(|n| (1_000_000_000..10_000_000_000).contains(n)),
                    _ => None,
                };
                match seconds {
                    Some(seconds) if field.is_string() => *field = (seconds * 1000).to_string().into(),
                    Some(seconds) => *field = (seconds * 1000).into(),
                    None => return in_milliseconds(field, names),
                }
                1
            })
            .sum(),
        _ => 0,
    }
}

#[test]
fn times_are_read_in_seconds_and_in_milliseconds() {
    let mut told = 0;
    for (specimen, name, body) in recorded() {
        let Ok(mut value) = serde_json::from_slice::<Value>(&body) else { continue };
        let inside = in_milliseconds(&mut value, specimen.times);
        let (seconds, milliseconds) = (specimen.channel.parse(&body), specimen.channel.parse(value.to_string().as_bytes()));
        assert_eq!(times(&milliseconds), times(&seconds), "{name}");
        for at in times(&seconds).into_iter().flatten() {
            assert!((2000..2100).contains(&chrono::Datelike::year(&at)), "{name}: {at}");
            told += 1;
        }
        assert!(inside > 0 || times(&seconds).iter().all(Option::is_none), "{name} tells times under other names");
    }
    assert!(told >= 10, "the recorded deliveries tell {told} times");
}

fn times(elements: &[Element]) -> Vec<Option<Time>> {
    let time = |element: &Element| match &element.body {
        ElementBody::Message(m) => m.sent_at,
        ElementBody::Status(s) => s.at,
        ElementBody::IdentityChange(c) => c.at,
        ElementBody::Read(r) => r.at,
        ElementBody::Template(t) => t.at,
        _ => None,
    };
    elements.iter().map(time).collect()
}

#[tokio::test]
async fn incomplete_settings_send_nothing_and_say_so() {
    let net = Outbound::new(crate::net::OutboundOptions::default()).unwrap();
    let message = outbound(Outgoing::Text { text: "hi".into() });
    for channel in Registry.all() {
        let error = channel.send(&net, &settings(json!({}), &[]), &message).await.unwrap_err();
        assert!(matches!(error, SendError::Account { .. }), "{}: {error:?}", channel.kind());
    }
}

fn no_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.contains('\0'),
        Value::Array(items) => items.iter().all(no_nul),
        Value::Object(fields) => fields.iter().all(|(name, field)| !name.contains('\0') && no_nul(field)),
        _ => true,
    }
}

/// Nothing a parser gives may hold what PostgreSQL refuses.
pub(super) fn storable(elements: &[Element]) -> bool {
    !elements.is_empty()
        && elements.iter().all(|element| match &element.body {
            ElementBody::Message(m) => {
                let kept = serde_json::to_value((&m.content, &m.referral)).unwrap();
                let ids = [Some(&m.external_id), Some(&m.sender.external_id), m.reply_to.as_ref()];
                let told = [&m.sender.name, &m.sender.username, &m.sender.phone].map(|p| p.as_ref().map(|p| p.reveal()));
                let mut texts = ids.into_iter().chain(told).flatten().chain(&m.sender.aliases);
                no_nul(&kept) && texts.all(|t| !t.contains('\0')) && !m.external_id.is_empty() && !m.sender.external_id.is_empty()
            }
            ElementBody::Status(s) => !s.external_id.contains('\0'),
            ElementBody::Typing(t) => !t.external_id.is_empty() && !t.external_id.contains('\0'),
            ElementBody::Read(r) => !r.external_id.is_empty() && !r.external_id.contains('\0'),
            ElementBody::Profile(p) => {
                let told = [&p.email, &p.sender.name, &p.sender.phone].map(|t| t.as_ref().map(|t| t.reveal()));
                !p.sender.external_id.is_empty()
                    && no_nul(&Value::Object(p.attributes.clone()))
                    && told.into_iter().flatten().all(|t| !t.contains('\0'))
            }
            ElementBody::IdentityChange(c) => [&c.external_id, &c.old, &c.new, &c.text].iter().all(|t| !t.contains('\0')),
            ElementBody::AccountProblem(e) => no_nul(&serde_json::to_value(e).unwrap()),
            // As it is written here, a backslash of the notice's own is two.
            ElementBody::Account(notice) => {
                !notice.owner.is_empty() && !format!("{notice:?}").replace("\\\\", "").contains("\\0")
            }
            ElementBody::Template(notice) => {
                let texts = [&notice.name, &notice.owner, &notice.language];
                !notice.name.is_empty() && !notice.owner.is_empty() && texts.iter().all(|text| !text.contains('\0'))
            }
            ElementBody::Ignored(reason) | ElementBody::Unreadable(reason) => !reason.is_empty() && !reason.contains('\0'),
        })
}

#[test]
fn garbage_is_kept_as_unreadable() {
    let deep = format!("{}1{}", "[".repeat(5000), "]".repeat(5000));
    let bodies = ["", " ", "null", "0", "\"\"", "[]", "{}", "{", "<html>", "\u{feff}{}", "{\"entry\":1}", "\0", deep.as_str()];
    for channel in Registry.all() {
        for body in bodies {
            let elements = channel.parse(body.as_bytes());
            assert!(
                matches!(elements.as_slice(), [Element { body: ElementBody::Unreadable(_), .. }]),
                "{} {body}",
                channel.kind()
            );
        }
        assert!(storable(&channel.parse(b"\xff\xfe\x00")));
    }
}

proptest! {
    #[test]
    fn parsing_never_panics_on_bytes(body in proptest::collection::vec(any::<u8>(), 0..512)) {
        for channel in Registry.all() {
            prop_assert!(storable(&channel.parse(&body)));
        }
    }

    #[test]
    fn verifying_never_panics(body in proptest::collection::vec(any::<u8>(), 0..64), signature in "\\PC{0,80}", query in "\\PC{0,80}") {
        for channel in Registry.all() {
            let value = HeaderValue::from_bytes(signature.as_bytes()).unwrap_or(HeaderValue::from_static(""));
            let names = ["x-hub-signature-256", "webhook-id", "webhook-timestamp", "webhook-signature"];
            let headers = HeaderMap::from_iter(names.map(|name| (HeaderName::from_static(name), value.clone())));
            prop_assert!(channel.verify(&canary_settings(), &headers, &body, NOW).is_err());
            prop_assert!(channel.handshake(&canary_settings(), &query).is_err());
        }
    }
}
