//! Use cases of assignment.

use base::Code;
use kernel::{auth::Access, db::Tx, http::Problem};

use crate::{
    App, accounts,
    conversations::{self, Card, ConversationRow, Scope, State},
};

/// Takes a waiting conversation. Under a race exactly one wins; the others are told who. Taking what one already has changes nothing.
pub(super) async fn take(app: &App, tx: &mut Tx, who: &Access<ConversationRow>) -> Result<Card, Problem> {
    let actor = who.actor();
    let user_id = actor.user_id().ok_or_else(Problem::forbidden)?;
    let locked = conversations::lock(tx, who.row().0.id).await?.ok_or_else(Problem::not_found)?;
    match locked.assignee_id {
        Some(other) if other != user_id => return Err(conversations::taken(tx, locked.id).await?),
        Some(_) => {}
        None if locked.state == State::Closed.as_str() => {
            return Err(Problem::new(Code::IllegalTransition, "This conversation is closed."));
        }
        None => {
            if !accounts::hold_active(tx, user_id).await? {
                // Deactivated since the guard looked: what they took now, nobody would hand over.
                return Err(Problem::unauthenticated());
            }
            conversations::assign(tx, locked.id, user_id).await?;
            conversations::emit_taken(app, tx, &locked, actor);
            if let Some(card) = conversations::cards(tx, &[locked.id]).await?.pop() {
                conversations::emit_updated(app, tx, &card);
            }
        }
    }
    conversations::card(tx, locked.id, &Scope::of(actor, "conversations.read")).await?.ok_or_else(Problem::not_found)
}
