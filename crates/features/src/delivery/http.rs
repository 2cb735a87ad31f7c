//! Endpoints for admins: whether a channel sends.

use axum::extract::State;
use kernel::{
    auth::On,
    http::{Doc, Json, Problem, Routes},
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::health;
use crate::{
    App,
    channels::{self, Channel, ChannelId, ChannelsManage},
    messages,
};

pub(super) fn routes() -> Routes<App> {
    Routes::new()
        .post(
            "/api/v1/channels/{id}/pause",
            Doc::new("channels.pause", "Send nothing for the moment; what is queued is kept"),
            pause,
        )
        .post("/api/v1/channels/{id}/resume", Doc::new("channels.resume", "Send again"), resume)
        .post(
            "/api/v1/channels/{id}/probe",
            Doc::new("channels.probe", "Ask the provider whether the account can send; if so, trouble is over"),
            probe,
        )
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PauseChannel {
    /// Why, for admins and for everybody who writes over it.
    reason: Option<String>,
}

async fn pause(
    who: On<ChannelId, ChannelsManage>,
    State(app): State<App>,
    Json(body): Json<PauseChannel>,
) -> Result<Json<Channel>, Problem> {
    let mut tx = app.db.begin().await?;
    let channel = channels::pause(&app, &mut tx, who.access.actor(), who.access.row().0, body.reason).await?;
    tx.commit().await?;
    Ok(Json(channel))
}

async fn resume(who: On<ChannelId, ChannelsManage>, State(app): State<App>) -> Result<Json<Channel>, Problem> {
    let mut tx = app.db.begin().await?;
    let channel = channels::resume(&app, &mut tx, who.access.actor(), who.access.row().0).await?;
    tx.wake(messages::OUTBOX);
    tx.commit().await?;
    Ok(Json(channel))
}

async fn probe(who: On<ChannelId, ChannelsManage>, State(app): State<App>) -> Result<Json<Channel>, Problem> {
    Ok(Json(health::probe(&app, who.access.actor(), who.access.row().0).await?))
}
