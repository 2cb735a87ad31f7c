//! Bodies and queries: what cannot be read answers problem+json that names the trouble.
#![expect(clippy::disallowed_types, reason = "this is the wrapper the ban points to")]

use aide::{
    OperationInput, OperationOutput,
    generate::GenContext,
    openapi::{Operation, Response as DocResponse},
};
use axum::{
    extract::{
        FromRequest, FromRequestParts, Request,
        rejection::{JsonRejection, QueryRejection},
    },
    response::{IntoResponse, Response},
};
use base::Code;
use http::{HeaderName, HeaderValue, StatusCode, request::Parts};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};

use super::Problem;
use crate::event::Cursor;

/// A JSON body, in and out. Request types carry `#[serde(deny_unknown_fields)]`, so that a field nobody asked for is an error.
#[derive(Debug, Clone, Copy)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match axum::Json::<T>::from_request(request, state).await {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(match rejection {
                JsonRejection::MissingJsonContentType(_) => {
                    Problem::new(Code::UnsupportedMediaType, "Send JSON with the header Content-Type: application/json.")
                }
                JsonRejection::JsonDataError(e) => Problem::new(Code::Invalid, without_type_names(&e.body_text())),
                JsonRejection::BytesRejection(e) if e.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                    Problem::new(Code::TooLarge, "The body is larger than this address takes.")
                }
                other => Problem::new(Code::BadRequest, without_type_names(&other.body_text())),
            }),
        }
    }
}

/// serde's words without the "at line 1 column 5" noise in front of them.
fn without_type_names(text: &str) -> String {
    text.rsplit_once("target type: ").map_or(text, |(_, rest)| rest).to_owned()
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

impl<T: JsonSchema> OperationInput for Json<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        axum::Json::<T>::operation_input(ctx, operation);
    }
}

impl<T: JsonSchema> OperationOutput for Json<T> {
    type Inner = T;
    fn operation_response(ctx: &mut GenContext, operation: &mut Operation) -> Option<DocResponse> {
        axum::Json::<T>::operation_response(ctx, operation)
    }
    fn inferred_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, DocResponse)> {
        let ok = Self::operation_response(ctx, operation).map(|r| (Some(200), r));
        let problem = Problem::inferred_responses(ctx, operation);
        ok.into_iter().chain(problem).collect()
    }
}

/// Query parameters. Unknown ones are an error where the type says so.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Query::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(QueryRejection::FailedToDeserializeQueryString(e)) => Err(Problem::new(Code::Invalid, e.body_text())),
            Err(other) => Err(Problem::new(Code::BadRequest, other.body_text())),
        }
    }
}

impl<T: JsonSchema> OperationInput for Query<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        axum::extract::Query::<T>::operation_input(ctx, operation);
    }
}

/// A JSON answer with the event cursor taken before the read, so that load-then-subscribe has no gap.
#[derive(Debug, Clone, Copy)]
pub struct WithCursor<T>(pub Cursor, pub T);

impl<T: Serialize> IntoResponse for WithCursor<T> {
    fn into_response(self) -> Response {
        let mut response = axum::Json(self.1).into_response();
        if let Ok(value) = HeaderValue::from_str(&self.0.to_string()) {
            response.headers_mut().insert(HeaderName::from_static("x-event-cursor"), value);
        }
        response
    }
}

impl<T: JsonSchema> OperationOutput for WithCursor<T> {
    type Inner = T;
    fn operation_response(ctx: &mut GenContext, operation: &mut Operation) -> Option<DocResponse> {
        axum::Json::<T>::operation_response(ctx, operation)
    }
    fn inferred_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, DocResponse)> {
        Json::<T>::inferred_responses(ctx, operation)
    }
}

/// What a `POST` made: 201, or 200 when the very same thing was already there.
#[derive(Debug, Clone, Copy)]
pub enum Created<T> {
    /// It is new.
    New(T),
    /// It was there.
    Known(T),
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        match self {
            Created::New(body) => (StatusCode::CREATED, axum::Json(body)).into_response(),
            Created::Known(body) => axum::Json(body).into_response(),
        }
    }
}

impl<T: JsonSchema> OperationOutput for Created<T> {
    type Inner = T;
    fn inferred_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, DocResponse)> {
        let new = Json::<T>::operation_response(ctx, operation).map(|r| (Some(201), r));
        new.into_iter().chain(Problem::inferred_responses(ctx, operation)).collect()
    }
}

/// 204: done, nothing to say.
#[derive(Debug, Clone, Copy)]
pub struct NoContent;

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

impl OperationOutput for NoContent {
    type Inner = ();
    fn inferred_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, DocResponse)> {
        let done = DocResponse { description: "Done.".into(), ..DocResponse::default() };
        std::iter::once((Some(204), done)).chain(Problem::inferred_responses(ctx, operation)).collect()
    }
}

/// 202: whatever there is to do will be done.
#[derive(Debug, Clone, Copy)]
pub struct Accepted;

#[derive(Serialize, JsonSchema)]
struct Nothing {}

impl IntoResponse for Accepted {
    fn into_response(self) -> Response {
        (StatusCode::ACCEPTED, Json(Nothing {})).into_response()
    }
}

impl OperationOutput for Accepted {
    type Inner = ();
    fn inferred_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, DocResponse)> {
        let done = Json::<Nothing>::operation_response(ctx, operation).map(|r| (Some(202), r));
        done.into_iter().chain(Problem::inferred_responses(ctx, operation)).collect()
    }
}
