//! What each role may do: the one table. The guards, the SQL scopes and the tests read it; nothing else decides.

use kernel::{
    auth::{Actor, Principal, Role},
    event::Audience,
};
use uuid::Uuid;

/// How far a right reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Not at all.
    None,
    /// What is theirs: conversations assigned to them or that they take part in.
    Own,
    /// What is theirs, and what waits in their teams' queues.
    OwnAndQueue,
    /// Whatever belongs to their teams, and what is theirs.
    Teams,
    /// Everything.
    All,
}

use Reach::{All, None as No, Own, OwnAndQueue as Queue, Teams};

/// Permission, then its reach for agent, team lead, supervisor, admin.
pub const TABLE: &[(&str, [Reach; 4])] = &[
    ("conversations.read", [Queue, Teams, Teams, All]),
    ("conversations.reply", [Queue, Teams, Teams, All]),
    ("conversations.note", [Queue, Teams, Teams, All]),
    ("conversations.take", [Queue, Teams, Teams, All]),
    ("views.use", [All, All, All, All]),
    ("views.share_team", [No, Teams, Teams, All]),
    ("views.share_all", [No, No, No, All]),
    ("bulk.run", [All, All, All, All]),
    ("conversations.assign", [No, Teams, Teams, All]),
    ("conversations.transfer", [Own, Teams, Teams, All]),
    ("conversations.close", [Own, Teams, Teams, All]),
    ("conversations.reopen", [Own, Teams, Teams, All]),
    ("conversations.snooze", [Own, Teams, Teams, All]),
    ("conversations.priority", [Own, Teams, Teams, All]),
    ("close_reasons.read", [All, All, All, All]),
    ("close_reasons.manage", [No, No, No, All]),
    ("queues.read", [Teams, Teams, Teams, All]),
    ("queues.manage", [No, Teams, Teams, All]),
    ("teams.read", [All, All, All, All]),
    ("teams.manage", [No, No, No, All]),
    ("users.manage", [No, No, No, All]),
    ("settings.manage", [No, No, No, All]),
    ("channels.manage", [No, No, No, All]),
    ("templates.use", [All, All, All, All]),
    ("audit.read", [No, No, No, All]),
    ("journal.read", [No, No, No, All]),
    ("journal.raw", [No, No, No, All]),
    ("presence.read", [All, All, All, All]),
    ("media.upload", [All, All, All, All]),
    ("media.read", [Queue, Teams, Teams, All]),
    ("channels.capabilities", [All, All, All, All]),
    ("canned.read", [Teams, Teams, Teams, All]),
    ("canned.write", [Own, Teams, Teams, All]),
    ("conversations.tag", [Queue, Teams, Teams, All]),
    ("feedback.give", [No, Teams, Teams, All]),
    ("tags.read", [All, All, All, All]),
    ("tags.manage", [No, Teams, Teams, All]),
    ("contacts.read", [Queue, Teams, Teams, All]),
    ("contacts.update", [Queue, Teams, Teams, All]),
    ("contacts.block", [No, Teams, Teams, All]),
    ("contacts.define", [No, No, No, All]),
];

/// Who hears of a kind of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hears {
    /// Whoever reads the conversation as the event leaves it.
    Readers,
    /// Whoever read the conversation where it was before.
    FormerReaders,
    /// The screens of one user.
    Own,
    /// Those whom it names.
    Named(&'static str),
    /// No screen: it is for readers of the log.
    Nobody,
}

/// Every kind of event, and who hears of it. [`sees`] decides for each by its audience; what is here is held against that by the tests.
pub const EVENTS: &[(&str, Hears)] = &[
    ("access.changed", Hears::Nobody),
    ("audit.recorded", Hears::Nobody),
    ("bulk.progress", Hears::Own),
    ("channel.created", Hears::Nobody),
    ("channel.paused", Hears::Named("everybody")),
    ("channel.updated", Hears::Named("admins")),
    ("contact.updated", Hears::Readers),
    ("conversation.flood", Hears::Readers),
    ("conversation.mentioned", Hears::Named("whom the note mentions")),
    ("conversation.read", Hears::Own),
    ("conversation.taken", Hears::FormerReaders),
    ("conversation.updated", Hears::Readers),
    ("draft.changed", Hears::Own),
    ("feedback.created", Hears::Named("the message's author, and who gave it")),
    ("me.changed", Hears::Named("whom it is about")),
    ("message.created", Hears::Readers),
    ("message.deleted", Hears::Own),
    ("message.held", Hears::Own),
    // Of one that is held: its author's own screens.
    ("message.updated", Hears::Readers),
    ("session.started", Hears::Own),
    ("tag.changed", Hears::Named("who sees the tag's team, or everybody")),
    ("tag.deleted", Hears::Named("who sees the tag's team, or everybody")),
    ("team.changed", Hears::Named("admins, and the team's members")),
    ("team.deleted", Hears::Named("admins, and who were its members")),
    ("template.updated", Hears::Named("everybody")),
    ("timeline.added", Hears::Readers),
    ("user.changed", Hears::Named("admins")),
    ("user.deactivated", Hears::Nobody),
    ("view.changed", Hears::Named("who has the view")),
    ("view.deleted", Hears::Named("who had the view")),
];

