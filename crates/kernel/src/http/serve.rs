//! The accept loop. The stock one waits for a request head for ever; this one gives every phase of a connection its time
//! and every quantity its limit, so that slow and greedy clients cost little and well-behaved ones notice nothing:
//!
//! - a request head must be complete within [`ServeOptions::header_timeout`] of its first byte (the first one, of the
//!   connection being made), whatever the protocol version;
//! - a body must not pause for longer than [`ServeOptions::body_timeout`];
//! - a connection on which nothing moves for [`ServeOptions::idle_timeout`] is closed, upgraded ones included: sockets have
//!   heartbeats. HTTP/2's own pings do not count as movement;
//! - how long a handler may take altogether is the router's affair; it must be less than the idle time.

mod address;
mod body;
mod pulse;

use std::{
    convert::Infallible,
    io::{self, Write},
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use axum::{Router, body::Body, extract::ConnectInfo, response::Response};
use http::{Request, StatusCode};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulConnection},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};
use tokio_util::{
    sync::CancellationToken,
    task::{TaskTracker, task_tracker::TaskTrackerToken},
};
use tower::Service;

use self::{
    address::{Addresses, Seat},
    body::Patient,
    pulse::{Phase, Pulse, Watched},
};

pub use self::address::{client_ip, site};

/// Limits of the accept loop. The defaults suit a server behind a proxy as well as one on its own.
#[derive(Debug, Clone, Copy)]
pub struct ServeOptions {
    /// Time for a request head to arrive.
    pub header_timeout: Duration,
    /// Time after which a connection without any traffic is closed. Longer than the 60 s after which common proxies give up
    /// idle connections, so that they, not we, close first.
    pub idle_timeout: Duration,
    /// The longest pause within a request body.
    pub body_timeout: Duration,
    /// Time that running requests and open sockets get when the server stops.
    pub drain: Duration,
    /// Most open connections; further ones are answered 503 and closed.
    pub max_connections: usize,
    /// Most open connections of one address (IPv6: one /64); 0: no such limit. Leave it off behind a proxy.
    pub max_per_address: usize,
    /// Most headers of a request.
    pub max_headers: usize,
    /// Most bytes of a request head, at least 8,192.
    pub max_header_bytes: usize,
    /// Most requests at once on an HTTP/2 connection.
    pub max_streams: u32,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(75),
            body_timeout: Duration::from_secs(15),
            drain: Duration::from_secs(25),
            max_connections: 20_000,
            max_per_address: 0,
            max_headers: 64,
            max_header_bytes: 16 * 1024,
            max_streams: 128,
        }
    }
}

/// How the connections ended that were open when the server stopped accepting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drained {
    /// Ended by themselves.
    pub finished: usize,
    /// Cut off when the drain time was over.
    pub aborted: usize,
}

/// Serves `service` on `listener` until `shutdown`, then lets running requests finish for [`ServeOptions::drain`] and cuts
/// off the rest. Requests find their peer as `ConnectInfo<SocketAddr>`. Owners of upgraded sockets should close them on
/// `shutdown` too.
pub async fn serve(listener: TcpListener, service: Router, options: ServeOptions, shutdown: CancellationToken) -> Drained {
    let server = Arc::new(Server {
        router: service,
        builder: builder(&options),
        options,
        shutdown: shutdown.clone(),
        abort: CancellationToken::new(),
    });
    let places = Arc::new(Semaphore::new(options.max_connections.min(Semaphore::MAX_PERMITS)));
    let addresses = Arc::new(Addresses::new(options.max_per_address));
    let open = TaskTracker::new();
    loop {
        let (stream, peer) = tokio::select! {
            biased;
            () = shutdown.cancelled() => break,
            accepted = accept(&listener) => accepted,
        };
        let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            refuse(stream, "full");
            continue;
        };
        let Some(seat) = addresses.enter(peer.ip()) else {
            refuse(stream, "address");
            continue;
        };
        let held = Held::new(place, seat, open.token());
        tokio::spawn(Arc::clone(&server).connection(stream, peer, held));
    }
    drop(listener);
    open.close();
    let present = open.len();
    let in_time = timeout(options.drain, open.wait()).await.is_ok();
    let aborted = if in_time { 0 } else { open.len() };
    server.abort.cancel();
    if aborted > 0 {
        // They end as soon as they are polled; the wait is bounded in case a handler blocks its thread.
        let _ = timeout(Duration::from_secs(1), open.wait()).await;
    }
    Drained { finished: present.saturating_sub(aborted), aborted }
}

struct Server {
    router: Router,
    builder: auto::Builder<TokioExecutor>,
    options: ServeOptions,
    shutdown: CancellationToken,
    abort: CancellationToken,
}

