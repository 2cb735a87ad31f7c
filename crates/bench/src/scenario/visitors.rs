//! Visitors of the company's pages: what one costs who only has the page open, and how soon an agent sees what they write.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _, TryStreamExt as _, stream};
use http::{Method, StatusCode};
use tokio::{
    net::{TcpSocket, TcpStream},
    sync::Mutex as Turns,
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_tungstenite::{
    client_async_with_config,
    tungstenite::{Message, protocol::WebSocketConfig},
};
use uuid::Uuid;

use super::socket::{self, Socket};
use crate::{
    Bench,
    client::{Connection, Pool, request},
    load::{Latencies, open},
    machine,
    report::Table,
    stage::Stage,
    whatsapp::marked,
};

/// Of the channel; nobody signs with it here.
const SECRET: &str = "whsec_YmVuY2gtYmVuY2gtYmVuY2gtYmVuY2gtYmVuY2g=";
/// Visits that begin at once.
const OPENING: usize = 32;
/// Visitors at one address; more in a minute would be refused.
const AT_ONE_ADDRESS: usize = 40;
/// Until what opening needed for a moment is given back.
const SETTLE: Duration = Duration::from_secs(3);
/// Until an answer must have come.
const LIMIT: Duration = Duration::from_secs(10);
/// Visitors who write, and screens of the team that show it.
const WRITERS: usize = 50;
/// Messages a second, of all visitors together.
const RATE: f64 = 50.0;

/// Somebody on a page.
struct Visitor {
    token: String,
    /// For what they say, one after the other.
    connection: Turns<Connection>,
}

/// A connection from one of this machine's many own addresses.
async fn connect(to: SocketAddr, visitor: usize) -> anyhow::Result<TcpStream> {
    let number = u16::try_from(visitor / AT_ONE_ADDRESS).context("more addresses than there are")?;
    let [high, low] = number.to_be_bytes();
    let socket = TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::new(127, 77, high, low.saturating_add(1)), 0).into())?;
    let stream = timeout(LIMIT, socket.connect(to)).await.context("no connection in time")??;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Begins a visit, as the widget does when the page is loaded.
async fn visit(address: SocketAddr, channel: &str, visitor: usize) -> anyhow::Result<Visitor> {
    let mut connection = Connection::over(connect(address, visitor).await?).await?;
    let begin = request(address, Method::POST, &format!("/chat/{channel}/session"), None, Some(Bytes::from_static(b"{}")))?;
    let (status, body) = connection.call(begin).await?;
    ensure!(status == StatusCode::OK, "a visit was answered {status}: {}", String::from_utf8_lossy(&body));
    let session: serde_json::Value = serde_json::from_slice(&body)?;
    let token = session["token"].as_str().context("a visit without a token")?.to_owned();
    Ok(Visitor { token, connection: Turns::new(connection) })
}

