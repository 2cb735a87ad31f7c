//! Replacing a secret without losing a delivery: for a day the provider may sign with the old one or the new one.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use kernel::{audit::Record, auth::Actor, db::Tx, http::Problem};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::{
    Channel, service,
    store::{self, ChannelRow},
};
use crate::App;

/// How long the old one holds.
const OVERLAP: TimeDelta = TimeDelta::hours(24);

/// Puts a new secret in the place of another, which holds for a day yet. One that was replaced before holds no longer.
pub(super) async fn replace(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    id: Uuid,
    name: &str,
    value: SecretString,
) -> Result<Channel, Problem> {
    let mut row = store::lock(tx, id).await?.ok_or_else(Problem::not_found)?;
    let names = app.channels.get(&row.kind).map_or(&[][..], |kind| kind.overlapping_secrets());
    if !names.contains(&name) {
        let message = match names {
            [] => "This channel has no secret of which two can hold.".to_owned(),
            names => format!("Use one of: {}.", names.join(", ")),
        };
        return Err(Problem::field("name", message));
    }
    let mut settings = service::open(app, &row)?;
    let old = settings.credentials.iter().find(|(known, _)| known == name).map(|(_, old)| old.clone());
    if old.as_ref().is_some_and(|old| old.expose_secret() == value.expose_secret()) {
        return Err(Problem::field("value", "This is the one in use."));
    }
    settings.credentials.retain(|(known, _)| known != name);
    settings.credentials.push((name.to_owned(), value));
    service::check(app, &row.kind, &settings).map_err(|problem| {
        // The field of this request, in the words of the channel's settings.
        let words = problem.fields().iter().find(|field| field.field.ends_with(name)).map(|field| field.message.clone());
        words.map_or(problem, |words| Problem::field("value", format!("The secret {words}.")))
    })?;
    row.credentials = service::seal(app, &settings)?;
    row.updated_at = app.now();
    forget_previous(&mut row);
    if let Some(old) = old {
        row.previous_secret = Some(seal(app, id, name, &old)?);
        row.previous_secret_until = Some(row.updated_at + OVERLAP);
    }
    store::update(tx, &row).await?;
    let record = Record::by(actor, "channel.secret_replaced").about("channel", id, &row.name);
    tx.record(row.updated_at, &record.with("name", name).with("previous_until", row.previous_secret_until));
    service::to_channel(app, row)
}

/// Lets only the secret in use hold. Doing it again changes nothing.
pub(super) async fn end_previous(app: &App, tx: &mut Tx, actor: &Actor, id: Uuid) -> Result<Channel, Problem> {
    let mut row = store::lock(tx, id).await?.ok_or_else(Problem::not_found)?;
    if row.previous_secret.is_some() {
        forget_previous(&mut row);
        row.updated_at = app.now();
        store::update(tx, &row).await?;
        tx.record(row.updated_at, &Record::by(actor, "channel.previous_secret_ended").about("channel", id, &row.name));
    }
    service::to_channel(app, row)
}

/// Lets only the secret in use hold.
pub(super) fn forget_previous(row: &mut ChannelRow) {
    row.previous_secret = None;
    row.previous_secret_until = None;
}

/// The replaced secret, while it holds.
pub(super) fn previous(app: &App, row: &ChannelRow) -> Result<Vec<(String, SecretString)>, Problem> {
    let holds = row.previous_secret_until.is_some_and(|until| until > app.now());
    let Some(sealed) = row.previous_secret.as_ref().filter(|_| holds) else { return Ok(Vec::new()) };
    let json = app.vault.open(sealed, &context(row.id)).map_err(Problem::internal)?;
    let plain: BTreeMap<String, SecretString> = serde_json::from_slice(&json).map_err(Problem::internal)?;
    Ok(plain.into_iter().collect())
}

fn seal(app: &App, id: Uuid, name: &str, value: &SecretString) -> Result<Vec<u8>, Problem> {
    let plain = BTreeMap::from([(name, value.expose_secret())]);
    let json = zeroize::Zeroizing::new(serde_json::to_vec(&plain).map_err(Problem::internal)?);
    app.vault.seal(&json, &context(id), &app.ids).map_err(Problem::internal)
}

/// What the ciphertext is bound to, so that it is of no use in another row or column.
fn context(id: Uuid) -> Vec<u8> {
    [id.as_bytes(), &b"previous"[..]].concat()
}
