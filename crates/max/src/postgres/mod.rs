//! The private PostgreSQL: found, created, started, watched over and stopped by MAX, reachable through a Unix socket in a
//! private folder only. It survives the death of MAX, of itself, and of both at once; docs/operations/postgresql.md tells
//! how it lies on disk.

mod binaries;
mod durability;
mod error;
mod process;
mod site;
mod tuning;

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use nix::sys::signal::Signal;
use sqlx::{
    ConnectOptions as _, Connection as _, Executor as _, PgConnection,
    postgres::{PgConnectOptions, PgSslMode},
};
use tokio::{
    sync::{oneshot, watch},
    task::JoinHandle,
    time::{sleep, timeout},
};

pub use binaries::Binaries;
pub use durability::{Durability, DurabilityError, check_durability};
pub use error::{StartError, StopError};

use process::{Adopted, Keeper, Server, is_postmaster};
use site::Site;

/// The oldest major version of PostgreSQL that MAX works with.
pub const OLDEST_MAJOR: u32 = 15;

/// Part of the socket's name; nothing listens on the network.
const PORT: u16 = 5432;
const USER: &str = "max";
const DATABASE: &str = "max";

/// How long a server may take until it takes connections: after a crash it first reads its log again.
const START_LIMIT: Duration = Duration::from_mins(15);
/// How long a start is repeated while an earlier server's remains are in its way: a process that was killed may show
/// for a while, and its memory is freed by its last child.
const REMAINS_LIMIT: Duration = Duration::from_secs(20);
const LOG_DELAY: Duration = Duration::from_millis(150);
/// How long a server may take to end its sessions and write everything down.
const STOP_LIMIT: Duration = Duration::from_secs(20);
/// How long it may take to just end.
const QUIT_LIMIT: Duration = Duration::from_secs(10);
/// How long one attempt to connect may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// The longest wait between two attempts to bring a dead server back.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// A server that ran this long was well; its next restart is immediate.
const WELL_AFTER: Duration = Duration::from_mins(1);

/// The private database of one data directory, running. It is restarted when it dies; `stop` ends it cleanly, and
/// dropping asks it to end.
#[derive(Debug)]
pub struct Managed {
    url: String,
    state: watch::Receiver<State>,
    /// Sending, like dropping, tells the watch to stop the server.
    stop: oneshot::Sender<()>,
    watch: JoinHandle<Result<(), StopError>>,
}

/// How the private database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It takes connections.
    Running {
        /// The server's process.
        pid: u32,
    },
    /// It died, and is being brought back.
    Down {
        /// Why, in words.
        why: String,
    },
    /// It was stopped.
    Stopped,
}

impl Managed {
    /// Takes possession of the data directory (made if absent), creates the database on the first start, and starts it
    /// or adopts the server that is running on it. Ready to use when this returns.
    ///
    /// # Errors
    /// When another MAX owns the directory, no fitting PostgreSQL is installed, or the server does not start; each says
    /// what to do.
    pub async fn start(data_dir: &Path) -> Result<Self, StartError> {
        let data_dir = data_dir.to_owned();
        let failed = |error: tokio::task::JoinError| StartError::io("preparing", "the private database")(error.into());
        let site = tokio::task::spawn_blocking(move || Site::prepare(&data_dir)).await.map_err(failed)??;
        let site = Arc::new(site);
        let keeper = Keeper::start().map_err(StartError::io("starting", "a thread"))?;
        let server = launch(&site, &keeper).await?;
        create_database(&site).await?;
        let url = url(&site.socket_dir, PORT);
        let (tell, state) = watch::channel(State::Running { pid: server.pid() });
        let (stop, stopped) = oneshot::channel();
        let watch = tokio::spawn(watch_over(site, keeper, server, tell, stopped));
        Ok(Self { url, state, stop, watch })
    }

    /// Where the database is: `postgres://max@localhost:5432/max?host=<folder of the socket>`, for sqlx and psql alike.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// The server's process, while it runs.
    pub fn pid(&self) -> Option<u32> {
        match *self.state.borrow() {
            State::Running { pid } => Some(pid),
            State::Down { .. } | State::Stopped => None,
        }
    }

    /// Tells of every death and return of the server. Pools reconnect by themselves.
    pub fn state(&self) -> watch::Receiver<State> {
        self.state.clone()
    }