/// A visitor's socket after its hello.
async fn listen(address: SocketAddr, channel: &str, visitor: usize) -> anyhow::Result<Socket> {
    let token = visit(address, channel, visitor).await?.token;
    let config = WebSocketConfig::default().read_buffer_size(4096).write_buffer_size(0);
    let stream = connect(address, visitor).await?;
    let (mut socket, _) = client_async_with_config(format!("ws://{address}/chat/{channel}/socket"), stream, Some(config)).await?;
    socket.send(Message::text(serde_json::json!({ "type": "hello", "token": token }).to_string())).await?;
    let first = timeout(LIMIT, socket.next()).await.context("no ready in time")?.context("the socket closed")??;
    ensure!(first.to_text()?.contains(r#""type":"ready""#), "the socket said {first}");
    Ok(socket)
}

/// Adds a chat channel whose queue is the team's; its id.
async fn add_channel(stage: &Stage) -> anyhow::Result<String> {
    let channel = serde_json::json!({
        "kind": "chat", "name": "Pages", "team_id": stage.team_id, "config": {}, "credentials": { "signing_secret": SECRET },
    });
    let (address, token) = (stage.server.address(), stage.login("admin").await?);
    let create = request(address, Method::POST, "/api/v1/channels", Some(&token), Some(Bytes::from(channel.to_string())))?;
    let channel: serde_json::Value = serde_json::from_slice(&Pool::new(address).call(create, StatusCode::CREATED).await?)?;
    Ok(channel["id"].as_str().context("a channel without an id")?.to_owned())
}

pub(super) async fn run(bench: &mut Bench, stage: &mut Stage) -> anyhow::Result<()> {
    let channel = add_channel(stage).await?;
    idle(bench, stage, &channel).await?;
    press(bench, stage, &channel).await
}

/// Memory of visitors who only look.
async fn idle(bench: &mut Bench, stage: &mut Stage, channel: &str) -> anyhow::Result<()> {
    let count = bench.plan.sockets;
    let limit = machine::open_files_limit();
    ensure!(limit as usize > count + 200, "{limit} files may be open here; raise it (ulimit -n) for {count} sockets");
    // From a fresh start: memory that earlier work gave back would hide what the sockets take.
    stage.server.stop().await?;
    stage.server.start().await?;
    let address = stage.server.address();
    // What the first visits need once is not what each takes.
    drop(listen(address, channel, count).await?);
    sleep(SETTLE).await;
    let pid = stage.server.pid()?;
    let before = machine::resident_kib(pid)?;
    let sockets: Vec<Socket> =
        stream::iter(0..count).map(|n| listen(address, channel, n)).buffer_unordered(OPENING).try_collect().await?;
    sleep(SETTLE).await;
    let after = machine::resident_kib(pid)?;
    drop(sockets);
    let each = after.saturating_sub(before) as f64 / count as f64;
    bench.report.at_most("memory of an idle visitor, KiB", each, 8.0);
    let note =
        format!("{count} visitors, each with a session and a socket after its hello. The kernel's own buffers are not in it.");
    let mut table = Table::new("Idle visitors", note, &["", "max resident MiB"]);
    table.row("before", vec![(before as f64 / 1024.0).into()]);
    table.row("with the visitors", vec![(after as f64 / 1024.0).into()]);
    table.row("KiB for each visitor", vec![each.into()]);
    bench.report.tables.push(table);
    Ok(())
}

/// From a visitor's key press to the screens of the team.
async fn press(bench: &mut Bench, stage: &Stage, channel: &str) -> anyhow::Result<()> {
    let address = stage.server.address();
    let first = bench.plan.sockets + 2 * AT_ONE_ADDRESS;
    let visitors: Vec<Visitor> =
        stream::iter(0..WRITERS).map(|n| visit(address, channel, first + n)).buffer_unordered(OPENING).try_collect().await?;
    let visitors: Arc<[Visitor]> = visitors.into();
    // So that conversations are open and the system runs.
    say(address, channel, &visitors, 0, WRITERS, &Arc::default()).await?;
    let (from, count) = (WRITERS as u64, bench.plan.calls * 2);
    let token = stage.login("agent").await?;
    let mut readers = JoinSet::new();
    for _ in 0..socket::SOCKETS {
        let screen = socket::connect(stage, &token).await?;
        readers.spawn(socket::read(screen, from..from + count as u64, count));
    }
    let begins: Arc<Mutex<Vec<Instant>>> = Arc::new(Mutex::new(vec![Instant::now(); count]));
    let answered = say(address, channel, &visitors, from, count, &begins).await?;
    let mut latencies = Latencies::new()?;
    while let Some(events) = readers.join_next().await {
        let events = events??;
        ensure!(events.len() == count, "a socket got {} of {count} events", events.len());
        let begins = begins.lock().unwrap_or_else(PoisonError::into_inner);
        for (number, at) in events {
            let index = usize::try_from(number - from)?;
            latencies.record(at.saturating_duration_since(*begins.get(index).context("an event of a message nobody sent")?));
        }
    }
    bench.report.at_most("visitor's key press to an agent's screen p99 ms", latencies.ms(99.0), 100.0);
    let note = format!(
        "{count} messages of {WRITERS} visitors at {RATE} a second, begun on time whatever happens; {} sockets of the team get each. The \
         first line counts from the intended begin of the call to each socket's read, the second to the answer that the visitor gets.",
        socket::SOCKETS
    );
    let mut table = Table::new("Visitor to socket", note, &["", "p50 ms", "p99 ms", "max ms"]);
    for (name, latencies) in [("event read by a screen", &latencies), ("visitor answered", &answered)] {
        table.row(name, [50.0, 99.0, 100.0].map(|p| latencies.ms(p).into()).to_vec());
    }
    bench.report.tables.push(table);
    Ok(())
}

/// Lets the visitors write in turns at the rate, numbered from `from` on, and notes when each message was meant to begin.
async fn say(
    address: SocketAddr,
    channel: &str,
    visitors: &Arc<[Visitor]>,
    from: u64,
    count: usize,
    begins: &Arc<Mutex<Vec<Instant>>>,
) -> anyhow::Result<Latencies> {
    let path = format!("/chat/{channel}/messages");
    open(RATE, count, |number, due| {
        let (visitors, begins, path) = (visitors.clone(), begins.clone(), path.clone());
        async move {
            if let Some(begin) = begins.lock().unwrap_or_else(PoisonError::into_inner).get_mut(number) {
                *begin = due;
            }
            let visitor = visitors.get(number % visitors.len()).context("no visitors")?;
            let message = serde_json::json!({ "id": Uuid::new_v4(), "text": marked(from + number as u64) });
            let body = Bytes::from(message.to_string());
            let said = request(address, Method::POST, &path, Some(&visitor.token), Some(body))?;
            let (status, body) = visitor.connection.lock().await.call(said).await?;
            ensure!(status == StatusCode::CREATED, "a message was answered {status}: {}", String::from_utf8_lossy(&body));
            Ok(())
        }
    })
    .await
}
