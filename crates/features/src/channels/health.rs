//! Whether a channel works, and whether it sends. Trouble of the account as a whole pauses it: what is queued is kept and goes out when a probe
//! finds the account well. A pause by a person ends by a person's word.

use base::Time;
use chrono::TimeDelta;
use connect::channel::{Condition, ProviderError};
use kernel::{
    audit::Record,
    auth::Actor,
    db::Tx,
    event::{Audience, NewEvent},
    http::Problem,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    Channel, PAUSED, Pause, UPDATED, notices, service,
    store::{self, ChannelRow},
};
use crate::{App, accounts};

/// The longest that an account whose trouble keeps coming back is left alone between two probes, in minutes.
const LONGEST: i64 = 30;
/// Accounts probed in one go.
const AT_MOST: i64 = 100;
/// Longest reason of a pause, in characters.
const MAX_REASON: usize = 200;

/// What is wrong, as the channel keeps it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Told {
    pub code: String,
    pub words: String,
    /// With the provider's own words behind.
    pub detail: String,
    /// The provider's own words.
    pub own: Option<String>,
}

/// Which trouble an error is, in the words for admins.
pub(super) fn told(app: &App, kind: &str, error: &ProviderError) -> Told {
    let explained = app.channels.get(kind).and_then(|kind| kind.explain(&error.code));
    let words = explained.map_or_else(|| error.message.clone(), |explained| explained.words.to_owned());
    let detail = match &error.detail {
        Some(detail) => format!("{words} ({}: {detail})", error.code),
        None => format!("{words} ({})", error.code),
    };
    Told { code: error.code.clone(), words, detail, own: error.detail.clone() }
}

/// When an account is probed again after trouble has paused it so many times in a row: with the next minute, then ever later.
fn next_probe(troubled: i32, now: Time) -> Time {
    let doublings = u32::try_from(troubled.clamp(1, 6) - 1).unwrap_or(0);
    let minutes = if doublings == 0 { 0 } else { 2i64.pow(doublings).min(LONGEST) };
    now + TimeDelta::minutes(minutes)
}

/// Paused by MAX rather than by somebody.
fn paused_itself(row: &ChannelRow) -> bool {
    row.paused_at.is_some() && row.paused_by.is_none()
}

/// Trouble came. Several messages meet the same trouble at once; only the first pauses.
pub(super) fn fall_ill(row: &mut ChannelRow, told: Told, pauses: bool, now: Time) {
    row.health = "trouble".to_owned();
    if pauses && row.paused_at.is_none() {
        row.paused_at = Some(now);
        row.paused_reason = Some(told.words.clone());
        row.troubled = row.troubled.saturating_add(1);
        row.probe_at = Some(next_probe(row.troubled, now));
    }
    (row.health_code, row.health_words, row.health_detail) = (Some(told.code), Some(told.words), Some(told.detail));
}

/// It works: so a probe says, or somebody who has just mended it. What MAX has paused goes on.
fn recover(row: &mut ChannelRow) {
    row.health = "ok".to_owned();
    (row.health_code, row.health_words, row.health_detail, row.probe_at) = (None, None, None, None);
    if paused_itself(row) {
        unpause(row);
    }
}

/// Whoever changed the settings mended them; the next send says otherwise if not.
pub(super) fn mended(row: &mut ChannelRow) {
    recover(row);
    row.troubled = 0;
}

fn unpause(row: &mut ChannelRow) {
    (row.paused_at, row.paused_reason, row.paused_by, row.paused_by_name) = (None, None, None, None);
}

/// Whether a screen shows the same of both.
fn look_alike(a: &ChannelRow, b: &ChannelRow) -> bool {
    a.health == b.health
        && a.health_code == b.health_code
        && a.health_detail == b.health_detail
        && a.paused_at == b.paused_at
        && a.paused_by == b.paused_by
        && a.paused_reason == b.paused_reason
        && a.throughput == b.throughput
        && (&a.number, &a.quality, a.daily_limit, &a.notices) == (&b.number, &b.quality, b.daily_limit, &b.notices)
}

/// Writes the row, and tells the admins if it looks different now.
pub(super) async fn keep(app: &App, tx: &mut Tx, before: &ChannelRow, mut row: ChannelRow) -> Result<(), sqlx::Error> {
    row.updated_at = app.now();
    store::set_health(tx, &row).await?;
    record_pause(app, tx, before, &row);
    tell_writers(tx, before, &row).await?;
    if !look_alike(before, &row) {
        // A channel whose credentials cannot be read any more has other trouble; its health is written all the same.
        if let Err(problem) = tell(app, tx, row).await {
            tracing::warn!(error = %problem, "a channel's health could not be told");
        }
    }
    Ok(())
}

