//! A Redis of a test's own.

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use kernel::bus::{self, Bus};
use secrecy::SecretString;

use crate::eventually;

/// A Redis server on a Unix socket; gone with this value.
#[derive(Debug)]
pub struct RedisServer {
    folder: PathBuf,
    child: Option<Child>,
}

impl RedisServer {
    /// Starts one and waits until it answers.
    pub async fn start() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("max-redis-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let child = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"])
            .arg(folder.join("redis.sock"))
            .current_dir(&folder)
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is installed");
        let server = Self { folder, child: Some(child) };
        eventually("Redis answers", async || tokio::net::UnixStream::connect(server.folder.join("redis.sock")).await.ok()).await;
        server
    }

    /// A node's bus on it.
    pub async fn bus(&self) -> Arc<dyn Bus> {
        let url: SecretString = format!("unix://{}", self.folder.join("redis.sock").display()).into();
        bus::connect(Some(&url)).await.unwrap()
    }

    /// Kills it, as a crash would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
