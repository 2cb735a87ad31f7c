//! Files in memory: what the business uploaded and what customers sent.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::chance;
use crate::people::Customer;
use crate::webhook::sign;

/// How long a media URL lives, in seconds.
pub(crate) const URL_SECONDS: i64 = 5 * 60;

/// One stored file.
pub(crate) struct Media {
    pub id: String,
    /// The number it was uploaded to or sent to.
    pub phone_number_id: String,
    /// Every id of the customer who sent it; none of an upload.
    pub sender: Vec<String>,
    pub mime_type: String,
    pub filename: Option<String>,
    pub bytes: Bytes,
    /// Unix seconds after which the id is dead: 30 days for uploads, 7 for what customers send.
    pub expires_at: i64,
}

impl Media {
    pub(crate) fn uploaded(number: &str, mime_type: &str, filename: Option<String>, bytes: Bytes, now: i64) -> Self {
        Self::new(number, mime_type, filename, bytes, now + 30 * 86_400)
    }

    pub(crate) fn received(
        number: &str,
        sender: &Customer,
        mime_type: &str,
        filename: Option<String>,
        bytes: Bytes,
        now: i64,
    ) -> Self {
        let sender = sender.ids().into_iter().map(str::to_owned).collect();
        Self { sender, ..Self::new(number, mime_type, filename, bytes, now + 7 * 86_400) }
    }

    /// The sender's ids, as faults are matched by.
    pub(crate) fn senders(&self) -> Vec<&str> {
        self.sender.iter().map(String::as_str).collect()
    }

    fn new(number: &str, mime_type: &str, filename: Option<String>, bytes: Bytes, expires_at: i64) -> Self {
        let id = chance::numeric_id();
        Self {
            id,
            phone_number_id: number.to_owned(),
            sender: Vec::new(),
            mime_type: mime_type.to_owned(),
            filename,
            bytes,
            expires_at,
        }
    }

    /// The digest as webhooks carry it: base64.
    pub(crate) fn sha256_base64(&self) -> String {
        STANDARD.encode(Sha256::digest(&self.bytes))
    }

    /// The digest as media information carries it: hexadecimal.
    pub(crate) fn sha256_hex(&self) -> String {
        hex::encode(Sha256::digest(&self.bytes))
    }
}

/// The path and query of a download address that dies at `expires_at` (Unix seconds).
pub(crate) fn download_path(media_id: &str, app_secret: &str, expires_at: i64) -> String {
    format!(
        "/whatsapp_business/attachments/?mid={media_id}&ext={expires_at}&hash={}",
        download_hash(media_id, app_secret, expires_at)
    )
}

/// What makes a download address impossible to guess or prolong.
pub(crate) fn download_hash(media_id: &str, app_secret: &str, expires_at: i64) -> String {
    sign::hex_hmac(app_secret, format!("{media_id}.{expires_at}").as_bytes())
}

/// Largest upload of this MIME type in bytes, or `None` when the type is not accepted.
pub(crate) fn upload_limit(mime_type: &str) -> Option<usize> {
    const MB: usize = 1024 * 1024;
    match essence(mime_type) {
        "audio/aac" | "audio/amr" | "audio/mpeg" | "audio/mp4" | "audio/ogg" => Some(16 * MB),
        "image/jpeg" | "image/png" => Some(5 * MB),
        "image/webp" => Some(500 * 1024),
        "video/mp4" | "video/3gp" | "video/3gpp" => Some(16 * MB),
        "text/plain"
        | "application/pdf"
        | "application/msword"
        | "application/vnd.ms-excel"
        | "application/vnd.ms-powerpoint"
        | "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
        | "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        | "application/vnd.openxmlformats-officedocument.presentationml.presentation" => Some(100 * MB),
        _ => None,
    }
}

/// Whether a file of this MIME type may be sent as `kind` (`image`, `video`, `audio`, `document`, `sticker`).
pub(crate) fn fits(kind: &str, mime_type: &str) -> bool {
    let mime = essence(mime_type);
    match kind {
        "sticker" => mime == "image/webp",
        "image" => matches!(mime, "image/jpeg" | "image/png"),
        "video" => mime.starts_with("video/"),
        "audio" => mime.starts_with("audio/"),
        _ => true,
    }
}

/// What a message is called that carries a file of this MIME type.
pub(crate) fn kind_of(mime_type: &str) -> &'static str {
    match essence(mime_type) {
        "image/webp" => "sticker",
        "image/jpeg" | "image/png" => "image",
        "video/mp4" | "video/3gp" | "video/3gpp" => "video",
        mime if mime.starts_with("audio/") => "audio",
        _ => "document",
    }
}

fn essence(mime_type: &str) -> &str {
    mime_type.split(';').next().unwrap_or_default().trim()
}
