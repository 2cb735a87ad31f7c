//! One visitor's socket: hello with their token, what they missed, then what is said to them as it is said.

use std::{net::IpAddr, time::Duration};

use axum::{
    extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade},
    response::Response,
};
use futures_util::{SinkExt, StreamExt};
use http::HeaderMap;
use kernel::{
    auth::{AuthState, Caller, VisitSource},
    crypto::hash_token,
    http::Problem,
};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use super::{
    guard::{Page, budget, channel},
    model::{Conv, Msg},
    service,
    sockets::Place,
    store::{self, VisitorRow},
    visit,
};
use crate::{App, channels::Live};

/// Largest frame a visitor may send.
const MAX_MESSAGE: usize = 4 * 1024;
/// Reading buffer: the library's default would cost 128 KiB a socket, and what visitors say is short.
const READ_BUFFER: usize = 256;
/// Until the hello must have come.
const HELLO: Duration = Duration::from_secs(5);
/// Silence after which a visitor counts as gone: they ping every 25 s.
const SILENCE: Duration = Duration::from_secs(70);
/// How often it is looked at whether their token still holds.
const LOOK: Duration = Duration::from_secs(60);
/// Longest a visitor may take to accept a frame.
const WRITE: Duration = Duration::from_secs(10);
/// Messages that are sent after a hello; who has missed more reads the history.
const MISSED: i64 = 100;
/// Messages before the last one seen that are sent again, for they may have changed.
const RECENT: i64 = 30;
/// Frames a visitor may send in [`WINDOW`].
const FRAMES: u32 = 60;
const WINDOW: Duration = Duration::from_secs(10);
/// Sockets from one address in a minute.
const ADDRESS_SOCKETS: u64 = 120;

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Said {
    Hello { token: String, cursor: Option<String> },
    Ping,
    Delivered { seq: i64 },
    Read { seq: i64 },
    Typing { on: bool },
    Page { page: PageSeen },
}

#[derive(Deserialize)]
struct PageSeen {
    url: String,
    title: Option<String>,
}

/// What a visitor is told.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Frame<'a> {
    Ready {
        cursor: String,
    },
    Message {
        message: &'a Msg,
    },
    #[serde(rename = "message.updated")]
    Updated {
        message: &'a Msg,
    },
    Typing {
        on: bool,
        agent: &'a connect::channel::Agent,
    },
    Conversation {
        conversation: &'a Conv,
    },
    Read {
        seq: i64,
    },
    Expired,
    Reload,
    Pong,
}

impl Frame<'_> {
    /// As it goes over the wire, for every socket that gets it.
    pub(super) fn text(&self) -> Utf8Bytes {
        serde_json::to_string(self).unwrap_or_default().into()
    }
}

/// Why a socket ends.
enum End {
    Gone,
    BadFrame,
    Late,
    /// The token does not hold any more.
    Expired,
    TooSlow,
    TooMuch,
    Restart,
    Unavailable,
}

impl End {
    const fn close(&self) -> Option<(u16, &'static str)> {
        match self {
            End::Gone => None,
            End::BadFrame => Some((4400, "not a message of this protocol")),
            End::Expired => Some((4401, "begin a new session")),
            End::Late => Some((4408, "hello came too late")),
            End::TooSlow => Some((4429, "too slow, please come back")),
            End::TooMuch => Some((4429, "too much at once")),
            End::Restart => Some((1012, "restarting, please come back")),
            End::Unavailable => Some((1013, "not available, please come back")),
        }
    }
}

/// Upgrades the request to a visitor's socket. A page of another site is refused before the upgrade.
pub async fn upgrade(
    app: App,
    channel_id: Uuid,
    address: IpAddr,
    headers: &HeaderMap,
    request: WebSocketUpgrade,
) -> Result<Response, Problem> {
    app.admit(Caller::Address(address)).await?;
    let page = Page::admit(&app, channel_id, headers, address).await?;
    budget(&app, &format!("sockets:{}", kernel::http::serve::site(address)), ADDRESS_SOCKETS, Duration::from_secs(60)).await?;
    if app.draining.is_cancelled() {
        return Err(Problem::unavailable("This node is restarting. Please reconnect."));
    }
    let channel_id = page.channel.id();
    Ok(request
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_write_buffer_size(256 * 1024)
        .max_message_size(MAX_MESSAGE)
        .max_frame_size(MAX_MESSAGE)
        .on_upgrade(move |socket| async move {
            let mut connection = Connection { socket, app, channel_id };
            let end = connection.serve().await;
            connection.close(&end).await;
        }))
}

struct Connection {
    socket: WebSocket,
    app: App,
    channel_id: Uuid,
}

