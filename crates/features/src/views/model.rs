//! What a saved view is, and whose it is to change.

use kernel::auth::Actor;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::{
    accounts::policy::{self, Reach},
    conversations::{Assignee, text_enum},
    inbox::{ListFilter, Sort},
};

text_enum! {
    /// Who has a view in their list.
    Shared {
        /// Its owner.
        Private = "private",
        /// The members of its team.
        Team = "team",
        /// Everybody.
        Everybody = "everybody",
    }
}

/// A saved view as the API shows it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SavedView {
    /// Its id.
    pub id: Uuid,
    /// How people call it.
    pub name: String,
    /// Who has it.
    pub shared: Shared,
    /// Whose it is, if a team's.
    pub team_id: Option<Uuid>,
    /// Who made it.
    pub owner: Assignee,
    /// What it shows: the query of the list.
    pub filter: ListFilter,
    /// In which order.
    pub sort: Sort,
    /// How many conversations the caller sees in it, at most 1000. Absent in events, which go to many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<i64>,
    /// There are more than that. Absent in events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub more: Option<bool>,
    /// Whether the caller may change it. Absent in events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub may_edit: Option<bool>,
    /// Why it shows nothing: its filter is no longer valid, and saving it anew mends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// Whether the actor may give a view to these people, and change one that they have.
pub(super) fn may_share(actor: &Actor, shared: Shared, team_id: Option<Uuid>) -> bool {
    match shared {
        Shared::Private => true,
        Shared::Team => match policy::reach(actor, "views.share_team") {
            Reach::All => true,
            Reach::Teams => team_id.is_some_and(|team| actor.team_ids().contains(&team)),
            _ => false,
        },
        Shared::Everybody => policy::allows(actor, "views.share_all"),
    }
}

/// Whether the actor may change a view as it is shared now.
pub(super) fn may_edit(actor: &Actor, owner_id: Uuid, shared: Shared, team_id: Option<Uuid>) -> bool {
    match shared {
        Shared::Private => actor.user_id() == Some(owner_id),
        _ => may_share(actor, shared, team_id),
    }
}
