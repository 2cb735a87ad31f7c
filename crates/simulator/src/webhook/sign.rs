//! The signature over the raw bytes, and the escaping that makes re-serialising a trap.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

/// Lower-case hexadecimal HMAC-SHA256.
pub(crate) fn hex_hmac(secret: &str, message: &[u8]) -> String {
    // HMAC takes a key of any length, so the error arm is never seen.
    Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_or_else(
        |_| String::new(),
        |mut mac| {
            mac.update(message);
            hex::encode(mac.finalize().into_bytes())
        },
    )
}

/// The value of `X-Hub-Signature-256`.
pub(crate) fn signature(app_secret: &str, body: &[u8]) -> String {
    format!("sha256={}", hex_hmac(app_secret, body))
}

/// JSON in pure ASCII: everything else becomes `\uXXXX`, in UTF-16 pairs where needed. Non-ASCII occurs only inside JSON strings.
pub(crate) fn escaped(value: &Value) -> Vec<u8> {
    let text = value.to_string();
    if text.is_ascii() {
        return text.into_bytes();
    }
    let mut out = Vec::with_capacity(text.len() + text.len() / 2);
    let mut units = [0_u16; 2];
    for c in text.chars() {
        if let Ok(byte) = u8::try_from(u32::from(c))
            && byte.is_ascii()
        {
            out.push(byte);
        } else {
            for unit in c.encode_utf16(&mut units) {
                out.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
            }
        }
    }
    out
}
