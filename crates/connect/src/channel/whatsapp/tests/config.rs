use serde_json::json;

use super::{super::config::*, *};

fn fields(settings: &Settings) -> Vec<String> {
    check(settings).err().unwrap_or_default().into_iter().map(|e| e.field).collect()
}

#[test]
fn complete_settings_pass() {
    assert_eq!(check(&settings()), Ok(()));
    let base = "http://127.0.0.1:9000/fake/v24.0/";
    assert_eq!(check(&settings_with(json!({ "phone_number_id": "1", "business_account_id": "2", "api_base": base }))), Ok(()));
}

#[test]
fn every_wrong_field_is_named_at_once() {
    let mut all_wrong =
        settings_with(json!({ "phone_number_id": "+1555", "business_account_id": 7, "api_base": "graph", "apibase": "x" }));
    all_wrong.credentials =
        vec![("access_token".into(), "two words".into()), ("app_secret".into(), "".into()), ("token".into(), "x".into())];
    let expected = [
        "config.apibase",
        "config.phone_number_id",
        "config.business_account_id",
        "config.api_base",
        "credentials.token",
        "credentials.access_token",
        "credentials.app_secret",
        "credentials.verify_token",
    ];
    assert_eq!(fields(&all_wrong), expected);
    let words = check(&all_wrong).unwrap_err();
    assert_eq!(words[0].message, "is not a field of this channel; the fields are phone_number_id, business_account_id, api_base");
    assert!(words[1].message.contains("digits only"), "{words:?}");
}

#[test]
fn the_base_gets_its_version() {
    let base = |given: &str| api_base(&settings_with(json!({ "api_base": given })));
    for (given, expected) in [
        ("", "https://graph.facebook.com/v23.0"),
        ("https://graph.facebook.com", "https://graph.facebook.com/v23.0"),
        ("https://graph.facebook.com/", "https://graph.facebook.com/v23.0"),
        ("https://graph.facebook.com/v25.0", "https://graph.facebook.com/v25.0"),
        ("https://graph.facebook.com/v25.0/", "https://graph.facebook.com/v25.0"),
        ("http://localhost:9000", "http://localhost:9000/v23.0"),
        ("http://localhost:9000/v1", "http://localhost:9000/v1/v23.0"),
        ("https://proxy.example/meta/v.1", "https://proxy.example/meta/v.1/v23.0"),
    ] {
        assert_eq!(base(given).as_deref(), Ok(expected), "{given}");
    }
    for wrong in [
        "graph.facebook.com",
        "ftp://a.example",
        "file:///etc/passwd",
        "https://",
        "https://u:p@a.example",
        "https://a.example?x=1",
        "https://a.example#x",
    ] {
        assert!(base(wrong).is_err(), "{wrong}");
    }
    assert_eq!(messages_url(&settings()).as_deref(), Some("https://graph.facebook.com/v23.0/700800900100200/messages"));
    assert_eq!(messages_url(&settings_with(json!({ "phone_number_id": "../me" }))), None);
}
