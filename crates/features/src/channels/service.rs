//! Use cases of channels.

use std::{collections::BTreeMap, sync::Arc};

use base::Code;
use connect::channel::{Finding, Settings};
use kernel::{
    audit::Record,
    auth::Actor,
    db::{Tx, constraint},
    event::{Audience, NewEvent},
    http::Problem,
};
use secrecy::{ExposeSecret, SecretString};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{CREATED, Channel, Live, health, secrets, store};
use crate::App;

/// A channel to set up.
#[derive(Debug)]
pub struct NewChannel {
    /// `whatsapp`, …
    pub kind: String,
    /// How people call it.
    pub name: String,
    /// The team whose queue its conversations join.
    pub team_id: Option<Uuid>,
    /// What is no secret.
    pub config: serde_json::Value,
    /// What is.
    pub credentials: BTreeMap<String, SecretString>,
    /// How many hours after the close a message reopens the closed conversation; a day unless said.
    pub reopen_hours: Option<i32>,
}

/// What [`NewChannel::reopen_hours`] is unless said.
const REOPEN_HOURS: i32 = 24;
/// The longest: a year.
const MOST_REOPEN_HOURS: i32 = 8_760;

/// Changes to a channel; what is absent stays. Credentials are replaced one by one, by name.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub name: Option<String>,
    pub team_id: Option<Option<Uuid>>,
    pub config: Option<serde_json::Value>,
    pub credentials: BTreeMap<String, SecretString>,
    pub active: Option<bool>,
    pub reopen_hours: Option<i32>,
    pub language: Option<Option<String>>,
}

/// Sets a channel up.
pub async fn create(app: &App, tx: &mut Tx, actor: &Actor, new: NewChannel) -> Result<Channel, Problem> {
    let id = app.new_id();
    let settings = Settings { channel_id: id, config: new.config, credentials: new.credentials.into_iter().collect() };
    let now = app.now();
    let row = store::ChannelRow {
        id,
        account: check(app, &new.kind, &settings)?,
        kind: new.kind,
        name: check_name(&new.name)?,
        team_id: new.team_id,
        credentials: seal(app, &settings)?,
        config: settings.config,
        active: true,
        health: "ok".to_owned(),
        health_detail: None,
        reopen_hours: check_reopen_hours(new.reopen_hours.unwrap_or(REOPEN_HOURS))?,
        previous_secret: None,
        previous_secret_until: None,
        language: None,
        created_at: now,
        updated_at: now,
        health_code: None,
        health_words: None,
        paused_at: None,
        paused_reason: None,
        paused_by: None,
        troubled: 0,
        probe_at: None,
        throughput: None,
        paused_by_name: None,
    };
    store::insert(tx, &row).await.map_err(taken)?;
    tx.record(
        now,
        &Record::by(actor, "channel.created").about("channel", id, &row.name).with("kind", &row.kind).with("config", &row.config),
    );
    tx.emit(NewEvent::new(now, CREATED, Audience::default(), &serde_json::json!({ "id": id })));
    to_channel(app, row)
}

/// The channel that speaks for this account, set up as given: made if missing, brought in line if there (sample data). One that speaks for no
/// account of a provider is known by its name, and stays as an admin has changed it.
pub async fn ensure(app: &App, tx: &mut Tx, actor: &Actor, new: NewChannel) -> Result<Channel, Problem> {
    let probe = Settings {
        channel_id: Uuid::nil(),
        config: new.config.clone(),
        credentials: new.credentials.clone().into_iter().collect(),
    };
    let account = check(app, &new.kind, &probe)?;
    if account.is_none()
        && let Some(id) = store::by_name(tx, &new.kind, &new.name).await?
    {
        return to_channel(app, store::lock(tx, id).await?.ok_or_else(Problem::not_found)?);
    }
    let known = store::routes_for(tx, &new.kind, &account.into_iter().collect::<Vec<_>>()).await?.pop();
    let Some(known) = known else { return create(app, tx, actor, new).await };
    let changes = Changes {
        name: Some(new.name),
        team_id: Some(new.team_id),
        config: Some(new.config),
        credentials: new.credentials,
        active: Some(true),
        reopen_hours: new.reopen_hours,
        language: None,
    };
    update(app, tx, actor, known.channel_id, changes).await
}

