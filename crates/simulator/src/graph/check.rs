//! Whether a message may be sent at all, judged by its JSON alone.

use serde_json::{Map, Value};

use super::check_interactive;
use super::error::GraphError;
use crate::people;

/// What a valid send asks for.
#[derive(Debug, PartialEq)]
pub(crate) struct Outgoing {
    /// `to` or `recipient` as it was written.
    pub input: String,
    pub recipient: To,
    pub kind: String,
    /// The object under the key `kind`.
    pub content: Value,
    pub reply_to: Option<String>,
    pub callback_data: Option<String>,
}

/// Who it goes to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum To {
    /// The digits of a phone number.
    Phone(String),
    UserId(String),
}

type Object = Map<String, Value>;
type Checked = Result<(), GraphError>;

const KINDS: [&str; 12] = [
    "audio",
    "contacts",
    "document",
    "image",
    "interactive",
    "location",
    "reaction",
    "sticker",
    "template",
    "text",
    "video",
    "carousel",
];

/// Checks a body of `POST /{phone-number-id}/messages` that sends something.
pub(crate) fn message(body: &Object) -> Result<Outgoing, GraphError> {
    product(body)?;
    match body.get("recipient_type").map_or(Some("individual"), Value::as_str) {
        Some("individual") => {}
        Some("group") => return Err(GraphError::with(131_009, "This number is in no groups.")),
        _ => return Err(GraphError::parameter("Param recipient_type must be one of {INDIVIDUAL, GROUP}")),
    }
    let (input, recipient) = recipient(body)?;
    let kind = match body.get("type") {
        None => "text",
        Some(Value::String(kind)) if KINDS.contains(&kind.as_str()) => kind,
        Some(_) => {
            return Err(GraphError::parameter(format!("Param type must be one of {{{}}}", KINDS.join(", ").to_uppercase())));
        }
    };
    let content = body.get(kind).ok_or_else(|| missing(kind))?;
    match kind {
        "text" => text(object(content, kind)?)?,
        "reaction" => reaction(object(content, kind)?)?,
        "location" => location(object(content, kind)?)?,
        "contacts" => contacts(content)?,
        "interactive" => check_interactive::interactive(object(content, kind)?)?,
        "template" => template(object(content, kind)?)?,
        "image" | "video" | "audio" | "document" | "sticker" => media(kind, object(content, kind)?)?,
        _ => return Err(GraphError::known(131_051)),
    }
    if kind == "reaction" && body.contains_key("context") {
        return Err(GraphError::with(131_009, "A reaction cannot be a reply."));
    }
    Ok(Outgoing {
        input,
        recipient,
        kind: kind.to_owned(),
        content: content.clone(),
        reply_to: context(body)?,
        callback_data: callback_data(body)?,
    })
}

/// Checks a body that marks a message as read; answers its id and whether we are typing.
pub(crate) fn read(body: &Object) -> Result<(String, bool), GraphError> {
    product(body)?;
    if body.get("status").and_then(Value::as_str) != Some("read") {
        return Err(GraphError::parameter("Param status must be one of {READ}"));
    }
    let id = string(body, "message_id", "message_id")?;
    let typing = match body.get("typing_indicator") {
        None => false,
        Some(indicator) if indicator["type"] == "text" => true,
        Some(_) => return Err(GraphError::with(131_009, "typing_indicator.type must be text.")),
    };
    Ok((id.to_owned(), typing))
}

fn product(body: &Object) -> Checked {
    match body.get("messaging_product") {
        None => Err(GraphError::parameter("The parameter messaging_product is required.")),
        Some(Value::String(product)) if product.eq_ignore_ascii_case("whatsapp") => Ok(()),
        Some(_) => Err(GraphError::parameter("Param messaging_product must be one of {WHATSAPP}")),
    }
}

fn recipient(body: &Object) -> Result<(String, To), GraphError> {
    if let Some(to) = body.get("to") {
        let to = to.as_str().ok_or_else(|| GraphError::parameter("Param to must be a string"))?;
        let digits =
            people::digits(to).ok_or_else(|| GraphError::with(131_009, "Parameter 'to' is not a valid phone number."))?;
        return Ok((to.to_owned(), To::Phone(digits)));
    }
    let Some(id) = body.get("recipient") else { return Err(GraphError::parameter("The parameter to is required.")) };
    let id = id.as_str().ok_or_else(|| GraphError::parameter("Param recipient must be a string"))?;
    if !people::is_user_id(id) {
        return Err(GraphError::with(131_009, "Parameter 'recipient' is not a valid user id."));
    }
    Ok((id.to_owned(), To::UserId(id.to_owned())))
}

fn context(body: &Object) -> Result<Option<String>, GraphError> {
    let Some(context) = body.get("context") else { return Ok(None) };
    let context = object(context, "context")?;
    only(context, "context", &["message_id"])?;
    let id = string(context, "message_id", "context['message_id']")?;
    if !id.starts_with("wamid.") {
        return Err(GraphError::with(131_009, "context.message_id is not a message id."));
    }
    Ok(Some(id.to_owned()))
}

fn callback_data(body: &Object) -> Result<Option<String>, GraphError> {
    let Some(data) = body.get("biz_opaque_callback_data") else { return Ok(None) };
    let data = data.as_str().ok_or_else(|| GraphError::parameter("Param biz_opaque_callback_data must be a string"))?;
    at_most(data, 512, "biz_opaque_callback_data")?;
    Ok(Some(data.to_owned()))
}

