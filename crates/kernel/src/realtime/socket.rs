//! One socket: hello, catch-up from the log, live frames, heartbeats, and a close code that says why it ended.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade},
    response::Response,
};
use base::{Clock, Code};
use futures_util::SinkExt;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::hub::{Dropped, Frame, Hub, Registration};
use crate::{
    auth::{Actor, AuthState, Principal},
    db::Db,
    event::{Cursor, log},
    http::Problem,
};

/// What a socket needs of the application.
pub trait SocketState: AuthState {
    /// What clients may say beside the protocol's own messages, tagged by `type`. The kernel only hands it on.
    type Signal: DeserializeOwned + Send;
    /// Takes a signal of a socket, which has a number on this node. Must not wait: it is called where the socket is served.
    fn signal(&self, actor: &Arc<Actor>, socket: u64, signal: Self::Signal);
    /// A socket that may have sent signals is gone.
    fn left(&self, socket: u64);
    /// The database, for catching up.
    fn db(&self) -> &Db;
    /// The node's hub.
    fn hub(&self) -> &Hub;
    /// The clock, for token expiry.
    fn clock(&self) -> &dyn Clock;
    /// Whether a page of this origin may open a socket.
    fn origin_allowed(&self, origin: &str) -> bool;
    /// Cancelled when the node drains.
    fn draining(&self) -> &CancellationToken;
    /// Time-outs; tests make them short.
    fn socket_limits(&self) -> SocketLimits {
        SocketLimits::default()
    }
}

/// Time-outs of a socket.
#[derive(Debug, Clone, Copy)]
pub struct SocketLimits {
    /// Until the hello must have come.
    pub hello: Duration,
    /// Between our pings.
    pub ping: Duration,
    /// Silence from the client after which it counts as gone.
    pub silence: Duration,
    /// Longest a client may take to accept a frame.
    pub write: Duration,
    /// Events to read through for a resume; beyond that a reload is cheaper.
    pub resume: usize,
}

impl Default for SocketLimits {
    fn default() -> Self {
        Self {
            hello: Duration::from_secs(5),
            ping: Duration::from_secs(25),
            silence: Duration::from_secs(60),
            write: Duration::from_secs(10),
            resume: 10_000,
        }
    }
}

/// Largest message a client may send: a hello with its token fits many times over.
const MAX_MESSAGE: usize = 8 * 1024;
/// Reading buffer. The library's default of 128 KiB would cost 133 kB a socket; this costs about 3.
const READ_BUFFER: usize = 1024;
/// Signals a socket may send a second; more are not heard.
const SIGNALS: u32 = 10;
/// Events per read while catching up.
const PAGE: i64 = 500;

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ClientMessage {
    Hello { token: String, after: Option<String> },
    Ping,
    Pong,
}

/// What a client said.
enum Said<T> {
    Protocol(ClientMessage),
    Signal(T),
    /// A frame that needs no answer of ours.
    Nothing,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ServerMessage<'a> {
    Ready { cursor: String },
    Resync,
    Ping,
    Pong,
    Error { code: Code, detail: &'a str },
}

/// Why a socket ends, as its close code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The client left or the connection broke: nothing to say.
    Gone,
    BadFrame,
    Unauthenticated,
    Restricted,
    HelloLate,
    TooSlow,
    Restart,
    Unavailable,
}

impl End {
    const fn close(self) -> Option<(u16, &'static str)> {
        match self {
            End::Gone => None,
            End::BadFrame => Some((4400, "not a message of this protocol")),
            End::Unauthenticated => Some((4401, "please sign in again")),
            End::Restricted => Some((4403, "set up two-factor sign-in first")),
            End::HelloLate => Some((4408, "hello came too late")),
            End::TooSlow => Some((4429, "too slow, please resume")),
            End::Restart => Some((1012, "restarting, please resume")),
            End::Unavailable => Some((1013, "not available, please resume")),
        }
    }
}

/// Upgrades the request to a socket of the real-time contract. A page of another site is refused before the upgrade.
pub fn upgrade<S: SocketState>(state: S, request: WebSocketUpgrade, origin: Option<&str>) -> Result<Response, Problem> {
    if let Some(origin) = origin
        && !state.origin_allowed(origin)
    {
        return Err(Problem::new(Code::WrongOrigin, "Open MAX at its own address; this page belongs to another site."));
    }
    if state.draining().is_cancelled() {
        return Err(Problem::unavailable("This node is restarting. Please reconnect."));
    }
    Ok(request
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_write_buffer_size(1024 * 1024)
        .max_message_size(MAX_MESSAGE)
        .max_frame_size(MAX_MESSAGE)
        .on_upgrade(move |socket| async move {
            let mut connection = Connection { limits: state.socket_limits(), socket };
            let end = connection.serve(&state).await;
            connection.close(end).await;
        }))
}

