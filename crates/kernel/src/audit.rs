//! What the audit log is told. Business code records a security event in its transaction ([`crate::db::Tx::record`]) and calls nobody:
//! it travels in the event log, seen by no screen, and the feature that keeps the audit log reads it there.

use std::net::IpAddr;

use base::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    auth::Actor,
    event::{Audience, NewEvent},
};

/// The kind of event in which records travel.
pub const RECORDED: &str = "audit.recorded";

/// One security event: who did what to whom, and from where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// What: `"user.role_changed"`.
    pub kind: String,
    /// Who, where a user acted or tried to.
    pub actor: Option<Named>,
    /// From where.
    pub address: Option<IpAddr>,
    /// To whom or what.
    pub subject: Option<Subject>,
    /// What else is worth knowing: before and after. Never a secret.
    pub data: serde_json::Map<String, serde_json::Value>,
}

/// Somebody, by the name they had then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Named {
    /// Their id.
    pub id: Uuid,
    /// Their name.
    pub name: String,
}

/// What a record is about, by the name it had then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Subject {
    /// `"user"`, `"team"`, `"channel"`, …
    pub r#type: String,
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
}

impl Record {
    /// What the actor does; MAX itself is recorded without a user, by its reason.
    pub fn by(actor: &Actor, kind: &'static str) -> Self {
        let record = Self {
            kind: kind.to_owned(),
            actor: actor.user_id().map(|id| Named { id, name: actor.name().to_owned() }),
            address: actor.address(),
            subject: None,
            data: serde_json::Map::new(),
        };
        if record.actor.is_some() { record } else { record.with("reason", actor.name()) }
    }

    /// What somebody does who has not shown who they are: a sign-in, a link used.
    pub fn from(address: Option<IpAddr>, kind: &'static str) -> Self {
        Self { kind: kind.to_owned(), actor: None, address, subject: None, data: serde_json::Map::new() }
    }

    /// Names the user who acts, once that is known.
    #[must_use]
    pub fn as_user(mut self, id: Uuid, name: &str) -> Self {
        self.actor = Some(Named { id, name: name.to_owned() });
        self
    }

    /// Whom or what it is about.
    #[must_use]
    pub fn about(mut self, r#type: &str, id: Uuid, name: &str) -> Self {
        self.subject = Some(Subject { r#type: r#type.to_owned(), id, name: name.to_owned() });
        self
    }

    /// Something else worth knowing. Values are our own structs, which always serialise; one that did not would be `null`.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Serialize) -> Self {
        self.data.insert(name.to_owned(), serde_json::to_value(value).unwrap_or_default());
        self
    }

    /// As it travels: for no screen.
    pub(crate) fn event(&self, at: Time) -> NewEvent {
        NewEvent::new(at, RECORDED, Audience::default(), self)
    }
}
