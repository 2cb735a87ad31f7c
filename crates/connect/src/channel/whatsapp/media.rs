//! Files: which may be sent, how they are handed over, and how those of customers are fetched.

use std::time::Duration;

use http::{HeaderValue, header};
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;

use super::{
    super::{
        FetchError, FieldError, IncomingMedia, KindLimits, MediaKind, MediaLimits, OutgoingMedia, ProviderError, SendError,
        Settings, UploadedMedia,
    },
    config, send,
    wire::{NAME, Wire},
};
use crate::net::{Answer, Call, Form, FormFile, NetError, Outbound};

const MB: u64 = 1024 * 1024;
const CAPTION_CHARS: usize = 1024;
const NAME_CHARS: usize = 240;

/// The longest a file may take on its way, either way.
const FILE_TIME: Duration = Duration::from_mins(10);
/// How long the id of an upload lives. Meta says thirty days; a day less, for it decides by its own clock.
const UPLOAD_LIVES: Duration = Duration::from_hours(29 * 24);
/// Meta's hosts, which may be shown the token. Files lie on another one than the API.
const META_HOSTS: [&str; 5] = ["fbsbx.com", "facebook.com", "fbcdn.net", "whatsapp.com", "whatsapp.net"];

const DOCUMENTS: &[&str] = &[
    "text/plain",
    "application/pdf",
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    // A picture may go as a file, so that it is not made smaller on its way.
    "image/jpeg",
    "image/png",
];

/// What WhatsApp takes.
pub(super) const LIMITS: MediaLimits = MediaLimits {
    image: Some(KindLimits { mime_types: &["image/jpeg", "image/png"], max_bytes: 5 * MB, caption_chars: CAPTION_CHARS }),
    video: Some(KindLimits { mime_types: &["video/mp4", "video/3gpp"], max_bytes: 16 * MB, caption_chars: CAPTION_CHARS }),
    audio: Some(KindLimits {
        mime_types: &["audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"],
        max_bytes: 16 * MB,
        caption_chars: 0,
    }),
    document: Some(KindLimits { mime_types: DOCUMENTS, max_bytes: 100 * MB, caption_chars: CAPTION_CHARS }),
    sticker: Some(KindLimits { mime_types: &["image/webp"], max_bytes: 100 * 1024, caption_chars: 0 }),
};

/// Whether WhatsApp takes the file as what it is to be sent.
pub(super) fn check(file: &OutgoingMedia) -> Result<(), FieldError> {
    let field = |message: String| Err(FieldError::new("media_ids", message));
    let Some(limits) = LIMITS.of(file.kind) else { return field("WhatsApp takes no files of this kind.".to_owned()) };
    if !limits.mime_types.contains(&file.mime_type.as_str()) {
        let known = limits.mime_types.iter().map(|mime| short(mime)).collect::<Vec<_>>().join(", ");
        return field(format!("WhatsApp takes {} as {known}; this one is {}.", plural(file.kind), short(&file.mime_type)));
    }
    // What Meta checks when the file is handed over is its type, as whatever it is to be sent.
    let most = match file.mime_type.as_str() {
        "image/jpeg" | "image/png" => limits.max_bytes.min(5 * MB),
        _ => limits.max_bytes,
    };
    if file.size == 0 {
        return field("This file is empty.".to_owned());
    }
    if file.size > most {
        return field(format!(
            "WhatsApp takes {} of at most {}; this one has {}.",
            plural(file.kind),
            size(most),
            size(file.size)
        ));
    }
    let chars = file.caption.as_deref().map_or(0, |caption| caption.chars().count());
    match limits.caption_chars {
        _ if chars == 0 => Ok(()),
        0 => Err(FieldError::new("text", "A recording and a sticker carry no words. Send them as a message of their own.")),
        most if chars > most => {
            Err(FieldError::new("text", format!("has {chars} characters; with a file WhatsApp takes at most {most}")))
        }
        _ => Ok(()),
    }
}

fn plural(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Image => "pictures",
        MediaKind::Video => "videos",
        MediaKind::Audio => "recordings",
        MediaKind::Document => "documents",
        MediaKind::Sticker => "stickers",
    }
}

