//! Files as browsers get them: nothing that could run is ever shown, whatever it is called; parts on request; kept by whoever has them.

use std::ops::Range;

use aide::{
    OperationInput, OperationOutput,
    generate::GenContext,
    openapi::{MediaType, Operation, Response as DocResponse, SchemaObject},
};
use axum::{
    body::Body,
    extract::{FromRequestParts, RawPathParams},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts};
use kernel::{auth::LinkTarget, http::Problem};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use uuid::Uuid;

use crate::{
    App,
    media::{MediaRow, MediaState, Variant, service::explained, sniff, store},
};

/// How long browsers keep a file without asking: its address changes with its bytes.
const KEEP: &str = "private, max-age=31536000, immutable";

/// A file under an address that MAX signed.
pub(super) struct LinkedFile {
    pub row: MediaRow,
    pub variant: Variant,
}

impl LinkTarget<App> for LinkedFile {
    async fn verify(app: &App, parts: &mut Parts) -> Result<Self, Problem> {
        let params = RawPathParams::from_request_parts(parts, app).await.map_err(|_| Problem::not_found())?;
        let param = |wanted: &str| params.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value);
        let (id, variant) = (param("id").and_then(|id| id.parse::<Uuid>().ok()), param("variant").and_then(Variant::parse));
        let query = parts.uri.query().unwrap_or_default();
        let said = |wanted: &str| query.split('&').find_map(|pair| pair.strip_prefix(wanted)?.strip_prefix('='));
        let expires = said("expires").and_then(|text| text.parse::<i64>().ok());
        let (Some(id), Some(variant), Some(expires), Some(signature)) = (id, variant, expires, said("signature")) else {
            return Err(Problem::not_found());
        };
        let row = store::by_id(&mut *app.db.read().await?, id).await?.ok_or_else(Problem::not_found)?;
        let sha256 = row.sha256.as_deref().ok_or_else(Problem::not_found)?;
        if !app.media.links.holds(id, variant, sha256, expires, signature, app.now()) {
            return Err(Problem::not_found());
        }
        Ok(Self { row, variant })
    }
}

/// Which part of a file is wanted, and what is there already.
pub(super) struct Wanted {
    range: Option<String>,
    if_range: Option<String>,
    if_none_match: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Wanted {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let text = |name: HeaderName| parts.headers.get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
        Ok(Self { range: text(header::RANGE), if_range: text(header::IF_RANGE), if_none_match: text(header::IF_NONE_MATCH) })
    }
}

impl OperationInput for Wanted {}

/// An answer of bytes.
pub(super) struct Bytes(Response);

impl IntoResponse for Bytes {
    fn into_response(self) -> Response {
        self.0
    }
}

impl OperationOutput for Bytes {
    type Inner = ();

    fn inferred_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, DocResponse)> {
        let schema = schemars::json_schema!({ "type": "string", "format": "binary" });
        let media = MediaType {
            schema: Some(SchemaObject { json_schema: schema, external_docs: None, example: None }),
            ..MediaType::default()
        };
        let file = DocResponse {
            description: "The file; 206 with Content-Range where a part was asked for.".into(),
            content: std::iter::once(("application/octet-stream".to_owned(), media)).collect(),
            ..DocResponse::default()
        };
        std::iter::once((Some(200), file)).chain(Problem::inferred_responses(ctx, operation)).collect()
    }
}

/// On whose pages a file is shown.
#[derive(Clone, Copy)]
pub(super) enum Shown {
    /// On ours only.
    Here,
    /// On any: whoever has its signed address was given it, and visitors' chats are on the company's pages.
    Anywhere,
}

impl Shown {
    const fn policy(self) -> &'static str {
        match self {
            Shown::Here => "same-origin",
            Shown::Anywhere => "cross-origin",
        }
    }
}

