//! Media: upload, information with a short-lived address, deletion.

use axum::response::Response;
use bytes::Bytes;
use http::{Method, header};
use serde_json::json;

use super::error::{GraphError, refusal};
use super::{Call, multipart};
use crate::answer::ok;
use crate::faults::Kind;
use crate::media::{self, Media};
use crate::{Number, chance};

/// `POST /{phone-number-id}/media`.
pub(super) fn upload(call: &Call, number: &Number) -> Result<Response, GraphError> {
    if let Some(order) = call.hub.world().faults.strike(Kind::UploadRefuse, &number.phone_number_id, &[]) {
        return Ok(refusal(&order));
    }
    let content_type = call.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let parts = multipart::boundary(content_type)
        .and_then(|boundary| multipart::parts(&call.body, boundary))
        .ok_or_else(|| GraphError::parameter("The upload must be multipart/form-data."))?;
    let field = |name: &str| parts.iter().find(|part| part.name == name);
    let text = |name: &str| field(name).and_then(|part| std::str::from_utf8(part.bytes).ok()).unwrap_or_default();
    if text("messaging_product") != "whatsapp" {
        return Err(GraphError::parameter("The parameter messaging_product is required."));
    }
    let file = field("file").ok_or_else(|| GraphError::parameter("The parameter file is required."))?;
    let mime = match (text("type"), file.content_type.as_deref()) {
        ("", None) => return Err(GraphError::parameter("The parameter type is required.")),
        ("", Some(given)) => given,
        (given, _) => given,
    };
    let limit = media::upload_limit(mime).ok_or_else(|| {
        GraphError::parameter(format!(
            "Param file must be a file with one of the supported types. Received file of type '{mime}'."
        ))
    })?;
    if file.bytes.is_empty() || file.bytes.len() > limit {
        return Err(GraphError::parameter(format!(
            "Param file must be between 1 and {limit} bytes long; it has {}.",
            file.bytes.len()
        )));
    }
    let now = call.hub.clock.now();
    let stored = Media::uploaded(&number.phone_number_id, mime, file.filename.clone(), Bytes::copy_from_slice(file.bytes), now);
    let id = stored.id.clone();
    call.hub.world().media.insert(id.clone(), stored);
    Ok(ok(&json!({ "id": id })))
}

/// `GET` and `DELETE /{media-id}`.
pub(super) fn object(call: &Call, id: &str) -> Result<Response, GraphError> {
    let mut guard = call.hub.world();
    let world = &mut *guard;
    let now = call.hub.clock.now();
    let file = world.media.get(id).filter(|file| file.expires_at > now).ok_or_else(|| call.no_object(id))?;
    let line = world.lines.get(&file.phone_number_id).filter(|line| line.number.access_token == call.token);
    let line = line.ok_or_else(|| call.no_object(id))?;
    if call.query("phone_number_id").is_some_and(|number| number != file.phone_number_id) {
        return Err(GraphError::with(131_009, "The media belongs to another phone number."));
    }
    match call.method {
        Method::GET => {
            let mut strikes = |kind| world.faults.strike(kind, &file.phone_number_id, &file.senders()).is_some();
            if strikes(Kind::MediaGone) {
                return Err(call.no_object(id));
            }
            let life = if strikes(Kind::MediaExpired) { -1 } else { media::URL_SECONDS };
            let path = media::download_path(id, &line.number.app_secret, now + life);
            let length = file.bytes.len() + usize::from(strikes(Kind::MediaSizeWrong));
            // The provider writes the size as a string or as a number; so do we.
            let size = if chance::below(2) == 0 { json!(length) } else { json!(length.to_string()) };
            let digest = if strikes(Kind::MediaHashWrong) { "0".repeat(64) } else { file.sha256_hex() };
            Ok(ok(&json!({
                "messaging_product": "whatsapp",
                "url": format!("{}{path}", call.hub.url),
                "mime_type": file.mime_type,
                "sha256": digest,
                "file_size": size,
                "id": id
            })))
        }
        Method::DELETE => {
            world.media.remove(id);
            Ok(ok(&json!({ "success": true })))
        }
        _ => Err(call.no_object(id)),
    }
}
