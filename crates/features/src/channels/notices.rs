//! What providers say of an account. A warning stands beside whether it works and does not pause it; what stops the account does. A notice that
//! comes late undoes nothing newer.

use std::collections::BTreeMap;

use base::Time;
use connect::channel::{AccountChange, AccountNotice, Condition, DailyLimit, ProviderError, Quality, topic};
use kernel::db::Tx;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    health::{self, Told},
    store::{self, ChannelRow},
};
use crate::App;

/// Topics remembered of a channel; providers have a handful.
const TOPICS: usize = 20;
/// The topic of what stops the account as a whole.
const ACCOUNT: &str = "account";

/// What is known of a topic, as the row keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    code: String,
    words: String,
    detail: Option<String>,
    since: Time,
    /// The provider's time of it.
    at: Option<Time>,
    /// It stands against the account.
    stands: bool,
}

type Topics = BTreeMap<String, Known>;

/// Something that stands against an account and does not keep it from sending.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Warning {
    /// What it is, as the provider names it, or MAX.
    pub code: String,
    /// What it is and what to do, in words.
    pub words: String,
    /// The provider's own words.
    pub detail: Option<String>,
    /// Since when.
    pub since: Time,
}

/// What a notice did to a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noticed {
    /// It was taken.
    Taken,
    /// It was, and the channel sends again.
    Resumed,
    /// Something newer is known.
    Late,
}

/// The warnings of a row, the newest first.
pub(super) fn warnings(row: &ChannelRow) -> Vec<Warning> {
    let standing = topics(row).into_values().filter(|known| known.stands);
    let mut all: Vec<Warning> = standing
        .map(|known| Warning { code: known.code, words: known.words, detail: known.detail, since: known.since })
        .collect();
    all.sort_by_key(|warning| std::cmp::Reverse(warning.since));
    all
}

fn topics(row: &ChannelRow) -> Topics {
    serde_json::from_value(row.notices.clone()).unwrap_or_default()
}

/// Whether what is known of a topic is newer than a notice of then.
fn is_late(topics: &Topics, topic: &str, at: Option<Time>) -> bool {
    topics.get(topic).and_then(|known| known.at).zip(at).is_some_and(|(known, at)| at < known)
}

fn keep(row: &mut ChannelRow, topic: &str, told: &Told, stands: bool, at: Option<Time>, now: Time) {
    let mut topics = topics(row);
    let since = topics.get(topic).filter(|known| known.stands && known.code == told.code).map_or(now, |known| known.since);
    let detail = told.own.clone();
    topics.insert(topic.to_owned(), Known { code: told.code.clone(), words: told.words.clone(), detail, since, at, stands });
    while topics.len() > TOPICS {
        // What is over goes first, then the oldest.
        let Some(oldest) = topics.iter().min_by_key(|(_, known)| (known.stands, known.since)).map(|(name, _)| name.clone())
        else {
            break;
        };
        topics.remove(&oldest);
    }
    row.notices = serde_json::to_value(topics).unwrap_or_default();
}

/// A topic is over, or has been ever since then.
fn end(row: &mut ChannelRow, topic: &str, at: Option<Time>, now: Time) {
    let known = topics(row).remove(topic);
    let told = known.map_or_else(Told::default, |known| Told {
        code: known.code,
        words: known.words,
        own: known.detail,
        ..Told::default()
    });
    keep(row, topic, &told, false, at, now);
}

fn of_row(limit: DailyLimit) -> i32 {
    match limit {
        DailyLimit::Customers(customers) => i32::try_from(customers).unwrap_or(i32::MAX),
        DailyLimit::Unlimited => 0,
    }
}

fn of_limit(row: i32) -> DailyLimit {
    match u32::try_from(row) {
        Ok(customers) if customers > 0 => DailyLimit::Customers(customers),
        _ => DailyLimit::Unlimited,
    }
}

