//! Small pieces of HTTP: JSON answers, the body and path extractors of the control API, and the answer that never comes.

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Largest request body taken, in bytes: a 100 MB document plus its multipart wrapping.
pub(crate) const BODY_LIMIT: usize = 104 * 1024 * 1024;

/// A JSON answer.
pub(crate) fn json_answer(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json; charset=UTF-8")], body.to_string()).into_response()
}

/// A JSON answer with status 200.
pub(crate) fn ok(body: &Value) -> Response {
    json_answer(StatusCode::OK, body)
}

/// Marks a response that must not be written: the server closes the connection instead.
#[derive(Clone)]
pub(crate) struct Vanish;

/// The "answer" of a provider that dies after doing the work.
pub(crate) fn vanish() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(Vanish);
    response
}

/// An error of the control API (not of the Graph API, which has its own envelope).
pub(crate) struct Refusal(pub StatusCode, pub String);

impl Refusal {
    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, message.into())
    }

    pub(crate) fn missing(message: impl Into<String>) -> Self {
        Self(StatusCode::NOT_FOUND, message.into())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        json_answer(self.0, &json!({ "error": self.1 }))
    }
}

/// A JSON body of the control API. An empty body counts as `{}`.
pub(crate) struct Input<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Input<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        let bytes =
            axum::body::to_bytes(request.into_body(), BODY_LIMIT).await.map_err(|error| Refusal::bad(error.to_string()))?;
        let bytes: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        serde_json::from_slice(bytes).map(Input).map_err(|error| Refusal::bad(error.to_string()))
    }
}

/// The one `{…}` segment of a control path, percent-decoded.
pub(crate) struct Key(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Key {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|error| Refusal::bad(error.to_string()))?;
        let value = params.iter().next().map(|(_, value)| value.to_owned());
        value.map(Key).ok_or_else(|| Refusal::bad("the path lacks an id"))
    }
}