    /// Ends the server: sessions are cut, everything is written down; then the data directory is free again. Takes at most
    /// 30 seconds.
    ///
    /// # Errors
    /// When the server does not end.
    pub async fn stop(self) -> Result<(), StopError> {
        self.stop.send(()).ok();
        self.watch.await?
    }
}

/// The process and the address of the server that is running on a data directory's private database, whoever watches
/// over it.
pub fn running(data_dir: &Path) -> Option<(u32, String)> {
    let cluster = std::fs::canonicalize(data_dir.join("pg")).ok()?;
    let claim = site::pid_file(&cluster)?;
    let (port, socket_dir) = claim.place?;
    is_postmaster(claim.pid, &cluster).then(|| (claim.pid.as_raw().cast_unsigned(), url(&socket_dir, port)))
}

/// The PostgreSQL that a start on this data directory would use.
///
/// # Errors
/// When none fits; says what to install.
pub fn installed(data_dir: &Path) -> Result<Binaries, StartError> {
    Binaries::find(&data_dir.join("pg"))
}

/// Adopts the server that runs on the cluster, or starts one; returns when it takes connections.
async fn launch(site: &Arc<Site>, keeper: &Keeper) -> Result<Server, StartError> {
    let begun = Instant::now();
    loop {
        if let Some(server) = adopt(site).await? {
            tracing::info!(pid = server.pid(), "adopted the private database that was running already");
            return Ok(server);
        }
        let command = site.server()?;
        let mut server = keeper.spawn(command).await.map_err(StartError::io("starting", "postgres"))?;
        let how = tokio::select! {
            how = server.ended() => how,
            ready = until_ready(site) => {
                ready?;
                tracing::info!(pid = server.pid(), took_ms = begun.elapsed().as_millis(), "the private database is ready");
                return Ok(server);
            }
        };
        // Its log is written by a process of its own, which is a moment behind.
        sleep(LOG_DELAY).await;
        let said = site.last_words(server.pid());
        let in_the_way = said.contains("lock file") || said.contains("pre-existing shared memory");
        if !in_the_way || begun.elapsed() > REMAINS_LIMIT {
            return Err(StartError::Failed { how, said, log_dir: site.log_dir.clone() });
        }
    }
}

/// The server that is running on the cluster and stays. One that is shutting down is waited for; one that listens
/// elsewhere or does not answer is stopped. A claim without a server behind it is removed.
async fn adopt(site: &Site) -> Result<Option<Server>, StartError> {
    let begun = Instant::now();
    let mut told_to_stop = false;
    while let Some(claim) = site.pid_file() {
        if !is_postmaster(claim.pid, &site.cluster) {
            if process::exists(claim.pid) {
                tracing::warn!(pid = claim.pid.as_raw(), "removed a stale claim on the database that names a foreign process");
                site.remove_claim()?;
            }
            break;
        }
        let waited = begun.elapsed();
        let elsewhere = claim.place.as_ref().is_some_and(|(port, folder)| *port != PORT || *folder != site.socket_dir);
        let silent = claim.ready && waited > REMAINS_LIMIT;
        let last = match connect(site, "postgres").await {
            Ok(connection) if !elsewhere => {
                connection.close().await.ok();
                return Ok(Some(Server::Adopted(Adopted { pid: claim.pid, cluster: site.cluster.clone() })));
            }
            Ok(_) => "it listens elsewhere".to_owned(),
            Err(error) => error.to_string(),
        };
        if (elsewhere || silent) && !told_to_stop {
            told_to_stop = true;
            tracing::warn!(pid = claim.pid.as_raw(), %last, "a server runs on the private database out of reach: stopping it");
            process::signal_postmaster(claim.pid, &site.cluster, Signal::SIGINT);
        }
        if waited > START_LIMIT {
            return Err(StartError::NotReady { after: waited, last, log_dir: site.log_dir.clone() });
        }
        sleep(pause_after(waited)).await;
    }
    site.remove_socket_claim()?;
    Ok(None)
}

/// Waits until a connection works.
async fn until_ready(site: &Site) -> Result<(), StartError> {
    let begun = Instant::now();
    let mut next_word = Duration::from_secs(10);
    loop {
        let last = match connect(site, "postgres").await {
            Ok(connection) => {
                connection.close().await.ok();
                return Ok(());
            }
            Err(error) => error.to_string(),
        };
        let waited = begun.elapsed();
        if waited > START_LIMIT {
            return Err(StartError::NotReady { after: waited, last, log_dir: site.log_dir.clone() });
        }
        if waited > next_word {
            next_word += Duration::from_secs(10);
            tracing::info!(waited_s = waited.as_secs(), %last, "the private database is still starting");
        }
        sleep(pause_after(waited)).await;
    }
}