/// What a notice does. `told` puts an error into the words of the channel's kind.
fn take(row: &mut ChannelRow, notice: &AccountNotice, told: &impl Fn(&ProviderError) -> Told, now: Time) -> Noticed {
    let known = topics(row);
    let about = match &notice.change {
        AccountChange::Stopped(_) | AccountChange::Restored => ACCOUNT,
        AccountChange::Warned { topic, .. } | AccountChange::Cleared { topic } => topic,
        AccountChange::Limit { .. } => topic::LIMIT,
        AccountChange::Throughput(_) => "throughput",
    };
    if is_late(&known, about, notice.at) {
        return Noticed::Late;
    }
    let paused = row.paused_at.is_some();
    match &notice.change {
        AccountChange::Stopped(error) => {
            let told = told(error);
            // What it was warned of has come.
            keep(row, ACCOUNT, &told, false, notice.at, now);
            health::fall_ill(row, told, true, now);
        }
        AccountChange::Restored => {
            let ours = known.get(ACCOUNT).is_some_and(|known| row.health_code.as_ref() == Some(&known.code));
            end(row, ACCOUNT, notice.at, now);
            if ours {
                health::mended(row);
            }
        }
        AccountChange::Warned { topic, error } => keep(row, topic, &told(error), true, notice.at, now),
        AccountChange::Cleared { topic } => end(row, topic, notice.at, now),
        AccountChange::Limit { limit, lowered } => {
            let before = row.daily_limit.map(of_limit);
            row.daily_limit = Some(of_row(*limit));
            let lower = lowered.unwrap_or_else(|| before.is_some_and(|before| *limit < before));
            let higher = !lower && (*lowered == Some(false) || before.is_some_and(|before| *limit > before));
            if lower {
                let own = ProviderError { code: "limit_lowered".to_owned(), message: String::new(), detail: None };
                keep(row, topic::LIMIT, &told(&own), true, notice.at, now);
            } else if higher {
                end(row, topic::LIMIT, notice.at, now);
            }
        }
        AccountChange::Throughput(per_second) => row.throughput = i32::try_from(*per_second).ok(),
    }
    // The account itself says what is so now.
    if !matches!(notice.change, AccountChange::Throughput(_)) {
        row.probe_at = Some(row.probe_at.map_or(now, |at| at.min(now)));
    }
    if paused && row.paused_at.is_none() { Noticed::Resumed } else { Noticed::Taken }
}

/// Takes what asking the account has told beside whether it sends.
pub(super) fn learn(row: &mut ChannelRow, found: &Condition, told: &impl Fn(&ProviderError) -> Told, now: Time) {
    if let Some(per_second) = found.throughput {
        row.throughput = i32::try_from(per_second).ok();
    }
    if found.number.is_some() {
        row.number.clone_from(&found.number);
    }
    if let Some(limit) = found.limit {
        let higher = row.daily_limit.is_some_and(|before| limit > of_limit(before));
        row.daily_limit = Some(of_row(limit));
        if higher && topics(row).get(topic::LIMIT).is_some_and(|known| known.stands) {
            end(row, topic::LIMIT, Some(now), now);
        }
    }
    if let Some(quality) = found.quality {
        let name = match quality {
            Quality::Good => "good",
            Quality::Middling => "middling",
            Quality::Low => "low",
        };
        row.quality = Some(name.to_owned());
        let stands = topics(row).get(topic::QUALITY).is_some_and(|known| known.stands);
        if quality == Quality::Low && !stands {
            let own = ProviderError { code: "quality_low".to_owned(), message: String::new(), detail: None };
            keep(row, topic::QUALITY, &told(&own), true, Some(now), now);
        } else if quality != Quality::Low && stands {
            end(row, topic::QUALITY, Some(now), now);
        }
    }
}

/// Applies a notice to one of the channels it concerns.
pub async fn noticed(app: &App, tx: &mut Tx, id: Uuid, notice: &AccountNotice) -> Result<Noticed, sqlx::Error> {
    let Some(before) = store::lock(tx, id).await? else { return Ok(Noticed::Late) };
    let mut row = before.clone();
    let noticed = take(&mut row, notice, &|error| health::told(app, &before.kind, error), app.now());
    if noticed == Noticed::Late {
        return Ok(noticed);
    }
    tracing::warn!(channel_id = %id, notice = notice.name, "a provider says something of an account");
    health::keep(app, tx, &before, row).await?;
    Ok(noticed)
}

/// Whether a channel speaks for this number, as customers see it; `None` where nobody knows yet.
pub async fn speaks_for(conn: &mut PgConnection, id: Uuid, number: &str) -> Result<Option<bool>, sqlx::Error> {
    Ok(store::number(conn, id).await?.map(|known| known == number))
}

/// Has the account asked with the next minute how it is.
pub async fn ask_soon(conn: &mut PgConnection, id: Uuid, now: Time) -> Result<(), sqlx::Error> {
    store::probe_soon(conn, id, now).await
}

#[cfg(test)]
mod tests {
    use super::{super::health::tests::row, *};

    fn at(minute: i64) -> Time {
        chrono::DateTime::from_timestamp(1_800_000_000 + minute * 60, 0).unwrap()
    }