/// Counts one more signal; whether it is within what a socket may send in a second.
fn within_a_second((since, count): &mut (Instant, u32), now: Instant) -> bool {
    if now.duration_since(*since) >= Duration::from_secs(1) {
        (*since, *count) = (now, 0);
    }
    *count += 1;
    *count <= SIGNALS
}

struct Connection {
    socket: WebSocket,
    limits: SocketLimits,
}

impl Connection {
    async fn serve<S: SocketState>(&mut self, state: &S) -> End {
        // What is needed for a moment only is boxed here and below: the socket's task lives for hours, and is as large as all it may ever wait
        // for at once.
        let (principal, token, after) = match timeout(self.limits.hello, Box::pin(self.hello(state))).await {
            Ok(Ok(hello)) => hello,
            Ok(Err(end)) => return end,
            Err(_) => return End::HelloLate,
        };
        let actor = Arc::new(Actor::user(principal.clone(), None));
        let mut registration = state.hub().join(actor.clone()).await;
        // The first answer may have come out of a cache. What changes from now on reaches this registration as an event; what changed
        // before it must be seen here, or a socket of somebody just deactivated would live on.
        match Box::pin(state.authenticate_now(&token)).await {
            Ok(now) if now == principal => {}
            Ok(_) => return End::Unauthenticated,
            Err(problem) => return self.refuse(&problem).await,
        }
        drop(token);
        let sent = match Box::pin(self.catch_up(state, &actor, after, registration.from)).await {
            Ok(sent) => sent,
            Err(end) => return end,
        };
        let end = self.live(state, &actor, principal, &mut registration, sent).await;
        state.left(registration.id());
        end
    }

    /// Waits for the first hello.
    async fn hello<S: SocketState>(&mut self, state: &S) -> Result<(Principal, String, Option<String>), End> {
        loop {
            match self.read::<S::Signal>().await? {
                Said::Protocol(ClientMessage::Hello { token, after }) => {
                    return Ok((self.authenticate(state.authenticate(&token).await).await?, token, after));
                }
                Said::Protocol(_) | Said::Signal(_) => return Err(End::BadFrame),
                Said::Nothing => {}
            }
        }
    }

    async fn authenticate(&mut self, answer: Result<Principal, Problem>) -> Result<Principal, End> {
        match answer {
            Ok(principal) if principal.restricted => Err(self.refuse(&Problem::two_factor_required()).await),
            Ok(principal) => Ok(principal),
            Err(problem) => Err(self.refuse(&problem).await),
        }
    }

    /// Says what is wrong; how the socket then ends.
    async fn refuse(&mut self, problem: &Problem) -> End {
        if let Err(end) = self.say(&ServerMessage::Error { code: problem.code(), detail: problem.detail() }).await {
            return end;
        }
        match problem.code() {
            Code::Unavailable => End::Unavailable,
            Code::TwoFactorRequired => End::Restricted,
            _ => End::Unauthenticated,
        }
    }

    /// Sends what happened since `after`, out of the log, at least up to where the live queue begins. Returns the last place covered.
    async fn catch_up<S: SocketState>(
        &mut self,
        state: &S,
        actor: &Actor,
        after: Option<String>,
        live_from: Cursor,
    ) -> Result<Cursor, End> {
        let unavailable = |error: sqlx::Error| {
            tracing::warn!(error = %error, "a socket cannot catch up");
            End::Unavailable
        };
        let mut conn = state.db().read().await.map_err(unavailable)?;
        let Some(after) = after else {
            self.say(&ServerMessage::Ready { cursor: live_from.to_string() }).await?;
            return Ok(live_from);
        };
        let known = match after.parse::<Cursor>() {
            Ok(cursor) if log::holds(&mut conn, cursor).await.map_err(unavailable)? => Some(cursor),
            _ => None,
        };
        let mut frames = Vec::new();
        let mut position = known.unwrap_or(live_from);
        let mut read = 0;
        let mut too_far = known.is_none();
        while !too_far {
            let events = log::after(&mut conn, position, PAGE).await.map_err(unavailable)?;
            let Some(last) = events.last() else { break };
            position = last.cursor;
            read += events.len();
            too_far = read > self.limits.resume;
            frames.extend(
                events.iter().filter(|e| e.kind != super::ACCESS_CHANGED && state.hub().tells(actor, e)).map(Frame::encode),
            );
            if (events.len() as i64) < PAGE {
                break;
            }
        }
        drop(conn);
        if too_far {
            self.say(&ServerMessage::Resync).await?;
            self.say(&ServerMessage::Ready { cursor: live_from.to_string() }).await?;
            return Ok(live_from);
        }
        self.say(&ServerMessage::Ready { cursor: known.unwrap_or(live_from).to_string() }).await?;
        for frame in frames {
            self.feed(Message::Text(frame.text)).await?;
        }
        self.flush().await?;
        Ok(position)
    }

