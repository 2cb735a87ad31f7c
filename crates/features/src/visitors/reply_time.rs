//! How long an answer usually takes: the median of the first answers of the last days on a channel, put roughly.

use std::time::Duration;

use chrono::TimeDelta;
use moka::future::Cache;
use uuid::Uuid;

use crate::{App, conversations, messages};

/// How far back it is looked.
const DAYS: TimeDelta = TimeDelta::days(7);
/// Conversations that are looked at, the latest.
const LOOKED_AT: i64 = 200;
/// Fewer answers say nothing.
const FEWEST: usize = 5;
/// What is said, in minutes. Nobody is told of a wait of more than a day.
const SAID: [i64; 11] = [1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1440];

/// What is known of the channels; looked up anew every few minutes.
#[derive(Debug, Clone)]
pub struct ReplyTimes(Cache<Uuid, Option<i64>>);

impl Default for ReplyTimes {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(10_000).time_to_live(Duration::from_secs(300)).build())
    }
}

/// How many minutes an answer usually takes on this channel; `None` where that is not known.
pub(super) async fn minutes(app: &App, channel_id: Uuid) -> Option<i64> {
    let look = async {
        let mut conn = app.db.read().await?;
        let recent = conversations::latest_on_channel(&mut conn, channel_id, app.now() - DAYS, LOOKED_AT).await?;
        Ok::<_, sqlx::Error>(roughly(messages::first_answers(&mut conn, &recent).await?))
    };
    match app.reply_times.0.try_get_with(channel_id, look).await {
        Ok(minutes) => minutes,
        Err(error) => {
            tracing::debug!(%error, "how long an answer takes is not known now");
            None
        }
    }
}

/// The median of these seconds, as people say it.
fn roughly(mut seconds: Vec<i64>) -> Option<i64> {
    if seconds.len() < FEWEST {
        return None;
    }
    seconds.sort_unstable();
    let median = seconds[seconds.len() / 2];
    SAID.into_iter().find(|minutes| median <= minutes * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_put_roughly_and_never_guessed() {
        assert_eq!(roughly(vec![60; 4]), None, "too few");
        assert_eq!(roughly(vec![5, 10, 61, 90_000, 90_000]), Some(2));
        assert_eq!(roughly(vec![0; 5]), Some(1));
        assert_eq!(roughly(vec![86_400; 5]), Some(1440));
        assert_eq!(roughly(vec![86_401; 5]), None, "too long to be said");
    }
}
