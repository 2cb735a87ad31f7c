//! Errors as RFC 9457 `application/problem+json`.

use std::time::Duration;

use aide::{
    OperationOutput,
    generate::GenContext,
    openapi::{Operation, Response as DocResponse},
};
use axum::response::{IntoResponse, Response};
use base::Code;
use http::{HeaderValue, StatusCode, header};
use schemars::JsonSchema;
use serde::Serialize;

use crate::db;

/// What a handler returns when it cannot do what was asked. Boxed inside, so that results stay small.
#[derive(Debug, Clone)]
pub struct Problem(Box<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    code: Code,
    detail: String,
    fields: Vec<FieldProblem>,
    extra: serde_json::Map<String, serde_json::Value>,
    retry_after: Option<Duration>,
}

/// One field that needs attention.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FieldProblem {
    /// Path of the field in the request: `config.phone_number_id`.
    pub field: String,
    /// What is wrong and what is expected.
    pub message: String,
}

/// The body of an error answer.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ProblemBody {
    /// `urn:max:problem:<code>`.
    pub r#type: String,
    /// Short title, the same for every occurrence of the code.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// Stable code for programs.
    pub code: Code,
    /// A sentence a person can act on.
    pub detail: String,
    /// The fields that need attention.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldProblem>,
    /// Names this request in the logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Further members that some codes carry, such as `winner`.
    #[serde(flatten)]
    pub extra: serde_json::Map<String, serde_json::Value>,
}

impl Problem {
    /// A problem with a sentence a person can act on.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        let parts = Parts { code, detail: detail.into(), fields: Vec::new(), extra: serde_json::Map::new(), retry_after: None };
        Self(Box::new(parts))
    }

    /// The thing does not exist, or its existence is none of the caller's business: both look the same.
    pub fn not_found() -> Self {
        Self::new(Code::NotFound, "It does not exist, or you may not see it.")
    }

    /// Signed in, may see it, may not do this.
    pub fn forbidden() -> Self {
        Self::new(Code::Forbidden, "Your role does not allow this. Ask a supervisor or an admin.")
    }

    /// The role asks for a second factor that is not set up yet.
    pub fn two_factor_required() -> Self {
        Self::new(Code::TwoFactorRequired, "Your role asks for two-factor sign-in. Set it up in your settings, then go on.")
    }

    /// No valid token.
    pub fn unauthenticated() -> Self {
        Self::new(Code::Unauthenticated, "Your session has ended. Please sign in again.")
    }

    /// One wrong field.
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Code::Invalid, "Please check the marked fields.").with_field(field, message)
    }

    /// Something failed that the caller cannot mend: logged here, once, and not shown.
    pub fn internal(error: impl std::fmt::Display) -> Self {
        tracing::error!(error = %error, "internal error");
        Self::new(
            Code::Internal,
            "Something went wrong on our side. Please try again; if it stays, tell your admin the request id.",
        )
    }

    /// MAX cannot serve this now; try again.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(Code::Unavailable, detail).with_retry_after(Duration::from_secs(2))
    }

    /// Adds a wrong field.
    #[must_use]
    pub fn with_field(mut self, field: impl Into<String>, message: impl Into<String>) -> Self {
        self.0.fields.push(FieldProblem { field: field.into(), message: message.into() });
        self
    }

    /// Adds a member, such as the winner of a race.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Serialize) -> Self {
        self.0.extra.insert(name.to_owned(), serde_json::to_value(value).unwrap_or_default());
        self
    }

    /// Says when to come back.
    #[must_use]
    pub fn with_retry_after(mut self, after: Duration) -> Self {
        self.0.retry_after = Some(after);
        self
    }

    /// The code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The sentence.
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// The fields that need attention.
    pub fn fields(&self) -> &[FieldProblem] {
        &self.0.fields
    }

    pub(crate) fn body(&self, request_id: Option<String>) -> ProblemBody {
        ProblemBody {
            r#type: format!("urn:max:problem:{}", self.0.code.as_str()),
            title: self.0.code.title().to_owned(),
            status: self.0.code.status(),
            code: self.0.code,
            detail: self.0.detail.clone(),
            fields: self.0.fields.clone(),
            request_id,
            extra: self.0.extra.clone(),
        }
    }

    pub(crate) fn render(&self, request_id: Option<String>) -> Response {
        let body = serde_json::to_vec(&self.body(request_id)).unwrap_or_default();
        let status = StatusCode::from_u16(self.0.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
        if let Some(after) = self.0.retry_after {
            let seconds = after.as_secs_f64().ceil().max(1.0) as u64;
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.0.code == Code::Unauthenticated {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.0.code.as_str(), self.0.detail)
    }
}

impl std::error::Error for Problem {}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.render(None);
        // The outermost layer renders it again with the request id; see `limits::layers`.
        response.extensions_mut().insert(self);
        response
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        if db::is_unavailable(&error) {
            tracing::warn!(error = %error, "the database is not available");
            return Self::unavailable("The database is not available right now. Please try again in a moment.");
        }
        if db::is_retryable(&error) {
            return Self::unavailable("Somebody else was changing the same thing. Please try again.");
        }
        // 57014: our own statement time-out.
        if matches!(&error, sqlx::Error::Database(e) if e.code().as_deref() == Some("57014")) {
            return Self::new(Code::Timeout, "That took too long. Please try again, or ask for less at once.")
                .with_retry_after(Duration::from_secs(5));
        }
        // 55P03: our lock time-out.
        if db::is_passing(&error) {
            return Self::unavailable(
                "Somebody else has been changing the same thing for too long. Please try again in a moment.",
            );
        }
        Self::internal(error)
    }
}

#[expect(clippy::disallowed_types, reason = "only its description of a JSON body is used")]
impl OperationOutput for Problem {
    type Inner = ProblemBody;

    fn operation_response(ctx: &mut GenContext, operation: &mut Operation) -> Option<DocResponse> {
        let mut response = <axum::Json<ProblemBody> as OperationOutput>::operation_response(ctx, operation)?;
        response.content =
            response.content.into_iter().map(|(_, media)| ("application/problem+json".to_owned(), media)).collect();
        "A problem: see `code`.".clone_into(&mut response.description);
        Some(response)
    }

    fn inferred_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, DocResponse)> {
        Self::operation_response(ctx, operation).map(|r| vec![(None, r)]).unwrap_or_default()
    }
}
