//! What is done with a file that has arrived: it is scanned, kept and looked into. The same for what customers send and colleagues upload, and
//! safe to repeat.

use base::Time;
use bytes::Bytes;
use chrono::{Datelike, TimeDelta};
use connect::channel::IncomingMedia;
use futures_util::TryStreamExt;
use kernel::db::Tx;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    MediaError, MediaRow, MediaState,
    files::{FilesError, Spooled},
    model::kind_name,
    probe::{Facts, Task},
    scan::Verdict,
    sniff,
    store::{self, Found},
};
use crate::App;

/// How long the scanner is given before it is asked again.
const SCAN_AGAIN: TimeDelta = TimeDelta::seconds(15);
/// What stands behind the key of a file's small picture.
const SMALL: &str = ".small";

/// What became of a file.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// It is there.
    Ready(Settled),
    /// Its bytes are kept, and wait for the scanner.
    Waits(Settled, String),
    /// The scanner found this in it.
    Blocked(String),
    /// It is to be tried again, after this pause.
    Retry(std::time::Duration, serde_json::Value),
    /// It cannot be had.
    Failed(serde_json::Value),
}

/// What was found out about a file.
#[derive(Debug, Clone)]
pub struct Settled(Found);

/// A file that has arrived on this machine.
#[derive(Debug)]
pub struct Arrived(pub(super) Spooled);

impl Arrived {
    /// How many bytes it has.
    pub fn size(&self) -> u64 {
        self.0.size
    }

    /// Its digest, in hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.0.sha256
    }
}

/// Writes down what comes, bit by bit, and no more than may be.
pub async fn obtain(app: &App, mut incoming: IncomingMedia) -> Result<Result<Arrived, FilesError>, connect::net::NetError> {
    let mut spool = match app.media.files.spool(app.media.max_bytes).await {
        Ok(spool) => spool,
        Err(error) => return Ok(Err(error)),
    };
    while let Some(chunk) = incoming.body.chunk().await? {
        if let Err(error) = spool.write(&chunk).await {
            return Ok(Err(error));
        }
    }
    Ok(spool.finish().await.map(Arrived))
}

/// Gets a file back that is kept.
pub(super) async fn recall(app: &App, key: &str) -> Result<Spooled, FilesError> {
    let mut stream = app.media.files.read(key, None).await?;
    let mut spool = app.media.files.spool(u64::MAX).await?;
    while let Some(chunk) = stream.try_next().await? {
        spool.write(&chunk).await?;
    }
    spool.finish().await
}

/// Where a file comes to lie.
pub(super) fn key_of(row_id: Uuid, created_at: Time, sha256: &str) -> String {
    format!("{:04}/{:02}/{row_id}/{sha256}", created_at.year(), created_at.month())
}

/// Deals with a file that has arrived, or, with none, with one whose bytes are kept already. Writes nothing to the database.
pub async fn settle(app: &App, row: &MediaRow, arrived: Option<Arrived>) -> Outcome {
    match process(app, row, arrived.map(|a| a.0)).await {
        Ok(outcome) => outcome,
        Err(error) => {
            tracing::warn!(media_id = %row.id, %error, "a file cannot be kept or had at the moment");
            let words = "There is no room for files at the moment, or they cannot be reached. MAX keeps trying.";
            Outcome::Retry(std::time::Duration::from_secs(15), MediaError::json("store", words))
        }
    }
}

pub(super) async fn process(app: &App, row: &MediaRow, arrived: Option<Spooled>) -> Result<Outcome, FilesError> {
    let kept = arrived.is_none();
    let file = match (arrived, row.storage_key.as_deref()) {
        (Some(file), _) => file,
        (None, Some(key)) => recall(app, key).await?,
        (None, None) => return Err(FilesError::Gone),
    };
    let kind = if row.origin == "inbound" { sniff::honest_kind(row.kind(), file.mime) } else { row.kind() };
    let mime = sniff::mime_as(kind, file.mime);
    let key = row.storage_key.clone().unwrap_or_else(|| key_of(row.id, row.created_at, &file.sha256));
    let mut found = Found {
        kind: kind_name(kind),
        mime_type: mime,
        size: i64::try_from(file.size).unwrap_or(i64::MAX),
        sha256: file.sha256.clone(),
        storage_key: key.clone(),
        animated: row.animated,
        ..Found::default()
    };
    let scanned = match &app.media.scanner {
        Some(scanner) => scanner.scan(&file).await,
        None => Ok(Verdict::Clean),
    };
    if let Ok(Verdict::Found(name)) = scanned {
        tracing::warn!(media_id = %row.id, name, "the virus scanner found something in a file");
        return Ok(Outcome::Blocked(name));
    }
    if !kept {
        app.media.files.put(&key, &file).await?;
    }
    if let Err(why) = scanned {
        tracing::warn!(media_id = %row.id, error = why, "the virus scanner does not say whether a file is clean; the file waits");
        return Ok(Outcome::Waits(Settled(found), why));
    }
    if let Some((facts, small)) = app.media.probe.look(&file, Task::Look).await {
        take_facts(&mut found, &facts);
        if facts.picture.is_some() && !small.is_empty() {
            found.thumbnail_key = keep_small(app, &key, small).await;
        }
    }
    Ok(Outcome::Ready(Settled(found)))
}

