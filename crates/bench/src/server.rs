//! MAX as an operator runs it: the built program as a child process, with a data directory and so a database of its own.

use std::{
    fs::{self, File},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use http::{Method, StatusCode};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use sqlx::{
    ConnectOptions as _, PgConnection,
    postgres::{PgConnectOptions, PgSslMode},
};
use tokio::{
    io::AsyncWriteExt as _,
    process::{Child, Command},
    time::{sleep, timeout},
};

use crate::client::{Connection, request};

/// How long a start or a stop may take.
const LIMIT: Duration = Duration::from_secs(120);

/// A MAX and its data directory.
pub struct Server {
    program: PathBuf,
    data_dir: PathBuf,
    address: SocketAddr,
    child: Option<Child>,
}

impl Server {
    /// A MAX that is not running yet, with a fresh data directory inside `folder`.
    pub fn new(program: &Path, folder: &Path) -> anyhow::Result<Self> {
        let data_dir = folder.join("data");
        fs::create_dir_all(&data_dir)?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        Ok(Self { program: program.to_owned(), data_dir, address, child: None })
    }

    /// Where it serves.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The process.
    pub fn pid(&self) -> anyhow::Result<u32> {
        self.child.as_ref().and_then(Child::id).context("MAX is not running")
    }

    /// What it would be started with: nothing of the caller's own settings reaches it, all else is as delivered.
    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(&self.data_dir).kill_on_drop(true);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("MAX_") && name != "MAX_POSTGRES_BIN" {
                command.env_remove(name);
            }
        }
        command.env("MAX_DATA_DIR", &self.data_dir).env("MAX_LISTEN", self.address.to_string());
        // The fake provider is on this machine.
        command.env("MAX_NET_ALLOW", "127.0.0.0/8");
        command
    }

    /// Starts it and returns how long it took until it said that it is ready.
    pub async fn start(&mut self) -> anyhow::Result<Duration> {
        let log_path = self.data_dir.join("max.log");
        let log = File::options().create(true).append(true).open(&log_path)?;
        let begun = Instant::now();
        let mut child = self.command().arg("serve").stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()?;
        loop {
            if let Some(status) = child.try_wait()? {
                let said = fs::read_to_string(&log_path).unwrap_or_default();
                let last: Vec<&str> = said.lines().rev().take(5).collect();
                bail!("MAX ended ({status}) instead of starting:\n{}", last.join("\n"));
            }
            if self.is_ready().await {
                self.child = Some(child);
                return Ok(begun.elapsed());
            }
            if begun.elapsed() > LIMIT {
                bail!("MAX is not ready after {} s; its log is {}", LIMIT.as_secs(), log_path.display());
            }
            sleep(Duration::from_millis(2)).await;
        }
    }

    async fn is_ready(&self) -> bool {
        let answer = async {
            let mut connection = Connection::open(self.address).await?;
            connection.call(request(self.address, Method::GET, "/readyz", None, None)?).await
        };
        matches!(answer.await, Ok((StatusCode::OK, _)))
    }

    /// Stops it politely, its database with it.
    pub async fn stop(&mut self) -> anyhow::Result<()> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        if let Some(pid) = child.id().and_then(|pid| i32::try_from(pid).ok()) {
            kill(Pid::from_raw(pid), Signal::SIGTERM)?;
        }
        let status = timeout(LIMIT, child.wait()).await.context("MAX does not stop")??;
        if !status.success() {
            bail!("MAX stopped badly: {status}");
        }
        Ok(())
    }

    /// Removes everything it kept.
    pub fn remove(&self) -> anyhow::Result<()> {
        // As root, the cluster may lie in the system's folder, because PostgreSQL's user cannot reach ours.
        if let Ok(cluster) = fs::read_link(self.data_dir.join("pg"))
            && let Some(home) = cluster.parent()
        {
            fs::remove_dir_all(home)?;
        }
        Ok(fs::remove_dir_all(&self.data_dir)?)
    }

    /// Creates a user as an operator does.
    pub async fn create_user(&self, email: &str, name: &str, role: &str, password: &str) -> anyhow::Result<()> {
        let mut command = self.command();
        command.args(["admin", "create-user", "--email", email, "--name", name, "--role", role]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(password.as_bytes()).await?;
        }
        let output = child.wait_with_output().await?;
        if !output.status.success() {
            bail!("user {email} could not be created: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(())
    }

    /// Adds lines to the database's own configuration, from the next start on; empty takes them back.
    pub fn configure_database(&self, lines: &str) -> anyhow::Result<()> {
        Ok(fs::write(self.data_dir.join("postgres.conf"), lines)?)
    }

    /// The database server's process, its port, and the folder of its socket.
    pub fn postgres(&self) -> anyhow::Result<(u32, u16, PathBuf)> {
        let path = self.data_dir.join("pg/postmaster.pid");
        let text = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let (Some(pid), Some(port), Some(socket)) = (lines.first(), lines.get(3), lines.get(4)) else {
            bail!("{} is not whole", path.display());
        };
        Ok((pid.parse()?, port.parse()?, PathBuf::from(socket)))
    }

    /// The folder in which the cluster lies: where its disk promises.
    pub fn home(&self) -> anyhow::Result<PathBuf> {
        let cluster = fs::canonicalize(self.data_dir.join("pg"))?;
        Ok(cluster.parent().map_or_else(|| self.data_dir.clone(), Path::to_owned))
    }

    /// A connection to one of its databases, beside MAX's own.
    pub async fn database(&self, name: &str) -> anyhow::Result<PgConnection> {
        let (_, port, socket) = self.postgres()?;
        let options = PgConnectOptions::new_without_pgpass().socket(&socket).port(port).username("max").database(name);
        Ok(options.ssl_mode(PgSslMode::Disable).disable_statement_logging().connect().await?)
    }
}
