//! HTTP: the route builder that takes guarded handlers only, problem+json, JSON bodies, keyset paging, limits, the accept loop.

mod client;
mod csv;
mod json;
mod limits;
mod paging;
mod path;
mod problem;
mod rate;
mod routes;
pub mod serve;

pub use client::{ClientAddress, client_address};
pub use csv::Csv;
pub use json::{Accepted, Created, Json, NoContent, Query, WithCursor};
pub use limits::{BodyLimits, layers};
pub use paging::{Keyset, Page, PageQuery, search_words};
pub use path::{ParamName, PathParam, PathText};
pub use problem::{FieldProblem, Problem, ProblemBody};
pub use rate::{RateLimits, WINDOW};
pub use routes::{Doc, GuardFirst, Routes};
