//! Whether a connection is alive: what moved on it last, and since when a request head has been arriving.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::Duration,
};

use http::Version;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    sync::Notify,
    time::Instant,
};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::Held;

const UNKNOWN: u8 = 0;
const HTTP1: u8 = 1;
const HTTP2: u8 = 2;
const UPGRADED: u8 = 3;

/// On HTTP/2 fewer bytes than these are no movement: pings and their answers take a few dozen between two looks.
const TRICKLE: u64 = 1024;
const NO_HEAD: u64 = u64::MAX;

/// What took too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Head,
    Idle,
}

impl Phase {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Idle => "idle",
        }
    }
}

/// The state of a connection's clocks. Times are milliseconds since it was accepted.
pub(super) struct Pulse {
    born: Instant,
    header_timeout: Duration,
    idle_timeout: Duration,
    kind: AtomicU8,
    busy: AtomicUsize,
    moved_at: AtomicU64,
    trickle: AtomicU64,
    head_since: AtomicU64,
    gone: Notify,
    cut: CancellationToken,
}

impl Pulse {
    pub(super) fn new(header_timeout: Duration, idle_timeout: Duration) -> Self {
        Self {
            born: Instant::now(),
            header_timeout,
            idle_timeout,
            kind: AtomicU8::new(UNKNOWN),
            busy: AtomicUsize::new(0),
            moved_at: AtomicU64::new(0),
            trickle: AtomicU64::new(0),
            // The first head is due from the start, so that a client that sends nothing does not stay.
            head_since: AtomicU64::new(0),
            gone: Notify::new(),
            cut: CancellationToken::new(),
        }
    }

    /// A request head is complete. While what is returned lives, the request is being read or answered.
    pub(super) fn request(self: &Arc<Self>, version: Version) -> Busy {
        self.kind.store(if version == Version::HTTP_2 { HTTP2 } else { HTTP1 }, Relaxed);
        self.head_since.store(NO_HEAD, Relaxed);
        self.moved_at.store(self.now(), Relaxed);
        self.busy.fetch_add(1, Relaxed);
        Busy(Arc::new(Request(Arc::clone(self))))
    }

    /// From now on only silence matters.
    pub(super) fn upgraded(&self) {
        self.kind.store(UPGRADED, Relaxed);
        self.head_since.store(NO_HEAD, Relaxed);
    }

    /// Waits until the socket is closed.
    pub(super) async fn gone(&self) {
        self.gone.notified().await;
    }

    /// Makes every further read and write fail.
    pub(super) fn cut(&self) {
        self.cut.cancel();
    }

    /// How long it makes sense to look away. A head may begin at any time, so its time-out is the longest.
    pub(super) fn until_next_look(&self) -> Duration {
        let now = self.now();
        let idle = (self.moved_at.load(Relaxed) + millis(self.idle_timeout)).saturating_sub(now);
        let head = match self.head_since.load(Relaxed) {
            _ if self.kind.load(Relaxed) == UPGRADED => u64::MAX,
            NO_HEAD => millis(self.header_timeout),
            since => (since + millis(self.header_timeout)).saturating_sub(now),
        };
        Duration::from_millis(idle.min(head) + 1)
    }

    pub(super) fn overdue(&self) -> Option<Phase> {
        let now = self.now();
        let head = self.head_since.load(Relaxed);
        if head != NO_HEAD && now >= head + millis(self.header_timeout) {
            return Some(Phase::Head);
        }
        (now >= self.moved_at.load(Relaxed) + millis(self.idle_timeout)).then_some(Phase::Idle)
    }

    fn read(&self, bytes: usize) {
        if bytes == 0 {
            return;
        }
        if self.kind.load(Relaxed) == HTTP1 && self.busy.load(Relaxed) == 0 && self.head_since.load(Relaxed) == NO_HEAD {
            self.head_since.store(self.now(), Relaxed);
        }
        self.moved(bytes);
    }

    fn moved(&self, bytes: usize) {
        if self.kind.load(Relaxed) == HTTP2 {
            if self.trickle.fetch_add(bytes as u64, Relaxed) + (bytes as u64) < TRICKLE {
                return;
            }
            self.trickle.store(0, Relaxed);
        }
        self.moved_at.store(self.now(), Relaxed);
    }

    fn now(&self) -> u64 {
        millis(self.born.elapsed())
    }
}

/// Saturates far below `u64::MAX`, so that two of them can be added.
fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX).min(u64::MAX / 4)
}

/// A request in progress; clones stand for its parts.
#[derive(Clone)]
pub(super) struct Busy(#[expect(dead_code, reason = "held for its drop")] Arc<Request>);

struct Request(Arc<Pulse>);

impl Drop for Request {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Relaxed);
        self.0.moved_at.store(self.0.now(), Relaxed);
    }
}

/// A socket that tells its pulse of every byte.
pub(super) struct Watched {
    stream: TcpStream,
    pulse: Arc<Pulse>,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
    _held: Held,
}

impl Watched {
    pub(super) fn new(stream: TcpStream, pulse: Arc<Pulse>, held: Held) -> Self {
        let cut = Box::pin(pulse.cut.clone().cancelled_owned());
        Self { stream, pulse, cut, _held: held }
    }

    fn wrote(&self, result: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(bytes)) = &result {
            self.pulse.moved(*bytes);
        }
        result
    }

    /// What to answer in place of "not yet": an error once the connection has been cut.
    fn unless_cut<T>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        self.cut.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Watched {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.pulse.cut.is_cancelled() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let before = buf.filled().len();
        match Pin::new(&mut self.stream).poll_read(cx, buf) {
            Poll::Ready(result) => {
                self.pulse.read(buf.filled().len() - before);
                Poll::Ready(result)
            }
            Poll::Pending => self.unless_cut(cx),
        }
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, buf);
        if result.is_pending() { self.unless_cut(cx) } else { self.wrote(result) }
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bufs: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        if result.is_pending() { self.unless_cut(cx) } else { self.wrote(result) }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.pulse.gone.notify_one();
    }
}
