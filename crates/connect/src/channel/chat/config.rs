//! What an admin enters, and what the rest of the channel makes of it. Everything but the signing secret may be left out.

use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::{Host, Url};

use super::super::{Collect, FieldError, Prechat, Settings, Side, Texts, Upload, VisitorKey, Widget};

pub(super) const CALLBACK_URL: &str = "callback_url";
pub(super) const SIGNING_SECRET: &str = "signing_secret";
pub(super) const VISITOR_KEY: &str = "visitor_key";

const CONFIG: [&str; 11] = [
    CALLBACK_URL,
    "allowed_origins",
    "accent",
    "title",
    "languages",
    "texts",
    "prechat",
    "upload",
    "collect",
    "position",
    "branding",
];
const CREDENTIALS: [&str; 2] = [SIGNING_SECRET, VISITOR_KEY];

const SECRET_PREFIX: &str = "whsec_";
/// Secrets at work at once, while one replaces another.
const MAX_SECRETS: usize = 3;
const MAX_ORIGINS: usize = 50;
const MAX_LANGUAGES: usize = 40;
const MAX_TEXT_CHARS: usize = 1000;
const MAX_TEXTS: usize = 60;
const MAX_FIELDS: usize = 10;
const MAX_UPLOAD: u64 = 100 << 20;
const DEFAULT_ACCENT: &str = "#0b6e99";

/// Checks everything at once, so that the admin sees all errors together.
pub(super) fn check(settings: &Settings) -> Result<(), Vec<FieldError>> {
    let mut errors = Vec::new();
    match &settings.config {
        Value::Object(fields) => {
            let unknown = fields.keys().filter(|name| !CONFIG.contains(&name.as_str()));
            errors.extend(unknown.map(|name| unknown_field("config", name, &CONFIG)));
        }
        _ => errors.push(FieldError::new("config", "must be an object; an empty one will do")),
    }
    let mut wrong = |name: &str, found: Result<(), String>| {
        if let Err(why) = found {
            errors.push(FieldError::new(format!("config.{name}"), why));
        }
    };
    wrong(CALLBACK_URL, callback(settings).map(drop));
    wrong("allowed_origins", given::<Vec<String>>(settings, "allowed_origins", "a list of addresses").and_then(origins));
    wrong("accent", given::<String>(settings, "accent", "a colour").and_then(accent));
    wrong("title", given::<String>(settings, "title", "text").and_then(|title| line(title.as_deref(), 80)));
    wrong("languages", given::<Vec<String>>(settings, "languages", "a list of languages").and_then(languages));
    wrong("texts", given::<Texts>(settings, "texts", "texts by language").and_then(texts));
    wrong("prechat", given::<Prechat>(settings, "prechat", "an object with on and fields").and_then(prechat));
    wrong("upload", given::<Upload>(settings, "upload", "an object with on and max_bytes").and_then(upload));
    wrong("collect", given::<Collect>(settings, "collect", "an object with page, referrer, browser and time_zone").map(drop));
    wrong("position", given::<Side>(settings, "position", "right or left").map(drop));
    wrong("branding", given::<bool>(settings, "branding", "true or false").map(drop));

    let unknown = settings.credentials.iter().filter(|(name, _)| !CREDENTIALS.contains(&name.as_str()));
    errors.extend(unknown.map(|(name, _)| unknown_field("credentials", name, &CREDENTIALS)));
    if let Err(why) = check_signing(settings.secret(SIGNING_SECRET).map(ExposeSecret::expose_secret)) {
        errors.push(FieldError::new(format!("credentials.{SIGNING_SECRET}"), why));
    }
    if let Some(key) = settings.secret(VISITOR_KEY).map(ExposeSecret::expose_secret)
        && !is_visitor_key(key)
    {
        let words = "must be a secret of 32 to 512 letters, digits and signs (HS256), or a public key in PEM that begins with \
                     -----BEGIN PUBLIC KEY----- and lies on the curve P-256 (ES256)";
        errors.push(FieldError::new(format!("credentials.{VISITOR_KEY}"), words));
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

fn unknown_field(group: &str, name: &str, known: &[&str]) -> FieldError {
    FieldError::new(format!("{group}.{name}"), format!("is not a field of this channel; the fields are {}", known.join(", ")))
}

/// A field of the configuration as what it should be; `None` where it is not there.
fn given<T: DeserializeOwned>(settings: &Settings, name: &str, what: &str) -> Result<Option<T>, String> {
    match settings.config.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => T::deserialize(value).map(Some).map_err(|e| format!("must be {what}: {e}")),
    }
}

/// Where what MAX has to say goes, if the company has an app at all.
pub(super) fn callback(settings: &Settings) -> Result<Option<Url>, String> {
    const EXAMPLE: &str = "a web address such as https://app.example/max";
    let address = match settings.config.get(CALLBACK_URL) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(address)) if address.is_empty() => return Ok(None),
        Some(Value::String(address)) => address,
        Some(_) => return Err("must be text".to_owned()),
    };
    if address.len() > 2048 {
        return Err("must be at most 2,048 characters long".to_owned());
    }
    let url = Url::parse(address).map_err(|e| format!("must be {EXAMPLE}: {e}"))?;
    if !matches!(url.scheme(), "https" | "http") || !url.has_host() {
        return Err(format!("must be {EXAMPLE}"));
    }
    if url.scheme() == "http" && !is_near(&url) {
        return Err(format!("must be {EXAMPLE}; without TLS only a test server on this machine or network can be called"));
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(format!("must be {EXAMPLE}, without a user name or hash sign"));
    }
    Ok(Some(url))
}

