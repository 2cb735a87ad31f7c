//! The accept loop. Our own, because a provider that dies without answering is part of the play: a handler can have its
//! connection closed.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use axum::routing::get;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;

use crate::answer::Vanish;
use crate::hub::Hub;
use crate::{control, graph, mail, phone};

/// Everything the simulator serves: the pages of phones and mail, the control API, and for all other paths the Graph API.
fn routes(hub: Arc<Hub>) -> Router {
    Router::new()
        .merge(phone::routes())
        .merge(control::routes())
        .merge(mail::routes())
        .route("/whatsapp_business/attachments/", get(graph::download))
        .fallback(graph::handle)
        .with_state(hub)
}

/// Accepts connections until the hub stops; open connections are cut then.
pub(crate) async fn serve(hub: Arc<Hub>, listener: TcpListener) {
    let router = routes(hub.clone());
    loop {
        let accepted = tokio::select! {
            () = hub.stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                let (stop, router) = (hub.stop.clone(), router.clone());
                hub.spawn(async move {
                    tokio::select! {
                        () = stop.cancelled() => {}
                        () = connection(stream, router) => {}
                    }
                });
            }
            Err(error) => {
                // Out of descriptors, most likely: let some connections end first.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, router: Router) {
    // Without it the second of two small writes waits for the peer's acknowledgement.
    let _ = stream.set_nodelay(true);
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let router = router.clone();
        async move {
            let response: Result<Response, Infallible> = router.oneshot(request.map(Body::new)).await;
            match response {
                Ok(response) if response.extensions().get::<Vanish>().is_none() => Ok(response),
                _ => Err(std::io::Error::from(std::io::ErrorKind::ConnectionAborted)),
            }
        }
    });
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(30))
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a connection ended early");
    }
}
