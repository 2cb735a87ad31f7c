//! What operators see of MAX: log lines, metrics, and whether it is healthy. None of them carries secrets or personal
//! data: both have types that print redacted, and the line about a request names its route, never its address or body.

mod health;
mod log;
mod metrics;
mod request;

pub use self::{
    health::{Check, Health, Live, Part, PartState, Ready},
    log::{JsonLines, TelemetryError, init},
    metrics::metrics_text,
    request::{RequestTelemetry, request_id, request_span},
};
