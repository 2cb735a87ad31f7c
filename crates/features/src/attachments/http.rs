//! Endpoints of attachments.

use axum::extract::State;
use base::Code;
use kernel::{
    auth::On,
    http::{Doc, Json, Problem, Routes},
};

use crate::{
    App, conversations,
    media::{self, MediaAccess, MediaRead, MediaView},
    messages,
};

pub(super) fn routes() -> Routes<App> {
    Routes::new().post("/api/v1/media/{id}/fetch", Doc::new("media.fetch", "Try again to fetch a customer's file"), fetch)
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
