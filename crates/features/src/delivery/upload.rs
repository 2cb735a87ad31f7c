//! A message's file goes to the provider before the message does, once: the provider's id of it is remembered while it lives.

use chrono::TimeDelta;
use connect::{
    channel::{OutgoingMedia, SendError},
    net::FormFile,
};
use uuid::Uuid;

use super::dispatcher::own_error;
use crate::{
    App,
    channels::Live,
    media::{self, MediaRow},
    messages::{self, Claim},
};

/// The longest a file may be on its way to the provider; the adapters give up sooner.
const LONGEST: TimeDelta = TimeDelta::minutes(11);

/// A message's files.
pub(super) async fn files(app: &App, message_id: Uuid) -> Result<Vec<MediaRow>, SendError> {
    let found = async { media::of_message(&mut *app.db.read().await?, message_id).await };
    found.await.map_err(|e: sqlx::Error| later("unavailable", "The database is not available right now.", &e))
}

/// Sees to it that the provider has the file, and puts its id of it into the message; or the address from which the other side fetches it,
/// where the channel takes files so. `true`: the provider had it before.
pub(super) async fn hand_over(app: &App, channel: &Live, claim: &Claim, file: &mut OutgoingMedia) -> Result<bool, SendError> {
    let files = files(app, claim.id).await?;
    let Some((row, sha256)) = files.first().and_then(|row| row.sha256.as_deref().map(|sha256| (row, sha256))) else {
        return Err(SendError::Final { error: own_error("no_file", "The file of this message is not there. Attach it again.") });
    };
    if channel.kind.capabilities().media_by_link {
        let url = app.media.links.lasting_url(row.id, sha256, &row.name(), app.now());
        file.link = Some(format!("{}{url}", app.public_url));
        return Ok(false);
    }
    let known = async { media::uploaded(&mut *app.db.read().await?, channel.id(), sha256, &file.mime_type, app.now()).await };
    let known = known.await.map_err(|e: sqlx::Error| later("unavailable", "The database is not available right now.", &e))?;
    if let Some(external_id) = known {
        file.external_id = external_id;
        return Ok(true);
    }
    // A large file takes its time, in which nobody else may send the message; and if this node dies, it certainly did not go out.
    lease(app, claim, LONGEST, true).await?;
    let body = media::body_of(app, row).await;
    let body =
        body.map_err(|e| later("no_file", "The file of this message cannot be read at the moment. MAX keeps trying.", &e))?;
    let form = FormFile { name: row.name(), mime_type: file.mime_type.clone(), size: file.size, body };
    let uploaded = channel.kind.upload_media(&app.net, &channel.settings, form).await?;
    let expires_at = app.now() + TimeDelta::from_std(uploaded.lives).unwrap_or(TimeDelta::days(1));
    let remembered = async {
        let mut tx = app.db.begin().await?;
        media::remember_upload(&mut tx, channel.id(), sha256, &file.mime_type, &uploaded.external_id, expires_at).await?;
        tx.commit().await
    };
    if let Err(error) = remembered.await {
        tracing::warn!(%error, "the provider's id of a file could not be remembered; it may be uploaded again");
    }
    lease(app, claim, TimeDelta::from_std(app.send_lease).unwrap_or(TimeDelta::seconds(60)), false).await?;
    file.external_id = uploaded.external_id;
    Ok(false)
}

/// Forgets the provider's id of a file.
pub(super) async fn forget(app: &App, channel: &Live, external_id: &str) {
    let forgotten = async {
        let mut tx = app.db.begin().await?;
        media::forget_upload(&mut tx, channel.id(), external_id).await?;
        tx.commit().await
    };
    if let Err(error) = forgotten.await {
        let error: sqlx::Error = error;
        tracing::warn!(%error, "the provider's id of a file could not be forgotten");
    }
}

async fn lease(app: &App, claim: &Claim, time: TimeDelta, uploading: bool) -> Result<(), SendError> {
    let extended = async {
        let mut tx = app.db.begin().await?;
        let ours = messages::extend_lease(&mut tx, claim.id, claim.attempts, app.now() + time, uploading).await?;
        tx.commit().await?;
        Ok::<_, sqlx::Error>(ours)
    };
    match extended.await {
        Ok(true) => Ok(()),
        Ok(false) => Err(SendError::Retry { error: own_error("taken_over", "Another node sends this message."), after: None }),
        Err(error) => Err(later("unavailable", "The database is not available right now.", &error)),
    }
}

fn later(code: &str, words: &str, error: &dyn std::fmt::Display) -> SendError {
    tracing::warn!(code, %error, "a message waits for its file");
    SendError::Retry { error: own_error(code, words), after: None }
}
