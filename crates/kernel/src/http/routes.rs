//! The route builder. A handler whose first argument is no guard does not compile:
//!
//! ```compile_fail
//! # use kernel::http::{Doc, Routes, Json};
//! async fn open_door() -> Json<u32> { Json(1) }
//! Routes::<()>::new().get("/door", Doc::new("door.open", "Opens"), open_door);
//! ```

use aide::{
    OperationInput, OperationOutput,
    axum::{ApiRouter, routing},
    operation::OperationHandler,
    transform::TransformOperation,
};
use axum::handler::Handler;

use crate::auth::Guard;

/// The arguments of a handler begin with a guard.
pub trait GuardFirst {}

macro_rules! guard_first {
    ($($rest:ident),*) => { impl<G: Guard, $($rest),*> GuardFirst for (G, $($rest,)*) {} };
}
guard_first!();
guard_first!(A);
guard_first!(A, B);
guard_first!(A, B, C);
guard_first!(A, B, C, D);
guard_first!(A, B, C, D, E);

/// How an operation appears in the API document.
#[derive(Debug, Clone, Copy)]
pub struct Doc {
    id: &'static str,
    summary: &'static str,
}

impl Doc {
    /// Operation id (`conversations.list`; the part before the dot is its tag) and a one-line summary.
    pub const fn new(id: &'static str, summary: &'static str) -> Self {
        Self { id, summary }
    }

    fn apply(self, mut operation: TransformOperation<'_>) -> TransformOperation<'_> {
        let inner = operation.inner_mut();
        inner.operation_id = Some(self.id.to_owned());
        inner.summary = Some(self.summary.to_owned());
        inner.tags = vec![self.id.split('.').next().unwrap_or(self.id).to_owned()];
        operation
    }
}

/// Routes of one feature; the composition root merges them.
pub struct Routes<S>(ApiRouter<S>);

impl<S: Clone + Send + Sync + 'static> Default for Routes<S> {
    fn default() -> Self {
        Self::new()
    }
}

macro_rules! method {
    ($name:ident, $with:ident) => {
        #[doc = concat!("Adds a `", stringify!($name), "` operation.")]
        #[must_use]
        pub fn $name<H, I, O, T>(self, path: &str, doc: Doc, handler: H) -> Self
        where
            H: Handler<T, S> + OperationHandler<I, O>,
            I: OperationInput + GuardFirst,
            O: OperationOutput,
            T: 'static,
        {
            Self(self.0.api_route(path, routing::$with(handler, |operation| doc.apply(operation))))
        }
    };
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// No routes.
    pub fn new() -> Self {
        Self(ApiRouter::new())
    }

    method!(get, get_with);
    method!(post, post_with);
    method!(put, put_with);
    method!(patch, patch_with);
    method!(delete, delete_with);

    /// Adds another feature's routes.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        Self(self.0.merge(other.0))
    }

    /// Applies a layer to the routes added so far.
    #[must_use]
    pub fn map(self, f: impl FnOnce(ApiRouter<S>) -> ApiRouter<S>) -> Self {
        Self(f(self.0))
    }

    /// The router and its API document.
    pub fn finish(self, api: &mut aide::openapi::OpenApi) -> axum::Router<S> {
        self.0.finish_api(api)
    }
}

impl<S> std::fmt::Debug for Routes<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Routes")
    }
}
