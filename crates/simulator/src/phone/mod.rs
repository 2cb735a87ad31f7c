//! The phone page: its files, what it loads first, and the live feed.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::Stream;
use http::header;
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;

use crate::answer::ok;
use crate::hub::Hub;
use crate::sample;

/// How many webhook calls the page shows when it opens.
const LOG: usize = 50;

/// The page and what it needs.
pub(crate) fn routes() -> Router<Arc<Hub>> {
    Router::new()
        .route("/", get(|| file("text/html; charset=utf-8", include_str!("phone.html"))))
        .route("/phone.css", get(|| file("text/css; charset=utf-8", include_str!("phone.css"))))
        .route("/trouble.css", get(|| file("text/css; charset=utf-8", include_str!("trouble.css"))))
        .route("/handset.css", get(|| file("text/css; charset=utf-8", include_str!("handset.css"))))
        .route("/phone.js", get(|| script(include_str!("phone.js"))))
        .route("/handset.js", get(|| script(include_str!("handset.js"))))
        .route("/bubbles.js", get(|| script(include_str!("bubbles.js"))))
        .route("/faults.js", get(|| script(include_str!("faults.js"))))
        .route("/dom.js", get(|| script(include_str!("dom.js"))))
        .route("/_sim/state", get(state))
        .route("/_sim/events", get(events))
}

pub(crate) async fn script(content: &'static str) -> Response {
    file("text/javascript; charset=utf-8", content).await
}

/// A file of a page; it may load what stands beside it and pictures, nothing else.
pub(crate) async fn file(content_type: &'static str, content: &'static str) -> Response {
    let policy = "default-src 'self'; img-src 'self' data: http: https:; media-src 'self' http: https:; object-src 'none'; \
                  base-uri 'none'";
    let headers =
        [(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, "no-cache"), (header::CONTENT_SECURITY_POLICY, policy)];
    (headers, content).into_response()
}

/// Everything the page shows at first, but without secrets.
async fn state(State(hub): State<Arc<Hub>>) -> Response {
    let world = hub.world();
    let numbers: Vec<Value> = world
        .lines
        .values()
        .map(|line| {
            json!({
                "phone_number_id": line.number.phone_number_id,
                "display_phone_number": line.number.display_phone_number,
                "name": line.number.name,
                "webhook_url": line.webhook_url()
            })
        })
        .collect();
    let mut webhooks: Vec<_> = world.webhooks.iter().rev().take(LOG).collect();
    webhooks.reverse();
    ok(&json!({
        "numbers": numbers,
        "customers": world.customers,
        "settings": world.settings,
        "faults": world.faults.list(),
        "webhooks": webhooks,
        "samples": sample::NAMES,
        "now": hub.clock.now()
    }))
}

/// Server-sent events: everything that changes, as it does.
async fn events(State(hub): State<Arc<Hub>>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let stream = futures_util::stream::unfold(hub.listen(), |mut feed| async move {
        let text = match feed.recv().await {
            Ok(text) => text.to_string(),
            // The page was too slow and has missed something: it starts over.
            Err(RecvError::Lagged(_)) => json!({ "type": "reset" }).to_string(),
            Err(RecvError::Closed) => return None,
        };
        Some((Ok(Event::default().data(text)), feed))
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}
