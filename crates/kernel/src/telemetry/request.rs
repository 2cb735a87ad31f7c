//! One span, one log line and one sample per request.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use base::{Clock, Ids};
use http::{HeaderName, HeaderValue, Method};
use tracing::Instrument;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// Longest request id taken over from a caller, in characters.
const LONGEST_ID: usize = 64;
/// The status that is counted for a request whose client went away before the answer.
const GONE: u16 = 499;

tokio::task_local! {
    static REQUEST_ID: Arc<str>;
}

/// The id of the request that the current task handles.
pub fn request_id() -> Option<String> {
    REQUEST_ID.try_with(|id| id.as_ref().to_owned()).ok()
}

/// What [`request_span`] needs.
#[derive(Clone)]
pub struct RequestTelemetry {
    /// Makes the ids of requests that come without one.
    pub ids: Ids,
    /// Gives these ids their time.
    pub clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for RequestTelemetry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RequestTelemetry")
    }
}

/// Middleware that gives every request an id (the caller's, if it is a short plain token), which all log lines of the request
/// carry and the answer returns as `x-request-id`; logs one line when the answer begins, and counts it. Put it outermost, with
/// `Router::layer` and `axum::middleware::from_fn_with_state`, so that it sees the matched route.
pub async fn request_span(State(telemetry): State<RequestTelemetry>, mut request: Request, next: Next) -> Response {
    let id = match request.headers().get(&HEADER).and_then(plain_token) {
        Some(id) => Arc::<str>::from(id),
        None => Arc::from(telemetry.ids.next(&*telemetry.clock).to_string()),
    };
    let value = HeaderValue::from_str(&id).ok();
    if let Some(value) = &value {
        request.headers_mut().insert(HEADER, value.clone());
    }
    let route = request.extensions().get::<MatchedPath>().map_or_else(|| Arc::from("unmatched"), |path| path.as_str().into());
    let span = tracing::info_span!("request", request_id = %id);
    let handling = async {
        let mut answered = Answered { method: method(request.method()), route, begun: Instant::now(), status: GONE };
        let mut response = next.run(request).await;
        answered.status = response.status().as_u16();
        if let Some(value) = value {
            response.headers_mut().insert(HEADER, value);
        }
        response
    };
    REQUEST_ID.scope(id, handling).instrument(span).await
}

/// Printable without any care, in logs as well as in headers.
fn plain_token(value: &HeaderValue) -> Option<&str> {
    let id = value.to_str().ok()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (!id.is_empty() && id.len() <= LONGEST_ID && id.bytes().all(plain)).then_some(id)
}

/// Methods as labels: a fixed set, for a client may invent any number of them.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// Logs and counts the request when it is dropped, which happens also when the client goes away and the handling ends early.
struct Answered {
    method: &'static str,
    route: Arc<str>,
    begun: Instant,
    status: u16,
}

impl Drop for Answered {
    fn drop(&mut self) {
        let (method, route, status) = (self.method, &self.route, self.status);
        let took = self.begun.elapsed();
        let millis = (took.min(Duration::from_secs(3600)).as_secs_f64() * 1e5).round() / 1e2;
        tracing::info!(method, route = &**route, status, duration_ms = millis, "request");
        let labels = [("method", method.to_owned()), ("route", route.to_string())];
        metrics::histogram!("http_request_seconds", &labels).record(took);
        let [method, route] = labels;
        metrics::counter!("http_requests_total", &[method, route, ("status", status.to_string())]).increment(1);
    }
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, middleware, routing::get};
    use base::ManualClock;
    use tower::ServiceExt;

    use super::*;
    use crate::telemetry::metrics_text;

    fn app() -> Router {
        let clock = Arc::new(ManualClock::at(chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap()));
        let telemetry = RequestTelemetry { ids: Ids::seeded(1), clock };
        Router::new()
            .route("/telemetry-test/{id}", get(async || request_id().unwrap_or_default()))
            .route("/telemetry-test-slow", get(async || std::future::pending::<()>().await))
            .layer(middleware::from_fn_with_state(telemetry, request_span))
    }

    async fn call(path: &str, id: Option<&str>) -> (String, String) {
        let mut request = Request::get(path);
        if let Some(id) = id {
            request = request.header(HEADER, id);
        }
        let response = app().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let header = response.headers()[&HEADER].to_str().unwrap().to_owned();
        let body = axum::body::to_bytes(response.into_body(), 1_000).await.unwrap();
        (header, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn ids_are_given_kept_and_returned() {
        let (header, seen) = call("/telemetry-test/1", None).await;
        assert_eq!(header, seen);
        assert_eq!(uuid::Uuid::parse_str(&header).unwrap().get_version_num(), 7);
        assert_eq!(call("/telemetry-test/1", Some("abc-1_2.3")).await, ("abc-1_2.3".to_owned(), "abc-1_2.3".to_owned()));
        for odd in ["", "a b", "a\"b", "<script>", &"x".repeat(65)] {
            assert_ne!(call("/telemetry-test/1", Some(odd)).await.0, odd);
        }
        assert_eq!(request_id(), None);
    }

    #[tokio::test]
    async fn requests_are_counted_by_route() {
        super::super::metrics::install();
        call("/telemetry-test/canary-id?q=canary-query", None).await;
        let slow = app().oneshot(Request::get("/telemetry-test-slow").body(Body::empty()).unwrap());
        assert!(tokio::time::timeout(Duration::from_millis(20), slow).await.is_err());
        let text = metrics_text();
        for sample in [
            "http_requests_total{method=\"GET\",route=\"/telemetry-test/{id}\",status=\"200\"}",
            "http_requests_total{method=\"GET\",route=\"/telemetry-test-slow\",status=\"499\"}",
            "http_request_seconds_count{method=\"GET\",route=\"/telemetry-test/{id}\"}",
        ] {
            assert!(text.contains(sample), "{sample} in\n{text}");
        }
        assert!(!text.contains("canary"));
    }
}
