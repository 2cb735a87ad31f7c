//! The layers around every route, outermost first: security headers, the request id in errors, panics, time-out, body size.

use std::time::Duration;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use base::Code;
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use tower_http::catch_panic::CatchPanicLayer;

use super::Problem;

/// Body sizes and time-outs.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimits {
    /// Most bytes of an API request.
    pub json: usize,
    /// Longest a handler may take.
    pub timeout: Duration,
    /// Longest a handler of [`BodyLimits::uploads`] may take, with reading the file.
    pub upload_timeout: Duration,
    /// The paths to which files are posted (`*` is any one part), which take as long as the sender's line needs. A body that pauses is cut off elsewhere.
    pub uploads: &'static [&'static str],
}

impl Default for BodyLimits {
    fn default() -> Self {
        Self {
            json: 256 * 1024,
            timeout: Duration::from_secs(20),
            upload_timeout: Duration::from_secs(900),
            uploads: &["/api/v1/media", "/chat/*/media"],
        }
    }
}

/// Puts the common layers around the whole router, so that no route can miss them. `watch` adds logs and request ids: around what can
/// fail, inside of what gives failures their last form.
pub fn layers(router: Router, limits: BodyLimits, watch: impl FnOnce(Router) -> Router) -> Router {
    let router = router
        .layer(DefaultBodyLimit::max(limits.json))
        .layer(middleware::from_fn(move |request: Request, next: Next| async move {
            // Sockets live long; the handshake itself is short, and the socket has its own time-outs.
            let uploads = request.method() == Method::POST && limits.uploads.iter().any(|path| fits(path, request.uri().path()));
            let longest = if uploads { limits.upload_timeout } else { limits.timeout };
            match tokio::time::timeout(longest, next.run(request)).await {
                Ok(response) => response,
                Err(_) => Problem::new(Code::Timeout, "That took too long. Please try again.")
                    .with_retry_after(Duration::from_secs(5))
                    .into_response(),
            }
        }))
        .layer(CatchPanicLayer::custom(|panic: Box<dyn std::any::Any + Send>| {
            let message = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
            Problem::internal(format_args!("panic: {}", message.unwrap_or("(no message)"))).into_response()
        }));
    watch(router).layer(middleware::from_fn(finish))
}

/// Whether a path is as said, part by part; `*` is any one part.
fn fits(said: &str, path: &str) -> bool {
    said.split('/').count() == path.split('/').count() && said.split('/').zip(path.split('/')).all(|(s, p)| s == "*" || s == p)
}

/// Renders problems with their request id, gives axum's bare errors our form, and adds the security headers.
async fn finish(request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    let bare = match response.status() {
        StatusCode::METHOD_NOT_ALLOWED if !is_problem(&response) => {
            Some(Problem::new(Code::MethodNotAllowed, "This address does not take this method."))
        }
        StatusCode::PAYLOAD_TOO_LARGE if !is_problem(&response) => {
            Some(Problem::new(Code::TooLarge, "The body is larger than this address takes."))
        }
        _ => None,
    };
    let problem = response.extensions_mut().remove::<Problem>().or(bare);
    if let Some(problem) = problem {
        // The problem carries the request id, so that a person can name it to their admin.
        let headers = std::mem::take(response.headers_mut());
        let request_id = headers.get("x-request-id").and_then(|v| v.to_str().ok()).map(str::to_owned);
        response = problem.render(request_id);
        for (name, value) in &headers {
            if !response.headers().contains_key(name) && name != header::CONTENT_LENGTH {
                response.headers_mut().insert(name, value.clone());
            }
        }
    }
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    if is_api {
        // Nothing authenticated may sit in a shared cache.
        set(header::CACHE_CONTROL, "no-store");
        set(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'");
    }
    response
}

fn is_problem(response: &Response) -> bool {
    response.headers().get(header::CONTENT_TYPE).is_some_and(|v| v == "application/problem+json")
}
