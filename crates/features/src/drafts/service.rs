//! Use cases of drafts.

use base::Time;
use kernel::{
    auth::Actor,
    db::Tx,
    event::{Audience, NewEvent},
    http::Problem,
};
use uuid::Uuid;

use super::{CHANGED, Draft, store};
use crate::App;

/// Longest preview, in characters.
const PREVIEW: usize = 120;

/// Saves a draft unless a later save of the same screen was faster; when it was saved last.
pub(super) async fn save(app: &App, tx: &mut Tx, actor: &Actor, draft: Draft) -> Result<Time, Problem> {
    let user_id = actor.user_id().ok_or_else(Problem::forbidden)?;
    match store::save(tx, user_id, &draft).await? {
        // There was nothing, and there is nothing.
        Some(new) if new && draft.text.is_empty() => {}
        Some(_) => emit(app, tx, user_id, &draft),
        None => return Ok(store::saved_at(tx, user_id, &draft).await?.unwrap_or(draft.updated_at)),
    }
    Ok(draft.updated_at)
}

/// Tells the author's screens, and nobody else.
pub(super) fn emit(app: &App, tx: &mut Tx, user_id: Uuid, draft: &Draft) {
    let audience = Audience { user_ids: vec![user_id], ..Audience::default() };
    tx.emit(NewEvent::new(app.now(), CHANGED, audience, draft));
}

/// The beginning of a text, on one line.
pub(super) fn preview(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(PREVIEW).collect()
}