    fn error(code: &str) -> ProviderError {
        ProviderError { code: code.to_owned(), message: String::new(), detail: Some("own words".to_owned()) }
    }

    fn told(error: &ProviderError) -> Told {
        Told { code: error.code.clone(), words: format!("about {}", error.code), own: error.detail.clone(), ..Told::default() }
    }

    fn hears(row: &mut ChannelRow, minute: i64, change: AccountChange) -> Noticed {
        let notice = AccountNotice { name: "x".into(), owner: "9".into(), number: None, at: Some(at(minute)), change };
        take(row, &notice, &told, at(100))
    }

    fn warns(topic: &str, code: &str) -> AccountChange {
        AccountChange::Warned { topic: topic.to_owned(), error: error(code) }
    }

    fn codes(row: &ChannelRow) -> Vec<String> {
        warnings(row).into_iter().map(|warning| warning.code).collect()
    }

    #[test]
    fn a_warning_stands_beside_and_goes_with_its_own_end() {
        let mut row = row();
        assert_eq!(hears(&mut row, 1, warns("quality", "quality_low")), Noticed::Taken);
        assert_eq!((codes(&row), row.health.as_str(), row.paused_at), (vec!["quality_low".to_owned()], "ok", None));
        assert_eq!(row.probe_at, Some(at(100)), "and the account is asked");
        hears(&mut row, 2, AccountChange::Cleared { topic: "name".into() });
        assert_eq!(codes(&row).len(), 1);
        hears(&mut row, 3, AccountChange::Cleared { topic: "quality".into() });
        assert!(codes(&row).is_empty());
        assert_eq!(hears(&mut row, 2, warns("quality", "quality_low")), Noticed::Late, "it comes days late");
        assert!(codes(&row).is_empty());
        for n in 0..50 {
            hears(&mut row, 4, warns(&format!("alert {n}"), "account_alert"));
        }
        assert_eq!(topics(&row).len(), TOPICS);
    }

    #[test]
    fn what_stops_the_account_pauses_it_until_it_is_given_back() {
        let mut row = row();
        hears(&mut row, 1, warns(ACCOUNT, "account_ban_announced"));
        hears(&mut row, 2, AccountChange::Stopped(error("account_disabled")));
        assert_eq!((row.health_code.as_deref(), row.paused_at, row.paused_by), (Some("account_disabled"), Some(at(100)), None));
        assert!(codes(&row).is_empty(), "what was announced has come");
        assert_eq!(hears(&mut row, 1, AccountChange::Restored), Noticed::Late);
        assert_eq!(hears(&mut row, 3, AccountChange::Restored), Noticed::Resumed);
        assert_eq!((row.health.as_str(), row.paused_at), ("ok", None));
        // What is wrong otherwise stays so.
        health::fall_ill(&mut row, told(&error("190")), true, at(100));
        assert_eq!(hears(&mut row, 4, AccountChange::Restored), Noticed::Taken);
        assert_eq!(row.health_code.as_deref(), Some("190"));
    }

    #[test]
    fn a_limit_that_falls_warns_and_one_that_rises_ends_that() {
        let mut row = row();
        let limit = |limit, lowered| AccountChange::Limit { limit, lowered };
        hears(&mut row, 1, limit(DailyLimit::Customers(2_000), None));
        assert_eq!((row.daily_limit, codes(&row).len()), (Some(2_000), 0), "nothing to compare it with");
        hears(&mut row, 2, limit(DailyLimit::Customers(250), None));
        assert_eq!(codes(&row), ["limit_lowered"]);
        hears(&mut row, 3, limit(DailyLimit::Unlimited, None));
        assert_eq!((row.daily_limit, codes(&row).len()), (Some(0), 0));
        hears(&mut row, 4, limit(DailyLimit::Customers(10_000), Some(true)));
        assert_eq!(codes(&row), ["limit_lowered"]);
    }

    #[test]
    fn what_the_account_says_itself_counts_as_well() {
        let mut row = row();
        let found = |quality| Condition { quality: Some(quality), number: Some("15550001111".into()), ..Condition::default() };
        learn(&mut row, &found(Quality::Low), &told, at(5));
        assert_eq!((codes(&row), row.quality.as_deref()), (vec!["quality_low".to_owned()], Some("low")));
        learn(&mut row, &Condition::default(), &told, at(6));
        assert_eq!(codes(&row).len(), 1, "what is not said changes nothing");
        learn(&mut row, &found(Quality::Middling), &told, at(7));
        assert_eq!((codes(&row).len(), row.number.as_deref()), (0, Some("15550001111")));
    }
}