fn take_facts(found: &mut Found, facts: &Facts) {
    let number = |n: u32| i32::try_from(n).ok();
    found.width = facts.width.and_then(number);
    found.height = facts.height.and_then(number);
    found.duration_ms = facts.duration_ms.and_then(|ms| i64::try_from(ms).ok());
    found.animated |= facts.animated;
}

/// A small picture that cannot be kept is none.
async fn keep_small(app: &App, key: &str, small: Bytes) -> Option<String> {
    let key = format!("{key}{SMALL}");
    match app.media.files.put_bytes(&key, small).await {
        Ok(()) => Some(key),
        Err(error) => {
            tracing::warn!(%error, "a small picture cannot be kept");
            None
        }
    }
}

/// Writes down what became of a file. The caller holds the lock of its conversation, if it has one. Answers whether it looks different now.
pub(super) async fn record(app: &App, tx: &mut Tx, row: &MediaRow, outcome: &Outcome) -> Result<bool, sqlx::Error> {
    let now = app.now();
    match outcome {
        Outcome::Ready(Settled(found)) => store::set_ready(tx, row.id, found, now).await,
        Outcome::Waits(Settled(found), _) => {
            let words = "The virus scanner does not answer. The file is there as soon as it does.";
            store::set_waiting(tx, row.id, found, now + SCAN_AGAIN, &MediaError::json("not_scanned", words)).await?;
            tx.wake(super::PENDING);
            Ok(row.error.as_ref().is_none_or(|e| e["code"] != "not_scanned"))
        }
        Outcome::Blocked(name) => {
            let words = format!("The virus scanner found {name} in this file, so it was not kept.");
            store::set_lost(tx, row.id, MediaState::Blocked.as_str(), &MediaError::json("virus", words), now).await
        }
        Outcome::Retry(pause, error) => {
            let at = now + TimeDelta::from_std(*pause).unwrap_or(SCAN_AGAIN);
            store::set_retry(tx, row.id, at, error).await?;
            Ok(false)
        }
        Outcome::Failed(error) => store::set_lost(tx, row.id, MediaState::Failed.as_str(), error, now).await,
    }
}

impl Outcome {
    /// Writes it down. The caller holds the lock of the file's conversation, if it has one. `true`: the file looks different now.
    pub async fn record(&self, app: &App, tx: &mut Tx, row: &MediaRow) -> Result<bool, sqlx::Error> {
        record(app, tx, row, self).await
    }
}

/// Takes what is due to be fetched of a channel, or, without one, what the scanner is to be asked about; whoever takes it has it until the
/// lease ends.
pub async fn claim(app: &App, channel_id: Option<Uuid>, limit: i64, lease: TimeDelta) -> Result<Vec<MediaRow>, sqlx::Error> {
    let mut tx = app.db.begin().await?;
    let rows = match channel_id {
        Some(channel_id) => store::claim_of(&mut tx, channel_id, limit, app.now(), app.now() + lease).await?,
        None => store::claim_kept(&mut tx, limit, app.now(), app.now() + lease).await?,
    };
    tx.commit().await?;
    Ok(rows)
}

/// Says that what was taken is still being dealt with.
pub async fn keep(app: &App, ids: &[Uuid], lease: TimeDelta) -> Result<(), sqlx::Error> {
    if ids.is_empty() {
        return Ok(());
    }
    let mut tx = app.db.begin().await?;
    store::keep(&mut tx, ids, app.now() + lease).await?;
    tx.commit().await
}

/// Gives back what was taken and not dealt with: somebody else may take it at once.
pub async fn give_back(app: &App, ids: &[Uuid]) -> Result<(), sqlx::Error> {
    let mut tx = app.db.begin().await?;
    store::give_back(&mut tx, ids, app.now()).await?;
    tx.wake(super::PENDING);
    tx.commit().await
}

/// The files of these messages, which were just stored, are fetched from then on only.
pub async fn later(tx: &mut Tx, messages: &[(Uuid, Time)]) -> Result<(), sqlx::Error> {
    if messages.is_empty() { Ok(()) } else { store::postpone(tx, messages).await }
}

/// When the first file of each channel is due, and, without a channel, the first that waits for the scanner.
pub async fn due(conn: &mut PgConnection) -> Result<Vec<(Option<Uuid>, Time)>, sqlx::Error> {
    store::due(conn).await
}

/// Begins anew with a file that could not be fetched. `false`: there is nothing to try again.
pub async fn again(app: &App, tx: &mut Tx, id: Uuid) -> Result<bool, sqlx::Error> {
    let again = store::set_again(tx, id, app.now()).await?;
    if again {
        tx.wake(super::PENDING);
    }
    Ok(again)
}
