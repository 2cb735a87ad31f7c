//! What came while its customer was blocked is in its conversation, and asks for nobody's attention. Whoever lets the customer in again may
//! want it to.

use axum::extract::State;
use base::Code;
use kernel::{
    audit::Record,
    auth::{Actor, On},
    db::Tx,
    http::{Doc, Json, Problem, Routes},
};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::store;
use crate::{
    App,
    contacts::{self, ContactRow, ContactsBlock},
    conversations,
};

pub(super) fn routes() -> Routes<App> {
    Routes::new().post(
        "/api/v1/contacts/{id}/bring-back",
        Doc::new("contacts.bring_back", "Let what a contact wrote while they were blocked ask for attention"),
        bring_back,
    )
}

/// What was brought back.
#[derive(Debug, Serialize, JsonSchema)]
struct BroughtBack {
    /// How many messages are unread now.
    messages: i64,
}

async fn bring_back(who: On<ContactRow, ContactsBlock>, State(app): State<App>) -> Result<Json<BroughtBack>, Problem> {
    let mut tx = app.db.begin().await?;
    let messages = let_in(&app, &mut tx, who.access.actor(), who.access.row().id).await?;
    tx.commit().await?;
    Ok(Json(BroughtBack { messages }))
}

/// Lets all that came while a contact was blocked count, and says how many that is. What is folded stays folded.
async fn let_in(app: &App, tx: &mut Tx, actor: &Actor, contact_id: Uuid) -> Result<i64, Problem> {
    contacts::lock(tx, contact_id).await?;
    if contacts::is_blocked(tx, contact_id).await? {
        return Err(Problem::new(Code::IllegalTransition, "They are still blocked. Unblock them first."));
    }
    let conversations = conversations::lock_of_contact(tx, contact_id).await?;
    let mut messages = 0;
    for came in conversations::came_in(tx, &conversations).await? {
        let counted = store::blocked::unquiet(tx, came.id, came.blocked_seq).await?;
        conversations::bring_back(app, tx, came, counted).await?;
        messages += counted;
    }
    if messages > 0 {
        let record = Record::by(actor, "contact.brought_back").about("contact", contact_id, "");
        tx.record(app.now(), &record.with("messages", messages));
    }
    Ok(messages)
}
