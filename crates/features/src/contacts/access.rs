//! Who may see and do what with a contact: whoever may with one of its conversations.

use kernel::{
    auth::{Actor, Row},
    http::Problem,
};
use uuid::Uuid;

use crate::{
    App,
    conversations::{self, Scope},
};

/// A contact as a guard finds it.
#[derive(Debug, Clone)]
pub struct ContactRow {
    /// Its id.
    pub id: Uuid,
    permitted: bool,
}

impl Row<App> for ContactRow {
    async fn load(app: &App, actor: &Actor, id: Uuid, permission: &'static str) -> Result<Option<Self>, Problem> {
        let mut conn = app.db.read().await?;
        if !conversations::reaches_contact(&mut conn, id, &Scope::of(actor, "conversations.read")).await? {
            return Ok(None);
        }
        let permitted = conversations::reaches_contact(&mut conn, id, &Scope::of(actor, permission)).await?;
        Ok(Some(Self { id, permitted }))
    }

    fn permits(&self, _: &App, _: &Actor, _: &'static str) -> bool {
        self.permitted
    }
}
