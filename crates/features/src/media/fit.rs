//! Whether a file fits a channel, and what could be made of it if not. Pure.

use connect::channel::{Channel, Draft, MediaKind, Outgoing, OutgoingMedia};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::MediaRow;

/// What can be made of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Form {
    /// A picture of a type that everybody takes, no larger than may be.
    Jpeg,
    /// The same bytes, as a file to be saved.
    Document,
}

/// Something that could be made of a file so that it fits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(super) struct Offer {
    /// What to ask `POST /media/{id}/convert` for.
    pub to: Form,
    /// Why one would.
    pub why: String,
}

/// A file as what would be sent, in these words.
pub fn sendable(row: &MediaRow, caption: Option<String>) -> OutgoingMedia {
    OutgoingMedia {
        kind: row.kind(),
        external_id: String::new(),
        mime_type: row.mime_type.clone().unwrap_or_default(),
        size: row.size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default(),
        caption,
        filename: Some(row.name()),
        voice: row.voice,
        link: None,
    }
}

/// Why a file does not fit a channel, in words, and what could be made of it; nothing where it fits.
pub(super) fn offers(channel: &dyn Channel, row: &MediaRow) -> Option<(String, Vec<Offer>)> {
    let fits = |file: OutgoingMedia| channel.check(&Draft { content: Outgoing::Media(file), is_reply: false });
    let file = sendable(row, None);
    let unfit = fits(file.clone()).err()?.into_iter().next()?.message;
    let mut offers = Vec::new();
    if can_be_jpeg(&file.mime_type) && jpeg_limit(channel).is_some() {
        let why = match file.mime_type.as_str() {
            "image/jpeg" => "Make it small enough. It stays a picture.",
            "image/gif" => "Send it as a JPEG picture, which does not move.",
            _ => "Send it as a JPEG picture.",
        };
        offers.push(Offer { to: Form::Jpeg, why: why.to_owned() });
    }
    if file.kind != MediaKind::Document && fits(OutgoingMedia { kind: MediaKind::Document, ..file }).is_ok() {
        offers.push(Offer { to: Form::Document, why: "Send it as a file to be saved.".to_owned() });
    }
    Some((unfit, offers))
}

/// Whether MAX can make a JPEG of it.
pub(super) fn can_be_jpeg(mime: &str) -> bool {
    matches!(mime, "image/jpeg" | "image/png" | "image/webp" | "image/gif")
}

/// The largest JPEG that a channel takes as a picture.
pub(super) fn jpeg_limit(channel: &dyn Channel) -> Option<u64> {
    let limits = channel.capabilities().media.image?;
    limits.mime_types.contains(&"image/jpeg").then_some(limits.max_bytes)
}

#[cfg(test)]
mod tests {
    use connect::channel::Registry;
    use uuid::Uuid;

    use super::*;

    fn row(kind: &str, mime: &str, size: i64) -> MediaRow {
        serde_json::from_value(serde_json::json!({
            "id": Uuid::nil(), "origin": "upload", "kind": kind, "state": "ready", "voice": false, "animated": false, "mime_type": mime,
            "size": size, "sha256": "aa", "storage_key": "a", "attempts": 0, "created_at": "2026-11-25T10:00:00Z"
        }))
        .unwrap()
    }

    #[test]
    fn what_does_not_fit_is_offered_what_would() {
        let whatsapp = Registry.get("whatsapp").unwrap();
        let to =
            |kind, mime, size| offers(whatsapp, &row(kind, mime, size)).map(|(_, o)| o.iter().map(|o| o.to).collect::<Vec<_>>());
        const MB: i64 = 1024 * 1024;
        assert_eq!(to("image", "image/png", MB), None);
        assert_eq!(to("document", "application/pdf", 90 * MB), None);
        assert_eq!(to("image", "image/webp", MB), Some(vec![Form::Jpeg]));
        assert_eq!(to("image", "image/jpeg", 9 * MB), Some(vec![Form::Jpeg]));
        assert_eq!(to("document", "application/zip", MB), Some(vec![]));
        assert_eq!(to("video", "video/mp4", 20 * MB), Some(vec![]), "its type is what WhatsApp looks at");
    }
}