fn text(text: &Object) -> Checked {
    only(text, "text", &["body", "preview_url"])?;
    at_most(string(text, "body", "text['body']")?, 4096, "text['body']")?;
    if text.get("preview_url").is_some_and(|preview| !preview.is_boolean()) {
        return Err(GraphError::parameter("Param text['preview_url'] must be a boolean"));
    }
    Ok(())
}

fn reaction(reaction: &Object) -> Checked {
    only(reaction, "reaction", &["message_id", "emoji"])?;
    string(reaction, "message_id", "reaction['message_id']")?;
    match reaction.get("emoji") {
        None => Err(missing("reaction['emoji']")),
        // The longest emoji sequences have ten code points.
        Some(Value::String(emoji)) if emoji.is_empty() || (emoji.chars().count() <= 10 && !emoji.is_ascii()) => Ok(()),
        Some(_) => Err(GraphError::with(131_009, "reaction.emoji is not an emoji.")),
    }
}

fn location(location: &Object) -> Checked {
    only(location, "location", &["latitude", "longitude", "name", "address"])?;
    for (key, limit) in [("latitude", 90.0), ("longitude", 180.0)] {
        let value = location.get(key).ok_or_else(|| missing(&format!("location['{key}']")))?;
        let number = value.as_f64().or_else(|| value.as_str()?.parse().ok());
        if number.is_none_or(|number: f64| !number.is_finite() || number.abs() > limit) {
            return Err(GraphError::with(131_009, format!("location.{key} must be a number between -{limit} and {limit}.")));
        }
    }
    Ok(())
}

fn contacts(contacts: &Value) -> Checked {
    let list = contacts.as_array().ok_or_else(|| GraphError::parameter("Param contacts must be an array."))?;
    if list.is_empty() || list.len() > 5 {
        return Err(GraphError::with(131_009, "contacts must have 1 to 5 elements."));
    }
    for contact in list {
        let name = contact.get("name").and_then(Value::as_object).ok_or_else(|| missing("contacts['name']"))?;
        string(name, "formatted_name", "contacts['name']['formatted_name']")?;
    }
    Ok(())
}

/// A media object, wherever it occurs.
pub(super) fn media(kind: &str, media: &Object) -> Checked {
    let allowed: &[&str] = match kind {
        "document" => &["id", "link", "caption", "filename"],
        "audio" => &["id", "link", "voice"],
        "sticker" => &["id", "link"],
        _ => &["id", "link", "caption"],
    };
    only(media, kind, allowed)?;
    match (media.get("id"), media.get("link")) {
        (Some(_), Some(_)) => return Err(GraphError::with(131_009, format!("{kind} must have id or link, not both."))),
        (None, None) => return Err(GraphError::with(131_008, format!("{kind} must have id or link."))),
        (Some(id), None) if id.as_str().is_none_or(str::is_empty) => {
            return Err(GraphError::parameter(format!("Param {kind}['id'] must be a string")));
        }
        (None, Some(link)) => {
            let web =
                |link: &str| (link.starts_with("https://") || link.starts_with("http://")) && link.parse::<http::Uri>().is_ok();
            if !link.as_str().is_some_and(web) {
                return Err(GraphError::parameter(format!("Param {kind}['link'] is not a valid URI.")));
            }
        }
        (Some(_), None) => {}
    }
    if let Some(caption) = media.get("caption") {
        let caption =
            caption.as_str().ok_or_else(|| GraphError::parameter(format!("Param {kind}['caption'] must be a string")))?;
        at_most(caption, 1024, &format!("{kind}['caption']"))?;
    }
    Ok(())
}

fn template(template: &Object) -> Checked {
    only(template, "template", &["name", "language", "components", "namespace"])?;
    string(template, "name", "template['name']")?;
    let language = template.get("language").ok_or_else(|| missing("template['language']"))?;
    string(object(language, "template['language']")?, "code", "template['language']['code']")?;
    match template.get("components") {
        None => Ok(()),
        Some(Value::Array(list)) if list.iter().all(|component| component["type"].is_string()) => Ok(()),
        Some(_) => Err(GraphError::parameter("Param template['components'] must be an array of typed components.")),
    }
}

/// Refuses keys the object does not have.
pub(super) fn only(object: &Object, path: &str, allowed: &[&str]) -> Checked {
    match object.keys().find(|key| !allowed.contains(&key.as_str())) {
        Some(key) => Err(GraphError::parameter(format!("Unexpected key \"{key}\" on param \"{path}\""))),
        None => Ok(()),
    }
}

pub(super) fn object<'a>(value: &'a Value, path: &str) -> Result<&'a Object, GraphError> {
    value.as_object().ok_or_else(|| GraphError::parameter(format!("Param {path} must be a JSON object.")))
}

/// A required string that is not empty.
pub(super) fn string<'a>(object: &'a Object, key: &str, path: &str) -> Result<&'a str, GraphError> {
    match object.get(key) {
        None => Err(missing(path)),
        Some(Value::String(text)) if text.is_empty() => Err(GraphError::parameter(format!("Param {path} cannot be empty."))),
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(GraphError::parameter(format!("Param {path} must be a string"))),
    }
}

/// Limits count Unicode characters, not bytes.
pub(super) fn at_most(text: &str, limit: usize, path: &str) -> Checked {
    if text.chars().count() > limit {
        return Err(GraphError::parameter(format!("Param {path} must be at most {limit} characters long.")));
    }
    Ok(())
}

pub(super) fn missing(path: &str) -> GraphError {
    GraphError::with(131_008, format!("Parameter '{path}' is mandatory."))
}
