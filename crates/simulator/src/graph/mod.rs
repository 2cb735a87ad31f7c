//! The Graph API under `/{version}/…`: who calls, what for, and the headers every answer carries.

mod account;
mod check;
mod check_interactive;
mod error;
mod files;
mod multipart;
mod send;
pub(crate) mod templates;

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::Stream;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use serde_json::Value;

use crate::Number;
use crate::answer::BODY_LIMIT;
use crate::faults::Kind;
use crate::hub::Hub;
use crate::{chance, media};
use error::{GraphError, refusal};

/// One authenticated call.
pub(crate) struct Call {
    pub hub: Arc<Hub>,
    pub method: Method,
    pub uri: Uri,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub token: String,
}

impl Call {
    /// The numbers the token may use.
    fn numbers(&self) -> Vec<Number> {
        let world = self.hub.world();
        world.lines.values().filter(|line| line.number.access_token == self.token).map(|line| line.number.clone()).collect()
    }

    /// The number with this id, if the token may use it.
    fn number(&self, id: &str) -> Result<Number, GraphError> {
        if let Some(number) = self.numbers().into_iter().find(|number| number.phone_number_id == id) {
            return Ok(number);
        }
        if self.hub.world().retired.contains(id) {
            return Err(GraphError::known(33));
        }
        Err(self.no_object(id))
    }

    /// A number of the business account with this id, if the token may use it.
    fn account(&self, id: &str) -> Result<Number, GraphError> {
        self.numbers().into_iter().find(|number| number.business_account_id == id).ok_or_else(|| self.no_object(id))
    }

    fn no_object(&self, id: &str) -> GraphError {
        GraphError::no_object(&self.method.as_str().to_lowercase(), id)
    }

    /// A parameter of the query, percent-decoded.
    fn query(&self, name: &str) -> Option<String> {
        query(&self.uri, name)
    }

    /// The body as a JSON object; an empty body is an empty object.
    fn json(&self) -> Result<serde_json::Map<String, Value>, GraphError> {
        if self.body.is_empty() {
            return Ok(serde_json::Map::new());
        }
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(object)) => Ok(object),
            Ok(_) => Err(GraphError::parameter("The request body must be a JSON object")),
            Err(error) => Err(GraphError::parameter(format!("Invalid JSON: {error}"))),
        }
    }
}

