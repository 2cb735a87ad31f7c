//! What an admin enters, and what the rest of the channel makes of it.

use secrecy::ExposeSecret;
use serde_json::Value;
use url::Url;

use super::super::{FieldError, Settings};

pub(super) const PHONE_NUMBER_ID: &str = "phone_number_id";
pub(super) const BUSINESS_ACCOUNT_ID: &str = "business_account_id";
pub(super) const API_BASE: &str = "api_base";
pub(super) const ACCESS_TOKEN: &str = "access_token";
pub(super) const APP_SECRET: &str = "app_secret";
pub(super) const VERIFY_TOKEN: &str = "verify_token";

const CONFIG: [&str; 3] = [PHONE_NUMBER_ID, BUSINESS_ACCOUNT_ID, API_BASE];
const CREDENTIALS: [&str; 3] = [ACCESS_TOKEN, APP_SECRET, VERIFY_TOKEN];

const DEFAULT_HOST: &str = "https://graph.facebook.com";
const DEFAULT_VERSION: &str = "v23.0";
const MAX_ID_CHARS: usize = 32;
const MAX_SECRET_CHARS: usize = 2048;

/// Checks everything at once, so that the admin sees all errors together.
pub(super) fn check(settings: &Settings) -> Result<(), Vec<FieldError>> {
    let mut errors = Vec::new();
    match &settings.config {
        Value::Object(fields) => {
            let unknown = fields.keys().filter(|name| !CONFIG.contains(&name.as_str()));
            errors.extend(unknown.map(|name| unknown_field("config", name, &CONFIG)));
        }
        _ => errors.push(FieldError::new("config", format!("must be an object with {}", CONFIG.join(", ")))),
    }
    check_id(settings, PHONE_NUMBER_ID, "the phone number id", &mut errors);
    check_id(settings, BUSINESS_ACCOUNT_ID, "the WhatsApp business account id", &mut errors);
    if let Err(why) = api_base(settings) {
        errors.push(FieldError::new(format!("config.{API_BASE}"), why));
    }
    let unknown = settings.credentials.iter().filter(|(name, _)| !CREDENTIALS.contains(&name.as_str()));
    errors.extend(unknown.map(|(name, _)| unknown_field("credentials", name, &CREDENTIALS)));
    check_secret(settings, ACCESS_TOKEN, "the system user's access token from Meta's business settings", &mut errors);
    check_secret(settings, APP_SECRET, "the app secret from the app's basic settings", &mut errors);
    check_secret(settings, VERIFY_TOKEN, "a word of your choice that is also entered at Meta's webhook settings", &mut errors);
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

fn unknown_field(group: &str, name: &str, known: &[&str]) -> FieldError {
    FieldError::new(format!("{group}.{name}"), format!("is not a field of this channel; the fields are {}", known.join(", ")))
}

fn check_id(settings: &Settings, name: &str, what: &str, errors: &mut Vec<FieldError>) {
    let message = match settings.config.get(name) {
        None | Some(Value::Null) => format!("is missing: enter {what}, a row of digits"),
        Some(Value::String(id)) if is_id(id) => return,
        Some(Value::String(_)) => format!("must be {what}: digits only, at most {MAX_ID_CHARS}, no spaces or signs"),
        Some(_) => format!("must be {what} as text, in quotes"),
    };
    errors.push(FieldError::new(format!("config.{name}"), message));
}

fn is_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= MAX_ID_CHARS && id.bytes().all(|b| b.is_ascii_digit())
}

fn check_secret(settings: &Settings, name: &str, what: &str, errors: &mut Vec<FieldError>) {
    let message = match settings.secret(name).map(ExposeSecret::expose_secret) {
        None => format!("is missing: enter {what}"),
        // Only what every header and query can carry; a line break pasted along with the token is the usual mistake.
        Some(secret) if !secret.bytes().all(|b| b.is_ascii_graphic()) => {
            format!("holds spaces, line breaks or special characters: enter {what}, without anything around it")
        }
        Some(secret) if secret.len() > MAX_SECRET_CHARS => format!("is too long: at most {MAX_SECRET_CHARS} characters"),
        Some(_) => return,
    };
    errors.push(FieldError::new(format!("credentials.{name}"), message));
}

/// Who answers there, whatever the version.
pub(super) fn origin(settings: &Settings) -> Option<String> {
    Some(Url::parse(&api_base(settings).ok()?).ok()?.origin().ascii_serialization())
}

/// Where the Graph API is, with its version and without a slash at the end. Errors in words for the field.
pub(super) fn api_base(settings: &Settings) -> Result<String, String> {
    let base = match settings.config.get(API_BASE) {
        None | Some(Value::Null) => DEFAULT_HOST,
        Some(Value::String(base)) if base.is_empty() => DEFAULT_HOST,
        Some(Value::String(base)) => base,
        Some(_) => return Err("must be text".to_owned()),
    };
    let example = format!("a web address such as {DEFAULT_HOST}/{DEFAULT_VERSION}");
    let url = Url::parse(base).map_err(|e| format!("must be {example}: {e}"))?;
    if !matches!(url.scheme(), "https" | "http") || !url.has_host() {
        return Err(format!("must be {example}"));
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(format!("must be {example}, without a user name, question mark or hash sign"));
    }
    let base = url.as_str().trim_end_matches('/');
    let has_version = url.path().trim_end_matches('/').rsplit('/').next().is_some_and(is_version);
    Ok(if has_version { base.to_owned() } else { format!("{base}/{DEFAULT_VERSION}") })
}

/// `v23.0`.
fn is_version(segment: &str) -> bool {
    let is_number = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    segment.strip_prefix('v').and_then(|v| v.split_once('.')).is_some_and(|(major, minor)| is_number(major) && is_number(minor))
}

/// The address messages are posted to; `None` when the settings do not allow to form one.
pub(super) fn messages_url(settings: &Settings) -> Option<String> {
    of_number(settings, "messages")
}

/// The address files are posted to.
pub(super) fn upload_url(settings: &Settings) -> Option<String> {
    of_number(settings, "media")
}

/// Where a file is described. Its id comes from outside and may not lead elsewhere.
pub(super) fn media_url(settings: &Settings, media_id: &str) -> Option<String> {
    let number = settings.text(PHONE_NUMBER_ID).filter(|id| is_id(id))?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if media_id.is_empty() || media_id.len() > 256 || !media_id.bytes().all(plain) {
        return None;
    }
    Some(format!("{}/{media_id}?phone_number_id={number}", api_base(settings).ok()?))
}

fn of_number(settings: &Settings, what: &str) -> Option<String> {
    let id = settings.text(PHONE_NUMBER_ID).filter(|id| is_id(id))?;
    Some(format!("{}/{id}/{what}", api_base(settings).ok()?))
}

/// The address templates are listed at; `None` when the settings do not allow to form one.
pub(super) fn templates_url(settings: &Settings) -> Option<String> {
    let id = settings.text(BUSINESS_ACCOUNT_ID).filter(|id| is_id(id))?;
    Some(format!("{}/{id}/message_templates", api_base(settings).ok()?))
}
