//! What a file is, by its first bytes. Its name and what its sender says about it decide nothing.

use connect::channel::MediaKind;

/// How many bytes from the start are looked at.
pub(super) const HEAD: usize = 8 * 1024;
/// A file of which nothing is known.
pub(super) const UNKNOWN: &str = "application/octet-stream";

/// What may be shown in a browser as what it is: none of these can hold a script that would run. Everything else is handed out as bytes to
/// be saved.
const SHOWN: [&str; 18] = [
    "image/jpeg",
    "image/png",
    "image/webp",
    "image/gif",
    "video/mp4",
    "video/3gpp",
    "video/webm",
    "video/quicktime",
    "audio/aac",
    "audio/amr",
    "audio/mpeg",
    "audio/mp4",
    "audio/ogg",
    "audio/webm",
    "audio/wav",
    "audio/flac",
    "application/pdf",
    "audio/opus",
];

/// Whether a browser may show it as what it is.
pub(super) fn is_shown(mime: &str) -> bool {
    SHOWN.contains(&mime)
}

/// The MIME type of a file that begins with `head`.
pub(super) fn mime_of(head: &[u8]) -> &'static str {
    if head.starts_with(b"%PDF-") {
        return "application/pdf";
    }
    if let Some(mime) = iso_brand(head) {
        return mime;
    }
    match infer::get(head).map(|kind| kind.mime_type()) {
        Some("audio/m4a" | "audio/x-m4a") => "audio/mp4",
        Some("audio/x-wav") => "audio/wav",
        Some("audio/x-flac") => "audio/flac",
        Some("application/ogg" | "video/ogg") => "audio/ogg",
        Some("video/x-matroska") => "video/webm",
        // What is text to the library may be a script to a browser.
        Some("text/html" | "text/xml" | "application/xml" | "image/svg+xml" | "text/x-shellscript") => "text/plain",
        Some(known) => known,
        None if is_text(head) => "text/plain",
        None => UNKNOWN,
    }
}

/// The family of files made of boxes: what they are stands in the brand of the first one.
fn iso_brand(head: &[u8]) -> Option<&'static str> {
    let brand = head.get(4..12)?.strip_prefix(b"ftyp")?;
    Some(match brand {
        b"M4A " | b"M4B " | b"M4P " => "audio/mp4",
        b"qt  " => "video/quicktime",
        b"heic" | b"heix" | b"hevc" | b"mif1" | b"msf1" => "image/heif",
        b"avif" | b"avis" => "image/avif",
        [b'3', b'g', ..] => "video/3gpp",
        _ => "video/mp4",
    })
}

/// Plain text in UTF-8; the head may end within a character.
fn is_text(head: &[u8]) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default(),
        Err(_) => return false,
    };
    !text.is_empty() && !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}'))
}

/// What a file of this type is shown and sent as, unless somebody says otherwise.
pub(super) fn kind_of(mime: &str) -> MediaKind {
    match mime {
        "image/jpeg" | "image/png" | "image/webp" | "image/gif" => MediaKind::Image,
        "video/mp4" | "video/3gpp" | "video/webm" | "video/quicktime" => MediaKind::Video,
        _ if mime.starts_with("audio/") => MediaKind::Audio,
        _ => MediaKind::Document,
    }
}

/// What a file is shown as that was sent as `said` and whose bytes say `mime`: as what it was sent where that is true, else as a file to be
/// saved.
pub(super) fn honest_kind(said: MediaKind, mime: &str) -> MediaKind {
    let true_ = match said {
        MediaKind::Image => kind_of(mime) == MediaKind::Image,
        MediaKind::Sticker => matches!(mime, "image/webp" | "image/png"),
        MediaKind::Video => kind_of(mime) == MediaKind::Video,
        // A recording may come in a box that could hold a film too.
        MediaKind::Audio => kind_of(mime) == MediaKind::Audio || matches!(mime, "video/mp4" | "video/3gpp" | "video/webm"),
        MediaKind::Document => true,
    };
    if true_ { said } else { MediaKind::Document }
}

