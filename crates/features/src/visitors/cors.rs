//! What a browser wants to hear before it lets a page of another origin speak with MAX: only for the visitors' addresses, and only the
//! origins that their channel names.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, Method, StatusCode, header};
use uuid::Uuid;

use super::guard;
use crate::App;

/// Where the visitors' addresses begin; the channel's id follows.
const PREFIX: &str = "/chat/";

/// Middleware around everything; it does nothing elsewhere.
pub async fn cors(State(app): State<App>, request: Request, next: Next) -> Response {
    let channel_id =
        request.uri().path().strip_prefix(PREFIX).and_then(|rest| rest.split('/').next()).and_then(|id| id.parse().ok());
    let origin = request.headers().get(header::ORIGIN).cloned();
    let (Some(channel_id), Some(origin)) = (channel_id, origin) else { return next.run(request).await };
    let preflight = request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let allowed = allowed(&app, channel_id, &origin).await;
    let mut response = match (preflight, allowed) {
        (true, true) => StatusCode::NO_CONTENT.into_response(),
        (true, false) => guard::wrong_origin().into_response(),
        // What the guard says to another origin, it cannot read.
        (false, _) => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    if allowed {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after"));
        if preflight {
            let fixed = HeaderValue::from_static;
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, fixed("GET, POST, PATCH, DELETE"));
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, fixed("authorization, content-type"));
            headers.insert(header::ACCESS_CONTROL_MAX_AGE, fixed("600"));
        }
    }
    response
}

async fn allowed(app: &App, channel_id: Uuid, origin: &HeaderValue) -> bool {
    let Ok(origin) = origin.to_str() else { return false };
    guard::channel(app, channel_id).await.is_ok_and(|(_, widget)| guard::origin_allowed(app, &widget, origin))
}
