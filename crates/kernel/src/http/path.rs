//! A second id in a path, beside the `{id}` that the guard checks. Its row is looked up together with the guarded one.

use std::marker::PhantomData;

use aide::{OperationInput, generate::GenContext, openapi::Operation};
use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;
use uuid::Uuid;

use super::Problem;

/// The name of the parameter in the path.
pub trait ParamName: Send + Sync + 'static {
    /// `"message_id"`.
    const NAME: &'static str;
}

/// A text in the path, such as a token. What it names is the handler's to find out.
#[derive(Debug, Clone)]
pub struct PathText<N> {
    /// The text.
    pub text: String,
    name: PhantomData<N>,
}

impl<S: Send + Sync, N: ParamName> FromRequestParts<S> for PathText<N> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| Problem::not_found())?;
        let text = params.iter().find(|(name, _)| *name == N::NAME).map(|(_, value)| value.to_owned());
        Ok(Self { text: text.ok_or_else(Problem::not_found)?, name: PhantomData })
    }
}

impl<N: ParamName> OperationInput for PathText<N> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        crate::auth::document_path::<String>(ctx, operation, N::NAME);
    }
}

/// A UUID in the path. What is no id names nothing, so it is a 404 like any unknown id.
#[derive(Debug, Clone, Copy)]
pub struct PathParam<N> {
    /// The id.
    pub id: Uuid,
    name: PhantomData<N>,
}

impl<S: Send + Sync, N: ParamName> FromRequestParts<S> for PathParam<N> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| Problem::not_found())?;
        let id = params
            .iter()
            .find(|(name, _)| *name == N::NAME)
            .and_then(|(_, value)| value.parse().ok())
            .ok_or_else(Problem::not_found)?;
        Ok(Self { id, name: PhantomData })
    }
}

impl<N: ParamName> OperationInput for PathParam<N> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        crate::auth::document_path::<Uuid>(ctx, operation, N::NAME);
    }
}
