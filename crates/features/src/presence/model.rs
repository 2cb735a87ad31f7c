//! What is known of somebody who is there, and what screens say and are told.

use kernel::auth::{Actor, Role};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{conversations::text_enum, messages::Kind};

text_enum! {
    /// Whether somebody is there.
    Availability {
        /// No screen of theirs has said anything of late.
        Offline = "offline",
        /// Their screens are open, and nobody touches them.
        Away = "away",
        /// There.
        Online = "online",
        /// There, and not to be given anything new.
        Busy = "busy",
    }
}

impl Availability {
    /// Of somebody with several screens the one that says most counts: busy is what somebody chose, away what a screen guessed.
    pub(super) const fn weight(self) -> u8 {
        match self {
            Availability::Offline => 0,
            Availability::Away => 1,
            Availability::Online => 2,
            Availability::Busy => 3,
        }
    }
}

/// What a screen says about its user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Beat {
    /// There.
    Online,
    /// Nobody has touched it for a while.
    Away,
    /// There, and not to be given anything new.
    Busy,
}

impl From<Beat> for Availability {
    fn from(beat: Beat) -> Self {
        match beat {
            Beat::Online => Availability::Online,
            Beat::Away => Availability::Away,
            Beat::Busy => Availability::Busy,
        }
    }
}

/// What a screen says over its socket.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Signal {
    /// Its user is there; to be said again within ten seconds.
    Presence {
        /// How.
        state: Beat,
    },
    /// It shows this conversation, or none.
    Viewing {
        /// Which.
        conversation_id: Option<Uuid>,
    },
    /// Its user is typing; to be said again within three seconds while they do.
    Typing {
        /// Where.
        conversation_id: Uuid,
        /// What.
        kind: Kind,
    },
}

/// Somebody who is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Person {
    pub id: Uuid,
    pub name: String,
    pub team_ids: Vec<Uuid>,
}

impl Person {
    pub(super) fn of(actor: &Actor) -> Option<Self> {
        let principal = actor.principal()?;
        Some(Self { id: principal.user_id, name: principal.name.to_string(), team_ids: principal.team_ids.to_vec() })
    }

    /// Whether the actor is told that this person is there: of whoever shares a team with them, and admins of everybody.
    pub(super) fn seen_by(&self, actor: &Actor) -> bool {
        actor.role() == Some(Role::Admin)
            || actor.user_id() == Some(self.id)
            || self.team_ids.iter().any(|team| actor.team_ids().contains(team))
    }
}

/// Whether a colleague is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(super) struct UserPresence {
    /// The colleague.
    pub id: Uuid,
    /// Their name.
    pub name: String,
    /// Whether they are there.
    pub state: Availability,
}

/// Somebody who has a conversation on a screen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub(super) struct Viewer {
    /// The colleague.
    pub id: Uuid,
    /// Their name.
    pub name: String,
}

/// Somebody who is typing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(super) struct Typist {
    /// The colleague.
    pub id: Uuid,
    /// Their name.
    pub name: String,
    /// What they write.
    pub kind: Kind,
}

/// Who is in a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(super) struct ConversationPresence {
    /// The conversation.
    pub conversation_id: Uuid,
    /// Who has it on a screen, by name.
    pub viewers: Vec<Viewer>,
    /// Who is typing, by name.
    pub typing: Vec<Typist>,
}

impl ConversationPresence {
    pub(super) fn is_empty(&self) -> bool {
        self.viewers.is_empty() && self.typing.is_empty()
    }
}

/// What MAX says over the socket.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum ServerMessage<'a> {
    Presence {
        users: Vec<&'a UserPresence>,
    },
    ConversationPresence {
        #[serde(flatten)]
        presence: &'a ConversationPresence,
    },
}

/// Everything the caller may know about who is there.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Picture {
    /// Colleagues of your teams who are there; whoever is not named is offline.
    pub users: Vec<UserPresence>,
    /// Conversations you may see and somebody has on a screen.
    pub conversations: Vec<ConversationPresence>,
}