/// A type as people call it.
fn short(mime: &str) -> &str {
    match mime {
        "application/msword" => "Word (doc)",
        "application/vnd.ms-excel" => "Excel (xls)",
        "application/vnd.ms-powerpoint" => "PowerPoint (ppt)",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => "Word",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => "Excel",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation" => "PowerPoint",
        "application/octet-stream" => "of an unknown type",
        other => other.split_once('/').map_or(other, |(_, kind)| kind),
    }
}

fn size(bytes: u64) -> String {
    // Rounded up, so that nothing that is too large looks as if it were not.
    if bytes >= MB {
        format!("{:.1} MB", (bytes * 10).div_ceil(MB) as f64 / 10.0)
    } else {
        format!("{} kB", bytes.div_ceil(1024))
    }
}

/// The typed part of a message with a file that was handed over before.
pub(super) fn body(file: &OutgoingMedia) -> (&'static str, Value) {
    let kind = match file.kind {
        MediaKind::Image => "image",
        MediaKind::Video => "video",
        MediaKind::Audio => "audio",
        MediaKind::Document => "document",
        MediaKind::Sticker => "sticker",
    };
    let mut body = json!({ "id": file.external_id });
    if let Some(caption) = file.caption.as_deref().filter(|c| !c.is_empty()) {
        body["caption"] = caption.into();
    }
    if let (MediaKind::Document, Some(name)) = (file.kind, file.filename.as_deref().filter(|n| !n.is_empty())) {
        body["filename"] = name.chars().take(NAME_CHARS).collect::<String>().into();
    }
    // Only Ogg plays as a voice message; with other types the mark would be refused.
    if file.kind == MediaKind::Audio && file.voice && file.mime_type == "audio/ogg" {
        body["voice"] = true.into();
    }
    (kind, body)
}

/// Hands a file over.
pub(super) async fn upload(net: &Outbound, settings: &Settings, file: FormFile) -> Result<UploadedMedia, SendError> {
    let (Some(url), Some(token)) = (config::upload_url(settings), settings.secret(config::ACCESS_TOKEN)) else {
        return Err(send::incomplete());
    };
    let form = Form::default().text("messaging_product", "whatsapp").text("type", file.mime_type.clone()).file("file", file);
    let call = Call::post(&url).and_then(|c| c.bearer(token)).map(|c| c.form(form).within(FILE_TIME));
    let outcome = match call {
        Ok(call) => net.send(call).await,
        Err(e) => Err(e),
    };
    let error = match outcome {
        Ok(answer) => {
            let parsed = serde_json::from_slice::<Value>(&answer.body).ok();
            let parsed = parsed.as_ref().map(Wire::new);
            if answer.status.is_success()
                && let Some(external_id) = parsed.and_then(|p| p.id("id"))
            {
                return Ok(UploadedMedia { external_id, lives: UPLOAD_LIVES });
            }
            send::failure(&answer, token)
        }
        Err(error) => send::unanswered(&error),
    };
    Err(match error {
        // A file that was perhaps taken is in no message yet: handing it over again does nothing twice.
        SendError::Unconfirmed { error } => {
            let message = "WhatsApp did not take the file. Sending again later usually works.".to_owned();
            SendError::Retry { error: ProviderError { message, ..error }, after: None }
        }
        other => other,
    })
}

