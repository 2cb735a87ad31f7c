//! A thin HTTP client: one kept-alive connection each, so that the load costs as little as it can of the cores it shares with MAX.

use std::{net::SocketAddr, sync::Mutex, time::Duration};

use anyhow::{Context as _, bail};
use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, time::timeout};

/// No answer may take longer; a bench that waits for ever tells nothing.
const LIMIT: Duration = Duration::from_secs(30);

/// One connection to MAX.
pub struct Connection {
    sender: SendRequest<Full<Bytes>>,
}

impl Connection {
    /// Connects.
    pub async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        Self::over(timeout(LIMIT, TcpStream::connect(address)).await.context("no connection in time")??).await
    }

    /// Speaks over what is connected already.
    pub async fn over(stream: TcpStream) -> anyhow::Result<Self> {
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // Ends with the sender; whatever breaks shows at the next call.
        tokio::spawn(async move { connection.await.ok() });
        Ok(Self { sender })
    }

    /// Sends a request, returns the status and the whole body.
    pub async fn call(&mut self, request: Request<Full<Bytes>>) -> anyhow::Result<(StatusCode, Bytes)> {
        let exchange = async {
            self.sender.ready().await?;
            let response = self.sender.send_request(request).await?;
            let status = response.status();
            anyhow::Ok((status, response.into_body().collect().await?.to_bytes()))
        };
        timeout(LIMIT, exchange).await.context("no answer in time")?
    }
}

/// A request of the API; `token` signs it, a body makes it JSON.
pub fn request(
    address: SocketAddr,
    method: Method,
    path: &str,
    token: Option<&str>,
    body: Option<Bytes>,
) -> anyhow::Result<Request<Full<Bytes>>> {
    let mut request = Request::builder().method(method).uri(path).header(header::HOST, address.to_string());
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    if body.is_some() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    Ok(request.body(Full::new(body.unwrap_or_default()))?)
}

/// Kept-alive connections for an open load: as many as are needed at once.
pub struct Pool {
    address: SocketAddr,
    idle: Mutex<Vec<Connection>>,
}

impl Pool {
    /// An empty pool.
    pub fn new(address: SocketAddr) -> Self {
        Self { address, idle: Mutex::default() }
    }

    /// Sends over a free connection, or a new one, and insists on a status.
    pub async fn call(&self, request: Request<Full<Bytes>>, expected: StatusCode) -> anyhow::Result<Bytes> {
        let free = self.idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pop();
        let mut connection = match free {
            Some(connection) => connection,
            None => Connection::open(self.address).await?,
        };
        let path = request.uri().path().to_owned();
        let (status, body) = connection.call(request).await.with_context(|| path.clone())?;
        self.idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(connection);
        if status != expected {
            bail!("{path} answered {status}: {}", String::from_utf8_lossy(&body));
        }
        Ok(body)
    }

    /// Where it connects to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}
