//! What a team is.

use base::Time;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

/// The colours a team may have, by name; screens know what they look like in light and dark.
pub const COLORS: [&str; 9] = ["blue", "green", "amber", "red", "violet", "teal", "orange", "pink", "gray"];

/// A team as lists of teams show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TeamView {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The colour of its square in lists, by name.
    pub color: String,
    /// What it is for.
    pub description: String,
    /// How many people are in it.
    pub member_count: i64,
    /// When it was made.
    pub created_at: Time,
}

/// A team as somebody wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its name.
    pub name: String,
    /// Its colour.
    pub color: String,
    /// What it is for.
    pub description: String,
}