fn builder(options: &ServeOptions) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        // This clock of hyper's also runs while a kept-alive connection waits for its next request, so it is only the last
        // resort; the time for a head that has begun is kept by `Pulse`.
        .header_read_timeout(options.idle_timeout.saturating_add(options.header_timeout))
        .max_headers(options.max_headers)
        .max_buf_size(options.max_header_bytes.max(8 * 1024));
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(options.max_streams)
        .max_header_list_size(u32::try_from(options.max_header_bytes).unwrap_or(u32::MAX))
        .max_pending_accept_reset_streams(32)
        .max_local_error_reset_streams(256)
        .max_send_buf_size(64 * 1024)
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(20));
    builder
}

impl Server {
    async fn connection(self: Arc<Self>, stream: TcpStream, peer: SocketAddr, held: Held) {
        // Without it small frames wait for the acknowledgement of the one before. It fails only on a dead connection.
        let _ = stream.set_nodelay(true);
        let pulse = Arc::new(Pulse::new(self.options.header_timeout, self.options.idle_timeout));
        let io = TokioIo::new(Watched::new(stream, Arc::clone(&pulse), held));
        let service = {
            let (router, pulse, options) = (self.router.clone(), Arc::clone(&pulse), self.options);
            service_fn(move |request| answer(router.clone(), request, peer, Arc::clone(&pulse), options))
        };
        // Boxed here, so that an upgraded connection, which may live for days, does not keep the room of the HTTP state.
        let connection = Box::pin(self.builder.serve_connection_with_upgrades(io, service));
        if let Some(phase) = self.attend(connection, &pulse).await {
            metrics::counter!("http_connections_timed_out_total", "phase" => phase.as_str()).increment(1);
            tracing::debug!(phase = phase.as_str(), "connection timed out");
        }
    }

    /// Drives a connection to its end. Answers in which phase it took too long, if it did.
    async fn attend(&self, mut connection: Pin<Box<impl GracefulConnection>>, pulse: &Pulse) -> Option<Phase> {
        let mut leaving = false;
        loop {
            tokio::select! {
                // An error here is a client that went away or talks nonsense, and has been answered where possible.
                _ = connection.as_mut() => break,
                () = self.shutdown.cancelled(), if !leaving => {
                    leaving = true;
                    connection.as_mut().graceful_shutdown();
                }
                () = self.abort.cancelled() => return None,
                () = sleep(pulse.until_next_look()) => {
                    if let Some(phase) = pulse.overdue() {
                        return Some(phase);
                    }
                }
            }
        }
        drop(connection);
        pulse.upgraded();
        loop {
            tokio::select! {
                () = pulse.gone() => return None,
                () = self.abort.cancelled() => {
                    pulse.cut();
                    return None;
                }
                () = sleep(pulse.until_next_look()) => {
                    if let Some(phase) = pulse.overdue() {
                        pulse.cut();
                        return Some(phase);
                    }
                }
            }
        }
    }
}

async fn answer(
    mut router: Router,
    request: Request<Incoming>,
    peer: SocketAddr,
    pulse: Arc<Pulse>,
    options: ServeOptions,
) -> Result<Response, Infallible> {
    let busy = pulse.request(request.version());
    // HTTP/1 has been told; HTTP/2 knows only a limit in bytes.
    if request.headers().len() > options.max_headers {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        return Ok(response);
    }
    let mut request = request.map(|body| Body::new(Patient::new(body, options.body_timeout, busy.clone())));
    request.extensions_mut().insert(ConnectInfo(peer));
    let response = router.call(request).await;
    drop(busy);
    response
}

/// The next connection. Errors of a connection concern nobody; errors of the machine (too many open files) pass, and until
/// they do there is no use in asking at full speed.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    let mut pause = Duration::from_millis(5);
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_of_connection(&error) => {}
            Err(error) => {
                if pause == Duration::from_millis(5) {
                    tracing::error!(%error, "cannot accept connections; trying on");
                }
                metrics::counter!("http_accept_errors_total").increment(1);
                sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(1));
            }
        }
    }
}

fn is_of_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Says that there is no room, as far as that is possible without waiting.
fn refuse(stream: TcpStream, reason: &'static str) {
    const NO_ROOM: &[u8] =
        b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 2\r\ncontent-length: 0\r\n\r\n";
    metrics::counter!("http_connections_refused_total", "reason" => reason).increment(1);
    if let Ok(mut stream) = stream.into_std() {
        let _ = stream.write(NO_ROOM);
    }
}

/// What an open connection occupies, from the moment it is accepted until its socket is closed.
struct Held {
    _place: OwnedSemaphorePermit,
    _seat: Seat,
    _open: TaskTrackerToken,
}

impl Held {
    fn new(place: OwnedSemaphorePermit, seat: Seat, open: TaskTrackerToken) -> Self {
        metrics::counter!("http_connections_accepted_total").increment(1);
        metrics::gauge!("http_connections_open").increment(1);
        Self { _place: place, _seat: seat, _open: open }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        metrics::gauge!("http_connections_open").decrement(1);
    }
}