impl Connection {
    async fn serve(&mut self) -> End {
        // What is needed for a moment only is boxed: the socket's task lives for hours, and is as large as all it may ever wait for at once.
        let (row, hash, mut place) = match Box::pin(self.begin()).await {
            Ok(begun) => begun,
            Err(end) => return end,
        };
        let end = self.live(&row, &hash, &mut place).await;
        drop(place);
        // After a restart they are back in a moment.
        if !matches!(end, End::Restart) && !self.app.visitors.is_here(row.id) {
            Box::pin(visit::went(&self.app, &row)).await;
        }
        end
    }

    /// Finds out who it is; who that is, what of their token is kept, and their place.
    async fn begin(&mut self) -> Result<(Box<VisitorRow>, [u8; 32], Place), End> {
        let (token, cursor) = timeout(HELLO, self.hello()).await.unwrap_or(Err(End::Late))?;
        match self.join(&token, cursor).await {
            Ok((row, place)) => Ok((Box::new(row), hash_token(token.as_bytes()), place)),
            Err(End::Expired) => Err(self.expire().await),
            Err(end) => Err(end),
        }
    }

    async fn hello(&mut self) -> Result<(String, Option<String>), End> {
        match self.read().await? {
            Some(Said::Hello { token, cursor }) => Ok((token, cursor)),
            _ => Err(End::BadFrame),
        }
    }

    async fn expire(&mut self) -> End {
        let _ = self.say(Frame::Expired.text()).await;
        End::Expired
    }

    /// Finds out who it is, joins, and sends what they missed.
    async fn join(&mut self, token: &str, cursor: Option<String>) -> Result<(VisitorRow, Place), End> {
        let unavailable = |error: sqlx::Error| {
            tracing::warn!(error = %error, "a visitor's socket cannot begin");
            End::Unavailable
        };
        let app = self.app.clone();
        let hash = hash_token(token.as_bytes());
        let mut conn = app.db.read().await.map_err(unavailable)?;
        let found = store::by_token(&mut conn, self.channel_id, &hash, app.now()).await.map_err(unavailable)?;
        // What they told about themselves is not needed here, for hours.
        let row = VisitorRow { profile: Default::default(), visit: Default::default(), ..found.ok_or(End::Expired)? };
        let known = service::identity(&mut conn, row.channel_id, &row.external_id).await.map_err(unavailable)?;
        let place = app.visitors.join(&row, known.map(|i| i.contact_id), hash);
        visit::came(&app, &mut conn, &row).await.map_err(unavailable)?;
        // Read after joining: what is said meanwhile comes twice rather than never.
        let past = service::past(&app, &mut conn, row.channel_id, &row.external_id).await.map_err(unavailable)?;
        if let Some(contact_id) = past.contact_id {
            app.visitors.meet(row.channel_id, &row.external_id, contact_id);
            for card in &past.cards {
                app.visitors.learn(card.id, (row.channel_id, contact_id), card.number);
            }
            if let Some(conversation) = &past.conversation {
                app.visitors.wait(conversation.id, (row.channel_id, contact_id), conversation.waiting_position);
            }
            visit::tell(&app, &row).await;
        }
        let after: Option<i64> = cursor.and_then(|cursor| cursor.parse().ok());
        let read = if after.is_some() { MISSED + RECENT } else { 1 };
        let (recent, more) = service::history(&app, &mut conn, &past.cards, None, read).await.map_err(unavailable)?;
        drop(conn);
        let last = recent.last().map_or(0, |last| last.seq);
        self.say(Frame::Ready { cursor: last.to_string() }.text()).await?;
        if let Some(conversation) = past.conversation.as_ref().filter(|_| after.is_some()) {
            self.say(Frame::Conversation { conversation }.text()).await?;
        }
        if let Some(after) = after {
            let missed = recent.iter().filter(|m| m.seq > after).count();
            if missed > MISSED as usize || (more && recent.first().is_some_and(|first| first.seq > after)) {
                self.say(Frame::Reload.text()).await?;
            } else {
                let skip = recent.len().saturating_sub(missed + RECENT as usize);
                for message in &recent[skip..] {
                    let frame = if message.seq > after { Frame::Message { message } } else { Frame::Updated { message } };
                    self.feed(frame.text()).await?;
                }
                self.flush().await?;
            }
        }
        Ok((row, place))
    }