/// Hands out a file.
pub(super) async fn answer(app: &App, row: &MediaRow, variant: Variant, wanted: Wanted, on: Shown) -> Result<Bytes, Problem> {
    let (Some(key), Some(sha256), MediaState::Ready) = (&row.storage_key, &row.sha256, row.state()) else {
        return Err(Problem::not_found());
    };
    let (key, size, mime) = match variant {
        Variant::Original => (key, row.size.and_then(|s| u64::try_from(s).ok()).unwrap_or_default(), row.mime_type.as_deref()),
        Variant::Thumbnail => {
            let key = row.thumbnail_key.as_ref().ok_or_else(Problem::not_found)?;
            // What it is, its first bytes say, as with any file.
            (key, app.media.files.size(key).await.map_err(explained)?, None)
        }
    };
    let etag = format!("\"{sha256}-{}\"", variant.as_str());
    let mut headers = HeaderMap::new();
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set(header::ETAG, &etag);
    set(header::CACHE_CONTROL, KEEP);
    set(header::ACCEPT_RANGES, "bytes");
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'");
    set(HeaderName::from_static("cross-origin-resource-policy"), on.policy());
    if wanted.if_none_match.as_deref().is_some_and(|known| known.split(',').any(|k| k.trim().trim_start_matches("W/") == etag)) {
        return Ok(Bytes((StatusCode::NOT_MODIFIED, headers).into_response()));
    }
    // A part of something else than what the other side has is of no use to it.
    let fits = wanted.if_range.as_deref().is_none_or(|known| known == etag);
    let part = match wanted.range.as_deref().filter(|_| fits).map(|range| part_of(range, size)) {
        Some(Part::Within(part)) => Some(part),
        Some(Part::Beyond) => {
            set(header::CONTENT_RANGE, &format!("bytes */{size}"));
            return Ok(Bytes((StatusCode::RANGE_NOT_SATISFIABLE, headers).into_response()));
        }
        Some(Part::Whole) | None => None,
    };
    let thumbnail_type = match mime {
        Some(_) => None,
        None => {
            let mut head = app.media.files.read(key, Some(0..16.min(size))).await.map_err(explained)?;
            let head = futures_util::TryStreamExt::try_next(&mut head).await.ok().flatten().unwrap_or_default();
            Some(sniff::mime_of(&head))
        }
    };
    let mime = mime.or(thumbnail_type).unwrap_or(sniff::UNKNOWN);
    let shown = sniff::is_shown(mime);
    set(header::CONTENT_TYPE, if shown { mime } else { sniff::UNKNOWN });
    set(header::CONTENT_DISPOSITION, &disposition(shown, &row.name()));
    let length = part.as_ref().map_or(size, |part| part.end - part.start);
    set(header::CONTENT_LENGTH, &length.to_string());
    let status = match &part {
        Some(part) => {
            set(header::CONTENT_RANGE, &format!("bytes {}-{}/{size}", part.start, part.end - 1));
            StatusCode::PARTIAL_CONTENT
        }
        None => StatusCode::OK,
    };
    let body = app.media.files.read(key, part).await.map_err(explained)?;
    Ok(Bytes((status, headers, Body::from_stream(body)).into_response()))
}

/// How a browser is to treat it, and what it is called: in ASCII for the old, in full for the others.
fn disposition(shown: bool, name: &str) -> String {
    let how = if shown { "inline" } else { "attachment" };
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || ".-_ ".contains(c) { c } else { '_' }).collect();
    format!("{how}; filename=\"{plain}\"; filename*=UTF-8''{}", utf8_percent_encode(name, NON_ALPHANUMERIC))
}

/// What a `Range` header asks for.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    /// Nothing that is understood, or several parts: the whole answers it.
    Whole,
    /// These bytes.
    Within(Range<u64>),
    /// What is not there.
    Beyond,
}

fn part_of(header: &str, size: u64) -> Part {
    let Some(range) = header.trim().strip_prefix("bytes=").map(str::trim) else { return Part::Whole };
    let Some((from, to)) = range.split_once('-') else { return Part::Whole };
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u64>().ok()).flatten();
    match (from.trim(), to.trim()) {
        ("", "") => Part::Whole,
        ("", last) => match number(last) {
            Some(0) => Part::Beyond,
            Some(_) if size == 0 => Part::Beyond,
            Some(last) => Part::Within(size.saturating_sub(last)..size),
            None => Part::Whole,
        },
        (from, to) => match (number(from), if to.is_empty() { Some(u64::MAX - 1) } else { number(to) }) {
            (Some(from), Some(to)) if from > to => Part::Whole,
            (Some(from), Some(_)) if from >= size => Part::Beyond,
            (Some(from), Some(to)) => Part::Within(from..size.min(to.saturating_add(1))),
            _ => Part::Whole,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_understood_as_browsers_ask_for_them() {
        for (asked, part) in [
            ("bytes=0-", Part::Within(0..100)),
            ("bytes=0-9", Part::Within(0..10)),
            ("bytes=90-1000", Part::Within(90..100)),
            ("bytes=-10", Part::Within(90..100)),
            ("bytes=-1000", Part::Within(0..100)),
            ("bytes=100-", Part::Beyond),
            ("bytes=-0", Part::Beyond),
            ("bytes=9-3", Part::Whole),
            ("bytes=0-1,5-6", Part::Whole),
            ("lines=1-2", Part::Whole),
            ("bytes=a-b", Part::Whole),
            ("bytes=99999999999999999999-", Part::Whole),
            ("", Part::Whole),
        ] {
            assert_eq!(part_of(asked, 100), part, "{asked}");
        }
        assert_eq!(part_of("bytes=0-", 0), Part::Beyond);
    }

    #[test]
    fn names_break_no_header() {
        let said = disposition(false, "Grüße \"x\"\r\n.pdf");
        assert!(said.is_ascii() && !said.contains(['\r', '\n']), "{said}");
        assert!(said.starts_with("attachment; filename=\"Gr__e _x___.pdf\"; filename*=UTF-8''Gr%C3%BC"));
    }
}