/// Notes that trouble has paused a channel.
fn record_pause(app: &App, tx: &mut Tx, before: &ChannelRow, row: &ChannelRow) {
    if before.paused_at.is_none() && paused_itself(row) {
        let record = Record::by(&Actor::system("delivery"), "channel.paused").about("channel", row.id, &row.name);
        tx.record(app.now(), &record.with("reason", &row.paused_reason));
    }
}

/// What whoever writes over a channel is told of its pause. What is wrong with the account is for admins.
fn pause_of(row: &ChannelRow) -> Option<Pause> {
    let by_person = row.paused_by.is_some();
    Some(Pause { since: row.paused_at?, by_person, reason: row.paused_reason.clone().filter(|_| by_person) })
}

/// Tells everybody who writes, if a channel stops sending or goes on.
pub(super) async fn tell_writers(tx: &mut Tx, before: &ChannelRow, row: &ChannelRow) -> Result<(), sqlx::Error> {
    let paused = pause_of(row);
    if pause_of(before) != paused {
        let audience = Audience { user_ids: accounts::active(tx).await?, ..Audience::default() };
        tx.emit(NewEvent::new(row.updated_at, PAUSED, audience, &serde_json::json!({ "channel_id": row.id, "paused": paused })));
    }
    Ok(())
}

/// Tells the admins what a channel is now.
pub(super) async fn tell(app: &App, tx: &mut Tx, row: ChannelRow) -> Result<Channel, Problem> {
    let at = row.updated_at;
    let channel = service::to_channel(app, row)?;
    let audience = Audience { user_ids: accounts::admins(tx).await?, ..Audience::default() };
    tx.emit(NewEvent::new(at, UPDATED, audience, &serde_json::json!({ "channel": channel })));
    Ok(channel)
}

/// Records trouble of a channel's account. With `pauses`, nothing is sent until a probe or a person says that it is over.
pub async fn in_trouble(app: &App, tx: &mut Tx, id: Uuid, error: &ProviderError, pauses: bool) -> Result<(), sqlx::Error> {
    let Some(before) = store::lock(tx, id).await? else { return Ok(()) };
    let mut row = before.clone();
    fall_ill(&mut row, told(app, &before.kind, error), pauses, app.now());
    if look_alike(&before, &row) {
        return Ok(());
    }
    tracing::error!(channel_id = %id, code = error.code, detail = row.health_detail, "a channel is in trouble");
    keep(app, tx, &before, row).await
}

/// Records that the provider has taken a message. One that was under way when trouble paused the channel says nothing.
pub async fn works(app: &App, tx: &mut Tx, id: Uuid) -> Result<(), sqlx::Error> {
    if store::is_well(tx, id).await? {
        return Ok(());
    }
    let Some(before) = store::lock(tx, id).await?.filter(|row| !paused_itself(row)) else { return Ok(()) };
    let mut row = before.clone();
    mended(&mut row);
    keep(app, tx, &before, row).await
}

/// Records what a probe found. `true`: the channel sends again.
pub async fn mark_probed(app: &App, tx: &mut Tx, actor: &Actor, id: Uuid, found: &Condition) -> Result<bool, Problem> {
    let before = store::lock(tx, id).await?.ok_or_else(Problem::not_found)?;
    let mut row = before.clone();
    notices::learn(&mut row, found, &|error| told(app, &before.kind, error), app.now());
    match &found.trouble {
        None => recover(&mut row),
        Some(error) => {
            // What the account answers to questions may differ from what it does with messages: only those pause it.
            fall_ill(&mut row, told(app, &before.kind, error), false, app.now());
            row.probe_at = Some(next_probe(row.troubled, app.now()));
        }
    }
    let resumes = paused_itself(&before) && row.paused_at.is_none();
    if resumes {
        tx.record(app.now(), &Record::by(actor, "channel.resumed").about("channel", id, &row.name));
    }
    keep(app, tx, &before, row).await?;
    Ok(resumes)
}

/// Records what an account that is well says of itself: how fast and how much it may send, and what the provider thinks of it.
pub async fn learn(app: &App, tx: &mut Tx, id: Uuid, found: &Condition) -> Result<(), sqlx::Error> {
    let Some(before) = store::lock(tx, id).await? else { return Ok(()) };
    let mut row = before.clone();
    notices::learn(&mut row, found, &|error| told(app, &before.kind, error), app.now());
    if look_alike(&before, &row) { Ok(()) } else { keep(app, tx, &before, row).await }
}

