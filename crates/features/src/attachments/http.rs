//! Endpoints of attachments.

use axum::extract::State;
use base::Code;
use connect::channel::Capabilities;
use kernel::{
    auth::{Actor, On, Row},
    http::{Doc, Json, Problem, Routes},
};
use uuid::Uuid;

use crate::{
    App, channels,
    conversations::{self, Scope},
    media::{self, MediaAccess, MediaRead, MediaView},
    messages,
};

kernel::permissions! {
    /// See what a channel can do, over which one sees somebody write.
    ChannelsCapabilities = "channels.capabilities";
}

pub(super) fn routes() -> Routes<App> {
    Routes::new().post("/api/v1/media/{id}/fetch", Doc::new("media.fetch", "Try again to fetch a customer's file"), fetch).get(
        "/api/v1/channels/{id}/capabilities",
        Doc::new("channels.capabilities", "What a channel can do, and what files it takes"),
        capabilities,
    )
}

/// A channel over which the actor sees somebody write. Whoever sees no conversation of it has no business with it.
struct Spoken(&'static Capabilities);

impl Row<App> for Spoken {
    async fn load(app: &App, actor: &Actor, id: Uuid, _: &'static str) -> Result<Option<Self>, Problem> {
        let scope = Scope::of(actor, "conversations.read");
        let mut conn = app.db.read().await?;
        if !conversations::any_of_channel(&mut conn, id, &scope).await? {
            return Ok(None);
        }
        Ok(channels::live_in(app, &mut conn, id).await?.map(|channel| Self(channel.kind.capabilities())))
    }

    fn permits(&self, _: &App, _: &Actor, _: &'static str) -> bool {
        true
    }
}

async fn capabilities(who: On<Spoken, ChannelsCapabilities>) -> Json<Capabilities> {
    Json(who.access.row().0.clone())
}

async fn fetch(who: On<MediaAccess, MediaRead>, State(app): State<App>) -> Result<Json<MediaView>, Problem> {
    let row = &who.access.row().0;
    let nothing = || Problem::new(Code::IllegalTransition, "There is nothing to be fetched again.");
    let (conversation_id, message_id) = row.conversation_id.zip(row.message_id).ok_or_else(nothing)?;
    let mut tx = app.db.begin().await?;
    conversations::lock(&mut tx, conversation_id).await?;
    if !media::again(&app, &mut tx, row.id).await? {
        return Err(nothing());
    }
    messages::tell_updated(&app, &mut tx, conversation_id, message_id).await?;
    let row = media::by_id(&mut tx, row.id).await?.ok_or_else(Problem::not_found)?;
    tx.commit().await?;
    Ok(Json(row.view(&app)))
}
