//! HTTP: the route builder that takes guarded handlers only, problem+json, JSON bodies, keyset paging, limits, the accept loop.

mod json;
mod limits;
mod paging;
mod path;
mod problem;
mod routes;
pub mod serve;

pub use json::{Created, Json, NoContent, Query, WithCursor};
pub use limits::{BodyLimits, layers};
pub use paging::{Keyset, Page, PageQuery};
pub use path::{ParamName, PathParam};
pub use problem::{Problem, ProblemBody};
pub use routes::{Doc, GuardFirst, Routes};
