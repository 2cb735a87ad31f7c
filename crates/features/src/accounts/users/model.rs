//! What a user is, as admins and they themselves see it.

use base::Time;
use kernel::auth::Role;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::store::Row;
use crate::{
    accounts::{AccountError, photo},
    teams::Team,
};

/// A user as the API shows them.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct User {
    /// Their id.
    pub id: Uuid,
    /// How they are shown to colleagues.
    pub name: String,
    /// What they sign in with.
    pub email: String,
    /// Their role.
    pub role: Role,
    /// Whether they may sign in.
    pub active: bool,
    /// Where they stand: may sign in, have not chosen a password yet, or may not sign in.
    pub status: UserStatus,
    /// Their teams, by name.
    pub teams: Vec<Team>,
    /// Where they stand with the second factor.
    pub two_factor: TwoFactor,
    /// The address of their photo.
    pub photo_url: Option<String>,
    /// When any session of theirs was last used, to the minute.
    pub last_seen_at: Option<Time>,
    /// When they were made.
    pub created_at: Time,
}

/// Whether a user may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UserStatus {
    /// They may.
    Active,
    /// Not before they choose a password.
    Invited,
    /// They may not.
    Deactivated,
}

impl UserStatus {
    /// All of them.
    pub const ALL: [UserStatus; 3] = [UserStatus::Active, UserStatus::Invited, UserStatus::Deactivated];

    /// The name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            UserStatus::Active => "active",
            UserStatus::Invited => "invited",
            UserStatus::Deactivated => "deactivated",
        }
    }

    /// The status by its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

/// Where a user stands with the second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TwoFactor {
    /// Set up.
    On,
    /// Not set up, and nobody asks for it.
    Off,
    /// Not set up, though their role needs it.
    Required,
}

impl User {
    /// The user of a row. `required`: the roles that need a second factor.
    pub(super) fn of_row(row: Row, required: &[Role]) -> Result<Self, AccountError> {
        let role = role(&row.role)?;
        let status =
            UserStatus::parse(&row.status).ok_or_else(|| AccountError::internal(format!("unknown status {}", row.status)))?;
        Ok(Self {
            id: row.id,
            name: row.name,
            email: row.email,
            role,
            active: row.active,
            status,
            teams: row.teams.0,
            two_factor: TwoFactor::of(role, row.has_two_factor, required),
            photo_url: row.photo_token.as_deref().map(photo::url),
            last_seen_at: row.last_seen_at,
            created_at: row.created_at,
        })
    }
}

impl TwoFactor {
    /// Where somebody of this role stands. `required`: the roles that need a second factor.
    pub(super) fn of(role: Role, on: bool, required: &[Role]) -> Self {
        match on {
            true => TwoFactor::On,
            false if required.contains(&role) => TwoFactor::Required,
            false => TwoFactor::Off,
        }
    }
}

/// The role of that name.
pub fn role(name: &str) -> Result<Role, AccountError> {
    Role::parse(name).ok_or_else(|| AccountError::internal(format!("unknown role {name}")))
}
