//! Files in memory: what the business uploaded and what customers sent.

use std::collections::{HashMap, VecDeque};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::chance;
use crate::people::Customer;
use crate::webhook::sign;

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
    digest: [u8; 32],
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
            // Once: a document of 100 MB takes its time, and information is asked for again and again.
            digest: Sha256::digest(&bytes).into(),
            bytes,
            expires_at,
        }
    }

    /// The digest as webhooks carry it: base64.
    pub(crate) fn sha256_base64(&self) -> String {
        STANDARD.encode(self.digest)
    }

    /// The digest as media information carries it: hexadecimal.
    pub(crate) fn sha256_hex(&self) -> String {
        hex::encode(self.digest)
    }
}

/// The files there are. Together they stay below a limit, whatever tests and customers send.
#[derive(Default)]
pub(crate) struct Shelf {
    files: HashMap<String, Media>,
    /// Ids, oldest first; those of deleted files may still be among them.
    order: VecDeque<String>,
    bytes: usize,
}

impl Shelf {
    /// Takes a file in, and puts the oldest away while all together are larger than `cap`; the new one stays in any case.
    pub(crate) fn insert(&mut self, file: Media, cap: usize) {
        self.bytes += file.bytes.len();
        self.order.push_back(file.id.clone());
        self.files.insert(file.id.clone(), file);
        while self.bytes > cap && self.order.len() > 1 {
            let Some(oldest) = self.order.pop_front() else { break };
            self.remove(&oldest);
        }
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Media> {
        self.files.get(id)
    }

    pub(crate) fn remove(&mut self, id: &str) {
        if let Some(file) = self.files.remove(id) {
            self.bytes -= file.bytes.len();
        }
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

/// Largest upload of this MIME type in bytes, or `None` when the type is not accepted. A sticker that moves may be larger.
pub(crate) fn upload_limit(mime_type: &str, bytes: &[u8]) -> Option<usize> {
    const MB: usize = 1024 * 1024;
    match essence(mime_type) {
        "audio/aac" | "audio/amr" | "audio/mpeg" | "audio/mp4" | "audio/ogg" => Some(16 * MB),
        "image/jpeg" | "image/png" => Some(5 * MB),
        "image/webp" => Some(if moves(bytes) { 500 * 1024 } else { 100 * 1024 }),
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

/// Whether a WebP says in its extended header that it is animated.
fn moves(webp: &[u8]) -> bool {
    webp.get(12..16) == Some(b"VP8X") && webp.get(20).is_some_and(|flags| flags & 2 != 0)
}

fn essence(mime_type: &str) -> &str {
    mime_type.split(';').next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_files_make_room() {
        let mut shelf = Shelf::default();
        let mut put = |size: usize| {
            let file = Media::uploaded("1", "text/plain", None, vec![0; size].into(), 0);
            let id = file.id.clone();
            shelf.insert(file, 10);
            (id, shelf.bytes)
        };
        let (first, second) = (put(4).0, put(6).0);
        let (third, bytes) = put(1);
        assert_eq!(bytes, 7);
        let (large, bytes) = put(20);
        assert_eq!(bytes, 20, "what has just come stays");
        assert!([first, second, third].iter().all(|id| shelf.get(id).is_none()));
        shelf.remove(&large);
        assert_eq!(shelf.bytes, 0);
    }

    #[test]
    fn a_sticker_that_moves_may_be_larger() {
        let header = |flags| [b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0".as_slice(), &[flags, 0, 0, 0]].concat();
        assert_eq!(upload_limit("image/webp", &header(2)), Some(500 * 1024));
        assert_eq!(upload_limit("image/webp", &header(0)), Some(100 * 1024));
        assert_eq!(upload_limit("image/webp", b""), Some(100 * 1024));
    }
}
