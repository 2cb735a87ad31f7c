//! The agent app, embedded in the binary with its compressed forms beside it.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "../../web/apps/agent/dist"]
#[allow_missing = true]
struct Assets;

/// Scripts and styles come from here only; nothing of a customer can become code.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self'; \
                      font-src 'self'; connect-src 'self'; frame-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Serves a file of the app; any other address is a page of the app itself.
pub(crate) async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let path = uri.path().trim_start_matches('/');
    let is_asset = path.starts_with("assets/");
    let name =
        if path.is_empty() || (Assets::get(path).is_none() && !is_asset && !path.contains('.')) { "index.html" } else { path };
    let Some((file, encoding)) = best::<Assets>(name, &headers) else {
        return (StatusCode::NOT_FOUND, "Not found. If this is a fresh checkout, build the web app: script/server does it.")
            .into_response();
    };
    let (mut response, etag) = unless_known(file, &headers);
    let out = response.headers_mut();
    let mime = mime_guess::from_path(name).first_or_octet_stream();
    let mime = if mime.type_() == mime_guess::mime::TEXT { format!("{mime}; charset=utf-8") } else { mime.to_string() };
    let mut set = |name: header::HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            out.insert(name, value);
        }
    };
    set(header::CONTENT_TYPE, &mime);
    set(header::ETAG, &etag);
    set(header::VARY, "accept-encoding");
    set(header::CONTENT_SECURITY_POLICY, POLICY);
    // Names in assets/ carry a hash of their content; everything else is asked for again each time.
    set(header::CACHE_CONTROL, if is_asset { "public, max-age=31536000, immutable" } else { "no-cache" });
    if let Some(encoding) = encoding {
        set(header::CONTENT_ENCODING, encoding);
    }
    response
}

/// The file, or that the browser has it already; and the mark by which it knows.
pub(crate) fn unless_known(file: EmbeddedFile, headers: &HeaderMap) -> (Response, String) {
    let etag = format!("\"{}\"", hex(&file.metadata.sha256_hash()[..12]));
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|v| v.as_bytes() == etag.as_bytes());
    let response = if known { StatusCode::NOT_MODIFIED.into_response() } else { Response::new(Body::from(file.data)) };
    (response, etag)
}

/// The file in the best form the browser takes.
pub(crate) fn best<Files: RustEmbed>(name: &str, headers: &HeaderMap) -> Option<(EmbeddedFile, Option<&'static str>)> {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or("");
    [("br", ".br"), ("gzip", ".gz")]
        .into_iter()
        .filter(|(encoding, _)| accepted.split(',').any(|a| a.split(';').next().is_some_and(|a| a.trim() == *encoding)))
        .find_map(|(encoding, ending)| Files::get(&format!("{name}{ending}")).map(|file| (file, Some(encoding))))
        .or_else(|| Files::get(name).map(|file| (file, None)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