/// The type under which a file of this kind is shown and sent: a recording in a box that could hold a film is a recording.
pub(super) fn mime_as(kind: MediaKind, mime: &'static str) -> &'static str {
    match (kind, mime) {
        (MediaKind::Audio, "video/mp4" | "video/3gpp") => "audio/mp4",
        (MediaKind::Audio, "video/webm") => "audio/webm",
        _ => mime,
    }
}

/// What a file without a name is called.
pub(super) fn name_for(kind: MediaKind, mime: Option<&str>, voice: bool) -> String {
    let what = match kind {
        MediaKind::Image => "photo",
        MediaKind::Video => "video",
        MediaKind::Audio if voice => "voice-message",
        MediaKind::Audio => "audio",
        MediaKind::Document => "document",
        MediaKind::Sticker => "sticker",
    };
    let ending = match mime.unwrap_or_default() {
        "image/jpeg" => ".jpg",
        "image/png" => ".png",
        "image/webp" => ".webp",
        "image/gif" => ".gif",
        "video/mp4" => ".mp4",
        "video/3gpp" => ".3gp",
        "video/webm" => ".webm",
        "audio/ogg" => ".ogg",
        "audio/mp4" => ".m4a",
        "audio/mpeg" => ".mp3",
        "audio/amr" => ".amr",
        "audio/aac" => ".aac",
        "application/pdf" => ".pdf",
        "text/plain" => ".txt",
        _ => "",
    };
    format!("{what}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_decide() {
        let iso = |brand: &str| [&[0, 0, 0, 24], format!("ftyp{brand}").as_bytes(), &[0; 12]].concat();
        for (head, mime) in [
            (b"\x89PNG\r\n\x1a\n........".to_vec(), "image/png"),
            (b"\xff\xd8\xff\xe0..".to_vec(), "image/jpeg"),
            (b"GIF89a....".to_vec(), "image/gif"),
            (b"RIFF\x1a\0\0\0WEBPVP8L".to_vec(), "image/webp"),
            (b"%PDF-1.7\n<script>".to_vec(), "application/pdf"),
            (b"OggS\0\x02........OpusHead".to_vec(), "audio/ogg"),
            (b"#!AMR\n....".to_vec(), "audio/amr"),
            (b"ID3\x03........".to_vec(), "audio/mpeg"),
            (iso("isom"), "video/mp4"),
            (iso("mp42"), "video/mp4"),
            (iso("M4A "), "audio/mp4"),
            (iso("3gp4"), "video/3gpp"),
            (iso("heic"), "image/heif"),
            (b"<html><script>alert(1)</script>".to_vec(), "text/plain"),
            (b"<?xml version=\"1.0\"?><svg onload='x()'/>".to_vec(), "text/plain"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'>".to_vec(), "text/plain"),
            ("Grüße".as_bytes().to_vec(), "text/plain"),
            (b"MZ\x90\0".to_vec(), "application/vnd.microsoft.portable-executable"),
            (b"PK\x03\x04zip zip".to_vec(), "application/zip"),
            (b"\0\x01\x02".to_vec(), UNKNOWN),
            (Vec::new(), UNKNOWN),
        ] {
            assert_eq!(mime_of(&head), mime, "{}", String::from_utf8_lossy(&head));
        }
    }

    #[test]
    fn nothing_that_could_run_is_shown() {
        for mime in
            ["text/html", "text/plain", "image/svg+xml", "text/xml", "application/xhtml+xml", "application/javascript", UNKNOWN]
        {
            assert!(!is_shown(mime), "{mime}");
        }
        for head in [&b"<html>"[..], b"<svg", b"<?xml", b"<!DOCTYPE html>", b"GIF"] {
            assert!(!is_shown(mime_of(head)), "{}", String::from_utf8_lossy(head));
        }
    }

    #[test]
    fn what_lies_about_its_kind_is_a_file_to_be_saved() {
        use MediaKind::{Audio, Document, Image, Sticker, Video};
        assert_eq!(honest_kind(Image, "image/png"), Image);
        assert_eq!(honest_kind(Image, "text/plain"), Document);
        assert_eq!(honest_kind(Image, "application/pdf"), Document);
        assert_eq!(honest_kind(Sticker, "image/webp"), Sticker);
        assert_eq!(honest_kind(Sticker, "image/jpeg"), Document);
        assert_eq!(honest_kind(Audio, "video/mp4"), Audio);
        assert_eq!(mime_as(Audio, "video/mp4"), "audio/mp4");
        assert_eq!(honest_kind(Video, "image/png"), Document);
        assert_eq!(honest_kind(Document, "image/png"), Document);
        assert_eq!(name_for(Audio, Some("audio/ogg"), true), "voice-message.ogg");
    }

    #[test]
    fn text_may_be_cut_within_a_character() {
        let whole = "ü".repeat(10);
        assert!(is_text(&whole.as_bytes()[..19]) && is_text(whole.as_bytes()));
        assert!(!is_text(b"\xff\xfe") && !is_text(b"a\0b") && !is_text(b"\xfc middle"));
    }
}
