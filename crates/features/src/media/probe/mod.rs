//! Looks into files in a process of its own, which may use little memory and time and open nothing: whatever a hostile picture does to the
//! decoder, it does it there. What fails there gives no thumbnail, and no more than that.

mod child;
mod container;
mod picture;

use std::{ffi::OsString, process::Stdio, sync::Arc, time::Duration};

use bytes::Bytes;
pub use child::run as run_child;
use serde::{Deserialize, Serialize};
use tokio::{io::AsyncReadExt, process::Command, sync::Semaphore, time::timeout};

use super::files::Spooled;

/// The most that a child may say: a line of facts and a picture.
const MOST: u64 = 24 * 1024 * 1024;

/// What a look finds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Facts {
    /// In pixels, as it is shown.
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub duration_ms: Option<u64>,
    pub animated: bool,
    /// The type of the picture that follows the facts, if one does.
    pub picture: Option<String>,
}

/// What is wanted of a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    /// Facts, and a small picture.
    Look,
    /// The picture as a JPEG of at most so many bytes.
    Jpeg(u64),
}

/// The program that looks, and how often at once.
#[derive(Debug, Clone)]
pub struct Probe {
    program: Vec<OsString>,
    places: Arc<Semaphore>,
    patience: Duration,
}

impl Probe {
    /// Looks by running `program` with its arguments, which ends up in [`run_child`]. `at_once`: how many run side by side; `patience`: the
    /// longest that each may take.
    pub fn new(program: Vec<OsString>, at_once: usize, patience: Duration) -> Self {
        Self { program, places: Arc::new(Semaphore::new(at_once)), patience }
    }

    /// Looks into a file. `None` where nothing can be said about it.
    pub(super) async fn look(&self, file: &Spooled, task: Task) -> Option<(Facts, Bytes)> {
        let _place = self.places.acquire().await.ok()?;
        match timeout(self.patience, self.ask(file, task)).await {
            Ok(Ok(found)) => Some(found),
            Ok(Err(error)) => {
                tracing::info!(mime = file.mime, size = file.size, %error, "a file could not be looked into");
                None
            }
            Err(_) => {
                tracing::info!(mime = file.mime, size = file.size, "looking into a file took too long and was given up");
                None
            }
        }
    }

    async fn ask(&self, file: &Spooled, task: Task) -> anyhow::Result<(Facts, Bytes)> {
        let (program, arguments) =
            self.program.split_first().ok_or_else(|| anyhow::anyhow!("there is no program to look with"))?;
        let task = match task {
            Task::Look => "look".to_owned(),
            Task::Jpeg(most) => format!("jpeg={most}"),
        };
        // It learns nothing of us: no environment, no files but this one. Its own limits it sets itself, first of all.
        let mut child = Command::new(program)
            .args(arguments)
            .arg(task)
            .env_clear()
            .current_dir("/")
            .stdin(file.handle()?)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let mut said = Vec::new();
        if let Some(out) = child.stdout.take() {
            out.take(MOST).read_to_end(&mut said).await?;
        }
        let status = child.wait().await?;
        anyhow::ensure!(status.success(), "the program ended with {status}");
        let end = said.iter().position(|b| *b == b'\n').ok_or_else(|| anyhow::anyhow!("the program said nothing"))?;
        let facts: Facts = serde_json::from_slice(&said[..end])?;
        let picture = Bytes::from(said).slice(end + 1..);
        anyhow::ensure!(facts.picture.is_none() || !picture.is_empty(), "the program kept the picture for itself");
        Ok((facts, picture))
    }
}
