//! What a file is, on a screen and in a row.

use base::Time;
use connect::channel::MediaKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::link::Variant;
use crate::{App, conversations::text_enum};

text_enum! {
    /// Where a file stands.
    MediaState {
        /// It is being fetched, looked at or scanned.
        Pending = "pending",
        /// It is there.
        Ready = "ready",
        /// It could not be had; `error` says why.
        Failed = "failed",
        /// The virus scanner found something in it.
        Blocked = "blocked",
    }
}

/// A file as the API shows it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct MediaView {
    /// Its id.
    pub id: Uuid,
    /// What it is shown as.
    pub kind: MediaKind,
    /// Where it stands.
    pub state: MediaState,
    /// What it is called.
    pub name: String,
    /// What its bytes are, whatever it is called.
    pub mime_type: Option<String>,
    /// How many bytes it has.
    pub size: Option<i64>,
    /// Width of a picture or film, in pixels.
    pub width: Option<i32>,
    /// Its height.
    pub height: Option<i32>,
    /// How long a film or recording plays, in milliseconds, where the file says so.
    pub duration_ms: Option<i64>,
    /// A recording made in the chat.
    pub voice: bool,
    /// A moving picture or sticker.
    pub animated: bool,
    /// Where it lies, for an hour at least; `null` unless it is ready. `GET /media/{id}/link` gives a new one.
    pub url: Option<String>,
    /// A small picture of it.
    pub thumbnail_url: Option<String>,
    /// Why it is not there.
    #[schemars(with = "Option<MediaError>")]
    pub error: Option<serde_json::Value>,
}

/// Why a file is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MediaError {
    /// A stable code, or the provider's.
    pub code: String,
    /// What happened and what to do.
    pub message: String,
}

impl MediaError {
    pub(super) fn json(code: &str, message: impl Into<String>) -> serde_json::Value {
        serde_json::to_value(Self { code: code.to_owned(), message: message.into() }).unwrap_or_default()
    }
}

/// A row of `media`; also as a part of a message's row.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "the columns of the same names")]
pub struct MediaRow {
    pub id: Uuid,
    pub origin: String,
    pub channel_id: Option<Uuid>,
    pub conversation_id: Option<Uuid>,
    pub message_id: Option<Uuid>,
    pub held_id: Option<Uuid>,
    pub canned_id: Option<Uuid>,
    pub uploader_id: Option<Uuid>,
    pub kind: String,
    pub state: String,
    pub external_id: Option<String>,
    pub declared_type: Option<String>,
    pub declared_sha256: Option<String>,
    pub filename: Option<String>,
    pub voice: bool,
    pub animated: bool,
    pub mime_type: Option<String>,
    pub size: Option<i64>,
    pub sha256: Option<String>,
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub duration_ms: Option<i64>,
    pub storage_key: Option<String>,
    pub thumbnail_key: Option<String>,
    pub error: Option<serde_json::Value>,
    pub attempts: i32,
    pub created_at: Time,
}

impl MediaRow {
    /// As the API shows it, with addresses that hold from now on.
    pub fn view(&self, app: &App) -> MediaView {
        let state = self.state();
        let name = self.name();
        let url = |variant| {
            let sha256 = self.sha256.as_deref().filter(|_| state == MediaState::Ready)?;
            Some(app.media.links.url(self.id, variant, sha256, &name, app.now()))
        };
        MediaView {
            id: self.id,
            kind: self.kind(),
            state,
            mime_type: self.mime_type.clone(),
            size: self.size,
            width: self.width,
            height: self.height,
            duration_ms: self.duration_ms,
            voice: self.voice,
            animated: self.animated,
            url: url(Variant::Original),
            thumbnail_url: self.thumbnail_key.as_ref().and_then(|_| url(Variant::Thumbnail)),
            error: self.error.clone().filter(|_| state != MediaState::Ready),
            name,
        }
    }

    /// Where it stands.
    pub fn state(&self) -> MediaState {
        MediaState::of_column(&self.state)
    }

    /// What it is shown as.
    pub fn kind(&self) -> MediaKind {
        kind_of(&self.kind)
    }

    /// What it is called: as its sender said, made harmless, or by what it is.
    pub fn name(&self) -> String {
        let given = self.filename.as_deref().map(super::link::safe_name).unwrap_or_default();
        if given.is_empty() { super::sniff::name_for(self.kind(), self.mime_type.as_deref(), self.voice) } else { given }
    }

    /// Nobody has sent it, or keeps it to be sent.
    pub fn is_unsent(&self) -> bool {
        self.message_id.is_none() && self.held_id.is_none() && self.canned_id.is_none()
    }
}

/// A kind as columns and forms name it.
pub(super) const fn kind_name(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Image => "image",
        MediaKind::Video => "video",
        MediaKind::Audio => "audio",
        MediaKind::Document => "document",
        MediaKind::Sticker => "sticker",
    }
}

/// The kind that a column names.
fn kind_of(name: &str) -> MediaKind {
    [MediaKind::Image, MediaKind::Video, MediaKind::Audio, MediaKind::Sticker]
        .into_iter()
        .find(|kind| kind_name(*kind) == name)
        .unwrap_or(MediaKind::Document)
}
