//! The Standard Webhooks scheme, both ways: what is signed is `{id}.{timestamp}.{body}`. Nothing of a body is looked at before this has
//! passed.

use base::Time;
use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName, HeaderValue};
use sha2::Sha256;

use super::{
    super::{Rejected, Settings},
    config,
};

const ID: &str = "webhook-id";
const TIMESTAMP: &str = "webhook-timestamp";
const SIGNATURE: &str = "webhook-signature";
const VERSION: &str = "v1,";

/// How far the signed time may be from ours, either way, in seconds.
const TOLERANCE: i64 = 300;
/// Signatures of one call that are looked at: one for each secret at work, and room for other versions.
const MAX_SIGNATURES: usize = 16;

fn mac(key: &[u8], id: &str, timestamp: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(id.as_bytes());
    mac.update(b".");
    mac.update(timestamp.as_bytes());
    mac.update(b".");
    mac.update(body);
    Some(mac)
}

/// Checks the signature over the raw bytes with each secret at work. Only who knows a secret learns that their clock is wrong.
pub(super) fn verify(settings: &Settings, headers: &HeaderMap, body: &[u8], now: Time) -> Result<(), Rejected> {
    let text = |name: &str| match headers.get(name).map(HeaderValue::to_str) {
        Some(Ok(text)) if !text.is_empty() => Ok(text),
        Some(_) => Err(Rejected::SignatureWrong),
        None => Err(Rejected::SignatureMissing),
    };
    let (id, timestamp, claimed) = (text(ID)?, text(TIMESTAMP)?, text(SIGNATURE)?);
    let at: i64 = timestamp.parse().map_err(|_| Rejected::SignatureWrong)?;
    let claimed = claimed.split_ascii_whitespace().filter_map(|s| s.strip_prefix(VERSION)).take(MAX_SIGNATURES);
    let claimed: Vec<Vec<u8>> = claimed.filter_map(|s| BASE64_STANDARD.decode(s).ok()).collect();
    let holds = config::signing_keys(settings).iter().any(|key| {
        let mac = mac(key, id, timestamp, body);
        mac.is_some_and(|mac| claimed.iter().any(|signature| mac.clone().verify_slice(signature).is_ok()))
    });
    if !holds {
        return Err(Rejected::SignatureWrong);
    }
    if at.abs_diff(now.timestamp()) > TOLERANCE.unsigned_abs() { Err(Rejected::SignatureStale) } else { Ok(()) }
}

/// The headers of a call of ours, signed with every secret at work: the app may know the old one only. `None` without a secret.
pub(super) fn headers(settings: &Settings, id: &str, now: Time, body: &[u8]) -> Option<[(HeaderName, HeaderValue); 3]> {
    let timestamp = now.timestamp().to_string();
    let signatures: Vec<String> = config::signing_keys(settings)
        .iter()
        .filter_map(|key| mac(key, id, &timestamp, body))
        .map(|mac| format!("{VERSION}{}", BASE64_STANDARD.encode(mac.finalize().into_bytes())))
        .collect();
    if signatures.is_empty() {
        return None;
    }
    let value = |text: &str| HeaderValue::from_str(text).ok();
    Some([
        (HeaderName::from_static(ID), value(id)?),
        (HeaderName::from_static(TIMESTAMP), value(&timestamp)?),
        (HeaderName::from_static(SIGNATURE), value(&signatures.join(" "))?),
    ])
}