    async fn live<S: SocketState>(
        &mut self,
        state: &S,
        actor: &Arc<Actor>,
        mut principal: Principal,
        registration: &mut Registration,
        mut sent: Cursor,
    ) -> End {
        let mut heard = Instant::now();
        let mut signals = (heard, 0);
        let mut ping = tokio::time::interval_at(Instant::now() + self.limits.ping, self.limits.ping);
        loop {
            let step = tokio::select! {
                () = state.draining().cancelled() => Err(End::Restart),
                frame = registration.queue.recv() => match frame {
                    Some(frame) => self.forward(frame, registration, &mut sent).await,
                    None => Err(match registration.dropped() {
                        Some(Dropped::AccessChanged) => End::Unauthenticated,
                        _ => End::TooSlow,
                    }),
                },
                message = self.read::<S::Signal>() => {
                    heard = Instant::now();
                    match message {
                        Ok(Said::Protocol(ClientMessage::Hello { token, .. })) => match self.authenticate(Box::pin(state.authenticate_now(&token)).await).await {
                            // A socket belongs to one user in one role; anybody else's token needs a socket of its own.
                            Ok(renewed) if renewed.same_access(&principal) => { principal = renewed; Ok(()) }
                            Ok(_) => Err(End::Unauthenticated),
                            Err(end) => Err(end),
                        },
                        Ok(Said::Protocol(ClientMessage::Ping)) => self.say(&ServerMessage::Pong).await,
                        Ok(Said::Signal(signal)) => {
                            if within_a_second(&mut signals, heard) {
                                state.signal(actor, registration.id(), signal);
                            }
                            Ok(())
                        }
                        Ok(Said::Protocol(ClientMessage::Pong) | Said::Nothing) => Ok(()),
                        Err(end) => Err(end),
                    }
                },
                _ = ping.tick() => {
                    if heard.elapsed() > self.limits.silence {
                        Err(End::Gone)
                    } else if state.clock().now() >= principal.token_expires_at {
                        Err(End::Unauthenticated)
                    } else {
                        self.say(&ServerMessage::Ping).await
                    }
                }
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    /// Sends a frame and whatever else is already waiting, with one flush.
    async fn forward(&mut self, first: Arc<Frame>, registration: &mut Registration, sent: &mut Cursor) -> Result<(), End> {
        let mut next = Some(first);
        while let Some(frame) = next {
            // What the catch-up already covered is not said twice.
            if frame.cursor.is_none_or(|cursor| cursor > *sent) {
                *sent = frame.cursor.unwrap_or(*sent);
                self.feed(Message::Text(frame.text.clone())).await?;
            }
            next = registration.queue.try_recv().ok();
        }
        self.flush().await
    }

    /// The next message.
    async fn read<T: DeserializeOwned>(&mut self) -> Result<Said<T>, End> {
        match self.socket.recv().await {
            Some(Ok(Message::Text(text))) => match serde_json::from_str(&text) {
                Ok(message) => Ok(Said::Protocol(message)),
                Err(_) => serde_json::from_str(&text).map(Said::Signal).map_err(|_| End::BadFrame),
            },
            Some(Ok(Message::Binary(_))) => Err(End::BadFrame),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(Said::Nothing),
            Some(Ok(Message::Close(_))) | Some(Err(_)) | None => Err(End::Gone),
        }
    }

    async fn say(&mut self, message: &ServerMessage<'_>) -> Result<(), End> {
        self.feed(Message::Text(serde_json::to_string(message).unwrap_or_default().into())).await?;
        self.flush().await
    }

    async fn feed(&mut self, message: Message) -> Result<(), End> {
        match timeout(self.limits.write, self.socket.feed(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(End::TooSlow),
        }
    }

    async fn flush(&mut self) -> Result<(), End> {
        match timeout(self.limits.write, self.socket.flush()).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(End::TooSlow),
        }
    }

    async fn close(mut self, end: End) {
        metrics::counter!("sockets_closed_total", "why" => format!("{end:?}")).increment(1);
        if let Some((code, reason)) = end.close() {
            let frame = Message::Close(Some(CloseFrame { code, reason: reason.into() }));
            // A client that does not take the goodbye is gone all the same.
            let _ = timeout(Duration::from_secs(2), self.socket.send(frame)).await;
        }
    }
}