/// A host that is no public name. Whether it may be called at all is for the guard of [`crate::net`] to say.
fn is_near(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => !name.contains('.') || name.ends_with(".localhost"),
        Some(_) => true,
        None => false,
    }
}

/// Origins as browsers write them.
fn origins(given: Option<Vec<String>>) -> Result<(), String> {
    let given = given.unwrap_or_default();
    if given.len() > MAX_ORIGINS {
        return Err(format!("may name at most {MAX_ORIGINS} pages"));
    }
    for origin in &given {
        let url = Url::parse(origin).ok().filter(|url| url.scheme() == "https" || (url.scheme() == "http" && is_near(url)));
        if origin.contains('*') || url.is_none_or(|url| url.origin().ascii_serialization() != *origin) {
            let shown: String = origin.chars().take(80).collect();
            return Err(format!(
                "must be addresses such as https://shop.example, without anything behind the name; {shown:?} is not"
            ));
        }
    }
    Ok(())
}

fn accent(given: Option<String>) -> Result<(), String> {
    let is_colour = |c: &str| c.strip_prefix('#').is_some_and(|c| c.len() == 6 && c.bytes().all(|b| b.is_ascii_hexdigit()));
    match given {
        Some(colour) if !is_colour(&colour) => Err(format!("must be a colour such as {DEFAULT_ACCENT}")),
        _ => Ok(()),
    }
}

/// A short text without control characters.
fn line(given: Option<&str>, max: usize) -> Result<(), String> {
    match given {
        Some(text) if text.chars().count() > max => Err(format!("must be at most {max} characters long")),
        Some(text) if text.chars().any(|c| c.is_control() && c != '\n') => Err("must hold no control characters".to_owned()),
        _ => Ok(()),
    }
}

/// `en`, `pt-BR`.
fn is_language(name: &str) -> bool {
    let mut parts = name.split('-');
    parts.next().is_some_and(|p| (2..=3).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_lowercase()))
        && parts.all(|p| (2..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()))
        && name.len() <= 20
}

fn languages(given: Option<Vec<String>>) -> Result<(), String> {
    let given = given.unwrap_or_default();
    if given.len() > MAX_LANGUAGES || !given.iter().all(|name| is_language(name)) {
        return Err("must be languages such as en or pt-BR".to_owned());
    }
    Ok(())
}

