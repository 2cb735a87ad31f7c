//! The Graph API's error envelope.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};

use crate::answer::json_answer;
use crate::faults::Order;
use crate::{catalogue, chance};

/// An error as the Graph API answers it.
#[derive(Clone, Debug)]
pub(crate) struct GraphError {
    pub http: u16,
    pub code: i64,
    pub message: String,
    pub kind: &'static str,
    pub details: Option<String>,
    pub subcode: Option<i64>,
    /// Title and text meant for a person.
    pub user: Option<Box<(String, String)>>,
    pub transient: Option<bool>,
    /// Seconds for the `Retry-After` header.
    pub retry_after: Option<u32>,
}

impl GraphError {
    /// An error of the catalogue: `(#code) Title`, with its HTTP status and details.
    pub(crate) fn known(code: i64) -> Self {
        let known = catalogue::find(code);
        let transient = matches!(code, 2 | 131_016 | 131_057 | 133_004).then_some(true);
        let message = format!("(#{code}) {}", known.title);
        Self {
            http: known.http,
            code,
            message,
            kind: "OAuthException",
            details: Some(known.details.to_owned()),
            subcode: None,
            user: None,
            transient,
            retry_after: None,
        }
    }

    /// The same with other details.
    pub(crate) fn with(code: i64, details: impl Into<String>) -> Self {
        Self { details: Some(details.into()), ..Self::known(code) }
    }

    /// Code 100 with the message the parameter check gives, without details.
    pub(crate) fn parameter(message: impl Into<String>) -> Self {
        Self { message: format!("(#100) {}", message.into()), details: None, ..Self::known(100) }
    }

    /// A token nobody gave out, or none at all.
    pub(crate) fn token(message: &str) -> Self {
        Self { message: message.to_owned(), details: None, ..Self::known(190) }
    }

    /// An object that is not there, or not for this token: the two are not told apart.
    pub(crate) fn no_object(method: &str, id: &str) -> Self {
        Self {
            message: format!(
                "Unsupported {method} request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions, \
                 or does not support this operation"
            ),
            kind: "GraphMethodException",
            details: None,
            subcode: Some(33),
            ..Self::known(100)
        }
    }
}

impl IntoResponse for GraphError {
    fn into_response(self) -> Response {
        let mut error = Map::from_iter([
            ("message".to_owned(), json!(self.message)),
            ("type".to_owned(), json!(self.kind)),
            ("code".to_owned(), json!(self.code)),
        ]);
        if let Some(details) = self.details {
            error.insert("error_data".into(), json!({ "messaging_product": "whatsapp", "details": details }));
        }
        if let Some(subcode) = self.subcode {
            error.insert("error_subcode".into(), json!(subcode));
        }
        if let Some((title, text)) = self.user.map(|user| *user) {
            error.insert("error_user_title".into(), json!(title));
            error.insert("error_user_msg".into(), json!(text));
        }
        if let Some(transient) = self.transient {
            error.insert("is_transient".into(), json!(transient));
        }
        error.insert("fbtrace_id".into(), json!(chance::trace_id()));
        let status = StatusCode::from_u16(self.http).unwrap_or(StatusCode::BAD_REQUEST);
        let mut response = json_answer(status, &json!({ "error": Value::Object(error) }));
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// The error a fault asks for.
pub(super) fn refusal(order: &Order) -> Response {
    let code = order.code.unwrap_or(match order.http {
        Some(401) => 190,
        Some(403) => 10,
        Some(429) => 130_429,
        Some(503) => 2,
        Some(status) if status >= 500 => 131_000,
        _ => 100,
    });
    if order.envelope {
        let mut error = GraphError::known(code);
        error.http = order.http.unwrap_or(error.http);
        error.retry_after = order.retry_after;
        if code == 190 {
            error.subcode = Some(463);
            error.message = "Error validating access token: Session has expired.".into();
            error.details = None;
        }
        if order.details.is_some() {
            error.details.clone_from(&order.details);
        }
        return error.into_response();
    }
    let status = order.http.and_then(|http| StatusCode::from_u16(http).ok()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let text = format!("<html><body><h1>{status}</h1></body></html>");
    let mut response = (status, [(header::CONTENT_TYPE, "text/html")], text).into_response();
    if let Some(seconds) = order.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