    async fn live(&mut self, row: &VisitorRow, hash: &[u8; 32], place: &mut Place) -> End {
        let draining = self.app.draining.clone();
        let mut heard = Instant::now();
        let mut frames = (heard, 0);
        let mut look = tokio::time::interval_at(heard + LOOK, LOOK);
        loop {
            let step = tokio::select! {
                () = draining.cancelled() => Err(End::Restart),
                frame = place.queue.next() => match frame {
                    Some(frame) => self.forward(frame, place).await,
                    // Let go: the visit ended here, or they do not read.
                    None => Err(Box::pin(self.let_go(hash)).await),
                },
                said = self.read() => {
                    heard = Instant::now();
                    match said {
                        Ok(Some(said)) if within(&mut frames, heard) => Box::pin(self.hear(row, said)).await,
                        Ok(Some(_)) => Err(End::TooMuch),
                        Ok(None) => Ok(()),
                        Err(end) => Err(end),
                    }
                },
                _ = look.tick() => {
                    if heard.elapsed() > SILENCE {
                        Err(End::Gone)
                    } else if Box::pin(self.holds(hash)).await {
                        Ok(())
                    } else {
                        Err(Box::pin(self.expire()).await)
                    }
                }
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    async fn let_go(&mut self, hash: &[u8; 32]) -> End {
        if self.holds(hash).await { End::TooSlow } else { self.expire().await }
    }

    /// Whether the token still holds. A database that does not answer ends no visit.
    async fn holds(&mut self, hash: &[u8; 32]) -> bool {
        let look = async { store::by_token(&mut *self.app.db.read().await?, self.channel_id, hash, self.app.now()).await };
        match look.await {
            Ok(found) => found.is_some(),
            Err(_) => true,
        }
    }

    /// Takes what a visitor says.
    async fn hear(&mut self, row: &VisitorRow, said: Said) -> Result<(), End> {
        let outcome = match said {
            Said::Ping => return self.say(Frame::Pong.text()).await,
            Said::Hello { .. } => return Err(End::BadFrame),
            Said::Typing { on } => {
                service::typing(&self.app, row, on).await;
                return Ok(());
            }
            Said::Page { page } => {
                if let Ok((_, widget)) = channel(&self.app, self.channel_id).await {
                    visit::turn_to(&self.app, row, widget.collect, &page.url, page.title.as_deref()).await;
                }
                return Ok(());
            }
            Said::Delivered { seq } => self.seen(row, seq, false).await,
            Said::Read { seq } => self.seen(row, seq, true).await,
        };
        // They say it again with the next one.
        if let Err(problem) = outcome {
            tracing::debug!(why = problem.detail(), "how far a visitor has read is noted later");
        }
        Ok(())
    }

    async fn seen(&mut self, row: &VisitorRow, seq: i64, read: bool) -> Result<(), Problem> {
        let live: Option<Live> = crate::channels::live(&self.app, self.channel_id).await?;
        match live {
            Some(channel) => service::seen(&self.app, &channel, row, seq, read).await,
            None => Ok(()),
        }
    }

    /// The next thing said; `None` for frames that need no answer of ours.
    async fn read(&mut self) -> Result<Option<Said>, End> {
        match self.socket.recv().await {
            Some(Ok(Message::Text(text))) => serde_json::from_str(&text).map(Some).map_err(|_| End::BadFrame),
            Some(Ok(Message::Binary(_))) => Err(End::BadFrame),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
            Some(Ok(Message::Close(_)) | Err(_)) | None => Err(End::Gone),
        }
    }

    /// Sends a frame and whatever else is waiting, with one flush.
    async fn forward(&mut self, first: Utf8Bytes, place: &mut Place) -> Result<(), End> {
        let mut next = Some(first);
        while let Some(frame) = next {
            self.feed(frame).await?;
            next = place.queue.try_recv().ok();
        }
        self.flush().await
    }

    async fn say(&mut self, text: Utf8Bytes) -> Result<(), End> {
        self.feed(text).await?;
        self.flush().await
    }

    async fn feed(&mut self, text: Utf8Bytes) -> Result<(), End> {
        match timeout(WRITE, self.socket.feed(Message::Text(text))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(End::TooSlow),
        }
    }

    async fn flush(&mut self) -> Result<(), End> {
        match timeout(WRITE, self.socket.flush()).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(End::TooSlow),
        }
    }

    async fn close(mut self, end: &End) {
        if let Some((code, reason)) = end.close() {
            let frame = Message::Close(Some(CloseFrame { code, reason: reason.into() }));
            let _ = timeout(Duration::from_secs(2), self.socket.send(frame)).await;
        }
    }
}

/// Counts one more frame; whether it is within what a visitor may send.
fn within((since, count): &mut (Instant, u32), now: Instant) -> bool {
    if now.duration_since(*since) >= WINDOW {
        (*since, *count) = (now, 0);
    }
    *count += 1;
    *count <= FRAMES
}
