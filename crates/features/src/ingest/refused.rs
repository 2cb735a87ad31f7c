//! Webhook calls that are not taken. Each is counted in memory, and what has gathered is written once in a while: whoever makes millions of
//! them costs no more than whoever makes one.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use base::Time;
use chrono::{DurationRound, TimeDelta};
use schemars::JsonSchema;
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::store::refused as rows;
use crate::App;

/// How often what has gathered is written.
const EVERY: Duration = Duration::from_secs(2);

/// Why a call was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Why {
    /// It had no signature.
    SignatureMissing,
    /// Its signature is of another secret, or of other bytes.
    SignatureWrong,
    /// It was signed, but too long ago or in the future.
    SignatureStale,
    /// The handshake brought another verify token.
    VerifyToken,
    /// It was signed, and is about an account of which no channel here speaks.
    UnknownAccount,
}

impl Why {
    pub(super) fn name(self) -> &'static str {
        match self {
            Why::SignatureMissing => "signature_missing",
            Why::SignatureWrong => "signature_wrong",
            Why::SignatureStale => "signature_stale",
            Why::VerifyToken => "verify_token",
            Why::UnknownAccount => "unknown_account",
        }
    }
}

/// Calls of one channel that were not taken, for one reason.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Refused {
    /// `signature_missing`, `signature_wrong`, `signature_stale`, `verify_token`, `unknown_account`.
    pub reason: String,
    /// How many in the last 24 hours.
    pub count_24h: i64,
    /// When the last came.
    pub last_at: Time,
}

/// What gathers of a channel, a reason and an hour. There are as many as there are channels, reasons, and hours between two writes.
#[derive(Debug, Clone, Copy)]
struct Some {
    count: i64,
    first: Time,
    last: Time,
}

/// What has gathered on this node.
#[derive(Debug, Default)]
pub(super) struct Tally(Mutex<HashMap<(Uuid, Why, Time), Some>>);

impl Tally {
    /// One more.
    pub(super) fn note(&self, channel_id: Uuid, why: Why, now: Time) {
        let hour = now.duration_trunc(TimeDelta::hours(1)).unwrap_or(now);
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let one = all.entry((channel_id, why, hour)).or_insert(Some { count: 0, first: now, last: now });
        (one.count, one.last) = (one.count.saturating_add(1), one.last.max(now));
    }

    fn take(&self) -> Vec<rows::New> {
        let all = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut new: Vec<_> = all
            .into_iter()
            .map(|((channel_id, why, hour), some)| rows::New {
                channel_id,
                reason: why.name(),
                hour,
                count: some.count,
                first: some.first,
                last: some.last,
            })
            .collect();
        // In one order, so that two nodes cannot deadlock.
        new.sort_by_key(|row| (row.channel_id, row.reason, row.hour));
        new
    }
}

/// Writes what has gathered until stopped, and then once more.
pub async fn keep_refused(app: App, stop: CancellationToken) {
    let mut last = false;
    while !last {
        last = stop.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_none();
        let new = app.ingest.refused().take();
        if new.is_empty() {
            continue;
        }
        let kept = async {
            let mut tx = app.db.begin().await?;
            rows::add(&mut tx, &new).await?;
            tx.commit().await
        };
        if let Err(error) = kept.await {
            let error: sqlx::Error = error;
            // They are a figure for admins, and the log has each.
            tracing::warn!(%error, "webhook calls that were refused could not be counted");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_calls_are_one_row_for_each_reason_and_hour() {
        let (tally, channel) = (Tally::default(), Uuid::from_u128(1));
        let at = |second: i64| chrono::DateTime::from_timestamp(1_800_000_000 + second, 0).unwrap();
        for n in 0..1_000_000 {
            tally.note(channel, Why::SignatureWrong, at(n % 3_600));
        }
        tally.note(channel, Why::SignatureMissing, at(3_600));
        tally.note(channel, Why::SignatureWrong, at(3_600));
        let rows = tally.take();
        assert_eq!(rows.iter().map(|row| row.count).collect::<Vec<_>>(), [1, 1_000_000, 1]);
        assert_eq!((rows[1].first, rows[1].last), (at(0), at(3_599)));
        assert!(tally.take().is_empty());
    }
}