pub(super) async fn update(app: &App, tx: &mut Tx, actor: &Actor, id: Uuid, changes: Changes) -> Result<Channel, Problem> {
    let mut row = store::lock(tx, id).await?.ok_or_else(Problem::not_found)?;
    let mut settings = open(app, &row)?;
    let shown = |row: &store::ChannelRow| serde_json::json!({ "name": row.name, "team_id": row.team_id, "config": row.config, "active": row.active, "reopen_hours": row.reopen_hours, "language": row.language });
    let before = shown(&row);
    let replaced: Vec<String> = changes.credentials.keys().cloned().collect();
    if let Some(config) = changes.config {
        let moved = moves(app, &row.kind, &settings, &config)?;
        if moved && settings.credentials.iter().any(|(name, _)| !replaced.contains(name)) {
            let words = "The credentials would go to another address than before. Enter all of them again with the new one.";
            return Err(Problem::field("credentials", words));
        }
        settings.config = config;
    }
    for (name, value) in changes.credentials {
        settings.credentials.retain(|(known, _)| *known != name);
        settings.credentials.push((name, value));
    }
    row.account = check(app, &row.kind, &settings)?;
    row.credentials = seal(app, &settings)?;
    row.config = settings.config;
    if let Some(name) = changes.name {
        row.name = check_name(&name)?;
    }
    if let Some(team_id) = changes.team_id {
        row.team_id = team_id;
    }
    if let Some(active) = changes.active {
        row.active = active;
    }
    if let Some(hours) = changes.reopen_hours {
        row.reopen_hours = check_reopen_hours(hours)?;
    }
    if let Some(language) = changes.language {
        row.language = language.map(|language| check_language(&language)).transpose()?;
    }
    if app
        .channels
        .get(&row.kind)
        .is_some_and(|kind| kind.overlapping_secrets().iter().any(|name| replaced.iter().any(|r| r == name)))
    {
        // Entered here, it is the only one that holds: whoever replaces a secret that leaked wants it so.
        secrets::forget_previous(&mut row);
    }
    // Whoever changed the settings mended them; the next send says otherwise if not.
    health::mended(&mut row);
    row.updated_at = app.now();
    store::update(tx, &row).await.map_err(taken)?;
    let after = shown(&row);
    if before != after {
        let record = Record::by(actor, "channel.updated").about("channel", id, &row.name);
        tx.record(row.updated_at, &record.with("before", before).with("after", after));
    }
    if !replaced.is_empty() {
        let record = Record::by(actor, "channel.credentials_changed").about("channel", id, &row.name);
        tx.record(row.updated_at, &record.with("credentials", replaced));
    }
    health::tell(app, tx, row).await
}

/// One channel.
pub async fn get(app: &App, id: Uuid) -> Result<Channel, Problem> {
    let row = store::get(&mut *app.db.read().await?, id).await?.ok_or_else(Problem::not_found)?;
    to_channel(app, row)
}

pub(super) async fn page(app: &App, after: Option<(String, Uuid)>, limit: i64) -> Result<Vec<Channel>, Problem> {
    let rows = store::page(&mut *app.db.read().await?, after, limit).await?;
    rows.into_iter().map(|row| to_channel(app, row)).collect()
}

/// An active channel, ready to receive and send; `None` when there is no such channel or it is switched off.
pub async fn live(app: &App, id: Uuid) -> Result<Option<Live>, Problem> {
    match app.live_channels.get(&id).await {
        Some(known) => Ok(Some(known)),
        None => live_in(app, &mut *app.db.read().await?, id).await,
    }
}

/// The same inside a transaction. Taking a second connection there could leave every connection waiting for another one.
pub async fn live_in(app: &App, conn: &mut PgConnection, id: Uuid) -> Result<Option<Live>, Problem> {
    if let Some(known) = app.live_channels.get(&id).await {
        return Ok(Some(known));
    }
    let Some(row) = store::get(conn, id).await?.filter(|row| row.active) else { return Ok(None) };
    let Some(kind) = app.channels.get(&row.kind) else { return Ok(None) };
    let mut settings = open(app, &row)?;
    settings.credentials.extend(secrets::previous(app, &row)?);
    let live = Live {
        settings: Arc::new(settings),
        kind,
        team_id: row.team_id,
        reopen_hours: row.reopen_hours,
        throughput: row.throughput.and_then(|per_second| per_second.try_into().ok()),
    };
    app.live_channels.insert(id, live.clone()).await;
    Ok(Some(live))
}

pub(super) fn check(app: &App, kind: &str, settings: &Settings) -> Result<Option<String>, Problem> {
    let Some(channel) = app.channels.get(kind) else {
        let known = app.channels.all().map(|c| c.kind()).join(", ");
        return Err(Problem::field("kind", format!("MAX speaks: {known}.")));
    };
    channel.check_config(settings).map_err(|errors| {
        errors
            .into_iter()
            .fold(Problem::new(Code::Invalid, "Please check the marked fields."), |p, e| p.with_field(e.field, e.message))
    })?;
    Ok(channel.account(settings).map(str::to_owned))
}

fn check_name(name: &str) -> Result<String, Problem> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 100 {
        return Err(Problem::field("name", "Enter a name of 1 to 100 characters."));
    }
    Ok(name.to_owned())
}