/// Eager at first; a server that recovers from a crash logs every attempt, so then seldom.
fn pause_after(waited: Duration) -> Duration {
    Duration::from_millis(if waited < Duration::from_secs(1) { 10 } else { 250 })
}

/// A connection over our socket, whatever the `PG*` variables of the environment say.
async fn connect(site: &Site, database: &str) -> Result<PgConnection, sqlx::Error> {
    let options = PgConnectOptions::new_without_pgpass()
        .socket(&site.socket_dir)
        .port(PORT)
        .username(USER)
        .database(database)
        .ssl_mode(PgSslMode::Disable)
        .disable_statement_logging();
    let too_long = |_| sqlx::Error::Io(std::io::ErrorKind::TimedOut.into());
    timeout(CONNECT_LIMIT, options.connect()).await.map_err(too_long)?
}

async fn create_database(site: &Site) -> Result<(), StartError> {
    let mut connection = connect(site, "postgres").await?;
    if connection.fetch_optional("select 1 from pg_database where datname = 'max'").await?.is_none() {
        connection.execute("create database max").await?;
    }
    connection.close().await?;
    Ok(())
}

/// Brings the server back whenever it dies, until told to stop.
async fn watch_over(
    site: Arc<Site>,
    keeper: Keeper,
    mut server: Server,
    tell: watch::Sender<State>,
    mut stop: oneshot::Receiver<()>,
) -> Result<(), StopError> {
    let mut pause = Duration::ZERO;
    let result = loop {
        let since = Instant::now();
        let how = tokio::select! {
            _ = &mut stop => break shut_down(server).await,
            how = server.ended() => how,
        };
        tracing::error!(pid = server.pid(), %how, "the private database died; restarting it");
        tell.send_replace(State::Down { why: how });
        if since.elapsed() > WELL_AFTER {
            pause = Duration::ZERO;
        }
        let back = async {
            loop {
                sleep(pause).await;
                pause = (pause * 2).clamp(Duration::from_millis(100), LONGEST_PAUSE);
                match launch(&site, &keeper).await {
                    Ok(server) => break server,
                    Err(error) => {
                        tracing::error!(%error, "the private database does not come back; trying again");
                        tell.send_replace(State::Down { why: error.to_string() });
                    }
                }
            }
        };
        server = tokio::select! {
            _ = &mut stop => break Ok(()),
            back = back => back,
        };
        tell.send_replace(State::Running { pid: server.pid() });
    };
    tell.send_replace(State::Stopped);
    if let Some(site) = Arc::into_inner(site) {
        site.release();
    }
    result
}

/// Fast first (sessions are cut, everything is written down), then immediate (recovery at the next start).
async fn shut_down(mut server: Server) -> Result<(), StopError> {
    for (signal, limit) in [(Signal::SIGINT, STOP_LIMIT), (Signal::SIGQUIT, QUIT_LIMIT)] {
        server.signal(signal);
        if timeout(limit, server.ended()).await.is_ok() {
            tracing::info!("the private database has stopped");
            return Ok(());
        }
        tracing::warn!(pid = server.pid(), ?signal, "the private database did not stop in time");
    }
    Err(StopError::Stuck { pid: server.pid() })
}

/// libpq and sqlx both read `host` as a socket's folder when it begins with a slash; TLS over it would be for nothing.
fn url(socket_dir: &Path, port: u16) -> String {
    let mut host = String::new();
    for byte in socket_dir.as_os_str().as_encoded_bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => host.push(char::from(*byte)),
            other => host.push_str(&format!("%{other:02X}")),
        }
    }
    format!("postgres://{USER}@localhost:{port}/{DATABASE}?host={host}&sslmode=disable")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_survives_odd_folders() {
        let url = url(Path::new("/data/a b+c/pg-run"), PORT);
        assert_eq!(url, "postgres://max@localhost:5432/max?host=/data/a%20b%2Bc/pg-run&sslmode=disable");
        let options: PgConnectOptions = url.parse().unwrap();
        assert_eq!(options.get_socket().map(std::path::PathBuf::as_path), Some(Path::new("/data/a b+c/pg-run")));
    }
}