/// Opens a customer's file: asks where it lies, which holds for five minutes, and goes there.
pub(super) async fn fetch(
    net: &Outbound,
    settings: &Settings,
    media_id: &str,
    max_bytes: u64,
) -> Result<IncomingMedia, FetchError> {
    let Some(token) = settings.secret(config::ACCESS_TOKEN) else { return Err(later(send::incomplete())) };
    let Some(url) = config::media_url(settings, media_id) else {
        let words = "WhatsApp named this file by something that is no id.";
        return Err(FetchError::Gone { error: own("media_id", words, None) });
    };
    let answer = answered(net, Call::get(&url), token).await?;
    let parsed = serde_json::from_slice::<Value>(&answer.body).ok();
    let parsed = parsed.as_ref().map(Wire::new);
    let address = parsed.and_then(|p| p.text("url", 4096));
    let (Some(info), Some(address), true) = (parsed, address, answer.status.is_success()) else {
        return Err(refused(&answer, parsed, token));
    };
    if !may_have_token(&address, settings) {
        let words = "WhatsApp says that this file lies on a server that is not its own, so MAX did not fetch it.";
        let host = Url::parse(&address).ok().and_then(|url| url.host_str().map(str::to_owned));
        return Err(FetchError::Gone { error: own("foreign_host", words, host) });
    }
    let size = info.integer("file_size").and_then(|n| u64::try_from(n).ok());
    if size.is_some_and(|size| size > max_bytes) {
        return Err(FetchError::TooLarge);
    }
    let limit = usize::try_from(max_bytes).unwrap_or(usize::MAX);
    let call = Call::get(&address)
        .and_then(|c| c.bearer(token))
        // The bytes as they are: their number and their digest are compared.
        .map(|c| c.header(header::ACCEPT_ENCODING, HeaderValue::from_static("identity")).within(FILE_TIME).max_answer(limit));
    let body = match call {
        Ok(call) => net.open(call).await.map_err(|e| later(send::unanswered(&e)))?,
        Err(e) => return Err(later(send::unanswered(&e))),
    };
    if !body.status().is_success() {
        // The address has run out, or the server has a bad moment: both pass with a fresh address.
        let code = format!("http_{}", body.status().as_u16());
        let words = "WhatsApp did not hand out the file. Trying again later usually works.";
        return Err(FetchError::Retry { error: own(&code, words, None), after: None });
    }
    Ok(IncomingMedia { size, sha256: info.word("sha256", NAME), body })
}

/// What only a fetch meets: nobody sent anything, so the table of codes has no words for it.
fn own(code: &str, words: &str, detail: Option<String>) -> ProviderError {
    ProviderError { code: code.to_owned(), message: words.to_owned(), detail }
}

async fn answered(net: &Outbound, call: Result<Call, NetError>, token: &SecretString) -> Result<Answer, FetchError> {
    let outcome = match call.and_then(|c| c.bearer(token)) {
        Ok(call) => net.send(call).await,
        Err(e) => Err(e),
    };
    outcome.map_err(|e| later(send::unanswered(&e)))
}

/// The same as for a send, less what only matters there.
fn refused(answer: &Answer, parsed: Option<Wire<'_>>, token: &SecretString) -> FetchError {
    let gone = parsed.and_then(|p| p.object("error")).is_some_and(|e| {
        e.integer("code") == Some(100) || e.integer("code") == Some(131_052) || e.integer("code") == Some(131_009)
    });
    let error = send::failure(answer, token);
    if gone {
        let words = "WhatsApp no longer has this file. Ask the customer to send it again.".to_owned();
        return FetchError::Gone { error: ProviderError { message: words, ..error.error().clone() } };
    }
    later(error)
}

/// An admin may mend the account, and a lost answer costs nothing here: everything may be tried again.
fn later(error: SendError) -> FetchError {
    match error {
        SendError::Retry { error, after } | SendError::Slow { error, after, .. } => FetchError::Retry { error, after },
        SendError::Unconfirmed { error } => {
            let message = "WhatsApp did not hand out the file. Trying again later usually works.".to_owned();
            FetchError::Retry { error: ProviderError { message, ..error }, after: None }
        }
        SendError::Account { error } | SendError::Final { error } => FetchError::Retry { error, after: None },
    }
}

/// Whether the token may be shown at this address: where the API itself is, or at one of Meta's hosts over TLS.
fn may_have_token(address: &str, settings: &Settings) -> bool {
    let (Ok(url), Ok(base)) = (Url::parse(address), config::api_base(settings)) else { return false };
    let Ok(base) = Url::parse(&base) else { return false };
    let metas = || {
        url.scheme() == "https"
            && url.host_str().is_some_and(|host| {
                META_HOSTS.iter().any(|own| host == *own || host.strip_suffix(own).is_some_and(|rest| rest.ends_with('.')))
            })
    };
    url.origin() == base.origin() || metas()
}

