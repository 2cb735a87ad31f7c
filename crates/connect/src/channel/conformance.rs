//! What every channel has to keep, tried on each one in the registry. A new channel is tested here by being listed there.

use std::collections::HashSet;

use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;

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
                    channel.verify(&settings, &HeaderMap::new(), body),
                    Err(Rejected::SignatureMissing),
                    "{}",
                    channel.kind()
                );
                for name in ["x-hub-signature-256", "x-hub-signature", "x-signature", "authorization"] {
                    for value in ["", "sha256=", "sha256=zz", "sha256=00", "none", CANARY] {
                        assert!(
                            channel.verify(&settings, &header(name, value), body).is_err(),
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
            assert_eq!(check(text).unwrap_err().field, "text", "{}", channel.kind());
        }
        assert_eq!(check("😀".repeat(max)), Ok(()), "{}", channel.kind());
    }
}

#[tokio::test]
async fn incomplete_settings_send_nothing_and_say_so() {
    let net = Outbound::new(crate::net::OutboundOptions::default()).unwrap();
    let content = Outgoing::Text { text: "hi".into() };
    let message = OutboundMessage { id: Uuid::nil(), to: "15550002222".into(), phone: None, content, reply_to: None };
    for channel in Registry.all() {
        let error = channel.send(&net, &settings(json!({}), &[]), &message).await.unwrap_err();
        assert!(matches!(error, SendError::Account { .. }), "{}: {error:?}", channel.kind());
    }
}

/// Nothing a parser gives may hold what PostgreSQL refuses.
fn storable(elements: &[Element]) -> bool {
    !elements.is_empty()
        && elements.iter().all(|element| match &element.body {
            ElementBody::Message(m) => {
                let kept = serde_json::to_string(&(&m.content, &m.referral)).unwrap();
                let ids = [Some(&m.external_id), Some(&m.sender.external_id), m.reply_to.as_ref()];
                let told = [&m.sender.name, &m.sender.username, &m.sender.phone].map(|p| p.as_ref().map(|p| p.reveal()));
                let mut texts = ids.into_iter().chain(told).flatten().chain(&m.sender.aliases);
                !kept.contains("\\u0000")
                    && texts.all(|t| !t.contains('\0'))
                    && !m.external_id.is_empty()
                    && !m.sender.external_id.is_empty()
            }
            ElementBody::Status(s) => !s.external_id.contains('\0'),
            ElementBody::IdentityChange(c) => [&c.external_id, &c.old, &c.new, &c.text].iter().all(|t| !t.contains('\0')),
            ElementBody::AccountProblem(e) => !format!("{e:?}").contains("\\0"),
            ElementBody::Template(notice) => !notice.name.is_empty() && !notice.owner.is_empty(),
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
            let headers = HeaderMap::from_iter([(HeaderName::from_static("x-hub-signature-256"), value)]);
            prop_assert!(channel.verify(&canary_settings(), &headers, &body).is_err());
            prop_assert!(channel.handshake(&canary_settings(), &query).is_err());
        }
    }
}
