//! The endpoint of presence: what a screen loads before it follows the changes.

use axum::extract::State;
use kernel::{
    auth::Can,
    http::{Doc, Json, Problem, Routes},
};

use super::model::{Picture, UserPresence};
use crate::{
    App,
    conversations::{self, Scope},
};

kernel::permissions! {
    /// See which colleagues are there.
    PresenceRead = "presence.read";
}

pub(super) fn routes() -> Routes<App> {
    Routes::new().get("/api/v1/presence", Doc::new("presence.get", "Which colleagues are there, and in which conversations"), get)
}

async fn get(who: Can<PresenceRead>, State(app): State<App>) -> Result<Json<Picture>, Problem> {
    let (people, ids) = {
        let board = app.presence.board();
        (board.everybody(), board.conversations())
    };
    let mut users: Vec<_> = people
        .into_iter()
        .filter(|(person, _)| person.seen_by(&who.actor))
        .map(|(person, state)| UserPresence { id: person.id, name: person.name, state })
        .collect();
    users.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    let ids: Vec<_> = ids.into_iter().collect();
    let cards = if ids.is_empty() { Vec::new() } else { conversations::cards(&mut *app.db.read().await?, &ids).await? };
    let scope = Scope::of(&who.actor, "conversations.read");
    let board = app.presence.board();
    let conversations = cards
        .iter()
        .filter(|card| scope.covers(card))
        .map(|card| board.conversation(card.id))
        .filter(|c| !c.is_empty())
        .collect();
    Ok(Json(Picture { users, conversations }))
}
