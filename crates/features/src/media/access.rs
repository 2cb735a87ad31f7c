//! Who may have which file: one that came or went with a message, who may read that conversation; any other, who uploaded it.

use kernel::{
    auth::{Actor, Row},
    http::Problem,
};
use uuid::Uuid;

use super::{MediaRow, store};
use crate::{
    App,
    conversations::{self, Scope},
};

/// A file as a guard loads it.
#[derive(Debug, Clone)]
pub struct MediaAccess(pub MediaRow);

impl Row<App> for MediaAccess {
    async fn load(app: &App, actor: &Actor, id: Uuid, _: &'static str) -> Result<Option<Self>, Problem> {
        let mut conn = app.db.read().await?;
        let Some(row) = store::by_id(&mut conn, id).await? else { return Ok(None) };
        let visible = match (row.message_id, row.conversation_id) {
            (Some(_), Some(conversation_id)) => {
                conversations::card(&mut conn, conversation_id, &Scope::of(actor, "conversations.read")).await?.is_some()
            }
            // What is not said yet is its author's alone.
            _ => row.uploader_id.is_some() && row.uploader_id == actor.user_id(),
        };
        Ok(visible.then_some(Self(row)))
    }

    fn permits(&self, _: &App, _: &Actor, _: &'static str) -> bool {
        true
    }
}
