//! The chat widget's scripts, as pages of other sites load them: embedded in the binary with their compressed forms beside them.

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use kernel::http::{ParamName, PathText};
use rust_embed::RustEmbed;

use crate::web::{best, unless_known};

#[derive(RustEmbed)]
#[folder = "../../web/apps/widget/dist"]
#[allow_missing = true]
struct Scripts;

/// What every page loads; it names the others by a digest of them.
const FIRST: &str = "widget.js";
/// A page that was opened before an upgrade has the old script for so long.
const SHORT: &str = "public, max-age=300";
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// The file's name, where a channel's id stands in the visitors' addresses.
pub(crate) struct Name;

impl ParamName for Name {
    const NAME: &'static str = "id";
}

/// Serves a script. No cookie and no header counts here: they are the same for everybody.
pub(crate) async fn serve(file: PathText<Name>, uri: Uri, headers: HeaderMap) -> Response {
    let name = file.text.as_str();
    let found = name.ends_with(".js").then(|| best::<Scripts>(name, &headers)).flatten();
    let Some((file, encoding)) = found else {
        let words = "Not found. If this is a fresh checkout, build the web app: script/server does it.";
        return (StatusCode::NOT_FOUND, words).into_response();
    };
    let (mut response, etag) = unless_known(file, &headers);
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    };
    set("content-type", "text/javascript; charset=utf-8");
    set("etag", &etag);
    set("vary", "accept-encoding");
    set("x-content-type-options", "nosniff");
    set("cross-origin-resource-policy", "cross-origin");
    // Modules, and scripts whose digest a page names, are asked for with CORS.
    set("access-control-allow-origin", "*");
    set("cache-control", if names(version(&uri)) { FOR_EVER } else { SHORT });
    if let Some(encoding) = encoding {
        set(header::CONTENT_ENCODING.as_str(), encoding);
    }
    response
}

/// The `v` of an address.
fn version(uri: &Uri) -> Option<&str> {
    uri.query()?.split('&').find_map(|pair| pair.strip_prefix("v="))
}

/// Whether a version is that of these scripts. While nodes are replaced one by one, an old one may be asked for what a new one named: what it
/// has instead must not be kept.
fn names(version: Option<&str>) -> bool {
    let Some(version) = version.filter(|v| v.len() >= 12 && v.bytes().all(|b| b.is_ascii_hexdigit())) else { return false };
    Scripts::get(FIRST).is_some_and(|first| first.data.windows(version.len()).any(|part| part == version.as_bytes()))
}
