//! The accept loop against slow, greedy and well-behaved clients. Time-outs are short here; nothing is asserted about exact times.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

use std::{net::SocketAddr, time::Duration};

use axum::{
    Router,
    body::Bytes,
    extract::{ConnectInfo, WebSocketUpgrade, ws::Message},
    response::Response,
    routing::{get, post},
};
use futures_util::{SinkExt, StreamExt, future::join_all};
use kernel::http::serve::{Drained, ServeOptions, serve};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};
use tokio_tungstenite::tungstenite;
use tokio_util::sync::CancellationToken;

const PATIENCE: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(200);
const LONG: Duration = Duration::from_secs(120);

struct TestServer {
    address: SocketAddr,
    shutdown: CancellationToken,
    serving: JoinHandle<Drained>,
}

fn router() -> Router {
    Router::new()
        .route("/", get(async || "hello"))
        .route("/peer", get(async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.ip().to_string()))
        .route("/length", post(async |body: Bytes| body.len().to_string()))
        .route("/slow", get(async || sleep(Duration::from_millis(600)).await))
        .route("/never", get(async || std::future::pending::<()>().await))
        .route("/panic", get(async || -> () { panic!("a bug in a handler") }))
        .route("/large", get(async || Bytes::from(vec![b'x'; 32 * 1024 * 1024])))
        .route("/socket", get(socket))
}

async fn socket(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async |mut socket| {
        while let Some(Ok(message)) = socket.recv().await {
            if let Message::Text(text) = message
                && socket.send(Message::Text(text)).await.is_err()
            {
                break;
            }
        }
    })
}

fn patient() -> ServeOptions {
    ServeOptions { header_timeout: LONG, idle_timeout: LONG, body_timeout: LONG, ..ServeOptions::default() }
}

impl TestServer {
    async fn start(options: ServeOptions) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let serving = tokio::spawn(serve(listener, router(), options, shutdown.clone()));
        Self { address, shutdown, serving }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends and reads until the server closes.
    async fn send(&self, text: &str) -> String {
        let mut stream = self.connect().await;
        stream.write_all(text.as_bytes()).await.unwrap();
        read_all(&mut stream).await
    }

