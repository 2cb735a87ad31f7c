//! Proof that a request comes from Meta. Nothing of a body is looked at before this has passed.

use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use secrecy::ExposeSecret;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::{
    super::{Rejected, Settings},
    config::{APP_SECRET, VERIFY_TOKEN},
};

const SIGNATURE: &str = "x-hub-signature-256";
const MAX_CHALLENGE: usize = 256;

/// Answers Meta's verification of the webhook address with its challenge.
pub(super) fn handshake(settings: &Settings, query: &str) -> Result<String, Rejected> {
    let value = |name: &str| url::form_urlencoded::parse(query.as_bytes()).find(|(n, _)| n == name).map(|(_, v)| v);
    let expected = settings.secret(VERIFY_TOKEN).ok_or(Rejected::VerifyToken)?;
    let token = value("hub.verify_token").ok_or(Rejected::VerifyToken)?;
    let same: bool = token.as_bytes().ct_eq(expected.expose_secret().as_bytes()).into();
    if !same || value("hub.mode").as_deref() != Some("subscribe") {
        return Err(Rejected::VerifyToken);
    }
    // The challenge becomes our answer's body, so it may hold nothing a browser could take for a page.
    let harmless = |c: &str| {
        !c.is_empty() && c.len() <= MAX_CHALLENGE && c.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    value("hub.challenge").filter(|c| harmless(c)).map(|c| c.into_owned()).ok_or(Rejected::VerifyToken)
}

/// Checks `X-Hub-Signature-256: sha256=<hex>` over the raw bytes, with each app secret that holds. The older SHA-1 header is ignored.
pub(super) fn signature(settings: &Settings, headers: &HeaderMap, body: &[u8]) -> Result<(), Rejected> {
    let header = headers.get(SIGNATURE).ok_or(Rejected::SignatureMissing)?;
    let claimed = header.to_str().ok().and_then(|h| h.strip_prefix("sha256=")).and_then(|h| hex::decode(h).ok());
    let claimed = claimed.ok_or(Rejected::SignatureWrong)?;
    let signed = settings.secrets(APP_SECRET).any(|secret| {
        Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
            .is_ok_and(|mac| mac.chain_update(body).verify_slice(&claimed).is_ok())
    });
    if signed { Ok(()) } else { Err(Rejected::SignatureWrong) }
}
