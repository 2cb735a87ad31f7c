//! Whom one could give a conversation to: the list to pick from.

use std::collections::HashMap;

use kernel::{
    auth::{Access, Permission},
    http::Problem,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{AssigneeView, store};
use crate::{
    App,
    accounts::{
        self, Colleague,
        policy::{self, Reach},
    },
    assignment::ConversationsAssign,
    conversations::ConversationRow,
    presence::{self, Availability},
};

/// Who can be given the conversation, the least loaded first; then who cannot, and why. Whoever may assign also sees the colleagues of their
/// own teams who are not of this one.
pub(super) async fn of(app: &App, conn: &mut PgConnection, who: &Access<ConversationRow>) -> Result<Vec<AssigneeView>, Problem> {
    let (actor, card) = (who.actor(), &who.row().0);
    let mut people: Vec<Colleague> = accounts::candidates(conn, card.team_id).await?;
    let reach = policy::reach(actor, ConversationsAssign::NAME);
    if reach != Reach::None {
        people.extend(accounts::colleagues(conn, card.team_id, actor.team_ids(), reach == Reach::All).await?);
    }
    if let Some(id) = card.assignee_id {
        people.extend(accounts::colleague(conn, id, card.team_id).await?);
    }
    people.retain(|c| c.active);
    let mut seen = std::collections::HashSet::new();
    people.retain(|c| seen.insert(c.id));
    let ids: Vec<Uuid> = people.iter().map(|c| c.id).collect();
    let there = presence::state_of(app, &ids);
    let loads: HashMap<Uuid, i64> = store::loads(conn, &ids).await?.into_iter().collect();
    let mut views: Vec<_> = people
        .into_iter()
        .map(|c| {
            let reason = if card.assignee_id == Some(c.id) { Some("has it already") } else { c.unfit(card.team_id) };
            AssigneeView {
                photo_url: c.photo_url(),
                presence: there.get(&c.id).copied().unwrap_or(Availability::Offline),
                open_conversations: loads.get(&c.id).copied().unwrap_or(0),
                eligible: reason.is_none(),
                reason: reason.map(str::to_owned),
                id: c.id,
                name: c.name,
                role: c.role,
            }
        })
        .collect();
    views.sort_by_key(|v| (!v.eligible, v.open_conversations, v.name.to_lowercase()));
    Ok(views)
}