/// Takes any path that belongs to nobody else.
pub(crate) async fn handle(State(hub): State<Arc<Hub>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let version = path.split('/').nth(1).unwrap_or_default().to_owned();
    let answer = match to_bytes(body, BODY_LIMIT).await {
        Ok(body) => {
            let token = bearer(&parts.headers).unwrap_or_default();
            let call = Call { hub, method: parts.method, uri: parts.uri, headers: parts.headers, body, token };
            route(&call, &path, &version).await
        }
        Err(_) => Err(GraphError::parameter("The request body is too large")),
    };
    let mut response = answer.unwrap_or_else(IntoResponse::into_response);
    let headers = response.headers_mut();
    if let Ok(version) = HeaderValue::from_str(&version) {
        headers.insert("facebook-api-version", version);
    }
    if let Ok(trace) = HeaderValue::from_str(&chance::trace_id()) {
        headers.insert("x-fb-trace-id", trace);
    }
    headers.insert("x-app-usage", HeaderValue::from_static(r#"{"call_count":1,"total_cputime":0,"total_time":0}"#));
    response
}

async fn route(call: &Call, path: &str, version: &str) -> Result<Response, GraphError> {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    if !is_version(version) || segments.len() < 2 {
        return Err(GraphError { code: 2500, ..GraphError::parameter(format!("Unknown path components: {path}")) });
    }
    if call.token.is_empty() {
        return Err(GraphError::token("An access token is required to request this resource."));
    }
    if call.numbers().is_empty() {
        return Err(GraphError {
            subcode: Some(467),
            ..GraphError::token("Invalid OAuth access token - Cannot parse access token")
        });
    }
    for number in call.numbers() {
        if let Some(order) = call.hub.world().faults.strike(Kind::Outage, &number.phone_number_id, &[]) {
            return Ok(refusal(&order));
        }
    }
    match (&call.method, segments.get(1..).unwrap_or_default()) {
        (&Method::POST, &[id, "messages"]) => send::handle(call, &call.number(id)?).await,
        (&Method::POST, &[id, "media"]) => files::upload(call, &call.number(id)?),
        (&Method::POST, &[id, "register" | "deregister"]) => account::acknowledge(&call.number(id)?),
        (_, &[id, "whatsapp_business_profile"]) => account::profile(call, &call.number(id)?),
        (_, &[id, "subscribed_apps"]) => account::subscribed_apps(call, &call.account(id)?).await,
        (&Method::GET, &[id, "phone_numbers"]) => account::phone_numbers(call, id),
        (_, &[id, "message_templates"]) => templates::handle(call, &call.account(id)?),
        (_, &[id]) => object(call, id).await,
        (_, &[id, ..]) => Err(call.no_object(id)),
        _ => Err(GraphError::parameter("Unknown path components")),
    }
}

/// `/{id}` alone: a number, a file, a template, or an account.
async fn object(call: &Call, id: &str) -> Result<Response, GraphError> {
    if call.hub.world().media.contains_key(id) {
        return files::object(call, id);
    }
    match call.method {
        Method::POST => account::configure(call, &call.number(id)?).await,
        Method::GET => match call.account(id) {
            Ok(number) => Ok(account::account(&number)),
            Err(_) => match templates::by_id(call, id) {
                Some(response) => Ok(response),
                None => account::number(call, &call.number(id)?),
            },
        },
        _ => Err(call.no_object(id)),
    }
}

/// Serves a file from its short-lived address, as the provider's other host does.
pub(crate) async fn download(State(hub): State<Arc<Hub>>, request: Request) -> Response {
    let Some(token) = bearer(request.headers()) else {
        return (StatusCode::UNAUTHORIZED, "Missing access token").into_response();
    };
    let gone = || (StatusCode::NOT_FOUND, "Not found").into_response();
    let (Some(id), Some(ext), Some(hash)) = (
        query(request.uri(), "mid"),
        query(request.uri(), "ext").and_then(|ext| ext.parse::<i64>().ok()),
        query(request.uri(), "hash"),
    ) else {
        return gone();
    };
    let (mime_type, bytes, faults) = {
        let mut guard = hub.world();
        let world = &mut *guard;
        let Some(file) = world.media.get(&id) else { return gone() };
        let Some(line) = world.lines.get(&file.phone_number_id) else { return gone() };
        if line.number.access_token != token {
            return (StatusCode::UNAUTHORIZED, "Wrong access token").into_response();
        }
        if hash != media::download_hash(&id, &line.number.app_secret, ext) || hub.clock.now() >= ext {
            return gone();
        }
        let faults = [Kind::MediaRefuse, Kind::MediaSlow, Kind::MediaCut]
            .map(|kind| world.faults.strike(kind, &file.phone_number_id, &file.senders()));
        (file.mime_type.clone(), file.bytes.clone(), faults)
    };
    let [refused, slow, cut] = faults;
    if let Some(order) = refused {
        let status = order.http.and_then(|status| StatusCode::from_u16(status).ok());
        return (status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), "Something went wrong").into_response();
    }
    let headers = [(http::header::CONTENT_TYPE, mime_type), (http::header::CONTENT_LENGTH, bytes.len().to_string())];
    let end = if cut.is_some() { bytes.len() / 2 } else { bytes.len() };
    let pause = Duration::from_millis(slow.map_or(0, |order| order.ms.unwrap_or(3000))) / PIECES;
    (headers, Body::from_stream(pieces(bytes.slice(..end), pause, cut.is_some()))).into_response()
}

/// Pieces of a download that takes its time.
const PIECES: u32 = 10;

/// The bytes in pieces, each after a pause; where it is cut, the connection breaks instead of ending.
fn pieces(bytes: Bytes, pause: Duration, cut: bool) -> impl Stream<Item = std::io::Result<Bytes>> {
    let size = bytes.len().div_ceil(if pause.is_zero() { 1 } else { PIECES as usize }).max(1);
    futures_util::stream::unfold((bytes, cut), move |(mut rest, cut)| async move {
        if rest.is_empty() {
            // What was written so far is to arrive.
            tokio::time::sleep(if cut { Duration::from_millis(50) } else { Duration::ZERO }).await;
            return cut.then(|| (Err(std::io::Error::from(std::io::ErrorKind::ConnectionAborted)), (rest, false)));
        }
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        let piece = rest.split_to(size.min(rest.len()));
        Some((Ok(piece), (rest, cut)))
    })
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(http::header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty()).then(|| token.trim().to_owned())
}

fn query(uri: &Uri, name: &str) -> Option<String> {
    let pairs: Vec<(String, String)> = axum::extract::Query::try_from_uri(uri).ok()?.0;
    pairs.into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

/// `v23.0` and the like.
fn is_version(text: &str) -> bool {
    let number = |part: &str| !part.is_empty() && part.len() <= 3 && part.chars().all(|c| c.is_ascii_digit());
    text.strip_prefix('v').and_then(|rest| rest.split_once('.')).is_some_and(|(major, minor)| number(major) && number(minor))
}