fn check_reopen_hours(hours: i32) -> Result<i32, Problem> {
    if !(0..=MOST_REOPEN_HOURS).contains(&hours) {
        return Err(Problem::field("reopen_hours", format!("Use 0 to {MOST_REOPEN_HOURS} hours; 0 never reopens.")));
    }
    Ok(hours)
}

fn check_language(language: &str) -> Result<String, Problem> {
    let (main, region) = language.split_once('_').map_or((language, None), |(main, region)| (main, Some(region)));
    let fits = (2..=3).contains(&main.len())
        && main.bytes().all(|b| b.is_ascii_lowercase())
        && region.is_none_or(|r| (2..=4).contains(&r.len()) && r.bytes().all(|b| b.is_ascii_alphabetic()));
    if fits { Ok(language.to_owned()) } else { Err(Problem::field("language", "Use a language such as en, de or pt_BR.")) }
}

fn taken(error: sqlx::Error) -> Problem {
    match constraint(&error) {
        Some("channel_account_key") => Problem::new(Code::AlreadyExists, "Another channel already speaks for this account.")
            .with_field("config", "Already in use."),
        Some("channel_team_id_fkey") => Problem::field("team_id", "There is no such team."),
        _ => error.into(),
    }
}

/// Whether another configuration would send a channel's credentials somewhere else than the one it has.
fn moves(app: &App, kind: &str, settings: &Settings, config: &serde_json::Value) -> Result<bool, Problem> {
    let adapter = app.channels.get(kind).ok_or_else(|| Problem::field("kind", "There is no such kind of channel."))?;
    let then = Settings { config: config.clone(), ..settings.clone() };
    Ok(adapter.origin(settings) != adapter.origin(&then))
}

/// Tries an account as an admin entered it. Nothing is saved; credentials that are not named are those of the channel, where one is named
/// and they would go where its own do.
pub(super) async fn probe(
    app: &App,
    kind: &str,
    config: serde_json::Value,
    credentials: BTreeMap<String, SecretString>,
    channel_id: Option<Uuid>,
) -> Result<Vec<Finding>, Problem> {
    let known = match channel_id {
        Some(id) => {
            let row = store::get(&mut *app.db.read().await?, id).await?;
            let row =
                row.filter(|row| row.kind == kind).ok_or_else(|| Problem::field("channel_id", "There is no such channel."))?;
            let known = open(app, &row)?;
            if moves(app, kind, &known, &config)? { Vec::new() } else { known.credentials }
        }
        None => Vec::new(),
    };
    let kept = known.into_iter().filter(|(name, _)| !credentials.contains_key(name));
    let credentials = kept.chain(credentials.clone()).collect();
    let settings = Settings { channel_id: channel_id.unwrap_or_default(), config, credentials };
    check(app, kind, &settings)?;
    let adapter = app.channels.get(kind).ok_or_else(|| Problem::field("kind", "There is no such kind of channel."))?;
    Ok(adapter.probe(&app.net, &settings, app.now()).await)
}

pub(super) fn seal(app: &App, settings: &Settings) -> Result<Vec<u8>, Problem> {
    let plain: BTreeMap<&str, &str> = settings.credentials.iter().map(|(n, v)| (n.as_str(), v.expose_secret())).collect();
    let json = zeroize::Zeroizing::new(serde_json::to_vec(&plain).map_err(Problem::internal)?);
    app.vault.seal(&json, settings.channel_id.as_bytes(), &app.ids).map_err(Problem::internal)
}

pub(super) fn open(app: &App, row: &store::ChannelRow) -> Result<Settings, Problem> {
    let json = app.vault.open(&row.credentials, row.id.as_bytes()).map_err(Problem::internal)?;
    let plain: BTreeMap<String, SecretString> = serde_json::from_slice(&json).map_err(Problem::internal)?;
    Ok(Settings { channel_id: row.id, config: row.config.clone(), credentials: plain.into_iter().collect() })
}

pub(super) fn to_channel(app: &App, row: store::ChannelRow) -> Result<Channel, Problem> {
    let credentials_set = open(app, &row)?.credentials.into_iter().map(|(name, _)| name).collect();
    Ok(Channel {
        webhook_url: format!("{}/webhooks/{}/{}", app.public_url.trim_end_matches('/'), row.kind, row.id),
        id: row.id,
        kind: row.kind,
        name: row.name,
        team_id: row.team_id,
        config: row.config,
        credentials_set,
        active: row.active,
        health: row.health,
        health_detail: row.health_detail,
        health_code: row.health_code,
        health_words: row.health_words,
        paused_at: row.paused_at,
        paused_reason: row.paused_reason,
        paused_by: row.paused_by_name,
        throughput: row.throughput,
        reopen_hours: row.reopen_hours,
        previous_secret_until: row.previous_secret_until.filter(|until| *until > app.now()),
        language: row.language,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}
