use super::{super::config::*, *};
use crate::channel::{Side, VisitorKey};

fn fields(config: Value, credentials: &[(&str, &str)]) -> Vec<String> {
    check(&settings_with(config, credentials)).err().unwrap_or_default().into_iter().map(|e| e.field).collect()
}

const P256: &str = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9\nq9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9POxg==\n-----END PUBLIC KEY-----\n";

#[test]
fn the_secret_alone_will_do_and_everything_may_be_said() {
    assert_eq!(check(&settings()), Ok(()));
    let all = json!({
        "callback_url": "https://app.example/max?tenant=1",
        "allowed_origins": ["https://shop.example", "http://localhost:3000"],
        "accent": "#AA0033", "title": "Shop", "languages": ["en", "pt-BR", "ar"],
        "texts": { "en": { "welcome": "Hello!\nHow are you?" }, "pt-BR": { "welcome": "Olá!" } },
        "prechat": { "on": true, "fields": [{ "key": "email", "label": "E-mail", "type": "email", "required": true }] },
        "upload": { "on": true, "max_bytes": 1000 }, "collect": { "page": true }, "position": "left", "branding": false,
    });
    let settings = settings_with(all, &[("signing_secret", SECRET), ("visitor_key", P256), ("visitor_key", &"k".repeat(32))]);
    assert_eq!(check(&settings), Ok(()));
    let widget = widget(&settings);
    assert_eq!((widget.position, widget.branding, widget.title.as_str()), (Side::Left, false, "Shop"));
    assert_eq!(widget.texts["pt-BR"]["welcome"], "Olá!");
    assert!(widget.collect.page && !widget.collect.browser && widget.prechat.fields[0].required);
    assert!(matches!(widget.keys.as_slice(), [VisitorKey::Public(_), VisitorKey::Secret(_)]));
}

#[test]
fn what_is_not_said_is_filled_in() {
    let widget = widget(&settings());
    assert_eq!((widget.accent.as_str(), widget.languages.as_slice(), widget.branding), ("#0b6e99", &["en".to_owned()][..], true));
    assert!(widget.allowed_origins.is_empty() && widget.keys.is_empty() && !widget.upload.on && !widget.prechat.on);
}

#[test]
fn every_wrong_field_is_named_at_once() {
    let wrong = json!({
        "callback": 1, "callback_url": "ftp://app.example", "allowed_origins": ["https://shop.example/"], "accent": "red",
        "title": "t".repeat(81), "languages": ["English"], "texts": { "en": { "Welcome": "x" } },
        "prechat": { "on": true, "fields": [{ "key": "e", "label": " " }] }, "upload": { "on": true, "max_bytes": 0 },
        "collect": { "ip": true }, "position": "top", "branding": "yes",
    });
    let credentials = [("signing_secret", "whsec_short"), ("visitor_key", "short"), ("password", "x")];
    let expected = [
        "config.callback",
        "config.callback_url",
        "config.allowed_origins",
        "config.accent",
        "config.title",
        "config.languages",
        "config.texts",
        "config.prechat",
        "config.upload",
        "config.collect",
        "config.position",
        "config.branding",
        "credentials.password",
        "credentials.signing_secret",
        "credentials.visitor_key",
    ];
    assert_eq!(fields(wrong, &credentials), expected);
    assert_eq!(fields(json!({}), &[]), ["credentials.signing_secret"]);
}

#[test]
fn callbacks_go_over_tls_unless_they_are_near() {
    let passes = |url: &str| fields(json!({ "callback_url": url }), &[("signing_secret", SECRET)]).is_empty();
    for good in [
        "",
        "https://app.example/max",
        "https://app.example:8443/a?b=c",
        "http://localhost:3000/max",
        "http://127.0.0.1:9/x",
        "http://app:3000/",
    ] {
        assert!(passes(good), "{good}");
    }
    for wrong in [
        "http://app.example/max",
        "https://u:p@app.example/",
        "https://app.example/#x",
        "app.example",
        "//app.example",
        "javascript:alert(1)",
        "https://",
    ] {
        assert!(!passes(wrong), "{wrong}");
    }
}

#[test]
fn origins_are_written_as_browsers_do() {
    let passes = |origin: &str| fields(json!({ "allowed_origins": [origin] }), &[("signing_secret", SECRET)]).is_empty();
    for good in ["https://shop.example", "https://shop.example:8443", "http://localhost:5173"] {
        assert!(passes(good), "{good}");
    }
    for wrong in [
        "*",
        "null",
        "",
        "https://*.shop.example",
        "https://SHOP.example",
        "https://shop.example:443",
        "http://shop.example",
        "shop.example",
        "https://shop.example/x",
    ] {
        assert!(!passes(wrong), "{wrong}");
    }
}

#[test]
fn keys_of_another_kind_are_refused_without_being_quoted() {
    let rsa = P256.replace("MFkwEwYHKoZIzj0C", "MIIBIjANBgkqhkiG");
    let private = P256.replace("PUBLIC", "PRIVATE");
    for wrong in
        ["k".repeat(31), "k".repeat(513), format!("{} {}", "k".repeat(20), "k".repeat(20)), rsa, private, P256[..100].to_owned()]
    {
        let errors = check(&settings_with(json!({}), &[("signing_secret", SECRET), ("visitor_key", &wrong)])).unwrap_err();
        assert_eq!(errors[0].field, "credentials.visitor_key");
        assert!(!errors[0].message.contains(&wrong), "{wrong}");
    }
    for wrong in ["whsec_", "whsec_AAAA", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!!!", &[SECRET; 4].join(" ")] {
        assert_eq!(fields(json!({}), &[("signing_secret", wrong)]), ["credentials.signing_secret"], "{wrong}");
    }
}
