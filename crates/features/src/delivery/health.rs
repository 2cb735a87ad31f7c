//! Asks the providers how accounts are: those in trouble every minute, all of them now and then for how fast they may send.

use base::Code;
use connect::channel::SendError;
use kernel::{audit::Record, auth::Actor, http::Problem};
use uuid::Uuid;

use crate::{App, channels, messages};

/// Asks the provider whether an account can send. If it can, what trouble has paused goes on.
pub(super) async fn probe(app: &App, actor: &Actor, channel_id: Uuid) -> Result<channels::Channel, Problem> {
    let channel = channels::live(app, channel_id)
        .await?
        .ok_or_else(|| Problem::new(Code::NotSupportedByChannel, "This channel is switched off. Switch it on to try it."))?;
    let found = channel.kind.condition(&app.net, &channel.settings, app.now()).await.map_err(|error| unanswered(&error))?;
    let mut tx = app.db.begin().await?;
    let resumes = channels::mark_probed(app, &mut tx, actor, channel_id, &found).await?;
    if actor.user_id().is_some() {
        let brief = channels::brief(&mut tx, channel_id).await?.ok_or_else(Problem::not_found)?;
        let record = Record::by(actor, "channel.probed").about("channel", channel_id, &brief.name);
        tx.record(app.now(), &record.with("well", found.trouble.is_none()));
    }
    if resumes {
        tx.wake(messages::OUTBOX);
    }
    tx.commit().await?;
    app.live_channels.invalidate(&channel_id).await;
    channels::get(app, channel_id).await
}

/// The provider did not say; that tells nothing of the account.
fn unanswered(error: &SendError) -> Problem {
    Problem::new(Code::Unavailable, error.error().message.clone())
}

/// Probes the accounts whose trouble may be over. One that gives no answer is asked again with the next minute.
pub async fn probe_troubled(app: &App) -> Result<(), sqlx::Error> {
    let ids = channels::to_probe(&mut *app.db.read().await?, app.now()).await?;
    let actor = Actor::system("delivery");
    for id in ids {
        if let Err(problem) = probe(app, &actor, id).await {
            tracing::debug!(channel_id = %id, error = %problem, "an account in trouble did not say how it is");
        }
    }
    Ok(())
}

/// Asks all accounts how fast and how much they may send, and what the provider thinks of them. One that may not be asked sends at the pace of
/// its kind.
pub(super) async fn look_at_all(app: &App) -> Result<(), Problem> {
    let ids = channels::active(&mut *app.db.read().await?, None).await?;
    for id in ids {
        let Some(channel) = channels::live(app, id).await? else { continue };
        let Ok(found) = channel.kind.condition(&app.net, &channel.settings, app.now()).await else { continue };
        if found.trouble.is_none() {
            let mut tx = app.db.begin().await?;
            channels::learn(app, &mut tx, id, &found).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}
