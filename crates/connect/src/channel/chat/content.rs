//! What a message says. One that says nothing MAX knows becomes a placeholder.

use serde_json::Value;
use url::Url;

use super::{
    super::{ChoiceKind, Content, Media, MediaKind},
    wire::{LINE, NAME, TEXT, Wire},
};

/// Fields of a message that say nothing by themselves.
const ENVELOPE: [&str; 5] = ["id", "user", "reply_to", "sent_at", "conversation"];

/// Reads what a message says: the first that is there of a tap, a place, a file and words.
pub(super) fn read(message: Wire<'_>) -> Content {
    let found = choice(message).or_else(|| location(message)).or_else(|| media(message)).or_else(|| {
        let text = message.word("text", TEXT)?;
        Some(Content::Text { text })
    });
    found.unwrap_or_else(|| unsupported(message))
}

fn choice(message: Wire<'_>) -> Option<Content> {
    let choice = message.object("choice")?;
    let id = choice.word("id", LINE);
    let title = choice.word("title", NAME).or_else(|| message.word("text", NAME)).or_else(|| id.clone())?;
    Some(Content::Choice { kind: ChoiceKind::Button, id, title, description: None, form: None })
}

fn location(message: Wire<'_>) -> Option<Content> {
    let place = message.object("location")?;
    Some(Content::Location {
        latitude: place.number("latitude").filter(|n| n.abs() <= 90.0)?,
        longitude: place.number("longitude").filter(|n| n.abs() <= 180.0)?,
        name: place.word("name", NAME),
        address: place.word("address", LINE),
        url: place.word("url", LINE).filter(|url| is_web(url)),
    })
}

fn media(message: Wire<'_>) -> Option<Content> {
    let media = message.object("media")?;
    let handed_over = media.word("id", NAME).and_then(|id| super::media::handed_over(&id));
    let url = handed_over.or_else(|| media.word("url", LINE).filter(|url| is_web(url)))?;
    let mime = media.word("mime_type", NAME).map(|m| m.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    let mime = mime.filter(|m| !m.is_empty());
    let filename = media.word("name", NAME).and_then(|name| file_name(&name));
    Some(Content::Media(Media {
        kind: kind(mime.as_deref(), filename.as_deref().unwrap_or(&url)),
        external_id: url,
        mime_type: mime,
        caption: media.word("caption", TEXT).or_else(|| message.word("text", TEXT)),
        filename,
        sha256: media.word("sha256", NAME),
        voice: media.flag("voice"),
        animated: false,
    }))
}

fn is_web(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.has_host())
}

/// The name of a file without its folders and without what a screen would not show.
fn file_name(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = last.chars().filter(|c| !c.is_control()).collect();
    let name = name.trim().trim_matches('.').to_owned();
    (!name.is_empty()).then_some(name)
}

/// By the declared type, else by the end of the name.
fn kind(mime: Option<&str>, name: &str) -> MediaKind {
    if let Some(mime) = mime {
        return match mime.split('/').next() {
            // Pictures that are programs are files.
            Some("image") if mime != "image/svg+xml" => MediaKind::Image,
            Some("video") => MediaKind::Video,
            Some("audio") => MediaKind::Audio,
            _ => MediaKind::Document,
        };
    }
    let path = name.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    match path.rsplit('.').next().unwrap_or_default() {
        "jpg" | "jpeg" | "png" | "gif" | "webp" => MediaKind::Image,
        "mp4" | "webm" | "3gp" => MediaKind::Video,
        "mp3" | "ogg" | "m4a" | "aac" | "opus" => MediaKind::Audio,
        _ => MediaKind::Document,
    }
}

fn unsupported(message: Wire<'_>) -> Content {
    let said = message.names().find(|name| !ENVELOPE.contains(name));
    Content::Unsupported {
        kind: super::wire::clean(said.unwrap_or("empty"), NAME),
        detail: said.and_then(|name| why(message, name)),
    }
}

/// What is wrong with a field that ought to have said something.
fn why(message: Wire<'_>, name: &str) -> Option<String> {
    Some(match (name, message.get(name)?) {
        ("media", Value::Object(_)) => "The file has no web address to fetch it from, and no id of an upload.".to_owned(),
        ("location", Value::Object(_)) => "The place has no latitude and longitude.".to_owned(),
        _ => return None,
    })
}
