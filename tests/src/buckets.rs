//! A server of buckets of a test's own, which speaks S3's protocol.

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use crate::{eventually, http};

/// The server's version, as `script/bootstrap --tests` installs it.
const VERSION: &str = "5.2.5";

/// A server with one bucket; gone with this value.
#[derive(Debug)]
pub struct Buckets {
    port: u16,
    child: Child,
}

impl Buckets {
    /// The bucket.
    pub const NAME: &str = "max-files";

    /// Starts one and waits until its bucket is there.
    pub async fn start() -> Self {
        let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let cache = cache.unwrap_or_else(|| PathBuf::from(std::env::var_os("HOME").expect("a home")).join(".cache"));
        let program = cache.join(format!("max-moto-{VERSION}/bin/moto_server"));
        assert!(program.exists(), "{} is missing: run script/bootstrap --tests", program.display());
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Command::new(program)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let buckets = Self { port, child };
        let url = format!("{}/{}", buckets.url(), Self::NAME);
        eventually("the bucket is there", async || {
            let made = http().put(&url).send().await.ok()?;
            made.status().is_success().then_some(())
        })
        .await;
        buckets
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The variables that lead to it.
    pub fn variables(&self) -> Vec<(String, String)> {
        [
            ("AWS_ENDPOINT_URL", self.url().as_str()),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_REGION", "us-east-1"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
    }

    /// Ends it, as a crash would.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Buckets {
    fn drop(&mut self) {
        self.kill();
    }
}