/// Whose a conversation is, seen from somebody.
pub const PLACES: [&str; 5] = ["own", "queue", "colleague's", "closed own", "other team's"];

/// From which places somebody of this role hears what is told to the readers of a conversation.
pub fn hears_of(role: Role) -> Vec<&'static str> {
    let (me, somebody, team, other) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3), Uuid::from_u128(4));
    let actor = Actor::absent(Principal {
        user_id: me,
        name: "".into(),
        role,
        team_ids: [team].into(),
        session_id: Uuid::nil(),
        token_expires_at: base::Time::default(),
        restricted: false,
    });
    let at = |team_id, assignee_id| Audience {
        conversation_id: Some(Uuid::nil()),
        team_id: Some(team_id),
        assignee_id,
        user_ids: Vec::new(),
    };
    let audiences = [at(team, Some(me)), at(team, None), at(team, Some(somebody)), at(team, Some(me)), at(other, Some(somebody))];
    PLACES.into_iter().zip(audiences).filter(|(_, audience)| sees(&actor, audience)).map(|(place, _)| place).collect()
}

/// How far the actor's right reaches. MAX itself, acting for a stated reason, reaches everything.
pub fn reach(actor: &Actor, permission: &str) -> Reach {
    actor.role().map_or(All, |role| reach_of(role, permission))
}

/// How far a role's right reaches.
pub fn reach_of(role: Role, permission: &str) -> Reach {
    let column = match role {
        Role::Agent => 0,
        Role::TeamLead => 1,
        Role::Supervisor => 2,
        Role::Admin => 3,
    };
    TABLE.iter().find(|(name, _)| *name == permission).map_or(No, |(_, reaches)| reaches[column])
}

/// Whether the actor has the right in any scope.
pub fn allows(actor: &Actor, permission: &str) -> bool {
    reach(actor, permission) != No
}

/// Whether the reach covers a conversation with this audience.
pub fn covers(reach: Reach, actor: &Actor, audience: &Audience) -> bool {
    actor.user_id().is_none_or(|user| covers_for(reach, user, actor.team_ids(), audience))
}

/// The same for a user of whom only their id and their teams are known.
pub fn covers_for(reach: Reach, user: Uuid, team_ids: &[Uuid], audience: &Audience) -> bool {
    let own = audience.assignee_id == Some(user) || audience.user_ids.contains(&user);
    let team = || audience.team_id.is_some_and(|t| team_ids.contains(&t));
    match reach {
        No => false,
        Own => own,
        Queue => own || (audience.assignee_id.is_none() && team()),
        Teams => own || team(),
        All => true,
    }
}

/// Whether the right reaches a team as a whole.
pub fn reaches_team(actor: &Actor, permission: &str, team_id: Uuid) -> bool {
    match reach(actor, permission) {
        All => true,
        Teams | Queue => actor.team_ids().contains(&team_id),
        Own | No => false,
    }
}

/// Whether the actor may decide about a conversation of this team that this user has. Taking part in it is enough to read it, not to
/// decide about it.
pub fn decides(actor: &Actor, permission: &str, team_id: Option<Uuid>, assignee_id: Option<Uuid>) -> bool {
    covers(reach(actor, permission), actor, &Audience { team_id, assignee_id, ..Audience::default() })
}

/// Whether the right reaches a team as a whole; what is no team's is for those whose right reaches everything.
pub fn reaches_whole_team(actor: &Actor, permission: &str, team_id: Option<Uuid>) -> bool {
    match reach(actor, permission) {
        All => true,
        Teams => team_id.is_some_and(|team| actor.team_ids().contains(&team)),
        Queue | Own | No => false,
    }
}

/// Whether the actor may see an event: what concerns a conversation as the conversation itself, the rest only by name.
pub fn sees(actor: &Actor, audience: &Audience) -> bool {
    if audience.conversation_id.is_some() {
        covers(reach(actor, "conversations.read"), actor, audience)
    } else {
        actor.user_id().is_some_and(|u| audience.user_ids.contains(&u))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_never_takes_from_a_higher_role_what_a_lower_one_has() {
        for (name, reaches) in TABLE {
            let order = |r: &Reach| match r {
                No => 0,
                Own => 1,
                Queue => 2,
                Teams => 3,
                All => 4,
            };
            assert!(reaches.windows(2).all(|pair| order(&pair[0]) <= order(&pair[1])), "{name}");
            assert_eq!(TABLE.iter().filter(|(n, _)| n == name).count(), 1, "{name} twice");
        }
    }

    #[test]
    fn a_reach_covers_what_it_says() {
        let system = Actor::system("test");
        assert!(covers(No, &system, &Audience::default()), "MAX itself is not bound by roles");
        let audience = Audience { conversation_id: Some(Uuid::nil()), ..Audience::default() };
        assert!(sees(&system, &audience));
    }
}
