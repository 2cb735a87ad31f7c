//! A delivery without what it says about people: its shape, its ids and its codes, dots for the rest.

use serde_json::Value;

/// Instead of a word or a place.
const DOTS: &str = "•••";

/// The body for reading, or `None` where it is no JSON. Values under `plain` keys stay; of everything else only whether it was there.
pub(super) fn body(bytes: &[u8], plain: &[&str]) -> Option<String> {
    let mut body: Value = serde_json::from_slice(bytes).ok()?;
    hide(&mut body, false, plain);
    serde_json::to_string_pretty(&body).ok()
}

fn hide(value: &mut Value, shown: bool, plain: &[&str]) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                hide(value, plain.contains(&name.as_str()), plain);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| hide(item, shown, plain)),
        Value::String(text) if !shown && !text.is_empty() => DOTS.clone_into(text),
        Value::Number(_) if !shown => *value = DOTS.into(),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shape_and_codes_stay_and_people_do_not() {
        let raw = br#"{"id":"w1","contacts":[{"profile":{"name":"Zo"},"wa_id":"15550002222"}],"messages":[{"id":"m1","type":"text",
            "text":{"body":"my card 4111"},"location":{"latitude":1.5}}],"errors":[{"code":131051}],"ok":true,"none":null,"empty":""}"#;
        let shown = body(raw, &["id", "type", "code"]).unwrap();
        for kept in ["\"w1\"", "\"m1\"", "\"text\"", "131051", "true", "null", "\"empty\": \"\""] {
            assert!(shown.contains(kept), "{kept}: {shown}");
        }
        for hidden in ["Zo", "15550002222", "4111", "1.5"] {
            assert!(!shown.contains(hidden), "{hidden}: {shown}");
        }
        assert_eq!(body(b"not json", &[]), None);
    }

    #[test]
    fn a_plain_key_opens_nothing_below_it() {
        let shown = body(br#"{"message":{"text":{"body":"secret"}},"type":["a","b"]}"#, &["message", "type"]).unwrap();
        assert!(!shown.contains("secret") && shown.contains("\"a\""), "{shown}");
    }
}
