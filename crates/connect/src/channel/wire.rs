//! Reading the outside's JSON without trusting it, for every channel. Fields come as strings or numbers, objects are missing, new things appear; a reader
//! that is strict about any of it loses customers' messages. So nothing here fails: what is not there is `None`.
//!
//! All text that leaves this module is free of U+0000, which PostgreSQL refuses, and no longer than its place allows.

use base::Time;
use chrono::DateTime;
use serde_json::Value;

/// The longest message text kept, in characters.
pub(super) const TEXT: usize = 65_536;
/// The longest name, title or label kept, in characters.
pub(super) const NAME: usize = 256;
/// The longest id kept, in characters.
pub(super) const ID: usize = 512;
/// The longest line of explanation or address kept, in characters.
pub(super) const LINE: usize = 2048;

/// Times after this (the year 2100) are taken for nonsense.
const LATEST_SECONDS: i64 = 4_102_444_800;
/// From here on a Unix time must be in milliseconds.
const FIRST_MILLISECONDS: i64 = 1_000_000_000_000;

/// How deep what is read may nest. Everything Meta sends is far below; the library gives up at 128.
const DEPTH: usize = 100;

/// Parses a body. A lone half of a surrogate pair (half an emoji, cut off somewhere), a broken byte, or something that nests beyond all measure
/// is mended rather than losing the whole batch for it.
pub(super) fn read(body: &[u8]) -> Result<Value, serde_json::Error> {
    serde_json::from_slice(body).or_else(|error| {
        let mended = mend(body);
        let text = mended.as_deref().or_else(|| std::str::from_utf8(body).ok());
        let shallow = text.and_then(shallow);
        match shallow.or(mended) {
            Some(mended) => serde_json::from_str(&mended).map_err(|_| error),
            None => Err(error),
        }
    })
}

/// Replaces what lies deeper than [`DEPTH`] by `null`, whatever it is; `None` when nothing does. In one pass and without recursion.
fn shallow(text: &str) -> Option<String> {
    let (mut kept, mut from, mut depth, mut quoted, mut escaped) = (String::new(), 0, 0usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => {
                depth += 1;
                if depth == DEPTH + 1 {
                    kept.push_str(&text[from..at]);
                    kept.push_str("null");
                }
            }
            b']' | b'}' if !quoted => {
                depth = depth.saturating_sub(1);
                if depth == DEPTH {
                    from = at + 1;
                }
            }
            _ => {}
        }
    }
    // What never ends cannot be mended.
    let whole = depth <= DEPTH && !kept.is_empty();
    whole.then(|| {
        kept.push_str(&text[from..]);
        kept
    })
}

/// Replaces bytes that are not UTF-8 and escapes of lone surrogates with U+FFFD; `None` when there was nothing to replace.
fn mend(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let mut mended = String::with_capacity(text.len());
    let mut rest: &str = &text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        mended.push_str(before);
        let (kept, len) = match (unit(escape), unit(escape.get(6..).unwrap_or_default())) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => (&escape[..12], 12),
            (Some(0xd800..=0xdfff), _) => ("\\ufffd", 6),
            (Some(_), _) => (&escape[..6], 6),
            // A two-character escape; the second may be a backslash and must not start the next one.
            (None, _) => {
                let len = escape.char_indices().nth(2).map_or(escape.len(), |(i, _)| i);
                (&escape[..len], len)
            }
        };
        mended.push_str(kept);
        rest = &escape[len..];
    }
    mended.push_str(rest);
    (mended.as_bytes() != body).then_some(mended)
}

/// The UTF-16 unit of an escape `\uXXXX` at the start of `text`.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok()).flatten()
}

/// One JSON value, read by name and with tolerance. `null` counts as absent everywhere.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wire<'a>(pub(super) &'a Value);

impl<'a> Wire<'a> {
    /// A look at a value.
    pub(super) fn new(value: &'a Value) -> Self {
        Self(value)
    }

    /// Whether it is a JSON object.
    pub(super) fn is_object(self) -> bool {
        self.0.is_object()
    }