/// Somebody pauses a channel: from now on only they, or another person, let it go on.
pub async fn pause(app: &App, tx: &mut Tx, actor: &Actor, id: Uuid, reason: Option<String>) -> Result<Channel, Problem> {
    let reason = reason.map(|reason| reason.replace('\0', "").trim().to_owned()).filter(|reason| !reason.is_empty());
    if reason.as_ref().is_some_and(|reason| reason.chars().count() > MAX_REASON) {
        return Err(Problem::field("reason", format!("Use at most {MAX_REASON} characters.")));
    }
    let mut row = store::lock(tx, id).await?.ok_or_else(Problem::not_found)?;
    if row.paused_at.is_some() && row.paused_by.is_some() {
        return service::to_channel(app, row);
    }
    let before = row.clone();
    row.paused_at = Some(row.paused_at.unwrap_or(app.now()));
    (row.paused_by, row.paused_by_name, row.paused_reason) = (actor.user_id(), Some(actor.name().to_owned()), reason);
    row.updated_at = app.now();
    store::set_health(tx, &row).await?;
    let record = Record::by(actor, "channel.paused").about("channel", id, &row.name).with("reason", &row.paused_reason);
    tx.record(row.updated_at, &record);
    tell_writers(tx, &before, &row).await?;
    tell(app, tx, row).await
}

/// Somebody lets a channel go on, whatever the probes say: what is still wrong pauses it again.
pub async fn resume(app: &App, tx: &mut Tx, actor: &Actor, id: Uuid) -> Result<Channel, Problem> {
    let mut row = store::lock(tx, id).await?.ok_or_else(Problem::not_found)?;
    if row.paused_at.is_none() {
        return service::to_channel(app, row);
    }
    let before = row.clone();
    unpause(&mut row);
    row.updated_at = app.now();
    store::set_health(tx, &row).await?;
    tx.record(row.updated_at, &Record::by(actor, "channel.resumed").about("channel", id, &row.name));
    tell_writers(tx, &before, &row).await?;
    tell(app, tx, row).await
}

/// The channels whose trouble may be over.
pub async fn to_probe(conn: &mut PgConnection, now: Time) -> Result<Vec<Uuid>, sqlx::Error> {
    store::to_probe(conn, now, AT_MOST).await
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(minute: i64) -> Time {
        chrono::DateTime::from_timestamp(1_800_000_000 + minute * 60, 0).unwrap()
    }

    pub fn row() -> ChannelRow {
        ChannelRow {
            id: Uuid::nil(),
            kind: "whatsapp".to_owned(),
            name: "Line".to_owned(),
            team_id: None,
            config: serde_json::Value::Null,
            credentials: Vec::new(),
            account: None,
            active: true,
            health: "ok".to_owned(),
            health_detail: None,
            created_at: at(0),
            updated_at: at(0),
            reopen_hours: 24,
            previous_secret: None,
            previous_secret_until: None,
            language: None,
            health_code: None,
            health_words: None,
            paused_at: None,
            paused_reason: None,
            paused_by: None,
            troubled: 0,
            probe_at: None,
            throughput: None,
            number: None,
            quality: None,
            daily_limit: None,
            notices: serde_json::json!({}),
            paused_by_name: None,
        }
    }

    fn trouble() -> Told {
        Told {
            code: "190".to_owned(),
            words: "Enter a new token.".to_owned(),
            detail: "Enter a new token. (expired)".to_owned(),
            own: None,
        }
    }

    #[test]
    fn trouble_that_comes_back_is_looked_at_ever_later() {
        let mut row = row();
        let mut waits = Vec::new();
        for _ in 0..8 {
            fall_ill(&mut row, trouble(), true, at(0));
            fall_ill(&mut row, trouble(), true, at(0));
            waits.push((row.probe_at.unwrap() - at(0)).num_minutes());
            recover(&mut row);
        }
        assert_eq!(waits, [0, 2, 4, 8, 16, 30, 30, 30]);
        mended(&mut row);
        fall_ill(&mut row, trouble(), true, at(0));
        assert_eq!(row.probe_at, Some(at(0)), "what was mended begins anew");
    }

    proptest! {
        /// Whatever happens in whatever order: what a person paused only a person lets go on, what MAX paused is probed, and what sends
        /// shows no pause.
        #[test]
        fn a_pause_belongs_to_whoever_made_it(steps in proptest::collection::vec(0u8..5, 1..30)) {
            let (mut row, mut person) = (row(), false);
            for step in steps {
                match step {
                    0 => fall_ill(&mut row, trouble(), true, at(1)),
                    1 => fall_ill(&mut row, trouble(), false, at(1)),
                    2 => recover(&mut row),
                    3 => {
                        (row.paused_at, row.paused_by) = (Some(at(2)), Some(Uuid::nil()));
                        person = true;
                    }
                    _ => {
                        unpause(&mut row);
                        person = false;
                    }
                }
                prop_assert!(!person || row.paused_by.is_some());
                prop_assert!(row.paused_at.is_some() || (row.paused_by.is_none() && row.paused_reason.is_none()));
                prop_assert!(!paused_itself(&row) || (row.health == "trouble" && row.probe_at.is_some()));
                prop_assert_eq!(row.health == "trouble", row.health_code.is_some());
            }
        }
    }
}