#[cfg(test)]
mod tests {
    use super::{super::tests::settings_with, *};

    #[test]
    fn the_token_is_shown_to_meta_and_to_where_the_api_is_and_to_nobody_else() {
        let settings = settings_with(json!({ "phone_number_id": "1", "business_account_id": "2" }));
        for good in [
            "https://graph.facebook.com/x",
            "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1",
            "https://scontent.xx.fbcdn.net/v/1",
        ] {
            assert!(may_have_token(good, &settings), "{good}");
        }
        for bad in [
            "http://lookaside.fbsbx.com/x",
            "https://fbsbx.com.evil.example/x",
            "https://evilfbsbx.com/x",
            "https://evil.example/lookaside.fbsbx.com",
            "https://lookaside.fbsbx.com@evil.example/",
            "ftp://fbsbx.com/",
            "//fbsbx.com",
            "",
        ] {
            assert!(!may_have_token(bad, &settings), "{bad}");
        }
        let own =
            settings_with(json!({ "phone_number_id": "1", "business_account_id": "2", "api_base": "http://127.0.0.1:8090" }));
        assert!(may_have_token("http://127.0.0.1:8090/media?x=1", &own));
        assert!(!may_have_token("http://127.0.0.1:8091/media", &own), "another port is another server");
        assert!(!may_have_token("https://127.0.0.1:8090/media", &own));
    }

    #[test]
    fn ids_from_outside_lead_nowhere_else() {
        let settings = settings_with(json!({ "phone_number_id": "1", "business_account_id": "2" }));
        assert!(config::media_url(&settings, "1234567890").is_some_and(|url| url.ends_with("/1234567890?phone_number_id=1")));
        for bad in ["", "..", "1/../2", "1?x=1", "1#", "me/accounts", "ü", "1%2f2", &"9".repeat(300)] {
            assert_eq!(config::media_url(&settings, bad), None, "{bad}");
        }
    }

    fn file(kind: MediaKind, mime: &str, size: u64) -> OutgoingMedia {
        OutgoingMedia {
            kind,
            external_id: String::new(),
            mime_type: mime.into(),
            size,
            caption: None,
            filename: None,
            voice: false,
            link: None,
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_in_words() {
        use MediaKind::{Audio, Document, Image, Sticker, Video};
        for (kind, mime, most) in [
            (Image, "image/jpeg", 5 * MB),
            (Video, "video/mp4", 16 * MB),
            (Audio, "audio/ogg", 16 * MB),
            (Document, "application/pdf", 100 * MB),
            (Document, "image/png", 5 * MB),
            (Sticker, "image/webp", 100 * 1024),
        ] {
            assert_eq!(check(&file(kind, mime, most)), Ok(()), "{mime}");
            let error = check(&file(kind, mime, most + 1)).unwrap_err();
            assert!(error.field == "media_ids" && error.message.contains("at most"), "{error:?}");
            assert!(check(&file(kind, mime, 0)).is_err());
        }
        for (kind, mime) in [
            (Image, "image/webp"),
            (Image, "image/svg+xml"),
            (Video, "video/webm"),
            (Audio, "audio/webm"),
            (Document, "application/zip"),
        ] {
            assert_eq!(check(&file(kind, mime, 10)).unwrap_err().field, "media_ids", "{mime}");
        }
        let with = |kind, mime, chars| check(&OutgoingMedia { caption: Some("😀".repeat(chars)), ..file(kind, mime, 10) });
        assert_eq!(with(Image, "image/png", 1024), Ok(()));
        assert_eq!(with(Image, "image/png", 1025).unwrap_err().field, "text");
        assert_eq!(with(Audio, "audio/ogg", 1).unwrap_err().field, "text");
    }

    #[test]
    fn sizes_never_look_smaller_than_they_are() {
        assert_eq!(size(5 * MB), "5.0 MB");
        assert_eq!(size(5 * MB + 1), "5.1 MB");
        assert_eq!(size(1), "1 kB");
    }
}