    async fn get(&self, path: &str) -> String {
        self.send(&format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")).await
    }

    async fn stop(self) -> Drained {
        self.shutdown.cancel();
        timeout(PATIENCE, self.serving).await.expect("it stops").unwrap()
    }
}

/// Everything until the end, which must come.
async fn read_all(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let ended = timeout(PATIENCE, stream.read_to_end(&mut bytes)).await;
    assert!(ended.is_ok(), "still open after {PATIENCE:?}: {}", String::from_utf8_lossy(&bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn read_some(stream: &mut TcpStream) -> String {
    let mut buffer = vec![0; 4096];
    let length = timeout(PATIENCE, stream.read(&mut buffer)).await.unwrap().unwrap();
    String::from_utf8_lossy(&buffer[..length]).into_owned()
}

/// Writes a byte at a time until the server closes.
async fn dribble(stream: TcpStream, text: &'static str) {
    let (mut read, mut write) = stream.into_split();
    let writing = tokio::spawn(async move {
        for byte in text.bytes().chain(std::iter::repeat(b'x')) {
            if write.write_all(&[byte]).await.is_err() {
                break;
            }
            sleep(Duration::from_millis(20)).await;
        }
    });
    let mut bytes = Vec::new();
    let closed = timeout(PATIENCE, read.read_to_end(&mut bytes)).await;
    writing.abort();
    assert!(closed.is_ok(), "still open after {PATIENCE:?}");
}

#[tokio::test]
async fn ordinary_requests_are_served() {
    let server = TestServer::start(ServeOptions::default()).await;
    assert!(server.get("/").await.ends_with("\r\n\r\nhello"));
    assert!(server.get("/peer").await.ends_with("127.0.0.1"));
    let answer = server.send("POST /length HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 3\r\n\r\nabc").await;
    assert!(answer.ends_with("\r\n\r\n3"), "{answer}");
    assert_eq!(server.get("/large").await.split_once("\r\n\r\n").unwrap().1.len(), 32 * 1024 * 1024);
    server.get("/panic").await;
    assert!(server.get("/").await.ends_with("hello"), "a panic ends its own connection only");
    assert_eq!(server.stop().await.aborted, 0);
}

#[tokio::test]
async fn slow_heads_are_cut() {
    let server = TestServer::start(ServeOptions { header_timeout: SHORT, ..patient() }).await;
    dribble(server.connect().await, "GET / HTTP/1.1\r\nhost: x\r\nx-slow: ").await;
    dribble(server.connect().await, "PRI * HTTP/2.0\r\n").await;
    read_all(&mut server.connect().await).await;

    // Also the second head of a kept-alive connection, which may idle before it begins.
    let mut kept = server.connect().await;
    kept.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    assert!(read_some(&mut kept).await.ends_with("hello"));
    sleep(SHORT * 3).await;
    kept.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    assert!(read_some(&mut kept).await.ends_with("hello"), "idling is no slowness");
    dribble(kept, "GET / HTTP/1.1\r\nhost: x\r\nx-slow: ").await;

    // A handler may take its time.
    assert!(server.get("/slow").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn idle_connections_are_cut() {
    let server = TestServer::start(ServeOptions { idle_timeout: SHORT, ..patient() }).await;
    let mut kept = server.connect().await;
    kept.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    assert!(read_all(&mut kept).await.ends_with("hello"));

    // A client that asks for much and reads nothing.
    let mut greedy = server.connect().await;
    greedy.write_all(b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    sleep(SHORT * 10).await;
    let mut bytes = Vec::new();
    let _ = timeout(PATIENCE, greedy.read_to_end(&mut bytes)).await.expect("an end");
    assert!(bytes.len() < 32 * 1024 * 1024, "the answer was cut off");
}

#[tokio::test]
async fn slow_bodies_are_cut() {
    let server = TestServer::start(ServeOptions { body_timeout: SHORT, ..patient() }).await;
    let answer = server.send("POST /length HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nabc").await;
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");

    // Slow but steady is fine.
    let mut steady = server.connect().await;
    steady.write_all(b"POST /length HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 20\r\n\r\n").await.unwrap();
    for _ in 0..20 {
        sleep(SHORT / 10).await;
        steady.write_all(b"x").await.unwrap();
    }
    assert!(read_all(&mut steady).await.ends_with("\r\n\r\n20"));
}

#[tokio::test]
async fn oversized_heads_are_refused() {
    let server = TestServer::start(patient()).await;
    let many = (0..100).map(|number| format!("x-{number}: y\r\n")).collect::<String>();
    let answer = server.send(&format!("GET / HTTP/1.1\r\nhost: x\r\n{many}\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    let long = format!("GET / HTTP/1.1\r\nhost: x\r\nx-long: {}", "y".repeat(16 * 1024));
    let answer = server.send(&long).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    assert!(server.get("/").await.ends_with("hello"));
}

#[tokio::test]
async fn draining_finishes_what_runs_and_takes_nothing_new() {
    let server = TestServer::start(patient()).await;
    let mut idle = server.connect().await;
    idle.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    read_some(&mut idle).await;
    let mut running = server.connect().await;
    running.write_all(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    sleep(Duration::from_millis(100)).await;
    let address = server.address;
    server.shutdown.cancel();
    read_all(&mut idle).await;
    let refused = TcpStream::connect(address);
    assert!(timeout(PATIENCE, refused).await.unwrap().is_err());
    assert!(read_all(&mut running).await.starts_with("HTTP/1.1 200"));
    let drained = server.stop().await;
    assert!(drained.aborted == 0 && drained.finished >= 1, "{drained:?}");
}

#[tokio::test]
async fn draining_ends() {
    let server = TestServer::start(ServeOptions { drain: SHORT, ..patient() }).await;
    let mut running = server.connect().await;
    running.write_all(b"GET /never HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let (mut socket, _) = tokio_tungstenite::connect_async(format!("ws://{}/socket", server.address)).await.unwrap();
    sleep(Duration::from_millis(100)).await;
    assert_eq!(server.stop().await, Drained { finished: 0, aborted: 2 });
    read_all(&mut running).await;
    assert!(timeout(PATIENCE, socket.next()).await.unwrap().is_none_or(|end| end.is_err()));
}

#[tokio::test]
async fn sockets_work_live_on_traffic_and_die_of_silence() {
    let options = ServeOptions { idle_timeout: Duration::from_secs(1), header_timeout: SHORT, ..patient() };
    let server = TestServer::start(options).await;
    let (mut socket, _) = tokio_tungstenite::connect_async(format!("ws://{}/socket", server.address)).await.unwrap();
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(2) {
        socket.send(tungstenite::Message::text("hello")).await.unwrap();
        assert_eq!(timeout(PATIENCE, socket.next()).await.unwrap().unwrap().unwrap().to_text().unwrap(), "hello");
        sleep(Duration::from_millis(100)).await;
    }
    assert!(timeout(PATIENCE, socket.next()).await.expect("cut").is_none_or(|end| end.is_err()));
    assert_eq!(server.stop().await, Drained { finished: 0, aborted: 0 });
}

/// Frames by hand, for a well-behaved library would not do this.
#[tokio::test]
async fn http2_is_served_and_pings_keep_no_idle_connection() {
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
    const GET_ROOT: &[u8] = &[0, 0, 6, 1, 5, 0, 0, 0, 1, 0x82, 0x84, 0x86, 0x41, 1, b'x'];
    const PING: &[u8] = &[0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];
    let server = TestServer::start(ServeOptions { idle_timeout: SHORT * 2, ..patient() }).await;
    let (mut read, mut write) = server.connect().await.into_split();
    write.write_all(&[PREFACE, SETTINGS, GET_ROOT].concat()).await.unwrap();
    let pinging = tokio::spawn(async move {
        while write.write_all(PING).await.is_ok() {
            sleep(SHORT / 2).await;
        }
    });
    let mut bytes = Vec::new();
    let _ = timeout(PATIENCE, read.read_to_end(&mut bytes)).await.expect("cut");
    pinging.abort();
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("hello"), "{bytes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_connections_leave_nothing_behind() {
    let server = TestServer::start(ServeOptions { max_connections: 60, ..patient() }).await;
    for round in 0..100 {
        let calls = (0..50).map(|number| {
            let server = &server;
            async move {
                if number % 2 == 0 {
                    drop(server.connect().await);
                } else {
                    server.get("/").await;
                }
            }
        });
        join_all(calls).await;
        // Those that only connected leave their places a moment later.
        let begun = Instant::now();
        while !server.get("/").await.ends_with("hello") {
            assert!(begun.elapsed() < PATIENCE, "no place left after round {round}");
        }
    }
    let mut kept = Vec::new();
    let begun = Instant::now();
    while kept.len() < 60 {
        let mut stream = server.connect().await;
        let _ = stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
        let mut buffer = [0; 12];
        match timeout(PATIENCE, stream.read_exact(&mut buffer)).await.unwrap() {
            Ok(_) if &buffer == b"HTTP/1.1 200" => kept.push(stream),
            _ => assert!(begun.elapsed() < PATIENCE, "only {} of 60 places", kept.len()),
        }
    }
    let mut one_more = server.connect().await;
    assert!(read_all(&mut one_more).await.starts_with("HTTP/1.1 503"));
    kept.clear();
    assert_eq!(server.stop().await.aborted, 0);
}

#[tokio::test]
async fn one_address_gets_its_share_only() {
    let server = TestServer::start(ServeOptions { max_per_address: 2, ..patient() }).await;
    let (first, _second) = (server.connect().await, server.connect().await);
    assert!(read_all(&mut server.connect().await).await.starts_with("HTTP/1.1 503"));
    drop(first);
    let begun = Instant::now();
    while !server.get("/").await.ends_with("hello") {
        assert!(begun.elapsed() < PATIENCE);
    }
}