/// A key as programs write it.
fn is_key(key: &str) -> bool {
    key.len() <= 40
        && key.bytes().next().is_some_and(|b| b.is_ascii_lowercase())
        && key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn texts(given: Option<Texts>) -> Result<(), String> {
    for (language, words) in given.unwrap_or_default() {
        if !is_language(&language) {
            return Err("must name languages such as en or pt-BR".to_owned());
        }
        if words.len() > MAX_TEXTS || !words.keys().all(|key| is_key(key)) {
            return Err(format!("must name places such as welcome or consent, at most {MAX_TEXTS} in {language}"));
        }
        for (key, text) in &words {
            line(Some(text), MAX_TEXT_CHARS).map_err(|why| format!("{why} ({language}, {key})"))?;
        }
    }
    Ok(())
}

fn prechat(given: Option<Prechat>) -> Result<(), String> {
    let fields = given.unwrap_or_default().fields;
    if fields.len() > MAX_FIELDS {
        return Err(format!("may ask for at most {MAX_FIELDS} things"));
    }
    let mut seen = std::collections::HashSet::new();
    for field in &fields {
        if !is_key(&field.key) || !seen.insert(field.key.as_str()) {
            return Err("must give each field a key of its own such as name, email or order_number".to_owned());
        }
        if field.label.trim().is_empty() {
            return Err(format!("must give the field {} a label", field.key));
        }
        line(Some(&field.label), 120).map_err(|why| format!("{why} (the label of {})", field.key))?;
    }
    Ok(())
}

fn upload(given: Option<Upload>) -> Result<(), String> {
    match given.unwrap_or_default().max_bytes {
        1..=MAX_UPLOAD => Ok(()),
        _ => Err(format!("must allow files of 1 to {MAX_UPLOAD} bytes")),
    }
}

fn check_signing(secret: Option<&str>) -> Result<(), String> {
    let wanted = "a secret that begins with whsec_, followed by 24 to 64 random bytes in base64";
    let Some(secret) = secret else {
        return Err(format!("is missing: enter {wanted}"));
    };
    let parts: Vec<_> = secret.split_ascii_whitespace().collect();
    if parts.is_empty() || parts.len() > MAX_SECRETS || parts.iter().any(|part| signing_key(part).is_none()) {
        return Err(format!("must be {wanted}; up to {MAX_SECRETS} of them with blanks between while one replaces another"));
    }
    Ok(())
}

fn signing_key(secret: &str) -> Option<Vec<u8>> {
    let key = BASE64_STANDARD.decode(secret.strip_prefix(SECRET_PREFIX)?).ok()?;
    (24..=64).contains(&key.len()).then_some(key)
}

/// The keys that calls are signed with, both ways: the newest first. None where the settings are incomplete.
pub(super) fn signing_keys(settings: &Settings) -> Vec<Vec<u8>> {
    let parts = settings.secrets(SIGNING_SECRET).flat_map(|secret| secret.expose_secret().split_ascii_whitespace());
    parts.filter_map(signing_key).take(2 * MAX_SECRETS).collect()
}

/// How the public key of the curve P-256 begins in DER: the algorithm, the curve, and a point that is not compressed.
const P256: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03,
    0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
];

fn is_pem(key: &str) -> bool {
    key.trim_start().starts_with("-----BEGIN")
}

fn is_visitor_key(key: &str) -> bool {
    if !is_pem(key) {
        return (32..=512).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
    }
    let lines = key.trim().lines().map(str::trim).collect::<Vec<_>>();
    let [first, body @ .., last] = lines.as_slice() else { return false };
    let der = BASE64_STANDARD.decode(body.concat()).unwrap_or_default();
    *first == "-----BEGIN PUBLIC KEY-----"
        && *last == "-----END PUBLIC KEY-----"
        && der.len() == P256.len() + 64
        && der.starts_with(P256)
}

fn visitor_key(secret: &SecretString) -> Option<VisitorKey> {
    let key = secret.expose_secret();
    is_visitor_key(key).then(|| match is_pem(key) {
        true => VisitorKey::Public(key.to_owned()),
        false => VisitorKey::Secret(secret.clone()),
    })
}

/// What the pages show. What is missing is filled in; what cannot be read counts as missing.
pub(super) fn widget(settings: &Settings) -> Widget {
    fn or<T: DeserializeOwned>(settings: &Settings, name: &str) -> Option<T> {
        given(settings, name, "").ok().flatten()
    }
    let words = |name: &str, otherwise: &str| settings.text(name).unwrap_or(otherwise).to_owned();
    let languages = or::<Vec<String>>(settings, "languages").filter(|all| !all.is_empty());
    Widget {
        allowed_origins: or(settings, "allowed_origins").unwrap_or_default(),
        title: words("title", ""),
        accent: words("accent", DEFAULT_ACCENT),
        position: or(settings, "position").unwrap_or_default(),
        branding: or(settings, "branding").unwrap_or(true),
        languages: languages.unwrap_or_else(|| vec!["en".to_owned()]),
        texts: or(settings, "texts").unwrap_or_default(),
        prechat: or(settings, "prechat").unwrap_or_default(),
        upload: or(settings, "upload").unwrap_or_default(),
        collect: or(settings, "collect").unwrap_or_default(),
        keys: settings.secrets(VISITOR_KEY).filter_map(visitor_key).collect(),
    }
}
