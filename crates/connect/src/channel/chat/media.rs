//! Files, both ways. Those that the app names by their address: MAX goes there without any secret, and nowhere inside the company's network.
//! Those that were uploaded to MAX before. And those that colleagues send, which the app fetches from MAX.

use std::time::Duration;

use http::{HeaderValue, StatusCode, header};
use uuid::Uuid;

use super::{
    super::{FetchError, FieldError, IncomingMedia, KindLimits, MediaKind, MediaLimits, OutgoingMedia, ProviderError},
    MAX_TEXT_CHARS,
};
use crate::net::{Call, NetError, Outbound};

/// Before MAX's id of a file that was uploaded before it was sent. No web address begins so.
const UPLOAD: &str = "upload:";
const MB: u64 = 1 << 20;

/// What goes out. Much, for an app shows what it can and offers the rest to be saved; but nothing that runs when it is opened.
pub(super) const LIMITS: MediaLimits = MediaLimits {
    image: kind(&["image/jpeg", "image/png", "image/webp", "image/gif"], 25),
    video: kind(&["video/mp4", "video/3gpp", "video/webm", "video/quicktime"], 100),
    audio: kind(
        &["audio/mpeg", "audio/mp4", "audio/aac", "audio/amr", "audio/ogg", "audio/webm", "audio/wav", "audio/flac"],
        100,
    ),
    document: kind(
        &[
            "application/pdf",
            "text/plain",
            "application/rtf",
            "application/msword",
            "application/vnd.ms-excel",
            "application/vnd.ms-powerpoint",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            "application/vnd.oasis.opendocument.text",
            "application/vnd.oasis.opendocument.spreadsheet",
            "application/vnd.oasis.opendocument.presentation",
            "application/epub+zip",
            "application/zip",
            "image/tiff",
            "image/heif",
            "image/avif",
            // Anything that is shown may go as a file to be saved too.
            "image/jpeg",
            "image/png",
            "image/webp",
            "image/gif",
            "video/mp4",
            "video/webm",
            "video/quicktime",
            "audio/mpeg",
            "audio/mp4",
            "audio/ogg",
            "audio/wav",
        ],
        100,
    ),
    sticker: None,
};

const fn kind(mime_types: &'static [&'static str], megabytes: u64) -> Option<KindLimits> {
    Some(KindLimits { mime_types, max_bytes: megabytes * MB, caption_chars: MAX_TEXT_CHARS })
}

/// Whether the file can go as what it is to be sent.
pub(super) fn check(file: &OutgoingMedia) -> Result<(), FieldError> {
    let field = |message: String| Err(FieldError::new("media_ids", message));
    let Some(limits) = LIMITS.of(file.kind) else { return field("This channel sends no files of this kind.".to_owned()) };
    if !limits.mime_types.contains(&file.mime_type.as_str()) {
        return field(match file.kind {
            MediaKind::Document => "This channel does not send files of this type. Put it into a zip file.".to_owned(),
            _ => "This channel does not send files of this type as what it is.".to_owned(),
        });
    }
    if file.size == 0 {
        return field("This file is empty.".to_owned());
    }
    if file.size > limits.max_bytes {
        return field(format!("This channel sends files of this kind of at most {} MB.", limits.max_bytes / MB));
    }
    match file.caption.as_deref().map_or(0, |caption| caption.chars().count()) {
        chars if chars > limits.caption_chars => Err(FieldError::new(
            "text",
            format!("has {chars} characters; with a file at most {} go. Send it in parts", limits.caption_chars),
        )),
        _ => Ok(()),
    }
}

/// How a file that was uploaded before is known here: by MAX's id of it.
pub(super) fn handed_over(id: &str) -> Option<String> {
    Uuid::parse_str(id).ok().map(|id| format!("{UPLOAD}{id}"))
}

/// MAX's id of a file that was uploaded before.
pub(super) fn uploaded(external_id: &str) -> Option<Uuid> {
    external_id.strip_prefix(UPLOAD)?.parse().ok()
}

/// The longest a file may take on its way.
const FILE_TIME: Duration = Duration::from_mins(10);

/// Opens a file of the company's.
pub(super) async fn fetch(net: &Outbound, url: &str, max_bytes: u64) -> Result<IncomingMedia, FetchError> {
    if uploaded(url).is_some() {
        let words =
            "This file is not there: it was sent before, is somebody else's, or waited too long. The customer can send it again.";
        return Err(FetchError::Gone { error: own("no_upload", words, None) });
    }
    let limit = usize::try_from(max_bytes).unwrap_or(usize::MAX);
    let call = Call::get(url)
        // The bytes as they are: their number and their digest are compared.
        .map(|c| c.header(header::ACCEPT_ENCODING, HeaderValue::from_static("identity")).within(FILE_TIME).max_answer(limit));
    let body = match call {
        Ok(call) => net.open(call).await.map_err(|e| unanswered(&e))?,
        Err(e) => return Err(unanswered(&e)),
    };
    let status = body.status();
    if !status.is_success() {
        let code = format!("http_{}", status.as_u16());
        return Err(match status {
            StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                FetchError::Gone { error: own(&code, "The app's server does not hand out this file.", None) }
            }
            _ => FetchError::Retry { error: own(&code, "The app's server did not hand out the file.", None), after: None },
        });
    }
    let size = body.announced();
    if size.is_some_and(|size| size > max_bytes) {
        return Err(FetchError::TooLarge);
    }
    Ok(IncomingMedia { size, sha256: None, body })
}

fn unanswered(error: &NetError) -> FetchError {
    let detail = Some(error.to_string());
    match error {
        NetError::Invalid(_) | NetError::Refused(_) => {
            let words = "MAX may not fetch a file from this address.";
            FetchError::Gone { error: own("address_refused", words, detail) }
        }
        _ => {
            let words = "The app's server could not be reached for this file.";
            FetchError::Retry { error: own("no_connection", words, detail), after: None }
        }
    }
}

fn own(code: &str, words: &str, detail: Option<String>) -> ProviderError {
    ProviderError { code: code.to_owned(), message: words.to_owned(), detail }
}