    /// The names of the fields that are there, in their order.
    pub(super) fn names(self) -> impl Iterator<Item = &'a str> {
        self.0.as_object().into_iter().flatten().filter(|(_, v)| !v.is_null()).map(|(k, _)| k.as_str())
    }

    /// A field, unless absent.
    pub(super) fn get(self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|v| !v.is_null())
    }

    /// A field that is an object.
    pub(super) fn object(self, name: &str) -> Option<Wire<'a>> {
        self.get(name).filter(|v| v.is_object()).map(Wire)
    }

    /// The items of a field that is a list; nothing for any other.
    pub(super) fn list(self, name: &str) -> impl Iterator<Item = Wire<'a>> + Clone {
        self.get(name).and_then(Value::as_array).into_iter().flatten().map(Wire)
    }

    /// A field's text, numbers included, cleaned and cut to `max` characters. Empty text counts.
    pub(super) fn text(self, name: &str, max: usize) -> Option<String> {
        match self.get(name)? {
            Value::String(s) => Some(clean(s, max)),
            Value::Number(n) => Some(n.to_string()),
            _ => None,
        }
    }

    /// Like [`Wire::text`], but empty text counts as absent.
    pub(super) fn word(self, name: &str, max: usize) -> Option<String> {
        self.text(name, max).filter(|s| !s.trim().is_empty())
    }

    /// An id.
    pub(super) fn id(self, name: &str) -> Option<String> {
        self.word(name, ID)
    }

    /// A flag; absent is false.
    pub(super) fn flag(self, name: &str) -> bool {
        match self.get(name) {
            Some(Value::Bool(b)) => *b,
            Some(Value::String(s)) => s == "true" || s == "1",
            Some(Value::Number(n)) => n.as_i64() == Some(1),
            _ => false,
        }
    }

    /// A number, also when written as text.
    pub(super) fn number(self, name: &str) -> Option<f64> {
        match self.get(name)? {
            Value::Number(n) => n.as_f64(),
            Value::String(s) => s.trim().parse().ok(),
            _ => None,
        }
        .filter(|n| n.is_finite())
    }

    /// A whole number, also when written as text.
    pub(super) fn integer(self, name: &str) -> Option<i64> {
        match self.get(name)? {
            Value::Number(n) => n.as_i64().or_else(|| n.as_f64().filter(|f| f.abs() < 1e15).map(|f| f as i64)),
            Value::String(s) => s.trim().parse().ok(),
            _ => None,
        }
    }

    /// A Unix time in seconds or milliseconds.
    pub(super) fn time(self, name: &str) -> Option<Time> {
        let at = self.integer(name).filter(|n| *n > 0)?;
        let millis = if at >= FIRST_MILLISECONDS { at } else { at.checked_mul(1000)? };
        DateTime::from_timestamp_millis(millis).filter(|t| t.timestamp() < LATEST_SECONDS)
    }

    /// A time as RFC 3339 writes it, with its offset.
    pub(super) fn moment(self, name: &str) -> Option<Time> {
        let at = DateTime::parse_from_rfc3339(self.get(name)?.as_str()?.trim()).ok()?.to_utc();
        (1..LATEST_SECONDS).contains(&at.timestamp()).then_some(at)
    }

    /// The whole value, cleaned. What is larger than a text may be is kept as cut-off text.
    pub(super) fn keep(self) -> Value {
        let cleaned = clean_value(self.0);
        let json = cleaned.to_string();
        if json.len() <= TEXT { cleaned } else { Value::String(clean(&json, TEXT)) }
    }
}

/// Text without U+0000 and no longer than `max` characters; what is cut off is shown by an ellipsis.
pub(super) fn clean(text: &str, max: usize) -> String {
    let mut kept: String = text.chars().filter(|c| *c != '\0').take(max + 1).collect();
    // Counting bytes first spares counting the characters of almost every text.
    if kept.len() > max && kept.chars().count() > max {
        kept.pop();
        kept.pop();
        kept.push('…');
    }
    kept
}

fn clean_value(value: &Value) -> Value {
    match value {
        Value::String(s) => Value::String(clean(s, TEXT)),
        Value::Array(items) => Value::Array(items.iter().map(clean_value).collect()),
        Value::Object(fields) => Value::Object(fields.iter().map(|(k, v)| (clean(k, NAME), clean_value(v))).collect()),
        plain => plain.clone(),
    }
}

/// Text holding JSON, as some nest it. What is no JSON is kept as text.
pub(super) fn nested(text: &str) -> Value {
    match serde_json::from_str::<Value>(text) {
        Ok(value) => Wire(&value).keep(),
        Err(_) => Value::String(clean(text, TEXT)),
    }
}
