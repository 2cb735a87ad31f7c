//! Where a customer came from with a message: what the provider told beside it. Pure.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// Longest text that is handed on, in characters. It comes from outside.
const LONGEST: usize = 1_000;

/// What the customer pressed before they wrote: an advertisement, a post, an article of a catalogue.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Referral {
    /// What it was, such as `ad` or `post`.
    pub source_type: Option<String>,
    /// Its web page. Comes from outside: show it, never fetch it.
    pub source_url: Option<String>,
    /// Its headline.
    pub headline: Option<String>,
    /// Its words.
    pub body: Option<String>,
    /// An article, as the company's catalogue calls it.
    pub product_id: Option<String>,
}

/// Whether a message was handed on from another chat.
pub(super) fn forwarded(meta: Option<&Value>) -> bool {
    meta.is_some_and(|meta| meta["forwarded"] == true)
}

/// Where the customer came from, where the provider said so.
pub(super) fn referral(meta: Option<&Value>) -> Option<Referral> {
    let told = meta?.get("referral")?;
    let text =
        |value: &Value| value.as_str().map(str::trim).filter(|text| !text.is_empty()).map(|t| t.chars().take(LONGEST).collect());
    let found = Referral {
        source_type: text(&told["source_type"]),
        source_url: text(&told["source_url"]),
        headline: text(&told["headline"]),
        body: text(&told["body"]),
        product_id: text(&told["referred_product"]["product_retailer_id"]),
    };
    (found != Referral::default()).then_some(found)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_advertisement_and_an_article_are_told() {
        let advert = json!({ "referral": { "source_type": "ad", "source_url": "https://example.com", "headline": " Half price ", "body": "" } });
        let told = referral(Some(&advert)).unwrap();
        assert_eq!((told.source_type.as_deref(), told.headline.as_deref(), told.body), (Some("ad"), Some("Half price"), None));
        let article = json!({ "referral": { "referred_product": { "catalog_id": "1", "product_retailer_id": "BELL-7" } } });
        assert_eq!(referral(Some(&article)).unwrap().product_id.as_deref(), Some("BELL-7"));
    }

    #[test]
    fn what_is_empty_or_strange_says_nothing() {
        for meta in [
            json!(null),
            json!([]),
            json!({}),
            json!({ "referral": null }),
            json!({ "referral": "x" }),
            json!({ "referral": { "headline": 7 } }),
        ] {
            assert_eq!(referral(Some(&meta)), None, "{meta}");
            assert!(!forwarded(Some(&meta)), "{meta}");
        }
        assert_eq!(referral(None), None);
        assert!(forwarded(Some(&json!({ "forwarded": true }))));
        let long = json!({ "referral": { "headline": "é".repeat(5_000) } });
        assert_eq!(referral(Some(&long)).unwrap().headline.map(|h| h.chars().count()), Some(LONGEST));
    }
}
