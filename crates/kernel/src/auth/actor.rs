//! The one who acts.

use std::{net::IpAddr, sync::Arc};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a user is in the company. A user has one role and belongs to any number of teams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Answers customers.
    Agent,
    /// Leads one or more teams.
    TeamLead,
    /// Watches over one or more teams.
    Supervisor,
    /// Runs MAX.
    Admin,
}

impl Role {
    /// All roles, lowest first.
    pub const ALL: [Role; 4] = [Role::Agent, Role::TeamLead, Role::Supervisor, Role::Admin];

    /// The name in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Agent => "agent",
            Role::TeamLead => "team_lead",
            Role::Supervisor => "supervisor",
            Role::Admin => "admin",
        }
    }

    /// The role by its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.as_str() == name)
    }
}

/// What is known of a signed-in user: the feature that keeps accounts fills it, the kernel makes an [`Actor`] of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The user.
    pub user_id: Uuid,
    /// How they are shown.
    pub name: Arc<str>,
    /// Their role.
    pub role: Role,
    /// Their teams.
    pub team_ids: Arc<[Uuid]>,
    /// The session the token belongs to.
    pub session_id: Uuid,
    /// When the token they showed expires.
    pub token_expires_at: base::Time,
    /// Their role asks for a second factor and they have none yet: nothing is open to them but their own account.
    pub restricted: bool,
}

impl Principal {
    /// Whether both are the same user with the same rights, whatever session and token showed them.
    pub fn same_access(&self, other: &Self) -> bool {
        (self.user_id, self.role, &self.team_ids, self.restricted)
            == (other.user_id, other.role, &other.team_ids, other.restricted)
    }
}

/// Somebody whose identity is proven. Only guards, the socket, [`Actor::absent`] and [`Actor::system`] make one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    kind: Kind,
    address: Option<IpAddr>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    User(Principal),
    System(&'static str),
}

impl Actor {
    pub(crate) fn user(principal: Principal, address: Option<IpAddr>) -> Self {
        Self { kind: Kind::User(principal), address }
    }

    /// A user whose work goes on after their request, with the rights they have now: `principal` is to be looked up for each step, for
    /// their role, their teams, whether they are active and whether their second factor is set up may have changed since they asked. No guard
    /// stands before an absent actor, so nobody may be made one who is `restricted`.
    pub fn absent(principal: Principal) -> Self {
        Self::user(principal, None)
    }

    /// MAX itself, for background work; `reason` names the work in logs and the audit.
    pub fn system(reason: &'static str) -> Self {
        Self { kind: Kind::System(reason), address: None }
    }

    /// Where the request came from, for the audit log.
    pub fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// The user, unless MAX itself acts.
    pub fn principal(&self) -> Option<&Principal> {
        match &self.kind {
            Kind::User(p) => Some(p),
            Kind::System(_) => None,
        }
    }

    /// The user's id, unless MAX itself acts.
    pub fn user_id(&self) -> Option<Uuid> {
        self.principal().map(|p| p.user_id)
    }

    /// The user's role, unless MAX itself acts.
    pub fn role(&self) -> Option<Role> {
        self.principal().map(|p| p.role)
    }

    /// The user's teams.
    pub fn team_ids(&self) -> &[Uuid] {
        self.principal().map_or(&[], |p| &p.team_ids)
    }

    /// How they are shown.
    pub fn name(&self) -> &str {
        match &self.kind {
            Kind::User(p) => &p.name,
            Kind::System(reason) => reason,
        }
    }
}
